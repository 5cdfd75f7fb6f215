"""What must hold of a value at a place of an event: each rule is one fact, stated once.

A fact says how source tests one value, what is said of an event in which it does not hold, and how
a column of values is tested. `rows`, `columns` and `number_checks` render what msgspec's types
leave to be tested; `source` renders all that a contract demands of plain Python values.

A new rule on values is a fact here, its exact check (`engine.exact`) and what the plan says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Optional

from contractgate_core.engine.accept.approximate import UNSURE_INTEGER
from contractgate_core.engine.accept.bounds import ENDLESS, certain_high, certain_low, int_bounds
from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.limits import (
    float_edges,
    is_decoded_as_date,
    passing,
    utf8_length,
    whole_numbers,
)
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.patterns import bytes_test, find_unmatched
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.sendable import ANY_LEVELS, is_text
from contractgate_core.engine.accept.verdict import Verdict
from contractgate_core.engine.dates import is_calendar_date
from contractgate_core.engine.rules import MILLISECONDS_FROM
from contractgate_core.errors import EventDecodeError, EventEncodeError
from contractgate_core.events.decode import MOST_LEVELS, decode_event
from contractgate_core.events.encode import sent_value
from contractgate_core.regex import Pattern

__all__ = [
    "Fact",
    "are_tested_alike",
    "exact_fact",
    "struct_facts",
    "value_facts",
]

_ISO_DATE = len("2024-01-01")


class Fact:
    """Something that must hold of a value.

    Attributes:
        otherwise: What is said of an event in which it does not hold.
        is_comparison: It is a comparison of a number. One loop over many events does all of these
            faster than a column each.
        confirm: Decides where the written condition is false, since the fact may hold then, too;
            None if it does not.
    """

    otherwise = Verdict.FAILS
    is_comparison = False
    confirm: Optional[Callable[[Any], object]] = None

    def write(self, v: str, source: Source) -> str:
        """Write a condition that is true of no value for which the fact does not hold.

        Args:
            v: The name of the value.
            source: Where the condition is going to stand.
        """
        raise NotImplementedError

    def one(self, value: Any) -> object:
        """Return whether it holds of a value of a column."""
        raise NotImplementedError

    def every(self, values: Sequence[Any]) -> bool:
        """Return whether it holds of all values of a column."""
        return all(map(self.one, values))

    def find(self, values: Sequence[Any]) -> Sequence[int]:
        """Return the indexes of the values of a column for which it does not hold, in any order."""
        if self.every(values):
            return ()
        return [index for index, value in enumerate(values) if not self.one(value)]


class _Never(Fact):
    """No value conforms."""

    def write(self, v: str, source: Source) -> str:
        return "False"


class _Within(Fact):
    """A number is within bounds, which are its own as Python writes them."""

    is_comparison = True

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def write(self, v: str, source: Source) -> str:
        return f"{self._low!r} <= {v} <= {self._high!r}"


class _NotZero(Fact):
    """A number is certainly no `-0`, which decoders of JSON take for an integer."""

    is_comparison = True
    otherwise = Verdict.MAY_BE_ZERO

    def write(self, v: str, source: Source) -> str:
        return f"{v} != {UNSURE_INTEGER}"

    def every(self, values: Sequence[Any]) -> bool:
        return UNSURE_INTEGER not in values


class _NotBelow(Fact):
    """A float is far enough above a bound for all readers."""

    is_comparison = True
    otherwise = Verdict.ON_EDGE

    def __init__(self, low: float) -> None:
        self._low = low

    def write(self, v: str, source: Source) -> str:
        return f"{v} >= {self._low!r}"

    def every(self, values: Sequence[Any]) -> bool:
        return bool(min(values) >= self._low)


class _NotAbove(Fact):
    """A float is far enough below a bound for all readers."""

    is_comparison = True
    otherwise = Verdict.ON_EDGE

    def __init__(self, high: float) -> None:
        self._high = high

    def write(self, v: str, source: Source) -> str:
        return f"{v} <= {self._high!r}"

    def every(self, values: Sequence[Any]) -> bool:
        return bool(max(values) <= self._high)


class _Fresh(Fact):
    """A timestamp is no older than so many seconds, nor in the future.

    Rules look at no value inside an array, so there are no columns of such.
    """

    is_comparison = True

    def __init__(self, max_age: int) -> None:
        self._max_age = max_age

    def write(self, v: str, source: Source) -> str:
        # Beyond the limits the gateway's arithmetic wraps.
        if self._max_age >= ENDLESS:
            return "False"
        seconds = f"({v} // 1000 if {v} > {MILLISECONDS_FROM} else {v})"
        return f"0 <= {source.now()} - {seconds} <= {self._max_age}"


class _Member(Fact):
    """A value is one of an enum."""

    def __init__(self, values: frozenset[Any]) -> None:
        self._values = values

    def write(self, v: str, source: Source) -> str:
        return f"{v} in {source.bind(self._values)}"


class _OfLength(Fact):
    """A string has so many bytes in UTF-8."""

    def __init__(self, low: int, high: Optional[int]) -> None:
        self._low = low
        self._high = ENDLESS if high is None else min(high, ENDLESS)

    def write(self, v: str, source: Source) -> str:
        low = f"{self._low} <= " if self._low else ""
        high = "" if self._high == ENDLESS else f" <= {self._high}"
        return f"({low}len({v}){high} if {v}.isascii() else {source.bind(self.one)}({v}))"

    def one(self, value: str) -> bool:
        try:
            return self._low <= utf8_length(value) <= self._high
        except UnicodeEncodeError:  # a lone surrogate, which cannot be sent
            return False

    def every(self, values: Sequence[str]) -> bool:
        sizes = list(map(len, values))
        # A character has at most four bytes.
        is_certain = self._low <= min(sizes) and max(sizes) <= self._high // 4
        return is_certain or all(map(self.one, values))


class _Sendable(Fact):
    """A string has no lone surrogate."""

    def write(self, v: str, source: Source) -> str:
        return f"({v}.isascii() or {source.bind(is_text)}({v}))"


class _Matched(Fact):
    """A string is matched by the pattern of its place.

    Args:
        pattern: The pattern.
        is_secret: Nothing of the strings may be kept.
        has_its_lengths: The strings have lengths that the pattern allows.
    """

    def __init__(self, pattern: Pattern, *, is_secret: bool, has_its_lengths: bool) -> None:
        self._pattern = pattern
        self._has_its_lengths = has_its_lengths
        self._quick = bytes_test(pattern)
        self._find = find_unmatched(pattern, is_secret=is_secret)
        self.confirm = None if self._quick is None else pattern.predicate

    def write(self, v: str, source: Source) -> str:
        matches = self._write_quick(v, source) or f"{source.bind(self._pattern.matcher)}({v})"
        fallback = self._pattern.fallback
        if fallback is None:
            return matches
        return f"({matches} or (not {v}.isascii() and {source.bind(fallback)}({v})))"

    def _write_quick(self, v: str, source: Source) -> Optional[str]:
        quick = self._quick
        if quick is None:
            return None
        most = "" if quick.high is None else f" <= {quick.high}"
        is_long_enough = f"{quick.low} <= len({v}){most} and "
        sees_length = self._has_its_lengths or quick.shape is not None
        return f"({'' if sees_length else is_long_enough}{quick.write(v, source.bind)})"

    def one(self, value: str) -> object:
        return self._pattern.predicate(value)

    def find(self, values: Sequence[Any]) -> Sequence[int]:
        return self._find(values)

    def every(self, values: Sequence[Any]) -> bool:
        return not self._find(values)


# Dates repeat, and the long form is all that data of today has.
_is_date_cached = lru_cache(maxsize=4096)(is_calendar_date)


class _Date(Fact):
    """A string is a calendar date."""

    def __init__(self, *, is_secret: bool) -> None:
        self._is_date = is_calendar_date if is_secret else _is_date_cached
        self.confirm = is_calendar_date

    def write(self, v: str, source: Source) -> str:
        return f"len({v}) == {_ISO_DATE} and {source.bind(self._is_date)}({v})"

    def one(self, value: str) -> bool:
        return is_calendar_date(value)


class _ExactText(Fact):
    """The exact checks find nothing in a value that is kept as JSON text."""

    def __init__(self, planned: FieldPlan) -> None:
        self._planned = planned
        # A path that holds such signs in names has fewer levels than this counts, never more.
        self._levels = MOST_LEVELS - 1 - planned.path.count(".") - planned.path.count("[")

    def write(self, v: str, source: Source) -> str:
        return f"{source.bind(self.one)}({v})"

    def one(self, value: Any) -> bool:
        text = bytes(value)
        if text.count(b"[") + text.count(b"{") > self._levels:
            return False
        try:
            return self._planned.conforms_exactly(decode_event(text))
        except EventDecodeError:
            return False


class _ExactValue(Fact):
    """The exact checks find nothing in a value of a user's, as it would be sent."""

    def __init__(self, planned: FieldPlan) -> None:
        self._planned = planned

    def write(self, v: str, source: Source) -> str:
        return f"{source.bind(self.one)}({v})"

    def one(self, value: object) -> bool:
        try:
            return self._planned.conforms_exactly(sent_value(value, levels=ANY_LEVELS))
        except EventEncodeError:
            return False


class _OfStrings(Fact):
    """A fact about strings, of values some of which are none."""

    def __init__(self, fact: Fact) -> None:
        self._fact = fact
        self.confirm = fact.confirm

    def write(self, v: str, source: Source) -> str:
        return f"type({v}) is not str or {self._fact.write(v, source)}"

    def one(self, value: Any) -> object:
        return type(value) is not str or self._fact.one(value)

    def every(self, values: Sequence[Any]) -> bool:
        texts = [value for value in values if type(value) is str]
        return not texts or self._fact.every(texts)


def exact_fact(planned: FieldPlan) -> Fact:
    """Return what must hold of a user's value at a place that is left to the exact checks."""
    return _ExactValue(planned)


def are_tested_alike(planned: FieldPlan, observed: Observed) -> bool:
    """Return whether the facts of a place, and of all inside it, do not depend on `is_plain`."""
    if observed.has_edge_values and _has_lengths(planned):
        return False
    inside = [(one, observed.member(key)) for key, one in (planned.members or {}).items()]
    inside += [] if planned.item is None else [(planned.item, observed.of_item())]
    return all(are_tested_alike(*one) for one in inside)


def struct_facts(planned: FieldPlan, observed: Observed, *, is_plain: bool) -> list[Fact]:
    """List what msgspec's types leave to be tested of a value at a place.

    Args:
        planned: The place.
        observed: What events so far have shown of it.
        is_plain: As for `event_type`.
    """
    if planned.is_raw:
        return [_ExactText(planned)]
    return [
        *_strings_of_structs(planned, observed, is_plain),
        *_numbers(planned),
        *_doubts(planned, observed),
    ]


def value_facts(planned: FieldPlan, kind: type, *, is_sent: bool) -> list[Fact]:
    """List all that must hold of a plain value of one JSON type at a place, but for what it holds.

    Args:
        planned: The place.
        kind: The type.
        is_sent: The value is a user's, and must be such that it can be sent; else it was read from
            JSON, exactly or approximately.
    """
    if kind is str:
        return [*_lengths(planned, is_sent), *_strings(planned, has_its_lengths=False)]
    if kind is int:
        return [*_integer_bounds(planned, is_sent), *_numbers(planned)]
    return [*_float_bounds(planned, is_sent)] if kind is float else []


def _strings_of_structs(planned: FieldPlan, observed: Observed, is_plain: bool) -> Iterator[Fact]:
    is_typed = planned.allowed is not None or is_decoded_as_date(planned)
    if str not in planned.kinds or is_typed:
        return
    facts = [*_strings(planned, has_its_lengths=True)]
    if not is_plain and observed.has_edge_values and _has_lengths(planned):
        facts.insert(0, _OfLength(planned.min_bytes, planned.max_bytes))
    yield from facts if len(planned.kinds) == 1 else map(_OfStrings, facts)


def _has_lengths(planned: FieldPlan) -> bool:
    return planned.min_bytes > 1 or planned.max_bytes is not None


def _strings(planned: FieldPlan, *, has_its_lengths: bool) -> Iterator[Fact]:
    """List what only a test of its own sees to, in each way to read strings."""
    is_secret = planned.is_secret
    if planned.allowed is not None:
        return
    if planned.pattern is not None:
        yield _Matched(planned.pattern, is_secret=is_secret, has_its_lengths=has_its_lengths)
    if planned.is_date:
        yield _Date(is_secret=is_secret)


def _numbers(planned: FieldPlan) -> Iterator[Fact]:
    """List what only a test of its own sees to, in each way to read numbers."""
    if planned.max_age is not None:
        yield _Fresh(planned.max_age)


def _doubts(planned: FieldPlan, observed: Observed) -> Iterator[Fact]:
    """List what a struct does not tell of the text of its numbers."""
    least, most = whole_numbers(planned, observed)
    is_typed = planned.allowed is not None or least <= UNSURE_INTEGER <= most
    if int in planned.kinds and is_typed and not _may_be_any_zero(planned):
        yield _NotZero()
    low, high = float_edges(planned, observed)
    yield from () if low is None else [_NotBelow(low)]
    yield from () if high is None else [_NotAbove(high)]


def _lengths(planned: FieldPlan, is_sent: bool) -> Iterator[Fact]:
    if planned.allowed is not None:
        yield _member(planned, str)
    elif _has_right_length_if_matched(planned):
        pass
    elif planned.min_bytes or planned.max_bytes is not None:
        yield _OfLength(planned.min_bytes, planned.max_bytes)
    elif is_sent:
        yield _Sendable()


def _has_right_length_if_matched(planned: FieldPlan) -> bool:
    """Return whether a string that the pattern matches can be sent and is as long as it must be."""
    if not planned.is_ascii or planned.min_bytes > planned.min_chars:
        return False
    most = planned.max_bytes
    return most is None or (planned.max_chars is not None and planned.max_chars <= most)


def _integer_bounds(planned: FieldPlan, is_sent: bool) -> Iterator[Fact]:
    least, most = int_bounds(planned.low, planned.high)
    if planned.allowed is not None:
        yield _member(planned, int)
    elif is_sent or planned.low is not None or planned.high is not None:
        yield _Within(least, most)
    if not is_sent and least <= UNSURE_INTEGER <= most and not _may_be_any_zero(planned):
        yield _NotZero()


def _may_be_any_zero(planned: FieldPlan) -> bool:
    """Return whether zero passes however it is written, or not at all."""
    if planned.allowed is not None:
        return UNSURE_INTEGER not in planned.allowed
    return float in planned.kinds


def _float_bounds(planned: FieldPlan, is_sent: bool) -> Iterator[Fact]:
    low, high = certain_low(planned.low), certain_high(planned.high)
    if low is None or high is None:
        yield _Never()
    elif is_sent or planned.low is not None or planned.high is not None:
        yield _Within(low, high)


def _member(planned: FieldPlan, kind: type) -> Fact:
    return _Member(frozenset(value for value in passing(planned) if type(value) is kind))
