"""Bounds that are certain although two readers round one decimal text differently.

The fast reader finds the 64-bit float nearest to a text, the gateway one that may be some units in
the last place away (docs/spec/validation.md, section 1). What the gateway reads depends on a text's
significand of at most 64 bits and its power of ten alone, and for one power it never falls while
the significand grows. So for each power there is one worst text on either side of a bound, and
looking at these some twenty texts proves how far inside the contract's bound the fast reader's
must stand.
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
"""No text is that long; and times and ages beyond it wrap in the gateway's arithmetic."""

_LARGEST = math.nextafter(math.inf, 0)
_MOST_DIGITS = len(str(MOST_UNSIGNED))


def certain_high(bound: Optional[float]) -> Optional[float]:
    """Find the greatest upper bound that holds for both readers.

    Args:
        bound: The contract's bound; None for no bound but that of the 64-bit floats.

    Returns:
        A float so that whatever text has a nearest float up to it is read by the gateway as a
        number up to `bound`; None if there is no such float.

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
    """Find signed 64-bit integers that are within bounds, as 64-bit floats too.

    Returns:
        The least and the greatest of them; 1 and 0 if there is none.
    """
    least, most = INT64_LOW, INT64_HIGH
    if low is not None and low > INT64_LOW:
        least = math.ceil(low) if low < 2**63 else INT64_HIGH + 1
    if high is not None and high < 2**63:
        most = math.floor(high) if high >= INT64_LOW else INT64_LOW - 1
    return (least, most) if least <= most else (1, 0)


@lru_cache(maxsize=1024)
def _certain(bound: float) -> Optional[float]:
    # One to three units in the last place are enough, but for bounds next to nothing.
    high = bound
    while not _is_certain(high, bound):
        high = math.nextafter(high, -math.inf)
        if high == -math.inf:
            return None
    return high


def _is_certain(high: float, bound: float) -> bool:
    """Tell whether what is nearest to `high` or less is read as `bound` or less."""
    if high >= 0:
        limit = _midpoint(high, math.nextafter(high, math.inf))
        return all(_read(_most(limit, power), power) <= bound for power in _powers(limit))
    # Below zero the texts of least magnitude are the worst ones.
    limit = _midpoint(-high, math.nextafter(-high, 0))
    return all(
        -_read(significand, power) <= bound
        for power in _powers(limit)
        if (significand := _least(limit, power)) <= MOST_UNSIGNED
    )


def _midpoint(one: float, other: float) -> Fraction:
    """Find where the nearest float changes from one to its neighbour."""
    if other == math.inf:
        other, one = one, math.nextafter(one, 0)
        return Fraction(other) + (Fraction(other) - Fraction(one)) / 2
    return (Fraction(one) + Fraction(other)) / 2


def _powers(limit: Fraction) -> Iterator[int]:
    """List the powers of ten that a text near to a limit can have."""
    size = len(str(limit.numerator)) - len(str(limit.denominator))
    return iter(range(size - _MOST_DIGITS - 2, size + 3))


def _most(limit: Fraction, power: int) -> int:
    """Find the greatest significand of texts up to a limit."""
    return min(math.floor(limit / Fraction(10) ** power), MOST_UNSIGNED)


def _least(limit: Fraction, power: int) -> int:
    """Find the least significand of texts from a limit on; too large if no text has that power."""
    exact = limit / Fraction(10) ** power
    # Digits after a significand that is full are dropped, which makes the text's number smaller.
    is_full = 10 * math.floor(exact) + 9 > MOST_UNSIGNED
    return math.floor(exact) if is_full else math.ceil(exact)


def _read(significand: int, power: int) -> float:
    try:
        return read_float(f"{significand}e{power}")
    except OverflowError:
        return math.inf
