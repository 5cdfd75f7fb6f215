"""What metrics and quality rules demand of the places that they look at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Optional

from contractgate_core.contract.parts import ContractDefinition, QualityRuleType
from contractgate_core.engine.accept.bounds import ENDLESS

__all__ = ["ANY_KIND", "NUMBERS", "Demands", "demands", "stricter_bounds"]

ANY_KIND: frozenset[type] = frozenset({bool, int, float, str, list, dict})
"""The Python types of all JSON values, but for null."""
NUMBERS = frozenset({int, float})
"""The types of what JSON calls a number."""

_OBJECT = frozenset({dict})
_Bounds = tuple[Optional[float], Optional[float]]


class Demands:
    """What the rules demand of one place, and of those inside it.

    Attributes:
        is_ruled: A metric or a quality rule looks at the place, or at one inside it.
        is_there: The value must be there, and not be null.
        has_timestamps: Inside it is a timestamp that has to be fresh if it is there.
        is_unique: The value is compared with those of other events.
        kinds: The Python types of the JSON values that pass.
        bounds: Between which numbers one must be.
        min_bytes: The least length of a string in UTF-8 bytes.
        max_age: How old a timestamp may be, in seconds.
        inside: The demands on the members of an object, by key.
    """

    def __init__(self) -> None:
        self.is_ruled = self.is_there = self.has_timestamps = self.is_unique = False
        self.kinds = ANY_KIND
        self.bounds: _Bounds = (None, None)
        self.min_bytes = 0
        self.max_age: Optional[int] = None
        self.inside: dict[str, Demands] = {}

    def member(self, key: str) -> Demands:
        """Return the demands on a member of an object, of which there may be none."""
        return self.inside.get(key) or Demands()


def demands(contract: ContractDefinition) -> Demands:
    """Gather what the metrics and quality rules of a contract demand of an event."""
    root = Demands()
    for metric in contract.metrics:
        if metric.field is not None and (metric.min is not None or metric.max is not None):
            place = _there(root, metric.field)
            place.kinds &= NUMBERS
            place.bounds = stricter_bounds(place.bounds, (metric.min, metric.max))
    for rule in contract.quality:
        if rule.rule_type is QualityRuleType.COMPLETENESS:
            _there(root, rule.field).min_bytes = 1
        elif rule.rule_type is QualityRuleType.FRESHNESS and rule.max_age_seconds is not None:
            _fresh(root, rule.field, rule.max_age_seconds)
        elif rule.rule_type is QualityRuleType.UNIQUENESS:
            *_, place = _along(root, rule.field)
            place.is_unique = True
    return root


def stricter_bounds(first: _Bounds, second: _Bounds) -> _Bounds:
    """Return the bounds of numbers that are within both; a bound that is no number is none."""
    lows, highs = (
        [bound for bound in both if bound is not None and not math.isnan(bound)]
        for both in zip(first, second)
    )
    return max(lows, default=None), min(highs, default=None)


def _there(root: Demands, path: str) -> Demands:
    """Let a value be there, and not be null; return its place."""
    *outer, last = places = [*_ruled(root, path)]
    for place in places:
        place.is_there = True
    for place in outer:
        place.kinds &= _OBJECT
    return last


def _fresh(root: Demands, path: str, max_age: int) -> None:
    """Let a timestamp, if it is there, be fresh."""
    *outer, last = _ruled(root, path)
    for place in outer:
        place.has_timestamps = True
    last.kinds &= frozenset({int})
    # A contract may have very many rules on one place.
    last.max_age = max_age if last.max_age is None else _strictest(last.max_age, max_age)


def _strictest(first: int, second: int) -> int:
    """Return the one of two greatest ages that stands for both; one that is endless is left out."""
    return max(first, second) if max(first, second) >= ENDLESS else min(first, second)


def _ruled(root: Demands, path: str) -> Iterator[Demands]:
    """List the places on the path of a rule, which looks at all of them.

    So there is no value that a rule sees and the plan does not.
    """
    for place in _along(root, path):
        place.is_ruled = True
        yield place


def _along(root: Demands, path: str) -> Iterator[Demands]:
    place = root
    for name in path.split("."):
        place = place.inside.setdefault(name, Demands())
        yield place
