r"""A set of characters as a class of Python's `re`.

Sets are written out, since what `re` makes of `\w` differs from the gateway and between versions
of Python. One class of its own serves: `\d`, with the digits that this Python does not know yet.
"""

from __future__ import annotations

import re
from functools import cache

from contractgate_core.regex import unicode
from contractgate_core.regex.classes import (
    EVERYTHING,
    Ranges,
    complement,
    difference,
    merge,
    remembered,
)

__all__ = ["re_class"]

_NOTHING = r"[^\x00-\U0010ffff]"
_FEWEST_WITH_DIGITS = 40


@remembered
def re_class(ranges: Ranges) -> str:
    """Write a set for `re`, where a dot is every character."""
    if not ranges:
        return _NOTHING
    if ranges == EVERYTHING:
        return "."
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return re.escape(chr(ranges[0][0]))
    others = complement(ranges)
    if len(others) >= len(ranges):
        return f"[{_inside(ranges)}]"
    return f"[^{_inside(others)}]"


def _inside(ranges: Ranges) -> str:
    """Write what stands in the brackets."""
    if not _has_digits(ranges):
        return "".join(map(_range, ranges))
    return r"\d" + "".join(map(_range, difference(ranges, _digits_of_python())))


def _has_digits(ranges: Ranges) -> bool:
    if len(ranges) < _FEWEST_WITH_DIGITS:
        return False
    return not difference(_digits_of_python(), ranges)


def _range(pair: tuple[int, int]) -> str:
    low, high = map(re.escape, map(chr, pair))
    return low if low == high else f"{low}-{high}"


@cache
def _digits_of_python() -> Ranges:
    r"""Return what `\d` of `re` matches: of the gateway's digits those that Python knows."""
    points = (point for low, high in unicode.digits() for point in range(low, high + 1))
    return merge((point, point) for point in points if chr(point).isdecimal())
