"""Choosing which of the two back ends matches a tree, and how.

`re` is used where its steps are bounded: by a multiple of the text's length that `bounds` or
`paths` proves, or else by a number of steps that texts up to some length cannot exceed. The
automaton is used for the rest, and for what `re` does not compile.

Where `re` would take long to compile a tree, its `subset` is tried first. A match of the subset is
a match of the tree, so only a text without one, and with characters beyond ASCII, is left to a
fallback, which is built when the first such text comes.
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, Optional

from contractgate_core.regex.bounds import Bounds, Masks, bounds_of, masks_of
from contractgate_core.regex.classes import Ranges
from contractgate_core.regex.effort import BOUNDLESS, Effort
from contractgate_core.regex.simplify import simplify
from contractgate_core.regex.subset import subset
from contractgate_core.regex.translate import (
    FLAGS,
    MOST_DEPTH,
    depth,
    has_unicode_words,
    translate,
)
from contractgate_core.regex.tree import (
    FAIL,
    Alternate,
    Capture,
    Chars,
    Concat,
    Look,
    LookKind,
    Node,
    Repeat,
    fold,
    nodes_of,
)

__all__ = ["Matcher", "Matchers", "Plan", "build_matchers", "build_whole", "plan"]

Matcher = Callable[[str], object]
"""Takes a text; returns something true if the pattern matches anywhere in it, else None."""

MOST_VISITS = 100
"""How often `re` may visit one character of a text, however long the text is."""

MOST_STEPS = 1_000_000
"""How many steps `re` may take for one text if they grow faster than it: a few milliseconds."""

_LONGEST_GUARDED = 100_000
_FEWEST_CHARACTERS = 64
"""If the limit on the length of texts is below this, a second back end is not worth having."""


_STEPS_OF_STATE = 3
"""The steps that a state of an automaton costs, its memory included."""

_STEPS_OF_SET = 100
_POINTS_A_STEP = 24
_LAST_OF_LATIN_1, _LAST_OF_PLANE = 0xFF, 0xFFFF


class Plan(NamedTuple):
    """How a tree is matched.

    Attributes:
        node: The tree, simplified unless it is too deep for that.
        is_translated: Whether `re` is used at all.
        longest: The longest text that `re` may read, or None if it may read any.
        is_anchored: Whether a match can begin only at the start of the text.
        first: What `re` looks for first: `node`, or a subset of it.
        is_decided: Whether `first` is all there is to look for; if not, it still is in ASCII texts.
    """

    node: Node
    is_translated: bool = False
    longest: Optional[int] = None
    is_anchored: bool = False
    first: Node = FAIL
    is_decided: bool = True


class Matchers(NamedTuple):
    """The callables that decide whether a tree matches anywhere in a text.

    Attributes:
        matcher: If it finds something, the tree matches.
        fallback: Decides about texts beyond ASCII in which `matcher` finds nothing; None if the
            tree does not match these.
    """

    matcher: Matcher
    fallback: Optional[Matcher] = None

    def find(self, text: str) -> object:
        """Ask both; return something true if the tree matches, else None."""
        found = self.matcher(text)
        if found is not None or self.fallback is None or text.isascii():
            return found
        return self.fallback(text)


def plan(root: Node, effort: Optional[Effort] = None) -> Plan:
    """Decide how a tree is matched.

    Args:
        root: The tree.
        effort: The steps that may be spent on it.

    Raises:
        EffortError: Planning, and building the matchers, takes more steps.
    """
    effort = effort or Effort(BOUNDLESS)
    if depth(root) > MOST_DEPTH:
        effort.spend(_steps_of_states(root))
        return Plan(root)
    node = simplify(root)
    is_anchored = _is_anchored(node)
    masks = masks_of(node, effort)
    longest = 0 if masks is None else _longest_text(node, masks, is_anchored, effort)
    if longest is not None:
        effort.spend(_steps_of_states(node))
    if longest is not None and longest < _FEWEST_CHARACTERS:
        return Plan(node)
    first = subset(node)
    effort.spend(_steps_of_sets(first))
    is_decided = first is node and not has_unicode_words(node)
    return Plan(node, True, longest, is_anchored, first, is_decided)


def build_matchers(planned: Plan) -> Matchers:
    """Build the cheapest callables that decide whether a tree matches anywhere in a text."""
    if not planned.is_translated:
        return Matchers(_by_automaton(planned.node))
    automaton = _later(lambda: _by_automaton(planned.node))
    fallback = None if planned.is_decided else _later(lambda: build_whole(planned))
    matchers = Matchers(_compiled(planned, planned.first), fallback)
    if planned.longest is None:
        return matchers
    find = matchers.find if matchers.fallback else matchers.matcher
    return Matchers(_up_to(planned.longest, find, automaton))


def build_whole(planned: Plan) -> Matcher:
    """Build one callable that decides about any text; this may take some milliseconds."""
    if not planned.is_translated or has_unicode_words(planned.node):
        return _by_automaton(planned.node)
    matcher = _compiled(planned, planned.node)
    if planned.longest is None:
        return matcher
    return _up_to(planned.longest, matcher, _later(lambda: _by_automaton(planned.node)))


def _by_automaton(node: Node) -> Matcher:
    from contractgate_core.regex.automaton import compile_automaton  # few patterns need it

    search = compile_automaton(node).search

    def match(text: str) -> object:
        return search(text) or None

    return match


def _compiled(planned: Plan, node: Node) -> Matcher:
    """Compile the tree of a plan, or a subset of it, with `re`."""
    try:
        compiled = re.compile(translate(node), FLAGS)
    except (OverflowError, RecursionError, re.error):
        # Limits of `re` that the gateway does not have: it compiles by recursion, for example.
        return _by_automaton(planned.node)
    return compiled.match if planned.is_anchored else compiled.search


def _up_to(longest: int, matcher: Matcher, automaton: Matcher) -> Matcher:
    def guarded(text: str) -> object:
        return matcher(text) if len(text) <= longest else automaton(text)

    return guarded


def _later(build: Callable[[], Matcher]) -> Matcher:
    """Build a matcher only when it is called; two threads may both build it, without harm."""
    built: Optional[Matcher] = None

    def call(text: str) -> object:
        nonlocal built
        if built is None:
            built = build()
        return built(text)

    return call


def _steps_of_states(root: Node) -> int:
    """Estimate the steps that an automaton costs."""
    from contractgate_core.regex.nfa import states_at_most  # few patterns need it

    return _STEPS_OF_STATE * states_at_most(root)


def _steps_of_sets(root: Node) -> int:
    """Estimate the steps that `re` spends on the sets of a tree; repeated sets count each time."""
    steps = 0
    for node in nodes_of(root):
        if isinstance(node, Chars) and node.ranges and node.ranges[-1][1] > _LAST_OF_LATIN_1:
            steps += _STEPS_OF_SET if len(node.ranges) > 1 else 0
            steps += len(node.ranges) + _points_written(node.ranges) // _POINTS_A_STEP
    return steps


def _points_written(ranges: Ranges) -> int:
    """Count the Basic Multilingual Plane's characters inside a set, or outside it if fewer."""
    points = sum(
        min(high, _LAST_OF_PLANE) - low + 1 for low, high in ranges if low <= _LAST_OF_PLANE
    )
    return min(points, _LAST_OF_PLANE + 1 - points)


def _longest_text(node: Node, masks: Masks, is_anchored: bool, effort: Effort) -> Optional[int]:
    """Return how long a text may be for `re` to be bounded well enough, or None for any length."""
    bounds = bounds_of(node, masks, effort)
    visits = bounds.visits(is_anchored=is_anchored)
    if visits is not None and visits <= MOST_VISITS:
        return None
    if is_anchored and bounds.longest is not None and _is_affordable(bounds, bounds.longest, True):
        return None
    from contractgate_core.regex.paths import most_visits  # few patterns need it

    if most_visits(node, masks, effort, is_anchored=is_anchored, limit=MOST_VISITS) is not None:
        return None
    longest = _LONGEST_GUARDED
    while longest and not _is_affordable(bounds, longest, is_anchored):
        longest = longest * 3 // 4
    return longest


def _is_affordable(bounds: Bounds, length: int, is_anchored: bool) -> bool:
    steps = bounds.steps(length, is_anchored=is_anchored)
    return steps is not None and steps <= MOST_STEPS


def _is_anchored(root: Node) -> bool:
    """Return whether every match begins at the start of the text."""

    def combine(node: Node, below: list[bool]) -> bool:
        if isinstance(node, Look):
            return node.kind is LookKind.TEXT_START
        if isinstance(node, Alternate):
            return all(below)
        if isinstance(node, Repeat):
            return below[0] and node.low > 0
        return isinstance(node, (Capture, Concat)) and below[0]

    return fold(root, combine)
