"""The gateway's records: audit, statistics, quarantine and replays.

Source: docs/spec/gateway-http.md, sections 5.9, 5.11 and 6.20.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from contractgate_core.models import (
    AuditEntry,
    ContractReplayResponse,
    IngestionStats,
    Listing,
    QuarantinedEvent,
    ReplayHistoryEntry,
    ReplayOutcome,
    ReplayResponse,
)
from contractgate_http._call import Call, Timeout, as_list, as_model
from contractgate_http.endpoints._make import fetch, submit, whole_number

__all__ = [
    "audit",
    "get_contract_stats",
    "get_event_replay_history",
    "get_replay_history",
    "list_quarantine",
    "replay",
    "replay_events",
    "stats",
]


def audit(
    contract_id: Optional[str] = None,
    *,
    limit: int = 50,
    offset: int = 0,
    timeout: Optional[Timeout] = None,
) -> Call[Listing[AuditEntry]]:
    """List rows of the audit, newest first; `iter_audit` iterates over all of them.

    Events appear some time after they were sent, and replays never do.

    Args:
        contract_id: Only rows of this contract.
        limit: How many rows to list, at most; the gateway returns no more than 500.
        offset: How many rows to skip.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The rows; none for an unknown contract.
    """
    params = {
        "contract_id": contract_id,
        "limit": whole_number(limit, "limit"),
        "offset": whole_number(offset, "offset"),
    }
    return fetch("/audit", as_list(AuditEntry), params=params, timeout=timeout)


def stats(*, timeout: Optional[Timeout] = None) -> Call[IngestionStats]:
    """Count all rows that the audit shows.

    Args:
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The totals.
    """
    return fetch("/stats", as_model(IngestionStats), timeout=timeout)


def get_contract_stats(
    contract_id: str, *, timeout: Optional[Timeout] = None
) -> Call[IngestionStats]:
    """Count all rows of one contract, including those of replays.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The totals.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return fetch(
        "/ingest/{contract_id}/stats",
        as_model(IngestionStats),
        timeout=timeout,
        contract_id=contract_id,
    )


def list_quarantine(
    contract_id: Optional[str] = None,
    *,
    limit: int = 100,
    offset: int = 0,
    timeout: Optional[Timeout] = None,
) -> Call[Listing[QuarantinedEvent]]:
    """List events in quarantine, newest first; `iter_quarantine` iterates over all of them.

    Events that passed a replay are still listed; `last_replay_passed` marks them.

    Args:
        contract_id: Only events of this contract.
        limit: How many events to list, at least 1; the gateway returns no more than 500.
        offset: How many events to skip.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The events; none for an unknown contract.
    """
    params = {
        "contract_id": contract_id,
        "limit": whole_number(limit, "limit", least=1),
        "offset": whole_number(offset, "offset"),
    }
    return fetch("/quarantine", as_list(QuarantinedEvent), params=params, timeout=timeout)


def replay(
    contract_id: str,
    quarantine_ids: Sequence[str],
    *,
    target_version: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[ContractReplayResponse]:
    """Judge events of a contract's quarantine again, and release those that pass now.

    Events are judged as they are stored: after their transforms.

    Args:
        contract_id: The contract.
        quarantine_ids: 1 to 1,000 ids of quarantined events.
        target_version: The version to judge by; by default the latest stable one.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The outcome for each id, in the order of the ids.

    Raises:
        BadRequestError: There are no ids, or too many.
        NotFoundError: There is no such contract or version.
    """
    return submit(
        "POST",
        "/contracts/{contract_id}/quarantine/replay",
        as_model(ContractReplayResponse),
        body={"ids": _texts(quarantine_ids), "target_version": target_version},
        timeout=timeout,
        contract_id=contract_id,
    )


def replay_events(
    event_ids: Sequence[str],
    *,
    version: Optional[str] = None,
    contract_id: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[ReplayResponse]:
    """Judge quarantined events again without naming their contract; `replay` returns more detail.

    Args:
        event_ids: 1 to 1,000 ids of quarantined events.
        version: The version to judge by; by default the latest stable one of each contract.
        contract_id: Refuse the request if an id belongs to another contract than this.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The outcome for each id, in the order of the ids.

    Raises:
        BadRequestError: There are no ids, too many, or they belong to several contracts.
        NotFoundError: There is no such version. Events of other contracts may have been replayed.
    """
    body = {"event_ids": _texts(event_ids), "version": version, "contract_id": contract_id}
    return submit(
        "POST", "/quarantine/replay", as_model(ReplayResponse), body=body, timeout=timeout
    )


def _texts(ids: Sequence[str]) -> list[str]:
    if isinstance(ids, str):
        raise TypeError("expected a list of ids, got one str")
    return list(ids)


def get_replay_history(
    contract_id: str, quarantine_id: str, *, timeout: Optional[Timeout] = None
) -> Call[Listing[ReplayHistoryEntry]]:
    """List the history of a quarantined event: itself, failed replays, then passed ones.

    Args:
        contract_id: The contract.
        quarantine_id: The event's id in quarantine.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The entries; only they have the event's status, and the new id of a failed replay.

    Raises:
        NotFoundError: There is no contract with this id.
        BadRequestError: The contract has no such event in quarantine.
    """
    return fetch(
        "/contracts/{contract_id}/quarantine/{quarantine_id}/replay-history",
        as_list(ReplayHistoryEntry),
        timeout=timeout,
        contract_id=contract_id,
        quarantine_id=quarantine_id,
    )


def get_event_replay_history(
    event_id: str, *, limit: int = 100, timeout: Optional[Timeout] = None
) -> Call[Listing[ReplayOutcome]]:
    """List the replays of a quarantined event: failed ones, oldest first, then passed ones.

    Args:
        event_id: The event's id in quarantine.
        limit: How many replays, at least 1, from the oldest; the gateway returns no more than 500.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The replays, without violations; none for an unknown id.
    """
    params = {"event_id": event_id, "limit": whole_number(limit, "limit", least=1)}
    route = "/quarantine/replay-history"
    return fetch(route, as_list(ReplayOutcome), params=params, timeout=timeout)
