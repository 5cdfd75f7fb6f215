"""What work costs, whatever the machine: in steps, or beside what it costs on a usual machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import lru_cache

from contractgate_core.regex.parse import parse

__all__ = ["count_calls", "slowness"]

_USUAL_SECONDS = 0.02


def count_calls(work: Callable[[], object]) -> int:
    """Count the calls of Python functions while some work is done."""
    calls = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@lru_cache(maxsize=1)
def slowness() -> float:
    """Tell how many times as long this package's code takes here as usually; at least 1.

    A slow processor and the measuring of coverage count alike.
    """
    return max(1.0, min(_parse_seconds() for _ in range(3)) / _USUAL_SECONDS)


def _parse_seconds() -> float:
    started = time.process_time()
    parse("[^中]" * 2_000)
    return time.process_time() - started
