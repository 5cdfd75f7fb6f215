r"""A tree reduced to what `re` compiles in microseconds: wherever it matches, the tree matches.

`re` makes a bitmap of a class within Latin-1, but takes up to milliseconds for one with many
characters beyond, such as `\w`. Without those characters a tree matches less, never more, and in
ASCII texts exactly the same.
"""

from __future__ import annotations

from contractgate_core.regex.classes import LAST, Ranges, complement, intersection
from contractgate_core.regex.tree import (
    Alternate,
    Chars,
    Concat,
    Node,
    Repeat,
    alternate,
    chars,
    concat,
    fold,
    nodes_of,
    repeat,
)

__all__ = ["subset"]

_LAST_OF_LATIN_1 = 0xFF
_LATIN_1: Ranges = ((0, _LAST_OF_LATIN_1),)
_FEW, _MANY = 2, 4
"""Up to this many ranges stay, wherever they are; with more, the complement has many, too."""


def subset(root: Node) -> Node:
    """Remove everything beyond Latin-1 from the sets of a tree, where that saves much.

    Args:
        root: A tree that `simplify` has made.

    Returns:
        A tree that matches nothing that `root` does not match at the same place, and everything
        that it matches in ASCII texts; `root` itself if nothing is saved.
    """
    sets = (node.ranges for node in nodes_of(root) if isinstance(node, Chars))
    return fold(root, _cut) if any(map(_is_costly, sets)) else root


def _cut(node: Node, below: list[Node]) -> Node:
    if isinstance(node, Chars):
        return chars(intersection(node.ranges, _LATIN_1)) if _is_costly(node.ranges) else node
    if isinstance(node, Repeat):
        return repeat(below[0], node.low, node.high, is_greedy=node.is_greedy)
    if isinstance(node, Concat):
        return concat(below)
    return alternate(below) if isinstance(node, Alternate) else node


def _is_costly(ranges: Ranges) -> bool:
    """Return whether `re` takes long for a set that has characters of Latin-1 among others.

    Where the complement has fewer ranges, the complement is written.
    """
    if not ranges or not ranges[0][0] <= _LAST_OF_LATIN_1 < ranges[-1][1]:
        return False
    if len(ranges) > _MANY and ranges[-1][1] < LAST:
        return True
    if len(ranges) <= _FEW:
        return False
    others = complement(ranges)
    return len(others) > _FEW and others[-1][1] > _LAST_OF_LATIN_1
