"""Reports records in the order of their file, although the outcome of some is known at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import IO, NamedTuple, Optional, Union

import msgspec

__all__ = ["Sent", "Unsent", "Waiting"]

_MOST_IN_MEMORY = 2**20


class Sent(NamedTuple):
    """A record whose outcome is awaited.

    Attributes:
        record: The number of the record, from 1.
        line: The line on which it begins, from 1.
    """

    record: int
    line: int


class Unsent(msgspec.Struct, frozen=True, array_like=True):
    """A record that cannot be sent.

    Attributes:
        record: The number of the record, from 1.
        line: The line on which it begins, from 1.
        place: Its place, or that of the fault in it, for people to read.
        what: What is wrong with it, for people to read.
        reason: Why it cannot be sent.
        is_json: It could be read as JSON.
    """

    record: int
    line: int
    place: str
    what: str
    reason: str
    is_json: bool


class Waiting:
    """Holds back the records that cannot be sent until the outcomes before them are known.

    Any number of these may follow one that is sent, so they wait in a temporary file.

    Args:
        report: Takes each of them in its turn.
    """

    def __init__(self, report: Callable[[Unsent], object]) -> None:
        self._report = report
        # Records that were sent, and between them the counts of others.
        self._entries: deque[Union[Sent, int]] = deque()
        self._file: Optional[IO[bytes]] = None
        self._held = 0
        self._next = 0

    @property
    def is_empty(self) -> bool:
        """No outcome is awaited."""
        return not self._entries

    def close(self) -> None:
        """Forget the waiting records."""
        if self._file is not None:
            self._file.close()

    def sent(self, record: Sent) -> None:
        """Append a record that is sent."""
        self._entries.append(record)

    def unsent(self, record: Unsent) -> None:
        """Append a record that cannot be sent, or report it at once if none is waiting."""
        if not self._entries:
            self._report(record)
            return
        if self._file is None:
            import tempfile  # few files have such records

            self._file = tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY)  # noqa: SIM115 - see close
        self._file.seek(0, 2)
        self._file.write(msgspec.json.encode(record) + b"\n")
        self._held += 1
        last = self._entries[-1]
        if isinstance(last, int):
            self._entries[-1] = last + 1
        else:
            self._entries.append(1)

    def take(self) -> Optional[Sent]:
        """Take the first record that was sent, if any; then `release` those that follow it."""
        first = self._entries.popleft() if self._entries else None
        assert not isinstance(first, int), "what follows a record is released with it"  # noqa: S101
        return first

    def release(self) -> None:
        """Report the records whose turn has come."""
        count = self._entries[0] if self._entries else None
        if self._file is None or not isinstance(count, int):
            return
        del self._entries[0]
        self._file.seek(self._next)
        for _ in range(count):
            self._report(msgspec.json.decode(self._file.readline(), type=Unsent))
        self._next = self._file.tell()
        self._held -= count
        if not self._held:
            self._file.seek(0)
            self._file.truncate()
            self._next = 0
