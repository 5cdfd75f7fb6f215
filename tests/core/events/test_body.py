"""The body of an ingest request."""

from __future__ import annotations

from typing import Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.body import decode_batch
from contractgate_core.events.decode import decode_event


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ("[]", []),
        ("[1, [2], {}]", [1, [2], {}]),
        ('{"a": 1}', [{"a": 1}]),
        (" \r\n null\n", [None]),
        (b'"\xc3\xa9"', ["é"]),
    ],
)
def test_one_json_text_is_an_array_or_one_event(
    body: Union[str, bytes], events: list[object]
) -> None:
    """An array holds the events, any other value is one."""
    assert events == decode_batch(body)


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ("", []),
        ("\n\n\r\n", []),
        ('{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
        ("1\r\n\r\n2\r\n", [1, 2]),
        ("[1, 2]\n[]\n", [[1, 2], []]),
        (b'"\xc3\xa9"\n', ["é"]),
        ('"\u2028"\n"\x0b"'.replace("\x0b", "\u0085"), ["\u2028", "\u0085"]),
    ],
)
def test_ndjson_is_one_event_a_line(body: Union[str, bytes], events: list[object]) -> None:
    """Lines end at LF only; a line that is empty or one CR is skipped, an array is one event."""
    assert events == decode_batch(body, ndjson=True)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("1\n \n2", (2, 2, 3)),
        ("1\n\r\r\n2", (2, 3, 4)),
        ("1\r2\n", (1, 3, 2)),
        ("\n\ntru\n", (3, 4, 5)),
        ('"é"\r\n{"é": x}', (2, 7, 13)),
        ("\ufeff1\n", (1, 1, 0)),
    ],
)
def test_ndjson_errors_count_from_the_beginning_of_the_body(
    body: str, place: tuple[int, int, int]
) -> None:
    """The first broken line is named by its place in the whole body; a line of spaces is broken."""
    with pytest.raises(EventDecodeError) as caught:
        decode_batch(body, ndjson=True)
    assert place == (caught.value.line, caught.value.column, caught.value.offset)


@pytest.mark.parametrize("is_ndjson", [False, True])
@pytest.mark.parametrize("body", ['"\ud800"', "\udc00", "1\n\ud83d"])
def test_a_lone_surrogate_is_refused(body: str, is_ndjson: bool) -> None:
    """A text that cannot be UTF-8 is no JSON, however it is read."""
    with pytest.raises(EventDecodeError):
        decode_batch(body, ndjson=is_ndjson)


def test_one_text_that_is_no_json_is_refused() -> None:
    """Two lines of JSON are no JSON text."""
    with pytest.raises(EventDecodeError) as caught:
        decode_batch("1\n2")
    assert (caught.value.line, caught.value.column, caught.value.offset) == (2, 1, 2)


@given(
    st.lists(st.sampled_from(["1", '"é"', "{}", "[1]", "", "\r", " ", "x", '{"a": [1, 2}', "1\r"]))
)
def test_ndjson_is_its_lines_read_one_by_one(lines: list[str]) -> None:
    """The verdict on a body is that on its lines; the places say which one was refused first."""
    events, refused, offset = [], None, 0
    for number, line in enumerate(lines, start=1):
        try:
            events += [] if line in ("", "\r") else [decode_event(line)]
        except EventDecodeError as error:
            refused = (error.message, number, error.column, offset + error.offset)
            break
        offset += len(line.encode()) + 1
    try:
        assert events == decode_batch("\n".join(lines), ndjson=True)
        assert refused is None
    except EventDecodeError as error:
        assert refused == (error.message, error.line, error.column, error.offset)
