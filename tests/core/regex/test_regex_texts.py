"""What is claimed about all texts that a pattern matches is true of each."""

from __future__ import annotations

import contextlib
import random
from typing import Optional

import pytest
from hypothesis import given, settings

from contractgate_core import PatternError
from contractgate_core.regex import compile_pattern
from contractgate_core.regex.parse import parse
from contractgate_core.regex.texts import are_ascii, text_lengths
from contractgate_core.regex.tree import LookKind, Node, concat, look
from regex_grammar import draw_pattern, draw_texts
from regex_trees import is_found, wide_texts, wide_trees
from sizes import scaled

Known = tuple[int, Optional[int], bool]


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        (r"^[a-z]{3,64}$", (3, 64, True)),
        (r"^[a-zé]{3,64}$", (3, 64, False)),
        (r"^é$", (1, 1, False)),
        (r"^\d+$", (1, None, False)),
        (r"^(ab|c)(?:d?){2}e{3}$", (4, 7, True)),
        (r"^(?:a*){0}$", (0, 0, True)),
        (r"^\bab$", (2, 2, True)),
        (r"^$", (0, 0, True)),
        (r"abc", (3, None, False)),
        (r"^abc", (3, None, False)),
        (r"(?m)^abc$", (3, None, False)),
        (r"^a|b$", (1, None, False)),
        (r"^(?:a|bc)$", (1, 2, True)),
    ],
)
def test_lengths_and_alphabet_of_some_patterns(pattern: str, known: Known) -> None:
    """Only a pattern anchored at both ends has a greatest length, and can demand ASCII."""
    node = parse(pattern)
    assert (*text_lengths(node), are_ascii(node)) == known


def check(node: Node, text: str) -> None:
    least, most = text_lengths(node)
    assert len(text) >= least
    assert most is None or len(text) <= most
    assert text.isascii() or not are_ascii(node)


@settings(max_examples=scaled(1_500), deadline=None)
@given(wide_trees, wide_texts)
def test_no_text_that_is_matched_is_otherwise(node: Node, text: str) -> None:
    """Whether the tree is anchored at its ends or not."""
    whole = concat([look(LookKind.TEXT_START), node, look(LookKind.TEXT_END)])
    for each in (node, whole):
        if is_found(each, text):
            check(each, text)


def test_no_text_that_is_drawn_for_a_pattern_is_otherwise() -> None:
    """The patterns are drawn, too, and examined as they are planned."""
    rng, matches = random.Random(3), 0
    for _ in range(scaled(400)):
        with contextlib.suppress(PatternError):
            pattern = compile_pattern(draw_pattern(rng))
            found = list(filter(pattern.search, draw_texts(rng, pattern.plan.node, 12)))
            matches += len(found)
            for text in found:
                check(pattern.plan.node, text)
    assert matches > scaled(400)
