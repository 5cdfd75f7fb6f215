"""The clock of timeouts, pauses and deadlines: always real time, even where tests freeze it."""

from __future__ import annotations

import functools
import math
import time
from typing import Callable, Optional

__all__ = ["LONGEST", "NO_DEADLINE", "Deadline", "is_frozen", "monotonic", "sleep"]

LONGEST = 1e8
"""The longest wait in **seconds**, some three years; systems refuse to wait much longer."""

_NEARLY = 0.001
"""How many **seconds** early a timer may fire."""


def _real_clock() -> Callable[[], float]:
    # Tools that freeze time replace `time.monotonic` in every module, and leave the system's clocks
    # alone. On macOS, CLOCK_UPTIME_RAW is the one that `time.monotonic` reads.
    for name in ("CLOCK_UPTIME_RAW", "CLOCK_MONOTONIC"):
        if hasattr(time, name):
            return functools.partial(time.clock_gettime, getattr(time, name))
    return functools.partial(time.monotonic)  # Windows: the function as it was on import


monotonic: Callable[[], float] = _real_clock()
"""Returns the real monotonic time in **seconds**."""


def is_frozen() -> bool:
    """Return whether the clock of event loops has been replaced."""
    return abs(time.monotonic() - monotonic()) > 1.0


def sleep(seconds: float) -> None:
    """Wait for this many **seconds** of real time."""
    time.sleep(min(seconds, LONGEST))


class Deadline:
    """A moment at which all waiting ends.

    Args:
        seconds: How far away it is in **seconds**; None for never.
        words: The limit it stands for, for errors; `{:g}` in it becomes the seconds.
    """

    __slots__ = ("_at", "_seconds", "_words")

    def __init__(self, seconds: Optional[float], words: str) -> None:
        self._seconds = math.inf if seconds is None else seconds
        self._at = monotonic() + self._seconds
        self._words = words

    @property
    def words(self) -> str:
        """The limit it stands for, for errors."""
        return self._words.format(self._seconds)

    def left(self) -> Optional[float]:
        """Return how many **seconds** are left, at least 0; None if there is no deadline."""
        return None if self._at == math.inf else max(0.0, self._at - monotonic())

    @property
    def is_over(self) -> bool:
        """The deadline has passed."""
        return self._at - monotonic() <= _NEARLY


NO_DEADLINE = Deadline(None, "")
