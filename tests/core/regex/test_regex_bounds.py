"""The proof that `re` needs few steps, tried on an engine that backtracks as `re` does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contractgate_core.regex import tree
from contractgate_core.regex.automaton import compile_automaton
from contractgate_core.regex.bounds import Bounds, Masks, bounds_of, masks_of
from contractgate_core.regex.classes import contains
from contractgate_core.regex.matcher import MOST_STEPS, MOST_VISITS, plan
from contractgate_core.regex.parse import parse
from contractgate_core.regex.paths import most_visits
from contractgate_core.regex.simplify import simplify
from contractgate_core.regex.tree import Node
from cost import slowness
from regex_trees import asserted, texts, trees
from sizes import scaled

Then = Callable[[int], bool]


class Backtracker:
    """Matches a tree on a text in the order in which `re` does, and counts what it does.

    Attributes:
        visits: How often each character of the text was read by a set that has it.
        steps: How often any character was looked at, or an assertion was.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.visits: Counter[int] = Counter()
        self.steps = 0

    def search(self, node: Node, *, is_anchored: bool) -> bool:
        starts = range(1 if is_anchored else len(self.text) + 1)
        return any(self.match(node, start, lambda _: True) for start in starts)

    def match(self, node: Node, at: int, then: Then) -> bool:
        if isinstance(node, tree.Literal):
            return self._read(node.text, at, then)
        if isinstance(node, tree.Chars):
            self.steps += 1
            if at < len(self.text) and contains(node.ranges, ord(self.text[at])):
                self.visits[at] += 1
                return then(at + 1)
            return False
        if isinstance(node, tree.Look):
            self.steps += 1
            return asserted(node.kind, self.text[:at], self.text[at:]) and then(at)
        if isinstance(node, tree.Repeat):
            return self._rounds(node, 0, at, then)
        if isinstance(node, tree.Alternate):
            return any(self.match(branch, at, then) for branch in node.nodes)
        return self._sequence(node.children, at, then)

    def _read(self, text: str, at: int, then: Then) -> bool:
        for char in text:
            self.steps += 1
            if self.text[at : at + 1] != char:
                return False
            self.visits[at] += 1
            at += 1
        return then(at)

    def _sequence(self, nodes: tuple[Node, ...], at: int, then: Then) -> bool:
        if not nodes:
            return then(at)
        return self.match(nodes[0], at, lambda end: self._sequence(nodes[1:], end, then))

    def _rounds(self, node: tree.Repeat, count: int, at: int, then: Then) -> bool:
        def again() -> bool:
            if node.high is not None and count >= node.high:
                return False
            return self.match(node.node, at, lambda end: self._rounds(node, count + 1, end, then))

        if count < node.low:
            return again()
        return again() or then(at) if node.is_greedy else then(at) or again()


def masks_and_bounds(node: Node) -> tuple[Masks, Bounds]:
    """Analyse a tree with not too many sets."""
    masks = masks_of(node)
    assert masks is not None
    return masks, bounds_of(node, masks)


chains = st.lists(
    st.builds(
        lambda part, counts: part + counts,
        st.sampled_from(["a", "[ab]", "b", "[^a]", "(?:ab|a)", "(?:a|b.)", "(?:ab?)", "."]),
        st.sampled_from(["", "*", "+", "?", "{2}", "{2,}", "{1,3}", "*?", "{0,9}"]),
    ),
    min_size=1,
    max_size=6,
).map("".join)
patterns = st.builds(
    lambda frame, inner: frame.format(inner),
    st.sampled_from(["{}", "^{}$", "^{}", "(?:{}c)+d", "^(?:{}c)*$", "^(?:{}|b)d"]),
    chains,
)
subjects = st.one_of(
    st.text("abc", max_size=14),
    st.builds(
        lambda part, n, end: part * n + end,
        st.text("abc", max_size=3),
        st.integers(0, 7),
        st.text("abd", max_size=2),
    ),
)


@pytest.mark.untraced
@settings(max_examples=scaled(2_500), deadline=None)
@given(patterns, subjects)
def test_re_comes_to_a_character_as_often_as_is_proven_at_most(pattern: str, text: str) -> None:
    """Whatever the pattern and the text: by both proofs, and in the steps of both."""
    node = simplify(parse(pattern))
    is_anchored = plan(parse(pattern)).is_anchored
    masks, bounds = masks_and_bounds(node)
    visits = [
        bounds.visits(is_anchored=is_anchored),
        most_visits(node, masks, is_anchored=is_anchored, limit=1_000),
    ]
    proven = [most for most in visits if most is not None]
    steps = bounds.steps(len(text), is_anchored=is_anchored)
    if not proven and (steps is None or steps > 10**5):
        return
    engine = Backtracker(text)
    engine.search(node, is_anchored=is_anchored)
    assert all(max(engine.visits.values(), default=0) <= most for most in proven)
    assert steps is None or engine.steps <= steps


@settings(max_examples=scaled(1_000), deadline=None)
@given(trees, texts)
def test_any_tree_is_bounded_as_proven(node: Node, text: str) -> None:
    """Trees with assertions, empty alternatives and more are no exception."""
    planned = plan(node)
    if not planned.is_translated or planned.longest is not None:
        return
    masks, bounds = masks_and_bounds(planned.node)
    proven = most_visits(planned.node, masks, is_anchored=planned.is_anchored, limit=MOST_VISITS)
    engine = Backtracker(text)
    engine.search(planned.node, is_anchored=planned.is_anchored)
    most = max(engine.visits.values(), default=0)
    steps = bounds.steps(len(text), is_anchored=planned.is_anchored)
    assert most <= MOST_VISITS or (steps is not None and steps <= MOST_STEPS)
    assert proven is None or most <= proven


@pytest.mark.parametrize(
    ("pattern", "ways", "degree"),
    [
        ("^[a-z]+-[0-9]+$", 1, 0),
        ("^(?:foo|bar|baz)$", 2, 0),
        ("^(?:[ab]y?|[bc]z?|[cd])x$", 2, 0),
        ("^[ab]?[bc]?$", 2, 0),
        ("^[a-z]{2,5}[a-c]$", 4, 0),
        ("^[a-z]{4}[a-c]$", 1, 0),
        ("^[a-z]*[a-c]$", 1, 1),
        ("^[a-z]*[0-9a-z]*[a-c]$", 1, 2),
        ("^(?:[a-z]+,)*[0-9]$", 1, 0),
        ("^(?:[a-z]+,)*[a-z]$", 1, 1),
        ("^(?:a|ab){3}$", 8, 0),
    ],
)
def test_ways_are_counted(pattern: str, ways: int, degree: int) -> None:
    """A choice that the next character decides is one way."""
    assert masks_and_bounds(simplify(parse(pattern)))[1].ways == (ways, degree)


@pytest.mark.parametrize("pattern", ["^(?:a|ab)*$", "^(?:a*b*)*$", "^(?:a?b?){9}$"])
def test_there_may_be_no_bound(pattern: str) -> None:
    """If a loop has ways inside, they multiply without end."""
    assert masks_and_bounds(simplify(parse(pattern)))[1].ways is None


@pytest.mark.parametrize(
    ("pattern", "visits"),
    [
        ("^[a-z]+-[0-9]+$", 1),
        ("^[a-z]*[a-c]$", 2),
        (r"^[A-Za-z0-9.-]+\.[A-Za-z]{2,}$", 2),
        ("^(?:ab|ac)*$", 2),
        ("^(?:a|ab)(?:c|bcd)d*$", 2),
        ("abc", 2),
        ("[0-9a-f]{4}", 5),
        ("^[a-z]+[a-z0-9]+[0-9]+$", None),
        ("^(?:ab|a.)*$", None),
        ("^(?:a|aa)*$", None),
        ("a[a-z]*b", None),
    ],
)
def test_visits_are_counted(pattern: str, visits: int) -> None:
    """The count is the number of ways at once, over all texts; a start anywhere is one way."""
    node = simplify(parse(pattern))
    masks, _ = masks_and_bounds(node)
    assert most_visits(node, masks, is_anchored=pattern.startswith("^"), limit=50) == visits


def test_a_tree_of_very_many_sets_is_left_to_the_automaton() -> None:
    """Looking for a proof must not take longer than matching ever will."""
    pattern = "^(?:" + "|".join(f"[^{chr(0x4E00 + i)}]b" for i in range(3_000)) + ")$"
    started = time.process_time()
    planned = plan(parse(pattern))
    assert not planned.is_translated
    assert masks_of(planned.node) is None
    assert compile_automaton(planned.node).search("ab")
    assert time.process_time() - started < 3 * slowness()
