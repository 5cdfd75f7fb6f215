"""Results are true only if nothing failed: `assert validate(event)` says what it seems to."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
import pytest

from contractgate_core import (
    EnvelopeResult,
    InvalidEventError,
    ValidationResult,
    Violation,
    ViolationKind,
    models,
)
from contracts import compiled

VIOLATION = {"field": "a", "message": "m", "kind": "type_mismatch"}
GOOD = {"passed": True, "violations": [], "contract_version": "1"}
BAD = {"passed": False, "violations": [VIOLATION], "contract_version": "1"}
BATCH = {"total": 2, "resolved_version": "1"}
MIXED = {**BATCH, "passed": 1, "failed": 1, "results": [GOOD, BAD]}
SUMS = {"total": 2, "broken": [], "failed_indexes": []}
EGRESS = {**BATCH, "payload": []}
OUT, HELD = {**GOOD, "index": 0, "action": "included"}, {**BAD, "index": 1, "action": "blocked"}
AGAIN, NOT_AGAIN = {"event_id": "1", "passed": True}, {"event_id": "2", "passed": False}
REPLAYED = {"quarantine_id": "1", "outcome": "replayed"}
KEPT = {"quarantine_id": "2", "outcome": "still_quarantined"}

CASES: list[tuple[type[Any], dict[str, Any], dict[str, Any]]] = [
    (ValidationResult, {"passed": True}, {"passed": False, "violations": [VIOLATION]}),
    (
        EnvelopeResult,
        {"passed": 2, "quarantined": 0, "violations": []},
        {"passed": 1, "quarantined": 1, "violations": []},
    ),
    (models.IngestEventResult, GOOD, BAD),
    (
        models.BatchIngestResponse,
        {**BATCH, "passed": 2, "failed": 0, "results": [GOOD, GOOD]},
        MIXED,
    ),
    (
        models.EnvelopeResponse,
        {"passed": 0, "quarantined": 0, "violations": []},
        {"passed": 2, "quarantined": 1, "violations": []},
    ),
    (models.IngestTotals, {**SUMS, "passed": 2, "failed": 0}, {**SUMS, "passed": 1, "failed": 1}),
    (models.EgressOutcome, OUT, HELD),
    (
        models.EgressResponse,
        {**EGRESS, "passed": 2, "failed": 0, "outcomes": [OUT, OUT]},
        {**EGRESS, "passed": 1, "failed": 1, "outcomes": [OUT, HELD]},
    ),
    (models.PlaygroundResponse, GOOD, BAD),
    (models.ReplayOutcome, AGAIN, NOT_AGAIN),
    (models.ReplayResponse, {"outcomes": [AGAIN]}, {"outcomes": [AGAIN, NOT_AGAIN]}),
    (models.ContractReplayResult, REPLAYED, KEPT),
    (
        models.ContractReplayResponse,
        {"results": [REPLAYED], "total": 1},
        {"results": [REPLAYED, KEPT], "total": 2},
    ),
]


@pytest.mark.parametrize(
    ("kind", "good", "bad"), CASES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_result_is_true_only_if_nothing_failed(
    kind: type[Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """Even one whose `passed` is a count."""
    assert models.read(msgspec.json.encode(good), kind)
    assert not models.read(msgspec.json.encode(bad), kind)


@pytest.mark.parametrize(
    ("kind", "good", "bad"), CASES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_result_that_is_false_raises_on_request(
    kind: type[Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """One that is true does nothing; the error is the same for all, and can be pickled."""
    assert models.read(msgspec.json.encode(good), kind).raise_for_violations() is None
    with pytest.raises(InvalidEventError) as caught:
        models.read(msgspec.json.encode(bad), kind).raise_for_violations()
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is InvalidEventError
    assert (str(again), again.violations) == (str(caught.value), caught.value.violations)


VIOLATIONS = [
    {"field": name, "message": f"Required field '{name}' is missing", "kind": "type_mismatch"}
    for name in "abc"
]
WORSE = {**BAD, "violations": VIOLATIONS[1:]}


@pytest.mark.parametrize(
    ("kind", "data", "message", "fields"),
    [
        (models.IngestEventResult, WORSE, "Required field 'b' is missing (and 1 more)", "bc"),
        (models.IngestEventResult, {**BAD, "violations": []}, "the event did not pass", ""),
        (
            models.BatchIngestResponse,
            {**MIXED, "total": 3, "failed": 2, "results": [GOOD, WORSE, BAD]},
            "2 of 3 events did not pass; at index 1: Required field 'b' is missing (and 1 more)",
            "bca",
        ),
        (
            models.DeprecatedBatchResponse,
            {
                "error": "deprecated",
                "total": 1,
                "failed": 1,
                "results": [{**BAD, "violations": []}],
            },
            "1 of 1 events did not pass",
            "",
        ),
        (
            models.LegacyDeprecatedResponse,
            {"error": "deprecated", "batch": {**MIXED, "results": [GOOD, BAD]}},
            "1 of 2 events did not pass; at index 1: a: type_mismatch",
            "a",
        ),
        (
            models.EgressResponse,
            {**EGRESS, "passed": 1, "failed": 1, "outcomes": [OUT, HELD]},
            "1 of 2 events did not pass; at index 1: a: type_mismatch",
            "a",
        ),
        (
            models.IngestTotals,
            {
                **SUMS,
                "passed": 0,
                "failed": 2,
                "broken": [
                    {
                        "field": "a",
                        "kind": "type_mismatch",
                        "count": 2,
                        "first_index": 0,
                        "first": VIOLATION,
                    }
                ],
            },
            "2 of 2 events did not pass; most often a: type_mismatch (2 times)",
            "a",
        ),
    ],
)
def test_the_error_says_how_many_failed_and_shows_the_first(
    kind: type[Any], data: dict[str, Any], message: str, fields: str
) -> None:
    """It has all broken rules, in the order of the events, and shows no value."""
    with pytest.raises(InvalidEventError) as caught:
        models.read(msgspec.json.encode(data), kind).raise_for_violations()
    assert str(caught.value) == message
    assert "".join(violation.field for violation in caught.value.violations) == fields


def test_a_refused_pin_is_never_true() -> None:
    """Every one of its events is quarantined."""
    refused = {"error": "deprecated", "total": 1, "failed": 1, "results": [BAD]}
    assert not models.read(msgspec.json.encode(refused), models.DeprecatedBatchResponse)
    legacy = {"error": "deprecated", "batch": {**MIXED, "passed": 0, "failed": 2}}
    assert not models.read(msgspec.json.encode(legacy), models.LegacyDeprecatedResponse)


def test_each_model_that_says_what_passed_has_a_truth() -> None:
    """A new model must be in the cases above; rows of the audit and of reports are not results."""
    told = {"passed", "failed", "quarantined", "replayed"}
    results = {
        value
        for value in map(models.__dict__.get, models.__all__)
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and told & set(value.__struct_fields__)
    }
    rows = {models.AuditEntry, *(kind for kind in results if kind.__module__.endswith("reports"))}
    assert {kind for kind in results if "__bool__" not in dir(kind)} == rows


def test_a_verdict_is_true_only_if_the_event_passed() -> None:
    """As the local validator returns it."""
    contract = compiled({"name": "a", "type": "integer"})
    assert contract.validate({"a": 1})
    assert not contract.validate({"a": "x"})
    assert [bool(result) for result in contract.validate_batch([{"a": 1}, {"a": "x"}])] == [
        True,
        False,
    ]
    assert not ValidationResult(False, [Violation("a", "m", ViolationKind.TYPE_MISMATCH)])
