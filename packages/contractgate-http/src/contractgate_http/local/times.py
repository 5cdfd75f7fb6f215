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
"""Answers the time in Unix **seconds**."""

SECOND = 1_000_000
"""Microseconds."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_END = 253_402_300_800
"""Unix seconds at which the year 10000 begins, which no timestamp can say."""
_LAST = _END - 2.0 * 86400
"""So far a fault may move the clock: a reply that is kept for a day must end before `_END`."""

_UNFROZEN = getattr(time, "CLOCK_MONOTONIC", None)


def real_seconds() -> float:
    """Give a time that only goes on, in **seconds**; tools that freeze the date leave it alone."""
    return time.monotonic() if _UNFROZEN is None else time.clock_gettime(_UNFROZEN)


def read_seconds(value: object, whence: str) -> float:
    """Read a time in Unix **seconds**.

    Args:
        value: What should be one.
        whence: What gave it, for errors.

    Raises:
        TypeError: It is no number.
        ValueError: It is not finite, or not from 1970 to 9999.
    """
    expected = f"expected {whence} to be Unix seconds"
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{expected}, got {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{expected}, got {value}")
    if not 0 <= value < _END:
        which = "an earlier" if value < 0 else "a later"
        raise ValueError(f"{expected}, from 1970 to the end of 9999, got {which} time")
    return float(value)


class GatewayClock:
    """The clock that a gateway goes by, for rates, dates and freshness.

    Args:
        clock: Answers the time; None for the system's clock, which is looked up each time, since
            tests may freeze it.

    Attributes:
        lock: Held by who reads the clock, which need not be made for threads.

    Raises:
        TypeError: It is no clock, or answers no number.
        ValueError: It answers no time.
    """

    def __init__(self, clock: Optional[Clock]) -> None:
        if clock is not None and not callable(clock):
            raise TypeError(
                f"expected clock= to be a function that answers Unix seconds, "
                f"got {type(clock).__name__}"
            )
        self.lock = threading.RLock()
        self._offset = 0.0
        self._clock = clock
        if clock is not None:
            self.seconds()

    def move(self, seconds: float) -> None:
        """Move it forwards or, if negative, back by so many **seconds**."""
        with self.lock:
            self._offset += seconds

    def set_right(self) -> None:
        """Take back all that it was moved."""
        with self.lock:
            self._offset = 0.0

    def seconds(self) -> float:
        """Read it, in Unix **seconds**.

        Raises:
            TypeError: The clock has answered no number.
            ValueError: It has answered no time.
        """
        with self.lock:
            told = time.time() if self._clock is None else self._clock()
            moved = read_seconds(told, "what clock= answers") + self._offset
            return min(max(0.0, moved), _LAST)  # a fault may move it beyond what can be said


def timestamp(micros: int) -> Timestamp:
    """Write a time with 0, 3 or 6 fraction digits, as few as say it.

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
        ValueError: It is none.
    """
    return (time.datetime - _EPOCH) // dt.timedelta(microseconds=1)


def optional_time(micros: Optional[int]) -> Optional[Timestamp]:
    """Write a time, if there is one."""
    return None if micros is None else timestamp(micros)


def month_of(micros: int) -> str:
    """Give the calendar month of a time: `2026-11`."""
    return timestamp(micros)[:7]


def month_start(micros: int) -> int:
    """Give the first instant of the calendar month of a time, in microseconds."""
    now = _EPOCH + dt.timedelta(microseconds=micros)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - _EPOCH) // dt.timedelta(microseconds=1)
