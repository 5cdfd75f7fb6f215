"""Freshness rules on events that were decoded as structs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from contractgate_core.engine.accept_plan import Spot
from contractgate_core.engine.accept_types import attribute
from contractgate_core.engine.rules import MILLISECONDS_FROM

__all__ = ["Moment", "is_fresh", "moments"]

_ENDLESS = 2**62


class Moment(NamedTuple):
    """A freshness rule.

    Attributes:
        getters: How to come to the timestamp from a struct, and whether it may be None there.
        max_age: How old it may be, in seconds.
    """

    getters: tuple[tuple[Callable[[Any], Any], bool], ...]
    max_age: int

    def is_fresh(self, rows: Sequence[Any], now: int) -> bool:
        """Tell whether the timestamps, where they are there, are certainly fresh.

        Args:
            rows: Decoded events.
            now: The time in whole Unix seconds.
        """
        values = rows
        for get, may_be_none in self.getters:
            values = list(map(get, values))
            if may_be_none:
                values = [value for value in values if value is not None]
        if not values:
            return True
        least, most = min(values), max(values)
        return (
            is_fresh(self.max_age, least, now)
            and is_fresh(self.max_age, most, now)
            and (most <= MILLISECONDS_FROM or self._is_each_fresh(values, now))
        )

    def _is_each_fresh(self, values: Sequence[int], now: int) -> bool:
        return all(is_fresh(self.max_age, value, now) for value in values)


def is_fresh(max_age: int, value: int, now: int) -> bool:
    """Tell whether a timestamp is certainly no older than `max_age` seconds, nor in the future."""
    seconds = value // 1000 if value > MILLISECONDS_FROM else value
    # Beyond the limits the gateway's arithmetic wraps.
    return 0 <= now - seconds <= max_age < _ENDLESS and -_ENDLESS < now < _ENDLESS


def moments(spot: Spot) -> Iterator[Moment]:
    """List the freshness rules at a place and inside it."""
    for age in spot.max_ages:
        yield Moment((), age)
    for index, member in enumerate((spot.members or {}).values()):
        get = attrgetter(attribute(index)), member.nullable or not member.required
        for getters, age in moments(member):
            yield Moment((get, *getters), age)
