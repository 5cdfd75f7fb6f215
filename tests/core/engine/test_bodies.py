"""The body of an ingest request: many events in one text.

Source: docs/spec/gateway-http.md, section 6.14.
"""

from __future__ import annotations

from typing import Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contracts import compiled

NUMBER = compiled({"name": "a", "type": "number"})
GOOD, BAD = '{"a": 1}', "[1, 2]"


def passed(body: Union[str, bytes], *, ndjson: bool) -> list[bool]:
    """Judge a body, and return whether each event passed."""
    return [one.passed for one in NUMBER.validate_batch_json(body, ndjson=ndjson)]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ("[]", []),
        (f"[1, {BAD}, {GOOD}]", [False, False, True]),
        (GOOD, [True]),
        (" \r\n null\n", [False]),
        (b'{"\xc3\xa9": 0, "a": 1}', [True]),
    ],
)
def test_one_json_text_is_an_array_or_one_event(
    body: Union[str, bytes], events: list[bool]
) -> None:
    """An array holds the events, any other value is one."""
    assert passed(body, ndjson=False) == events


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ("", []),
        ("\n\n\r\n", []),
        (f"{GOOD}\n{GOOD}", [True, True]),
        (f"1\r\n\r\n{GOOD}\r\n", [False, True]),
        (f"{BAD}\n[]\n", [False, False]),
        (b'{"\xc3\xa9": 0, "a": 1}\n', [True]),
        ('{"\u2028": 0, "a": 1}\n{"\u0085": 0}', [True, False]),
    ],
)
def test_ndjson_is_one_event_a_line(body: Union[str, bytes], events: list[bool]) -> None:
    """Lines end at LF only; a line that is empty or one CR is skipped, an array is one event."""
    assert passed(body, ndjson=True) == events


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
        passed(body, ndjson=True)
    assert place == (caught.value.line, caught.value.column, caught.value.offset)


@pytest.mark.parametrize("is_ndjson", [False, True])
@pytest.mark.parametrize("body", ['"\ud800"', "\udc00", "1\n\ud83d"])
def test_a_lone_surrogate_is_refused(body: str, is_ndjson: bool) -> None:
    """A text that cannot be UTF-8 is not JSON, however it is read."""
    with pytest.raises(EventDecodeError):
        passed(body, ndjson=is_ndjson)


def test_one_text_that_is_no_json_is_refused() -> None:
    """Two lines of JSON are not a JSON text."""
    with pytest.raises(EventDecodeError) as caught:
        passed("1\n2", ndjson=False)
    assert (caught.value.line, caught.value.column, caught.value.offset) == (2, 1, 2)


@given(
    st.lists(
        st.sampled_from([GOOD, '"é"', "{}", BAD, "", "\r", " ", "x", '{"a": [1, 2}', f"{GOOD}\r"])
    )
)
def test_ndjson_is_its_lines_read_one_by_one(lines: list[str]) -> None:
    """The verdict on a body is the one on its lines; the places say which one was refused first."""
    events, refused, offset = list[bool](), None, 0
    for number, line in enumerate(lines, start=1):
        try:
            events += [] if line in ("", "\r") else [NUMBER.is_valid(decode_event(line))]
        except EventDecodeError as error:
            refused = (error.message, number, error.column, offset + error.offset)
            break
        offset += len(line.encode()) + 1
    try:
        assert passed("\n".join(lines), ndjson=True) == events
        assert refused is None
    except EventDecodeError as error:
        assert refused == (error.message, error.line, error.column, error.offset)
