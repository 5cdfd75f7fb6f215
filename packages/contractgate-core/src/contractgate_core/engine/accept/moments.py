"""Freshness rules on timestamps of accepted events."""

from __future__ import annotations

from typing import NamedTuple

from contractgate_core.engine.rules import MILLISECONDS_FROM

__all__ = ["FreshSpans", "fresh_spans", "is_fresh", "strictest"]

_ENDLESS = 2**62


class FreshSpans(NamedTuple):
    """The timestamps that are fresh, from the first to the last; none if that is the lesser."""

    first_second: int
    last_second: int
    first_millisecond: int
    last_millisecond: int


_NEVER = FreshSpans(1, 0, 1, 0)


def is_fresh(max_age: int, value: int, now: int) -> bool:
    """Tell whether a timestamp is certainly no older than `max_age` seconds, nor in the future."""
    seconds = value // 1000 if value > MILLISECONDS_FROM else value
    # Beyond the limits the gateway's arithmetic wraps.
    return 0 <= now - seconds <= max_age < _ENDLESS and -_ENDLESS < now < _ENDLESS


def strictest(first: int, second: int) -> int:
    """Return the one of two greatest ages with which `is_fresh` says what it says with both."""
    return max(first, second) if max(first, second) >= _ENDLESS else min(first, second)


def fresh_spans(max_age: int, now: int) -> FreshSpans:
    """Tell of which timestamps `is_fresh` says so, for a test of many."""
    if max_age >= _ENDLESS or not -_ENDLESS < now < _ENDLESS:
        return _NEVER
    oldest = now - max_age
    return FreshSpans(
        oldest,
        min(now, MILLISECONDS_FROM),
        max(oldest * 1000, MILLISECONDS_FROM + 1),
        now * 1000 + 999,
    )
