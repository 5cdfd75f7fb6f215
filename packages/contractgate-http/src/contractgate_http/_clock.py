"""The clock of timeouts, pauses and deadlines: always the real one, also where time is frozen."""

from __future__ import annotations

import functools
import math
import time
from typing import Callable, Optional

__all__ = ["LONGEST", "NO_DEADLINE", "Deadline", "is_frozen", "monotonic", "sleep"]

LONGEST = 1e8
"""The longest wait in **seconds**, some three years; from some number on, systems refuse to."""

_NEARLY = 0.001
"""Timers may be early by so many **seconds**."""


def _real_clock() -> Callable[[], float]:
    # Tools that freeze time replace `time.monotonic`, wherever it stands in a module, and leave
    # the clocks of the system alone. On macOS, this is the one that `time.monotonic` reads.
    for name in ("CLOCK_UPTIME_RAW", "CLOCK_MONOTONIC"):
        if hasattr(time, name):
            return functools.partial(time.clock_gettime, getattr(time, name))
    return functools.partial(time.monotonic)  # on Windows, as it was when this was imported


monotonic: Callable[[], float] = _real_clock()
"""Gives the real monotonic time in **seconds**."""


def is_frozen() -> bool:
    """Return whether someone has replaced the clock by which event loops go."""
    return abs(time.monotonic() - monotonic()) > 1.0


def sleep(seconds: float) -> None:
    """Wait so many **seconds** of real time."""
    time.sleep(min(seconds, LONGEST))


class Deadline:
    """A moment after which nothing is waited for any more.

    Args:
        seconds: How far away it is in **seconds**; None stands for never.
        words: What runs out then, for errors; `{:g}` in it stands for the seconds.
    """

    __slots__ = ("_at", "_seconds", "_words")

    def __init__(self, seconds: Optional[float], words: str) -> None:
        self._seconds = math.inf if seconds is None else seconds
        self._at = monotonic() + self._seconds
        self._words = words

    @property
    def words(self) -> str:
        """What runs out then."""
        return self._words.format(self._seconds)

    def left(self) -> Optional[float]:
        """Give how many **seconds** are left, from 0; None if there is no end."""
        return None if self._at == math.inf else max(0.0, self._at - monotonic())

    @property
    def is_over(self) -> bool:
        """It has come."""
        return self._at - monotonic() <= _NEARLY


NO_DEADLINE = Deadline(None, "")
