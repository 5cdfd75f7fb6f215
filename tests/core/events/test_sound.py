"""The fault of a long text: found near the fault, and the same as by reading all of it slowly."""

from __future__ import annotations

import json
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core._reserved import REFUSAL, RESERVED_KEY
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.brackets import MOST_LEVELS
from contractgate_core.events.decode import decode_event, is_json
from contractgate_core.events.fault import Fault, find_fault
from contractgate_core.events.sound import sound_escapes, sound_start
from json_values import JSON_TEXTS, JSON_VALUES

NEAR = 600
"""So many bytes before a fault the slow reader begins, at most, where members are short."""


def told(text: bytes) -> Optional[Fault]:
    """Return what the decoder's error says, if that is a fault in the JSON."""
    try:
        decode_event(text)
    except EventDecodeError as error:
        return None if error.message == REFUSAL else Fault(error.offset, error.message)
    return None


FAULTS = st.one_of(
    JSON_TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=3),
    st.sampled_from(
        [
            *(b",", b"]", b"}", b"[", b"{", b'"', b"\\", b"\\u12", b"\\x", b"\\ud800", b"\\udc00"),
            *(
                b"\x01",
                b"\xff",
                b"\xed\xa0\x80",
                b"1e999,",
                b"9" * 400,
                b"[" * 128,
                b"\xef\xbb\xbf",
            ),
        ]
    ),
)


@st.composite
def long_texts(draw: st.DrawFn) -> bytes:
    """Make a text of some thousand bytes, with a fault somewhere or none."""
    values = draw(st.lists(JSON_VALUES, min_size=1, max_size=5))
    values += draw(
        st.sampled_from(
            [[], [{RESERVED_KEY: 1}], ["\n\\" * 200], ["\u00e9,\U0001f600" * 100], [","] * 20]
        )
    )
    text = json.dumps(
        values * draw(st.integers(1, 30)),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
    ).encode()
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(FAULTS) + text[place + draw(st.integers(0, 2)) :]


@given(long_texts())
def test_the_fault_is_the_one_that_the_slow_reader_finds(text: bytes) -> None:
    """With its place and words, whatever the fault is."""
    assert told(text) == find_fault(text, MOST_LEVELS)


@pytest.mark.untraced
@pytest.mark.parametrize(
    "fault",
    [
        b"x",
        b",",
        b"]",
        b"}",
        b'"',
        b"\\",
        b"\x01",
        b"\xff",
        b"1e999",
        b"[" * 128,
        b"01",
        b"nul",
        b"",
    ],
)
@pytest.mark.parametrize(
    "member",
    [b"1", b'"a"', b"[]", b'{"a":[1,{"b":null}]}', b'"\\",["', b" \n1.5e3 ", b"[" * 99 + b"]" * 99],
)
def test_the_slow_reader_begins_near_the_fault(member: bytes, fault: bytes) -> None:
    """So it costs little, however long the text is."""
    before = b'{"a":[' + (member + b",") * (6_000 // len(member))
    text = before + fault
    start = sound_start(text, is_json)
    assert len(before) - NEAR < start.offset <= len(before)
    assert start.closers == b"}]"
    assert told(text + b",1]}") == find_fault(text + b",1]}", MOST_LEVELS)


@pytest.mark.untraced
@pytest.mark.parametrize(
    "piece", [b"\\n", b"\\\\", b'\\"', b"\\u00e9", b"\\ud83d\\ude00", b"\\tabc"]
)
@pytest.mark.parametrize(
    "fault", [b"\\x", b"\\u12", b"\\ud800", b"\\udc00x", b"\x01", b'"', b"\\", b""]
)
def test_escapes_before_a_fault_are_passed_over(piece: bytes, fault: bytes) -> None:
    """Up to some bytes before the fault, and never in the middle of an escape."""
    for odd in (b"", b"a", b"ab", b"abc"):
        text = b'["' + (piece + odd) * 1_500 + fault
        start = 2
        end = len(text) - len(fault)
        at = sound_escapes(text, start, is_json)
        assert end - NEAR < at <= len(text)
        assert is_json(b'"' + text[start:at] + b'"')
        assert told(text) == find_fault(text, MOST_LEVELS)


def test_a_comma_outside_all_lists_is_a_fault() -> None:
    """What comes before it is sound, but nothing more may follow it."""
    for text in (b"1," * 1_000, b"[1,2]," * 1_000, b"," * 1_000, b"[,1]" + b" " * 1_000):
        assert told(text) == find_fault(text, MOST_LEVELS)
        assert sound_start(text, is_json).offset <= len(b"[1,")
