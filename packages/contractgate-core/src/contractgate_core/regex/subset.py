r"""A tree cut down to what `re` compiles in microseconds: where it is found, the tree is found.

`re` makes a bitmap of a class within Latin-1, but works for up to milliseconds on one with many
characters beyond, such as `\w`. Without those characters a tree matches less, and never more. Of
a text of ASCII alone it misses nothing.
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
"""So many ranges stay ranges, wherever they are; of more than that the complement has many, too."""


def subset(root: Node) -> Node:
    """Take from the sets of a tree what lies beyond Latin-1, where that saves much.

    Args:
        root: A tree that `simplify` has made.

    Returns:
        A tree that matches nothing that `root` does not match at the same place, and everything
        in texts of ASCII; `root` itself if nothing is to be saved.
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
    """Tell whether `re` works long on a set that has characters of Latin-1 among others.

    Where the complement has fewer ranges, it is that which is written.
    """
    if not ranges or not ranges[0][0] <= _LAST_OF_LATIN_1 < ranges[-1][1]:
        return False
    if len(ranges) > _MANY and ranges[-1][1] < LAST:
        return True
    if len(ranges) <= _FEW:
        return False
    others = complement(ranges)
    return len(others) > _FEW and others[-1][1] > _LAST_OF_LATIN_1
