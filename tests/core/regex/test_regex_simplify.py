"""Simplified trees: each rule, and that none changes where a pattern is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contractgate_core.regex.parse import parse
from contractgate_core.regex.simplify import simplify
from contractgate_core.regex.translate import translate
from contractgate_core.regex.tree import Node
from regex_trees import is_found, texts, trees
from sizes import scaled


@pytest.mark.parametrize(
    ("pattern", "simpler"),
    [
        # Groups say nothing about whether.
        ("^(a)(?P<n>b)$", r"\Aab\Z"),
        # Repetitions of repetitions.
        ("^(?:a{2}){3}$", r"\Aa{6}\Z"),
        ("^(?:a*)*$", r"\Aa*\Z"),
        ("^(?:a+)+$", r"\Aa+\Z"),
        ("^(?:a?)*$", r"\Aa*\Z"),
        ("^(?:(?:a*)+)?$", r"\Aa*\Z"),
        ("^(?:a?){3,5}$", r"\Aa{0,5}\Z"),
        ("^(?:a{2,3}){2,4}$", r"\Aa{4,12}\Z"),
        ("^(?:a{2,3})*$", r"\A(?:a{2,3})*\Z"),
        ("^(?:a{3,4}){1,9}$", r"\A(?:a{3,4}){1,9}\Z"),
        ("^(?:a{3,4}){2,9}$", r"\Aa{6,36}\Z"),
        ("^(?:a{2})+$", r"\A(?:a{2})+\Z"),
        # Repetitions beside each other.
        ("^[ab]{4}[ab]{2}[ab]$", r"\A[a-b]{7}\Z"),
        ("^[ab]*[ab]+$", r"\A[a-b]+\Z"),
        ("^a?a{2,3}$", r"\Aa{2,4}\Z"),
        # What stands at an open edge.
        ("a+ba+", "aba"),
        ("a*b?c", "c"),
        ("(?:a|b)+c*", "[a-b]"),
        ("(?:a+|b{2,})c", "(?:a|b{2})c"),
        ("(?:a*|b)c", "c"),
        ("(?:ab*)+c", "ab*c"),
        ("a*", ""),
        ("^a+b", r"\Aa+b"),
        ("a+b$", r"ab\Z"),
        (r"(?m)^a+b+", "(?m:^)a+b"),
        # The first separator will do.
        (r"^[^@]+@[^@]+\.[^@]+$", r"\A[^@]+@[^@][^\.@]*\.[^@]+\Z"),
        (r"^.+@.+\..+$", r"\A[^\ ][^\ @]*@[^\ ][^\ \.]*\.[^\ ]+\Z".replace("\\ ", "\\\n")),
        (r"^a+aa+$", r"\Aa{3,}\Z"),
        (r"^[ab]*b[ab]{3,}$", r"\Aa*b[a-b]{3,}\Z"),
        # But not where the second loop could not read what the first one leaves.
        (r"^[ab.]+\.[ab]+$", r"\A[\.a-b]+\.[a-b]+\Z"),
        (r"^[ab]+\.[ab]+$", r"\A[a-b]+\.[a-b]+\Z"),
        (r"^[ab.]+\.[ab.]{1,9}$", r"\A[\.a-b]+\.[\.a-b]{1,9}\Z"),
    ],
)
def test_a_pattern_is_made_simpler(pattern: str, simpler: str) -> None:
    """The result is shown as it is handed to `re`."""
    assert translate(simplify(parse(pattern))) == simpler


@settings(max_examples=scaled(1_500), deadline=None)
@given(trees, texts)
def test_a_simpler_tree_is_found_in_the_same_texts(node: Node, text: str) -> None:
    """For any tree and text, by the definition of a match."""
    assert is_found(simplify(node), text) == is_found(node, text)


loops = st.lists(
    st.builds(
        lambda chars, counts: f"[{chars}]{counts}",
        st.sampled_from(["a", "b", "ab", "^a", "abc", "^bc"]),
        st.sampled_from(["", "*", "+", "?", "{2}", "{2,}", "{1,2}", "*?"]),
    ),
    max_size=6,
).map("".join)


@settings(max_examples=scaled(1_500), deadline=None)
@given(
    loops, st.sampled_from(["{}", "^{}$", "^{}", "{}$", "(?:{}c)+", "^(?:{})*$"]), st.text("abc")
)
def test_loops_beside_each_other_are_found_in_the_same_texts(
    loops: str, frame: str, text: str
) -> None:
    """Chains of loops, which the rules are for, are drawn often."""
    node = parse(frame.format(loops))
    assert is_found(simplify(node), text) == is_found(node, text)
