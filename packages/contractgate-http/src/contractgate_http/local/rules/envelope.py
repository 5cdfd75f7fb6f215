"""Envelopes: payloads that carry a list of records. Only the older route knows them.

Source: docs/spec/gateway-http.md, section 6.10.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from contractgate_core.results import EnvelopeResult, ValidationResult, Violation
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import json_response
from contractgate_http.local.prepared import Prepared
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules.judging import Asked, Judged
from contractgate_http.local.rules.writing import Batch, write_batch, write_summary
from contractgate_http.local.store.rows import VersionRow

__all__ = ["ingest_envelope"]

_BYTES_A_RECORD = 128

_NOT_ONE = (
    "Envelope contract expects a single JSON object payload, not a bare array of events. "
    'Wrap your records in the envelope format: { "data": [...], ... }'
)


def ingest_envelope(
    context: Context,
    batch: Batch,
    version: VersionRow,
    prepared: Prepared,
    value: Any,
    asked: Asked,
) -> Rendering:
    """Judge the records of one payload; the status is always 200."""
    if type(value) is list:
        if len(value) != 1:
            raise bad_request(_NOT_ONE)
        value = value[0]
    result, judged = _checked(context, batch, version, prepared, value)
    if not asked.dry_run and not asked.atomic:
        write_batch(context, batch, judged)
    elif not asked.dry_run and result.quarantined:
        _write_summary(context, batch, version, result)
    return Rendering(lambda: json_response(result), len(context.request.body))


def _checked(
    context: Context, batch: Batch, version: VersionRow, prepared: Prepared, value: Any
) -> tuple[EnvelopeResult, list[Judged]]:
    """Judge a payload, and prepare what is kept of each record."""
    salt = batch.contract.salt

    def work() -> tuple[EnvelopeResult, list[Judged]]:
        result = prepared.compiled.check_envelope_value(value, now=int(context.seconds))
        judged = _records(version, prepared, value, result)
        for one in judged:
            one.transform(salt)
            one.write_out()
        return result, judged

    # The number of records is not known yet; each takes up some bytes of the body.
    size = len(context.request.body) * (1 + len(version.yaml) // _BYTES_A_RECORD)
    return context.slowly(("envelope", version.version, version.yaml, salt), size, work)


def _records(
    version: VersionRow, prepared: Prepared, payload: Any, result: EnvelopeResult
) -> list[Judged]:
    """Give each record its verdict; without records, the payload counts as one."""
    envelope = prepared.contract.envelope
    key = "" if envelope is None else envelope.records_path
    records = payload.get(key) if type(payload) is dict else None
    if type(records) is not list:
        return [_judged(version, prepared, payload, result.violations, result)]
    if _is_about_wrapper(result, key):
        return [_judged(version, prepared, one, result.violations, result) for one in records]
    found: defaultdict[int, list[Violation]] = defaultdict(list)
    for violation in result.violations:
        found[violation.record_index].append(violation)
    return [
        _judged(version, prepared, one, found[index], result) for index, one in enumerate(records)
    ]


def _is_about_wrapper(result: EnvelopeResult, key: str) -> bool:
    """Return whether the wrapper is at fault; like the gateway, go by the names of fields."""
    return (
        bool(result.violations)
        and not result.passed
        and all(
            violation.field in ("<root>", "success", key)
            or violation.field.startswith("pagination")
            for violation in result.violations
        )
    )


def _judged(
    version: VersionRow,
    prepared: Prepared,
    record: Any,
    violations: Sequence[Violation],
    result: EnvelopeResult,
) -> Judged:
    plain = [Violation(one.field, one.message, one.kind) for one in violations]
    verdict = ValidationResult(not plain, plain, result.validation_us)
    return Judged(record, verdict, version.version, prepared)


def _write_summary(
    context: Context, batch: Batch, version: VersionRow, result: EnvelopeResult
) -> None:
    body = {
        "atomic": True,
        "batch_rejected": True,
        "envelope": True,
        "passed": result.passed,
        "quarantined": result.quarantined,
        "violation_count": len(result.violations),
    }
    write_summary(
        context, batch, version.version, result.quarantined, list(result.violations), body
    )
