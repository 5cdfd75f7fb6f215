"""Simplifying a tree without changing which texts it is found in.

The only question is ever whether a pattern matches anywhere in a text, not where or how. That
allows more than the usual rewriting: what repeats at an open edge of the pattern need not repeat;
and if a separator can be in many places between two loops, the first loop can stop at the first
place. docs/regex.md proves each rule.
"""

from __future__ import annotations

from typing import Optional

from contractgate_core.regex.classes import Ranges, difference, intersection
from contractgate_core.regex.tree import (
    Alternate,
    Capture,
    Chars,
    Concat,
    Empty,
    Literal,
    Node,
    Repeat,
    alternate,
    chars,
    concat,
    fold,
    repeat,
)

__all__ = ["simplify", "single_set"]


def simplify(root: Node) -> Node:
    """Return a simpler tree that is found in the same texts.

    Args:
        root: A tree no deeper than `translate.MOST_DEPTH`.
    """
    node = fold(root, _without_waste)
    node = _trimmed(node, is_end=False)
    node = _trimmed(node, is_end=True)
    return fold(node, _with_first_splits)


def single_set(node: Node) -> Optional[Ranges]:
    """Return the set of a node that matches exactly one character, else None."""
    if isinstance(node, Chars):
        return node.ranges
    if isinstance(node, Literal) and len(node.text) == 1:
        return ((ord(node.text), ord(node.text)),)
    return None


def _without_waste(node: Node, below: list[Node]) -> Node:
    """Drop groups, and merge repetitions inside or beside each other."""
    if isinstance(node, Capture):
        return below[0]
    if isinstance(node, Repeat):
        return _joined_inside(node, below[0])
    if isinstance(node, Alternate):
        return alternate(below)
    if isinstance(node, Concat):
        return _joined_beside(concat(below))
    return node


def _joined_inside(node: Repeat, inner: Node) -> Node:
    """Turn `(?:a{2}){3}` into `a{6}`, if the counts leave no gap."""
    low, high = node.low, node.high
    if isinstance(inner, Repeat) and _is_gapless(low, high, inner.low, inner.high):
        low *= inner.low
        high = None if high is None or inner.high is None else high * inner.high
        return repeat(inner.node, low, high, is_greedy=inner.is_greedy)
    return repeat(inner, low, high, is_greedy=node.is_greedy)


def _is_gapless(outer_low: int, outer_high: Optional[int], low: int, high: Optional[int]) -> bool:
    """Return whether a repeated repetition can have every count from its least to its most.

    Its n rounds cover all counts from n * low to n * high, so there must be no gap between those of
    n and of n + 1 rounds. The gap is widest at the fewest rounds.
    """
    if outer_low == outer_high:
        return True
    if outer_low == 0:
        return low <= 1
    return high is None or outer_low * high + 1 >= (outer_low + 1) * low


def _joined_beside(node: Node) -> Node:
    """Turn `[0-9]{4}[0-9]{2,}` into `[0-9]{6,}`."""
    if not isinstance(node, Concat):
        return node
    parts: list[Node] = []
    for part in node.nodes:
        joined = _joined(parts[-1], part) if parts else None
        if joined is None:
            parts.append(part)
        else:
            parts[-1] = joined
    return concat(parts)


def _joined(left: Node, right: Node) -> Optional[Node]:
    """Return one repetition for two neighbours that read the same set, else None."""
    repeated = left.node if isinstance(left, Repeat) else left
    if repeated != (right.node if isinstance(right, Repeat) else right):
        return None
    if single_set(repeated) is None:
        return None
    counts = [(n.low, n.high) if isinstance(n, Repeat) else (1, 1) for n in (left, right)]
    (low, high), (more_low, more_high) = counts
    most = None if high is None or more_high is None else high + more_high
    is_greedy = all(n.is_greedy for n in (left, right) if isinstance(n, Repeat))
    return repeat(repeated, low + more_low, most, is_greedy=is_greedy)


def _trimmed(node: Node, *, is_end: bool) -> Node:
    """Reduce a repetition at an edge of the pattern to its lowest count.

    A match with more rounds contains a match with fewer. This stops at an assertion at the edge,
    such as `^`: nothing may be removed beyond it.
    """
    if isinstance(node, Repeat):
        once = _trimmed(node.node, is_end=is_end) if node.low == 1 else node.node
        return repeat(once, node.low, node.low)
    if isinstance(node, Alternate):
        branches = [_trimmed(branch, is_end=is_end) for branch in node.nodes]
        has_empty = any(isinstance(branch, Empty) for branch in branches)
        return concat([]) if has_empty else alternate(branches)
    if isinstance(node, Concat):
        parts = node.nodes[::-1] if is_end else node.nodes
        for index, part in enumerate(parts):
            edge = _trimmed(part, is_end=is_end)
            if not isinstance(edge, Empty):
                kept = [edge, *parts[index + 1 :]]
                return concat(kept[::-1] if is_end else kept)
        return concat([])
    return node


def _with_first_splits(node: Node, below: list[Node]) -> Node:
    if isinstance(node, Repeat):
        return repeat(below[0], node.low, node.high, is_greedy=node.is_greedy)
    if isinstance(node, Alternate):
        return alternate(below)
    if not isinstance(node, Concat):
        return node
    parts = list(below)
    for index in range(len(parts) - 2):
        parts[index : index + 1] = [concat(_first_split(*parts[index : index + 3]))]
    return concat(parts)


def _first_split(loop: Node, separator: Node, rest: Node) -> list[Node]:
    r"""Turn `[^@]+\.[^@]+` into `[^@][^@.]*\.[^@]+`: the first dot that can separate is enough.

    The second loop then reads the rest of what the first loop read, and the later dot. For that it
    must be able to read all of both sets, without a limit.
    """
    if not (isinstance(loop, Repeat) and isinstance(rest, Repeat)):
        return [loop]
    first, between, second = single_set(loop.node), single_set(separator), single_set(rest.node)
    if first is None or between is None or second is None:
        return [loop]
    is_endless = loop.high is None and rest.high is None
    if not is_endless or not intersection(first, between):
        return [loop]
    if difference(first, second) or difference(between, second):
        return [loop]
    parts = [repeat(loop.node, loop.low, loop.low)]
    rest_of_loop = difference(first, between)
    if rest_of_loop:
        parts.append(repeat(chars(rest_of_loop), 0, None, is_greedy=loop.is_greedy))
    return parts
