"""What types cannot check, of many events at once: column by column, which is faster by far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, Callable, NamedTuple, Optional

from contractgate_core.engine.accept.facts import Fact
from contractgate_core.engine.accept.getters import get_values
from contractgate_core.engine.accept.repeated import FindIndexes
from contractgate_core.engine.accept.rows import RowTest, test_of_value
from contractgate_core.engine.accept.struct_plan import StructPlan
from contractgate_core.engine.accept.verdict import Verdict

__all__ = ["Columns"]

_GROUP = 32
"""So many values are tested at once where some of a column fail."""

_Test = Callable[[Sequence[Any]], Verdict]
"""Tests many values together."""


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
    all: _Test
    finders: Sequence[FindIndexes]
    others: Optional[_Test]
    one: RowTest


class Columns:
    """Tests many events at once, attribute by attribute.

    Args:
        place: What is to be tested.
        compares: The numbers in them are tested, too; of those that are not inside an array number
            checks are written.
    """

    def __init__(self, place: StructPlan, *, compares: bool = False) -> None:
        self._columns: list[_Column] = []
        for member in place.members:
            facts = [fact for fact in member.facts if not fact.is_comparison]
            inside = [*_tests(member, compares=compares)]
            if facts or inside:
                column = _Column(
                    member.name,
                    get_values(member.name, may_be_none=member.may_be_none),
                    _greatest([*map(_test_of, facts), *inside]),
                    [fact.find for fact in facts],
                    _greatest(inside) if inside else None,
                    test_of_value(member),
                )
                self._columns.append(column)

    def __bool__(self) -> bool:
        return bool(self._columns)

    def test(self, rows: Sequence[Any]) -> Verdict:
        """Return the greatest verdict on one of some events."""
        verdict = Verdict.HOLDS
        for column in self._columns:
            values = column.get(rows)
            found = column.all(values) if values else Verdict.HOLDS
            if found == Verdict.FAILS:
                return found
            verdict = max(verdict, found)
        return verdict

    def exceptions(self, rows: Sequence[Any], now: Optional[int]) -> Iterator[tuple[int, int]]:
        """Find the events that do not certainly conform.

        Returns:
            Their indexes, not in order, each with a verdict.
        """
        for column in self._columns:
            values = column.get(rows)
            if not values:
                continue
            found: list[tuple[int, int]] = [
                (index, Verdict.FAILS) for find in column.finders for index in find(values)
            ]
            if column.others is not None:
                found += _narrowed(column.others, column.one, values, now)
            if found and len(values) < len(rows):
                get = attrgetter(column.name)
                places = [place for place, row in enumerate(rows) if get(row) is not None]
                found = [(places[index], verdict) for index, verdict in found]
            yield from found


def _narrowed(
    test: _Test, one: RowTest, values: Sequence[Any], now: Optional[int]
) -> Iterator[tuple[int, int]]:
    """Find what fails or is in doubt by a test of many, first in groups."""
    if test(values) == Verdict.HOLDS:
        return
    for start in range(0, len(values), _GROUP):
        group = values[start : start + _GROUP]
        if test(group) == Verdict.HOLDS:
            continue
        for index, value in enumerate(group, start):
            verdict = one(value, now)
            if verdict != Verdict.HOLDS:
                yield index, verdict


def _tests(place: StructPlan, *, compares: bool) -> Iterator[_Test]:
    """List the tests of all values of a column: of their numbers, and of what is inside them."""
    if compares:
        yield from (_test_of(fact) for fact in place.facts if fact.is_comparison)
    columns = Columns(place, compares=compares)
    if columns:
        yield columns.test
    if place.item is not None:
        facts = (fact for fact in place.item.facts if not fact.is_comparison)
        tests = [*map(_test_of, facts), *_tests(place.item, compares=True)]
        if tests:
            yield partial(_test_items, _greatest(tests), place.item.may_be_none)


def _test_of(fact: Fact) -> _Test:
    every, otherwise = fact.every, fact.otherwise
    return lambda values: Verdict.HOLDS if every(values) else otherwise


def _greatest(tests: Sequence[_Test]) -> _Test:
    """Make one test of several, at least one."""
    if len(tests) == 1:
        return tests[0]

    def test(values: Sequence[Any]) -> Verdict:
        verdict = Verdict.HOLDS
        for one in tests:
            found = one(values)
            if found == Verdict.FAILS:
                return found
            verdict = max(verdict, found)
        return verdict

    return test


def _test_items(test: _Test, may_be_none: bool, lists: Sequence[Any]) -> Verdict:
    """Test the elements of all lists of a column."""
    items = list(chain.from_iterable(lists))
    if may_be_none:
        items = [item for item in items if item is not None]
    return test(items) if items else Verdict.HOLDS
