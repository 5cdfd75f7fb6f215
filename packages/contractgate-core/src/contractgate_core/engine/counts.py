"""Counts of violations by field and kind, for at most a thousand fields."""

from __future__ import annotations

import re
from collections import Counter

from contractgate_core.results import Violation, ViolationKind

__all__ = ["Counted", "count_one", "place_at", "place_of", "slot_of"]

Counted = tuple[str, str]
"""What is counted together: a field's path, in which all elements of a list share `[]`, and the
word of a kind."""

_OTHER_FIELDS = "(other fields)"
"""Stands for all fields after the first thousand, which only hostile events have."""

_MOST_COUNTED = 1_000
_INDEX = re.compile(r"\[\d+\]")


def place_of(violation: Violation) -> Counted:
    """Return where a violation is counted."""
    return place_at(violation.field, violation.kind)


def place_at(field: str, kind: ViolationKind) -> Counted:
    """Return where violations are counted: all elements of a list as one, as `items[].price`."""
    return _INDEX.sub("[]", field) if "[" in field else field, str(kind)


def slot_of(counter: Counter[Counted], place: Counted) -> Counted:
    """Return where a place is counted: itself, or, after the first thousand, with all others."""
    if place not in counter and len(counter) >= _MOST_COUNTED:
        return _OTHER_FIELDS, place[1]
    return place


def count_one(counter: Counter[Counted], place: Counted, count: int) -> None:
    """Add to the count of a place."""
    counter[slot_of(counter, place)] += count
