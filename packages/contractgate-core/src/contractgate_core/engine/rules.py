"""Metrics and quality rules: what a contract demands beyond its fields.

Source: docs/spec/validation.md, sections 5 and 6. Paths lead through objects only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional

from contractgate_core.contract.parts import (
    ContractDefinition,
    MetricDefinition,
    QualityRule,
    QualityRuleType,
)
from contractgate_core.engine.keys import Keys
from contractgate_core.engine.render import debug_string, float_display, json_text
from contractgate_core.engine.secrets import Secrets
from contractgate_core.engine.violations import found_without_value, report_value
from contractgate_core.results import Violation, ViolationKind

__all__ = [
    "MILLISECONDS_FROM",
    "BeginUniqueness",
    "Rule",
    "Uniqueness",
    "event_rules",
    "system_clock",
    "unique_values",
    "uniqueness_rules",
]

Rule = Callable[[dict[str, Any], Optional[int], list[Violation]], None]
"""Called with an event, the time and the list to which violations are appended.

The time is in whole Unix seconds, or None for the system's clock.
"""


def system_clock() -> int:
    """Return the system's time in whole Unix seconds."""
    return int(time.time())


_ABSENT = object()

MILLISECONDS_FROM = 1_700_000_000_000
"""A timestamp above this is in milliseconds."""


def event_rules(contract: ContractDefinition, secrets: Secrets) -> list[Rule]:
    """Build the rules for single events: metrics first, then quality, in the contract's order."""
    rules = [_metric(metric, secrets) for metric in contract.metrics]
    rules += [_quality(rule, secrets) for rule in contract.quality]
    return [rule for rule in rules if rule is not None]


def _read(event: Any, path: Sequence[str]) -> Any:
    for name in path:
        if type(event) is not dict or name not in event:
            return _ABSENT
        event = event[name]
    return event


def _metric(metric: MetricDefinition, secrets: Secrets) -> Optional[Rule]:
    field, low, high = metric.field, metric.min, metric.max
    if field is None or (low is None and high is None):
        return None
    path = field.split(".")
    is_secret = secrets.cover(path)
    kind = ViolationKind.METRIC_RANGE_VIOLATION
    before = f"Metric '{metric.name}' value "
    message = f"Metric '{metric.name}' field '{field}' is missing or not numeric"
    missing = found_without_value(field, ViolationKind.MISSING_REQUIRED_FIELD, message)

    def check(event: dict[str, Any], _: Optional[int], out: list[Violation]) -> None:
        value = _read(event, path)
        if type(value) not in (int, float):
            out += missing
            return
        number = float(value)
        if low is not None and number < low:
            after = f" is below minimum {float_display(low)} (field: '{field}')"
            report_value(out, field, kind, (before, float_display(number), after), is_secret)
        if high is not None and number > high:
            after = f" exceeds maximum {float_display(high)} (field: '{field}')"
            report_value(out, field, kind, (before, float_display(number), after), is_secret)

    return check


def _quality(rule: QualityRule, secrets: Secrets) -> Optional[Rule]:
    if rule.rule_type is QualityRuleType.COMPLETENESS:
        return _completeness(rule.field)
    if rule.rule_type is QualityRuleType.FRESHNESS and rule.max_age_seconds is not None:
        return _freshness(rule.field, rule.max_age_seconds, secrets)
    return None


def _completeness(field: str) -> Rule:
    path = field.split(".")
    kind = ViolationKind.COMPLETENESS_VIOLATION
    about = f"Quality completeness: field '{field}' is "
    absent = found_without_value(field, kind, f"{about}absent or null")
    empty = found_without_value(field, kind, f"{about}an empty string")

    def check(event: dict[str, Any], _: Optional[int], out: list[Violation]) -> None:
        value = _read(event, path)
        if value is _ABSENT or value is None:
            out += absent
        elif value == "":
            out += empty

    return check


def _freshness(field: str, max_age: int, secrets: Secrets) -> Rule:
    path = field.split(".")
    is_secret = secrets.cover(path)
    kind = ViolationKind.FRESHNESS_VIOLATION
    about = f"Quality freshness: field '{field}' "
    limit = _as_i64(max_age)
    none = found_without_value(field, kind, f"{about}is not a numeric Unix timestamp")

    def check(event: dict[str, Any], now: Optional[int], out: list[Violation]) -> None:
        value = _read(event, path)
        if value is _ABSENT:
            return
        if type(value) is not int or value != _as_i64(value):
            out += none
            return
        seconds = value // 1000 if value > MILLISECONDS_FROM else value
        age = _as_i64((system_clock() if now is None else now) - seconds)
        if age < 0 or age > limit:
            shown = (f"{about}timestamp is ", str(age), f"s old (max {max_age}s)")
            report_value(out, field, kind, shown, is_secret)

    return check


def _as_i64(number: int) -> int:
    """Wrap to a signed 64-bit number, as the gateway's arithmetic does."""
    return (number + 2**63) % 2**64 - 2**63


class Uniqueness:
    """One uniqueness rule at work on the events of one batch.

    Args:
        field: The path whose value must differ between events.
        is_secret: Whether that value is personal.
        keys: Remembers the values so far.
    """

    def __init__(self, field: str, is_secret: bool, keys: Keys) -> None:
        self._field = field
        self._path = field.split(".")
        self._is_secret = is_secret
        self._keys = keys

    def check(self, event: object, out: list[Violation]) -> None:
        """Append a violation if an earlier event had this event's value."""
        value = _read(event, self._path)
        self.check_value(None if value is _ABSENT else value, out)

    def check_value(self, value: object, out: list[Violation]) -> None:
        """Append a violation if a value, None if it is absent, has occurred before."""
        if value is None:
            return
        key = json_text(value)
        if not self._keys.add(key):
            before = "Quality uniqueness: duplicate value "
            shown = (before, debug_string(key), f" for field '{self._field}' in batch")
            report_value(
                out, self._field, ViolationKind.UNIQUENESS_VIOLATION, shown, self._is_secret
            )

    def close(self) -> None:
        """Forget all values."""
        self._keys.close()


BeginUniqueness = Callable[[Callable[[], Keys]], list[Uniqueness]]
"""Called with a factory of empty `Keys` when a batch begins; returns the rules for it."""


def uniqueness_rules(contract: ContractDefinition, secrets: Secrets) -> BeginUniqueness:
    """Prepare the uniqueness rules, which compare the events of a batch."""
    plan = [(rule.field, secrets.cover(rule.field.split("."))) for rule in _of_batches(contract)]
    return lambda make: [Uniqueness(field, is_secret, make()) for field, is_secret in plan]


def unique_values(contract: ContractDefinition) -> Callable[[object], Sequence[Any]]:
    """Make a function that returns the values that uniqueness rules compare; None if absent."""
    paths = [rule.field.split(".") for rule in _of_batches(contract)]

    def get(event: object) -> Sequence[Any]:
        found = [_read(event, path) for path in paths]
        return [None if value is _ABSENT else value for value in found]

    return get


def _of_batches(contract: ContractDefinition) -> Iterator[QualityRule]:
    return (one for one in contract.quality if one.rule_type is QualityRuleType.UNIQUENESS)
