r"""A set of characters as a class of Python's `re`.

Sets are written out, since what `re` makes of `\w` differs from the gateway and between versions
of Python. One class of its own serves: `\d`, with the digits that this Python does not know yet.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from contractgate_core.regex import unicode
from contractgate_core.regex.classes import (
    EVERYTHING,
    Ranges,
    complement,
    difference,
    intersection,
    merge,
)

__all__ = ["compile_effort", "re_class"]

_ASCII: Ranges = ((0, 0x7F),)
_NOTHING = r"[^\x00-\U0010ffff]"
_FEWEST_WITH_DIGITS = 40
_MANY = 200
_SET_UP = 50
"""A class beyond the first 256 characters takes about as long to compile as so many ranges more."""


@lru_cache(maxsize=512)
def re_class(ranges: Ranges, *, is_ascii: bool = False) -> str:
    """Write a set for `re`, where a dot is every character.

    Args:
        ranges: The set.
        is_ascii: Whether it is for texts of ASCII alone.
    """
    if is_ascii:
        ranges = intersection(ranges, _ASCII)
        if ranges == _ASCII:
            return "."
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


@lru_cache(maxsize=512)
def compile_effort(ranges: Ranges) -> int:
    """Estimate how long `re` takes to compile a set, in ranges; 0 for a set of the first 256."""
    if len(ranges) > _MANY:
        return len(ranges)
    others = complement(ranges)
    written = ranges if len(others) >= len(ranges) else others
    if not written or written[-1][1] <= 0xFF:
        return 0
    return _FEWEST_WITH_DIGITS if _has_digits(written) else _SET_UP + len(written)


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
