"""Random trees and texts, and what a match is, word by word: slow, and plainly right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from hypothesis import strategies as st

from contractgate_core.regex import tree, unicode
from contractgate_core.regex.classes import LAST, complement, contains
from contractgate_core.regex.tree import LookKind, Node

__all__ = ["is_found", "texts", "trees", "wide_texts", "wide_trees"]

leaves = st.one_of(
    st.text("ab\n\r é", min_size=1, max_size=2).map(tree.literal),
    st.sampled_from([((97, 98),), ((10, 10), (97, 97)), ((0, LAST),), ()]).map(tree.chars),
    st.sampled_from(LookKind).map(tree.look),
)


def repeated(node: Node, low: int, more: Optional[int]) -> Node:
    return tree.repeat(node, low, None if more is None else low + more)


def trees_of(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.recursive(
        leaves,
        lambda below: st.one_of(
            st.lists(below, max_size=3).map(tree.concat),
            st.lists(below, min_size=1, max_size=3).map(tree.alternate),
            st.builds(tree.capture, below, st.just(1)),
            st.builds(repeated, below, st.integers(0, 10), st.none() | st.integers(0, 9)),
        ),
        max_leaves=8,
    )


trees = trees_of(leaves)
# Sets that `re` compiles slowly, or quickly although they reach beyond Latin-1.
wide_sets = [unicode.words(), unicode.digits(), complement(unicode.spaces())]
wide_sets += [unicode.named("Lu") or (), unicode.named("Greek") or (), ((0x61, 0x3C3),)]
wide_trees = trees_of(
    st.one_of(
        leaves,
        st.sampled_from(wide_sets).map(tree.chars),
        st.text("é中", min_size=1, max_size=2).map(tree.literal),
    )
)
texts = st.one_of(
    st.text("ab\n\r é!", max_size=9),
    st.builds(
        lambda part, n, end: part * n + end,
        st.text("ab ", max_size=3),
        st.integers(0, 9),
        st.text("ab", max_size=2),
    ),
)

wide_texts = st.text("aB1\n !é\xa0σ中٣\u2003", max_size=9)


def is_found(node: Node, text: str) -> bool:
    """Tell whether a tree matches anywhere in a text, by the definition of a match."""
    return any(True for start in range(len(text) + 1) for _ in ends(node, text, start))


def ends(node: Node, text: str, start: int) -> Iterator[int]:
    """Yield where the matches of a tree that begin at a position end, in no order."""
    if isinstance(node, tree.Empty):
        yield start
    elif isinstance(node, tree.Literal):
        if text.startswith(node.text, start):
            yield start + len(node.text)
    elif isinstance(node, tree.Chars):
        yield from (
            [start + 1] if any(contains(node.ranges, ord(c)) for c in text[start:][:1]) else []
        )
    elif isinstance(node, tree.Look):
        yield from [start] if asserted(node.kind, text[:start], text[start:]) else []
    elif isinstance(node, tree.Alternate):
        for part in node.nodes:
            yield from ends(part, text, start)
    elif isinstance(node, tree.Repeat):
        yield from repeated_ends(node, text, start)
    else:
        reached = {start}
        for part in node.children:
            reached = {end for at in reached for end in ends(part, text, at)}
        yield from reached


def repeated_ends(node: tree.Repeat, text: str, start: int) -> Iterator[int]:
    reached: set[int] = {start}
    seen: set[int] = set()
    if node.low == 0:
        yield start
    # Beyond the text's length and the lower bound, more rounds bring nothing new.
    most = node.low + len(text) + 1 if node.high is None else node.high
    for count in range(1, most + 1):
        reached = {end for at in reached for end in ends(node.node, text, at)}
        if count >= node.low:
            if reached <= seen:
                return
            seen |= reached
            yield from reached


def asserted(kind: LookKind, before: str, after: str) -> bool:
    """Tell whether an assertion holds between two halves of a text, by the words of the spec."""
    is_ascii = kind.name.startswith("ASCII_")
    is_word = str.isalnum if not is_ascii else (lambda c: c.isascii() and c.isalnum())
    left = bool(before) and is_word(before[-1])
    right = bool(after) and is_word(after[0])
    answers = {
        "TEXT_START": not before,
        "TEXT_END": not after,
        "LINE_START_LF": not before or before.endswith("\n"),
        "LINE_END_LF": not after or after.startswith("\n"),
        "LINE_START_CRLF": not before
        or before.endswith("\n")
        or (before.endswith("\r") and not after.startswith("\n")),
        "LINE_END_CRLF": not after
        or after.startswith("\r")
        or (after.startswith("\n") and not before.endswith("\r")),
        "WORD": left != right,
        "NOT_WORD": left == right,
        "WORD_START": right and not left,
        "WORD_END": left and not right,
        "WORD_START_HALF": not left,
        "WORD_END_HALF": not right,
    }
    return answers[kind.name.replace("ASCII_", "")]
