"""The requests that a gateway has received, for tests to inspect."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional, Union, overload

import msgspec

from contractgate_http.local.message import Headers, Request

__all__ = ["RecordedRequest", "RequestLog", "masked"]

_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_MASK = "***"


class RecordedRequest(NamedTuple):
    """A request as it came, with its secrets masked.

    Attributes:
        method: The method.
        path: The path, percent-encoded as it came.
        query: The part after the question mark, as it came; a `token` in it is masked.
        headers: The headers by name, in lower case; of repeated ones, the last.
        body: The body.
        status: The status of the answer; None before it, or if the connection was reset.
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
            msgspec.DecodeError: It is not JSON.
        """
        return msgspec.json.decode(self.body)

    def __repr__(self) -> str:
        # Bodies are events, which may be personal.
        target = f"{self.path}?{self.query}" if self.query else self.path
        size = f"{len(self.body)} bytes"
        return f"<RecordedRequest {self.method} {target}, {size}, answered {self.status}>"


class Entry:
    """An entry of the log.

    Attributes:
        record: The request.
    """

    def __init__(self, record: RecordedRequest) -> None:
        self.record = record

    def answered(self, status: Optional[int]) -> None:
        """Record the status of the answer."""
        self.record = self.record._replace(status=status)


class RequestLog(Sequence[RecordedRequest]):
    """The last requests, oldest first, including those not answered yet.

    Args:
        most: How many requests are kept.
        most_bytes: How many bytes of bodies are kept; the oldest requests go first.
    """

    def __init__(self, most: int = 1000, most_bytes: int = 32 * 2**20) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Entry] = deque()
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self.total = 0
        """How many there were, including those no longer kept."""

    def next_number(self) -> int:
        """Count a request, and return its number, from 0."""
        with self._lock:
            self.total += 1
            return self.total - 1

    def add(self, request: Request) -> Entry:
        """Add a request that was counted."""
        entry = Entry(masked(request))
        with self._lock:
            self._kept.append(entry)
            self._bytes += len(request.body)
            while len(self._kept) > self._most or (
                self._bytes > self._most_bytes and len(self._kept) > 1
            ):
                self._bytes -= len(self._kept.popleft().record.body)
        return entry

    def renew_lock(self) -> None:
        """Replace the lock in a forked child, where a thread that held it no longer exists."""
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._kept.clear()
            self._bytes = self.total = 0

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...

    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...

    def __getitem__(
        self, index: Union[int, slice]
    ) -> Union[RecordedRequest, list[RecordedRequest]]:
        with self._lock:
            if isinstance(index, slice):
                return [entry.record for entry in list(self._kept)[index]]
            return self._kept[index].record

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(self[:])


def masked(request: Request) -> RecordedRequest:
    """Make the record of a request, before it is answered."""
    return RecordedRequest(
        request.method,
        request.path.decode("latin-1"),
        "&".join(_masked_pair(pair) for pair in request.query.decode("latin-1").split("&")),
        _masked_headers(request.headers),
        request.body,
        None,
    )


def _masked_headers(headers: Headers) -> dict[str, str]:
    return {name: _MASK if name in _SECRET else value.decode("latin-1") for name, value in headers}


def _masked_pair(pair: str) -> str:
    return f"token={_MASK}" if pair.startswith("token=") else pair
