"""The two back ends: which of them is used, and that they agree."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from contractgate_core.errors import PatternError
from contractgate_core.regex import compile_pattern
from contractgate_core.regex.automaton import compile_automaton
from contractgate_core.regex.matcher import build_matchers, plan
from contractgate_core.regex.parse import parse
from contractgate_core.regex.tree import Node
from recordings import cases
from regex_grammar import draw_pattern, draw_texts
from regex_trees import texts, trees
from sizes import scaled

EVERYDAY = {
    "identifier": r"^[A-Za-z_][A-Za-z0-9_]{0,62}$",
    "identifier in any script": r"^\w+$",
    "key": r"^ord_[0-9a-z]{10}$",
    "slug": r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
    "e-mail": r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$",
    "e-mail, loosely": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "e-mail, very loosely": r"^.+@.+\..+$",
    "e-mail of words": r"^[\w.+-]+@[\w-]+\.[\w.-]+$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "date without separators": r"^\d{4}\d{2}\d{2}$",
    "time": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
    "UUID": r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "UUID anywhere": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "SHA-256": r"^[a-f0-9]{64}$",
    "URL": r"^https?://[^\s/$.?#].[^\s]*$",
    "URL with a host": r"^https?://[\w.-]+(:\d+)?(/\S*)?$",
    "host": r"^(?:[a-z0-9-]+\.)+[a-z]{2,}$",
    "host of labels": r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,61}[a-z0-9])?)*$",
    "IPv4": r"^(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d\d?)$",
    "phone": r"^(?:\+?\d{1,3}[- ]?)?\(?\d{3}\)?[- ]?\d{3}[- ]?\d{4}$",
    "E.164": r"^\+?[1-9]\d{1,14}$",
    "IBAN": r"^[A-Z]{2}\d{2}[A-Z0-9]{4}\d{7}([A-Z0-9]?){0,16}$",
    "words": r"^(USD|EUR|GBP|JPY|CHF)$",
    "words in any case": r"(?i)^(yes|no|unknown)$",
    "version": r"^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$",
    "price": r"^\$?\d{1,3}(,\d{3})*(\.\d{2})?$",
    "name": r"^[\p{L} .'-]+$",
    "extension": r"\.(csv|json|parquet)$",
    "ticket": r"[A-Z]{3}-\d+",
    "base64": r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    "path": r"^/(?:[^/\s]+/)*[^/\s]*$",
    "JWT": r"^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
    "whole word": r"\berror\b",
}


@pytest.mark.parametrize("name", EVERYDAY)
def test_everyday_patterns_are_translated(name: str) -> None:
    """`re` matches texts of any length: its steps are proven to be linear."""
    planned = plan(parse(EVERYDAY[name]))
    assert planned.is_translated
    assert planned.longest is None


@pytest.mark.parametrize(
    "pattern",
    [r"^(a|a.)+$", r"^(x+x+z?)+y", r"^(?:(?:a|ab)(?:c|bcd)(?:d*))*$", r"^(\w+\s?)*$", r"^(a|aa)+$"],
)
def test_what_could_take_for_ever_is_left_to_the_automaton(pattern: str) -> None:
    """No length of the text is short enough to bound an exponential number of steps."""
    assert not plan(parse(pattern)).is_translated


def test_up_to_some_length_re_may_take_more_steps() -> None:
    """If the steps grow with a power of the length, the length is limited."""
    quadratic = plan(parse(r"^[a-z]+[0-9a-z]+!$"))
    assert quadratic.is_translated
    assert quadratic.longest is not None
    assert 64 <= quadratic.longest < 1_000


def test_a_text_beyond_that_length_is_read_by_the_automaton() -> None:
    """The answers on both sides of the length are the same."""
    pattern = compile_pattern(r"^[a-z]+[0-9a-z]+!$")
    longest = plan(parse(pattern.pattern)).longest or 0
    for size in (longest - 1, longest, longest + 1, 20 * longest):
        assert pattern.search("a" * (size - 1) + "!")
        assert not pattern.search("a" * size)
        assert not pattern.search("0" + "a" * (size - 2) + "!")


def test_too_deep_trees_are_left_to_the_automaton() -> None:
    """`re` compiles by recursion, which Python limits; the gateway has another limit."""
    assert not plan(parse("(?:a" * 60 + ")?" * 60)).is_translated


def test_where_re_cannot_compile_the_automaton_serves() -> None:
    """Deep in a recursion of the user's, `re` has no room left for its own; the answer stands.

    The translation for texts beyond ASCII is compiled when the first of them comes, here there.
    """
    text = "^" + "(?:a" * 12 + r"\w" + ")?" * 12 + "é!$"

    def deeply(work: Callable[[], object], depth: int) -> object:
        return deeply(work, depth - 1) if depth else work()

    def answer(work: Callable[[], object], depth: int) -> object:
        re.purge()
        try:
            return deeply(work, depth)
        except RecursionError:
            return None

    saved = 0
    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit(), 2):
        pattern = compile_pattern(text)
        found = answer(lambda: pattern.search("aé!"), depth)  # noqa: B023  called at once
        assert found in (None, True)
        saved += found is not None and answer(lambda: re.compile(text), depth) is None
    assert saved


@settings(max_examples=scaled(1_500), deadline=None)
@given(trees, texts)
def test_the_back_ends_agree_on_any_tree(node: Node, text: str) -> None:
    """Whatever matches a tree finds what the automaton of the same tree finds."""
    assert bool(build_matchers(plan(node)).find(text)) is compile_automaton(node).search(text)


@pytest.mark.untraced
def test_the_back_ends_agree_on_drawn_patterns() -> None:
    """Even if texts are not ASCII, or longer than `re` may read."""
    rng = random.Random(20_261_124)
    served = [0, 0]
    for _ in range(scaled(2_000)):
        try:
            node = parse(draw_pattern(rng))
        except PatternError:
            continue
        planned = plan(node)
        served[planned.is_translated] += 1
        find, automaton = build_matchers(planned).find, compile_automaton(node)
        subjects = draw_texts(rng, node, 8)
        subjects += [text * (1 + (planned.longest or 0) // max(1, len(text))) for text in subjects]
        for text in subjects:
            assert bool(find(text)) is automaton.search(text), (node, text)
    assert served[True] > 4 * served[False] > 0


@pytest.mark.untraced
def test_the_back_ends_agree_on_the_recordings() -> None:
    """Every recorded text gets the same answer from both."""
    for case in cases("regex"):
        if "error" not in case["expect"]:
            node = parse(case["pattern"])
            planned = plan(node)
            if planned.is_translated:
                search, find = compile_automaton(node).search, build_matchers(planned).find
                found = [bool(find(text)) for text in case["inputs"]]
                assert found == [search(text) for text in case["inputs"]]


@pytest.mark.untraced
def test_most_recorded_patterns_are_translated() -> None:
    """The automaton is the exception, even among patterns that were drawn to be hard."""
    nodes = [parse(case["pattern"]) for case in cases("regex") if "error" not in case["expect"]]
    translated = [planned for planned in map(plan, nodes) if planned.is_translated]
    assert len(translated) > 0.9 * len(nodes)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        # What `re` would answer otherwise, were the pattern handed to it as it is.
        ("a$", "a\n", False),
        (r"^\d$", "٣", True),
        (r"^\d$", "²", False),
        (r"^\s$", "\x1c", False),
        (r"^\S$", "\x1c", True),
        (r"^\w$", "½", False),
        (r"^\w$", "\u0301", True),
        ("(?i)^k$", "\u212a", True),
        ("(?i)^i$", "İ", False),
        ("(?i)^ß$", "ẞ", True),
        (r"\B", "", True),
        (r"(?-u:\B)", "", True),
        (r"^[\d]$", "\U00010d40", True),
        ("^.$", "\r", True),
        ("(?s)^.$", "\n", True),
        ("(?m)a$", "a\nb", True),
        ("(?mR)a$", "a\r\nb", True),
        ("(?mR)^$", "\r\n", True),
        ("(?mR)a(?m:$)", "a\n", True),
        ("[a&&b]", "a", False),
        ("[^&&a]", "", False),
    ],
)
def test_what_re_would_answer_otherwise(pattern: str, text: str, expected: bool) -> None:
    """Both back ends have the gateway's answer."""
    assert compile_pattern(pattern).search(text) is expected
    assert compile_automaton(parse(pattern)).search(text) is expected


def test_the_special_characters_of_re_are_escaped() -> None:
    """Each ASCII character, alone and in a class, stands for itself."""
    for char in map(chr, range(128)):
        written = f"\\x{ord(char):02x}"
        for text in (f"^{written}$", f"^(?:{written}x?){{2}}$", f"^[a{written}é]$"):
            pattern = compile_pattern(text)
            found = {c for c in map(chr, range(256)) if pattern.search(c) or pattern.search(c * 2)}
            assert found == {"a", char, "é"} if "[" in text else {char}
