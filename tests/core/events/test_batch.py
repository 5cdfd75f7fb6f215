"""Batches are written at the speed of C, exactly as one by one."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.errors import EventEncodeError
from contractgate_core.events.batch import encode_batch
from contractgate_core.events.encode import encode_event
from json_values import JSON_VALUES


class Colour(enum.Enum):
    """An enum, which is sent as its value."""

    RED = "red"


class Word(str, enum.Enum):
    """An enum of texts."""

    HELLO = "hello"


class Number(enum.IntEnum):
    """An enum of numbers."""

    ONE = 1


class Whole(int):
    """A subclass of int."""


class Real(float):
    """A subclass of float."""


class Name(str):
    """A subclass of str."""

    __slots__ = ()


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        math.nan,
        math.inf,
        -math.inf,
        "null",
        "nullnull",
        None,
        10**309,
        10**308,
        -(10**309),
        "0" * 400,
        2**64,
        -0.0,
        1e16,
        "\ud800",
        "\x00",
        b"bytes",
        {1, 2},
        {1: "a number as key"},
        {None: 1},
        {"\ud800": 1},
        {Name("key"): 1},
        Name("text"),
        Colour.RED,
        Word.HELLO,
        Number.ONE,
        Whole(5),
        Real(1.5),
        Real("nan"),
        {Word.HELLO: Number.ONE},
        frozenset({1}),
        2**53 + 1,
        -(2**63) - 1,
        sys.float_info.max,
        datetime.date(2026, 11, 24),
        decimal.Decimal("1.5"),
        (1, 2),
        object(),
    ]
)
VALUES = st.recursive(
    st.one_of(ODD, JSON_VALUES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    ),
    max_leaves=6,
)


def outcome(events: list[Any], write: Any) -> tuple[str, object]:
    """Return what is written, or the error."""
    try:
        return "written", write(events)
    except EventEncodeError as error:
        return error.path, error.message


@given(st.lists(st.one_of(VALUES, JSON_VALUES), max_size=4))
@example([{"a": decimal.Decimal("1.5")}])
@example([{"a": [decimal.Decimal("1.5"), decimal.Decimal("NaN")]}])
def test_a_batch_is_written_like_the_list_of_its_events(events: list[Any]) -> None:
    """Text for text, and refusal for refusal."""
    assert outcome(events, encode_batch) == outcome(events, encode_event)


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=3), max_size=5))
def test_a_batch_may_be_any_sequence(events: list[Any]) -> None:
    """Of objects, as nearly all events are."""
    assert encode_batch(tuple(events)) == encode_event(events)


@st.composite
def alike(draw: st.DrawFn) -> list[Any]:
    """Draw many events with the same keys, and perhaps one that is different."""
    keys = draw(st.lists(st.one_of(st.text(max_size=3), st.just('"'), st.just("a\n")), max_size=4))
    scalars = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text())
    row = st.fixed_dictionaries(dict.fromkeys(keys, scalars))
    events: list[Any] = draw(st.lists(row, min_size=32, max_size=34))
    place = draw(st.integers(0, len(events) - 1))
    has_other_value: bool = draw(st.booleans())
    if keys and has_other_value:
        events[place] = {**events[place], draw(st.sampled_from(keys)): draw(ODD)}
    elif draw(st.booleans()):
        events[place] = draw(st.one_of(ODD, st.dictionaries(st.text(max_size=2), ODD, max_size=3)))
    return events


@given(alike())
def test_events_with_the_same_keys_are_written_like_others(events: list[Any]) -> None:
    """Text for text, and refusal for refusal, wherever one is different."""
    assert outcome(events, encode_batch) == outcome(events, encode_event)


def nested(levels: int) -> list[Any]:
    """Make a list with this many levels."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize("make", [lambda inner: inner, lambda inner: {"a": inner}])
def test_an_event_may_have_126_levels_in_a_batch(make: Any) -> None:
    """One less than alone, since the array is one."""
    inner = 126 if make([]) == [] else 125
    assert encode_batch([make(nested(inner))])
    with pytest.raises(EventEncodeError, match="levels"):
        encode_batch([make(nested(inner + 1))])


def test_an_event_that_contains_itself_is_refused_at_once() -> None:
    """Although each level has twice as many values as the one above."""
    event: list[Any] = []
    event.extend([event, event])
    with pytest.raises(EventEncodeError, match="contains itself"):
        encode_batch([event])


def test_the_place_of_what_cannot_be_sent_is_named() -> None:
    """From the batch down to the value."""
    events = [{"price": 1.0}, {"items": [{"price": math.nan}], "note": "null"}]
    with pytest.raises(EventEncodeError) as caught:
        encode_batch(events)
    assert caught.value.path == "$[1].items[0].price"
