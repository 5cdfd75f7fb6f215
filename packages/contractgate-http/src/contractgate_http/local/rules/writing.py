"""Writes the rows for events, with their bodies if these are kept.

Source: docs/spec/gateway-http.md, sections 6.9, 6.18 and 6.19.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from contractgate_http.local.context import Context
from contractgate_http.local.ids import new_id
from contractgate_http.local.message import encode
from contractgate_http.local.rules.judging import Judged
from contractgate_http.local.rules.limits import count_events, is_paid
from contractgate_http.local.store.rows import AuditRow, ContractRow, QuarantineRow
from contractgate_http.local.stored import has_nul

__all__ = ["Batch", "write_batch", "write_quarantine", "write_summary"]


class Batch(NamedTuple):
    """What the rows of one request have in common.

    Attributes:
        contract: The contract.
        org_id: The organisation whose audit it is; None in no-auth mode.
        is_metered: The events count towards the plan.
    """

    contract: ContractRow
    org_id: Optional[str]
    is_metered: bool = True


def write_batch(context: Context, batch: Batch, judged: Sequence[Judged]) -> None:
    """Write an audit row for each event, and a quarantine row for each that failed."""
    keeps, source_ip = keeps_bodies(context, batch), context.source_ip
    if any(one.is_lost for one in judged):
        _write_unspoilt(context, batch, judged)
        return
    audit = [_audit_row(context, batch, one, keeps, source_ip) for one in judged]
    quarantine = [
        _quarantine_row(context, batch, one, one.quarantine_id, keeps, source_ip)
        for one in judged
        if one.quarantine_id is not None
    ]

    def work() -> None:
        context.store.audit.add(audit)
        context.store.quarantine.add(quarantine)
        if batch.is_metered:
            count_events(context, batch.org_id, len(judged))

    context.write_late(work)


def _write_unspoilt(context: Context, batch: Batch, judged: Sequence[Judged]) -> None:
    """Write what the gateway can if an event contains U+0000: at most the quarantine."""
    failed = [one for one in judged if one.quarantine_id is not None]
    if not any(one.is_lost for one in failed):
        write_quarantine(context, batch, failed)


def write_quarantine(
    context: Context,
    batch: Batch,
    failed: Sequence[Judged],
    details: Optional[list[Any]] = None,
) -> None:
    """Write quarantine rows alone.

    Args:
        context: The request.
        batch: What the rows have in common.
        failed: The events.
        details: The details to write instead of violations, if any.
    """
    if any(one.is_lost for one in failed):
        return
    keeps, source_ip = keeps_bodies(context, batch), context.source_ip
    rows = [
        _quarantine_row(context, batch, one, one.quarantine_id or new_id(), keeps, source_ip)
        for one in failed
    ]
    if details is not None:
        text = encode(details).decode()
        rows = [row._replace(violations=text, violation_count=len(details)) for row in rows]
    context.write_late(lambda: context.store.quarantine.add(rows))


def write_summary(
    context: Context, batch: Batch, version: str, count: int, details: list[Any], body: Any
) -> None:
    """Write the one audit row of a batch that was rejected as a whole."""
    violations = encode(details)
    if has_nul(violations):
        return
    row = AuditRow(
        new_id(),
        batch.contract.id,
        batch.org_id,
        version,
        0,
        count,
        violations.decode(),
        encode(body).decode(),
        0,
        context.source_ip,
        context.now,
        1,
        None,
    )
    context.write_late(lambda: context.store.audit.add([row]))


def keeps_bodies(context: Context, batch: Batch) -> bool:
    """Return whether event bodies are kept: if three settings allow it, or in no-auth mode."""
    if batch.org_id is None:
        return True
    org = context.store.accounts.org(batch.org_id)
    if org is None or not is_paid(org.plan):
        return False
    return bool(org.stores_bodies and batch.contract.stores_bodies)


def _audit_row(
    context: Context, batch: Batch, one: Judged, keeps: bool, source_ip: Optional[str]
) -> AuditRow:
    return AuditRow(
        one.row_id,
        batch.contract.id,
        batch.org_id,
        one.version,
        one.passed,
        len(one.violations),
        one.details,
        one.body if keeps else None,
        one.validation_us,
        source_ip,
        context.now,
        0,
        None,
    )


def _quarantine_row(
    context: Context,
    batch: Batch,
    one: Judged,
    row_id: str,
    keeps: bool,
    source_ip: Optional[str],
) -> QuarantineRow:
    return QuarantineRow(
        row_id,
        batch.contract.id,
        batch.contract.org_id,
        one.version,
        "pending",
        len(one.violations),
        one.details,
        one.body if keeps else None,
        source_ip,
        context.now,
        None,
        None,
        None,
    )
