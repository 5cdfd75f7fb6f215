"""Bounds that are certain although two readers round the same decimal text differently.

The fast reader finds the 64-bit float nearest to a text; the gateway's float may be some units in
the last place away (docs/spec/validation.md, section 1). The gateway's float depends only on the
text's power of ten and its significand of at most 64 bits, and for one power it never falls while
the significand grows. So each power has one worst text on either side of a bound, and checking
these twenty or so texts proves how far inside the contract's bound the fast reader's bound must be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Optional

from contractgate_core.events.numbers import MOST_UNSIGNED, read_float

__all__ = ["ENDLESS", "INT64_HIGH", "INT64_LOW", "certain_high", "certain_low", "int_bounds"]

INT64_LOW, INT64_HIGH = -(2**63), 2**63 - 1
ENDLESS = 2**62
"""No text is that long, and times and ages beyond it wrap in the gateway's arithmetic."""

_LARGEST = math.nextafter(math.inf, 0)
_MOST_DIGITS = len(str(MOST_UNSIGNED))


def certain_high(bound: Optional[float]) -> Optional[float]:
    """Find the greatest upper bound that holds for both readers.

    Args:
        bound: The contract's bound; None for that of the 64-bit floats.

    Returns:
        The greatest float for which this holds: if the nearest float of a text is at most that
        float, the gateway reads the text as at most `bound`. None if there is no such float.

    >>> certain_high(1000.0), certain_high(100.0)
    (1000.0, 99.99999999999999)
    """
    if bound is None or bound == math.inf:
        return _certain(_LARGEST)
    return None if bound == -math.inf else _certain(bound)


def certain_low(bound: Optional[float]) -> Optional[float]:
    """Find the least lower bound that holds for both readers; see `certain_high`."""
    high = certain_high(None if bound is None else -bound)
    return None if high is None else -high


def int_bounds(low: Optional[float], high: Optional[float]) -> tuple[int, int]:
    """Find the signed 64-bit integers that are within bounds, also after conversion to floats.

    Returns:
        The least and the greatest of them; 1 and 0 if there are none.
    """
    least, most = INT64_LOW, INT64_HIGH
    if low is not None and low > INT64_LOW:
        least = math.ceil(low) if low < 2**63 else INT64_HIGH + 1
    if high is not None and high < 2**63:
        most = math.floor(high) if high >= INT64_LOW else INT64_LOW - 1
    return (least, most) if least <= most else (1, 0)


@lru_cache(maxsize=1024)
def _certain(bound: float) -> Optional[float]:
    # One to three units in the last place are enough, except for bounds next to zero.
    high = bound
    while not _is_certain(high, bound):
        high = math.nextafter(high, -math.inf)
        if high == -math.inf:
            return None
    return high


def _is_certain(high: float, bound: float) -> bool:
    """Return whether all texts nearest to at most `high` are read as at most `bound`."""
    if high >= 0:
        limit = _midpoint(high, math.nextafter(high, math.inf))
        return all(
            _read(_greatest_significand(limit, power), power) <= bound for power in _powers(limit)
        )
    # Below zero, the texts of least magnitude are the worst.
    limit = _midpoint(-high, math.nextafter(-high, 0))
    return all(
        -_read(significand, power) <= bound
        for power in _powers(limit)
        if (significand := _least_significand(limit, power)) <= MOST_UNSIGNED
    )


def _midpoint(one: float, other: float) -> Fraction:
    """Find where the nearest float changes from one float to its neighbour."""
    if other == math.inf:
        other, one = one, math.nextafter(one, 0)
        return Fraction(other) + (Fraction(other) - Fraction(one)) / 2
    return (Fraction(one) + Fraction(other)) / 2


def _powers(limit: Fraction) -> Iterator[int]:
    """List the powers of ten that a text near a limit can have."""
    size = len(str(limit.numerator)) - len(str(limit.denominator))
    return iter(range(size - _MOST_DIGITS - 2, size + 3))


def _greatest_significand(limit: Fraction, power: int) -> int:
    """Find the greatest significand of texts up to a limit."""
    return min(math.floor(limit / Fraction(10) ** power), MOST_UNSIGNED)


def _least_significand(limit: Fraction, power: int) -> int:
    """Find the least significand of texts from a limit up; too large if no text has that power."""
    exact = limit / Fraction(10) ** power
    # Digits after a full significand are dropped, which makes the number smaller.
    is_full = 10 * math.floor(exact) + 9 > MOST_UNSIGNED
    return math.floor(exact) if is_full else math.ceil(exact)


def _read(significand: int, power: int) -> float:
    try:
        return read_float(f"{significand}e{power}")
    except OverflowError:
        return math.inf
