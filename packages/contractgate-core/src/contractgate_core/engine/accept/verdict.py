"""What tests say of events, and when that makes one certain."""

from __future__ import annotations

from enum import IntEnum

from contractgate_core.events.decode import has_long_number, has_negative_zero

__all__ = ["Verdict", "is_certain"]


class Verdict(IntEnum):
    """What a test says of an event; of several verdicts the greatest counts."""

    HOLDS = 0
    """It conforms."""
    MAY_BE_ZERO = 1
    """It does unless a zero is written as `-0`, which is no integer."""
    ON_EDGE = 2
    """It does unless that is so, or a number is long: its float may not be the nearest one."""
    FAILS = 3
    """It may not conform."""


def is_certain(verdict: int, text: bytes) -> bool:
    """Return whether events with this verdict certainly conform, by the numbers in their text."""
    if verdict in (Verdict.HOLDS, Verdict.FAILS):
        return verdict == Verdict.HOLDS
    return not has_negative_zero(text) and (
        verdict == Verdict.MAY_BE_ZERO or not has_long_number(text)
    )
