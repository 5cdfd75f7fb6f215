"""The fields of a contract as checks that name every violation.

This is the readable reference of the engine: it stands beside docs/spec/validation.md, sections
3 and 4, rule by rule. A contract is read here once; the closures made of it hold all they need
and keep nothing between events, so threads may share them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Optional

from contractgate_core.contract.parts import FieldDefinition, FieldType
from contractgate_core.engine.render import debug_string, float_display, json_text
from contractgate_core.engine.secrets import Secrets
from contractgate_core.engine.violations import json_type, report, report_value
from contractgate_core.results import Violation, ViolationKind

__all__ = ["JSON_TYPES", "Check", "FieldCompiler", "Matcher", "Step", "ValueStep"]

Check = Callable[[Any, str, list[Violation]], None]
"""Called with a value, its path and the list to which violations are appended."""

Matcher = Callable[[str], object]


class ValueStep(NamedTuple):
    """The checks of one value.

    Attributes:
        check: Called with the value and its path.
        types: The Python types of the JSON values that the field's type allows.
        is_secret: Whether the value is personal, or something inside it is.
        inside: Builds the checks of an object's own fields; None if it has none.
        item: Builds the checks of an array's elements; None if it has none.
    """

    check: Check
    types: tuple[type, ...]
    is_secret: bool
    inside: Optional[Callable[[], list[Step]]] = None
    item: Optional[Callable[[], ValueStep]] = None


class Step(NamedTuple):
    """The checks of one field of an object.

    Attributes:
        name: The field's name.
        check: Called with the object and the prefix of its fields' paths; checks that a required
            field is present, and its value.
        value: The checks of a present value.
    """

    name: str
    check: Check
    value: ValueStep


_FEW_VALUES = 32

JSON_TYPES: dict[FieldType, tuple[type, ...]] = {
    FieldType.STRING: (str,),
    FieldType.INTEGER: (int,),
    FieldType.FLOAT: (float, int),
    FieldType.BOOLEAN: (bool,),
    FieldType.OBJECT: (dict,),
    FieldType.ARRAY: (list,),
    FieldType.ANY: (type(None), bool, int, float, str, list, dict),
    FieldType.DATE: (str,),
}
"""The Python types of the JSON values that each type of field allows."""


class FieldCompiler:
    """Builds the checks of one contract's fields.

    Args:
        matchers: The compiled pattern of each path text that has one. Patterns are looked up by
            the text of the path while an event is checked, as the gateway does, so that fields
            with one path text share one pattern.
        secrets: Knows which fields hold personal values.
        null_as_absent: Whether a JSON null counts as a missing key.
    """

    def __init__(
        self, matchers: Mapping[str, Matcher], secrets: Secrets, *, null_as_absent: bool
    ) -> None:
        self._matchers = matchers
        self._secrets = secrets
        self._null_as_absent = null_as_absent
        # Aliases can put one field in very many places; each field is compiled once.
        self._built: dict[tuple[int, bool], Check] = {}

    def fields(self, fields: Sequence[FieldDefinition], inside_secret: bool = False) -> Check:
        """Build the check of an object against a list of fields (section 3).

        Args:
            fields: The fields, in the contract's order.
            inside_secret: Whether the object is in, or is itself, the value of a transformed field.

        Returns:
            A check whose path is the prefix of the paths of the fields; empty at the top.
        """
        checks = [step.check for step in self.steps(fields, inside_secret)]

        def check(value: dict[str, Any], prefix: str, out: list[Violation]) -> None:
            for check_field in checks:
                check_field(value, prefix, out)

        return check

    def steps(self, fields: Sequence[FieldDefinition], inside_secret: bool = False) -> list[Step]:
        """Build the checks of an object, one for each of its fields; see `fields`."""
        twins = self._secrets.marked_twins(fields)
        return [self._step(field, inside_secret or field.name in twins) for field in fields]

    def _step(self, field: FieldDefinition, inside_secret: bool) -> Step:
        name, required = field.name, field.required
        check_value = self.value(field, inside_secret)
        null_as_absent = self._null_as_absent

        def check(value: dict[str, Any], prefix: str, out: list[Violation]) -> None:
            path = f"{prefix}.{name}" if prefix else name
            if name in value and not (null_as_absent and value[name] is None):
                check_value(value[name], path, out)
            elif required:
                kind = ViolationKind.MISSING_REQUIRED_FIELD
                report(out, path, kind, f"Required field '{name}' is missing")

        return Step(name, check, self._value_step(field, inside_secret))

    def _value_step(self, field: FieldDefinition, inside_secret: bool) -> ValueStep:
        check, types = self.value(field, inside_secret), JSON_TYPES[field.field_type]
        inside_secret = inside_secret or field.transform is not None
        is_secret = inside_secret or self._secrets.marks(field)
        if field.field_type is FieldType.OBJECT and field.properties is not None:
            inside = partial(self.steps, field.properties, inside_secret)
            return ValueStep(check, types, is_secret, inside)
        if field.field_type is FieldType.ARRAY and field.items is not None:
            item = partial(self._value_step, field.items, inside_secret)
            return ValueStep(check, types, is_secret, item=item)
        return ValueStep(check, types, is_secret)

    def value(self, field: FieldDefinition, inside_secret: bool = False) -> Check:
        """Build the check of one value (section 4); see `fields` for the arguments."""
        inside_secret = inside_secret or field.transform is not None
        key = (id(field), inside_secret)
        if key not in self._built:
            self._built[key] = self._build_value(field, inside_secret)
        return self._built[key]

    def _build_value(self, field: FieldDefinition, inside_secret: bool) -> Check:
        rules_by_type = {
            json: tuple(self._rules(field, json, inside_secret))
            for json in JSON_TYPES[field.field_type]
        }
        expected = field.field_type.name.capitalize()

        def check(value: object, path: str, out: list[Violation]) -> None:
            rules = rules_by_type.get(type(value))
            if rules is None:
                message = f"Field '{path}' expected type {expected}, got {json_type(value)}"
                report(out, path, ViolationKind.TYPE_MISMATCH, message)
                return
            for rule in rules:
                rule(value, path, out)

        return check

    def _rules(self, field: FieldDefinition, json: type, inside_secret: bool) -> list[Check]:
        """List the rules for a value of one JSON type, in the gateway's order."""
        is_secret = inside_secret or self._secrets.marks(field)
        rules: list[Optional[Check]] = []
        if json is str:
            rules += [_length(field)]
            rules += [_pattern(self._matchers, is_secret) if self._matchers else None]
            rules += [_date(is_secret) if field.field_type is FieldType.DATE else None]
        elif json in (int, float):
            rules += [_range(field, is_secret)]
        rules += [_enum(field.allowed_values, is_secret)]
        # The gateway reads `properties` and `items` only under these two types, not under `any`.
        if field.field_type is FieldType.OBJECT and field.properties is not None:
            rules += [self.fields(field.properties, inside_secret)]
        elif field.field_type is FieldType.ARRAY and field.items is not None:
            rules += [_items(self.value(field.items, inside_secret))]
        return [rule for rule in rules if rule is not None]


def _items(check_item: Check) -> Check:
    def check(value: list[Any], path: str, out: list[Violation]) -> None:
        for index, item in enumerate(value):
            check_item(item, f"{path}[{index}]", out)

    return check


def _length(field: FieldDefinition) -> Optional[Check]:
    low, high = field.min_length, field.max_length
    if low is None and high is None:
        return None

    def check(value: str, path: str, out: list[Violation]) -> None:
        length = len(value) if value.isascii() else len(value.encode())
        if low is not None and length < low:
            message = f"Field '{path}' length {length} is below minimum {low}"
            report(out, path, ViolationKind.LENGTH_VIOLATION, message)
        if high is not None and length > high:
            message = f"Field '{path}' length {length} exceeds maximum {high}"
            report(out, path, ViolationKind.LENGTH_VIOLATION, message)

    return check


def _pattern(matchers: Mapping[str, Matcher], is_secret: bool) -> Check:
    def check(value: str, path: str, out: list[Violation]) -> None:
        matches = matchers.get(path)
        if matches is not None and not matches(value):
            shown = (
                f"Field '{path}' value ",
                debug_string(value),
                " does not match required pattern",
            )
            report_value(out, path, ViolationKind.PATTERN_MISMATCH, shown, is_secret)

    return check


def _date(is_secret: bool) -> Check:
    from contractgate_core.engine.dates import is_calendar_date  # not every contract has dates

    after = " is not a valid calendar date (expected YYYY-MM-DD)"

    def check(value: str, path: str, out: list[Violation]) -> None:
        if not is_calendar_date(value):
            shown = (f"Field '{path}' value ", debug_string(value), after)
            report_value(out, path, ViolationKind.PATTERN_MISMATCH, shown, is_secret)

    return check


def _range(field: FieldDefinition, is_secret: bool) -> Optional[Check]:
    low, high = field.min, field.max
    if low is None and high is None:
        return None
    kind = ViolationKind.RANGE_VIOLATION
    below = "" if low is None else f" is below minimum {float_display(low)}"
    above = "" if high is None else f" exceeds maximum {float_display(high)}"

    def check(value: float, path: str, out: list[Violation]) -> None:
        # The gateway compares 64-bit floats; Python would compare an int exactly.
        number = float(value)
        if low is not None and number < low:
            shown = (f"Field '{path}' value ", float_display(value), below)
            report_value(out, path, kind, shown, is_secret)
        if high is not None and number > high:
            shown = (f"Field '{path}' value ", float_display(value), above)
            report_value(out, path, kind, shown, is_secret)

    return check


def _enum(allowed: Optional[Sequence[Any]], is_secret: bool) -> Optional[Check]:
    if allowed is None:
        return None
    scalars = frozenset((type(value), value) for value in allowed if not _is_container(value))
    containers = list(filter(_is_container, allowed))

    def is_allowed(value: Any) -> bool:
        if _is_container(value):
            return any(_is_same(value, other) for other in containers)
        return (type(value), value) in scalars

    # Written when it is first needed, and kept if it is short: aliases may make it very long.
    is_short = len(allowed) <= _FEW_VALUES and not containers
    kept: list[str] = []

    def check(value: object, path: str, out: list[Violation]) -> None:
        if not is_allowed(value):
            after = kept[0] if kept else _not_in(allowed)
            if is_short and not kept:
                kept.append(after)
            shown = (f"Field '{path}' value ", json_text(value), after)
            report_value(out, path, ViolationKind.ENUM_VIOLATION, shown, is_secret)

    return check


def _not_in(allowed: Sequence[Any]) -> str:
    return f" not in allowed set: [{', '.join(map(json_text, allowed))}]"


def _is_container(value: object) -> bool:
    return type(value) in (list, dict)


def _is_same(value: Any, other: Any) -> bool:
    """Compare JSON values with their types: 1, 1.0 and true are three values.

    This takes no longer than the event's value is large, however large aliases make the other.
    """
    if type(value) is not type(other):
        return False
    if type(value) is list:
        return len(value) == len(other) and all(map(_is_same, value, other))
    if type(value) is dict:
        return value.keys() == other.keys() and all(
            _is_same(value[key], other[key]) for key in value
        )
    return bool(value == other)
