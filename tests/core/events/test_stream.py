"""Files, pipes and gzip: what is found in them, and where."""

from __future__ import annotations

import gzip
import io
import os
import random
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Optional, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_core.events.stream import Record, read_records


class Trickle(io.RawIOBase):
    """A pipe that delivers a few bytes at a time, and records how many it was asked for."""

    def __init__(self, data: bytes, size: int = 1) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, self._size))


class Endless:
    """A file that is generated while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int) -> bytes:
        return next(self._pieces, b"")


def read(data: bytes, **limits: int) -> list[Record]:
    return list(read_records(io.BytesIO(data), **limits))


def read_slowly(data: bytes, size: int = 1) -> list[Record]:
    return list(read_records(cast("BinaryIO", Trickle(data, size))))


def values(records: list[Record]) -> list[object]:
    return [record.value for record in records]


def shown(records: list[Record]) -> list[object]:
    return [(r.number, r.line, r.offset, repr(r.value), str(r.error)) for r in records]


class TestForm:
    """How the form of the input is found."""

    def test_a_bracket_first_is_one_array(self) -> None:
        """The first byte decides."""
        assert values(read(b"[1,\n2]")) == [1, 2]

    @pytest.mark.parametrize(
        "white", [b" ", b"\n", b"\r\n\r\n", b"\r", b" \n\t\n", b"\n" * 200_000]
    )
    @pytest.mark.parametrize(
        "body", [b'[{"a": 1},\n2 x]', b'{\n"a": 1}', b'{"a": 1}', b"[1]\n2", b"[]"]
    )
    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_white_space_before_an_array_or_an_object_changes_nothing(
        self, white: bytes, body: bytes, pack: Callable[[bytes], bytes]
    ) -> None:
        """But for the places, in which it counts."""
        lines = white.count(b"\n")

        def moved(record: Record) -> tuple[object, ...]:
            error = record.error and (record.error.line + lines, record.error.message)
            return record.number, record.line + lines, repr(record.value), error

        found = read(pack(white + body))
        plain = [
            (r.number, r.line, repr(r.value), r.error and (r.error.line, r.error.message))
            for r in found
        ]
        assert plain == [moved(record) for record in read(body)]
        for record in found:
            if record.text is not None:
                text = record.text.lstrip()
                assert (white + body)[record.offset :].lstrip().startswith(text)

    def test_lines_of_white_space_are_broken_before_ndjson_only(self) -> None:
        """As they are between its lines; an empty line is not broken."""
        assert values(read(b' \n{"a": 1}\n{"a": 2}\n')) == [None, {"a": 1}, {"a": 2}]
        assert values(read(b'\n{"a": 1}\n{"a": 2}\n')) == [{"a": 1}, {"a": 2}]
        assert values(read(b' {"a": 1}\n{"a": 2}\n')) == [{"a": 1}, {"a": 2}]
        assert values(read(b" \n1\n")) == [None, 1]

    def test_white_space_beyond_the_limit_is_ndjson(self) -> None:
        """It is read ahead only as far as a record may be long; blank lines are not kept."""
        assert values(read(b" " * 11 + b"[1]", max_record_bytes=10)) == [None]
        assert values(read(b"\n" * 200_000 + b"[1]", max_record_bytes=10)) == [1]

    def test_a_whole_first_line_is_ndjson(self) -> None:
        """A first line that is a complete value makes NDJSON, even if the second is broken."""
        assert values(read(b'{"a": 1}\n{"b"\n{"b": 2}\n')) == [{"a": 1}, None, {"b": 2}]

    @pytest.mark.parametrize("data", [b'{\n"a": 1\n}', b'{"a":\r\n1}\r\n\r\n', b"{\n\n}"])
    def test_an_object_on_several_lines_is_one_object(self, data: bytes) -> None:
        """If the whole input is one object, it is one record."""
        assert [(1, 1, 0, repr(decode_event(data)), "None")] == shown(read(data))

    def test_a_brace_that_is_neither_is_ndjson(self) -> None:
        """Nothing that was read ahead is lost: every line is a record."""
        records = read(b'{"a":\n{"b": 2}\n{"c": 3}\n')
        assert values(records) == [None, {"b": 2}, {"c": 3}]
        assert [record.line for record in records] == [1, 2, 3]

    def test_an_object_beyond_the_limit_is_ndjson(self) -> None:
        """The whole input is tried as one object only within the limit for a record."""
        data = b'{\n"a": "' + b"x" * 200 + b'"}'
        assert len(read(data, max_record_bytes=len(data))) == 1
        errors = [record.error for record in read(data, max_record_bytes=len(data) - 1)]
        assert [error is None for error in errors] == [False, False]

    def test_a_first_line_beyond_the_limit_is_ndjson(self) -> None:
        """A first line that is too long is a failing record, and the others are read."""
        data = b'{"a": "' + b"x" * 200_000 + b'"}\n1\n'
        assert values(read(data, max_record_bytes=100)) == [None, 1]

    @pytest.mark.parametrize("data", [b"1", b'"a"', b"null", b"-", b"\xef\xbb\xbf{}", b"}"])
    def test_everything_else_is_ndjson(self, data: bytes) -> None:
        """Any other first byte begins a line of NDJSON."""
        assert [(r.number, r.line, r.offset) for r in read(data)] == [(1, 1, 0)]

    @pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\n", gzip.compress(b"", mtime=0)])
    def test_empty_input_has_no_records(self, data: bytes) -> None:
        """Nothing, or blank lines only, is no record."""
        assert read(data) == []


class TestLines:
    """NDJSON."""

    def test_blank_lines_are_skipped_but_counted(self) -> None:
        """Numbers count records, lines count lines, offsets bytes."""
        records = read(b'\n1\r\n\r\n\n"\xc3\xa9"\n3')
        assert [(r.number, r.line, r.offset, r.value) for r in records] == [
            (1, 2, 1, 1),
            (2, 5, 7, "é"),
            (3, 6, 12, 3),
        ]

    def test_a_broken_line_is_a_record_and_the_rest_goes_on(self) -> None:
        """The error counts from the beginning of the input, its columns are characters."""
        records = read(b'1\n \n{"\xc3\xa9": x}\r\n4')
        assert values(records) == [1, None, None, 4]
        places = [(e.line, e.column, e.offset) for r in records if (e := r.error) is not None]
        assert places == [(2, 2, 3), (3, 7, 11)]

    def test_a_line_of_spaces_is_broken(self) -> None:
        """Only an empty line and a lone CR are blank."""
        assert [record.error is None for record in read(b"1\n \n")] == [True, False]

    @pytest.mark.parametrize("length", [10, 100_000, 200_000])
    def test_a_line_beyond_the_limit_fails_and_is_passed_over(self, length: int) -> None:
        """The line is a failing record with its place, and the next ones are read."""
        data = b"1\n" + b"9" * length + b"\n\n" + b"2\n" + b"9" * length
        records = read(data, max_record_bytes=length - 1)
        assert values(records) == [1, None, 2, None]
        assert [(1, 0), (2, 2), (4, length + 4), (5, length + 6)] == [
            (record.line, record.offset) for record in records
        ]
        error = records[1].error
        assert error is not None
        assert f"expected a record of at most {length - 1} bytes, got a longer one" == error.message
        assert len(read(data, max_record_bytes=length)) == 4

    @given(st.lists(st.sampled_from([b"1", b'{"a": [2]}', b"", b"\r", b" ", b"x", b'"\xc3\xa9"'])))
    def test_each_line_is_read_as_it_would_be_alone(self, lines: list[bytes]) -> None:
        """Every line that is not blank is one record: its value, or its error."""
        records = read(b"\n".join([b"0", *lines]))
        written = [b"0", *(line for line in lines if line not in (b"", b"\r"))]
        assert len(written) == len(records)
        for line, record in zip(written, records):
            try:
                assert decode_event(line) == record.value
            except EventDecodeError as error:
                assert record.error is not None
                assert (error.message, record.offset + error.offset) == (
                    record.error.message,
                    record.error.offset,
                )


class TestShortReads:
    """Pipes that deliver what they have."""

    @given(
        st.lists(
            st.sampled_from(
                [b"{", b"}", b"[", b"]", b'{"a": 1}', b'"', b",", b"1", b"\n", b"\r", b"\xc3\xa9"]
            )
        ).map(b"".join),
        st.integers(1, 5),
        st.booleans(),
    )
    @example(b'{"a":\n1\n}', 1, False)
    @example(b'{"a": 1}\n{', 1, True)
    def test_pieces_of_any_size_give_the_same_records(
        self, data: bytes, size: int, is_gzip: bool
    ) -> None:
        """How the input comes in changes nothing."""
        sent = gzip.compress(data) if is_gzip else data
        assert shown(read(data)) == shown(read_slowly(sent, size))

    def test_a_record_is_given_out_before_the_next_one_comes(self) -> None:
        """A pipe that goes on for hours is read as it comes."""
        reader, writer = os.pipe()
        with open(reader, "rb") as source, open(writer, "wb", buffering=0) as sink:
            sink.write(b'{"a": 1}\n')
            records = read_records(source)
            assert next(records).value == {"a": 1}
            sink.write(b'{"a": 2}\n')
            assert next(records).value == {"a": 2}

    def test_a_pipe_without_data_in_non_blocking_mode_is_an_error(self) -> None:
        """An input that is not ready is not taken for one that has ended."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        with open(reader, "rb", buffering=0) as source, open(writer, "wb"):
            records = read_records(source)
            with pytest.raises(BlockingIOError, match="no data yet"):
                next(records)


class TestGzip:
    """Compressed input."""

    def test_is_recognised_by_its_content(self) -> None:
        """Places count in the decompressed input."""
        records = read(gzip.compress(b'{"a": 1}\n\n{"a": 2}\n'))
        assert [(r.number, r.line, r.offset) for r in records] == [(1, 1, 0), (2, 3, 10)]

    def test_may_have_many_members(self) -> None:
        """Members are one text, cut anywhere."""
        parts = [b'[{"a"', b': "', b"", b'x"}, ', b"2]\n"]
        data = b"".join(map(gzip.compress, parts))
        assert [{"a": "x"}, 2] == values(read(data)) == values(read_slowly(data))

    def test_may_end_in_zeros(self) -> None:
        """Padding with zeros, as tapes and some tools do, is fine."""
        assert values(read(gzip.compress(b"1\n") + b"\0" * 512)) == [1]

    @pytest.mark.parametrize("text", [b'{"a": 1}\n' * 1000, b"[" + b"1, " * 1000 + b"2]"])
    @pytest.mark.parametrize("keep", [2, 3, 9, 10, 11, -9, -8, -4, -1])
    def test_that_is_cut_short_ends_with_one_malformed_record(self, text: bytes, keep: int) -> None:
        """The records so far count; the last one says how far the input went."""
        *records, last = read(gzip.compress(text)[:keep])
        assert [None] * len(records) == [record.error for record in records]
        assert last.error is not None
        assert last.error.message == "expected the rest of the gzip data, got the end of the input"
        assert len(records) + 1 == last.number
        assert last.offset <= last.error.offset <= len(text)

    def test_that_is_cut_short_says_how_far_it_went(self) -> None:
        """Everything that could be decompressed is read, and the place is its end."""
        compressor = zlib.compressobj(wbits=31)
        whole = compressor.compress(b"1\n2\n34") + compressor.flush(zlib.Z_SYNC_FLUSH)
        records = read(whole)
        assert values(records) == [1, 2, None]
        error = records[-1].error
        assert error is not None
        assert (error.line, error.column, records[-1].offset, error.offset) == (3, 3, 4, 6)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:],
            lambda data: data[:-1] + bytes([data[-1] ^ 1]),
            lambda data: data + b"not gzip",
            lambda data: data[:2] + b"\x07" + data[3:],
            lambda data: data[:10] + b"\xff" * 20,
        ],
        ids=["checksum", "length", "more", "method", "block"],
    )
    @pytest.mark.parametrize("text", [b"1\n2\n", b"[1, 2]"])
    def test_that_is_broken_ends_with_one_malformed_record(
        self, text: bytes, spoil: Callable[[bytes], bytes]
    ) -> None:
        """Wrong checksums and foreign bytes are reported, with the place that was reached."""
        *records, last = read(spoil(gzip.compress(text)))
        assert values(records) in ([], [1, 2])
        assert last.error is not None
        assert last.error.message == "expected sound gzip data, got broken data"
        assert (len(records) + 1, len(text) if records else 0) == (last.number, last.error.offset)

    def test_that_is_broken_is_no_object(self) -> None:
        """One object with a wrong checksum is not taken for sound."""
        data = bytearray(gzip.compress(b'{"a":\n1}'))
        data[-8] ^= 1
        assert read(bytes(data))[-1].error is not None

    @given(st.binary(max_size=80))
    def test_whatever_follows_the_magic_bytes_is_no_crash(self, rest: bytes) -> None:
        """Any bytes are read to an end, at most with a malformed record."""
        for record in read(b"\x1f\x8b" + rest) + read(b"\x1f\x8b\x08\0" + rest):
            assert record.number > 0

    def test_a_bomb_is_read_in_bounded_memory(self) -> None:
        """Thirty million spaces in thirty thousand bytes are one long record, and are released."""
        data = gzip.compress(b"[1, [" + b" " * 30_000_000 + b"], 2]")
        records, peak = _measured(io.BytesIO(data), 1_000_000)
        assert records == [1, None, 2]
        assert peak < 5_000_000


class TestErrors:
    """Sources that cannot be read."""

    @pytest.mark.parametrize("head", [b"", b"1\n", b"[1, 2", b'{"a":', b"\x1f", b"\x1f\x8b\x08"])
    def test_an_error_of_the_system_is_passed_on(self, head: bytes) -> None:
        """It is not taken for the end of the input, at whatever point it comes."""

        def pieces() -> Iterator[bytes]:
            if head:
                yield head
            raise OSError(5, "Input/output error")

        with pytest.raises(OSError, match="Input/output error"):
            list(read_records(cast("BinaryIO", Endless(pieces()))))

    def test_the_source_stays_open(self) -> None:
        """Whoever opened the source closes it."""
        source = io.BytesIO(gzip.compress(b"1"))
        assert values(list(read_records(source))) == [1]
        assert not source.closed


def _measured(source: object, limit: int) -> tuple[list[Optional[int]], int]:
    """Read without keeping records; return the small values, and the peak in bytes."""
    tracemalloc.start()
    try:
        found = [
            record.value if isinstance(record.value, int) else None
            for record in read_records(cast("BinaryIO", source), max_record_bytes=limit)
        ]
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _ndjson(count: int) -> Iterator[bytes]:
    line = b'{"id": "7", "items": [{"sku": "a", "price": 1.5}, {"sku": "b"}]}\n'
    yield from (line * 1000 for _ in range(count))


def _array(count: int) -> Iterator[bytes]:
    yield b"[0"
    yield from (b', {"sku": "a", "tags": ["x", "y"], "price": 1.5}' * 1000 for _ in range(count))
    yield b"]"


def _one_long_line(count: int) -> Iterator[bytes]:
    yield from (b"9" * 100_000 for _ in range(count))


def _one_long_string(count: int) -> Iterator[bytes]:
    yield b'["'
    yield from (b'\\"\\\\ab[]' * 10_000 for _ in range(count))
    yield b'"]'


def _many_blank_lines(count: int) -> Iterator[bytes]:
    yield from (b"\n" * 40_000 for _ in range(count))


def _pretended_object(count: int) -> Iterator[bytes]:
    yield b"{\n"
    line = b'"a": 1,' + b" " * 1_000 + b"\n"
    yield from (line * 100 for _ in range(count))


@pytest.mark.untraced
@pytest.mark.parametrize(
    "make",
    [_ndjson, _array, _one_long_line, _one_long_string, _many_blank_lines, _pretended_object],
)
def test_memory_does_not_grow_with_the_input(make: Callable[[int], Iterator[bytes]]) -> None:
    """Only one record and one chunk is held, whatever the input is made of."""

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            for record in read_records(
                cast("BinaryIO", Endless(make(count))), max_record_bytes=300_000
            ):
                del record
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    once = peak(10)
    assert once < 4_000_000
    assert peak(20) < once + 300_000  # ten more chunks are a megabyte


@pytest.mark.untraced
@pytest.mark.parametrize("make", [_ndjson, _array, _one_long_line, _one_long_string])
def test_time_grows_with_the_input_and_no_faster(
    make: Callable[[int], Iterator[bytes]],
) -> None:
    """Four times the input takes about four times as long, also as one record."""

    def seconds(count: int) -> float:
        start = time.process_time()
        for record in read_records(cast("BinaryIO", Endless(make(count)))):
            del record
        return time.process_time() - start

    once = min(seconds(10), seconds(10))
    assert seconds(40) < 12 * once + 0.5


def test_a_pipe_is_read_while_it_is_written() -> None:
    """Writes of random sizes through a real pipe are put together again."""
    data = b"".join(b'{"n": %d}\n' % number for number in range(5_000))
    chance = random.Random(3)
    reader, writer = os.pipe()

    def write() -> None:
        with open(writer, "wb", buffering=0) as sink:
            rest = memoryview(data)
            while rest:
                rest = rest[sink.write(rest[: chance.randint(1, 3_000)]) :]

    thread = threading.Thread(target=write)
    thread.start()
    with open(reader, "rb") as source:
        found = values(list(read_records(source)))
    thread.join()
    assert [{"n": number} for number in range(5_000)] == found
