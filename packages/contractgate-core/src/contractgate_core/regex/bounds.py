"""Upper bounds on the ways that a backtracking engine may take through a tree.

A way is a run of choices that does not fail at the very next character: whether to repeat or to go
on, and which of several alternatives to take. Where the next character always decides, there is one
way. docs/regex.md proves that the steps are at most the ways times the characters times the size of
the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Optional

from contractgate_core.regex.classes import Ranges, set_of
from contractgate_core.regex.effort import BOUNDLESS, Effort
from contractgate_core.regex.tree import (
    Alternate,
    Chars,
    Concat,
    Literal,
    Node,
    Repeat,
    fold,
    nodes_of,
)

__all__ = ["Bounds", "Facts", "Masks", "Ways", "bounds_of", "masks_of"]

Masks = Mapping[Ranges, int]
"""For each set of a tree, the symbols of its characters as a mask."""

_MOST_SETS = 256
_MOST_SYMBOLS = 1_000
_SYMBOLS_A_STEP = 4

_MOST_WAYS = 10**6
"""A bound above this is as good as none."""


class Ways(NamedTuple):
    """At most `factor` times (the length of the text, plus one) to the power `degree`."""

    factor: int
    degree: int


_ONE = Ways(1, 0)


class Facts(NamedTuple):
    """What is known about a node, whatever follows it.

    Attributes:
        first: A mask of the symbols that a match can begin with.
        is_nullable: Whether it can match the empty text.
        longest: The most characters that it can match, or None if there is no limit.
        size: How many steps it consists of.
    """

    first: int
    is_nullable: bool
    longest: Optional[int]
    size: int


class Bounds(NamedTuple):
    """What is known about a whole tree.

    Attributes:
        ways: How many ways there are from one start, or None if there is no bound.
        longest: The most characters that it can match, or None if there is no limit.
        size: How many steps it consists of.
    """

    ways: Optional[Ways]
    longest: Optional[int]
    size: int

    def visits(self, *, is_anchored: bool) -> Optional[int]:
        """Bound the visits to one character of any text; None if they grow with the text."""
        starts = 1 if is_anchored else self.longest
        if self.ways is None or self.ways.degree or starts is None:
            return None
        return self.ways.factor * starts

    def steps(self, length: int, *, is_anchored: bool) -> Optional[int]:
        """Bound the steps for a text of this many characters; None if there is no bound."""
        if self.ways is None:
            return None
        starts = 1 if is_anchored else length + 1
        read = 1 + (length if self.longest is None else min(length, self.longest))
        factor, degree = self.ways
        power: int = (length + 1) ** degree
        return starts * factor * power * read * self.size


def bounds_of(root: Node, masks: Masks, effort: Optional[Effort] = None) -> Bounds:
    """Bound the ways through a tree that `simplify` has made.

    Args:
        root: The tree.
        masks: The symbols of its sets, from `masks_of`.
        effort: The steps that may be spent on it.
    """
    counter = _Counter(masks, effort or Effort(BOUNDLESS))
    facts = fold(root, counter.learn)
    return Bounds(counter.ways(root, 0), facts.longest, facts.size)


def masks_of(root: Node, effort: Optional[Effort] = None) -> Optional[Masks]:
    """Return the symbols of the characters in each set of a tree, as masks.

    Characters that are in the same sets share a symbol.

    Args:
        root: The tree.
        effort: The steps that may be spent on it.

    Returns:
        The masks, or None if there are so many sets or symbols that it would take long.
    """
    sets: dict[Ranges, None] = {}
    for node in nodes_of(root):
        if isinstance(node, Chars):
            sets[node.ranges] = None
        elif isinstance(node, Literal):
            sets.update(dict.fromkeys(map(set_of, set(node.text))))
        if len(sets) > _MOST_SETS:
            return None
    effort = effort or Effort(BOUNDLESS)
    masks = effort.once(("masks", *sets), 0, lambda: _masks(list(sets), effort))
    return None if masks is None else dict(zip(sets, masks))


def _masks(sets: list[Ranges], effort: Effort) -> Optional[list[int]]:
    changes: dict[int, int] = {}
    for index, ranges in enumerate(sets):
        for low, high in ranges:
            changes[low] = changes.get(low, 0) ^ 1 << index
            changes[high + 1] = changes.get(high + 1, 0) ^ 1 << index
    effort.spend(len(changes) // _SYMBOLS_A_STEP)
    around = 0
    symbols = {(around := around ^ changes[point]) for point in sorted(changes)}
    if len(symbols) > _MOST_SYMBOLS:
        return None
    effort.spend(len(symbols) * len(sets) // _SYMBOLS_A_STEP)
    return [
        sum(1 << symbol for symbol, members in enumerate(symbols) if members >> index & 1)
        for index in range(len(sets))
    ]


class _Counter:
    """Counts the ways through one tree."""

    def __init__(self, masks: Masks, effort: Effort) -> None:
        self._masks = masks
        self._effort = effort
        self._facts: dict[int, Facts] = {}

    def learn(self, node: Node, below: list[Facts]) -> Facts:
        """Derive the facts about a node from those about its children, and remember them."""
        self._facts[id(node)] = facts = self._learnt(node, below)
        return facts

    def _learnt(self, node: Node, below: list[Facts]) -> Facts:
        if isinstance(node, Literal):
            return Facts(self._masks[set_of(node.text[0])], False, len(node.text), 1)
        if isinstance(node, Chars):
            return Facts(self._masks[node.ranges], False, 1, 1)
        size = 1 + sum(facts.size for facts in below)
        if isinstance(node, Repeat):
            inner = below[0]
            longest = _product(inner.longest, node.high)
            return Facts(inner.first, node.low == 0 or inner.is_nullable, longest, size)
        lengths = [facts.longest for facts in below if facts.longest is not None]
        is_bounded = len(lengths) == len(below)
        if isinstance(node, Alternate):
            first = _union(facts.first for facts in below)
            is_nullable = any(facts.is_nullable for facts in below)
            return Facts(first, is_nullable, max(lengths) if is_bounded else None, size)
        needed = next((i for i, facts in enumerate(below) if not facts.is_nullable), len(below))
        first = _union(facts.first for facts in below[: needed + 1])
        return Facts(first, needed == len(below), sum(lengths) if is_bounded else None, size)

    def ways(self, node: Node, after: int) -> Optional[Ways]:
        """Bound the ways through a node.

        Args:
            node: The node.
            after: The symbols that can follow it.
        """
        if isinstance(node, Concat):
            return self._concat_ways(node, after)
        if isinstance(node, Alternate):
            return self._alternate_ways(node, after)
        if isinstance(node, Repeat):
            return self._repeat_ways(node, after)
        return _ONE

    def _concat_ways(self, node: Concat, after: int) -> Optional[Ways]:
        total: Optional[Ways] = _ONE
        for part in reversed(node.nodes):
            total = _times(total, self.ways(part, after))
            facts = self._facts[id(part)]
            after = facts.first | after if facts.is_nullable else facts.first
        return total

    def _alternate_ways(self, node: Alternate, after: int) -> Optional[Ways]:
        """Add up the branches that can begin with the same character."""
        by_symbol: dict[int, list[Ways]] = {}
        for branch in node.nodes:
            facts = self._facts[id(branch)]
            ways = self.ways(branch, after)
            if ways is None:
                return None
            # A branch that may be empty can begin with whatever follows.
            begins = facts.first | after if facts.is_nullable else facts.first
            self._effort.spend(bin(begins).count("1"))
            while begins:
                symbol = begins & -begins
                begins ^= symbol
                by_symbol.setdefault(symbol, []).append(ways)
        most = _ONE
        for together in by_symbol.values():
            factor = sum(ways.factor for ways in together)
            degree = max(ways.degree for ways in together)
            most = Ways(max(most.factor, factor), max(most.degree, degree))
        return most

    def _repeat_ways(self, node: Repeat, after: int) -> Optional[Ways]:
        facts = self._facts[id(node.node)]
        decides = not facts.first & after
        if node.low == 0 and node.high == 1:
            inner = self.ways(node.node, after)
            return inner if decides or inner is None else Ways(inner.factor + 1, inner.degree)
        if facts.is_nullable:
            return None
        inner = self.ways(node.node, after | facts.first)
        if inner is None:
            return None
        if node.high is None:
            return None if inner != _ONE else _ONE if decides else Ways(1, 1)
        rounds = 1 if decides else node.high - node.low + 1
        if inner.degree or inner.factor ** min(node.high, 20) > _MOST_WAYS:
            return None
        return _times(Ways(inner.factor**node.high, 0), Ways(rounds, 0))


def _times(left: Optional[Ways], right: Optional[Ways]) -> Optional[Ways]:
    if left is None or right is None or left.factor * right.factor > _MOST_WAYS:
        return None
    return Ways(left.factor * right.factor, left.degree + right.degree)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _product(left: Optional[int], right: Optional[int]) -> Optional[int]:
    return None if left is None or right is None else left * right
