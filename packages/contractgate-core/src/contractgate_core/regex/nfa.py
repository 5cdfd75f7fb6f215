"""A tree as a nondeterministic automaton over code points: Thompson's construction, with counters.

A repetition of a single set is one `Count` state, however often it repeats; every other counted
repetition is written out in full, which `size.check_size` keeps bounded.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Optional, Union, cast

from contractgate_core.regex.classes import Ranges
from contractgate_core.regex.tree import (
    Alternate,
    Capture,
    Chars,
    Concat,
    Literal,
    Look,
    LookKind,
    Node,
    Repeat,
    fold,
)

__all__ = [
    "Assertion",
    "Count",
    "Match",
    "Nfa",
    "Split",
    "State",
    "Step",
    "build",
    "states_at_most",
]

_MOST_COPIES = 8
"""Up to this many copies of a set are written out: a few states are faster than a counter."""


class Match:
    """The pattern has matched."""

    __slots__ = ()


class Step:
    """Reads one character of a set.

    Attributes:
        set_id: The index of the automaton's set.
        then: The next state.
    """

    __slots__ = ("set_id", "then")

    def __init__(self, set_id: int, then: State) -> None:
        self.set_id = set_id
        self.then = then


class Split:
    """Continues in several states at once, without reading."""

    __slots__ = ("targets",)

    def __init__(self, *targets: State) -> None:
        self.targets = list(targets)


class Assertion:
    """Continues, without reading, if an assertion holds."""

    __slots__ = ("kind", "then")

    def __init__(self, kind: LookKind, then: State) -> None:
        self.kind = kind
        self.then = then


class Count:
    """Reads `low` to `high` characters of a set, and may continue after each from the `low`-th on.

    Attributes:
        index: The index of the automaton's counter.
        set_id: The index of the automaton's set.
        low: The fewest characters, at least 1.
        high: The most, or None for no limit.
        then: The next state.
    """

    __slots__ = ("high", "index", "low", "set_id", "then")

    def __init__(self, index: int, set_id: int, low: int, high: Optional[int], then: State) -> None:
        self.index = index
        self.set_id = set_id
        self.low = low
        self.high = high
        self.then = then


State = Union[Match, Step, Split, Assertion, Count]

_Building = Generator[tuple[Node, State], State, State]
"""Yields a child and what follows it, and is sent the first state of the child."""


class Nfa:
    """The automaton of one tree.

    Attributes:
        start: The state where a match begins.
        match: The state where it is complete.
        sets: The sets that states read, by `set_id`.
        counters: How many `Count` states there are.
        looks: The kinds of assertion that occur.
    """

    __slots__ = ("_set_ids", "counters", "looks", "match", "start")

    start: State

    def __init__(self) -> None:
        self.match = Match()
        self._set_ids: dict[Ranges, int] = {}
        self.counters = 0
        self.looks: set[LookKind] = set()

    @property
    def sets(self) -> list[Ranges]:
        """Return the sets in the order of their ids."""
        return list(self._set_ids)

    def set_id(self, ranges: Ranges) -> int:
        """Return the id of a set, adding the set if it is new."""
        return self._set_ids.setdefault(ranges, len(self._set_ids))


def build(root: Node) -> Nfa:
    """Build the automaton of a tree from its end to its start, without recursion."""
    nfa = Nfa()
    waiting = [_building(nfa, root, nfa.match)]
    first: Optional[State] = None
    while waiting:
        try:
            child, then = waiting[-1].send(cast("State", first))
        except StopIteration as done:
            waiting.pop()
            first = done.value
        else:
            waiting.append(_building(nfa, child, then))
            first = None
    nfa.start = cast("State", first)
    return nfa


def states_at_most(root: Node) -> int:
    """Bound the number of states that `build` makes for a tree."""

    def combine(node: Node, below: list[int]) -> int:
        if isinstance(node, Literal):
            return len(node.text)
        if isinstance(node, Repeat) and _counted_set(node) is None:
            return 1 + (1 + below[0]) * max(1, node.low, node.high or 0)
        return 1 + sum(below)

    return fold(root, combine)


def _building(nfa: Nfa, node: Node, then: State) -> _Building:
    if isinstance(node, Literal):
        for char in reversed(node.text):
            then = Step(nfa.set_id(((ord(char), ord(char)),)), then)
    elif isinstance(node, Chars):
        then = Step(nfa.set_id(node.ranges), then)
    elif isinstance(node, Look):
        nfa.looks.add(node.kind)
        then = Assertion(node.kind, then)
    elif isinstance(node, Repeat):
        then = yield from _repeating(nfa, node, then)
    elif isinstance(node, (Concat, Capture)):
        for child in reversed(node.children):
            then = yield child, then
    elif isinstance(node, Alternate):
        split = Split()
        for child in node.nodes:
            split.targets.append((yield child, then))
        then = split
    return then


def _repeating(nfa: Nfa, node: Repeat, then: State) -> _Building:
    counted = _counted_set(node)
    if counted is not None:
        low, high, set_id = max(node.low, 1), node.high, nfa.set_id(counted)
        nfa.counters += 1
        count = Count(nfa.counters - 1, set_id, low, high, then)
        return Split(count, then) if node.low == 0 else count
    copies = node.low
    if node.high is None:
        loop = Split(then)
        first = yield node.node, loop
        loop.targets.append(first)
        then, copies = (first, copies - 1) if copies else (loop, 0)
    else:
        after = then
        for _ in range(node.high - node.low):
            first = yield node.node, then
            then = Split(first, after)
    for _ in range(copies):
        then = yield node.node, then
    return then


def _counted_set(node: Repeat) -> Optional[Ranges]:
    """Return the set of a repetition that uses a counter, or None if it is written out."""
    if max(node.low, node.high or 0) <= _MOST_COPIES:
        return None
    repeated = node.node
    while isinstance(repeated, Capture):
        repeated = repeated.node
    if isinstance(repeated, Chars):
        return repeated.ranges
    if isinstance(repeated, Literal) and len(repeated.text) == 1:
        return ((ord(repeated.text), ord(repeated.text)),)
    return None
