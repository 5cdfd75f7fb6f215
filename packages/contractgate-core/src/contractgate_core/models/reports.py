"""Reports about what the gateway judged: a contract's report and a source's scorecard."""

from __future__ import annotations

from typing import Optional

import msgspec

from contractgate_core.models._base import Model, Timestamp

__all__ = [
    "ContractReport",
    "DriftSignal",
    "FieldHealth",
    "ReportTotals",
    "ReportViolation",
    "ReportWindow",
    "Scorecard",
    "SourceSummary",
    "VersionTotals",
]


class ReportWindow(Model, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """The span of time of a report.

    Attributes:
        start: Where it begins, if it is bounded; `from` on the wire.
        end: Where it ends, if it is bounded; `to` on the wire.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    start: Optional[Timestamp] = None
    end: Optional[Timestamp] = None


class ReportTotals(Model, frozen=True, kw_only=True):
    """Counts over a report's span of time.

    Attributes:
        total: How many events there were.
        passed: How many passed.
        quarantined: How many did not.
        pass_rate: The share that passed, from 0 to 1.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    total: int
    passed: int
    quarantined: int
    pass_rate: float = 0.0


class VersionTotals(Model, frozen=True, kw_only=True):
    """The same counts for one version.

    Attributes:
        contract_version: The version.
        total: How many events there were.
        passed: How many passed.
        quarantined: How many did not.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    total: int
    passed: int
    quarantined: int
    contract_version: Optional[str] = None


class ReportViolation(Model, frozen=True, kw_only=True):
    """How often a rule was broken.

    Attributes:
        count: How often.
        field: The field's path.
        kind: The rule.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    count: int
    field: Optional[str] = None
    kind: Optional[str] = None


class ContractReport(Model, frozen=True, kw_only=True):
    """What became of a contract's events in a span of time.

    Attributes:
        contract_id: The contract.
        totals: The counts.
        contract_name: Its name.
        window: The span of time.
        generated_at: When the report was made.
        by_version: The counts by version.
        top_violations: The rules that were broken most often, at most 20.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    contract_id: str
    totals: ReportTotals
    contract_name: Optional[str] = None
    window: Optional[ReportWindow] = None
    generated_at: Optional[Timestamp] = None
    by_version: list[VersionTotals] = msgspec.field(default_factory=list)
    top_violations: list[ReportViolation] = msgspec.field(default_factory=list)


class SourceSummary(Model, frozen=True, kw_only=True):
    """The counts of one contract of a source.

    Attributes:
        contract_name: The contract's name.
        source: The source that the deployment named.
        total_events: How many events there were.
        passed: How many passed.
        quarantined: How many did not.
        quarantine_pct: The share that did not, in **per cent**; None if there were no events.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    contract_name: str
    source: Optional[str] = None
    total_events: int = 0
    passed: int = 0
    quarantined: int = 0
    quarantine_pct: Optional[float] = None


class FieldHealth(Model, frozen=True, kw_only=True):
    """How often a field broke a rule.

    Attributes:
        contract_name: The contract's name.
        field: The field's path.
        code: The rule.
        violations: How often.
        source: The source that the deployment named.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    contract_name: str
    field: str
    code: str
    violations: int = 0
    source: Optional[str] = None


class DriftSignal(Model, frozen=True, kw_only=True):
    """A field that breaks rules more often, or less often, than it used to.

    Attributes:
        contract_name: The contract's name.
        field: The field's path.
        current_rate: How often it breaks rules now.
        baseline_rate: How often it used to.
        delta_pct: The difference in **percentage points**.
        label: The same in words.
        source: The source that the deployment named.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    contract_name: str
    field: str
    current_rate: Optional[float] = None
    baseline_rate: Optional[float] = None
    delta_pct: Optional[float] = None
    label: Optional[str] = None
    source: Optional[str] = None


class Scorecard(Model, frozen=True, kw_only=True):
    """The state of one source's contracts; not limited to an organisation.

    Attributes:
        source: The source that deployments named, or `(unsourced)`.
        summary: The counts by contract.
        top_violations: The first 20 of `field_health`.
        field_health: How often each field broke which rule.
        drift_signals: Fields whose rates changed.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    source: str
    summary: list[SourceSummary] = msgspec.field(default_factory=list)
    top_violations: list[FieldHealth] = msgspec.field(default_factory=list)
    field_health: list[FieldHealth] = msgspec.field(default_factory=list)
    drift_signals: list[DriftSignal] = msgspec.field(default_factory=list)
