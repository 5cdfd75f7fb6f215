"""Ingest by `/v1/ingest`.

Source: docs/spec/gateway-http.md, sections 5.6, 6.5 to 6.8, 6.14 and 6.15.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Union

import msgspec

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_core.events.lines import BLANK_LINES
from contractgate_core.models import BatchIngestResponse, DeprecatedBatchResponse, IngestEventResult
from contractgate_core.models.words import PinSource
from contractgate_http.local import query
from contractgate_http.local.context import Context, Rendering, decode_reason
from contractgate_http.local.ids import BadUuidError, read_uuid
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.query import QueryShape
from contractgate_http.local.refusals import bad_request, payload_too_large
from contractgate_http.local.rules import idempotency, limits
from contractgate_http.local.rules.batches import atomic_details, batch_status, deprecated_error
from contractgate_http.local.rules.judging import Events, Judged, judge_batch, unjudged
from contractgate_http.local.rules.keys import check_scope
from contractgate_http.local.rules.lookup import find_contract, resolve
from contractgate_http.local.rules.writing import (
    Batch,
    write_batch,
    write_quarantine,
    write_summary,
)
from contractgate_http.local.store.rows import ContractRow, VersionRow

__all__ = ["ingest"]

_QUERY = QueryShape(version=query.text, dry_run=query.boolean, atomic=query.boolean)


def ingest(context: Context) -> Union[Response, Rendering]:
    """Judge a batch, and store it where required."""
    asked = context.query(_QUERY)
    body = context.body()
    raw = context.params["contract_id"]
    try:
        contract_id = read_uuid(raw)
    except BadUuidError:
        raise bad_request(f"invalid contract_id: {raw}") from None
    level = limits.take_second_token(context)
    key = idempotency.read_key(context)
    earlier = idempotency.earlier_reply(context, key, contract_id, body, level.headers())
    if earlier is not None:
        return earlier
    events = context.decoded(lambda: _read_events(context, body))
    limits.check_number(events, "events submitted")
    dry_run = asked.get("dry_run", False)
    if not dry_run:
        limits.check_plan(context, context.caller.org_id)
    contract = find_contract(context, contract_id)
    check_scope(context, contract_id)
    version = resolve(context, contract, asked.get("version"))
    batch = Events(len(events), len(body), lambda: events)
    if version.state == "deprecated":
        return _deprecated(context, contract, version, batch, dry_run)
    reply = _judged(context, contract, version, batch, asked)
    if not dry_run:
        idempotency.remember(context, key, contract_id, body, reply)
    return reply.with_headers(level.headers())


def _read_events(context: Context, body: bytes) -> list[Any]:
    if "application/x-ndjson" in (context.request.header("content-type") or ""):
        return _read_lines(body)
    try:
        value = decode_event(body)
    except EventDecodeError as error:
        raise bad_request(f"JSON parse error: {decode_reason(error)}") from None
    events = value if type(value) is list else [value]
    limits.check_event_sizes(events, len(body))
    return events


def _read_lines(body: bytes) -> list[Any]:
    events: list[Any] = []
    for number, line in enumerate(body.split(b"\n")):
        if line in BLANK_LINES:
            continue
        if len(line) > limits.MOST_EVENT_BYTES:
            about = f"NDJSON line {number} exceeds the 1 MB per-event limit"
            raise payload_too_large(f"{about} ({len(line)} bytes)")
        try:
            events.append(decode_event(line))
        except EventDecodeError as error:
            reason = decode_reason(error)
            raise bad_request(f"NDJSON parse error at line {number}: {reason}") from None
    return events


class _Verdict(NamedTuple):
    """The verdict on a batch, and the response to it."""

    judged: list[Judged]
    is_rejected: bool
    reply: Response


def _judged(
    context: Context,
    contract: ContractRow,
    version: VersionRow,
    events: Events,
    asked: dict[str, Any],
) -> Response:
    found = judge_batch(
        context,
        contract,
        version,
        events,
        lambda judged: _verdict(judged, version, asked),
        is_pinned="version" in asked,
    )
    if not asked.get("dry_run", False):
        _write(context, Batch(contract, context.caller.org_id), version, found)
    return found.reply


def _verdict(judged: list[Judged], version: VersionRow, asked: dict[str, Any]) -> _Verdict:
    dry_run, atomic = asked.get("dry_run", False), asked.get("atomic", False)
    failed = sum(not one.passed for one in judged)
    is_rejected = atomic and failed > 0
    answer = BatchIngestResponse(
        total=len(judged),
        passed=len(judged) - failed,
        failed=failed,
        dry_run=dry_run,
        atomic=atomic,
        resolved_version=version.version,
        version_pin_source=PinSource("query_param" if "version" in asked else "default_stable"),
        results=_results(judged, is_forwarding=not dry_run and not is_rejected),
    )
    reply = json_response(answer, batch_status(len(judged), failed, is_rejected))
    return _Verdict(judged, is_rejected, reply)


def _write(context: Context, batch: Batch, version: VersionRow, found: _Verdict) -> None:
    if not found.is_rejected:
        write_batch(context, batch, found.judged)
        return
    details = atomic_details(found.judged)
    body = {
        "atomic": True,
        "batch_rejected": True,
        "batch_size": len(found.judged),
        "failing_count": len(details),
    }
    write_summary(context, batch, version.version, len(details), details, body)


def _results(
    judged: Sequence[Judged], *, is_forwarding: bool, shows_ids: bool = True
) -> list[IngestEventResult]:
    """Write the verdicts.

    Args:
        judged: The events.
        is_forwarding: Whether events that passed are forwarded.
        shows_ids: Whether to show quarantine ids, even of events that are not quarantined.
    """
    return [
        IngestEventResult(
            index=index,
            passed=one.passed,
            violations=one.violations,
            validation_us=one.validation_us,
            forwarded=one.passed and is_forwarding,
            contract_version=one.version,
            quarantine_id=one.quarantine_id if shows_ids else None,
            transformed_event=msgspec.Raw(one.text),
        )
        for index, one in enumerate(judged)
    ]


def _deprecated(
    context: Context,
    contract: ContractRow,
    version: VersionRow,
    events: Events,
    dry_run: bool,
) -> Rendering:
    judged = unjudged(context, contract, version, events)
    if not dry_run:
        details = [{"kind": "deprecated_contract_version", "pinned_version": version.version}]
        write_quarantine(context, Batch(contract, context.caller.org_id), judged, details)
    answer = DeprecatedBatchResponse(
        error=deprecated_error(version),
        total=len(judged),
        passed=0,
        failed=len(judged),
        dry_run=dry_run,
        version_pin_source=PinSource.PINNED_DEPRECATED,
        results=_results(judged, is_forwarding=False, shows_ids=False),
    )
    return Rendering(lambda: json_response(answer, 422), len(context.request.body))
