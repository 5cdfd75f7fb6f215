"""One JSON array, element by element."""

from __future__ import annotations

import io
import time
from typing import Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_core.events.stream import Record, read_records
from cost import slowness
from sizes import scaled

# Scraps of JSON: any row of them is an array that is sound, or broken in some way.
SCRAPS = [
    *["[", "]", "{", "}", ",", ":", '"', "\\", " ", "\n", "\r", "\t", "x", "é", "-", "\x00"],
    *["1", "-0", "2.5e3", "1e999", "true", "tru", "null", '""', '"a"', '"]"', '"\\""', '"\\\\"'],
    *['"a":', '{"a":', '{"a": [1, {"b": "},{"}]}', '"\\u005d"', '"\\ud800"', "[]", "{}", "[1,2]"],
    *[", ", "],", "},", ',"', '"é😀"', '"a\\', "\ufeff"],
]
# None begins as UTF-16 does, which is refused as a whole.
BROKEN_ARRAYS = (
    st.lists(st.sampled_from(SCRAPS))
    .map("".join)
    .filter(lambda text: not text.startswith("\0"))
    .map("[{}".format)
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.sampled_from(['"', "\\", "[", "]}", ",", "é", "a\nb"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(['"', "[", "},", "é", "\\"]), inner, max_size=4)
    ),
)


class Trickle(io.RawIOBase):
    """A pipe that delivers a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, self._size))


def read(data: bytes, **limits: int) -> list[Record]:
    return list(read_records(io.BytesIO(data), **limits))


def read_in_pieces(data: bytes, size: int) -> list[Record]:
    return list(read_records(Trickle(data, size)))  # type: ignore[arg-type]  # it has `read`


def refusal(data: bytes) -> Optional[EventDecodeError]:
    try:
        decode_event(data)
    except EventDecodeError as error:
        return error
    return None


def shown(records: list[Record]) -> list[object]:
    return [(r.number, r.line, r.offset, repr(r.value), str(r.error)) for r in records]


def test_an_element_has_its_place() -> None:
    """Number, line and offset say where an element begins, behind white space."""
    records = read(b'[ 1,\n\r\n  {"a": [2, "],"]},"\xc3\xa9" ,\t[]\n]\n')
    places = [(r.number, r.line, r.offset, r.value) for r in records]
    assert places == [
        (1, 1, 2, 1),
        (2, 3, 9, {"a": [2, "],"]}),
        (3, 3, 26, "é"),
        (4, 3, 33, []),
    ]


@pytest.mark.parametrize("data", [b"[]", b"[ \n\t\r]", b"[]\r\n  "])
def test_an_empty_array_has_no_records(data: bytes) -> None:
    """White space is nothing."""
    assert read(data) == []


@pytest.mark.parametrize(
    ("data", "sound", "place"),
    [
        (b"[", 0, (1, 2, 1)),
        (b"[1, 2", 1, (1, 6, 5)),
        (b"[1,\n", 1, (2, 1, 4)),
        (b"[1,]", 1, (1, 4, 3)),
        (b"[,1]", 0, (1, 2, 1)),
        (b"[1,,2]", 1, (1, 4, 3)),
        (b"[1 2]", 0, (1, 4, 3)),
        (b"[1}", 0, (1, 3, 2)),
        (b'["\xc3\xa9",\n {"a": x}, 3]', 1, (2, 8, 14)),
        (b'[1, {"a": "b', 1, (1, 13, 12)),
        (b"[1] 2", 1, (1, 5, 4)),
        (b"[1]]", 1, (1, 4, 3)),
        (b"[]\n\n\xc3\xa9 ,", 0, (3, 1, 4)),
        (b"[[1}]", 0, (1, 4, 3)),
    ],
)
def test_a_broken_array_ends_with_one_malformed_record(
    data: bytes, sound: int, place: tuple[int, int, int]
) -> None:
    """The records so far count, and the last one says where the array is broken."""
    *records, last = read(data)
    assert [None] * sound == [record.error for record in records]
    assert last.error is not None
    assert (sound + 1, place) == (
        last.number,
        (last.error.line, last.error.column, last.error.offset),
    )


def test_what_follows_a_broken_element_is_not_read() -> None:
    """An array that is broken early is not followed further."""
    assert [record.value for record in read(b"[1, nul, 3, 4]")] == [1, None]


@given(BROKEN_ARRAYS, st.integers(1, 3))
@example('["\\\\", "\\"", [{"]": "}"}]]', 1)
@example('[1e999, {"a": "\ud83d"}]'.encode("utf-8", "replace").decode(), 1)
@example("[" * 127 + "]" * 127, 1)
@example("[" * 128 + "]" * 128, 2)
@example("[1," + "[" * 126 + "]" * 126 + "]", 3)
@example("[1," + "[" * 127 + "]" * 127 + "]", 3)
def test_the_verdict_is_that_on_the_whole_text(text: str, size: int) -> None:
    """A stream accepts an array exactly if the decoder does, with the same values."""
    data = text.encode()
    records = read_in_pieces(data, size)
    assert shown(records) == shown(read(data))
    expected = refusal(data)
    errors = [record.error for record in records if record.error is not None]
    if expected is None:
        assert errors == []
        assert decode_event(data) == [record.value for record in records]
    else:
        assert len(errors) == 1
        assert records[-1].error is errors[0]


@given(BROKEN_ARRAYS)
def test_the_place_is_that_in_the_whole_text(text: str) -> None:
    """A broken array is broken where the decoder finds the whole text broken."""
    expected = refusal(text.encode())
    if expected is not None:
        error = read(text.encode())[-1].error
        assert error is not None
        assert (expected.line, expected.column, expected.offset) == (
            error.line,
            error.column,
            error.offset,
        )


@given(st.lists(JSON_VALUES), st.integers(0, 2), st.integers(1, 50))
def test_pieces_of_any_size_give_the_same_values(
    values: list[object], indent: int, size: int
) -> None:
    """Brackets, quotes and backslashes in strings are followed over every border."""
    import json

    data = json.dumps(values, indent=indent or None, ensure_ascii=False).encode()
    assert values == [record.value for record in read_in_pieces(data, size)]


class TestTooLong:
    """Elements that are longer than the limit."""

    def test_is_a_failing_record_and_the_rest_goes_on(self) -> None:
        """A long element fails alone; the next ones keep their places."""
        data = b'[1, "' + b"x" * 200_000 + b'",\n {"a": 2}, [' + b"3," * 100_000 + b"4], 5]"
        records = read(data, max_record_bytes=100)
        assert [record.value for record in records] == [1, None, {"a": 2}, None, 5]
        assert [record.offset for record in records[1:4]] == [4, 200_009, 200_019]
        assert [record.line for record in records[1:4]] == [1, 2, 2]
        error = records[1].error
        assert error is not None
        assert error.message == "expected a record of at most 100 bytes, got a longer one"
        assert (error.line, error.column, error.offset) == (1, 5, 4)

    def test_the_limit_itself_is_fine(self) -> None:
        """A record of exactly the limit is read, one byte more is refused."""
        records = read(b'["12345678", "123456789"]', max_record_bytes=10)
        assert [record.error is None for record in records] == [True, False]

    def test_white_space_before_an_element_does_not_count(self) -> None:
        """Only the element's own text is measured."""
        records = read(b"[" + b" " * 200_000 + b"1]", max_record_bytes=10)
        assert [(record.value, record.offset) for record in records] == [(1, 200_001)]

    @pytest.mark.parametrize(
        ("end", "place"), [(b"", (1, 103, 102)), (b"}", (1, 103, 102)), (b'"', (1, 104, 103))]
    )
    def test_a_wrong_end_breaks_the_array(self, end: bytes, place: tuple[int, int, int]) -> None:
        """An element whose end cannot be found is the last record, wherever the input ends."""
        [record] = read(b"[" + b"1" * 101 + end, max_record_bytes=100)
        assert record.error is not None
        assert place == (record.error.line, record.error.column, record.error.offset)


MANY = scaled(1_000_000)


@pytest.mark.untraced
@pytest.mark.parametrize(
    "data",
    [
        b"[" * MANY,
        b"[" + b'{"a":' * (MANY // 2),
        b'["' + b"\\" * MANY,
        b"[" + b'"' * (MANY - 1),
        b'["' + b'\\"' * (MANY // 2),
        b"[" + b'"",' * (MANY // 10),
        b"[" + b"," * MANY,
        b"[" + b" " * MANY,
        b"[1]" + b" " * MANY,
        b"[" + b"[]" * (MANY // 2),
        '["{}"'.format("é" * (MANY // 2)).encode(),
    ],
    ids=lambda data: repr(data[:8]),
)
@pytest.mark.parametrize("limit", [1_000, 2**24])
def test_a_hostile_array_takes_little_time(data: bytes, limit: int) -> None:
    """A megabyte of brackets, quotes, backslashes or nothing ends soon, and never in a crash."""
    start = time.process_time()
    for record in read_records(io.BytesIO(data), max_record_bytes=limit):
        assert record.number > 0
    assert time.process_time() - start < 5 * slowness()
