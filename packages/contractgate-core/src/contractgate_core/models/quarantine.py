"""Events that failed, and the outcomes of replays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import msgspec

from contractgate_core._verdict import Verdict
from contractgate_core.models._base import Model, Timestamp
from contractgate_core.models._batch import Batch
from contractgate_core.models.words import (
    QuarantineStatus,
    ReplayKind,
    ReplayResult,
    TargetSource,
)
from contractgate_core.results import Violation

__all__ = [
    "ContractReplayResponse",
    "ContractReplayResult",
    "QuarantinedEvent",
    "ReplayHistoryEntry",
    "ReplayOutcome",
    "ReplayResponse",
]


class QuarantinedEvent(Model, frozen=True, kw_only=True):
    """One event in quarantine.

    Attributes:
        id: The row's id, which a replay takes.
        contract_id: The contract.
        contract_version: The version that the event failed, or the deprecated one that was pinned.
        raw_event: The event after its transforms; None if bodies are not stored.
        payload_redacted: Whether the body was not stored, so that the event can never be replayed.
        violation_details: JSON objects, usually violations; one without `field` and `message`
            if the pinned version was deprecated.
        violation_count: How many violations there are.
        source_ip: The address that the request named; unchecked text.
        quarantined_at: When the row was written.
        replay_count: How often it was replayed, with success or without.
        last_replayed_at: When it was last replayed, if it was.
        last_replay_passed: Whether that replay passed.

    Source: docs/spec/gateway-http.md, sections 5.11 and 6.20.
    """

    id: str
    contract_id: str
    contract_version: Optional[str] = None
    raw_event: Any = None
    payload_redacted: bool = False
    violation_details: list[Any] = msgspec.field(default_factory=list)
    violation_count: int = 0
    source_ip: Optional[str] = None
    quarantined_at: Optional[Timestamp] = None
    replay_count: int = 0
    last_replayed_at: Optional[Timestamp] = None
    last_replay_passed: Optional[bool] = None


class ReplayOutcome(Verdict, Model, frozen=True, kw_only=True):
    """What the top-level replay says about one id; true if the event passed.

    Several reasons for not passing look alike here.

    Attributes:
        event_id: The id.
        passed: Whether the event passed now and had not been replayed before.
        version: The version that judged it; for an unknown id, the one asked for.
        violations: Every broken rule; empty in a history, and if the event was not judged.
        replayed_at: The time of the request, even for unknown ids.

    Source: docs/spec/gateway-http.md, sections 5.11 and 6.20.
    """

    event_id: str
    passed: bool
    version: Optional[str] = None
    violations: list[Violation] = msgspec.field(default_factory=list)
    replayed_at: Optional[Timestamp] = None

    def __bool__(self) -> bool:
        return bool(self.passed)


class ReplayResponse(Batch, frozen=True, kw_only=True):
    """The outcome of a top-level replay; true if every event passed.

    Attributes:
        outcomes: One for each id, in the order of the request.
        replayed: How many passed.

    Source: docs/spec/gateway-http.md, section 5.11.
    """

    outcomes: list[ReplayOutcome]
    replayed: Optional[int] = None

    def __bool__(self) -> bool:
        return all(self.outcomes)

    def _each(self) -> Sequence[ReplayOutcome]:
        return self.outcomes


class ContractReplayResult(Verdict, Model, frozen=True, kw_only=True):
    """What a contract's replay says about one id; true if the event passed now.

    Attributes:
        quarantine_id: The id.
        outcome: What became of it.
        replayed_into_audit_id: The audit row of an event that passed.
        contract_version_matched: The version that such an event passed.
        new_quarantine_id: For an event that failed again, always the nil UUID.
        contract_version_attempted: The version that such an event failed.
        violation_count: How many rules it broke.
        violations: These rules.

    Source: docs/spec/gateway-http.md, section 5.11.
    """

    quarantine_id: str
    outcome: ReplayResult
    replayed_into_audit_id: Optional[str] = None
    contract_version_matched: Optional[str] = None
    new_quarantine_id: Optional[str] = None
    contract_version_attempted: Optional[str] = None
    violation_count: int = 0
    violations: list[Violation] = msgspec.field(default_factory=list)

    def __bool__(self) -> bool:
        return self.outcome == ReplayResult.REPLAYED


class ContractReplayResponse(Batch, frozen=True, kw_only=True):
    """The outcome of a contract's replay; true if every event passed now.

    The seven counts add up to `total`.

    Attributes:
        results: One for each id, in the order of the request.
        total: How many ids were sent.
        replayed: How many passed now.
        still_quarantined: How many failed again.
        already_replayed: How many had passed before.
        not_found: How many ids belong to no row.
        wrong_contract: How many belong to another contract.
        purged: How many were purged.
        redacted: How many have no stored body.
        target_version: The version that judged them.
        target_version_source: What decided that version.
        target_is_draft: Whether that version is a draft.

    Source: docs/spec/gateway-http.md, section 5.11.
    """

    results: list[ContractReplayResult]
    total: int
    replayed: int = 0
    still_quarantined: int = 0
    already_replayed: int = 0
    not_found: int = 0
    wrong_contract: int = 0
    purged: int = 0
    redacted: int = 0
    target_version: Optional[str] = None
    target_version_source: Optional[TargetSource] = None
    target_is_draft: bool = False

    def __bool__(self) -> bool:
        return all(self.results)

    def _each(self) -> Sequence[ContractReplayResult]:
        return self.results


class ReplayHistoryEntry(Model, frozen=True, kw_only=True):
    """One entry of a row's history: the row itself, then failed replays, then passed ones.

    Attributes:
        kind: What the entry stands for.
        id: The row's own id; for a failed replay the id of the new quarantine row, for a passed one
            that of the audit row.
        contract_version: The version that decided.
        created_at: When the row was written.
        violation_count: How many rules were broken; None for a passed replay.
        status: The row's status; only for the row itself.
        replayed_at: When it passed a replay, if it did; only for the row itself.
        replayed_into_audit_id: The audit row of that replay; only for the row itself.

    Source: docs/spec/gateway-http.md, section 5.11.
    """

    kind: ReplayKind
    id: str
    contract_version: Optional[str] = None
    created_at: Optional[Timestamp] = None
    violation_count: Optional[int] = None
    status: Optional[QuarantineStatus] = None
    replayed_at: Optional[Timestamp] = None
    replayed_into_audit_id: Optional[str] = None
