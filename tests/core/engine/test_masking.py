"""Personal values: shown in the gateway's message, masked in everything of ours."""

from __future__ import annotations

from typing import Any

import pytest

from contractgate_core import InvalidEventError, Violation, ViolationKind
from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled

SECRET = "a secret"
MASKED = {"transform": {"kind": "redact"}}


def parent(child: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """Make an object field `o` around a field."""
    return {"name": "o", "type": "object", "properties": [{"type": "string", **child}], **keys}


CASES: list[Any] = [
    pytest.param(compiled({"name": "a", "pattern": "^x", **MASKED}), {"a": SECRET}, id="pattern"),
    pytest.param(compiled({"name": "a", "enum": ["x"], **MASKED}), {"a": SECRET}, id="enum"),
    pytest.param(
        compiled(parent({"name": "a", **MASKED}, enum=[1])),
        {"o": {"a": SECRET}},
        id="enum-around-it",
    ),
    pytest.param(
        compiled(
            {
                "name": "l",
                "type": "array",
                "enum": [1],
                "items": {"name": "x", "type": "string", **MASKED},
            }
        ),
        {"l": [SECRET]},
        id="enum-around-items",
    ),
    pytest.param(
        compiled({"name": "a", "enum": [1], "type": "any"}, {"name": "a", **MASKED}),
        {"a": SECRET},
        id="a-twin-declares-it",
    ),
    pytest.param(
        compiled({"name": "a", **MASKED}, quality=[{"type": "uniqueness", "field": "a"}]),
        {"a": SECRET},
        id="uniqueness",
    ),
    pytest.param(
        compiled(parent({"name": "a", **MASKED}), quality=[{"type": "uniqueness", "field": "o"}]),
        {"o": {"a": SECRET}},
        id="uniqueness-around-it",
    ),
]


@pytest.mark.parametrize(("validator", "event"), CASES)
def test_a_value_of_a_transformed_field_is_shown_nowhere(
    validator: CompiledContract, event: Any
) -> None:
    """The message holds it, since it is the gateway's; `repr` and errors do not."""
    result = validator.validate_batch([event, event])[1]
    assert any(SECRET in violation.message for violation in result.violations)
    assert SECRET not in repr(result)
    assert "[masked]" in repr(result)
    with pytest.raises(InvalidEventError) as caught:
        result.raise_for_violations()
    assert SECRET not in f"{caught.value} {caught.value!r}"


def test_numbers_that_metrics_and_freshness_read_inside_it_are_masked() -> None:
    """A path below a transformed field is part of its value."""
    validator = compiled(
        {"name": "a", **MASKED},
        metrics=[{"name": "m", "field": "a.n", "max": 1}],
        quality=[{"type": "freshness", "field": "a.n", "max_age_seconds": 1}],
    )
    shown = repr(validator.validate({"a": {"n": 424242}}, now=500_000))
    assert "424242" not in shown
    assert "75758" not in shown


def test_other_values_are_shown() -> None:
    """A report without them would help nobody."""
    shown = repr(compiled({"name": "a", "pattern": "^x"}).validate({"a": "plain"}))
    assert "plain" in shown


def test_a_field_that_shares_its_name_elsewhere_is_not_masked() -> None:
    """Only where the contract says so."""
    validator = compiled({"name": "a", "pattern": "^x"}, parent({"name": "a", **MASKED}))
    assert "plain" in repr(validator.validate({"a": "plain", "o": {"a": "y"}}))


def test_the_mark_is_neither_compared_nor_sent() -> None:
    """A violation from the engine equals one that was read from the wire."""
    (made,) = compiled({"name": "a"}).validate({}).violations
    read = Violation("a", "Required field 'a' is missing", ViolationKind.MISSING_REQUIRED_FIELD)
    assert made == read
    assert made.safe_message == made.message
    assert read.safe_message == read.message  # it holds no value
