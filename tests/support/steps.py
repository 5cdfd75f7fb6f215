"""What work costs in steps, which do not depend on the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["count_calls"]


def count_calls(work: Callable[[], object]) -> int:
    """Count the calls of Python functions while some work is done; a generator's next ones too."""
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
