"""The object that a pattern is compiled into."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from contractgate_core.regex import Pattern, compile_pattern
from cost import slowness

HOSTILE = {
    r"^(a+)+$": "a" * 100_000 + "b",
    r"(a|a)*b": "a" * 100_000,
    r"(.*)*x": "a" * 100_000,
    r"(a?){40}a{40}": "a" * 39 + "b" * 100_000,
    r"^(\w+\s?)*$": "a " * 50_000 + "!",
}


@pytest.mark.parametrize("pattern", HOSTILE)
def test_what_makes_a_backtracking_engine_hang_takes_less_than_a_second(pattern: str) -> None:
    """100,000 characters of the worst kind are read in a second, compiling included."""
    started = time.process_time()
    assert compile_pattern(pattern).search(HOSTILE[pattern]) is False
    assert time.process_time() - started < 1 * slowness()


def test_a_pattern_knows_its_text_and_shows_it() -> None:
    """`pattern` is what the user wrote, and the repr shows how to make it again."""
    pattern = compile_pattern(r"^\d+$")
    assert pattern.pattern == r"^\d+$"
    assert repr(pattern) == r"compile_pattern('^\\d+$')"
    assert eval(repr(pattern), {"compile_pattern": compile_pattern}) == pattern


def test_patterns_of_one_text_are_equal() -> None:
    """Equality and hash are those of the text."""
    assert compile_pattern("a") == compile_pattern("a") != compile_pattern("b")
    assert len({compile_pattern("a"), compile_pattern("a")}) == 1
    assert compile_pattern("a") != "a"


@pytest.mark.parametrize("text", [r"^[a-z]+$", r"^\w+$", r"(a|a)*b", r"^.*a.*a.*b$"])
def test_a_pattern_is_pickled_as_its_text(text: str) -> None:
    """A pickle is small, whatever has been searched, and finds the same; so does a copy."""
    pattern = compile_pattern(text)
    pattern.search("aé" * 1_000)
    pickled = pickle.dumps(pattern)
    assert len(pickled) < 100 + len(text)
    for same in (pickle.loads(pickled), copy.copy(pattern), copy.deepcopy(pattern)):
        assert same == pattern
        assert same.search("ab") == pattern.search("ab")


def test_a_pattern_cannot_be_changed() -> None:
    """Threads share it, so nothing of it can be set or deleted."""
    pattern = compile_pattern("a")
    with pytest.raises(AttributeError):
        pattern.pattern = "b"
    with pytest.raises(AttributeError):
        del pattern.matcher
    with pytest.raises(AttributeError):
        pattern.fallback = None
    with pytest.raises(AttributeError):
        pattern.other = 1


def test_search_gives_a_bool_and_the_matchers_something_true() -> None:
    """Whatever matches a pattern, `search` returns a bool, and the others agree."""
    for text in ("^a$", r"^\w$", "(a|a)*b", r"^.*a.*a.*b$", r"\ba", ""):
        pattern = compile_pattern(text)
        for subject in ("", "a", "é", "xaab", "a" * 5_000):
            found = pattern.search(subject)
            assert type(found) is bool
            assert bool(pattern.predicate(subject)) is found
            answer = pattern.matcher(subject)
            if answer is None and pattern.fallback is not None and not subject.isascii():
                answer = pattern.fallback(subject)
            assert bool(answer) is (answer is not None) is found


def test_a_translated_pattern_costs_no_more_than_re() -> None:
    """An everyday pattern is matched by a method of `re` itself."""
    everyday = (r"^[a-z]+$", r"^\d{4}-\d{2}-\d{2}$", r"^[^@\s]+@[^@\s]+\.[^@\s]+$", r"\.csv$")
    for text in (*everyday, r"^[\w.-]+$", r"^[\p{L} '-]+$", r"\berror\b", "(?i)^(yes|no)$"):
        matcher = compile_pattern(text).matcher
        assert isinstance(getattr(matcher, "__self__", None), re.Pattern)


@pytest.mark.parametrize("text", [r"^\w+$", r"\bca", r"^.*a.*a.*b$", "(a|a)*b"])
def test_threads_share_a_pattern(text: str) -> None:
    """Parts that are built when first needed are built once, or twice without harm."""
    pattern = compile_pattern(text)
    subjects = ["caé", "é", "ab", "a" * 2_000] * 5
    alone = [compile_pattern(text).search(subject) for subject in subjects]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: [pattern.search(s) for s in subjects], range(16)))
    assert found == [alone] * 16


def test_a_pattern_of_no_unicode_class_loads_no_tables() -> None:
    """The first pattern that needs the tables loads them, not the import."""
    code = """
import sys
from contractgate_core.regex import compile_pattern
compile_pattern("^[a-z0-9._%+-]+@[a-z0-9.-]+$").search("a@b")
compile_pattern("(a|a)*é").search("é")
assert "contractgate_core.regex._unicode" not in sys.modules
compile_pattern(r"\\w").search("a")
assert "contractgate_core.regex._unicode" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_the_package_or_validating_loads_no_pattern() -> None:
    """A contract without patterns never loads the tables."""
    code = """
import sys
import contractgate_core
assert not [name for name in sys.modules if name.startswith("contractgate_core.regex")]
text = "version: 1\\nname: c\\nontology: {entities: [{name: a, type: string}]}"
contractgate_core.Contract.from_yaml(text).compile().validate({"a": "x"})
assert "contractgate_core.regex._unicode" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_type_is_public() -> None:
    """Annotations can name it."""
    assert isinstance(compile_pattern("a"), Pattern)
