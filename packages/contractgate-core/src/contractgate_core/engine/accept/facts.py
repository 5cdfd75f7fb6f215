"""What must hold for a value at a place of an event: each rule is one fact, stated once.

A fact says how source tests one value, what follows for an event if the test fails, and how a
column of values is tested. `rows`, `columns` and `number_checks` render the facts that msgspec's
types leave to be tested; `source` renders all that a contract demands of Python values.

A new rule for values needs a fact here, an exact check (`engine.exact`) and an entry in the plan.
If msgspec's types can test it too (`accept.types`), they do so faster; then it is a fact of Python
values alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Optional

from contractgate_core.engine.accept.approximate import UNSURE_INTEGER
from contractgate_core.engine.accept.bounds import ENDLESS, certain_high, certain_low, int_bounds
from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.limits import (
    ISO_DATE_LENGTH,
    accepted_integers,
    float_edges,
    is_decoded_as_date,
    passing_values,
    utf8_length,
)
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.patterns import bytes_test, find_unmatched
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.sendable import ANY_LEVELS, is_sendable_text
from contractgate_core.engine.accept.verdict import Verdict
from contractgate_core.engine.dates import is_calendar_date
from contractgate_core.engine.rules import MILLISECONDS_FROM
from contractgate_core.errors import EventDecodeError, EventEncodeError
from contractgate_core.events.decode import MOST_LEVELS, decode_event
from contractgate_core.events.encode import sent_value
from contractgate_core.regex import Pattern

__all__ = [
    "Fact",
    "exact_fact",
    "struct_facts",
    "value_facts",
]


class Fact:
    """Something that must hold for a value.

    Each has `write`. One that structs may leave to be tested has `holds`, or both ways to test a
    column if that is faster; a comparison has `all_hold`, for the elements of arrays.

    Attributes:
        on_failure: The verdict on an event in which it does not hold.
        is_comparison: Whether it compares numbers. One loop over many events tests all such facts
            faster than one column for each.
        is_for_rich_texts: Whether it holds in all plain texts (ASCII without escapes), so that only
            others need its test; neither do values whose pattern matches ASCII alone
            (`FieldPlan.is_pattern_ascii`).
        confirm: Called with a value for which the written condition is false, to decide whether the
            fact holds all the same; None if it never does.
    """

    on_failure = Verdict.FAILS
    is_comparison = False
    is_for_rich_texts = False
    confirm: Optional[Callable[[Any], object]] = None

    def write(self, v: str, source: Source) -> str:
        """Return a condition, as source, that is true only if the fact holds.

        It will be joined by `and`, so that one with `or` needs parentheses.

        Args:
            v: The name of the value.
            source: The source in which the condition will be written.
        """
        return f"{source.bind(self.holds)}({v})"

    def holds(self, value: Any) -> object:
        """Return whether it holds for a value."""
        raise NotImplementedError

    def all_hold(self, values: Sequence[Any]) -> bool:
        """Return whether it holds for all values of a column, at least one."""
        return all(map(self.holds, values))

    def failing(self, values: Sequence[Any]) -> Sequence[int]:
        """Return the indexes, in any order, of a column's values for which it does not hold."""
        if self.all_hold(values):
            return ()
        return [index for index, value in enumerate(values) if not self.holds(value)]


class _Never(Fact):
    """No value conforms."""

    def write(self, v: str, source: Source) -> str:
        return "False"


class _Within(Fact):
    """A number is within bounds."""

    is_comparison = True

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def write(self, v: str, source: Source) -> str:
        return f"{self._low!r} <= {v} <= {self._high!r}"


class _NotZero(Fact):
    """A number is certainly not `-0`, which msgspec reads as an integer."""

    is_comparison = True
    on_failure = Verdict.MAY_BE_ZERO

    def write(self, v: str, source: Source) -> str:
        return f"{v} != {UNSURE_INTEGER}"

    def all_hold(self, values: Sequence[Any]) -> bool:
        return UNSURE_INTEGER not in values


class _NotBelow(Fact):
    """A float is so far above a bound that all readers agree."""

    is_comparison = True
    on_failure = Verdict.ON_EDGE

    def __init__(self, low: float) -> None:
        self._low = low

    def write(self, v: str, source: Source) -> str:
        return f"{v} >= {self._low!r}"

    def all_hold(self, values: Sequence[Any]) -> bool:
        return bool(min(values) >= self._low)


class _NotAbove(Fact):
    """A float is so far below a bound that all readers agree."""

    is_comparison = True
    on_failure = Verdict.ON_EDGE

    def __init__(self, high: float) -> None:
        self._high = high

    def write(self, v: str, source: Source) -> str:
        return f"{v} <= {self._high!r}"

    def all_hold(self, values: Sequence[Any]) -> bool:
        return bool(max(values) <= self._high)


class _Fresh(Fact):
    """A timestamp is not in the future, and at most so many seconds old.

    It has no test for columns: rules look at no value inside an array, and outside arrays one loop
    tests all comparisons.
    """

    is_comparison = True

    def __init__(self, max_age: int) -> None:
        self._max_age = max_age

    def write(self, v: str, source: Source) -> str:
        # Beyond this limit the gateway's arithmetic wraps.
        if self._max_age >= ENDLESS:
            return "False"
        seconds = f"({v} // 1000 if {v} > {MILLISECONDS_FROM} else {v})"
        return f"0 <= {source.now()} - {seconds} <= {self._max_age}"


class _Member(Fact):
    """A value is one of a set."""

    def __init__(self, values: frozenset[Any]) -> None:
        self._values = values

    def write(self, v: str, source: Source) -> str:
        return f"{v} in {source.bind(self._values)}"


class _OfLength(Fact):
    """The number of bytes of a string in UTF-8 is within bounds.

    Args:
        low: The least number.
        high: The greatest number, or None.
        is_sent: Whether the string may have a lone surrogate, which cannot be sent.
    """

    # msgspec counts characters, which in a plain text are as many as the bytes.
    is_for_rich_texts = True

    def __init__(self, low: int, high: Optional[int], *, is_sent: bool = False) -> None:
        self._is_sent = is_sent
        self._low = low
        self._high = ENDLESS if high is None else min(high, ENDLESS)

    def write(self, v: str, source: Source) -> str:
        low = f"{self._low} <= " if self._low else ""
        high = "" if self._high == ENDLESS else f" <= {self._high}"
        holds = f"({low}len({v}){high} if {v}.isascii() else {source.bind(self.holds)}({v}))"
        if self._is_sent or not high:
            return holds
        # A character has at most four bytes, so that most strings need no look at theirs.
        return f"({low}len({v}) <= {self._high // 4} or {holds})"

    def holds(self, value: str) -> bool:
        try:
            return self._low <= utf8_length(value) <= self._high
        except UnicodeEncodeError:  # A lone surrogate cannot be sent.
            return False

    def all_hold(self, values: Sequence[str]) -> bool:
        sizes = list(map(len, values))
        # A character has at most four bytes.
        is_certain = self._low <= min(sizes) and max(sizes) <= self._high // 4
        return is_certain or all(map(self.holds, values))


class _Sendable(Fact):
    """A string has no lone surrogate."""

    def write(self, v: str, source: Source) -> str:
        return f"({v}.isascii() or {source.bind(is_sendable_text)}({v}))"


class _Matched(Fact):
    """The pattern of a place matches a string.

    Args:
        pattern: The pattern.
        is_secret: Whether nothing of the strings may be kept.
        has_its_lengths: Whether the strings are known to have lengths that the pattern allows.
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

    def holds(self, value: str) -> object:
        return self._pattern.predicate(value)

    def failing(self, values: Sequence[Any]) -> Sequence[int]:
        return self._find(values)

    def all_hold(self, values: Sequence[Any]) -> bool:
        return not self._find(values)


# Dates repeat. Today's data has only dates of the usual form.
_is_date_cached = lru_cache(maxsize=4096)(is_calendar_date)


class _Date(Fact):
    """A string is a calendar date."""

    def __init__(self, *, is_secret: bool) -> None:
        self._is_date = is_calendar_date if is_secret else _is_date_cached
        self.confirm = is_calendar_date

    def write(self, v: str, source: Source) -> str:
        return f"len({v}) == {ISO_DATE_LENGTH} and {source.bind(self._is_date)}({v})"

    def holds(self, value: str) -> bool:
        return is_calendar_date(value)


class _ExactText(Fact):
    """The exact checks find nothing in a value that was left as JSON text."""

    def __init__(self, planned: FieldPlan) -> None:
        self._planned = planned
        # Names may hold such characters, so the path may have fewer levels than this, never more.
        self._levels = MOST_LEVELS - 1 - planned.path.count(".") - planned.path.count("[")

    def holds(self, value: Any) -> bool:
        text = bytes(value)
        if text.count(b"[") + text.count(b"{") > self._levels:
            return False
        try:
            return self._planned.conforms_exactly(decode_event(text))
        except EventDecodeError:
            return False


class _ExactValue(Fact):
    """The exact checks find nothing in a Python value, as it would be sent."""

    def __init__(self, planned: FieldPlan) -> None:
        self._planned = planned

    def holds(self, value: object) -> bool:
        try:
            return self._planned.conforms_exactly(sent_value(value, levels=ANY_LEVELS))
        except EventEncodeError:
            return False


class _IfString(Fact):
    """A fact about strings, for values of which only some are strings."""

    def __init__(self, fact: Fact) -> None:
        self._fact = fact
        self.confirm = fact.confirm
        self.is_for_rich_texts = fact.is_for_rich_texts

    def write(self, v: str, source: Source) -> str:
        return f"(type({v}) is not str or {self._fact.write(v, source)})"

    def holds(self, value: Any) -> object:
        return type(value) is not str or self._fact.holds(value)

    def all_hold(self, values: Sequence[Any]) -> bool:
        texts = [value for value in values if type(value) is str]
        return not texts or self._fact.all_hold(texts)


def exact_fact(planned: FieldPlan) -> Fact:
    """Return the fact for a Python value at a place that is left to the exact checks."""
    return _ExactValue(planned)


def struct_facts(planned: FieldPlan, observed: Observed) -> list[Fact]:
    """List what msgspec's types leave to be tested at a place.

    Args:
        planned: The plan of the place.
        observed: What events so far have shown of it.
    """
    if planned.is_raw:
        return [_ExactText(planned)]
    return [
        *_struct_strings(planned, observed),
        *_numbers(planned),
        *_doubts(planned, observed),
    ]


def value_facts(planned: FieldPlan, kind: type, *, is_sent: bool) -> list[Fact]:
    """List all that must hold for a Python value of one type at a place, except for its members.

    Args:
        planned: The plan of the place.
        kind: The type.
        is_sent: Whether the value is from a user, and must be sendable; otherwise it was read from
            JSON, exactly or approximately.
    """
    if kind is str:
        return [*_string_bounds(planned, is_sent), *_strings(planned, has_its_lengths=False)]
    if kind is int:
        return [*_integer_bounds(planned, is_sent), *_numbers(planned)]
    return [*_float_bounds(planned, is_sent)] if kind is float else []


# A place has the facts that no type can test (`_strings`, `_numbers`), in structs those that its
# types leave besides (`_struct_strings`, `_doubts`), and in values those that types would test
# (`_string_bounds`, `_integer_bounds`, `_float_bounds`).


def _struct_strings(planned: FieldPlan, observed: Observed) -> Iterator[Fact]:
    is_typed = planned.allowed is not None or is_decoded_as_date(planned)
    if str not in planned.kinds or is_typed:
        return
    facts = [*_strings(planned, has_its_lengths=True)]
    if observed.has_edge_values and (planned.min_bytes > 1 or planned.max_bytes is not None):
        facts.insert(0, _OfLength(planned.min_bytes, planned.max_bytes))
    yield from facts if len(planned.kinds) == 1 else map(_IfString, facts)


def _strings(planned: FieldPlan, *, has_its_lengths: bool) -> Iterator[Fact]:
    """List the facts about strings that every fast reader must test.

    A date may hold white space beyond ASCII; strings that a pattern of ASCII matches do not.
    """
    is_secret = planned.is_secret
    # Only allowed values that pass the exact checks are ever compared (`passing_values`).
    if planned.allowed is not None:
        return
    if planned.pattern is not None:
        yield _Matched(planned.pattern, is_secret=is_secret, has_its_lengths=has_its_lengths)
    if planned.is_date:
        yield _Date(is_secret=is_secret)


def _numbers(planned: FieldPlan) -> Iterator[Fact]:
    """List the facts about numbers that every fast reader must test."""
    if planned.max_age is not None:
        yield _Fresh(planned.max_age)


def _doubts(planned: FieldPlan, observed: Observed) -> Iterator[Fact]:
    """List the facts about numbers that the text must decide if they fail."""
    least, most = accepted_integers(planned, observed)
    is_typed = planned.allowed is not None or least <= UNSURE_INTEGER <= most
    if int in planned.kinds and is_typed and not _may_be_any_zero(planned):
        yield _NotZero()
    low, high = float_edges(planned, observed)
    yield from () if low is None else [_NotBelow(low)]
    yield from () if high is None else [_NotAbove(high)]


def _string_bounds(planned: FieldPlan, is_sent: bool) -> Iterator[Fact]:
    if planned.allowed is not None:
        yield _member(planned, str)
    elif _has_right_length_if_matched(planned):
        pass
    elif planned.min_bytes or planned.max_bytes is not None:
        yield _OfLength(planned.min_bytes, planned.max_bytes, is_sent=is_sent)
    elif is_sent:
        yield _Sendable()


def _has_right_length_if_matched(planned: FieldPlan) -> bool:
    """Return whether every string that the pattern matches is sendable and has a passing length."""
    if not planned.is_pattern_ascii or planned.min_bytes > planned.min_chars:
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
    """Return whether it does not matter how a zero is written."""
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
    return _Member(frozenset(value for value in passing_values(planned) if type(value) is kind))
