"""The quarantine: events that failed.

Source: docs/spec/gateway-http.md, sections 5.11 and 6.20.
"""

from __future__ import annotations

from typing import Any, Union

from contractgate_core.models import QuarantinedEvent, ReplayOutcome
from contractgate_http.local import query
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.query import QueryShape
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules.lookup import find_contract
from contractgate_http.local.store.rows import AuditRow, QuarantineRow
from contractgate_http.local.stored import raw, read_stored
from contractgate_http.local.times import optional_time, timestamp

__all__ = ["contract_history", "event_history", "list_quarantine"]

_LIST = QueryShape(contract_id=query.uuid, limit=query.whole_number, offset=query.whole_number)
_HISTORY = QueryShape("event_id", event_id=query.uuid, limit=query.whole_number)
_DEFAULT_LIMIT, _MOST = 100, 500

Row = Union[QuarantineRow, AuditRow]


def list_quarantine(context: Context) -> Rendering:
    """List the events in quarantine, newest first, without failed replays."""
    asked = context.query(_LIST)
    limit, offset = _clamped(asked), max(0, asked.get("offset", 0))
    rows = context.store.quarantine.page(
        context.caller.org_id, asked.get("contract_id"), limit, offset
    )
    listed = [(row, *_replays(context, row.id)) for row in rows]
    size = sum(len(row.body or "") + len(row.violations) for row in rows)
    return Rendering(lambda: json_response([_entry(*one) for one in listed]), size)


def _clamped(asked: dict[str, Any]) -> int:
    limit: int = asked.get("limit", _DEFAULT_LIMIT)
    return min(max(1, limit), _MOST)


def _entry(
    row: QuarantineRow, failed: list[QuarantineRow], passed: list[AuditRow]
) -> QuarantinedEvent:
    replays: list[Row] = [*failed, *passed]
    last = max(replays, key=lambda one: one.created_at, default=None)
    return QuarantinedEvent(
        id=row.id,
        contract_id=row.contract_id,
        contract_version=row.version,
        raw_event=None if row.body is None else raw(row.body),
        payload_redacted=row.body is None,
        violation_details=read_stored(row.violations),
        violation_count=row.violation_count,
        source_ip=row.source_ip,
        quarantined_at=timestamp(row.created_at),
        replay_count=len(failed) + len(passed),
        last_replayed_at=optional_time(None if last is None else last.created_at),
        last_replay_passed=None if last is None else isinstance(last, AuditRow),
    )


def _replays(context: Context, row_id: str) -> tuple[list[QuarantineRow], list[AuditRow]]:
    store = context.store
    return store.quarantine.replays_of(row_id), store.audit.replays_of(row_id)


def event_history(context: Context) -> Response:
    """List the replays of an event: failed ones, then passed ones, each oldest first."""
    asked = context.query(_HISTORY)
    row_id = asked["event_id"]
    row = context.store.quarantine.find([row_id]).get(row_id)
    if row is None or context.caller.org_id not in (None, row.org_id):
        return json_response([])
    failed, passed = _replays(context, row_id)
    replays: list[Row] = [*failed, *passed]
    outcomes = [
        ReplayOutcome(
            event_id=row_id,
            version=one.version,
            passed=isinstance(one, AuditRow),
            violations=[],
            replayed_at=timestamp(one.created_at),
        )
        for one in replays
    ]
    return json_response(outcomes[: _clamped(asked)])


def contract_history(context: Context) -> Response:
    """Report the state of a contract's event, and the outcomes of its replays."""
    contract_id, row_id = context.uuid("contract_id"), context.uuid("quar_id")
    contract = find_contract(context, contract_id)
    row = context.store.quarantine.find([row_id]).get(row_id)
    if row is None or row.contract_id != contract.id:
        raise bad_request(f"quarantine row {row_id} not found on contract {contract.id}")
    failed, passed = _replays(context, row_id)
    source = {
        **_told("source", row),
        "status": row.status,
        "violation_count": row.violation_count,
        "replayed_at": optional_time(row.replayed_at),
        "replayed_into_audit_id": row.replayed_into,
    }
    failures = [
        {**_told("failed_replay", one), "violation_count": one.violation_count} for one in failed
    ]
    return json_response([source, *failures, *(_told("passed_replay", one) for one in passed)])


def _told(kind: str, row: Row) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": row.id,
        "contract_version": row.version,
        "created_at": timestamp(row.created_at),
    }
