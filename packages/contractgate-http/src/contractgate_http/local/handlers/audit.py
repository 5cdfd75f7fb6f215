"""The audit of judged events, and its statistics.

Source: docs/spec/gateway-http.md, sections 3 and 5.9.
"""

from __future__ import annotations

from typing import Any

from contractgate_core.models import AuditEntry, IngestionStats
from contractgate_http.local import query
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import json_response
from contractgate_http.local.query import QueryShape
from contractgate_http.local.refusals import contract_not_found, database_error
from contractgate_http.local.store.rows import AuditRow
from contractgate_http.local.stored import raw, read_stored
from contractgate_http.local.times import timestamp

__all__ = ["contract_stats", "list_audit", "org_stats"]

_QUERY = QueryShape(contract_id=query.uuid, limit=query.whole_number, offset=query.whole_number)
_DEFAULT_LIMIT, _MOST = 50, 500


def list_audit(context: Context) -> Rendering:
    """List rows, newest first."""
    asked = context.query(_QUERY)
    limit, offset = asked.get("limit", _DEFAULT_LIMIT), asked.get("offset", 0)
    if limit < 0 or offset < 0:
        raise database_error()
    rows = context.store.audit.page(
        context.caller.org_id, asked.get("contract_id"), min(limit, _MOST), offset
    )
    size = sum(len(row.body or "") + len(row.violations) for row in rows)
    return Rendering(lambda: json_response([_entry(row) for row in rows]), size)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        contract_id=row.contract_id,
        contract_version=row.version,
        passed=bool(row.passed),
        violation_count=row.violation_count,
        violation_details=read_stored(row.violations),
        raw_event={} if row.body is None else raw(row.body),
        validation_us=row.validation_us,
        source_ip=row.source_ip,
        created_at=timestamp(row.created_at),
    )


def org_stats(context: Context) -> Rendering:
    """Sum up the rows of the caller's organisation."""
    return _summed_up(context.store.audit.durations(org_id=context.caller.org_id))


def contract_stats(context: Context) -> Rendering:
    """Sum up the rows of a contract of any organisation, including replays."""
    contract_id = context.uuid("contract_id")
    if context.store.contracts.find(contract_id, None) is None:
        raise contract_not_found(contract_id)
    return _summed_up(context.store.audit.durations(contract_id=contract_id))


def _summed_up(rows: list[tuple[int, int]]) -> Rendering:
    return Rendering(lambda: json_response(_stats(rows)), len(rows))


def _stats(rows: list[tuple[int, int]]) -> IngestionStats:
    durations = [duration for duration, _ in rows]
    total, passed = len(rows), sum(passed for _, passed in rows)
    facts: dict[str, Any] = {
        f"p{percent}_validation_us": _percentile(durations, percent) for percent in (50, 95, 99)
    }
    return IngestionStats(
        total_events=total,
        passed_events=passed,
        failed_events=total - passed,
        pass_rate=passed / total if total else 0.0,
        avg_validation_us=sum(durations) / total if total else 0.0,
        **facts,
    )


def _percentile(durations: list[int], percent: int) -> int:
    """Return the sorted values' item at position ceil(p × n), from 1; 0 if there are none."""
    if not durations:
        return 0
    return durations[-(-len(durations) * percent // 100) - 1]
