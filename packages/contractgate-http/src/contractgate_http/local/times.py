"""Times: whole microseconds since 1970 inside, RFC 3339 in UTC outside.

Source: docs/spec/gateway-http.md, section 1.
"""

from __future__ import annotations

import datetime as dt
from typing import Optional

from contractgate_core.models import Timestamp

__all__ = ["SECOND", "micros_of", "month_of", "month_start", "optional_time", "timestamp"]

SECOND = 1_000_000
"""Microseconds."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


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
