"""Reads an answer within bounds of memory and time, whatever the server sends. No I/O."""

from __future__ import annotations

from typing import Any, NoReturn, Optional

import httpx

from contractgate_core.errors import ResponseDecodeError
from contractgate_http._call import Reply, terms_of
from contractgate_http._clock import NO_DEADLINE
from contractgate_http._decoding import Inflation, encoding_of

__all__ = ["Body", "parts_of"]

_MOST_ERROR_BYTES = 256 * 1024
"""How much of an error's body is read; the gateway's own have a few hundred bytes."""


def parts_of(response: httpx.Response) -> Any:
    """Return an iterable of a body's parts as they come, for both kinds of client.

    httpx's own iterators add two layers around each part, and decode without a bound.
    """
    if response.is_stream_consumed:  # there was no stream, or a user's hook has read it
        return httpx.ByteStream(response.content)
    return response.stream


class Body:
    """Collects the body of one answer.

    Args:
        request: The request, with its terms.
        response: The answer.
        limit: How many bytes it may have, both as it comes and decoded. Of an error's body only
            the beginning is read.

    Raises:
        ResponseDecodeError: It has an encoding that was not asked for.
    """

    __slots__ = ("_deadline", "_inflation", "_is_value", "_limit", "_parts", "_response", "_sizes")

    def __init__(self, request: httpx.Request, response: httpx.Response, limit: int) -> None:
        terms = terms_of(request)
        self._deadline = NO_DEADLINE if response.is_stream_consumed else terms.deadline
        self._response = response
        self._is_value = response.is_success or response.status_code in terms.value_statuses
        self._limit = limit if self._is_value else min(limit, _MOST_ERROR_BYTES)
        self._parts: list[bytes] = []
        self._sizes = [0, 0]  # as it came, and decoded
        self._inflation = self._inflated(response.headers.get("content-encoding", ""))

    def _inflated(self, header: str) -> Optional[Inflation]:
        try:
            encoding = encoding_of(header)
        except ValueError as error:
            if self._is_value:
                self._refuse(str(error))
            self._limit = -1  # none of it can be read, but the status says enough
            return None
        is_decoded = self._response.is_stream_consumed
        return None if encoding is None or is_decoded else Inflation(encoding)

    def add(self, part: bytes) -> bool:
        """Take a part.

        Returns:
            Whether the rest can be left unread.

        Raises:
            ResponseDecodeError: The body is too long, or not encoded as its headers say.
            httpx.ReadTimeout: The body comes too slowly.
        """
        if self._deadline.is_over:
            raise httpx.ReadTimeout("the body comes too slowly", request=self._response.request)
        self._sizes[0] += len(part)
        if self._inflation is None:
            self._take(part)
        elif not self._inflate(self._inflation, part):
            return True
        if max(self._sizes) <= self._limit:
            return False
        if self._is_value:
            self._refuse(f"expected an answer of at most {self._limit} bytes, got more")
        return True

    def _take(self, part: bytes) -> None:
        self._parts.append(part)
        self._sizes[1] += len(part)

    def _inflate(self, inflation: Inflation, part: bytes) -> bool:
        """Decode a part, and return whether that worked."""
        try:
            for decoded in inflation.decode(part, self._limit - self._sizes[1]):
                self._take(decoded)
        except ValueError as error:
            if self._is_value:
                self._refuse(str(error))
            return False
        return True

    def reply(self) -> Reply:
        """Put the parts together.

        Raises:
            ResponseDecodeError: The end is missing.
        """
        if self._inflation is not None and self._is_value:
            try:
                self._inflation.end()
            except ValueError as error:
                self._refuse(str(error))
        whole = b"".join(self._parts)
        body = whole if self._is_value else whole[: max(0, self._limit)]
        return Reply(self._response.status_code, self._response.headers, body)

    def _refuse(self, what: str) -> NoReturn:
        raise ResponseDecodeError(
            what,
            status=self._response.status_code,
            body=b"".join(self._parts[:1]),
            headers=self._response.headers,
        ) from None  # its text may quote a header
