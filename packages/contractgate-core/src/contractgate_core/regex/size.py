"""The size of the gateway's program for a pattern, and the refusal of patterns that are too large.

The gateway compiles a pattern twice, to read forwards and backwards, and refuses it if either
program takes more than 10 MiB while it is built. Both sizes are computed here from the tree,
without building the programs: the cost of each part is added up once, and multiplied where the part
repeats. The program is walked state by state only where sets beyond ASCII bring the sum so close to
the limit that their position in the program decides (see `size_class`).

Source: docs/spec/contract-format.md, section 4.4, and the crate regex-automata 0.4,
nfa/thompson/{compiler,builder,literal_trie}.rs and meta/strategy.rs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Callable, NamedTuple, Optional, Union

from contractgate_core.errors import PatternError
from contractgate_core.regex.classes import Ranges
from contractgate_core.regex.effort import BOUNDLESS, Effort
from contractgate_core.regex.size_class import BYTES_OF_STATE, Cost, SetCost, is_ascii
from contractgate_core.regex.size_literals import LiteralTrie
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
    nodes_of,
)

__all__ = ["LIMIT", "check_size", "program_size", "size_at_most"]

LIMIT = 10 * 2**20
"""The largest program, in bytes."""

_UNION = Cost(1, 8)
_EMPTY = Cost(1, 0)
_MOST_OF_NODE = 320
_MOST_OF_SEQUENCE = 4 * 48
_MOST_OF_RANGE = 9 * _MOST_OF_SEQUENCE
_FEWEST_SEARCHED_LITERALS = 3_000

_STEPS_OF_RANGE, _STEPS_OF_BOUNDS = 12, 50
"""The steps for the costs of a set, for each of its ranges."""

_STEPS_OF_SUM = 5
"""The steps for adding up the costs of a node."""

_STEPS_OF_CHAR = 4
"""The steps for a character of many literals, which also bound their memory."""

_UNCERTAINTY = 16
"""The sum is trusted if it differs from the limit by more than this part of it."""


class _Sum(NamedTuple):
    """What is known about a node.

    Attributes:
        cost: Its cost; for sets beyond ASCII, their cost at the very start.
        is_certain: Whether it costs the same in every position.
        shortest: The fewest bytes that it matches, or None if it matches nothing.
    """

    cost: Cost
    is_certain: bool
    shortest: Optional[int]


_Sums = dict[int, _Sum]
"""The sums of all nodes of a tree, by `id`."""

_Item = Union[Cost, Node]
_Group = tuple[int, Sequence[_Item]]


def check_size(node: Node, effort: Optional[Effort] = None) -> None:
    """Refuse a tree whose program is larger than the gateway allows.

    Args:
        node: The tree.
        effort: The steps that may be spent on it.

    Raises:
        PatternError: It is too large, or computing its size takes too many steps.
    """
    if size_at_most(node) <= LIMIT:
        return
    size = program_size(node, effort)
    if size > LIMIT:
        shown = f"{size / 2**20:,.1f} MiB" if size < 2**40 else "a TiB"
        raise PatternError(
            f"the pattern compiles to a program of {shown} or more, and the gateway allows 10 MiB; "
            "a counted repetition multiplies what it repeats, and a Unicode class such as \\w or "
            "\\p{L} is large: use smaller counts, or an ASCII class such as [0-9A-Za-z_]"
        )


def size_at_most(root: Node) -> int:
    """Bound the size of a tree's programs in bytes, quickly; beyond `LIMIT` it may stop short.

    Each range of a set becomes at most nine sequences of bytes, each of four states.
    """
    size = 0
    waiting = [(root, 1)]
    while waiting and size <= LIMIT:
        node, times = waiting.pop()
        size += times * _MOST_OF_NODE * (1 + len(node.children))
        if isinstance(node, Chars):
            size += times * (_MOST_OF_RANGE if not is_ascii(node.ranges) else 8) * len(node.ranges)
        elif isinstance(node, Literal):
            size += times * BYTES_OF_STATE * len(node.text.encode())
        elif isinstance(node, Repeat):
            times *= 1 + max(node.low, node.high or 0)
        waiting.extend((child, times) for child in node.children)
    return size


def program_size(node: Node, effort: Optional[Effort] = None) -> int:
    """Compute the size of the larger of a tree's two programs in bytes.

    It is exact up to `LIMIT`, except for sets beyond ASCII: for each of these it may be off by a
    few states, but never on the wrong side of the limit. Far beyond the limit it is a lower bound.
    """
    if _is_searched_for(node):
        return 0
    effort = effort or Effort(BOUNDLESS)
    programs = [_Program(effort, is_backward=is_backward) for is_backward in (False, True)]
    sets = _size_of_sets(node, programs[0])
    if sets > 2 * LIMIT:
        return sets
    known = [program.known_size(node) for program in programs]
    # One that is too large is enough, and walking through the other one takes long.
    too_large = [size for size in known if size is not None and size > LIMIT]
    if too_large:
        return max(too_large)
    return max(
        program.walk(node) if size is None else size for program, size in zip(programs, known)
    )


def _is_searched_for(node: Node) -> bool:
    """Return whether the gateway searches for literals directly and compiles no program at all."""
    return (
        isinstance(node, Alternate)
        and len(node.nodes) >= _FEWEST_SEARCHED_LITERALS
        and all(isinstance(part, Literal) for part in node.nodes)
    )


def _size_of_sets(root: Node, program: _Program) -> int:
    """Add up what the sets beyond ASCII cost without repetition, until that is far too much."""
    size = 0
    for node in nodes_of(root):
        if isinstance(node, Chars) and not is_ascii(node.ranges):
            size += _bytes(program.cost_at_start(node.ranges))
            if size > 2 * LIMIT:
                break
    return size


def _bytes(cost: Cost) -> int:
    return BYTES_OF_STATE * cost.states + cost.heap


def _plus(*costs: Cost) -> Cost:
    return Cost(sum(cost.states for cost in costs), sum(cost.heap for cost in costs))


class _Program:
    """One of the two programs of a tree."""

    def __init__(self, effort: Effort, *, is_backward: bool) -> None:
        self._effort = effort
        self._is_backward = is_backward
        self._sums: _Sums = {}

    def set_cost(self, ranges: Ranges) -> SetCost:
        """Return the costs of a set beyond ASCII."""
        steps = _STEPS_OF_RANGE * len(ranges)
        return self._effort.once(("cost", ranges), steps, lambda: SetCost(ranges))

    def cost_at_start(self, ranges: Ranges) -> Cost:
        """Return the cost of a set beyond ASCII at the very start."""
        return self.set_cost(ranges).at_start(is_backward=self._is_backward)

    def known_size(self, node: Node) -> Optional[int]:
        """Compute the size of a tree's program in bytes; None if only a walk through it can."""
        frame = self.frame(node)
        rough = self.sum(node, self.cost_at_start)
        size = _bytes(_plus(rough.cost, *frame))
        if rough.is_certain or abs(size - LIMIT) > LIMIT // _UNCERTAINTY:
            return size
        if self._edge(node, frame, 0) > LIMIT:
            return max(size, LIMIT + 1)
        if self._edge(node, frame, 1) <= LIMIT:
            return min(size, LIMIT)
        return None

    def _edge(self, node: Node, frame: tuple[Cost, Cost], edge: int) -> int:
        """Compute the lower or the upper bound of the size."""
        sums = self.sum(node, lambda ranges: self._bounds(ranges)[edge])
        return _bytes(_plus(sums.cost, *frame))

    def _bounds(self, ranges: Ranges) -> tuple[Cost, Cost]:
        cost = self.set_cost(ranges)
        key = ("bounds", self._is_backward, ranges)
        find = partial(cost.bounds, is_backward=self._is_backward)
        return self._effort.once(key, _STEPS_OF_BOUNDS * len(ranges), find)

    def frame(self, node: Node) -> tuple[Cost, Cost]:
        """Return what comes before and after the pattern: the search for its start, and the end."""
        edge = LookKind.TEXT_END if self._is_backward else LookKind.TEXT_START
        before = _EMPTY if _begins_with(node, edge, self._is_backward) else Cost(3, 16)
        # Backwards, no groups are recorded, nor the whole match as group 0.
        groups = 0 if self._is_backward else 1
        return Cost(before.states + groups, before.heap), Cost(groups + 1, 0)

    def sum(self, root: Node, cost_of_set: Callable[[Ranges], Cost]) -> _Sum:
        """Add up the costs of a tree."""

        def combine(node: Node, _: list[_Sum]) -> _Sum:
            self._effort.spend(_STEPS_OF_SUM)
            self._sums[id(node)] = found = self._sum(node, cost_of_set)
            return found

        return fold(root, combine)

    def _sum(self, node: Node, cost_of_set: Callable[[Ranges], Cost]) -> _Sum:
        below = [self._sums[id(child)] for child in node.children]
        shortest = _shortest(node, [known.shortest for known in below])
        if isinstance(node, Chars) and not is_ascii(node.ranges):
            return _Sum(cost_of_set(node.ranges), False, shortest)
        states = heap = 0
        for times, items in self._groups(node):
            for item in items:
                cost = item if isinstance(item, Cost) else self._sums[id(item)].cost
                states += times * cost.states
                heap += times * cost.heap
        return _Sum(Cost(states, heap), all(known.is_certain for known in below), shortest)

    def walk(self, root: Node) -> int:
        """Count state by state, up to the limit or just beyond; try `known_size` first."""
        before, behind = self.frame(root)
        states, heap = before
        waiting: list[Iterator[_Item]] = [iter((root, behind))]
        while waiting and BYTES_OF_STATE * states + heap <= LIMIT:
            item = next(waiting[-1], None)
            self._effort.spend(1)
            if item is None:
                waiting.pop()
                continue
            if isinstance(item, Cost):
                cost = item
            elif self._sums[id(item)].is_certain:
                cost = self._sums[id(item)].cost
            elif isinstance(item, Chars):
                self._effort.spend(10 + 2 * len(item.ranges))
                cost = self.set_cost(item.ranges).at(states, is_backward=self._is_backward)
            else:
                waiting.append(self._items(item))
                continue
            states += cost.states
            heap += cost.heap
        return BYTES_OF_STATE * states + heap

    def _items(self, node: Node) -> Iterator[_Item]:
        for times, items in self._groups(node):
            for _ in range(times):
                yield from items

    def _groups(self, node: Node) -> Iterator[_Group]:
        """Yield what is built for a node, in order, with how often it is built."""
        if isinstance(node, Repeat):
            yield from self._repeat_groups(node)
        elif isinstance(node, Alternate):
            if all(isinstance(part, Literal) for part in node.nodes):
                yield 1, [self._choice_of_literals(node)]
            else:
                first, second, *others = node.nodes
                yield 1, [first, second, Cost(2, 4 * len(node.nodes)), *others]
        elif isinstance(node, Concat):
            yield 1, node.nodes[::-1] if self._is_backward else node.nodes
        elif isinstance(node, Capture):
            yield 1, [node.node] if self._is_backward else [_EMPTY, node.node, _EMPTY]
        elif isinstance(node, Literal):
            yield 1, [Cost(len(node.text.encode()), 0)]
        elif isinstance(node, Chars):
            yield 1, [Cost(2, 8 * len(node.ranges))]
        else:
            yield 1, [_EMPTY]

    def _repeat_groups(self, node: Repeat) -> Iterator[_Group]:
        repeated, low, high = node.node, node.low, node.high
        if high is None:
            if low:
                yield low, [repeated]
                yield 1, [_UNION]
            elif self._sums[id(repeated)].shortest:
                yield 1, [_UNION, repeated]
            else:
                yield 1, [repeated, _UNION, _UNION, _EMPTY]
        elif low == 0 and high == 1:
            yield 1, [_UNION, repeated, _EMPTY]
        elif low == high:
            yield low, [repeated]
        else:
            yield (low, [repeated]) if low else (1, [_EMPTY])
            yield 1, [_EMPTY]
            yield high - low, [_UNION, repeated]

    def _choice_of_literals(self, node: Alternate) -> Cost:
        trie = LiteralTrie()
        for part in node.nodes:
            if isinstance(part, Literal):
                self._effort.spend(_STEPS_OF_CHAR * len(part.text))
                data = part.text.encode()
                trie.add(data[::-1] if self._is_backward else data)
        return trie.cost()


def _shortest(node: Node, below: list[Optional[int]]) -> Optional[int]:
    """Return the fewest bytes that a node matches, or None if it matches nothing."""
    if isinstance(node, Literal):
        return len(node.text.encode())
    if isinstance(node, Chars):
        return len(chr(node.ranges[0][0]).encode()) if node.ranges else None
    known = [length for length in below if length is not None]
    if len(known) < len(below):
        return None
    if isinstance(node, Alternate):
        return min(known)
    return node.low * known[0] if isinstance(node, Repeat) else sum(known)


def _begins_with(node: Node, edge: LookKind, is_backward: bool) -> bool:
    """Return whether every match begins with an assertion, or, backwards, ends with it."""

    def combine(node: Node, below: list[bool]) -> bool:
        if isinstance(node, Look):
            return node.kind is edge
        if isinstance(node, Alternate):
            return all(below)
        if isinstance(node, Repeat):
            return below[0] and node.low > 0
        if isinstance(node, Concat):
            return _concat_begins(node, below, is_backward)
        return bool(below) and below[0]

    return fold(node, combine)


def _concat_begins(node: Concat, below: list[bool], is_backward: bool) -> bool:
    """Look through a sequence up to the first part that can match more than the empty text."""
    step = -1 if is_backward else 1
    for part, begins in zip(node.nodes[::step], below[::step]):
        if begins:
            return True
        if not part.is_zero_width:
            return False
    return False
