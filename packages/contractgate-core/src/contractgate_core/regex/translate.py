r"""A tree as a pattern of Python's `re` that matches the same texts.

An assertion about Unicode words is written to hold only if its neighbours, where there are any, are
ASCII: what `re` takes for a word character is not what the gateway does. So the pattern for a tree
with such an assertion matches the same ASCII texts as the tree, and of the other texts that the
tree matches perhaps only some.
"""

from __future__ import annotations

import re
from typing import Optional

from contractgate_core.regex.re_class import re_class
from contractgate_core.regex.tree import (
    Alternate,
    Chars,
    Literal,
    Look,
    LookKind,
    Node,
    Repeat,
    fold,
    nodes_of,
)

__all__ = ["FLAGS", "MOST_DEPTH", "depth", "has_unicode_words", "translate"]

FLAGS = re.DOTALL
"""The flags to compile the patterns with: a dot is every character."""

MOST_DEPTH = 40
"""Deeper trees are not translated, since `re` compiles by recursion."""

_BEHIND, _NOT_BEHIND = "(?<=[0-9A-Z_a-z])", "(?<![0-9A-Z_a-z])"
_AHEAD, _NOT_AHEAD = "(?=[0-9A-Z_a-z])", "(?![0-9A-Z_a-z])"

_WORD_LOOKS = (
    r"(?a:\b)",
    # Not `\B`, which before Python 3.14 does not match in an empty text.
    f"(?:{_BEHIND}{_AHEAD}|{_NOT_BEHIND}{_NOT_AHEAD})",
    _NOT_BEHIND + _AHEAD,
    _BEHIND + _NOT_AHEAD,
    _NOT_BEHIND,
    _NOT_AHEAD,
)
_LINE_LOOKS = (
    r"\A",
    r"\Z",
    "(?m:^)",
    "(?m:$)",
    r"(?:\A|(?<=\n)|(?<=\r)(?!\n))",
    r"(?:\Z|(?=\r)|(?<!\r)(?=\n))",
)
_BETWEEN_ASCII = r"(?<![^\x00-\x7f])(?![^\x00-\x7f])"
_SURE_WORD_LOOKS = tuple(look + _BETWEEN_ASCII for look in _WORD_LOOKS)
_LOOKS = dict(zip(LookKind, _LINE_LOOKS + _SURE_WORD_LOOKS + _WORD_LOOKS))

_UNICODE_WORD_LOOKS = frozenset(list(LookKind)[len(_LINE_LOOKS) :][: len(_WORD_LOOKS)])

_ATOM, _SEQUENCE, _CHOICE = range(3)
"""How tightly the parts of a pattern bind."""

_Piece = tuple[str, int]

_SIGNS: dict[tuple[int, Optional[int]], str] = {(0, 1): "?", (0, None): "*", (1, None): "+"}


def translate(root: Node) -> str:
    """Write a tree that `simplify` has made as a pattern for `re`, to compile with `FLAGS`.

    Args:
        root: The tree, no deeper than `MOST_DEPTH`.
    """
    return fold(root, _piece)[0]


def depth(root: Node) -> int:
    """Return how many levels a tree has."""

    def combine(_: Node, below: list[int]) -> int:
        return 1 + max(below, default=0)

    return fold(root, combine)


def has_unicode_words(root: Node) -> bool:
    """Return whether a tree has assertions about Unicode words."""
    return any(
        isinstance(node, Look) and node.kind in _UNICODE_WORD_LOOKS for node in nodes_of(root)
    )


def _piece(node: Node, below: list[_Piece]) -> _Piece:
    if isinstance(node, Chars):
        return re_class(node.ranges), _ATOM
    if isinstance(node, Literal):
        return re.escape(node.text), _ATOM if len(node.text) == 1 else _SEQUENCE
    if isinstance(node, Look):
        return _LOOKS[node.kind], _SEQUENCE
    if isinstance(node, Repeat):
        lazy = "" if node.is_greedy else "?"
        return _held(below[0], _ATOM) + _counts(node.low, node.high) + lazy, _SEQUENCE
    if isinstance(node, Alternate):
        return "|".join(text for text, _ in below), _CHOICE
    return "".join(_held(piece, _SEQUENCE) for piece in below), _SEQUENCE


def _held(piece: _Piece, least: int) -> str:
    """Put a group around a piece that does not bind tightly enough."""
    text, tightness = piece
    return text if tightness <= least else f"(?:{text})"


def _counts(low: int, high: Optional[int]) -> str:
    if (low, high) in _SIGNS:
        return _SIGNS[low, high]
    if low == high:
        return f"{{{low}}}"
    return f"{{{low},{'' if high is None else high}}}"
