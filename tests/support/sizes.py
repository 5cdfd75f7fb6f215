"""How large the heavy tests are: whole on one Python, a tenth on the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TypeVar

__all__ = ["FULL", "scaled", "some"]

T = TypeVar("T")

FULL = os.environ.get("CONTRACTGATE_TESTS", "full") == "full"
"""False where CONTRACTGATE_TESTS says `tenth`, as nox does on all Pythons but the newest."""


def scaled(count: int) -> int:
    """Return a count, or a tenth of it."""
    return count if FULL else count // 10


def some(items: Iterable[T]) -> list[T]:
    """Return all items, or every tenth, at least one: on each Python others."""
    listed = list(items)
    if FULL or not listed:
        return listed
    return listed[sys.version_info.minor % min(10, len(listed)) :: 10]
