"""The bodies of refusals, which say why a request was refused."""

from __future__ import annotations

from typing import Optional

from contractgate_core.models._base import Model

__all__ = ["ErrorBody", "IdempotencyConflict", "PlanLimitExceeded", "RateLimitExceeded"]


class ErrorBody(Model, frozen=True, kw_only=True):
    """The body of most errors.

    Attributes:
        error: What is wrong, in a sentence.
        status: The HTTP status again; some bodies do not have it.

    Source: docs/spec/gateway-http.md, section 2.1.
    """

    error: str
    status: Optional[int] = None


class RateLimitExceeded(Model, frozen=True, kw_only=True):
    """Too many requests in a short time; the only refusal that says how long to wait.

    Attributes:
        error: `rate_limit_exceeded`.
        retry_after_ms: How long to wait, in whole **milliseconds**.
        detail: The same in a sentence.

    Source: docs/spec/gateway-http.md, sections 2.2 and 6.16.
    """

    error: str
    retry_after_ms: int
    detail: Optional[str] = None


class PlanLimitExceeded(Model, frozen=True, kw_only=True):
    """This month's events of the plan are used up.

    Attributes:
        error: `plan_limit_exceeded`.
        plan: The plan.
        limit: How many events it allows per month.
        used: How many were counted.
        period: The UTC calendar month, `YYYY-MM`.
        detail: The same in a sentence.
        upgrade_url: Where a larger plan is sold.
        status: 429.

    Source: docs/spec/gateway-http.md, sections 2.2 and 6.17.
    """

    error: str
    plan: str
    limit: int
    used: int
    period: Optional[str] = None
    detail: Optional[str] = None
    upgrade_url: Optional[str] = None
    status: Optional[int] = None


class IdempotencyConflict(Model, frozen=True, kw_only=True):
    """An idempotency key was used before, with another body.

    Attributes:
        error: `idempotency_conflict`.
        detail: The same in a sentence.

    Source: docs/spec/gateway-http.md, sections 2.2 and 6.15.
    """

    error: str
    detail: Optional[str] = None
