"""What a contract demands of each place of an event, in a form that fast readers can be made of.

Fields and rules speak about the same places: here all that is said of a place is gathered in one
`FieldPlan`. Whatever the fast readers cannot express makes the contract `Inexpressible`, or the
place `raw`, which leaves it to the exact reader. Nothing here ever decides that an event fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import cache, reduce
from typing import Any, Optional

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.contract.parts import (
    ContractDefinition,
    FieldDefinition,
    FieldType,
    QualityRuleType,
)
from contractgate_core.engine.accept.bounds import INT64_HIGH, INT64_LOW
from contractgate_core.engine.accept.moments import strictest
from contractgate_core.engine.exact import Check, FieldCompiler
from contractgate_core.regex import Pattern
from contractgate_core.regex.texts import are_ascii, text_lengths

__all__ = ["NUMBERS", "FieldPlan", "Inexpressible", "has_more_fields", "plan", "raw_keys"]

_MOST_SPOTS = 5_000
_MOST_LEVELS = 16
"""Python allows twenty loops inside each other in what is written for a contract."""

_KINDS: Mapping[FieldType, frozenset[type]] = {
    FieldType.STRING: frozenset({str}),
    FieldType.INTEGER: frozenset({int}),
    FieldType.FLOAT: frozenset({int, float}),
    FieldType.BOOLEAN: frozenset({bool}),
    FieldType.OBJECT: frozenset({dict}),
    FieldType.ARRAY: frozenset({list}),
    FieldType.ANY: frozenset({bool, int, float, str, list, dict}),
    FieldType.DATE: frozenset({str}),
}
NUMBERS = frozenset({int, float})
"""The types of what JSON calls a number."""

_COMPARED = (frozenset({str}), frozenset({int}))


class Inexpressible(Exception):
    """Only the exact reader can judge by this contract."""


class FieldPlan:
    """All that must hold at one place of an event for it to pass.

    Attributes:
        path: The place, as in messages; by it patterns are found.
        kinds: The Python types of the JSON values that pass, but for None.
        required: The key must be there.
        nullable: A JSON null passes.
        low: The greatest lower bound of a number, or None.
        high: The least upper bound of a number, or None.
        has_edge_values: Values that passed stood where types cannot say it: numbers on an edge,
            strings that are short enough in bytes only. Without it, these are not accepted.
        has_long_keys: Values that passed had keys, of which the contract says nothing, that are as
            long as the reserved one. Without it, these are not accepted.
        min_bytes: The least length of a string in UTF-8 bytes.
        max_bytes: The greatest one, or None.
        min_chars: The least length in characters of a string that the pattern matches.
        max_chars: The greatest one, or None.
        is_ascii: The pattern matches strings of ASCII alone.
        is_date: A string must be a calendar date.
        pattern: The pattern that a string must match somewhere, or None.
        is_secret: The value is personal, so nothing of it may be kept.
        allowed: The only values that pass, or None for any.
        max_ages: Freshness rules on the value, in seconds.
        is_ruled: A metric or a quality rule speaks of the place, or of one inside it.
        unique_paths: Of the whole event, the path of each uniqueness rule; None if a value there
            may be read in two ways.
        is_unique: The value is compared with those of other events.
        members: The places inside an object, by key; None if nothing is said of them.
        is_open: Keys beyond `members` pass.
        item: Every element of an array; None if nothing is said of them.
        exact: The exact checks of the fields that speak of the place.
        is_raw: They must be asked, since the fast readers cannot express what they demand.
    """

    def __init__(self, path: str, kinds: frozenset[type], *, required: bool = False) -> None:
        self.path = path
        self.kinds = kinds
        self.required = required
        self.nullable = False
        self.low: Optional[float] = None
        self.high: Optional[float] = None
        self.has_edge_values = False
        self.has_long_keys = False
        self.min_bytes = 0
        self.max_bytes: Optional[int] = None
        self.min_chars = 0
        self.max_chars: Optional[int] = None
        self.is_ascii = False
        self.is_date = False
        self.pattern: Optional[Pattern] = None
        self.is_secret = False
        self.allowed: Optional[Sequence[Any]] = None
        self.max_ages: list[int] = []
        self.is_ruled = False
        self.unique_paths: Optional[list[tuple[str, ...]]] = []
        self.is_unique = False
        self.members: Optional[dict[str, FieldPlan]] = None
        self.is_open = True
        self.item: Optional[FieldPlan] = None
        self.exact: list[Check] = []
        self.is_raw = False

    def copy(self) -> FieldPlan:
        """Copy the place and all inside it, for someone who notes there what events teach."""
        copied = copy(self)
        if self.members is not None:
            copied.members = {key: member.copy() for key, member in self.members.items()}
        copied.item = None if self.item is None else self.item.copy()
        return copied

    def bound(self, low: Optional[float], high: Optional[float]) -> None:
        """Let numbers be within further bounds; a bound that is no number is none."""
        if low is not None and not math.isnan(low):
            self.low = low if self.low is None else max(low, self.low)
        if high is not None and not math.isnan(high):
            self.high = high if self.high is None else min(high, self.high)


def plan(
    contract: ContractDefinition, fields: FieldCompiler, patterns: Mapping[str, Pattern]
) -> FieldPlan:
    """Gather what a contract says of each place.

    Args:
        contract: The contract.
        fields: Makes the exact checks of places that are left to them.
        patterns: The pattern of each path text that has one.

    Returns:
        The place of the whole event.

    Raises:
        Inexpressible: It says something that only the exact reader can judge.
    """
    # Such a path could be the text of an array's element, too.
    if any("[" in path for path in patterns):
        raise Inexpressible("a pattern on a name with a bracket")
    levels = [1 + path.count(".") for path in _ruled_paths(contract)]
    if sum(levels) > _MOST_SPOTS or max(levels, default=0) > _MOST_LEVELS:
        raise Inexpressible("more rules, or longer paths, than are worth it")
    root = FieldPlan("", frozenset({dict}), required=True)
    planner = _Planner(fields, patterns, null_as_absent=contract.null_as_absent)
    root.members = planner.members(contract.entities, "", 1)
    root.is_open = not contract.compliance_mode
    for metric in contract.metrics:
        if metric.field is not None and (metric.min is not None or metric.max is not None):
            planned = _demand(root, metric.field)
            planned.kinds &= NUMBERS
            planned.bound(metric.min, metric.max)
    for rule in contract.quality:
        if rule.rule_type is QualityRuleType.COMPLETENESS:
            planned = _demand(root, rule.field)
            planned.min_bytes = max(planned.min_bytes, 1)
        elif rule.rule_type is QualityRuleType.FRESHNESS and rule.max_age_seconds is not None:
            _demand_freshness(root, rule.field, rule.max_age_seconds)
    root.unique_paths = _unique_paths(contract, root)
    return root


def has_more_fields(contract: ContractDefinition, most: int) -> bool:
    """Return whether a contract has more fields than so many, those inside others included."""
    number, waiting = 0, [*contract.entities]
    while waiting and number <= most:
        field = waiting.pop()
        number += 1
        waiting += field.properties or ()
        waiting += () if field.items is None else (field.items,)
    return number > most


def _ruled_paths(contract: ContractDefinition) -> Iterator[str]:
    """List the paths of metrics and quality rules, each of which may make places of its own."""
    yield from (metric.field for metric in contract.metrics if metric.field is not None)
    yield from (rule.field for rule in contract.quality)


class _Planner:
    """Makes plans of fields; counts them, since aliases can make very many of few."""

    def __init__(
        self, fields: FieldCompiler, patterns: Mapping[str, Pattern], *, null_as_absent: bool
    ) -> None:
        self._fields = fields
        self._patterns = patterns
        self._null_as_absent = null_as_absent
        self._left = _MOST_SPOTS
        # Very many fields may share a long pattern.
        self._lengths = cache(lambda pattern: text_lengths(pattern.plan.node))
        self._are_ascii = cache(lambda pattern: are_ascii(pattern.plan.node))

    def members(
        self, fields: Sequence[FieldDefinition], prefix: str, level: int, *, is_secret: bool = False
    ) -> dict[str, FieldPlan]:
        """Plan the fields of one object, which may be inside a personal value."""
        members: dict[str, FieldPlan] = {}
        for field in fields:
            path = f"{prefix}.{field.name}" if prefix else field.name
            _check_name(field.name)
            planned = self._planned(field, path, level, is_secret)
            planned.required = field.required
            if self._null_as_absent:
                planned.nullable = not field.required
            if field.name in members:
                planned = self._twin(members[field.name], planned)
            members[field.name] = planned
        return members

    def _twin(self, first: FieldPlan, second: FieldPlan) -> FieldPlan:
        """Let a name that is declared twice satisfy the exact checks of both."""
        second.required |= first.required
        second.nullable = self._null_as_absent and not second.required
        second.exact = [*first.exact, *second.exact]
        second.is_raw = True
        return second

    def _planned(self, field: FieldDefinition, path: str, level: int, is_secret: bool) -> FieldPlan:
        self._left -= 1
        if not self._left or level > _MOST_LEVELS:
            raise Inexpressible("more places than are worth it")
        planned = FieldPlan(path, _KINDS[field.field_type])
        planned.is_secret = is_secret = is_secret or field.transform is not None
        allowed = field.allowed_values
        planned.nullable = field.field_type is FieldType.ANY and (
            allowed is None or None in allowed
        )
        planned.bound(field.min, field.max)
        planned.min_bytes, planned.max_bytes = field.min_length or 0, field.max_length
        planned.is_date = field.field_type is FieldType.DATE
        if path in self._patterns:
            planned.pattern = self._patterns[path]
            planned.min_chars, planned.max_chars = self._lengths(planned.pattern)
            planned.is_ascii = self._are_ascii(planned.pattern)
        planned.allowed = allowed
        planned.exact = [self._fields.value(field)]
        planned.is_raw = allowed is not None and not all(map(_is_plain, allowed))
        if field.field_type is FieldType.OBJECT and field.properties is not None:
            planned.members = self.members(field.properties, path, level + 1, is_secret=is_secret)
        elif field.field_type is FieldType.ARRAY and field.items is not None:
            planned.item = self._planned(field.items, f"{path}[0]", level + 1, is_secret)
        return planned


def raw_keys(root: FieldPlan) -> Iterator[str]:
    """List the keys whose values are left to the exact checks.

    Raises:
        Inexpressible: There is one inside an array.
    """
    for key, planned in (root.members or {}).items():
        if planned.is_raw:
            yield key
        else:
            yield from raw_keys(planned)
            if planned.item is not None and _has_raw(planned.item):
                raise Inexpressible("an element of an array that is left to the exact checks")


def _has_raw(planned: FieldPlan) -> bool:
    """Tell whether a place, or one inside it, is left to the exact checks."""
    if planned.is_raw or (planned.item is not None and _has_raw(planned.item)):
        return True
    return any(map(_has_raw, (planned.members or {}).values()))


def _unique_paths(contract: ContractDefinition, root: FieldPlan) -> Optional[list[tuple[str, ...]]]:
    """Find the places whose values must differ from event to event, and mark them."""
    paths: list[tuple[str, ...]] = []
    for rule in contract.quality:
        if rule.rule_type is not QualityRuleType.UNIQUENESS:
            continue
        planned: Optional[FieldPlan] = root
        for name in rule.field.split("."):
            planned = planned.members.get(name) if planned is not None and planned.members else None
        if planned is None or planned.is_raw or planned.kinds not in _COMPARED:
            return None
        planned.is_unique = True
        paths.append(tuple(rule.field.split(".")))
    return paths


def _is_plain(value: object) -> bool:
    """Tell whether the fast readers can compare with a value of an enum."""
    if type(value) is int:
        return INT64_LOW <= value <= INT64_HIGH
    return value is None or type(value) is str


def _demand(root: FieldPlan, path: str) -> FieldPlan:
    """Let a value be there, and not be null, where a rule looks; give its place."""
    plans = _ruled(root, path)
    for planned in plans:
        planned.required, planned.nullable = True, False
    for planned in plans[:-1]:
        planned.kinds &= frozenset({dict})
    return plans[-1]


def _demand_freshness(root: FieldPlan, path: str, max_age: int) -> None:
    """Let a timestamp, if it is there, be fresh."""
    *outer, planned = _ruled(root, path)
    if not all(one.kinds <= {dict} for one in outer):
        raise Inexpressible("a freshness rule on a place that may be no object")
    planned.kinds &= frozenset({int})
    planned.nullable = False
    # A contract may have very many rules on one place.
    planned.max_ages = [reduce(strictest, planned.max_ages, max_age)]


def _ruled(root: FieldPlan, path: str) -> list[FieldPlan]:
    """Find the places on the path of a rule, and mark them; the rule looks at the last one.

    So there is no value that a rule sees and the plan does not.
    """
    plans: list[FieldPlan] = []
    planned = root
    for name in path.split("."):
        planned = _member(planned, name)
        planned.is_ruled = True
        plans.append(planned)
    if planned.is_raw:
        raise Inexpressible("a rule on a place that is left to the exact checks")
    return plans


def _member(planned: FieldPlan, name: str) -> FieldPlan:
    """Find a key of an object, declared or not; nothing passes at one that must not be there."""
    if planned.is_raw:
        raise Inexpressible("a rule inside a place that is left to the exact checks")
    if planned.members is None:
        planned.members = {}
    _check_name(name)
    if name not in planned.members:
        kinds = _KINDS[FieldType.ANY] if planned.is_open else frozenset[type]()
        planned.members[name] = FieldPlan(f"{planned.path}.{name}", kinds)
        planned.members[name].nullable = planned.is_open
    return planned.members[name]


def _check_name(name: str) -> None:
    """Leave it to the readers of events to refuse a reserved key, even if it is declared.

    Raises:
        Inexpressible: It is that.
    """
    if name == RESERVED_KEY:
        raise Inexpressible("the reserved key")
