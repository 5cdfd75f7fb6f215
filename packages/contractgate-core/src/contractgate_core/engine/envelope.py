"""Envelopes: one object that carries a list of records.

Source: docs/spec/validation.md, section 9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Optional

from contractgate_core.contract.parts import EnvelopeDefinition
from contractgate_core.engine.violations import json_type, report
from contractgate_core.results import EnvelopeViolation, Violation, ViolationKind, with_safe_message

__all__ = ["EnvelopeVerdict", "judge_envelope"]

EnvelopeVerdict = tuple[int, int, list[EnvelopeViolation]]
"""How many records passed, how many did not, and why."""

_MISSING = ViolationKind.MISSING_REQUIRED_FIELD
_MISMATCH = ViolationKind.TYPE_MISMATCH


def judge_envelope(
    envelope: EnvelopeDefinition,
    payload: object,
    judge_record: Callable[[object], list[Violation]],
) -> EnvelopeVerdict:
    """Judge an envelope and, if it is sound, each of its records.

    Args:
        envelope: What the contract says about its envelope.
        payload: The decoded JSON value.
        judge_record: Finds the violations of one record.
    """
    if type(payload) is not dict:
        faults: list[Violation] = []
        report(faults, "<root>", _MISMATCH, "Envelope payload must be a JSON object")
        return 0, 1, [*_at(0, faults)]
    faults = _wrapper_faults(payload) if envelope.validate_wrapper else []
    records = _records(envelope.records_path, payload, faults)
    if records is None or faults:
        return 0, max(len(records or ()), 1), [*_at(0, faults)]
    failed = 0
    placed: list[EnvelopeViolation] = []
    for index, record in enumerate(records):
        found = judge_record(record)
        failed += bool(found)
        placed += _at(index, found)
    return len(records) - failed, failed, placed


def _at(index: int, violations: list[Violation]) -> Iterator[EnvelopeViolation]:
    """Yield violations with their record's index, releasing each, since there may be many."""
    violations.reverse()
    while violations:
        yield _with_index(index, violations.pop())


def _with_index(index: int, found: Violation) -> EnvelopeViolation:
    placed = EnvelopeViolation(found.field, found.message, found.kind, index)
    with_safe_message(placed, found.safe_message or "")
    return placed


def _records(key: str, payload: dict[str, Any], faults: list[Violation]) -> Optional[list[Any]]:
    if key not in payload:
        report(faults, key, _MISSING, f"Envelope key '{key}' is missing")
        return None
    records = payload[key]
    if type(records) is not list:
        message = f"Envelope key '{key}' must be an array, got {json_type(records)}"
        report(faults, key, _MISMATCH, message)
        return None
    return records


def _wrapper_faults(payload: dict[str, Any]) -> list[Violation]:
    faults: list[Violation] = []
    if "success" not in payload:
        report(faults, "success", _MISSING, "Wrapper field 'success' is missing")
    elif type(payload["success"]) is not bool:
        got = json_type(payload["success"])
        message = f"Wrapper field 'success' must be boolean, got {got}"
        report(faults, "success", _MISMATCH, message)
    if "pagination" in payload:
        _check_pagination(payload["pagination"], faults)
    return faults


def _check_pagination(pagination: object, faults: list[Violation]) -> None:
    if type(pagination) is not dict:
        message = f"Wrapper field 'pagination' must be an object, got {json_type(pagination)}"
        report(faults, "pagination", _MISMATCH, message)
        return
    about = "Wrapper pagination field"
    for key in ("page", "limit", "total"):
        path = f"pagination.{key}"
        if key not in pagination:
            report(faults, path, _MISSING, f"{about} '{key}' is missing")
        elif type(pagination[key]) not in (int, float):
            got = json_type(pagination[key])
            report(faults, path, _MISMATCH, f"{about} '{key}' must be a number, got {got}")
    if "hasMore" in pagination and type(pagination["hasMore"]) is not bool:
        got = json_type(pagination["hasMore"])
        message = f"{about} 'hasMore' must be boolean, got {got}"
        report(faults, "pagination.hasMore", _MISMATCH, message)
