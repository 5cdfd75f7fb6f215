"""Sets of code points, as sorted inclusive ranges.

They agree with the crate regex-syntax 0.8.5 in everything, including surrogates: no text has them,
the range `0-10FFFF` spans them, and no range begins or ends among them.

Source: docs/spec/contract-format.md, section 4.2.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache, wraps
from typing import Callable, TypeVar

__all__ = [
    "EVERYTHING",
    "LAST",
    "Ranges",
    "complement",
    "contains",
    "difference",
    "intersection",
    "merge",
    "remembered",
    "set_of",
    "symmetric_difference",
]

Ranges = tuple[tuple[int, int], ...]
"""Inclusive ranges of code points: sorted, no two overlap or touch."""

Result = TypeVar("Result")

LAST = 0x10FFFF
EVERYTHING: Ranges = ((0, LAST),)


_MOST_REMEMBERED, _LONGEST_REMEMBERED = 64, 1_000


def remembered(function: Callable[[Ranges], Result]) -> Callable[[Ranges], Result]:
    """Cache the results of a function for the latest sets, except very large ones.

    A thousand ranges and their results take some 150 KB.
    """
    cached = lru_cache(maxsize=_MOST_REMEMBERED)(function)

    @wraps(function)
    def call(ranges: Ranges) -> Result:
        return (cached if len(ranges) <= _LONGEST_REMEMBERED else function)(ranges)

    return call


def merge(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sort ranges and join those that overlap or touch."""
    merged: list[tuple[int, int]] = []
    first, last = 0, -2
    for pair in sorted(ranges):
        low, high = pair
        if low > last + 1:
            # Sets share their pairs, since a contract may have very many sets.
            merged.append(pair)
            first, last = pair
        elif high > last:
            last = high
            merged[-1] = (first, last)
    return tuple(merged)


def set_of(char: str) -> Ranges:
    """Return the set of one character."""
    return ((ord(char), ord(char)),)


def contains(ranges: Ranges, point: int) -> bool:
    """Return whether a code point is in a set."""
    index = bisect_right(ranges, (point, LAST))
    return index > 0 and point <= ranges[index - 1][1]


def complement(ranges: Ranges) -> Ranges:
    """Return the code points that are not in a set."""
    gaps = []
    before = 0
    for low, high in ranges:
        if low > before:
            gaps.append((before, _before(low)))
        elif 0xE000 == low == before:
            # As in the crate, which looks for a gap between D7FF and E000 and finds those two.
            gaps.append((0xD7FF, 0xE000))
        before = _after(high)
    if before <= LAST:
        gaps.append((before, LAST))
    return tuple(gaps)


def intersection(left: Ranges, right: Ranges) -> Ranges:
    """Return the code points that are in both sets."""
    common = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            common.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def difference(left: Ranges, right: Ranges) -> Ranges:
    """Return the code points that are in the left set but not in the right one."""
    kept = []
    j = 0
    for low, high in left:
        start = low
        while j < len(right) and right[j][1] < start:
            j += 1
        i = j
        while i < len(right) and right[i][0] <= high:
            if right[i][0] > start:
                kept.append((start, _before(right[i][0])))
            start = _after(right[i][1])
            i += 1
        if start <= high:
            kept.append((start, high))
    return tuple(kept)


def symmetric_difference(left: Ranges, right: Ranges) -> Ranges:
    """Return the code points that are in exactly one of two sets."""
    return difference(merge([*left, *right]), intersection(left, right))


def _before(point: int) -> int:
    return 0xD7FF if point == 0xE000 else point - 1


def _after(point: int) -> int:
    return 0xE000 if point == 0xD7FF else point + 1
