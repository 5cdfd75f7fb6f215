"""What `re` looks for first: part of the pattern, compiled quickly, whose matches are certain."""

from __future__ import annotations

import itertools
import re
from typing import cast

import pytest
from hypothesis import given, settings

from contractgate_core.regex import Pattern, compile_pattern, matcher
from contractgate_core.regex.automaton import compile_automaton
from contractgate_core.regex.classes import contains
from contractgate_core.regex.matcher import build_matchers, plan
from contractgate_core.regex.parse import parse
from contractgate_core.regex.simplify import simplify
from contractgate_core.regex.subset import subset
from contractgate_core.regex.translate import translate
from contractgate_core.regex.tree import Chars, Node
from recordings import cases
from regex_trees import is_found, wide_texts, wide_trees
from sizes import scaled, some

WIDE = {
    r"^\w+$": ("user_1", "Zoë", "中", "a b", "½"),
    r"^\d{4}-\d{2}$": ("2024-01", "٢٠٢٤-٠١", "2024-1", "２０２４-01"),
    r"^[^@\s]+@[^@\s]+$": ("a@b", "ä@b", "中@b", "a\u2003@b", "a b@c"),
    r"^\p{Lu}\S*$": ("A", "Éa", "Ωa", "a"),
    r"(?i)^(yes|ask)$": ("YES", "yeſ", "as\u212a", "no"),
    r"\berror\b": ("an error", "an errors", "中error", "error: é", "é error é", "érror"),
    r"\Bx": ("ax", "éx", "x", "!x"),
    r"^é\w$": ("éa", "é中", "e"),
}
"""Patterns that are matched in two steps, and texts that come to an end in either."""

WORD_LOOKS = [r"\b", r"\B", r"\b{start}", r"\b{end}", r"\b{start-half}", r"\b{end-half}"]
SURROUNDINGS = ["".join(chars) for n in range(4) for chars in itertools.product("a!é中", repeat=n)]


def served_by(pattern: Pattern) -> object:
    """Return the object whose method the engine calls."""
    return getattr(pattern.matcher, "__self__", None)


@settings(max_examples=scaled(1_500), deadline=None)
@given(wide_trees, wide_texts)
def test_what_is_found_first_is_certain(node: Node, text: str) -> None:
    """In any text. And in ASCII texts, or without a fallback, there is nothing else to find."""
    found, fallback = build_matchers(plan(node))
    expected = is_found(node, text)
    if found(text) is not None:
        assert expected
    elif text.isascii() or fallback is None:
        assert not expected
    else:
        assert (fallback(text) is not None) is expected


@settings(max_examples=scaled(1_500), deadline=None)
@given(wide_trees, wide_texts)
def test_a_subset_matches_nothing_else(node: Node, text: str) -> None:
    """By the definition of a match, whatever matches it."""
    whole = simplify(node)
    part = subset(whole)
    if is_found(part, text):
        assert is_found(whole, text)
    elif text.isascii():
        assert not is_found(whole, text)


@pytest.mark.parametrize("text", [r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\p{L}", "(?i)[^s]"])
def test_a_set_keeps_all_of_ascii(text: str) -> None:
    """What is found first is certain for every character, and for those it is all there is."""
    pattern, node = compile_pattern(f"^{text}$"), parse(text)
    assert isinstance(node, Chars)
    assert not pattern.plan.is_decided
    for point in range(0x3100):
        found, is_member = pattern.matcher(chr(point)) is not None, contains(node.ranges, point)
        assert found <= is_member
        assert found == is_member or point > 0x7F


@pytest.mark.parametrize("look", [*WORD_LOOKS, *(f"(?-u:{look})" for look in WORD_LOOKS)])
@pytest.mark.parametrize("around", ["^.?{}.?$", "^a?{}", "{}[^a]?$", "{}!", "é{}"])
def test_assertions_about_words_are_certain_too(look: str, around: str) -> None:
    """Next to any characters, even if `re` classifies them differently from the gateway."""
    text = around.replace("{}", look)
    pattern, automaton = compile_pattern(text), compile_automaton(parse(text))
    for subject in SURROUNDINGS:
        expected = automaton.search(subject)
        if subject.isascii() or pattern.matcher(subject) is not None:
            assert (pattern.matcher(subject) is not None) is expected, subject
        assert pattern.search(subject) is expected, subject


@pytest.mark.parametrize("text", WIDE)
def test_both_steps_together_give_the_answer(text: str) -> None:
    """The first step, the fallback and neither of them decide these texts."""
    pattern, automaton = compile_pattern(text), compile_automaton(parse(text))
    assert pattern.fallback is not None
    assert isinstance(served_by(pattern), re.Pattern)
    for subject in WIDE[text]:
        assert pattern.search(subject) is automaton.search(subject), subject
        assert bool(pattern.predicate(subject)) is automaton.search(subject), subject


def test_what_is_found_first_is_compiled_without_characters_beyond_latin_1() -> None:
    """This makes `re` compile it in microseconds."""
    for text in WIDE:
        compiled = cast("re.Pattern[str]", served_by(compile_pattern(text)))
        assert max(compiled.pattern) <= "\xff"
        assert len(compiled.pattern) < 300


def test_sets_that_are_quick_to_compile_stay_whole() -> None:
    """Then one step decides all texts."""
    texts = ("^[a-zé]+$", "^[^\r\n]+$", "^[α-ω]+$", "^[a-zα-ω]+$", "^.+$", "^é中$", r"^\p{Greek}$")
    for text in texts:
        assert compile_pattern(text).fallback is None
        assert compile_pattern(text).plan.is_decided


def test_the_fallback_is_built_when_a_text_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASCII texts never do, and neither do texts in which the first step finds a match."""
    written = []

    def noted(node: Node) -> str:
        written.append(node)
        return translate(node)

    monkeypatch.setattr(matcher, "translate", noted)
    pattern = compile_pattern(r"^\w+(?:#of this test)?$")  # no other one compiles it before
    assert [pattern.search(text) for text in ("a", "!", "é", "")] == [True, False, True, False]
    assert len(written) == 1
    assert [pattern.search(text) for text in ("中", "½", "中")] == [True, False, True]
    assert len(written) == 2


@pytest.mark.untraced
def test_the_engine_calls_a_method_of_re_for_every_recorded_pattern_that_re_serves() -> None:
    """Whatever its classes, and with assertions about words; only a limit on lengths costs more."""
    served = 0
    for case in some(cases("regex")):
        if "error" not in case["expect"]:
            pattern = compile_pattern(case["pattern"])
            if pattern.plan.is_translated and pattern.plan.longest is None:
                assert isinstance(served_by(pattern), re.Pattern), pattern
                served += pattern.fallback is not None
    assert served > scaled(10)
