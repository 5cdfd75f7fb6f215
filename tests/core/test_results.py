"""Verdicts as values."""

from __future__ import annotations

import pickle

import msgspec
import pytest

from contractgate_core import (
    EnvelopeViolation,
    InvalidEventError,
    ValidationResult,
    Violation,
    ViolationKind,
)

WIRE = b'{"field":"a","message":"m","kind":"type_mismatch"}'


def test_a_violation_is_on_the_wire_what_the_gateway_sends() -> None:
    """Three keys, with the kind as its word."""
    violation = msgspec.json.decode(WIRE, type=Violation)
    assert violation == Violation("a", "m", ViolationKind.TYPE_MISMATCH)
    assert msgspec.json.encode(violation) == WIRE


def test_a_kind_of_a_newer_gateway_is_kept() -> None:
    """It reads, compares and prints as its word."""
    newer = WIRE.replace(b"type_mismatch", b"moon_phase")
    violation = msgspec.json.decode(newer, type=Violation)
    assert violation.kind == "moon_phase"
    assert violation.kind.value == "moon_phase"
    assert isinstance(violation.kind, ViolationKind)
    assert ViolationKind("moon_phase") == violation.kind
    assert ViolationKind("moon_phase") not in list(ViolationKind)
    assert pickle.loads(pickle.dumps(violation)) == violation


def test_a_kind_prints_as_the_wire_word_on_every_python() -> None:
    """Python 3.11 changed what a mixed-in enum prints."""
    kind = ViolationKind.TYPE_MISMATCH
    assert f"{kind} {kind!s} {kind:>15}" == "type_mismatch type_mismatch   type_mismatch"
    assert {kind: 1}["type_mismatch"] == 1  # type: ignore[index]  # it is a str


def test_a_kind_is_a_word() -> None:
    """Nothing else can become one."""
    with pytest.raises(ValueError, match="7 is not a valid ViolationKind"):
        ViolationKind(7)


def test_the_repr_of_a_violation_from_the_wire_hides_its_value() -> None:
    """Nothing says whether its field is personal; what surrounds the value cannot be."""
    message = "Field 'a' value 4711 exceeds maximum 10"
    violation = Violation("a", message, ViolationKind.RANGE_VIOLATION)
    text = "Field 'a' value <hidden> exceeds maximum 10"
    assert repr(violation) == f"Violation(field='a', kind='range_violation', message=\"{text}\")"
    assert dict(violation.__rich_repr__())["message"] == text
    placed = EnvelopeViolation("a", message, ViolationKind.RANGE_VIOLATION, 3)
    assert repr(placed) == repr(violation).replace("Viol", "EnvelopeViol", 1).replace(
        '")', '", record_index=3)'
    )


def test_a_message_that_nobody_knows_is_hidden_as_a_whole() -> None:
    """A newer gateway may put anything into it."""
    violation = Violation("a", "value 4711", ViolationKind.RANGE_VIOLATION)
    assert repr(violation) == "Violation(field='a', kind='range_violation', message=<hidden>)"
    assert violation.safe_message is None


def test_a_result_raises_for_its_violations_on_request() -> None:
    """The error counts them and holds them."""
    violation = Violation("a", "value 4711", ViolationKind.RANGE_VIOLATION)
    with pytest.raises(InvalidEventError) as caught:
        ValidationResult(False, [violation, violation]).raise_for_violations()
    assert str(caught.value) == "a: range_violation (and 1 more)"
    assert caught.value.violations == [violation, violation]
    ValidationResult(True, []).raise_for_violations()
