"""The gateway's record of what it judged."""

from __future__ import annotations

from typing import Any, Optional

import msgspec

from contractgate_core._plain import required
from contractgate_core.models._base import Model, Timestamp

__all__ = ["AuditEntry", "IngestionStats"]


class AuditEntry(Model, frozen=True):
    """One row of the audit: a judged event, or a batch that was rejected as a whole.

    Attributes:
        id: The row's id.
        contract_id: The contract.
        contract_version: The version that decided.
        passed: Whether no rule was broken.
        violation_count: How many rules were broken; in the row of a batch, how many events failed.
        violation_details: JSON objects, usually violations; those in the row of a batch have no
            `field` and `message`.
        raw_event: The event after its transforms; `{}` if bodies are not stored.
        validation_us: Duration of the check in whole **microseconds**.
        source_ip: The address that the request named; unchecked text.
        created_at: When the row was written; rows of one batch share it.

    Source: docs/spec/gateway-http.md, sections 3, 5.9 and 6.19.
    """

    id: str
    contract_id: str
    contract_version: Optional[str] = None
    passed: bool = required("passed")
    violation_count: int = 0
    violation_details: list[Any] = msgspec.field(default_factory=list)
    raw_event: Any = None
    validation_us: int = 0
    source_ip: Optional[str] = None
    created_at: Optional[Timestamp] = None


class IngestionStats(Model, frozen=True):
    """Totals over rows of the audit; the row of a rejected batch counts as one failed event.

    Attributes:
        total_events: How many rows there are.
        passed_events: How many of them passed.
        failed_events: How many did not.
        pass_rate: The share that passed, from 0 to 1; 0 if there are no rows.
        avg_validation_us: Mean duration of a check in **microseconds**.
        p50_validation_us: Median duration in whole **microseconds**.
        p95_validation_us: 95th percentile in whole **microseconds**.
        p99_validation_us: 99th percentile in whole **microseconds**.

    Source: docs/spec/gateway-http.md, section 3.
    """

    total_events: int
    passed_events: int
    failed_events: int
    pass_rate: float = 0.0
    avg_validation_us: float = 0.0
    p50_validation_us: int = 0
    p95_validation_us: int = 0
    p99_validation_us: int = 0
