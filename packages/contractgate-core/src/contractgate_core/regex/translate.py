r"""A tree as a pattern of Python's `re` that matches the same texts.

A set beyond ASCII can take milliseconds to compile, so that patterns with large ones are written
twice: once for texts of ASCII alone, and once for all others, when the first of those comes.
"""

from __future__ import annotations

import re
from typing import Optional

from contractgate_core.regex.re_class import compile_effort, re_class
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

__all__ = ["FLAGS", "MOST_DEPTH", "depth", "effort_of_sets", "translate"]

FLAGS = re.DOTALL
"""What the patterns are compiled with: a dot is every character."""

MOST_DEPTH = 40
"""Deeper trees are not translated: `re` compiles by recursion."""

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
_LOOKS = dict(zip(LookKind, _LINE_LOOKS + _WORD_LOOKS + _WORD_LOOKS))

_UNICODE_WORD_LOOKS = frozenset(list(LookKind)[len(_LINE_LOOKS) :][: len(_WORD_LOOKS)])

_ATOM, _SEQUENCE, _CHOICE = range(3)
"""How tightly a text holds together."""

_Piece = tuple[str, int]

_SIGNS: dict[tuple[int, Optional[int]], str] = {(0, 1): "?", (0, None): "*", (1, None): "+"}


def translate(root: Node, *, is_ascii: bool = False) -> str:
    """Write a tree that `simplify` has made as a pattern for `re`, to be compiled with `FLAGS`.

    Args:
        root: The tree, no deeper than `MOST_DEPTH`.
        is_ascii: Whether it is for texts of ASCII alone. Only for those can it have assertions
            about Unicode words.
    """
    return fold(root, lambda node, below: _piece(node, below, is_ascii))[0]


def depth(root: Node) -> int:
    """Return how many levels a tree has."""

    def combine(_: Node, below: list[int]) -> int:
        return 1 + max(below, default=0)

    return fold(root, combine)


def effort_of_sets(root: Node) -> Optional[int]:
    """Estimate how long `re` takes to compile the sets of a tree, in ranges.

    Returns:
        The estimate, or None if the tree can only be translated for texts of ASCII.
    """
    effort = 0
    for node in nodes_of(root):
        if isinstance(node, Look) and node.kind in _UNICODE_WORD_LOOKS:
            return None
        if isinstance(node, Chars):
            effort += compile_effort(node.ranges)
    return effort


def _piece(node: Node, below: list[_Piece], is_ascii: bool) -> _Piece:
    if isinstance(node, Chars):
        return re_class(node.ranges, is_ascii=is_ascii), _ATOM
    if isinstance(node, Literal):
        return _literal(node.text, is_ascii)
    if isinstance(node, Look):
        return _LOOKS[node.kind], _SEQUENCE
    if isinstance(node, Repeat):
        lazy = "" if node.is_greedy else "?"
        return _held(below[0], _ATOM) + _counts(node.low, node.high) + lazy, _SEQUENCE
    if isinstance(node, Alternate):
        return "|".join(text for text, _ in below), _CHOICE
    return "".join(_held(piece, _SEQUENCE) for piece in below), _SEQUENCE


def _literal(text: str, is_ascii: bool) -> _Piece:
    if is_ascii and not text.isascii():
        return re_class(()), _ATOM
    return re.escape(text), _ATOM if len(text) == 1 else _SEQUENCE


def _held(piece: _Piece, least: int) -> str:
    """Put a group around what does not hold together tightly enough."""
    text, tightness = piece
    return text if tightness <= least else f"(?:{text})"


def _counts(low: int, high: Optional[int]) -> str:
    if (low, high) in _SIGNS:
        return _SIGNS[low, high]
    if low == high:
        return f"{{{low}}}"
    return f"{{{low},{'' if high is None else high}}}"
