"""Everything that a gateway holds besides the request it is answering."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Optional

from contractgate_http.local.buckets import Buckets
from contractgate_http.local.prepared import Library
from contractgate_http.local.store import Store
from contractgate_http.local.times import SECOND, GatewayClock, real_seconds

__all__ = ["Arrival", "LateWrite", "LateWrites", "State"]


class LateWrite(NamedTuple):
    """A write that is held back.

    Attributes:
        at: When it is due, by the gateway's clock in Unix **seconds**.
        real_at: When it is due by a clock that cannot be set or frozen, in **seconds**.
        work: Does the write.
    """

    at: float
    real_at: float
    work: Callable[[], None]


class LateWrites:
    """Writes that clients do not wait for.

    The gateway answers before it writes the audit, the quarantine, usage and idempotent replies.
    Here they are written at once, unless a fault holds them back.

    Source: docs/spec/gateway-http.md, section 6.9.
    """

    def __init__(self) -> None:
        self._waiting: deque[LateWrite] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, writes: list[LateWrite]) -> None:
        """Append writes to those held back."""
        self._waiting.extend(writes)

    def flush(self, store: Store, now: float) -> None:
        """Do the writes that are due, in order; all of them, or none."""
        due = 0
        real_now = real_seconds() if self._waiting else 0.0
        for write in self._waiting:
            if write.at > now and write.real_at > real_now:
                break
            due += 1
        if due:
            with store.database.transaction():
                self.write(due)
            self.forget(due)

    def write(self, number: Optional[int] = None) -> int:
        """Do the first waiting writes, or all, and return their number.

        They stay here until `forget`, after the transaction around them has ended.
        """
        number = len(self._waiting) if number is None else number
        for write in list(self._waiting)[:number]:
            write.work()
        return number

    def forget(self, number: int) -> None:
        """Remove the first waiting writes, which are done."""
        for _ in range(number):
            self._waiting.popleft()

    def clear(self) -> None:
        """Drop all waiting writes."""
        self._waiting.clear()


class Arrival(NamedTuple):
    """When a request came.

    Attributes:
        number: Its place in the order of arrival.
        seconds: The gateway's time, in Unix **seconds**.
    """

    number: int
    seconds: float


class State:
    """A gateway's memory, its clock and its switches.

    Args:
        store: The database.
        clock: The time.
        auth: Whether callers need a key; if not, it is the no-auth development mode.
        check_open: Raises an exception if the gateway is closed.

    Attributes:
        store: The database.
        auth: Whether callers need a key.
        lock: Held to use the database, the buckets or the late writes.
        turn: Held to do long work; a thread that holds `lock` never waits for it.
        library: Contracts that were read before.
        buckets: Rate limits.
        late: Writes that clients do not wait for.
        clock: The gateway's clock.
    """

    def __init__(
        self, store: Store, clock: GatewayClock, *, auth: bool, check_open: Callable[[], None]
    ) -> None:
        self.store = store
        self.auth = auth
        self.lock = threading.RLock()
        self.turn = threading.Lock()
        self.library = Library()
        self.buckets = Buckets()
        self.late = LateWrites()
        self.clock = clock
        self.check_open = check_open
        self._arrivals = 0
        self._last = 0
        self._last_arrival = 0

    def renew_locks(self) -> None:
        """Replace the locks in a forked child, where threads that held them no longer exist."""
        self.lock, self.turn = threading.RLock(), threading.Lock()
        self.clock.lock = threading.RLock()

    def arrive(self) -> Arrival:
        """Record that a request arrives now."""
        with self.clock.lock:
            self._arrivals += 1
            return Arrival(self._arrivals, self.clock.seconds())

    def micros(self, arrival: Arrival) -> int:
        """Return the time for a request's changes, in Unix **microseconds**.

        This is when the request came. But if others have made changes meanwhile, or a test has
        frozen the clock, a microsecond is added to the last change, so that later changes have a
        later time. A clock that was set back stays back.
        """
        now = int(arrival.seconds * SECOND)
        is_overtaken = arrival.number < self._last_arrival
        if now <= self._last and (is_overtaken or self._last - now < SECOND):
            now = self._last + 1
        return now

    def pass_time(self, arrival: Arrival, now: int) -> None:
        """Record that a request was answered with a time returned by `micros`."""
        self._last = now
        self._last_arrival = max(self._last_arrival, arrival.number)
