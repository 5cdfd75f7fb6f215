"""How much a caller may send.

Source: docs/spec/gateway-http.md, sections 1.3, 2.2, 6.13, 6.16 and 6.17.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from contractgate_core.engine.render import json_text
from contractgate_core.models import PlanLimitExceeded, RateLimitExceeded
from contractgate_http.local.buckets import DEFAULT_BURST, DEFAULT_RATE, Level
from contractgate_http.local.context import BodyLimit, Context
from contractgate_http.local.message import encode, json_response
from contractgate_http.local.refusals import (
    RefusalError,
    bad_request,
    payload_too_large,
    rate_limited,
)
from contractgate_http.local.times import month_of, month_start

__all__ = [
    "LONG_BODY",
    "MOST_EVENT_BYTES",
    "PLANS",
    "SHORT_BODY",
    "UPGRADE_URL",
    "check_event_sizes",
    "check_number",
    "check_plan",
    "count_events",
    "is_paid",
    "plan_limit",
    "rate_refusal",
    "take_first_token",
    "take_second_token",
    "used_events",
]

_MIB = 2**20
SHORT_BODY = BodyLimit(_MIB, _MIB)
LONG_BODY = BodyLimit(10 * _MIB, 2 * _MIB)

MOST_EVENTS = 1000
MOST_EVENT_BYTES = _MIB
_MOST_GROWTH = 5
"""A float such as 1e15 becomes this many times longer when written out."""

PLANS = {"free": 1_000_000, "growth": 50_000_000, "enterprise": None}
"""Events per calendar month."""

UPGRADE_URL = "https://app.datacontractgate.com/pricing"


def take_first_token(context: Context) -> None:
    """Take the token for any request with a key."""
    caller = context.caller
    if caller.key_id is None:
        return
    if not _take(context, "first token", caller.key_id, caller.rate, caller.burst).is_allowed:
        raise rate_limited()


def take_second_token(context: Context) -> Level:
    """Take the further token that the handler of `/v1/ingest` requires."""
    caller = context.caller
    if caller.key_id is None:
        level = _take(context, "second token", "", DEFAULT_RATE, DEFAULT_BURST)
    else:
        level = _take(context, "second token", caller.key_id, caller.rate, caller.burst)
    if not level.is_allowed:
        raise rate_refusal(level)
    return level


def _take(context: Context, which: str, bucket: str, rate: float, burst: float) -> Level:
    buckets = context.state.buckets
    return context.once(which, lambda: buckets.take(bucket, context.seconds, rate, burst))


def rate_refusal(level: Level) -> RefusalError:
    """Return the refusal that says how long to wait."""
    wait = level.retry_after_ms
    body = RateLimitExceeded(
        error="rate_limit_exceeded",
        detail=f"Rate limit of {int(level.rate)} req/sec exceeded. Retry after {wait}ms.",
        retry_after_ms=wait,
    )
    return RefusalError(json_response(body, 429).with_headers(level.headers()))


def check_number(events: Sequence[Any], wording: str) -> None:
    """Refuse a batch that is empty or too large.

    Args:
        events: The batch.
        wording: The words after the number, which differ between routes.
    """
    if not events:
        raise bad_request("Empty event batch")
    if len(events) > MOST_EVENTS:
        raise bad_request(f"Batch too large: {len(events)} {wording}, maximum is {MOST_EVENTS}")


def check_event_sizes(events: Sequence[Any], body_length: int) -> None:
    """Refuse an event that is too long when written out again."""
    if body_length * _MOST_GROWTH <= MOST_EVENT_BYTES:
        return
    for index, event in enumerate(events):
        if len(encode(event)) * _MOST_GROWTH <= MOST_EVENT_BYTES:
            continue
        length = len(json_text(event).encode())
        if length > MOST_EVENT_BYTES:
            raise payload_too_large(
                f"Event at index {index} exceeds the 1 MB per-event limit ({length} bytes)"
            )


def plan_limit(plan: str) -> Optional[int]:
    """Return how many events a plan allows per month; None if it has no limit."""
    return PLANS.get(plan, PLANS["free"])


def is_paid(plan: str) -> bool:
    """Return whether a plan may keep the bodies of events."""
    return plan in ("growth", "enterprise")


def used_events(context: Context, org_id: str) -> int:
    """Return how many events an organisation has used this month."""
    used = context.store.accounts.used(org_id, month_of(context.now))
    if used is not None:
        return used
    # Counting starts from the rows of the audit, including egress and rejected batches.
    return context.store.audit.count_from(month_start(context.now), org_id)


def count_events(context: Context, org_id: Optional[str], number: int) -> None:
    """Count the events of a batch whose rows were just written."""
    if org_id is None:
        return
    accounts, month = context.store.accounts, month_of(context.now)
    used = accounts.used(org_id, month)
    # The audit already has the rows of this batch, so they must not be counted twice.
    total = used_events(context, org_id) if used is None else used + number
    accounts.set_used(org_id, month, total)


def check_plan(context: Context, org_id: Optional[str]) -> None:
    """Refuse a batch if the month's events were used up before it."""
    org = None if org_id is None else context.store.accounts.org(org_id)
    limit = None if org is None else plan_limit(org.plan)
    if org is None or limit is None:
        return
    used, month = used_events(context, org.id), month_of(context.now)
    if used < limit:
        return
    about = f"'{org.plan}' ({used}/{limit} in {month})"
    body = PlanLimitExceeded(
        error="plan_limit_exceeded",
        detail=f"Plan event limit exceeded for plan {about}",
        plan=org.plan,
        limit=limit,
        used=used,
        period=month,
        upgrade_url=UPGRADE_URL,
        status=429,
    )
    raise RefusalError(json_response(body, 429))
