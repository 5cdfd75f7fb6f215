"""What a contract demands of each place of an event, in the form from which fast readers are made.

Fields and rules speak about the same places. One `FieldPlan` gathers everything that they say about
a place. Whatever the fast readers cannot express makes the contract `Inexpressible`, or the place
`raw`, which leaves it to the exact reader. Nothing here ever decides that an event fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Optional

import msgspec

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.contract.parts import (
    ContractDefinition,
    FieldDefinition,
    FieldType,
    QualityRuleType,
)
from contractgate_core.engine.accept.bounds import INT64_HIGH, INT64_LOW
from contractgate_core.engine.accept.demands import (
    ANY_KIND,
    Demands,
    demands,
    stricter_bounds,
)
from contractgate_core.engine.exact import JSON_TYPES, Check, FieldCompiler
from contractgate_core.regex import Pattern
from contractgate_core.regex.texts import are_ascii, text_lengths
from contractgate_core.results import Violation

__all__ = ["FieldPlan", "Inexpressible", "Plan", "has_more_fields", "plan", "raw_keys"]

_MOST_PLACES = 5_000
_MOST_LEVELS = 16
"""Python allows twenty nested loops, which limits the source that is written for a contract."""

_COMPARED = (frozenset({str}), frozenset({int}))


class Inexpressible(Exception):
    """Raised if only the exact reader can judge by a contract."""


_NO_DEMANDS = frozenset(
    {
        "path",
        "required",
        "nullable",
        "is_secret",
        "is_ruled",
        "is_unique",
        "members",
        "item",
        "exact",
    }
)
"""The attributes of a plan that demand nothing of a value which is no null, list or object."""


class FieldPlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """All that must hold at one place of an event for it to pass.

    By default nothing must, so that a place of which rules alone speak demands what they do. Any
    other value of an attribute is a demand, unless the attribute is one of `_NO_DEMANDS`.

    Attributes:
        path: The place as in messages, which is also the key of its pattern.
        kinds: The Python types of the JSON values that pass, except None.
        required: Whether the key must be present.
        nullable: Whether a JSON null passes.
        low: The greatest lower bound of a number, by field or metric, or None.
        high: The least upper bound of a number, or None.
        min_bytes: The least length of a string in UTF-8 bytes.
        max_bytes: The greatest length, or None.
        min_chars: The least length in characters of a string that the pattern matches.
        max_chars: The greatest length, or None.
        is_pattern_ascii: Whether the pattern matches only ASCII strings.
        is_date: Whether a string must be a calendar date.
        pattern: The pattern that must match somewhere in a string, or None.
        is_secret: Whether the value is personal, so that nothing of it may be kept.
        allowed: The only values that pass, or None for any.
        max_age: How old a timestamp may be, in seconds, or None.
        is_ruled: Whether a metric or quality rule looks at the place, or at one inside it.
        is_unique: Whether the value is compared with those of other events.
        members: The places inside an object, by key; None if the contract says nothing about them.
        is_open: Whether keys other than those of `members` pass.
        item: The plan of every element of an array; None if the contract says nothing about them.
        exact: The exact checks of the fields at the place.
        is_raw: Whether the exact checks must be asked, since fast readers cannot express them.
    """

    path: str
    kinds: frozenset[type]
    required: bool = False
    nullable: bool = False
    low: Optional[float] = None
    high: Optional[float] = None
    min_bytes: int = 0
    max_bytes: Optional[int] = None
    min_chars: int = 0
    max_chars: Optional[int] = None
    is_pattern_ascii: bool = False
    is_date: bool = False
    pattern: Optional[Pattern] = None
    is_secret: bool = False
    allowed: Optional[Sequence[Any]] = None
    max_age: Optional[int] = None
    is_ruled: bool = False
    is_unique: bool = False
    members: Optional[Mapping[str, FieldPlan]] = None
    is_open: bool = True
    item: Optional[FieldPlan] = None
    exact: tuple[Check, ...] = ()
    is_raw: bool = False

    @property
    def demands_nothing(self) -> bool:
        """Whether every value passes but, maybe, null."""
        return all(
            getattr(self, name) == getattr(_ANYTHING, name)
            for name in self.__struct_fields__
            if name not in _NO_DEMANDS
        )

    def conforms_exactly(self, value: object) -> bool:
        """Return whether the exact checks find nothing in a value from the exact reader."""
        if value is None:
            return self.nullable
        found: list[Violation] = []
        for check in self.exact:
            check(value, self.path, found)
        return not found


_ANYTHING = FieldPlan(path="", kinds=ANY_KIND)


class Plan(NamedTuple):
    """What a contract demands of an event.

    Attributes:
        root: The plan of the whole event.
        unique_paths: The path of each uniqueness rule; None if readers may disagree about whether
            two values there are equal.
    """

    root: FieldPlan
    unique_paths: Optional[Sequence[Sequence[str]]]


def plan(
    contract: ContractDefinition, fields: FieldCompiler, patterns: Mapping[str, Pattern]
) -> Plan:
    """Gather what a contract says about each place.

    Args:
        contract: The contract.
        fields: Makes the exact checks of fields.
        patterns: The pattern of each path text that has one.

    Raises:
        Inexpressible: It says something that only the exact reader can judge.
    """
    # Such a path could also be the text of the path of an array element.
    if any("[" in path for path in patterns):
        raise Inexpressible("a pattern on a name with a bracket")
    levels = [1 + path.count(".") for path in _ruled_paths(contract)]
    if sum(levels) > _MOST_PLACES or max(levels, default=0) > _MOST_LEVELS:
        raise Inexpressible("more rules, or longer paths, than are worth it")
    planner = _Planner(fields, patterns, null_as_absent=contract.null_as_absent)
    is_open = not contract.compliance_mode
    ruled = demands(contract)
    declared = planner.members(contract.entities, "", 1, ruled)
    members = {**declared, **_undeclared(declared, ruled, "", is_open=is_open)}
    root = FieldPlan(
        path="", kinds=frozenset({dict}), required=True, members=members, is_open=is_open
    )
    return Plan(root, _unique_paths(contract, root))


def has_more_fields(contract: ContractDefinition, most: int) -> bool:
    """Return whether a contract has more than `most` fields, including nested ones."""
    number, waiting = 0, [*contract.entities]
    while waiting and number <= most:
        field = waiting.pop()
        number += 1
        waiting += field.properties or ()
        waiting += () if field.items is None else (field.items,)
    return number > most


def raw_keys(root: FieldPlan) -> Iterator[str]:
    """List the keys whose values are left to the exact checks.

    Raises:
        Inexpressible: One of them is inside an array.
    """
    for key, planned in (root.members or {}).items():
        if planned.is_raw:
            yield key
        else:
            yield from raw_keys(planned)
            if planned.item is not None and _has_raw(planned.item):
                raise Inexpressible("an element of an array that is left to the exact checks")


def _has_raw(planned: FieldPlan) -> bool:
    """Return whether a place, or one inside it, is left to the exact checks."""
    if planned.is_raw or (planned.item is not None and _has_raw(planned.item)):
        return True
    return any(map(_has_raw, (planned.members or {}).values()))


def _ruled_paths(contract: ContractDefinition) -> Iterator[str]:
    """List the paths of metrics and quality rules, each of which may add places."""
    yield from (metric.field for metric in contract.metrics if metric.field is not None)
    yield from (rule.field for rule in contract.quality)


class _Planner:
    """Plans fields, and counts them, since aliases can make very many of a few."""

    def __init__(
        self, fields: FieldCompiler, patterns: Mapping[str, Pattern], *, null_as_absent: bool
    ) -> None:
        self._fields = fields
        self._patterns = patterns
        self._null_as_absent = null_as_absent
        self._left = _MOST_PLACES
        # Very many fields may share a long pattern.
        self._lengths = cache(lambda pattern: text_lengths(pattern.plan.node))
        self._are_ascii = cache(lambda pattern: are_ascii(pattern.plan.node))

    def members(
        self,
        fields: Sequence[FieldDefinition],
        prefix: str,
        level: int,
        ruled: Demands,
        *,
        is_secret: bool = False,
    ) -> dict[str, FieldPlan]:
        """Plan the fields of one object; `is_secret` if it is inside a personal value."""
        members: dict[str, FieldPlan] = {}
        for field in fields:
            _check_name(field.name)
            path = f"{prefix}.{field.name}" if prefix else field.name
            demanded = ruled.member(field.name)
            planned = self._planned(field, path, level, demanded, is_secret, is_member=True)
            if field.name in members:
                planned = self._twin(members[field.name], planned)
            if planned.is_raw and demanded.is_ruled:
                raise Inexpressible("a rule on a place that is left to the exact checks")
            members[field.name] = planned
        return members

    def _twin(self, first: FieldPlan, second: FieldPlan) -> FieldPlan:
        """Plan a name that is declared twice, whose value must pass the checks of both fields."""
        required = first.required or second.required
        return msgspec.structs.replace(
            second,
            required=required,
            nullable=self._null_as_absent and not required,
            exact=(*first.exact, *second.exact),
            is_raw=True,
        )

    def _planned(
        self,
        field: FieldDefinition,
        path: str,
        level: int,
        ruled: Demands,
        is_secret: bool,
        *,
        is_member: bool = False,
    ) -> FieldPlan:
        self._left -= 1
        if not self._left or level > _MOST_LEVELS:
            raise Inexpressible("more places than are worth it")
        is_secret = is_secret or field.transform is not None
        allowed, pattern = field.allowed_values, self._patterns.get(path)
        kinds = ruled.kinds.intersection(JSON_TYPES[field.field_type])
        if ruled.has_timestamps and not kinds <= {dict}:
            raise Inexpressible("a freshness rule on a place that may be no object")
        low, high = stricter_bounds((field.min, field.max), ruled.bounds)
        min_chars, max_chars = (0, None) if pattern is None else self._lengths(pattern)
        return FieldPlan(
            path=path,
            kinds=kinds,
            required=(is_member and field.required) or ruled.must_be_present,
            nullable=self._is_nullable(field, ruled, is_member=is_member),
            low=low,
            high=high,
            min_bytes=max(field.min_length or 0, ruled.min_bytes),
            max_bytes=field.max_length,
            min_chars=min_chars,
            max_chars=max_chars,
            is_pattern_ascii=pattern is not None and self._are_ascii(pattern),
            is_date=field.field_type is FieldType.DATE,
            pattern=pattern,
            is_secret=is_secret,
            allowed=allowed,
            max_age=ruled.max_age,
            is_ruled=ruled.is_ruled,
            is_unique=ruled.is_unique,
            members=self._inside(field, path, level, ruled, is_secret),
            item=self._item(field, path, level, is_secret),
            exact=(self._fields.value(field),),
            is_raw=allowed is not None and not all(map(_is_comparable, allowed)),
        )

    def _is_nullable(self, field: FieldDefinition, ruled: Demands, *, is_member: bool) -> bool:
        if ruled.must_be_present or ruled.max_age is not None:
            return False
        if is_member and self._null_as_absent:
            return not field.required
        allowed = field.allowed_values
        return field.field_type is FieldType.ANY and (allowed is None or None in allowed)

    def _inside(
        self, field: FieldDefinition, path: str, level: int, ruled: Demands, is_secret: bool
    ) -> Optional[Mapping[str, FieldPlan]]:
        """Plan the members of an object; None if the contract says nothing about them."""
        declared: Optional[dict[str, FieldPlan]] = None
        if field.field_type is FieldType.OBJECT and field.properties is not None:
            properties = field.properties
            declared = self.members(properties, path, level + 1, ruled, is_secret=is_secret)
        undeclared = _undeclared(declared or {}, ruled, path)
        return declared if not undeclared else {**(declared or {}), **undeclared}

    def _item(
        self, field: FieldDefinition, path: str, level: int, is_secret: bool
    ) -> Optional[FieldPlan]:
        if field.field_type is not FieldType.ARRAY or field.items is None:
            return None
        return self._planned(field.items, f"{path}[0]", level + 1, Demands(), is_secret)


def _undeclared(
    declared: Mapping[str, FieldPlan], ruled: Demands, prefix: str, *, is_open: bool = True
) -> dict[str, FieldPlan]:
    """Plan the members of an object at which rules look although no field declares them.

    Args:
        declared: The declared members.
        ruled: The demands on the object.
        prefix: The path of the object.
        is_open: Whether undeclared members pass.
    """
    members: dict[str, FieldPlan] = {}
    for name, demanded in ruled.inside.items():
        if name in declared or not demanded.is_ruled:
            continue
        _check_name(name)
        kinds = demanded.kinds if is_open else frozenset[type]()
        if demanded.has_timestamps and not kinds <= {dict}:
            raise Inexpressible("a freshness rule on a place that may be no object")
        path = f"{prefix}.{name}" if prefix else name
        forbids_null = demanded.must_be_present or demanded.max_age is not None
        members[name] = FieldPlan(
            path=path,
            kinds=kinds,
            required=demanded.must_be_present,
            nullable=is_open and not forbids_null,
            low=demanded.bounds[0],
            high=demanded.bounds[1],
            min_bytes=demanded.min_bytes,
            max_age=demanded.max_age,
            is_ruled=True,
            is_unique=demanded.is_unique,
            members=_undeclared({}, demanded, path) or None,
        )
    return members


def _unique_paths(contract: ContractDefinition, root: FieldPlan) -> Optional[list[list[str]]]:
    """List the paths of uniqueness rules; None if readers may disagree about equality at one."""
    paths = [
        rule.field.split(".")
        for rule in contract.quality
        if rule.rule_type is QualityRuleType.UNIQUENESS
    ]
    return paths if all(_is_compared(root, path) for path in paths) else None


def _is_compared(root: FieldPlan, path: Sequence[str]) -> bool:
    """Return whether all readers agree about which values at a place are equal."""
    planned: Optional[FieldPlan] = root
    for name in path:
        planned = None if planned is None else (planned.members or {}).get(name)
    return planned is not None and not planned.is_raw and planned.kinds in _COMPARED


def _is_comparable(value: object) -> bool:
    """Return whether fast readers can compare with an allowed value."""
    if type(value) is int:
        return INT64_LOW <= value <= INT64_HIGH
    return value is None or type(value) is str


def _check_name(name: str) -> None:
    """Leave contracts that declare the reserved key to the exact reader, which refuses the key.

    Raises:
        Inexpressible: The name is the reserved key.
    """
    if name == RESERVED_KEY:
        raise Inexpressible("the reserved key")
