"""What types cannot check, of many events at once: column by column, which is faster by far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
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
from contractgate_core.engine.accept_plan import Spot
from contractgate_core.engine.accept_rows import RowTest, test_of_value
from contractgate_core.engine.accept_types import attribute, float_edges
from contractgate_core.engine.repeated import Find

__all__ = ["Columns"]

_GROUP = 32
"""So many values are tested at once where some of a column fail."""


class _Column(NamedTuple):
    """How one attribute of structs is tested.

    Attributes:
        may_be_none: It may be absent.
        all: Tests all values of a column that are there.
        finders: What finds the values that fail or are in doubt, each with what that means.
        inside: Tests what is inside them, if anything has to be.
        one: Tests one of them.
    """

    may_be_none: bool
    all: All
    finders: Sequence[tuple[int, Find]]
    inside: Optional[All]
    one: RowTest


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
            finders = list(_finders(member, is_plain))
            inside = list(_inside(member, is_plain))
            if finders or inside:
                may_be_none = not member.required or member.nullable
                one = test_of_value(member, is_plain)
                check = _all_of(_checks(finders, inside))
                within = _all_of(inside) if inside else None
                self._getters.append(attrgetter(attribute(index)))
                self._tests.append(_Column(may_be_none, check, finders, within, one))

    def __bool__(self) -> bool:
        return bool(self._getters)

    def test(self, rows: Sequence[Any]) -> int:
        """Test events; FAILS if one of them fails, else the greatest doubt about one."""
        verdict = HOLDS
        for values, column in zip(self._columns(rows), self._tests):
            found = _check(column.all, values, column.may_be_none)
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
            for verdict, find in column.finders:
                for index in _found(find, values, column.may_be_none):
                    yield index, verdict
            if column.inside is not None:
                yield from _narrowed(column.inside, column, values, now)

    def _columns(self, rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
        return (list(map(get, rows)) for get in self._getters)


def _those_there(values: Sequence[Any]) -> Sequence[Any]:
    return [value for value in values if value is not None]


def _found(find: Find, values: Sequence[Any], may_be_none: bool) -> Sequence[int]:
    """Find what fails among the values of a column that are there."""
    if not may_be_none:
        return find(values)
    there = _those_there(values)
    found = find(there) if there else ()
    if not found or len(there) == len(values):
        return found
    places = [place for place, value in enumerate(values) if value is not None]
    return [places[index] for index in found]


def _narrowed(
    check: All, column: _Column, values: Sequence[Any], now: Optional[int]
) -> Iterator[tuple[int, int]]:
    """Find what fails or is in doubt by what is inside it, first in groups."""
    if _check(check, values, column.may_be_none) == HOLDS:
        return
    for start in range(0, len(values), _GROUP):
        group = values[start : start + _GROUP]
        if _check(check, group, column.may_be_none) == HOLDS:
            continue
        for index, value in enumerate(group, start):
            verdict = HOLDS if value is None else column.one(value, now)
            if verdict != HOLDS:
                yield index, verdict


def _check(check: All, values: Sequence[Any], may_be_none: bool) -> int:
    if may_be_none:
        values = _those_there(values)
    return check(values) if values else HOLDS


def _finders(spot: Spot, is_plain: bool) -> Iterator[tuple[int, Find]]:
    """List what finds the values at a place that fail or are in doubt by themselves."""
    for test in spot_tests(spot, is_plain):
        yield FAILS, test.find or _one_by_one(test)
    if may_be_zero(spot):
        yield MAY_BE_ZERO, _zeros
    low, high = float_edges(spot)
    if low is not None:
        yield ON_EDGE, partial(_below, low)
    if high is not None:
        yield ON_EDGE, partial(_above, high)


def _one_by_one(test: Test) -> Find:
    def find(values: Sequence[Any]) -> Sequence[int]:
        if test.all(values):
            return ()
        return [index for index, value in enumerate(values) if not test.one(value)]

    return find


def _zeros(values: Sequence[Any]) -> Sequence[int]:
    # To look whether there is one is much faster than to look at each.
    return [index for index, value in enumerate(values) if value == 0] if 0 in values else ()


def _below(low: float, values: Sequence[Any]) -> Sequence[int]:
    if min(values) >= low:
        return ()
    return [index for index, value in enumerate(values) if value < low]


def _above(high: float, values: Sequence[Any]) -> Sequence[int]:
    if max(values) <= high:
        return ()
    return [index for index, value in enumerate(values) if value > high]


def _inside(spot: Spot, is_plain: bool) -> Iterator[All]:
    """List the checks of what is inside all values of a column."""
    if spot.is_raw:
        return
    columns = Columns(spot, is_plain=is_plain)
    if columns:
        yield columns.test
    if spot.item is not None:
        item = spot.item
        found = _checks(list(_finders(item, is_plain)), list(_inside(item, is_plain)))
        if found:
            yield _of_items(_all_of(found), item.nullable)


def _checks(finders: Sequence[tuple[int, Find]], inside: Sequence[All]) -> list[All]:
    """List the checks of all values of a column, and of what is inside them."""
    return [*(partial(_verdict_of, verdict, find) for verdict, find in finders), *inside]


def _verdict_of(verdict: int, find: Find, values: Sequence[Any]) -> int:
    return verdict if find(values) else HOLDS


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
        return _check(check, list(chain.from_iterable(lists)), may_be_none)

    return test
