"""Metrics and quality rules."""

from __future__ import annotations

import time
from typing import Any

import pytest

from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled

NOW = 1_712_000_100


def quality(rule: str, **keys: Any) -> CompiledContract:
    """Make a contract with one quality rule on `a.b`."""
    return compiled(quality=[{"type": rule, "field": "a.b", **keys}])


def messages(validator: CompiledContract, event: object) -> list[str]:
    """List the messages of an event's violations."""
    return [violation.message for violation in validator.validate(event, now=NOW).violations]


def test_a_metric_compares_as_floats_and_shows_them() -> None:
    """An integer is rounded to a 64-bit float before it is shown."""
    validator = compiled(metrics=[{"name": "m", "field": "a.b", "min": 0.5, "max": 10}])
    assert messages(validator, {"a": {"b": 5}}) == []
    assert messages(validator, {"a": {"b": 2**63}}) == [
        "Metric 'm' value 9223372036854776000 exceeds maximum 10 (field: 'a.b')"
    ]
    assert messages(validator, {"a": {"b": 0}}) == [
        "Metric 'm' value 0 is below minimum 0.5 (field: 'a.b')"
    ]


@pytest.mark.parametrize(
    "event", [{}, {"a": None}, {"a": {"b": True}}, {"a": [{"b": 1}]}, {"a.b": 1}]
)
def test_a_metric_follows_objects_only_and_wants_a_number(event: dict[str, Any]) -> None:
    """A list, a boolean and a key that looks like the path do not count."""
    validator = compiled(metrics=[{"name": "m", "field": "a.b", "min": 0}])
    assert messages(validator, event) == ["Metric 'm' field 'a.b' is missing or not numeric"]


@pytest.mark.parametrize("metric", [{"field": "a"}, {"min": 1, "max": 2}, {"formula": "x / y"}])
def test_a_metric_without_a_field_or_bounds_is_documentation(metric: dict[str, Any]) -> None:
    """It is skipped, whatever the event holds."""
    assert messages(compiled(metrics=[{"name": "m", **metric}]), {}) == []


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({}, "is absent or null"),
        ({"a": {"b": None}}, "is absent or null"),
        ({"a": {"b": ""}}, "is an empty string"),
    ],
)
def test_completeness_wants_a_value(event: dict[str, Any], message: str) -> None:
    """Absent, null and empty are three ways of having none."""
    assert messages(quality("completeness"), event) == [
        f"Quality completeness: field 'a.b' {message}"
    ]


def test_completeness_takes_every_other_value() -> None:
    """Zero, false and an empty list are values."""
    values: list[object] = [0, False, [], {}]
    assert all(messages(quality("completeness"), {"a": {"b": value}}) == [] for value in values)


@pytest.mark.parametrize(
    ("timestamp", "message"),
    [
        (NOW - 60, None),
        (NOW - 61, "timestamp is 61s old (max 60s)"),
        (NOW + 1, "timestamp is -1s old (max 60s)"),
        ((NOW - 61) * 1000 + 999, "timestamp is 61s old (max 60s)"),
        (float(NOW), "is not a numeric Unix timestamp"),
        (None, "is not a numeric Unix timestamp"),
        (True, "is not a numeric Unix timestamp"),
        (2**63, "is not a numeric Unix timestamp"),
        (-(2**63), "timestamp is -9223372035142775708s old (max 60s)"),
    ],
)
def test_freshness_reads_seconds_or_milliseconds(timestamp: object, message: str) -> None:
    """Ages are whole seconds in 64 bits; a time in the future is not fresh."""
    found = messages(quality("freshness", max_age_seconds=60), {"a": {"b": timestamp}})
    assert found == ([] if message is None else [f"Quality freshness: field 'a.b' {message}"])


def test_freshness_beyond_signed_64_bits_is_never_fresh() -> None:
    """The limit wraps to a negative one, but is shown as it was written."""
    found = messages(quality("freshness", max_age_seconds=2**63), {"a": {"b": NOW}})
    assert found == [
        "Quality freshness: field 'a.b' timestamp is 0s old (max 9223372036854775808s)"
    ]


def test_freshness_asks_the_system_clock_unless_it_is_told_the_time() -> None:
    """A timestamp of this minute is fresh without `now`."""
    validator = quality("freshness", max_age_seconds=60)
    assert validator.is_valid({"a": {"b": int(time.time())}})
    assert not validator.is_valid({"a": {"b": int(time.time())}}, now=NOW)


def test_rules_without_their_numbers_or_of_documentation_are_skipped() -> None:
    """Freshness without an age, and validity."""
    assert messages(quality("freshness"), {"a": {"b": "x"}}) == []
    assert messages(quality("validity"), {}) == []


def test_uniqueness_compares_json_in_a_batch_only() -> None:
    """1 and 1.0 are two values; objects are one whatever the order of their keys."""
    validator = quality("uniqueness")
    values: list[Any] = [1, 1.0, True, "1", {"x": 1, "y": 2}, {"y": 2, "x": 1}, None, None, 1]
    events: list[Any] = [{"a": {"b": value}} for value in values]
    found = [[v.message for v in result.violations] for result in validator.validate_batch(events)]
    about = "Quality uniqueness: duplicate value"
    assert found[5] == [f'{about} "{{\\"x\\":1,\\"y\\":2}}" for field \'a.b\' in batch']
    assert found[8] == [f"{about} \"1\" for field 'a.b' in batch"]
    assert [index for index, texts in enumerate(found) if texts] == [5, 8]
    assert validator.is_valid(events[0])


def test_uniqueness_starts_anew_with_every_batch() -> None:
    """A compiled contract remembers nothing."""
    validator = quality("uniqueness")
    event = {"a": {"b": 1}}
    assert all(validator.validate_batch([event])[0].passed for _ in range(2))


def test_uniqueness_passes_over_what_is_no_object() -> None:
    """Such an event has its own violation, and no value."""
    results = quality("uniqueness").validate_batch([1, 1, {}])
    assert [result.passed for result in results] == [False, False, True]
    assert [len(result.violations) for result in results] == [1, 1, 0]
