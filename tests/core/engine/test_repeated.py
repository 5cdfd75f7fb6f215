"""Violations of values that repeat are found once, and are what the exact checks find."""

from __future__ import annotations

from typing import Any

import pytest

from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled


def prepared(**rules: Any) -> CompiledContract:
    judge = compiled({"name": "a", **rules}, {"name": "b", "required": False})
    judge.judge.prepare()
    return judge


def assert_same(judge: CompiledContract, event: dict[str, Any]) -> None:
    """Twice, as what is found first is kept."""
    for _ in range(2):
        found = judge.judge.violations(event, None)
        exact = judge.judge.exact_violations(event, None)
        assert found == exact
        assert [one.safe_message for one in found] == [one.safe_message for one in exact]


def test_events_share_what_is_found_in_a_value() -> None:
    """So that it is not written down again."""
    judge = prepared(pattern="^[a-z]+$")
    (first,) = judge.judge.violations({"a": "7"}, None)
    (second,) = judge.judge.violations({"a": "7", "b": "x"}, None)
    assert first is second


def test_nothing_is_kept_of_personal_values() -> None:
    """They are found anew each time, and are masked."""
    judge = prepared(pattern="^[a-z]+$", transform={"kind": "mask"})
    (first,) = judge.judge.violations({"a": "7"}, None)
    (second,) = judge.judge.violations({"a": "7"}, None)
    assert first is not second
    assert "[masked]" in (second.safe_message or "")


@pytest.mark.parametrize(
    "value", [1, True, 1.0, 0, -0.0, 0.0, "1", None, [1], {"a": 1}, "x" * 2000]
)
def test_equal_values_of_other_types_are_told_apart(value: object) -> None:
    """1, 1.0 and true are three values, and -0.0 is written otherwise than 0.0."""
    judge = prepared(type="any", enum=["nothing of these"])
    for before in (1, True, 1.0, 0, 0.0, "1", value):
        assert_same(judge, {"a": before})
    assert_same(judge, {})


def test_very_many_values_are_not_kept() -> None:
    """It begins anew now and then, and finds the same."""
    judge = prepared(type="integer", max=-1)
    for number in range(1000):
        assert_same(judge, {"a": number})
