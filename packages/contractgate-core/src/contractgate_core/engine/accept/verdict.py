"""What a test finds out about an event, and whether that is certain."""

from __future__ import annotations

from enum import IntEnum

from contractgate_core.events.decode import has_long_number, has_negative_zero

__all__ = ["Verdict", "is_certain"]


class Verdict(IntEnum):
    """What a test finds out about an event; the greatest of several verdicts counts."""

    HOLDS = 0
    """It conforms."""
    MAY_BE_ZERO = 1
    """It conforms unless a zero is written as `-0`, which is not an integer."""
    ON_EDGE = 2
    """It conforms unless a zero is `-0`, or a long number is not read as the nearest float."""
    FAILS = 3
    """It may not conform, however its text writes numbers."""


def is_certain(verdict: int, text: bytes) -> bool:
    """Return whether events with a verdict certainly conform, given the numbers in their text."""
    if verdict in (Verdict.HOLDS, Verdict.FAILS):
        return verdict == Verdict.HOLDS
    return not has_negative_zero(text) and (
        verdict == Verdict.MAY_BE_ZERO or not has_long_number(text)
    )
