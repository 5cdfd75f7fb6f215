"""Egress: records on their way out.

Source: docs/spec/gateway-http.md, sections 5.8 and 6.22.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from contractgate_core.contract.model import EgressLeakageMode
from contractgate_core.models import EgressOutcome
from contractgate_core.models.words import EgressAction, EgressDisposition
from contractgate_core.results import Violation, ViolationKind
from contractgate_http.local import query
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, encode_sorted, json_response
from contractgate_http.local.prepared import Prepared
from contractgate_http.local.query import QueryShape
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules import limits
from contractgate_http.local.rules.judging import Events, Judged, judge
from contractgate_http.local.rules.target import find_target
from contractgate_http.local.rules.writing import Batch, write_batch

__all__ = ["egress"]

_QUERY = QueryShape(disposition=query.one_of("block", "fail", "tag"), dry_run=query.boolean)


class _Outgoing:
    """One record: its verdict, and what is left of it."""

    def __init__(self, judged: Judged, prepared: Prepared, salt: bytes) -> None:
        self.judged = judged
        judged.transform(salt)
        # The stored record is transformed, but keeps its undeclared fields.
        self.payload = prepared.transforms.apply(judged.event, salt)
        self.stripped: list[str] = []

    def guard(self, mode: EgressLeakageMode, declared: frozenset[str]) -> None:
        """Remove the fields that the contract does not declare."""
        if mode is EgressLeakageMode.OFF or type(self.payload) is not dict:
            return
        self.stripped = sorted(self.payload.keys() - declared)
        self.payload = {key: value for key, value in self.payload.items() if key in declared}
        if mode is EgressLeakageMode.FAIL:
            leaks = [_leak(key) for key in self.stripped]
            self.judged.violations = [*self.judged.violations, *leaks]


def _leak(key: str) -> Violation:
    message = (
        f"Undeclared field '{key}' found in egress payload (egress_leakage_mode=fail); "
        "field stripped from response"
    )
    return Violation(key, message, ViolationKind.LEAKAGE_VIOLATION)


def egress(context: Context) -> Rendering:
    """Judge and clean records, and store them where required."""
    asked = context.query(_QUERY)
    value = context.value()
    org_id, contract, version, _ = find_target(context)
    records = value if type(value) is list else [value]
    limits.check_number(records, "events")
    if version.state == "deprecated":
        about = f"Version {version.version} on contract {contract.id}"
        raise bad_request(f"{about} is deprecated; pin a stable version for egress")
    events = Events(len(records), len(context.request.body), lambda: records)

    def finish(
        prepared: Prepared, judged: list[Judged]
    ) -> tuple[list[_Outgoing], EgressLeakageMode]:
        mode = prepared.contract.egress_leakage_mode
        declared = frozenset(field.name for field in prepared.contract.entities)
        outgoing = [_Outgoing(one, prepared, contract.salt) for one in judged]
        for one in outgoing:
            one.guard(mode, declared)
            one.judged.write_out()
        return outgoing, mode

    outgoing, mode = judge(context, contract, version, events, finish)
    if not asked.get("dry_run", False):
        judged = [one.judged for one in outgoing]
        write_batch(context, Batch(contract, org_id, is_metered=False), judged)
    size = len(context.request.body)
    return Rendering(lambda: _answer(outgoing, asked, mode, version.version), size)


def _answer(
    outgoing: Sequence[_Outgoing], asked: dict[str, Any], mode: EgressLeakageMode, version: str
) -> Response:
    disposition = EgressDisposition(asked.get("disposition", "block"))
    failed = sum(not one.judged.passed for one in outgoing)
    outcomes = [
        _outcome(index, one, _action(one.judged.passed, disposition, failed))
        for index, one in enumerate(outgoing)
    ]
    answer = {
        "total": len(outgoing),
        "passed": len(outgoing) - failed,
        "failed": failed,
        "dry_run": asked.get("dry_run", False),
        "disposition": disposition,
        "egress_leakage_mode": str(mode),
        "resolved_version": version,
        "payload": [
            msgspec.Raw(encode_sorted(one.payload))
            for one in outgoing
            if _goes_out(one.judged.passed, disposition, failed)
        ],
        "outcomes": outcomes,
    }
    return json_response(answer, _status(len(outgoing), failed, disposition))


def _outcome(index: int, one: _Outgoing, action: EgressAction) -> dict[str, Any]:
    outcome = EgressOutcome(
        index=index,
        passed=one.judged.passed,
        violations=one.judged.violations,
        validation_us=one.judged.validation_us,
        action=action,
        stripped_fields=one.stripped,
    )
    written = msgspec.structs.asdict(outcome)
    if not one.stripped:
        del written["stripped_fields"]
    return written


def _action(passed: bool, disposition: EgressDisposition, failed: int) -> EgressAction:
    if disposition is EgressDisposition.FAIL:
        return EgressAction.REJECTED if failed else EgressAction.INCLUDED
    if passed:
        return EgressAction.INCLUDED
    is_block = disposition is EgressDisposition.BLOCK
    return EgressAction.BLOCKED if is_block else EgressAction.TAGGED


def _goes_out(passed: bool, disposition: EgressDisposition, failed: int) -> bool:
    if disposition is EgressDisposition.FAIL:
        return not failed
    return passed or disposition is EgressDisposition.TAG


def _status(total: int, failed: int, disposition: EgressDisposition) -> int:
    if not failed:
        return 200
    return 422 if failed == total or disposition is EgressDisposition.FAIL else 207
