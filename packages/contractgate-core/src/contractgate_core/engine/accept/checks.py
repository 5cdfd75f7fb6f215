"""What msgspec types cannot check of the value at a place.

It is asked of events that were decoded as structs: of one event, in a function that is written for
the contract (`rows`), or of many, column by column (`columns`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Optional

from contractgate_core.engine.accept.patterns import BytesTest, bytes_test, find_unmatched
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.repeated import Find
from contractgate_core.engine.accept.types import is_decoded_as_date, utf8_length, whole_numbers
from contractgate_core.engine.dates import is_calendar_date
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import (
    MOST_LEVELS,
    decode_event,
    has_long_number,
    has_negative_zero,
)
from contractgate_core.results import Violation

__all__ = [
    "FAILS",
    "HOLDS",
    "MAY_BE_ZERO",
    "ON_EDGE",
    "All",
    "Test",
    "are_tested_alike",
    "field_tests",
    "is_certain",
    "may_be_zero",
]

FAILS, HOLDS, MAY_BE_ZERO, ON_EDGE = range(4)
"""What a test says; the texts of numbers tell more in the last two cases (see `is_certain`)."""

One = Callable[[Any], object]
All = Callable[[Sequence[Any]], int]


class Test(NamedTuple):
    """A check of one value, and of all values of a column.

    Attributes:
        one: Tests a value.
        all: Tests many.
        find: Finds those among many that fail; None if `one` has to.
        quick: Tells of most values that pass that they do, or None.
    """

    one: One
    all: All
    find: Optional[Find] = None
    quick: Optional[BytesTest] = None


def field_tests(planned: FieldPlan, is_plain: bool) -> Iterator[Test]:
    """List the tests of the value at a place itself; the types have checked the rest.

    Args:
        planned: The place.
        is_plain: As for `event_type`.
    """
    if planned.is_raw:
        yield _every(_raw_test(planned))
    elif str in planned.kinds and planned.allowed is None and not is_decoded_as_date(planned):
        is_mixed = len(planned.kinds) > 1
        for test in _string_tests(planned, is_plain):
            yield _of_strings(test) if is_mixed else test


def are_tested_alike(planned: FieldPlan) -> bool:
    """Return whether the tests of a place, and of all inside it, do not depend on `is_plain`."""
    if planned.has_edge_values and _has_lengths(planned):
        return False
    inside = [*(planned.members or {}).values(), *([] if planned.item is None else [planned.item])]
    return all(map(are_tested_alike, inside))


def is_certain(verdict: int, text: bytes) -> bool:
    """Tell whether what a test said of events means that they conform.

    Args:
        verdict: What it said.
        text: Their text. An integer that is written as `-0` is none, and numbers that are long
            may be read as other floats than the nearest.
    """
    if verdict <= HOLDS:
        return verdict == HOLDS
    return not has_negative_zero(text) and (verdict != ON_EDGE or not has_long_number(text))


def may_be_zero(planned: FieldPlan) -> bool:
    """Tell whether a nought passes only if it is an integer, which `-0` is not."""
    if planned.is_raw or (planned.allowed is not None and 0 not in planned.allowed):
        return False
    least, most = whole_numbers(planned)
    return (planned.kinds == {int} or planned.allowed is not None) and least <= 0 <= most


def _every(one: One) -> Test:
    return Test(one, lambda values: all(map(one, values)))


def _has_lengths(planned: FieldPlan) -> bool:
    return planned.min_bytes > 1 or planned.max_bytes is not None


def _string_tests(planned: FieldPlan, is_plain: bool) -> Iterator[Test]:
    if not is_plain and planned.has_edge_values and _has_lengths(planned):
        yield _length_test(planned.min_bytes, planned.max_bytes)
    if planned.pattern is not None:
        find = find_unmatched(planned.pattern, is_secret=planned.is_secret)
        quick = bytes_test(planned.pattern)
        yield Test(planned.pattern.predicate, lambda texts: not find(texts), find, quick)
    if planned.is_date:
        yield _every(is_calendar_date)


def _of_strings(test: Test) -> Test:
    """Make a test that other values than strings pass."""

    def one(value: Any) -> object:
        return type(value) is not str or test.one(value)

    def every(values: Sequence[Any]) -> int:
        texts = [value for value in values if type(value) is str]
        return test.all(texts) if texts else HOLDS

    return Test(one, every)


def _length_test(low: int, high: Optional[int]) -> Test:
    """Test lengths in bytes; a character has at most four."""
    surely_short = sys.maxsize if high is None else high // 4

    def one(text: str) -> bool:
        size = len(text)
        if low <= size <= surely_short:
            return True
        size = utf8_length(text)
        return low <= size and (high is None or size <= high)

    def every(texts: Sequence[str]) -> bool:
        sizes = list(map(len, texts))
        return (low <= min(sizes) and max(sizes) <= surely_short) or all(map(one, texts))

    return Test(one, every)


def _raw_test(planned: FieldPlan) -> One:
    """Test the text of a value by the exact checks of its fields."""
    # A path that holds such signs in names has fewer levels than this counts, never more.
    levels = MOST_LEVELS - 1 - planned.path.count(".") - planned.path.count("[")

    def one(raw: Any) -> bool:
        text = bytes(raw)
        if text.count(b"[") + text.count(b"{") > levels:
            return False
        try:
            value = decode_event(text)
        except EventDecodeError:
            return False
        if value is None:
            return planned.nullable
        found: list[Violation] = []
        for check in planned.exact:
            check(value, planned.path, found)
        return not found

    return one
