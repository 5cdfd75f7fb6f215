"""What types cannot check, of many events at once: column by column, which is faster by far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, Callable, NamedTuple, Optional

from contractgate_core.engine.accept.checks import (
    FAILS,
    HOLDS,
    MAY_BE_ZERO,
    ON_EDGE,
    All,
    Test,
    field_tests,
    may_be_zero,
)
from contractgate_core.engine.accept.getters import attributes, get_values
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.repeated import Find
from contractgate_core.engine.accept.rows import RowTest, test_of_value
from contractgate_core.engine.accept.types import float_edges

__all__ = ["Columns"]

_GROUP = 32
"""So many values are tested at once where some of a column fail."""


class _Column(NamedTuple):
    """How one attribute of structs is tested.

    Attributes:
        name: The attribute.
        get: Gets the values of a column that are there.
        all: Tests them together.
        finders: What finds the values that fail by themselves.
        others: Tests together what is not found so, above all what is inside them; maybe nothing.
        one: Tests one of them.
    """

    name: str
    get: Callable[[Sequence[Any]], list[Any]]
    all: All
    finders: Sequence[Find]
    others: Optional[All]
    one: RowTest


class Columns:
    """Tests many events at once, attribute by attribute.

    Args:
        root: What the contract demands.
        is_plain: As for `event_type`.
        tests_numbers: The numbers in them are tested, too; of those that are not inside an array
            number checks are written.
    """

    def __init__(self, root: FieldPlan, *, is_plain: bool, tests_numbers: bool = False) -> None:
        self._columns: list[_Column] = []
        for attribute, member in attributes(root):
            finders = _finders(member, is_plain)
            others = list(_others(member, is_plain, tests_numbers))
            if finders or others:
                column = _Column(
                    attribute.name,
                    get_values(attribute),
                    _all_of(finders, others),
                    finders,
                    _all_of((), others) if others else None,
                    test_of_value(member, is_plain),
                )
                self._columns.append(column)

    def __bool__(self) -> bool:
        return bool(self._columns)

    def test(self, rows: Sequence[Any]) -> int:
        """Test events; FAILS if one of them fails, else the greatest doubt about one."""
        verdict = HOLDS
        for column in self._columns:
            values = column.get(rows)
            found = column.all(values) if values else HOLDS
            if found == FAILS:
                return FAILS
            verdict = max(verdict, found)
        return verdict

    def exceptions(self, rows: Sequence[Any], now: Optional[int]) -> Iterator[tuple[int, int]]:
        """Find the events that fail or that there is doubt about.

        Returns:
            The indexes of the events, not in order, each with FAILS or the doubt.
        """
        for column in self._columns:
            values = column.get(rows)
            if not values:
                continue
            found = [(index, FAILS) for find in column.finders for index in find(values)]
            if column.others is not None:
                found += _narrowed(column.others, column.one, values, now)
            if found and len(values) < len(rows):
                get = attrgetter(column.name)
                places = [place for place, row in enumerate(rows) if get(row) is not None]
                found = [(places[index], verdict) for index, verdict in found]
            yield from found


def _narrowed(
    check: All, one: RowTest, values: Sequence[Any], now: Optional[int]
) -> Iterator[tuple[int, int]]:
    """Find what fails or is in doubt by a check of many, first in groups."""
    if check(values) == HOLDS:
        return
    for start in range(0, len(values), _GROUP):
        group = values[start : start + _GROUP]
        if check(group) == HOLDS:
            continue
        for index, value in enumerate(group, start):
            verdict = one(value, now)
            if verdict != HOLDS:
                yield index, verdict


def _finders(planned: FieldPlan, is_plain: bool) -> list[Find]:
    """List what finds the values at a place that fail by themselves."""
    return [test.find or _one_by_one(test) for test in field_tests(planned, is_plain)]


def _one_by_one(test: Test) -> Find:
    def find(values: Sequence[Any]) -> Sequence[int]:
        if test.all(values):
            return ()
        return [index for index, value in enumerate(values) if not test.one(value)]

    return find


def _others(planned: FieldPlan, is_plain: bool, tests_numbers: bool) -> Iterator[All]:
    """List the checks of all values of a column: of their numbers, and of what is inside them."""
    if tests_numbers:
        yield from _numbers(planned)
    if planned.is_raw:
        return
    columns = Columns(planned, is_plain=is_plain, tests_numbers=tests_numbers)
    if columns:
        yield columns.test
    if planned.item is not None:
        finders = _finders(planned.item, is_plain)
        others = list(_others(planned.item, is_plain, tests_numbers=True))
        if finders or others:
            yield _of_items(_all_of(finders, others), planned.item.nullable)


def _numbers(planned: FieldPlan) -> Iterator[All]:
    """List the checks that look for numbers in doubt."""
    if may_be_zero(planned):
        yield lambda values: MAY_BE_ZERO if 0 in values else HOLDS
    low, high = float_edges(planned)
    if low is not None:
        yield lambda values: ON_EDGE if min(values) < low else HOLDS
    if high is not None:
        yield lambda values: ON_EDGE if max(values) > high else HOLDS


def _all_of(finders: Sequence[Find], others: Sequence[All]) -> All:
    """Make one check of what finds values that fail, and of others; at least one is given."""
    tests: list[All] = [*(partial(_fails_if_found, find) for find in finders), *others]
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


def _fails_if_found(find: Find, values: Sequence[Any]) -> int:
    return FAILS if find(values) else HOLDS


def _of_items(check: All, may_be_none: bool) -> All:
    def test(lists: Sequence[Any]) -> int:
        items = list(chain.from_iterable(lists))
        if may_be_none:
            items = [item for item in items if item is not None]
        return check(items) if items else HOLDS

    return test
