"""Which of the two back ends serves a tree, and how.

`re` serves where its steps are bounded: by a multiple of the text's length that `bounds` or `paths`
proves, or else by a number of steps that texts up to some length cannot exceed. The automaton
serves the rest, and what `re` does not compile.

Where a tree would take `re` long to compile, its `subset` goes first. A match of that is one of the
tree, so only a text without one, and with characters beyond ASCII, is left to a fallback, which is
built when the first such text comes.
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
"""Takes a text; gives something true where the pattern matches anywhere in it, else None."""

MOST_VISITS = 100
"""So often may `re` come to one character of a text, however long that is."""

MOST_STEPS = 1_000_000
"""So many steps may `re` take for one text where they grow faster than it: a few milliseconds."""

_LONGEST_GUARDED = 100_000
_FEWEST_CHARACTERS = 64
"""A bound on the length of texts below this one is not worth having two back ends."""


_STEPS_OF_STATE = 3
"""What a state of an automaton takes, and the memory for it."""

_STEPS_OF_SET = 100
_POINTS_A_STEP = 24
_LAST_OF_LATIN_1, _LAST_OF_PLANE = 0xFF, 0xFFFF


class Plan(NamedTuple):
    """How a tree is matched.

    Attributes:
        node: The tree, simplified where it is not too deep for that.
        is_translated: Whether `re` serves at all.
        longest: The longest text that `re` may read, or None if it may read any.
        is_anchored: Whether a match begins at the start of the text alone.
        first: What `re` looks for first: `node`, or a subset of it.
        is_decided: Whether that is all to be looked for; if not, it still is in texts of ASCII.
    """

    node: Node
    is_translated: bool = False
    longest: Optional[int] = None
    is_anchored: bool = False
    first: Node = FAIL
    is_decided: bool = True


class Matchers(NamedTuple):
    """What tells whether a tree matches anywhere in a text.

    Attributes:
        matcher: If it finds something, the tree matches.
        fallback: Decides about texts that are not of ASCII alone and in which `matcher` finds
            nothing; None if there is nothing to be found in them.
    """

    matcher: Matcher
    fallback: Optional[Matcher] = None

    def find(self, text: str) -> object:
        """Ask both; gives something true where the tree matches, else None."""
        found = self.matcher(text)
        if found is not None or self.fallback is None or text.isascii():
            return found
        return self.fallback(text)


def plan(root: Node, effort: Optional[Effort] = None) -> Plan:
    """Decide how a tree is matched.

    Args:
        root: The tree.
        effort: The steps that there are for it.

    Raises:
        EffortError: To do so, and to build what matches, takes more.
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
    """Build the cheapest callables that tell whether a tree matches anywhere in a text."""
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
    """Build what tells of any text whether a tree matches in it; it may take some milliseconds."""
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
    """Compile the tree of a plan, or a subset of it, for `re`."""
    try:
        compiled = re.compile(translate(node), FLAGS)
    except (OverflowError, RecursionError, re.error):
        # Limits of `re` that the gateway does not have; it compiles by recursion, for one.
        return _by_automaton(planned.node)
    return compiled.match if planned.is_anchored else compiled.search


def _up_to(longest: int, matcher: Matcher, automaton: Matcher) -> Matcher:
    def guarded(text: str) -> object:
        return matcher(text) if len(text) <= longest else automaton(text)

    return guarded


def _later(build: Callable[[], Matcher]) -> Matcher:
    """Put off building a matcher until it is called; two threads may both build it, unharmed."""
    built: Optional[Matcher] = None

    def call(text: str) -> object:
        nonlocal built
        if built is None:
            built = build()
        return built(text)

    return call


def _steps_of_states(root: Node) -> int:
    """Estimate what an automaton takes."""
    from contractgate_core.regex.nfa import states_at_most  # few patterns need it

    return _STEPS_OF_STATE * states_at_most(root)


def _steps_of_sets(root: Node) -> int:
    """Estimate what `re` takes for the sets of a tree, each time that one stands there."""
    steps = 0
    for node in nodes_of(root):
        if isinstance(node, Chars) and node.ranges and node.ranges[-1][1] > _LAST_OF_LATIN_1:
            steps += _STEPS_OF_SET if len(node.ranges) > 1 else 0
            steps += len(node.ranges) + _points_written(node.ranges) // _POINTS_A_STEP
    return steps


def _points_written(ranges: Ranges) -> int:
    """Count the characters of the Basic Multilingual Plane in a set, or beside it if less."""
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
    """Tell whether every match begins at the start of the text."""

    def combine(node: Node, below: list[bool]) -> bool:
        if isinstance(node, Look):
            return node.kind is LookKind.TEXT_START
        if isinstance(node, Alternate):
            return all(below)
        if isinstance(node, Repeat):
            return below[0] and node.low > 0
        return isinstance(node, (Capture, Concat)) and below[0]

    return fold(root, combine)
