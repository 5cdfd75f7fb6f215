"""Replays: events that failed are judged again, in the form in which they were stored.

Source: docs/spec/gateway-http.md, sections 5.11 and 6.20.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from contractgate_core.models import ReplayOutcome, ReplayResponse
from contractgate_core.models.words import ReplayResult
from contractgate_core.results import Violation
from contractgate_http.local.bodies import BodyShape, list_of, text, uuid
from contractgate_http.local.context import Context
from contractgate_http.local.ids import NIL, new_id
from contractgate_http.local.message import Response, encode, json_response
from contractgate_http.local.prepared import Prepared
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules.judging import Events, Judged, judge
from contractgate_http.local.rules.lookup import find_contract, prepare, resolve
from contractgate_http.local.store.rows import AuditRow, ContractRow, QuarantineRow, VersionRow
from contractgate_http.local.stored import read_stored
from contractgate_http.local.times import timestamp

__all__ = ["replay_contract", "replay_events"]

_MOST_IDS = 1000
_BY_CONTRACT = BodyShape("ReplayRequest", "ids", ids=list_of(uuid), target_version=text)
_BY_EVENT = BodyShape(
    "ReplayEventsRequest", "event_ids", event_ids=list_of(uuid), version=text, contract_id=uuid
)


class _Replayed(NamedTuple):
    """The outcome for one id."""

    result: ReplayResult
    version: str
    audit_id: Optional[str] = None
    violations: Sequence[Violation] = ()


def replay_contract(context: Context) -> Response:
    """Replay events of one contract, and report the outcome for each id."""
    contract_id = context.uuid("id")
    body = context.json(_BY_CONTRACT)
    ids: list[str] = body["ids"]
    _check_number(ids)
    contract = find_contract(context, contract_id)
    target = resolve(context, contract, body.get("target_version"))
    is_explicit = "target_version" in body
    outcomes = _replay(context, contract, target, ids, is_explicit=is_explicit)
    # If an id is given twice, only its last place counts.
    last = {row_id: index for index, row_id in enumerate(ids)}
    unknown = _Replayed(ReplayResult.NOT_FOUND, target.version)
    placed = [
        (row_id, outcomes[row_id] if last[row_id] == index else unknown)
        for index, row_id in enumerate(ids)
    ]
    counts = Counter(outcome.result for _, outcome in placed)
    answer = {
        "total": len(ids),
        **{str(result): counts[result] for result in ReplayResult},
        "target_version": target.version,
        "target_version_source": "explicit" if is_explicit else "default_stable",
        "target_is_draft": target.state == "draft",
        "results": [_told(row_id, outcome) for row_id, outcome in placed],
    }
    return json_response(answer)


def _check_number(ids: Sequence[str]) -> None:
    if not ids:
        raise bad_request("replay request must include at least one id")
    if len(ids) > _MOST_IDS:
        raise bad_request(f"replay request exceeds cap of {_MOST_IDS} ids (got {len(ids)})")


def _told(row_id: str, outcome: _Replayed) -> dict[str, Any]:
    told: dict[str, Any] = {"quarantine_id": row_id, "outcome": outcome.result}
    if outcome.result is ReplayResult.REPLAYED:
        told["replayed_into_audit_id"] = outcome.audit_id
        told["contract_version_matched"] = outcome.version
    elif outcome.result is ReplayResult.STILL_QUARANTINED:
        told["new_quarantine_id"] = NIL
        told["contract_version_attempted"] = outcome.version
        told["violation_count"] = len(outcome.violations)
        told["violations"] = outcome.violations
    return told


def replay_events(context: Context) -> Response:
    """Replay events of any contracts, one contract after another."""
    body = context.json(_BY_EVENT)
    ids: list[str] = body["event_ids"]
    _check_number(ids)
    groups = _groups(context, ids)
    wanted = body.get("contract_id")
    if wanted is not None and groups and list(groups) != [wanted]:
        raise bad_request("event_ids span multiple contracts or a contract other than contract_id")
    version = body.get("version")
    outcomes: dict[str, _Replayed] = {}
    for contract_id, members in sorted(groups.items()):
        contract = find_contract(context, contract_id)
        target = resolve(context, contract, version)
        is_explicit = version is not None
        outcomes.update(_replay(context, contract, target, members, is_explicit=is_explicit))
    # If an id is given twice, only its first place counts.
    answers = [_answered(context, row_id, outcomes.pop(row_id, None), version) for row_id in ids]
    replayed = sum(answer.passed for answer in answers)
    return json_response(ReplayResponse(replayed=replayed, outcomes=answers))


def _groups(context: Context, ids: Sequence[str]) -> dict[str, list[str]]:
    """Group the ids of the caller's events by contract."""
    distinct = list(dict.fromkeys(ids))
    rows = context.store.quarantine.find(distinct)
    groups: dict[str, list[str]] = {}
    for row_id in distinct:
        row = rows.get(row_id)
        if row is not None and context.caller.org_id in (None, row.org_id):
            groups.setdefault(row.contract_id, []).append(row.id)
    return groups


def _answered(
    context: Context, row_id: str, outcome: Optional[_Replayed], version: Optional[str]
) -> ReplayOutcome:
    if outcome is None:
        outcome = _Replayed(ReplayResult.NOT_FOUND, version or "")
    return ReplayOutcome(
        event_id=row_id,
        version=outcome.version,
        passed=outcome.result is ReplayResult.REPLAYED,
        violations=list(outcome.violations),
        replayed_at=timestamp(context.now),
    )


def _replay(
    context: Context,
    contract: ContractRow,
    target: VersionRow,
    ids: Sequence[str],
    *,
    is_explicit: bool,
) -> dict[str, _Replayed]:
    """Replay the events that can be replayed, and return the outcome for every id."""
    prepare(context, target)  # its refusal comes before any other
    rows = context.store.quarantine.find(list(dict.fromkeys(ids)))
    outcomes = {
        row_id: _Replayed(reason, target.version)
        for row_id in ids
        if (reason := _reason_against(rows.get(row_id), contract)) is not None
    }
    eligible = [rows[row_id] for row_id in dict.fromkeys(ids) if row_id not in outcomes]
    judged = judge(
        context, contract, target, _stored(eligible), _as_judged, may_fall_back=not is_explicit
    )
    for row, one in zip(eligible, judged):
        outcomes[row.id] = _settle(context, contract, row, one)
    return outcomes


def _stored(rows: Sequence[QuarantineRow]) -> Events:
    bodies = tuple(row.body or "null" for row in rows)
    size = sum(len(body) for body in bodies)
    return Events(
        len(bodies),
        size,
        lambda: [read_stored(body) for body in bodies],
        ("stored", tuple(row.id for row in rows), bodies),
    )


def _as_judged(prepared: Prepared, judged: list[Judged]) -> list[Judged]:
    return judged


def _reason_against(row: Optional[QuarantineRow], contract: ContractRow) -> Optional[ReplayResult]:
    """Return why a row cannot be replayed; the first reason counts."""
    if row is None:
        return ReplayResult.NOT_FOUND
    if row.contract_id != contract.id:
        return ReplayResult.WRONG_CONTRACT
    if row.status == "purged":
        return ReplayResult.PURGED
    if row.status == "replayed" or row.replayed_at is not None:
        return ReplayResult.ALREADY_REPLAYED
    return ReplayResult.REDACTED if row.body is None else None


def _settle(context: Context, contract: ContractRow, row: QuarantineRow, one: Judged) -> _Replayed:
    """Write the outcome for one row; its body is kept whatever the settings say."""
    new = new_id()
    if one.passed:
        context.store.audit.add([_audit_row(context, row, one, new)])
        context.store.quarantine.mark_replayed(row.id, new, context.now)
        return _Replayed(ReplayResult.REPLAYED, one.version, audit_id=new)
    child = QuarantineRow(
        new,
        contract.id,
        contract.org_id,
        one.version,
        "pending",
        len(one.violations),
        encode(one.violations).decode(),
        row.body,
        row.source_ip,
        context.now,
        row.id,
        None,
        None,
    )
    context.store.quarantine.add([child])
    return _Replayed(ReplayResult.STILL_QUARANTINED, one.version, violations=one.violations)


def _audit_row(context: Context, row: QuarantineRow, one: Judged, row_id: str) -> AuditRow:
    """Make the audit row of a passed replay, which has no organisation."""
    return AuditRow(
        row_id,
        row.contract_id,
        None,
        one.version,
        1,
        0,
        "[]",
        row.body,
        one.validation_us,
        row.source_ip,
        context.now,
        0,
        row.id,
    )
