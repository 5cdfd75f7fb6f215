"""What msgspec types cannot check: run on events that were decoded as structs.

It is done in two ways: on one event, by a function that is written for the contract, and on many,
column by column, which is faster by far.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple, Optional, cast

import msgspec

from contractgate_core.engine.accept import Accept, Pause, Row
from contractgate_core.engine.accept_columns import BytesTest, Find, bytes_test, find_unmatched
from contractgate_core.engine.accept_moments import is_fresh
from contractgate_core.engine.accept_plan import Spot
from contractgate_core.engine.accept_types import (
    attribute,
    float_edges,
    is_decoded_as_date,
    utf8_length,
    whole_numbers,
)
from contractgate_core.engine.dates import is_calendar_date
from contractgate_core.engine.rules import system_clock
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
    "REFUSALS",
    "Columns",
    "Decode",
    "RowTest",
    "is_certain",
    "test_of_row",
    "write_accept",
]

FAILS, HOLDS, MAY_BE_ZERO, ON_EDGE = range(4)
"""What a test says; the texts of numbers tell more in the last two cases (see `is_certain`)."""

_GROUP = 32
"""So many values are tested at once where some of a column fail."""

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


def spot_tests(spot: Spot, is_plain: bool) -> Iterator[Test]:
    """List the tests of the value at a place itself; the types have checked the rest.

    Args:
        spot: The place.
        is_plain: As for `event_type`.
    """
    if spot.is_raw:
        yield _every(_raw_test(spot))
    elif str in spot.kinds and spot.allowed is None and not is_decoded_as_date(spot):
        is_mixed = len(spot.kinds) > 1
        for test in _string_tests(spot, is_plain):
            yield _of_strings(test) if is_mixed else test


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


def may_be_zero(spot: Spot) -> bool:
    """Tell whether a nought passes only if it is an integer, which `-0` is not."""
    if spot.is_raw or (spot.allowed is not None and 0 not in spot.allowed):
        return False
    least, most = whole_numbers(spot)
    return (spot.kinds == {int} or spot.allowed is not None) and least <= 0 <= most


def _every(one: One) -> Test:
    return Test(one, lambda values: all(map(one, values)))


def _string_tests(spot: Spot, is_plain: bool) -> Iterator[Test]:
    has_lengths = spot.min_bytes > 1 or spot.max_bytes is not None
    if not is_plain and spot.has_edge_values and has_lengths:
        yield _length_test(spot.min_bytes, spot.max_bytes)
    if spot.pattern is not None:
        find = find_unmatched(spot.pattern)
        quick = bytes_test(spot.pattern)
        yield Test(spot.pattern.predicate, lambda texts: not find(texts), find, quick)
    if spot.is_date:
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


def _raw_test(spot: Spot) -> One:
    """Test the text of a value by the exact checks of its fields."""
    # A path that holds such signs in names has fewer levels than this counts, never more.
    levels = MOST_LEVELS - 1 - spot.path.count(".") - spot.path.count("[")

    def one(raw: Any) -> bool:
        text = bytes(raw)
        if text.count(b"[") + text.count(b"{") > levels:
            return False
        try:
            value = decode_event(text)
        except EventDecodeError:
            return False
        if value is None:
            return spot.nullable
        found: list[Violation] = []
        for check in spot.exact:
            check(value, spot.path, found)
        return not found

    return one


RowTest = Callable[[Any, Optional[int]], int]
"""Called with a struct and the time, or None for the system's clock."""

REFUSALS = (msgspec.DecodeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises; a UnicodeDecodeError is a ValueError."""

Decode = Callable[[bytes], Row]
"""Decodes an event, or raises one of `REFUSALS`."""


def test_of_row(root: Spot, *, is_plain: bool) -> RowTest:
    """Write a function that tests one event; it returns FAILS, HOLDS or a doubt."""
    writer = _Writer(is_plain)
    writer.members(root, "row", " ")
    return writer.compiled("row")


_ACCEPT = """\
def accept(text, now):
 if pause.left:
  pause.left -= 1
  return None
 verdict = {holds}
{clock} try:
  # To look for a number is several times faster than for bytes of that length.
  if text.isascii() and {backslash} not in text:
   row = decode_plain(text)
{plain}  else:
   row = decode_rich(text)
{rich} except REFUSALS: return fail()
 if verdict != {holds} and not is_certain(verdict, text): return fail()
{hidden} if pause.failures: pause.failures = 0
 return row
"""


def write_accept(
    root: Spot,
    plain: Decode,
    rich: Decode,
    pause: Pause,
    may_hide: Optional[Callable[[bytes], bool]],
) -> Accept:
    """Write `Acceptor.accept`: one function, as it is called for every event.

    Args:
        root: What the contract demands.
        plain: Decodes events that are ASCII without escapes.
        rich: Decodes others.
        pause: Tells when not to try.
        may_hide: Tells that values that were not looked at may stand in a text, if some may.
    """
    writer = _Writer(is_plain=True, failing="fail()")
    plain_tests = writer.tests_of_row(root, "   ")
    writer.is_plain = False
    rich_tests = writer.tests_of_row(root, "   ")
    source = _ACCEPT.format(
        holds=HOLDS,
        backslash=ord("\\"),
        clock=" if now is None: now = clock()\n" if writer.needs_clock else "",
        plain=plain_tests,
        rich=rich_tests,
        hidden=" if may_hide(text): return fail()\n" if may_hide is not None else "",
    )
    writer.names.update(decode_plain=plain, decode_rich=rich, is_certain=is_certain)
    writer.names.update(pause=pause, fail=pause.fail, may_hide=may_hide, REFUSALS=REFUSALS)
    return cast("Accept", writer.function("accept", source))


def _test_of_value(spot: Spot, is_plain: bool) -> RowTest:
    """Write a function that tests a value at a place, and all that is inside it."""
    writer = _Writer(is_plain)
    writer.value(spot, "value", " ")
    return writer.compiled("value")


class _Writer:
    """Writes the statements of a test; values of the contract are bound to names."""

    def __init__(self, is_plain: bool, *, failing: object = FAILS) -> None:
        self.is_plain = is_plain
        self._failing = failing
        self._variables = 0
        self.lines: list[str] = []
        self.names: dict[str, object] = {"clock": system_clock}
        self.has_doubts = False
        self.needs_clock = False

    def compiled(self, argument: str) -> RowTest:
        """Compile what was written as the body of a function."""
        head = [f" verdict = {HOLDS}"] if self.has_doubts else []
        head += [" if now is None: now = clock()"] if self.needs_clock else []
        end = f" return {'verdict' if self.has_doubts else HOLDS}"
        body = [f"def test({argument}, now):", *head, *self.lines, end]
        return cast("RowTest", self.function("test", "\n".join(body)))

    def function(self, name: str, source: str) -> object:
        """Compile a function with the names that are bound."""
        names = dict(self.names)
        exec(source, names)  # noqa: S102 - of names and numbers made here alone
        return names[name]

    def tests_of_row(self, root: Spot, indent: str) -> str:
        """Write the tests of an event `row`, as lines of their own."""
        self.lines = []
        self.members(root, "row", indent)
        return "".join(f"{line}\n" for line in self.lines)

    def members(self, spot: Spot, row: str, indent: str) -> None:
        """Write the tests of what is inside an object."""
        for index, member in enumerate((spot.members or {}).values()):
            value = self._variable()
            head = [f"{indent}{value} = {row}.{attribute(index)}"]
            if member.required and not member.nullable:
                self._under(head, member, value, indent)
            else:
                head.append(f"{indent}if {value} is not None:")
                self._under(head, member, value, indent + " ")

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _under(self, head: list[str], spot: Spot, value: str, indent: str) -> None:
        """Write the tests of a value with some lines before them, or nothing if there are none."""
        begin = len(self.lines)
        self.lines += head
        self.value(spot, value, indent)
        if len(self.lines) == begin + len(head):
            del self.lines[begin:]

    def _test(self, condition: str, indent: str) -> None:
        self.lines.append(f"{indent}if not ({condition}): return {self._failing}")

    def _bound(self, value: object) -> str:
        name = f"t{len(self.names)}"
        self.names[name] = value
        return name

    def value(self, spot: Spot, value: str, indent: str) -> None:
        """Write the tests of a value."""
        for test in spot_tests(spot, self.is_plain):
            # msgspec has seen to the lengths that a pattern asks for.
            quick = f"{test.quick.write(value, self._bound)} or " if test.quick else ""
            self._test(f"{quick}{self._bound(test.one)}({value})", indent)
        for max_age in spot.max_ages:
            self.needs_clock = True
            self._test(f"{self._bound(partial(is_fresh, max_age))}({value}, now)", indent)
        if may_be_zero(spot):
            self.has_doubts = True
            condition = f"{value} == 0 and verdict == {HOLDS}"
            self.lines.append(f"{indent}if {condition}: verdict = {MAY_BE_ZERO}")
        for sign, edge in zip("<>", float_edges(spot)):
            if edge is not None:
                self.has_doubts = True
                self.lines.append(f"{indent}if {value} {sign} {edge!r}: verdict = {ON_EDGE}")
        if spot.is_raw:
            return
        self.members(spot, value, indent)
        if spot.item is not None:
            item = self._variable()
            head = [f"{indent}for {item} in {value}:"]
            if spot.item.nullable:
                head.append(f"{indent} if {item} is None: continue")
            self._under(head, spot.item, item, indent + " ")


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
            found = list(_column_tests(member, is_plain))
            if found:
                check = found[0] if len(found) == 1 else _all_of(found)
                may_be_none = not member.required or member.nullable
                self._getters.append(attrgetter(attribute(index)))
                one = _test_of_value(member, is_plain)
                find = _only_find(member, found, is_plain)
                self._tests.append(_Column(may_be_none, check, one, find))

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


def _only_find(spot: Spot, tests: Sequence[All], is_plain: bool) -> Optional[Find]:
    """Give what finds all values that fail, if a single test can."""
    found = list(spot_tests(spot, is_plain))
    return found[0].find if len(found) == len(tests) == 1 else None


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


def _column_tests(spot: Spot, is_plain: bool) -> Iterator[All]:
    for test in spot_tests(spot, is_plain):
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
        found = list(_column_tests(spot.item, is_plain))
        if found:
            yield _of_items(_all_of(found), spot.item.nullable)


def _all_of(tests: Sequence[All]) -> All:
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
