"""Reports on the events of one contract.

Source: docs/spec/gateway-http.md, section 5.14.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Optional

from contractgate_core.models import (
    ContractReport,
    ReportTotals,
    ReportViolation,
    ReportWindow,
    VersionTotals,
)
from contractgate_http.local import query
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.query import QueryShape
from contractgate_http.local.refusals import bad_request, not_found
from contractgate_http.local.rules.lookup import find_contract
from contractgate_http.local.store.rows import ContractRow, JudgedRow
from contractgate_http.local.stored import read_stored
from contractgate_http.local.times import optional_time, timestamp

__all__ = ["report"]

_QUERY = QueryShape(**{"from": query.time, "to": query.time, "format": query.text})
_MOST_VIOLATIONS = 20


def report(context: Context) -> Rendering:
    """Sum up the rows of a contract in a window of time, including replays."""
    contract_id = context.uuid("id")
    asked = context.query(_QUERY)
    wanted = asked.get("format", "json")
    if wanted not in ("json", "csv"):
        raise bad_request(f"unsupported format '{wanted}' (use json or csv)")
    contract = find_contract(context, contract_id)
    if wanted == "csv":
        raise not_found("the local gateway writes reports as JSON only")
    since, until = asked.get("from"), asked.get("to")
    rows = context.store.audit.judged(contract.id, since, until)
    window = ReportWindow(start=optional_time(since), end=optional_time(until))
    now = context.now
    size = sum(len(row.violations) for row in rows)
    return Rendering(lambda: _written(contract, window, now, rows), size)


def _written(
    contract: ContractRow, window: ReportWindow, now: int, rows: Sequence[JudgedRow]
) -> Response:
    passed = sum(row.passed for row in rows)
    answer = ContractReport(
        contract_id=contract.id,
        contract_name=contract.name,
        window=window,
        generated_at=timestamp(now),
        totals=ReportTotals(
            total=len(rows),
            passed=passed,
            quarantined=len(rows) - passed,
            pass_rate=passed / len(rows) if rows else 0.0,
        ),
        by_version=_by_version(rows),
        top_violations=_top_violations(rows),
    )
    return json_response(answer)


def _by_version(rows: Sequence[JudgedRow]) -> list[VersionTotals]:
    totals = Counter(row.version for row in rows)
    passed = Counter(row.version for row in rows if row.passed)
    return [
        VersionTotals(
            contract_version=version,
            total=number,
            passed=passed[version],
            quarantined=number - passed[version],
        )
        for version, number in sorted(totals.items(), key=lambda item: item[0] or "")
    ]


def _top_violations(rows: Sequence[JudgedRow]) -> list[ReportViolation]:
    """Count the broken rules of each field, the most broken first."""
    counts: Counter[tuple[Optional[str], Optional[str]]] = Counter()
    for row in rows:
        details: list[dict[str, Any]] = [] if row.passed else read_stored(row.violations)
        counts.update((one.get("field"), one.get("kind")) for one in details)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0][0] or "", item[0][1] or ""))
    return [
        ReportViolation(field=field, kind=kind, count=number)
        for (field, kind), number in ranked[:_MOST_VIOLATIONS]
    ]
