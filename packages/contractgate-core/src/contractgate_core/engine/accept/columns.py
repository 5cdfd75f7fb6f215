"""What types cannot check, tested for many events at once: by columns, which is far faster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
"""How many values are tested together if some of a column fail."""

_Test = Callable[[Sequence[Any]], Verdict]
"""Tests values together; returns the greatest verdict on one of them."""


class _Column(NamedTuple):
    """How one attribute of structs is tested.

    Attributes:
        name: The attribute.
        get: Returns the present values of the column.
        test: Tests them together.
        finders: Return the indexes of values that fail certain facts.
        test_rest: Tests everything else together, mostly what is inside the values; None if there
            is nothing else.
        test_one: Tests one value.
    """

    name: str
    get: Callable[[Sequence[Any]], list[Any]]
    test: _Test
    finders: Sequence[FindIndexes]
    test_rest: Optional[_Test]
    test_one: RowTest

    def verdict(self, rows: Sequence[Any]) -> Verdict:
        """Return the greatest verdict on one of some events."""
        values = self.get(rows)
        return self.test(values) if values else Verdict.HOLDS


class Columns:
    """Tests many events at once, attribute by attribute.

    Args:
        place: What must be tested.
        compares: Whether comparisons of numbers are tested too; outside arrays, number checks do
            that.
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
                    _combined([*map(_test_of, facts), *inside]),
                    [fact.failing for fact in facts],
                    _combined(inside) if inside else None,
                    test_of_value(member),
                )
                self._columns.append(column)

    def __bool__(self) -> bool:
        return bool(self._columns)

    def test(self, rows: Sequence[Any]) -> Verdict:
        """Return the greatest verdict on one of some events."""
        return _greatest(column.verdict(rows) for column in self._columns)

    def uncertain(self, rows: Sequence[Any], now: Optional[int]) -> Iterator[tuple[int, int]]:
        """Find the events that do not certainly conform.

        Returns:
            The indexes of these events in any order, each with a verdict.
        """
        for column in self._columns:
            values = column.get(rows)
            if not values:
                continue
            found: list[tuple[int, int]] = [
                (index, Verdict.FAILS) for find in column.finders for index in find(values)
            ]
            if column.test_rest is not None:
                found += _narrowed(column.test_rest, column.test_one, values, now)
            if found and len(values) < len(rows):
                get = attrgetter(column.name)
                present = [index for index, row in enumerate(rows) if get(row) is not None]
                found = [(present[index], verdict) for index, verdict in found]
            yield from found


def _narrowed(
    test: _Test, test_one: RowTest, values: Sequence[Any], now: Optional[int]
) -> Iterator[tuple[int, int]]:
    """Find the values that fail or are in doubt, testing first all, then groups, then each."""
    if test(values) == Verdict.HOLDS:
        return
    for start in range(0, len(values), _GROUP):
        group = values[start : start + _GROUP]
        if test(group) == Verdict.HOLDS:
            continue
        for index, value in enumerate(group, start):
            verdict = test_one(value, now)
            if verdict != Verdict.HOLDS:
                yield index, verdict


def _tests(place: StructPlan, *, compares: bool) -> Iterator[_Test]:
    """List the other tests of a column: of numbers, and of everything inside its values."""
    if compares:
        yield from (_test_of(fact) for fact in place.facts if fact.is_comparison)
    columns = Columns(place, compares=compares)
    if columns:
        yield columns.test
    if place.item is not None:
        facts = (fact for fact in place.item.facts if not fact.is_comparison)
        tests = [*map(_test_of, facts), *_tests(place.item, compares=True)]
        if tests:
            yield partial(_test_items, _combined(tests), place.item.may_be_none)


def _test_of(fact: Fact) -> _Test:
    all_hold, on_failure = fact.all_hold, fact.on_failure
    return lambda values: Verdict.HOLDS if all_hold(values) else on_failure


def _combined(tests: Sequence[_Test]) -> _Test:
    """Make one test of several, at least one."""
    if len(tests) == 1:
        return tests[0]
    return lambda values: _greatest(test(values) for test in tests)


def _greatest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the greatest of some verdicts, without asking for more after a failure."""
    greatest = Verdict.HOLDS
    for verdict in verdicts:
        if verdict == Verdict.FAILS:
            return verdict
        greatest = max(greatest, verdict)
    return greatest


def _test_items(test: _Test, may_be_none: bool, lists: Sequence[Any]) -> Verdict:
    """Test the elements of all lists of a column together."""
    items = list(chain.from_iterable(lists))
    if may_be_none:
        items = [item for item in items if item is not None]
    return test(items) if items else Verdict.HOLDS
