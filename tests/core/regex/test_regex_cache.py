"""Patterns that are compiled once, and what is remembered about them."""

from __future__ import annotations

import gc
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from contractgate_core.regex import Effort, Pattern, compile_pattern
from contractgate_core.regex.automaton import compile_automaton
from contractgate_core.regex.automaton_pool import Pool
from contractgate_core.regex.cache import PatternCache
from contractgate_core.regex.parse import parse


def made(text: str) -> Pattern:
    """Compile a pattern without the cache of the process."""
    return Pattern(text, Effort())


def test_a_text_is_compiled_once() -> None:
    """As long as someone has the pattern."""
    assert compile_pattern("^once[0-9]+$") is compile_pattern("^once[0-9]+$")


def test_a_pattern_in_use_is_found_however_many_come_after_it() -> None:
    """The cache does not keep it alive, but still finds it."""
    cache: PatternCache[Pattern] = PatternCache(most_steps=500)
    first = cache.add(made("a"))
    for number in range(100):
        cache.add(made(f"b{number}"))
    assert cache.find("a") is first
    assert cache.find("b1") is None


def test_the_cache_is_bounded_by_what_patterns_cost() -> None:
    """And so by their memory: large patterns leave room for fewer, and the largest are not kept."""
    cache: PatternCache[Pattern] = PatternCache(most_steps=2_000)
    for number in range(100):
        cache.add(made(f"[a-z]{{{number + 1}}}x"))
        assert cache.steps <= 2_000
    assert cache.steps > 1_000
    before = cache.steps
    cache.add(made("(a)" * 500))
    gc.collect()
    assert cache.steps == before
    assert cache.find("(a)" * 500) is None


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="garbage goes later there")
def test_a_pattern_goes_when_nobody_has_it() -> None:
    """The cache keeps only the latest few alive."""
    cache: PatternCache[Pattern] = PatternCache(most_steps=500)
    reference = weakref.ref(cache.add(made(r"^\w+[a-z]*$")))
    for number in range(20):
        cache.add(made(f"b{number}"))
    gc.collect()
    assert reference() is None


def test_threads_get_one_pattern() -> None:
    """Even if they compile it at the same time."""
    texts = [f"^[a-z]+{number % 5}(?:ab|cd)*$" for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        patterns = list(threads.map(compile_pattern, texts))
    for text, pattern in zip(texts, patterns):
        assert pattern.pattern == text
        assert pattern is compile_pattern(text)


class Remembering:
    """Something that remembers this many entries."""

    def __init__(self, room: int) -> None:
        self.room = room

    def forget(self) -> None:
        """Forget everything."""
        self.room = 0


def test_all_forget_when_they_remember_too_much_together() -> None:
    """What was counted for members that are gone does not count."""
    pool = Pool(most=100)
    kept, gone = Remembering(60), Remembering(60)
    pool.join(kept)
    pool.join(gone)
    pool.take(60)
    del gone
    gc.collect()
    pool.take(60)
    assert kept.room == 60
    other = Remembering(60)
    pool.join(other)
    pool.take(60)
    assert (kept.room, other.room) == (0, 0)


def test_an_automaton_that_forgets_finds_the_same() -> None:
    """At any time; its characters and counters are counted, too."""
    automaton = compile_automaton(parse(r"(?:[ab]{9,20}c?){2,}x"), most_room=300)
    text = "abbabaabbaabcabbabaabbaab" * 40
    assert not automaton.search(text)
    assert automaton.search(text + "x")
    assert automaton.room <= 300
    automaton.forget()
    assert automaton.room == 0
    assert automaton.search(text + "x")
    wide = compile_automaton(parse("[^a]*a"), most_room=300)
    assert not wide.search("".join(map(chr, range(0x4E00, 0x4E00 + 2_000))))
    assert wide.room <= 300
