"""Times: whole microseconds since 1970 inside, RFC 3339 in UTC outside.

Source: docs/spec/gateway-http.md, section 1.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from typing import Callable, Optional

from contractgate_core.models import Timestamp

__all__ = [
    "SECOND",
    "Clock",
    "GatewayClock",
    "micros_of",
    "month_of",
    "month_start",
    "optional_time",
    "read_seconds",
    "real_seconds",
    "timestamp",
]

Clock = Callable[[], float]
"""Returns the time in Unix **seconds**."""

SECOND = 1_000_000
"""Microseconds."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_END = 253_402_300_800
"""The start of the year 10000 in Unix **seconds**, which no timestamp can express."""
_LAST = _END - 2.0 * 86400
"""How far a fault may move the clock: a reply kept for a day must expire before `_END`."""

_UNFROZEN = getattr(time, "CLOCK_MONOTONIC", None)


def real_seconds() -> float:
    """Return a monotonic time in **seconds** that tools for freezing time leave alone."""
    return time.monotonic() if _UNFROZEN is None else time.clock_gettime(_UNFROZEN)


def read_seconds(value: object, source: str) -> float:
    """Read a time in Unix **seconds**.

    Args:
        value: The time.
        source: Where it comes from, for errors.

    Raises:
        TypeError: It is not a number.
        ValueError: It is not finite, or not from 1970 to 9999.
    """
    expected = f"expected {source} to be Unix seconds"
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{expected}, got {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{expected}, got {value}")
    if not 0 <= value < _END:
        which = "an earlier" if value < 0 else "a later"
        raise ValueError(f"{expected}, from 1970 to the end of 9999, got {which} time")
    return float(value)


class GatewayClock:
    """A gateway's clock, for rates, dates and freshness.

    Args:
        clock: Returns the time; None for the system's clock, which is looked up each time, since
            tests may freeze it.

    Attributes:
        lock: Held to read the clock, which need not be safe for threads.

    Raises:
        TypeError: It is not a function that returns a number.
        ValueError: It returns no valid time.
    """

    def __init__(self, clock: Optional[Clock]) -> None:
        if clock is not None and not callable(clock):
            raise TypeError(
                f"expected clock= to be a function that returns Unix seconds, "
                f"got {type(clock).__name__}"
            )
        self.lock = threading.RLock()
        self._offset = 0.0
        self._clock = clock
        if clock is not None:
            self.seconds()

    def move(self, seconds: float) -> None:
        """Move the clock forward by this many **seconds**, or back if negative."""
        with self.lock:
            self._offset += seconds

    def set_right(self) -> None:
        """Undo all moves."""
        with self.lock:
            self._offset = 0.0

    def seconds(self) -> float:
        """Read the clock, in Unix **seconds**.

        Raises:
            TypeError: The clock did not return a number.
            ValueError: It did not return a valid time.
        """
        with self.lock:
            told = time.time() if self._clock is None else self._clock()
            moved = read_seconds(told, "what clock= returns") + self._offset
            return min(max(0.0, moved), _LAST)  # a fault may move it beyond any timestamp


def timestamp(micros: int) -> Timestamp:
    """Write a time with 0, 3 or 6 decimal places, as few as it needs.

    >>> timestamp(1_795_000_000_120_000)
    '2026-11-18T11:06:40.120Z'
    """
    seconds, fraction = divmod(micros, SECOND)
    text = (_EPOCH + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    if not fraction:
        return Timestamp(f"{text}Z")
    digits = f"{fraction:06d}"
    return Timestamp(f"{text}.{digits[:3] if digits.endswith('000') else digits}Z")


def micros_of(time: Timestamp) -> int:
    """Read a time.

    Raises:
        ValueError: It is not a time.
    """
    return (time.datetime - _EPOCH) // dt.timedelta(microseconds=1)


def optional_time(micros: Optional[int]) -> Optional[Timestamp]:
    """Write a time, if there is one."""
    return None if micros is None else timestamp(micros)


def month_of(micros: int) -> str:
    """Return the calendar month of a time, such as `2026-11`."""
    return timestamp(micros)[:7]


def month_start(micros: int) -> int:
    """Return the first instant of the calendar month of a time, in microseconds."""
    now = _EPOCH + dt.timedelta(microseconds=micros)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - _EPOCH) // dt.timedelta(microseconds=1)
