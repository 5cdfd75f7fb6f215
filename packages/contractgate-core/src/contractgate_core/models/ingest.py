"""What became of events: ingest, egress and the playground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import msgspec

from contractgate_core._plain import required
from contractgate_core._verdict import Verdict, Verdicts
from contractgate_core.models._base import Model
from contractgate_core.models._batch import Batch
from contractgate_core.models.meta import HasMeta
from contractgate_core.models.outcome import BrokenRule, IngestEventResult, IngestTotals
from contractgate_core.models.words import EgressAction, EgressDisposition, PinSource
from contractgate_core.results import EnvelopeResult, Violation

__all__ = [
    "BatchIngestResponse",
    "BrokenRule",
    "DeprecatedBatchResponse",
    "EgressOutcome",
    "EgressResponse",
    "EnvelopeResponse",
    "IngestEventResult",
    "IngestTotals",
    "LegacyDeprecatedResponse",
    "PlaygroundResponse",
]


class BatchIngestResponse(Batch, frozen=True):
    """What became of a batch of events: statuses 200, 207 and 422; true if none failed.

    Attributes:
        total: How many events were sent.
        passed: How many conform, even if the batch was rejected as a whole.
        failed: How many do not.
        dry_run: Whether this was a dry run, which writes nothing.
        atomic: Whether one failure rejects the whole batch.
        resolved_version: The version that the batch was checked by, before any fallback.
        version_pin_source: What decided the version.
        results: One for each event, in the order of the batch.

    Source: docs/spec/gateway-http.md, sections 5.6 and 5.7.
    """

    total: int
    passed: int
    failed: int
    dry_run: bool = False
    atomic: bool = False
    resolved_version: str = required("resolved_version")
    version_pin_source: Optional[PinSource] = None
    results: list[IngestEventResult] = required("results")

    def __bool__(self) -> bool:
        return not self.failed

    def _each(self) -> Sequence[IngestEventResult]:
        return self.results


class DeprecatedBatchResponse(Batch, frozen=True, kw_only=True):
    """A batch that pinned a deprecated version: status 422, every event quarantined unchecked.

    Attributes:
        error: The gateway's sentence, which names the version.
        total: How many events were sent.
        failed: The same number.
        results: One for each event, each failed and without violations.
        passed: 0.
        version_pin_source: `pinned_deprecated`.
        dry_run: Whether this was a dry run, which writes nothing.

    Source: docs/spec/gateway-http.md, sections 5.6 and 6.5.
    """

    error: str
    total: int
    failed: int
    results: list[IngestEventResult]
    passed: int = 0
    version_pin_source: Optional[PinSource] = None
    dry_run: bool = False

    def __bool__(self) -> bool:
        return not self.failed

    def _each(self) -> Sequence[IngestEventResult]:
        return self.results


class LegacyDeprecatedResponse(Verdicts, Model, frozen=True, kw_only=True):
    """The same on the legacy route, where the batch is nested.

    Attributes:
        error: The gateway's sentence, which names the version.
        batch: The batch, every event failed and without violations.
        status: 422.

    Source: docs/spec/gateway-http.md, sections 5.7 and 6.5.
    """

    error: str
    batch: BatchIngestResponse
    status: int = 422

    def __bool__(self) -> bool:
        return bool(self.batch)

    def _each(self) -> Sequence[IngestEventResult]:
        return self.batch.results


class EnvelopeResponse(HasMeta, EnvelopeResult, frozen=True):
    """The outcome of an envelope: status 200, whatever failed in it.

    Attributes:
        passed: How many records passed.
        quarantined: How many records did not; at least 1 if the envelope itself is at fault.
        violations: Every broken rule, in the order of the records.
        validation_us: Duration of the check in whole **microseconds**.

    Source: docs/spec/gateway-http.md, sections 5.7 and 6.10.
    """


class EgressOutcome(Verdict, Model, frozen=True):
    """The verdict of the gateway on one outgoing record; true if the record passed.

    Attributes:
        index: The record's index in the request, from 0.
        passed: Whether no rule was broken and nothing leaked.
        violations: Every broken rule, in the gateway's order.
        validation_us: Duration of the check in whole **microseconds**.
        action: What became of the record; also `rejected` for one that passed, if another failed
            under disposition `fail`.
        stripped_fields: Undeclared keys that were removed, in ascending order.

    Source: docs/spec/gateway-http.md, sections 5.8 and 6.22.
    """

    index: int
    passed: bool
    violations: list[Violation]
    validation_us: int = 0
    action: EgressAction = required("action")
    stripped_fields: list[str] = msgspec.field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.passed)


class EgressResponse(Batch, frozen=True):
    """What became of outgoing records: statuses 200, 207 and 422; true if none failed.

    Attributes:
        total: How many records were sent.
        passed: How many conform.
        failed: How many do not.
        dry_run: Whether this was a dry run, which writes nothing.
        disposition: What becomes of failed records.
        resolved_version: The version that checked them.
        payload: The cleaned records that may go out, in the order of the request.
        outcomes: One for each record, in the order of the request.
        egress_leakage_mode: What becomes of undeclared keys: `off`, `strip` or `fail`.

    Source: docs/spec/gateway-http.md, sections 5.8 and 6.22.
    """

    total: int
    passed: int
    failed: int
    dry_run: bool = False
    disposition: EgressDisposition = EgressDisposition.BLOCK
    resolved_version: str = required("resolved_version")
    payload: list[Any] = required("payload")
    outcomes: list[EgressOutcome] = required("outcomes")
    egress_leakage_mode: Optional[str] = None

    def __bool__(self) -> bool:
        return not self.failed

    def _each(self) -> Sequence[EgressOutcome]:
        return self.outcomes


class PlaygroundResponse(Verdict, Model, frozen=True, kw_only=True):
    """The verdict on one event by a contract that is not stored; true if it passed.

    Attributes:
        passed: Whether no rule was broken.
        violations: Every broken rule, in the gateway's order.
        validation_us: Duration of the check in whole **microseconds**.
        transformed_event: The event after the contract's transforms, made with an empty salt.

    Source: docs/spec/gateway-http.md, sections 5.10 and 6.23.
    """

    passed: bool
    violations: list[Violation]
    validation_us: int = 0
    transformed_event: Any = None

    def __bool__(self) -> bool:
        return bool(self.passed)
