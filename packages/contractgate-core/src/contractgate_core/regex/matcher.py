"""Which of the two back ends serves a tree, and how.

`re` serves where its steps are bounded: by a multiple of the text's length that `bounds` or `paths`
proves, or else by a number of steps that texts up to some length cannot exceed. The automaton
serves the rest, and what `re` does not compile.
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, Optional

from contractgate_core.regex.bounds import Bounds, Masks, bounds_of, masks_of
from contractgate_core.regex.simplify import simplify
from contractgate_core.regex.translate import (
    FLAGS,
    MOST_DEPTH,
    depth,
    effort_of_sets,
    translate,
)
from contractgate_core.regex.tree import (
    Alternate,
    Capture,
    Concat,
    Look,
    LookKind,
    Node,
    Repeat,
    fold,
)

__all__ = ["Matcher", "Plan", "build_matcher", "plan"]

Matcher = Callable[[str], object]
"""Takes a text; gives something true where the pattern matches anywhere in it, else None."""

MOST_VISITS = 100
"""So often may `re` come to one character of a text, however long that is."""

MOST_STEPS = 1_000_000
"""So many steps may `re` take for one text where they grow faster than it: a few milliseconds."""

_LONGEST_GUARDED = 100_000
_FEWEST_CHARACTERS = 64
"""A bound on the length of texts below this one is not worth having two back ends."""

_MOST_EFFORT = 250
"""Sets that take longer than that to compile are left until a text is not of ASCII."""


class Plan(NamedTuple):
    """How a tree is matched.

    Attributes:
        node: The tree, simplified where it is not too deep for that.
        is_translated: Whether `re` serves at all.
        longest: The longest text that `re` may read, or None if it may read any.
        is_anchored: Whether a match begins at the start of the text alone.
        is_split: Whether texts of ASCII have a translation of their own.
        is_ascii_only: Whether only they have one.
    """

    node: Node
    is_translated: bool = False
    longest: Optional[int] = None
    is_anchored: bool = False
    is_split: bool = False
    is_ascii_only: bool = False


def plan(root: Node) -> Plan:
    """Decide how a tree is matched."""
    if depth(root) > MOST_DEPTH:
        return Plan(root)
    node = simplify(root)
    is_anchored = _is_anchored(node)
    masks = masks_of(node)
    longest = 0 if masks is None else _longest_text(node, masks, is_anchored)
    if longest is not None and longest < _FEWEST_CHARACTERS:
        return Plan(node)
    effort = effort_of_sets(node)
    is_split = effort is None or effort > _MOST_EFFORT
    return Plan(node, True, longest, is_anchored, is_split, effort is None)


def build_matcher(root: Node) -> Matcher:
    """Build the cheapest callable that tells whether a tree matches anywhere in a text."""
    planned = plan(root)
    if not planned.is_translated:
        return _by_automaton(planned.node)
    automaton = _later(lambda: _by_automaton(planned.node))
    matcher = _translated(planned, automaton)
    return matcher if planned.longest is None else _up_to(planned.longest, matcher, automaton)


def _by_automaton(node: Node) -> Matcher:
    from contractgate_core.regex.automaton import compile_automaton  # few patterns need it

    search = compile_automaton(node).search

    def match(text: str) -> object:
        return search(text) or None

    return match


def _translated(planned: Plan, automaton: Matcher) -> Matcher:
    if not planned.is_split:
        return _compiled(planned, is_ascii=False)
    if planned.is_ascii_only:
        beyond = automaton
    else:
        beyond = _later(lambda: _compiled(planned, is_ascii=False))
    within = _compiled(planned, is_ascii=True)

    def split(text: str) -> object:
        return within(text) if text.isascii() else beyond(text)

    return split


def _compiled(planned: Plan, *, is_ascii: bool) -> Matcher:
    try:
        compiled = re.compile(translate(planned.node, is_ascii=is_ascii), FLAGS)
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


def _longest_text(node: Node, masks: Masks, is_anchored: bool) -> Optional[int]:
    """Return how long a text may be for `re` to be bounded well enough, or None for any length."""
    bounds = bounds_of(node, masks)
    visits = bounds.visits(is_anchored=is_anchored)
    if visits is not None and visits <= MOST_VISITS:
        return None
    if is_anchored and bounds.longest is not None and _is_affordable(bounds, bounds.longest, True):
        return None
    from contractgate_core.regex.paths import most_visits  # few patterns need it

    if most_visits(node, masks, is_anchored=is_anchored, limit=MOST_VISITS) is not None:
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
