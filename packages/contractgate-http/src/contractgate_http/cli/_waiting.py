"""Records in the order of their file, although of some it is known at once what became of them."""

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
        record: Which record it is, from 1.
        line: The line on which it begins, from 1.
    """

    record: int
    line: int


class Unsent(msgspec.Struct, frozen=True, array_like=True):
    """A record that cannot be sent.

    Attributes:
        record: Which record it is, from 1.
        line: The line on which it begins, from 1.
        place: Its place, or that of the fault in it, as people read it.
        what: What is wrong with it, as people read it.
        reason: Why it cannot be sent.
        is_json: It could be read.
    """

    record: int
    line: int
    place: str
    what: str
    reason: str
    is_json: bool


class Waiting:
    """Holds back the records that cannot be sent until the outcomes before them are known.

    There may be any number of these behind one that is sent, so they wait in a temporary file.

    Args:
        give: Takes each one when its turn has come.
    """

    def __init__(self, give: Callable[[Unsent], object]) -> None:
        self._give = give
        # Records that were sent, and between them numbers of others.
        self._entries: deque[Union[Sent, int]] = deque()
        self._file: Optional[IO[bytes]] = None
        self._held = 0
        self._next = 0

    @property
    def is_empty(self) -> bool:
        """No outcome is awaited."""
        return not self._entries

    def close(self) -> None:
        """Forget all that waits."""
        if self._file is not None:
            self._file.close()

    def sent(self, record: Sent) -> None:
        """Put a record that is sent behind the others."""
        self._entries.append(record)

    def unsent(self, record: Unsent) -> None:
        """Put one that cannot be sent behind them; it is given at once if nothing waits."""
        if not self._entries:
            self._give(record)
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
        """Take the first record that was sent; None if there is none. `release` what follows it."""
        first = self._entries.popleft() if self._entries else None
        assert not isinstance(first, int), "what follows a record is released with it"  # noqa: S101
        return first

    def release(self) -> None:
        """Give the records whose turn has come."""
        count = self._entries[0] if self._entries else None
        if self._file is None or not isinstance(count, int):
            return
        del self._entries[0]
        self._file.seek(self._next)
        for _ in range(count):
            self._give(msgspec.json.decode(self._file.readline(), type=Unsent))
        self._next = self._file.tell()
        self._held -= count
        if not self._held:
            self._file.seek(0)
            self._file.truncate()
            self._next = 0
