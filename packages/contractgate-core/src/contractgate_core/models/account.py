"""An organisation's plan, and the storage of its events."""

from __future__ import annotations

from typing import Optional

from contractgate_core.models._base import Model, Timestamp

__all__ = ["ContractStorage", "PayloadStorage", "PurgedBodies", "Usage"]


class Usage(Model, frozen=True, kw_only=True):
    """How many of the plan's monthly events are used.

    Attributes:
        plan: `free`, `growth` or `enterprise`.
        used: How many events were counted this month.
        period_start: The first instant of the UTC calendar month.
        limit: How many events the plan allows a month; None if there is no limit.
        remaining: How many are left; None if there is no limit.
        pct: How much is used in **per cent**, not rounded; None if there is no limit.
        unlimited: Whether there is no limit.

    Source: docs/spec/gateway-http.md, sections 5.14 and 6.17.
    """

    plan: str
    used: int
    period_start: Optional[Timestamp] = None
    limit: Optional[int] = None
    remaining: Optional[int] = None
    pct: Optional[float] = None
    unlimited: Optional[bool] = None


class PayloadStorage(Model, frozen=True, kw_only=True):
    """Whether the bodies of an organisation's events are kept.

    Attributes:
        enabled: Whether they are kept unless the contract says otherwise.
        plan: The plan, or `self_host`.
        eligible: Whether the plan allows it.

    Source: docs/spec/gateway-http.md, sections 5.14 and 6.18.
    """

    enabled: bool
    plan: Optional[str] = None
    eligible: Optional[bool] = None


class ContractStorage(Model, frozen=True, kw_only=True):
    """Whether the bodies of one contract's events may be kept.

    Attributes:
        enabled: Whether they may be kept.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    enabled: bool


class PurgedBodies(Model, frozen=True, kw_only=True):
    """How many stored bodies were removed.

    Attributes:
        quarantine_bodies_redacted: How many in the quarantine.
        audit_bodies_redacted: How many in the audit.

    Source: docs/spec/gateway-http.md, section 5.14.
    """

    quarantine_bodies_redacted: int = 0
    audit_bodies_redacted: int = 0
