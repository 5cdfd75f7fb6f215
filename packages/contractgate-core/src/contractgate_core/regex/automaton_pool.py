"""A limit on what all automata of the process remember together.

Each has its own limit, but a contract may have thousands, and a process many contracts.
"""

from __future__ import annotations

from threading import Lock
from typing import Protocol
from weakref import WeakSet

__all__ = ["MOST_POOLED", "Pool"]

MOST_POOLED = 1_000_000
"""How many entries of sets and tables; one takes some 100 bytes."""


class Member(Protocol):
    """Something that remembers what it can do without."""

    @property
    def room(self) -> int:
        """How many entries are remembered."""
        raise NotImplementedError

    def forget(self) -> None:
        """Forget everything remembered."""

    def __hash__(self) -> int: ...


class Pool:
    """Makes all members forget when together they remember too much; threads may share it.

    Args:
        most: How many entries all members together may remember.
    """

    def __init__(self, most: int = MOST_POOLED) -> None:
        self._most = most
        self._members: WeakSet[Member] = WeakSet()
        self._lock = Lock()
        self._taken = 0

    def join(self, member: Member) -> None:
        """Count what a member remembers, as long as the member is alive."""
        with self._lock:
            self._members.add(member)

    def take(self, entries: int) -> None:
        """Record that a member remembers more entries."""
        # Threads may lose some of this count; the true number is counted when the pool is full.
        self._taken += entries
        if self._taken > self._most:
            self._recount()

    def _recount(self) -> None:
        with self._lock:
            members = list(self._members)
            rooms = [member.room for member in members]
            self._taken = sum(rooms)
            if self._taken > self._most:
                for member in members:
                    member.forget()
                self._taken = 0
