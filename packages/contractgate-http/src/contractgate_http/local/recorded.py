"""Requests that a gateway has seen, for tests to look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional, Union, overload

import msgspec

from contractgate_http.local.message import Headers, Request

__all__ = ["RecordedRequest", "RequestLog", "masked"]

_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_MASK = "***"


class RecordedRequest(NamedTuple):
    """A request as it came, its secrets masked.

    Attributes:
        method: The method.
        path: The path, percent-encoded as it came.
        query: What stood after the question mark, as it came; a `token` in it is masked.
        headers: By their names in lower case; of one that came twice the last.
        body: The body.
        status: What was answered; None where the connection was reset before.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: Optional[int]

    def json(self) -> Any:
        """Decode the body.

        Raises:
            msgspec.DecodeError: It is no JSON.
        """
        return msgspec.json.decode(self.body)

    def __repr__(self) -> str:
        # Bodies are events, and events may be personal.
        target = f"{self.path}?{self.query}" if self.query else self.path
        size = f"{len(self.body)} bytes"
        return f"<RecordedRequest {self.method} {target}, {size}, answered {self.status}>"


class RequestLog(Sequence[RecordedRequest]):
    """The last requests, the oldest first.

    Args:
        most: So many are kept.
        most_bytes: So many bytes of bodies are kept; the oldest requests go first.
    """

    def __init__(self, most: int = 1000, most_bytes: int = 32 * 2**20) -> None:
        self._kept: deque[RecordedRequest] = deque()
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self.total = 0
        """How many there were, those that are no longer kept included."""

    def add(self, request: Request, status: Optional[int]) -> None:
        """Note a request and what was answered."""
        self.total += 1
        self._kept.append(masked(request, status))
        self._bytes += len(request.body)
        while len(self._kept) > self._most or (
            self._bytes > self._most_bytes and len(self._kept) > 1
        ):
            self._bytes -= len(self._kept.popleft().body)

    def clear(self) -> None:
        """Forget all requests."""
        self._kept.clear()
        self._bytes = self.total = 0

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...

    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...

    def __getitem__(
        self, index: Union[int, slice]
    ) -> Union[RecordedRequest, list[RecordedRequest]]:
        if isinstance(index, slice):
            return list(self._kept)[index]
        return self._kept[index]

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(list(self._kept))


def masked(request: Request, status: Optional[int]) -> RecordedRequest:
    """Make the record of a request."""
    return RecordedRequest(
        request.method,
        request.path.decode("latin-1"),
        "&".join(_masked_pair(pair) for pair in request.query.decode("latin-1").split("&")),
        _masked_headers(request.headers),
        request.body,
        status,
    )


def _masked_headers(headers: Headers) -> dict[str, str]:
    return {name: _MASK if name in _SECRET else value.decode("latin-1") for name, value in headers}


def _masked_pair(pair: str) -> str:
    return f"token={_MASK}" if pair.startswith("token=") else pair
