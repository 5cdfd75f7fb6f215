"""Properties that all texts have in which a pattern matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Optional

from contractgate_core.regex.tree import (
    Alternate,
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

__all__ = ["are_ascii", "between_the_ends", "text_lengths"]

_Lengths = tuple[int, Optional[int]]
_LAST_ASCII = 0x7F


def text_lengths(root: Node) -> _Lengths:
    """Return the bounds of the lengths, in characters, of all texts that a pattern matches in.

    Returns:
        The least length, and the greatest one or None. A pattern that is not anchored at both ends
        of the text has no greatest length.
    """
    least, most = fold(root, _lengths)
    return least, None if between_the_ends(root) is None else most


def are_ascii(root: Node) -> bool:
    """Return whether a pattern matches only in ASCII texts."""
    return between_the_ends(root) is not None and all(map(_is_ascii, nodes_of(root)))


def _is_ascii(node: Node) -> bool:
    if isinstance(node, Chars):
        return not node.ranges or node.ranges[-1][1] <= _LAST_ASCII
    return not isinstance(node, Literal) or node.text.isascii()


def _lengths(node: Node, below: list[_Lengths]) -> _Lengths:
    """Return the bounds of the lengths of what a node matches."""
    if isinstance(node, Chars):
        return 1, 1
    if isinstance(node, Literal):
        return len(node.text), len(node.text)
    if isinstance(node, Alternate):
        return min(least for least, _ in below), _most(below, max)
    if isinstance(node, Repeat):
        return below[0][0] * node.low, _repeated(below[0][1], node.high)
    return sum(least for least, _ in below), _most(below, sum)


def _most(below: list[_Lengths], total: Callable[[list[int]], int]) -> Optional[int]:
    known = [most for _, most in below if most is not None]
    return total(known) if len(known) == len(below) else None


def _repeated(most: Optional[int], times: Optional[int]) -> Optional[int]:
    return None if most is None or times is None else most * times


def between_the_ends(root: Node) -> Optional[Sequence[Node]]:
    """Return the parts of the whole text; None if a pattern is not anchored at both ends."""
    if not isinstance(root, Concat):
        return None
    first, *between, last = root.nodes
    is_whole = _is_look(first, LookKind.TEXT_START) and _is_look(last, LookKind.TEXT_END)
    return between if is_whole else None


def _is_look(node: Node, kind: LookKind) -> bool:
    return isinstance(node, Look) and node.kind is kind
