"""All that a gateway knows, apart from the request that it is answering."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from contractgate_http.local.buckets import Buckets
from contractgate_http.local.prepared import Library
from contractgate_http.local.store import Store
from contractgate_http.local.times import SECOND

__all__ = ["Clock", "Late", "State"]

Clock = Callable[[], float]
"""Answers the time in Unix **seconds**."""


class Late:
    """Writes that a client does not wait for.

    The gateway answers before it writes audit, quarantine, usage and idempotent replies. Here they
    are written at once, unless a fault holds them back.

    Source: docs/spec/gateway-http.md, section 6.9.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self.delay = 0.0
        """How long writes are held back, in **seconds** of the gateway's clock."""

    def write(self, now: float, work: Callable[[], None]) -> None:
        """Write now, or when the delay is over."""
        if self.delay > 0 or self._waiting:
            self._waiting.append((now + self.delay, work))
        else:
            work()

    def flush(self, now: float) -> None:
        """Write what is due, in order."""
        while self._waiting and self._waiting[0][0] <= now:
            self._waiting.popleft()[1]()

    def flush_all(self) -> None:
        """Write everything."""
        self.flush(float("inf"))

    def clear(self) -> None:
        """Forget what has not been written, and write at once from now on."""
        self._waiting.clear()
        self.delay = 0.0


class State:
    """A gateway's memory, its clock and its switches.

    Args:
        store: The database.
        clock: The time.
        auth: Whether callers need a key; without, it is the no-auth development mode.

    Attributes:
        store: The database.
        auth: Whether callers need a key.
        library: Contracts that were read before.
        buckets: Rate limits.
        late: Writes that no client waits for.
        clock_offset: How far the clock was moved, in **seconds**.
    """

    def __init__(self, store: Store, clock: Clock, *, auth: bool) -> None:
        self.store = store
        self.auth = auth
        self.library = Library()
        self.buckets = Buckets()
        self.late = Late()
        self.clock_offset = 0.0
        self._clock = clock
        self._last = 0

    def seconds(self) -> float:
        """Read the clock, in Unix **seconds**."""
        return self._clock() + self.clock_offset

    def micros(self, seconds: float) -> int:
        """Give a time of its own to what happens now, in Unix **microseconds**.

        Where the clock stands still, as tests make it do, a microsecond is added each time: what
        came later must be told from what came before.
        """
        now = int(seconds * SECOND)
        if 0 <= self._last - now < SECOND:
            now = self._last + 1
        self._last = now
        return now
