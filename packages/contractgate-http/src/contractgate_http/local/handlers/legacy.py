"""Ingest by the older route, `/ingest`.

Source: docs/spec/gateway-http.md, sections 5.7 and 6.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from contractgate_core.models.words import PinSource
from contractgate_http.local import query
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.query import QueryShape
from contractgate_http.local.rules import limits
from contractgate_http.local.rules.batches import atomic_details, batch_status, deprecated_error
from contractgate_http.local.rules.envelope import ingest_envelope
from contractgate_http.local.rules.judging import Asked, Events, Judged, judge_batch, unjudged
from contractgate_http.local.rules.lookup import prepare
from contractgate_http.local.rules.target import Pin, find_target
from contractgate_http.local.rules.writing import (
    Batch,
    write_batch,
    write_quarantine,
    write_summary,
)
from contractgate_http.local.store.rows import VersionRow

__all__ = ["ingest"]

_QUERY = QueryShape(dry_run=query.boolean, atomic=query.boolean)


def ingest(context: Context) -> Rendering:
    """Judge a batch or an envelope, and store it where required."""
    found = context.query(_QUERY)
    value = context.value()
    org_id, contract, version, pin = find_target(context)
    events = value if type(value) is list else [value]
    limits.check_number(events, "events submitted")
    asked = Asked(found.get("dry_run", False), found.get("atomic", False))
    if not asked.dry_run:
        limits.check_plan(context, org_id)
    batch = Batch(contract, org_id)
    read = Events(len(events), len(context.request.body), lambda: events)
    if version.state == "deprecated":
        return _deprecated(context, batch, version, read, asked)
    prepared = prepare(context, version)
    if prepared.contract.envelope is not None:
        return ingest_envelope(context, batch, version, prepared, value, asked)
    judged = judge_batch(
        context, contract, version, read, lambda judged: judged, is_pinned=pin.version is not None
    )
    return _judged(context, batch, version, pin, judged, asked)


def _judged(
    context: Context,
    batch: Batch,
    version: VersionRow,
    pin: Pin,
    judged: Sequence[Judged],
    asked: Asked,
) -> Rendering:
    failed = sum(not one.passed for one in judged)
    is_rejected = asked.atomic and failed > 0
    if not asked.dry_run:
        _write(context, batch, version, judged, is_rejected)
    # The client waits for this write alone: it fails for all events if one holds U+0000.
    is_lost = any(one.passed and one.is_lost for one in judged)
    is_forwarding = not asked.dry_run and not is_rejected and not is_lost
    status = batch_status(len(judged), failed, is_rejected)

    def write() -> Response:
        results = _results(judged, is_forwarding)
        return json_response(_batch(version, pin.source, results, failed, asked), status)

    return Rendering(write, len(context.request.body))


def _write(
    context: Context, batch: Batch, version: VersionRow, judged: Sequence[Judged], is_rejected: bool
) -> None:
    if not is_rejected:
        write_batch(context, batch, judged)
        return
    details = atomic_details(judged)
    body = {
        "atomic": True,
        "batch_rejected": True,
        "batch_size": len(judged),
        "failing_count": len(details),
        "first_failing_index": details[0]["index"],
    }
    write_summary(context, batch, version.version, len(details), details, body)


def _results(judged: Sequence[Judged], is_forwarding: bool) -> list[dict[str, Any]]:
    return [
        {
            "passed": one.passed,
            "violations": one.violations,
            "validation_us": one.validation_us,
            "forwarded": one.passed and is_forwarding,
            "contract_version": one.version,
            "transformed_event": msgspec.Raw(one.text),
        }
        for one in judged
    ]


def _batch(
    version: VersionRow,
    source: PinSource,
    results: list[dict[str, Any]],
    failed: int,
    asked: Asked,
) -> dict[str, Any]:
    return {
        "total": len(results),
        "passed": len(results) - failed,
        "failed": failed,
        "dry_run": asked.dry_run,
        "atomic": asked.atomic,
        "resolved_version": version.version,
        "version_pin_source": source,
        "results": results,
    }


def _deprecated(
    context: Context,
    batch: Batch,
    version: VersionRow,
    events: Events,
    asked: Asked,
) -> Rendering:
    judged = unjudged(context, batch.contract, version, events)
    if not asked.dry_run:
        _write_deprecated(context, batch, version, judged)
    source = PinSource.PINNED_DEPRECATED

    def write() -> Response:
        nested = _batch(version, source, _results(judged, False), len(judged), asked)
        answer = {"error": deprecated_error(version), "status": 422, "batch": nested}
        return json_response(answer, 422)

    return Rendering(write, len(context.request.body))


def _write_deprecated(
    context: Context, batch: Batch, version: VersionRow, judged: Sequence[Judged]
) -> None:
    stable = context.store.contracts.latest_stable(batch.contract.id)
    facts = {"pinned_version": version.version, "latest_stable": stable and stable.version}
    kind = "deprecated_contract_version"
    write_quarantine(context, batch, judged, [{"kind": kind, **facts}])
    size = {"batch_size": len(judged)}
    body = {"batch_rejected": True, "reason": kind, **size, **facts}
    write_summary(context, batch, version.version, 1, [{"kind": kind, **size, **facts}], body)
