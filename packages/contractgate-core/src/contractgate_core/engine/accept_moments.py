"""Freshness rules on events that were decoded as structs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from contractgate_core.engine.accept_getters import Attribute, attributes, get_outside
from contractgate_core.engine.accept_plan import Spot
from contractgate_core.engine.rules import MILLISECONDS_FROM

__all__ = ["Moment", "is_fresh", "moments"]

_ENDLESS = 2**62


class Moment(NamedTuple):
    """A freshness rule.

    Attributes:
        get_outside: Gets the timestamps that are not between two times from decoded events.
        max_age: How old they may be, in seconds.
    """

    get_outside: Callable[[Sequence[Any], int, int], list[Any]]
    max_age: int

    def is_fresh(self, rows: Sequence[Any], now: int) -> bool:
        """Tell whether the timestamps, where they are there, are certainly fresh.

        Args:
            rows: Decoded events.
            now: The time in whole Unix seconds.
        """
        # Most are fresh and in seconds, which is quickly seen.
        low, high = now - self.max_age, min(now, MILLISECONDS_FROM)
        if not (is_fresh(self.max_age, low, now) and is_fresh(self.max_age, high, now)):
            low, high = 1, 0
        values = self.get_outside(rows, low, high)
        return all(is_fresh(self.max_age, value, now) for value in values)


def is_fresh(max_age: int, value: int, now: int) -> bool:
    """Tell whether a timestamp is certainly no older than `max_age` seconds, nor in the future."""
    seconds = value // 1000 if value > MILLISECONDS_FROM else value
    # Beyond the limits the gateway's arithmetic wraps.
    return 0 <= now - seconds <= max_age < _ENDLESS and -_ENDLESS < now < _ENDLESS


def moments(spot: Spot) -> Iterator[Moment]:
    """List the freshness rules at a place and inside it."""
    for path, age in _max_ages(spot):
        yield Moment(get_outside(path), age)


def _max_ages(spot: Spot) -> Iterator[tuple[list[Attribute], int]]:
    for age in spot.max_ages:
        yield [], age
    for attribute, member in attributes(spot):
        for path, age in _max_ages(member):
            yield [attribute, *path], age
