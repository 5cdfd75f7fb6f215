"""Reads an answer within bounds of memory and time, whatever the other side sends. No I/O."""

from __future__ import annotations

import time
from typing import Any, Optional

import httpx

from contractgate_core.errors import ResponseDecodeError

__all__ = ["Body", "plain_parts"]

_SLOWEST = 64 * 1024
"""How many bytes a **second** must come in the long run."""


def plain_parts(response: httpx.Response) -> Any:
    """Give the parts of a body that needs no decoding, as they come; None of one that does.

    httpx's own iterators put two more layers around each part, for what is not needed here.
    """
    return None if "content-encoding" in response.headers else response.stream


class Body:
    """Collects the body of one answer.

    Args:
        request: The request, whose timeout for reading is also that for the body as a whole; a
            long body may take longer, as long as enough of it keeps coming.
        response: The answer.
        limit: How many bytes it may have.
    """

    __slots__ = ("_limit", "_parts", "_response", "_size", "_started", "_timeout")

    def __init__(self, request: httpx.Request, response: httpx.Response, limit: int) -> None:
        self._response = response
        self._limit = limit
        self._timeout: Optional[float] = request.extensions.get("timeout", {}).get("read")
        self._started = time.monotonic()
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Take a part.

        Raises:
            ResponseDecodeError: It is too much.
            httpx.ReadTimeout: It comes too slowly.
        """
        self._parts.append(part)
        self._size += len(part)
        if self._size > self._limit:
            raise ResponseDecodeError(
                f"expected an answer of at most {self._limit} bytes, got more",
                status=self._response.status_code,
                body=self._parts[0],
                headers=self._response.headers,
            )
        if self._timeout is not None:
            spent = time.monotonic() - self._started
            if spent > self._timeout + self._size / _SLOWEST:
                raise httpx.ReadTimeout("the body comes too slowly", request=self._response.request)

    def whole(self) -> bytes:
        """Put the parts together."""
        return b"".join(self._parts)
