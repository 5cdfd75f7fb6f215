"""What types cannot check, of many events at once: column by column, which is faster by far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Callable, NamedTuple, Optional

from contractgate_core.engine.accept_checks import (
    FAILS,
    HOLDS,
    MAY_BE_ZERO,
    ON_EDGE,
    All,
    Test,
    may_be_zero,
    spot_tests,
)
from contractgate_core.engine.accept_patterns import Find
from contractgate_core.engine.accept_plan import Spot
from contractgate_core.engine.accept_rows import RowTest, test_of_value
from contractgate_core.engine.accept_types import attribute, float_edges

__all__ = ["Columns"]

_GROUP = 32
"""So many values are tested at once where some of a column fail."""


class _Column(NamedTuple):
    """How one attribute of structs is tested.

    Attributes:
        may_be_none: It may be absent.
        all: Tests all values of a column that are there.
        one: Tests one of them.
        find: Finds those that fail, if nothing but one test that can is to be done.
    """

    may_be_none: bool
    all: All
    one: RowTest
    find: Optional[Find]


class Columns:
    """Tests many events at once, attribute by attribute.

    Args:
        root: What the contract demands.
        is_plain: As for `event_type`.
    """

    def __init__(self, root: Spot, *, is_plain: bool) -> None:
        self._getters: list[Callable[[Any], Any]] = []
        self._tests: list[_Column] = []
        for index, member in enumerate((root.members or {}).values()):
            tests = list(spot_tests(member, is_plain))
            checks = list(_checks(member, tests, is_plain))
            if checks:
                find = tests[0].find if len(tests) == len(checks) == 1 else None
                may_be_none = not member.required or member.nullable
                one = test_of_value(member, is_plain)
                self._getters.append(attrgetter(attribute(index)))
                self._tests.append(_Column(may_be_none, _all_of(checks), one, find))

    def __bool__(self) -> bool:
        return bool(self._getters)

    def test(self, rows: Sequence[Any]) -> int:
        """Test events; FAILS if one of them fails, else the greatest doubt about one."""
        verdict = HOLDS
        for values, (may_be_none, check, _, _) in zip(self._columns(rows), self._tests):
            found = _check(check, values, may_be_none)
            if found == FAILS:
                return FAILS
            verdict = max(verdict, found)
        return verdict

    def exceptions(self, rows: Sequence[Any], now: Optional[int]) -> Iterator[tuple[int, int]]:
        """Find the events that fail or that there is doubt about.

        Returns:
            The indexes of the events, not in order, each with FAILS or the doubt.
        """
        for values, column in zip(self._columns(rows), self._tests):
            if column.find is None:
                yield from _narrowed(column, values, now)
            else:
                found = _found(column.find, values, column.may_be_none)
                yield from ((index, FAILS) for index in found)

    def _columns(self, rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
        return (list(map(get, rows)) for get in self._getters)


def _found(find: Find, values: Sequence[Any], may_be_none: bool) -> Sequence[int]:
    """Find what fails among the values of a column that are there."""
    if not may_be_none:
        return find(values)
    there = [value for value in values if value is not None]
    found = find(there)
    if not found or len(there) == len(values):
        return found
    places = [place for place, value in enumerate(values) if value is not None]
    return [places[index] for index in found]


def _narrowed(
    column: _Column, values: Sequence[Any], now: Optional[int]
) -> Iterator[tuple[int, int]]:
    """Find what fails or is in doubt, first in groups."""
    may_be_none, check, one, _ = column
    if _check(check, values, may_be_none) == HOLDS:
        return
    for start in range(0, len(values), _GROUP):
        group = values[start : start + _GROUP]
        if _check(check, group, may_be_none) == HOLDS:
            continue
        for index, value in enumerate(group, start):
            verdict = HOLDS if value is None else one(value, now)
            if verdict != HOLDS:
                yield index, verdict


def _check(check: All, values: Sequence[Any], may_be_none: bool) -> int:
    if may_be_none:
        values = [value for value in values if value is not None]
    return check(values) if values else HOLDS


def _checks(spot: Spot, tests: Sequence[Test], is_plain: bool) -> Iterator[All]:
    """List the checks of all values of a column; some are the tests of its spot."""
    for test in tests:
        yield test.all
    if may_be_zero(spot):
        yield lambda values: MAY_BE_ZERO if 0 in values else HOLDS
    low, high = float_edges(spot)
    if low is not None:
        yield lambda values: ON_EDGE if min(values) < low else HOLDS
    if high is not None:
        yield lambda values: ON_EDGE if max(values) > high else HOLDS
    if spot.is_raw:
        return
    inside = Columns(spot, is_plain=is_plain)
    if inside:
        yield inside.test
    if spot.item is not None:
        found = list(_checks(spot.item, list(spot_tests(spot.item, is_plain)), is_plain))
        if found:
            yield _of_items(_all_of(found), spot.item.nullable)


def _all_of(tests: Sequence[All]) -> All:
    if len(tests) == 1:
        return tests[0]

    def test(values: Sequence[Any]) -> int:
        verdict = HOLDS
        for check in tests:
            found = check(values)
            if not found:
                return FAILS
            verdict = max(verdict, found)
        return verdict

    return test


def _of_items(check: All, may_be_none: bool) -> All:
    def test(lists: Sequence[Any]) -> int:
        values = list(chain.from_iterable(lists))
        if may_be_none:
            values = [value for value in values if value is not None]
        return check(values) if values else HOLDS

    return test
