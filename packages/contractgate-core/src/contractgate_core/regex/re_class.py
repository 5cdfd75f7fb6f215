r"""A set of characters as a class of Python's `re`.

Sets are written out, whatever their size: the meaning of `\w`, `\d` and the like in `re` depends on
the running Python's Unicode version, which may be older or newer than the gateway's.
"""

from __future__ import annotations

import re

from contractgate_core.regex.classes import EVERYTHING, Ranges, complement, remembered

__all__ = ["re_class"]

_NOTHING = r"[^\x00-\U0010ffff]"


@remembered
def re_class(ranges: Ranges) -> str:
    """Write a set for `re`, with flags under which a dot is every character."""
    if not ranges:
        return _NOTHING
    if ranges == EVERYTHING:
        return "."
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return re.escape(chr(ranges[0][0]))
    others = complement(ranges)
    if len(others) >= len(ranges):
        return _written("[", ranges)
    return _written("[^", others)


def _written(begin: str, ranges: Ranges) -> str:
    return f"{begin}{''.join(map(_range, ranges))}]"


def _range(pair: tuple[int, int]) -> str:
    low, high = map(re.escape, map(chr, pair))
    return low if low == high else f"{low}-{high}"
