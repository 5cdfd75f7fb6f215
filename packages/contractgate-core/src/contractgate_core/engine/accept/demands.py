"""What metrics and quality rules demand of places in an event."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Optional

from contractgate_core.contract.parts import ContractDefinition, QualityRuleType
from contractgate_core.engine.accept.bounds import ENDLESS

__all__ = ["ANY_KIND", "KINDS", "NUMBERS", "Demands", "demands", "stricter_bounds"]

KINDS: tuple[type, ...] = (str, float, int, bool, list, dict)
"""The Python types of all JSON values except null, the most frequent first."""
ANY_KIND = frozenset(KINDS)
"""All of these."""
NUMBERS = frozenset({int, float})
"""The types of what JSON calls a number."""

_OBJECT = frozenset({dict})
_Bounds = tuple[Optional[float], Optional[float]]


class Demands:
    """What the rules demand of one place, and of the places inside it.

    Attributes:
        is_ruled: Whether a metric or quality rule looks at the place, or at one inside it.
        must_be_present: Whether the value must be present, and not null.
        has_timestamps: Whether a place inside it has a timestamp that must be fresh if present.
        is_unique: Whether the value is compared with those of other events.
        kinds: The Python types of the JSON values that pass.
        bounds: The least and the greatest number that pass, each None for no bound.
        min_bytes: The least length of a string in UTF-8 bytes.
        max_age: How old a timestamp may be, in seconds, or None.
        inside: The demands on the members of an object, by key.
    """

    def __init__(self) -> None:
        self.is_ruled = self.must_be_present = self.has_timestamps = self.is_unique = False
        self.kinds = ANY_KIND
        self.bounds: _Bounds = (None, None)
        self.min_bytes = 0
        self.max_age: Optional[int] = None
        self.inside: dict[str, Demands] = {}

    def member(self, key: str) -> Demands:
        """Return the demands on a member of an object; there may be none."""
        return self.inside.get(key) or Demands()


def demands(contract: ContractDefinition) -> Demands:
    """Gather what the metrics and quality rules of a contract demand of an event."""
    root = Demands()
    for metric in contract.metrics:
        if metric.field is not None and (metric.min is not None or metric.max is not None):
            place = _require_present(root, metric.field)
            place.kinds &= NUMBERS
            place.bounds = stricter_bounds(place.bounds, (metric.min, metric.max))
    for rule in contract.quality:
        if rule.rule_type is QualityRuleType.COMPLETENESS:
            _require_present(root, rule.field).min_bytes = 1
        elif rule.rule_type is QualityRuleType.FRESHNESS and rule.max_age_seconds is not None:
            _require_fresh(root, rule.field, rule.max_age_seconds)
        elif rule.rule_type is QualityRuleType.UNIQUENESS:
            *_, place = _places(root, rule.field)
            place.is_unique = True
    return root


def stricter_bounds(first: _Bounds, second: _Bounds) -> _Bounds:
    """Return the bounds that together mean the same as both; a NaN bounds nothing."""
    lows, highs = (
        [bound for bound in both if bound is not None and not math.isnan(bound)]
        for both in zip(first, second)
    )
    return max(lows, default=None), min(highs, default=None)


def _require_present(root: Demands, path: str) -> Demands:
    """Demand that a value is present and not null; return the demands on its place."""
    *outer, last = places = [*_ruled_places(root, path)]
    for place in places:
        place.must_be_present = True
    for place in outer:
        place.kinds &= _OBJECT
    return last


def _require_fresh(root: Demands, path: str, max_age: int) -> None:
    """Demand that a timestamp is fresh if it is present."""
    *outer, last = _ruled_places(root, path)
    for place in outer:
        place.has_timestamps = True
    last.kinds &= frozenset({int})
    # A contract may have very many rules for one place, so only one age is kept.
    last.max_age = max_age if last.max_age is None else _strictest(last.max_age, max_age)


def _strictest(first: int, second: int) -> int:
    """Return the stricter of two ages; `ENDLESS` is strictest, since it makes nothing certain."""
    return max(first, second) if max(first, second) >= ENDLESS else min(first, second)


def _ruled_places(root: Demands, path: str) -> Iterator[Demands]:
    """Mark and list the places on the path of a rule, which looks at all of them.

    So the plan has every value that a rule sees.
    """
    for place in _places(root, path):
        place.is_ruled = True
        yield place


def _places(root: Demands, path: str) -> Iterator[Demands]:
    place = root
    for name in path.split("."):
        place = place.inside.setdefault(name, Demands())
        yield place
