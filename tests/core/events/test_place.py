"""Places in a text."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.place import Place
from cost import slowness

TEXTS = st.text(st.sampled_from("ab\n\ré漢😀"))


@given(TEXTS)
def test_counts_lines_and_characters(text: str) -> None:
    """The end of a text is found by its lines, the characters of the last one, and its bytes."""
    lines = text.split("\n")
    expected = Place(len(lines), len(lines[-1]) + 1, len(text.encode()))
    assert expected == Place().after(text.encode())


@given(TEXTS, st.integers(0, 60))
def test_goes_on_from_any_byte(text: str, cut: int) -> None:
    """A text may be cut anywhere, within a character too."""
    data = text.encode()
    assert Place().after(data) == Place().after(data[:cut]).after(data[cut:])


def test_counts_each_wrong_byte_that_begins_something() -> None:
    """Broken UTF-8 has columns too."""
    assert Place(1, 4, 5) == Place().after(b"\xff\xc3\xa9\x80a")


@given(TEXTS, TEXTS)
def test_moves_an_error_into_the_text_around(before: str, text: str) -> None:
    """An error at the end of an inner text is moved to the same byte of the outer text."""
    start, inner = Place().after(before.encode()), Place().after(text.encode())
    moved = start.shifted(inner.error("no"))
    whole = Place().after((before + text).encode())
    assert (whole, "no") == (Place(moved.line, moved.column, moved.offset), moved.message)


def test_makes_an_error() -> None:
    """An error carries the place."""
    error = Place(2, 3, 10).error("expected a value")
    assert isinstance(error, EventDecodeError)
    assert str(error) == "expected a value (line 2, column 3, byte 10)"


def test_is_fast_on_a_long_text() -> None:
    """Sixteen million bytes that are not ASCII take no noticeable time."""
    text = "é".encode() * 8_000_000
    start = time.process_time()
    assert Place(1, 8_000_001, 16_000_000) == Place().after(text)
    assert time.process_time() - start < 1 * slowness()
