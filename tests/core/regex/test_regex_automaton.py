"""The automaton: what it finds, and that its effort grows with the text and nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contractgate_core.errors import PatternError
from contractgate_core.regex import nfa
from contractgate_core.regex.automaton import Automaton, compile_automaton
from contractgate_core.regex.automaton_alphabet import Alphabet
from contractgate_core.regex.classes import LAST, Ranges, contains, merge
from contractgate_core.regex.matcher import plan
from contractgate_core.regex.parse import parse
from contractgate_core.regex.size import check_size
from contractgate_core.regex.tree import Node
from cost import slowness
from recordings import cases
from regex_grammar import draw_pattern, draw_texts
from regex_trees import is_found, texts, trees
from sizes import scaled, some

WORST = {
    r"^(a+)+$": ("a", "b"),
    r"(a|a)*b": ("a", ""),
    r"(.*)*x": ("a", ""),
    r"(a?){40}a{40}": ("a" * 39 + "b", ""),
    r"^(\w+\s?)*$": ("a ", " !"),
    r"(x+x+)+y": ("x", ""),
    r"([a-z]+)*=": ("a", ""),
    r"^(([a-z])+.)+[A-Z]([a-z])+$": ("a", ""),
    r"(?:a|ab)(?:c|bcd)(?:d*)*z": ("abcd", ""),
    r"[ab]{1,5000}c": ("ab", ""),
    r"(?:a[ab]{1,500})*c": ("ab", ""),
    r"a[ab]{300}[bc]{20,400}d": ("abc", ""),
    r"\b(?:\w+\b ?)+\b!": ("a b", ""),
    r"(?mR)(?:^a*$\s?)+b": ("a\r\n", ""),
    r"(?:a|bb)*a(?:a|bb){14}c": ("abba", ""),
}
"""Patterns, each with what is repeated and what ends the text of the worst kind for it."""


def compiled(pattern: str, *, most_room: int = 200_000) -> Automaton:
    return compile_automaton(parse(pattern), most_room=most_room)


@pytest.mark.untraced
def test_answers_as_recorded() -> None:
    """The automaton gives every recorded answer, even for patterns that `re` could match."""
    wrong = []
    for case in cases("regex"):
        if "error" in case["expect"]:
            continue
        automaton = compiled(case["pattern"])
        found = [automaton.search(text) for text in case["inputs"]]
        if found != case["expect"]["matches"]:
            wrong.append(case["id"])
    assert wrong == []


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "abc", True),
        ("a", "", False),
        ("b", "abc", True),
        ("^b", "abc", False),
        ("b$", "abc", False),
        ("^$", "", True),
        (r"[^\x00-\U0010FFFF]", "a", False),
        ("[a-c]{9,10}d", "x" + "a" * 9 + "d", True),
        ("[a-c]{9,10}d", "a" * 8 + "d", False),
        ("^[a-c]{9,10}d", "a" * 10 + "d", True),
        ("^[a-c]{9,10}d", "a" * 11 + "d", False),
        ("^[a-c]{9,}d", "a" * 99 + "d", True),
        ("^[a-c]{9,}d", "a" * 8 + "d", False),
        ("^[a-c]{0,9}$", "", True),
        ("^[a-c]{0,9}$", "a" * 10, False),
        ("^(a{9}b?)+$", "a" * 9 + "ba" * 1 + "a" * 8, True),
        ("^(a{9}b?)+$", "a" * 19, False),
        ("^(a{9,10})+$", "a" * 19, True),
        ("^(a{9,10})+$", "a" * 17, False),
        ("^(?:x[ax]{10,12})+$", "x" + "a" * 10 + "x" + "x" * 12, True),
    ],
)
def test_finds_what_is_there(pattern: str, text: str, expected: bool) -> None:
    """The empty text, the ends of a text, and counters at their bounds behave as they should."""
    assert compiled(pattern).search(text) is expected


@pytest.mark.untraced
@pytest.mark.parametrize("pattern", WORST)
def test_effort_grows_no_faster_than_the_text(pattern: str) -> None:
    """Twice the text of the worst kind takes at most twice the steps, from 1,000 characters on."""
    efforts = [effort(pattern, size) for size in (1_000 * 2**n for n in range(7))]
    for small, large in zip(efforts, efforts[1:]):
        assert large <= 2.1 * small


def effort(pattern: str, size: int) -> int:
    return effort_on(parse(pattern), worst_text(pattern, size))


def effort_on(node: Node, text: str) -> int:
    """Count the steps of a first search: building states, reading, counting."""
    automaton = compile_automaton(node)
    automaton.search(text)
    return automaton.work + len(text) * (1 + nfa.build(node).counters)


def worst_text(pattern: str, size: int) -> str:
    repeated, end = WORST[pattern]
    return repeated * (size // len(repeated)) + end


def hard_patterns(rng: random.Random) -> Iterator[Node]:
    """Yield patterns that the automaton matches: all such recorded ones, and drawn ones."""
    recorded = [case["pattern"] for case in cases("regex") if "error" not in case["expect"]]
    drawn = [draw_pattern(rng) for _ in range(scaled(4_000))]
    for pattern in some(recorded) + drawn:
        try:
            node = parse(pattern)
            check_size(node)
        except PatternError:
            continue
        planned = plan(node)
        if not planned.is_translated or planned.longest is not None:
            yield planned.node


@pytest.mark.untraced
def test_effort_grows_no_faster_whatever_the_pattern() -> None:
    """For patterns that the automaton matches, on repeated parts of what they match.

    On texts of up to 16,000 characters, and with every fourth pattern of up to 64,000, as above.
    """
    rng, tried = random.Random(4), 0
    for node in hard_patterns(rng):
        tried += 1
        parts = [text for text in draw_texts(rng, node, 6) if text] + ["a"]
        worst = max(parts, key=lambda part: effort_on(node, (part * 500)[:500]))
        sizes = [1_000 * 4**n for n in range(4 if tried % 4 == 0 else 3)]
        efforts = [effort_on(node, (worst * size)[:size]) for size in sizes]
        for small, large in zip(efforts, efforts[1:]):
            assert large <= 4.2 * small, (node, worst, efforts)
    assert tried > scaled(200)


@pytest.mark.parametrize("pattern", list(WORST)[:5])
def test_a_long_text_takes_less_than_a_second(pattern: str) -> None:
    """A backtracking engine would hang; 100,000 characters are done at once."""
    automaton = compiled(pattern)
    text = worst_text(pattern, 100_000)
    started = time.process_time()
    automaton.search(text)
    assert time.process_time() - started < 1 * slowness()


def test_a_text_that_needs_a_new_state_at_each_character_is_read_in_linear_time() -> None:
    """If no state can be kept, a character costs as much as simulating the pattern."""
    pattern, text = "(?:a|bb)*a(?:a|bb){14}c", "abbaabbbbaaabba" * 200
    automaton = compiled(pattern, most_room=1)
    automaton.search(text)
    first = automaton.work
    automaton.search(text + text)
    assert automaton.work - first <= 2.1 * first


def test_a_counted_set_is_not_written_out() -> None:
    """`[a-z]{1,5000}` takes the room of a few states, not of thousands."""
    automaton = compiled("^[a-z]{1,5000}$")
    assert automaton.search("a" * 5_000)
    assert not automaton.search("a" * 5_001)
    assert automaton.room < 50


def test_room_is_bounded() -> None:
    """However many states a text needs, memory stays below the limit, and answers stay right."""
    bounded, free = (compiled("(?:a|bb)*a(?:a|bb){9}c", most_room=n) for n in (2_000, 10**9))
    for number in range(400):
        text = f"{number * 7_919:b}".replace("0", "a").replace("1", "bb") + "c" * (number % 2)
        assert bounded.search(text) == free.search(text)
        assert bounded.room <= 2_000
    assert free.room > 2_000


@pytest.mark.untraced
def test_threads_share_an_automaton() -> None:
    """Searches at the same time find what they find alone, though states come and go."""
    texts = [f"{n:b}".replace("0", "a").replace("1", "bb") + "ac" for n in range(300)]
    shared = compiled("(?:a|bb)*a(?:a|bb){5}[abc]{9,12}c", most_room=60)
    alone = compiled("(?:a|bb)*a(?:a|bb){5}[abc]{9,12}c")
    expected = [alone.search(text) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: [shared.search(text) for text in texts], range(16)))
    assert found == [expected] * 16


def test_deep_patterns_are_no_problem() -> None:
    """249 levels are compiled and searched without recursion."""
    automaton = compiled("(?:" * 83 + "a" + "b)+" * 83)
    assert automaton.search("a" + "b" * 83)
    assert not automaton.search("a" + "b" * 82)


ranges_drawn = st.lists(
    st.tuples(st.integers(0, LAST), st.integers(0, 300)).map(lambda p: (p[0], min(sum(p), LAST))),
    max_size=5,
).map(merge)


@settings(deadline=None)
@given(st.lists(ranges_drawn, max_size=6), st.lists(st.integers(0, LAST), max_size=9))
def test_a_symbol_is_in_a_set_as_its_characters_are(sets: list[Ranges], points: list[int]) -> None:
    """Whatever the sets, a symbol says for each of them whether the character is in it."""
    alphabet = Alphabet(sets)
    edges = [p for ranges in sets for pair in ranges for p in (*pair, pair[0] - 1, pair[1] + 1)]
    for point in [*points, *(p for p in edges if 0 <= p <= LAST)]:
        symbol = alphabet[chr(point)]
        found = [alphabet.sets[symbol] >> index & 1 for index in range(len(sets))]
        assert found == [contains(ranges, point) for ranges in sets]
    assert len(alphabet.sets) == alphabet.size


def test_an_alphabet_remembers_only_so_much() -> None:
    """A text in every character of Unicode does not fill the memory."""
    alphabet = Alphabet([((0x4E00, 0x9FFF),)])
    assert {alphabet[chr(point)] for point in range(0x4E00, 0xA000)} == {1}
    assert len(alphabet) <= 4_096


@settings(max_examples=scaled(1_000), deadline=None)
@given(trees, texts, st.sampled_from([1, 200_000]))
def test_finds_what_the_definition_of_a_match_finds(node: Node, text: str, room: int) -> None:
    """For any tree and text, the answer is that of the definition, followed word by word."""
    assert compile_automaton(node, most_room=room).search(text) is is_found(node, text)
