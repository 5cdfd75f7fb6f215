"""All that a gateway knows, apart from the request that it is answering."""

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
        real_at: When it is due by a clock that nobody sets or freezes, in **seconds**.
        work: Writes it.
    """

    at: float
    real_at: float
    work: Callable[[], None]


class LateWrites:
    """Writes that a client does not wait for.

    The gateway answers before it writes audit, quarantine, usage and idempotent replies. Here they
    are written at once, unless a fault holds them back.

    Source: docs/spec/gateway-http.md, section 6.9.
    """

    def __init__(self) -> None:
        self._waiting: deque[LateWrite] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, writes: list[LateWrite]) -> None:
        """Hold writes back, behind those that wait already."""
        self._waiting.extend(writes)

    def flush(self, store: Store, now: float) -> None:
        """Write what is due, in order; all of it, or nothing."""
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
        """Write the first of those that wait, or all; give their number.

        They wait until `forget` is told that the transaction around them is over.
        """
        number = len(self._waiting) if number is None else number
        for write in list(self._waiting)[:number]:
            write.work()
        return number

    def forget(self, number: int) -> None:
        """Let the first of those that wait go: they are written."""
        for _ in range(number):
            self._waiting.popleft()

    def clear(self) -> None:
        """Forget what has not been written."""
        self._waiting.clear()


class Arrival(NamedTuple):
    """When a request came.

    Attributes:
        number: It came after all with a lower number.
        seconds: The gateway's time, in Unix **seconds**.
    """

    number: int
    seconds: float


class State:
    """A gateway's memory, its clock and its switches.

    Args:
        store: The database.
        clock: The time.
        auth: Whether callers need a key; without, it is the no-auth development mode.
        check_open: Raises an exception if the gateway is closed.

    Attributes:
        store: The database.
        auth: Whether callers need a key.
        lock: Held by who uses the database, the buckets or the writes that are late.
        turn: Held by who does long work; nobody waits for it who holds `lock`.
        library: Contracts that were read before.
        buckets: Rate limits.
        late: Writes that no client waits for.
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
        """Make the locks anew in a forked child; threads that held them are not there."""
        self.lock, self.turn = threading.RLock(), threading.Lock()
        self.clock.lock = threading.RLock()

    def arrive(self) -> Arrival:
        """Note that a request comes now."""
        with self.clock.lock:
            self._arrivals += 1
            return Arrival(self._arrivals, self.clock.seconds())

    def micros(self, arrival: Arrival) -> int:
        """Give the time of what a request is about to change, in Unix **microseconds**.

        It is when the request came, but for what has been changed by others meanwhile, and where
        the clock stands still, as tests make it do: what comes later must be told from what came
        before, so a microsecond is added. A clock that was set back stays back.
        """
        now = int(arrival.seconds * SECOND)
        is_overtaken = arrival.number < self._last_arrival
        if now <= self._last and (is_overtaken or self._last - now < SECOND):
            now = self._last + 1
        return now

    def pass_time(self, arrival: Arrival, now: int) -> None:
        """Note that a request was answered as of a time that `micros` gave."""
        self._last = now
        self._last_arrival = max(self._last_arrival, arrival.number)
