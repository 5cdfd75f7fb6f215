"""Counting the ways that lead to one position of a text, over all texts.

`bounds` counts a way for each choice, however soon the way fails. This follows all ways at once
through every text that the pattern can distinguish: a subset construction that counts. The result
is exact: it is the most times that a backtracking engine can be at one character.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from contractgate_core.regex.bounds import Masks
from contractgate_core.regex.classes import Ranges, set_of
from contractgate_core.regex.effort import BOUNDLESS, Effort
from contractgate_core.regex.tree import Alternate, Chars, Concat, Literal, Node, Repeat

__all__ = ["most_visits"]

_MOST_POSITIONS = 64
_MOST_STATES = 100
_MOST_STEPS = 100_000
_EDGES_A_STEP = 4
_MOST_COPIES = 4
"""A repetition of more rounds is treated as an endless one, which has all its ways."""

_Counts = dict[int, int]
"""How often each position is reached."""

_START = 0


class _Part(NamedTuple):
    """The positions of a part of the tree.

    Attributes:
        first: The positions that can come first, with the number of ways to each.
        last: The positions that can come last.
        empties: The number of ways in which it can match the empty text.
    """

    first: _Counts
    last: _Counts
    empties: int


_NOTHING = _Part({}, {}, 1)


class _TooLarge(Exception):
    """The tree is too large to try."""


def most_visits(
    root: Node, masks: Masks, effort: Optional[Effort] = None, *, is_anchored: bool, limit: int
) -> Optional[int]:
    """Count how often a backtracking engine can visit one character of a text, at most.

    Args:
        root: The tree.
        masks: The symbols of its sets, from `bounds.masks_of`.
        effort: The steps that may be spent on it.
        is_anchored: Whether a match can begin only at the start of the text.
        limit: The largest count of interest.

    Returns:
        The count, or None if it exceeds the limit or takes too long to find.
    """
    automaton = _Positions(masks, effort or Effort(BOUNDLESS))
    try:
        automaton.add(root)
        return automaton.most_visits(is_anchored=is_anchored, limit=limit)
    except _TooLarge:
        return None


class _Positions:
    """The automaton of a tree's positions (Glushkov's), with the number of ways on each edge.

    Position 0 is before the text; every other one has just read a character of a set.
    """

    def __init__(self, masks: Masks, effort: Effort) -> None:
        self._masks = masks
        self._effort = effort
        self._steps = 0
        self._read = [0]
        self._next: list[_Counts] = [{}]

    def add(self, root: Node) -> None:
        self._next[_START] = self._part(root).first

    def _part(self, node: Node) -> _Part:
        if isinstance(node, Chars):
            return self._position(node.ranges)
        if isinstance(node, Literal):
            return self._sequence([self._position(set_of(char)) for char in node.text])
        if isinstance(node, Concat):
            return self._sequence([self._part(child) for child in node.nodes])
        if isinstance(node, Alternate):
            return _choice([self._part(child) for child in node.nodes])
        if isinstance(node, Repeat):
            return self._repeat(node)
        return _NOTHING

    def _position(self, ranges: Ranges) -> _Part:
        if len(self._read) > _MOST_POSITIONS:
            raise _TooLarge
        self._read.append(self._masks[ranges])
        self._next.append({})
        return _Part({len(self._read) - 1: 1}, {len(self._read) - 1: 1}, 0)

    def _sequence(self, parts: list[_Part]) -> _Part:
        whole = _NOTHING
        for part in parts:
            self._connect(whole.last, part.first)
            first = _sum(whole.first, _scaled(part.first, whole.empties))
            last = _sum(part.last, _scaled(whole.last, part.empties))
            whole = _Part(first, last, whole.empties * part.empties)
        return whole

    def _connect(self, last: _Counts, first: _Counts) -> None:
        self._take(len(last) * (1 + len(first)))
        for position, ways in last.items():
            self._next[position] = _sum(self._next[position], _scaled(first, ways))

    def _repeat(self, node: Repeat) -> _Part:
        if node.low == 0 and node.high == 1:
            return _choice([self._part(node.node), _NOTHING])
        if node.high is not None and node.high <= _MOST_COPIES:
            needed = [self._round(node) for _ in range(node.low)]
            rest = _NOTHING
            for _ in range(node.high - node.low):
                rest = _choice([self._sequence([self._round(node), rest]), _NOTHING])
            return self._sequence([*needed, rest])
        once = self._round(node)
        self._connect(once.last, once.first)
        return once if node.low else once._replace(empties=1)

    def _round(self, node: Repeat) -> _Part:
        once = self._part(node.node)
        if once.empties:
            # `re` has its own rules for rounds that read nothing.
            raise _TooLarge
        return once

    def _take(self, steps: int) -> None:
        self._effort.spend(1 + steps // _EDGES_A_STEP)
        self._steps += steps
        if self._steps > _MOST_STEPS:
            raise _TooLarge

    def most_visits(self, *, is_anchored: bool, limit: int) -> int:
        """Visit the sets of positions that texts lead to, with their counts."""
        start = {_START: 1}
        symbols = _bits(max(self._read).bit_length())
        waiting, seen, most = [start], {frozenset(start.items())}, 1
        while waiting:
            counts = waiting.pop()
            for symbol in symbols:
                after = self._after(counts, symbol)
                if not is_anchored:
                    after[_START] = 1
                most = max(most, sum(after.values()))
                key = frozenset(after.items())
                if key not in seen:
                    seen.add(key)
                    waiting.append(after)
            if most > limit or len(seen) > _MOST_STATES:
                raise _TooLarge
        return most

    def _after(self, counts: _Counts, symbol: int) -> _Counts:
        after: _Counts = {}
        for position, ways in counts.items():
            self._take(len(self._next[position]))
            for following, more in self._next[position].items():
                if self._read[following] & symbol:
                    after[following] = after.get(following, 0) + ways * more
        return after


def _choice(parts: list[_Part]) -> _Part:
    whole = _Part({}, {}, 0)
    for part in parts:
        first, last = _sum(whole.first, part.first), _sum(whole.last, part.last)
        whole = _Part(first, last, whole.empties + part.empties)
    return whole


def _sum(left: _Counts, right: _Counts) -> _Counts:
    total = dict(left)
    for position, ways in right.items():
        total[position] = total.get(position, 0) + ways
    return total


def _scaled(counts: _Counts, factor: int) -> _Counts:
    return {position: ways * factor for position, ways in counts.items()} if factor else {}


def _bits(count: int) -> list[int]:
    return [1 << bit for bit in range(count)]
