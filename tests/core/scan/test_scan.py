"""`scan`: the verdicts are those of event-by-event validation, in bounded memory."""

from __future__ import annotations

import gc
import gzip
import io
import json
import random
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Optional, cast

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import Contract, ContractGateError, EventDecodeError
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.chunks import CHUNK_BYTES
from contractgate_core.events.decode import decode_event
from contractgate_core.scan.totals import FailedRecord, Totals
from contracts import compiled
from pairs import NOW, random_contract, random_event, random_garbage

Shown = tuple[int, int, int, list[Any], Optional[str]]

TEXT = {"name": "s", "type": "string"}
NUMBERS = compiled({"name": "n", "type": "integer"})
UNIQUE = compiled({"name": "n", "type": "integer"}, quality=[{"type": "uniqueness", "field": "n"}])


def shown(failed: FailedRecord) -> Shown:
    messages = [(one.message, one.safe_message) for one in failed.violations]
    error = None if failed.error is None else str(failed.error)
    return failed.record, failed.line, failed.offset, messages, error


def scanned(validator: CompiledContract, source: Any, **options: Any) -> list[Shown]:
    with validator.scan(source, now=NOW, **options) as scan:
        return [shown(failed) for failed in scan]


def one_by_one(validator: CompiledContract, lines: list[bytes]) -> list[Shown]:
    """Judge lines with the exact reader alone."""
    found: list[Shown] = []
    record = offset = 0
    for number, line in enumerate(lines, 1):
        if line not in (b"", b"\r"):
            record += 1
            try:
                violations = validator.judge.exact_violations(decode_event(line), NOW)
            except EventDecodeError as error:
                message = error.message
                place = f"(line {number}, column {error.column}, byte {error.offset + offset})"
                found.append((record, number, offset, [], f"{message} {place}"))
            else:
                messages = [(one.message, one.safe_message) for one in violations]
                if messages:
                    found.append((record, number, offset, messages, None))
        offset += len(line) + 1
    return found


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@given(st.integers(min_value=0, max_value=10**9), st.sampled_from([1, 7, 100, 10**6]))
def test_a_scan_gives_what_each_line_alone_gives(seed: int, size: int) -> None:
    """For random contracts and events, broken and blank lines among them, in any chunks."""
    r = random.Random(seed)
    source = random_contract(r)
    source["quality"] = [rule for rule in source.get("quality", []) if rule["type"] != "uniqueness"]
    validator = Contract.from_yaml(json.dumps(source)).compile()
    texts = [random_event(r, source) for _ in range(30)]
    texts += [random_garbage(r, texts[0]).decode("latin-1") for _ in range(2)] + ["", "\r"]
    lines = [text.replace("\n", " ").encode() for text in r.choices(texts, k=60)]
    data = b"\n".join([b"0", *lines])
    expected = one_by_one(validator, [b"0", *lines])
    assert scanned(validator, chunked(data, size)) == expected
    assert scanned(validator, data) == expected


LIST = compiled({"name": "n", "type": "array"}, {"name": "m", "type": "any", "required": False})
PIECES = [
    '{"n":[1]}',
    '{"n":[{}',
    "{}]}",
    '{"n":[[1',
    '{"n":[1',
    "2]}",
    "]}",
    '{"n":[]',
    ',"m":1}',
    '{"n":[],',
    '"m":1}',
    '{"n":\t',
    "[]}",
    ",",
    " ",
    "\r",
    "\x7f",
    '"\x7f"',
    '"\\u007f"',
    ',"\x7f",',
    ',"\\u007F",',
    "7777777777777777777",
    ",7777777777777777777,",
    ",7777777777777777777.0,",
    '"é"',
]
"""Events and what could be parts of some, were they not on lines of their own."""


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), max_size=6))
def test_an_event_is_one_line_and_a_line_one_event(lines: list[str]) -> None:
    """However many of the surrounding events are written as they should be."""
    good = [b'{"n":[1]}'] * 50
    among = [line.encode() for line in lines]
    for each in ([*good, *among, *good], among * 20):
        data = b"".join(line + b"\n" for line in each)
        scanned(LIST, b'{"n":[1],"m":1}\n' * 20)  # the types are made
        assert scanned(LIST, data, format="ndjson") == one_by_one(LIST, each)


@pytest.mark.parametrize(
    "lines",
    [
        ['{"n":[1]} {"n":[2]}', ""],
        ['{"n":[1]}{"n":[2]}', '{"n":[', "1]}"],
        ['{"n":[1]},{"n":[2]}', '{"n":[1', "2]}"],
        ['{"n":[1]},"\\u007f",{"n":[2]}', '{"n":[{}', "{}]}"],
        ['{"n":[1]},"\x7f",{"n":[2]}', '{"n":[{}', "{}]}"],
        ['{"n":["é"]},7777777777777777777,{"n":[2]}', '{"n":[{}', "{}]}"],
        ['{"n":["é"]},7777777777777777777.0,{"n":[2]}', '{"n":[{}', "{}]}"],
        ['{"n":["é"]},777777777777777777.7e1,{"n":[2]}', '{"n":[{}', "{}]}"],
    ],
)
def test_as_many_events_as_lines_are_not_one_on_each(lines: list[str]) -> None:
    """Two events on one line make up for an event on two lines, or for none on another."""
    each = [line.encode() for line in lines * 20]
    scanned(LIST, b'{"n":[1]}\n' * 20)
    assert scanned(LIST, b"".join(line + b"\n" for line in each)) == one_by_one(LIST, each)


def test_totals_count_everything() -> None:
    """Records, passed, failed, malformed, and violations by field and kind."""
    validator = compiled({"name": "n", "type": "array", "items": {"name": "i", "type": "integer"}})
    data = b'{"n": [1]}\n{"n": [1, "x", "y"]}\n\n{\n{}\n'
    with validator.scan(data) as scan:
        assert len(list(scan)) == 3
        totals = scan.totals
    assert (totals.records, totals.passed, totals.failed, totals.malformed) == (4, 1, 3, 1)
    assert dict(totals.violations) == {
        ("n[]", "type_mismatch"): 2,
        ("n", "missing_required_field"): 1,
    }


def test_totals_are_not_known_before_the_end() -> None:
    """The totals so far are known."""
    with NUMBERS.scan(b"{}\n{}\n") as scan:
        next(scan)
        with pytest.raises(ContractGateError, match="come to its end"):
            _ = scan.totals
        assert scan.so_far.records >= 1
        assert len(list(scan)) == 1
    assert scan.totals.failed == 2


def test_totals_so_far_count_what_was_given() -> None:
    """And no record after it, however many are judged together."""
    data = b"".join(b'{"n": %d}\n{"n": "x"}\n{\n' % number for number in range(100))
    with NUMBERS.scan(data) as scan:
        for count, failed in enumerate(scan, 1):
            so_far = scan.so_far
            assert (so_far.records, so_far.failed) == (failed.record, count)
            assert (so_far.malformed, so_far.passed) == (count // 2, failed.record - count)
            assert sum(so_far.violations.values()) == count - count // 2
        assert scan.totals.records == 300


def test_an_error_that_is_raised_does_not_keep_its_record() -> None:
    """The record, its error and the traceback form a circle, which the collector must see."""

    class Witness:
        pass

    def raise_first() -> weakref.ref[Witness]:
        witness = Witness()
        try:
            for failed in NUMBERS.scan(b"{\n"):
                assert failed.error is not None
                raise failed.error
        except EventDecodeError:
            return weakref.ref(witness)
        raise AssertionError("nothing failed")

    reference = raise_first()
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("data", [b"", b"\n\r\n", gzip.compress(b"", mtime=0)])
def test_nothing_is_no_records_and_passes(data: bytes) -> None:
    """Blank lines are no records."""
    with NUMBERS.scan(data) as scan:
        assert list(scan) == []
        assert (scan.totals.records, scan.totals.passed) == (0, 0)


def test_a_source_is_a_path_or_bytes_or_a_file_or_chunks(tmp_path: Path) -> None:
    """A file that somebody else has opened stays open."""
    data = b'{"n": 1}\n{"n": "x"}\n'
    path = tmp_path / "events.ndjson"
    path.write_bytes(data)
    expected = one_by_one(NUMBERS, data.split(b"\n")[:-1])
    with path.open("rb") as file:
        sources = (
            path,
            str(path),
            data,
            bytearray(data),
            memoryview(data),
            file,
            [data[:9], data[9:]],
        )
        for source in sources:
            assert scanned(NUMBERS, source) == expected
        assert not file.closed


def test_a_scan_closes_the_file_that_it_opened(tmp_path: Path) -> None:
    """At its end, and if it is left early; a ResourceWarning would be an error."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"{}\n" * 10)
    for take in (1, 100):
        with NUMBERS.scan(path) as scan:
            for _ in range(take):
                next(scan, None)
    scan = NUMBERS.scan(path)
    assert len(list(scan)) == 10


INPUTS = {
    "ndjson": b'{"n": 1}\n{"n": "x"}\n' * 20_000,
    "array": b"[" + b'{"n": 1}, {"n": "x"}, ' * 20_000 + b"[]]",
    "object": b'{"n": 1,\n"m": [' + b"0, " * 100_000 + b"0]}",
}


@pytest.mark.untraced
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("form", INPUTS)
def test_progress_is_told_while_an_input_is_read_and_when_it_is_done(
    form: Any, compress: Callable[[bytes], bytes]
) -> None:
    """What it is given are the totals of the scan, and the decompressed bytes."""
    told: list[tuple[int, bool, int]] = []

    def progress(totals: Totals, size: int) -> None:
        assert totals is scan.so_far
        told.append((size, totals.are_complete, totals.records))

    data = INPUTS[form]
    scan = NUMBERS.scan(compress(data), format=form, progress=progress)
    assert told == []
    failed = sum(1 for _ in scan)
    assert len(told) > len(data) // CHUNK_BYTES
    assert told == sorted(told)
    assert [is_complete for _, is_complete, _ in told].count(True) == 1
    assert told[-1] == (len(data), True, scan.totals.records)
    assert failed == scan.totals.failed


@pytest.mark.parametrize("error", [OSError, ContractGateError, EventDecodeError, KeyboardInterrupt])
@pytest.mark.parametrize("form", INPUTS)
def test_what_progress_raises_comes_out_and_ends_the_scan(
    form: Any, error: type[BaseException], tmp_path: Path
) -> None:
    """Whatever it is: no error of the callback is taken for one of the input."""
    raised, after = error("enough"), 0

    def progress(_: Totals, size: int) -> None:
        if size > after:
            raise raised

    path = tmp_path / "input"
    path.write_bytes(INPUTS[form])
    for after in (0, 100_000):  # noqa: B007 - the function above looks at it
        scan = NUMBERS.scan(path, format=form, progress=progress)
        with pytest.raises(error) as caught:
            list(scan)
        assert caught.value is raised
        assert not scan.so_far.are_complete
        assert list(scan) == []


def test_what_progress_raises_at_the_end_comes_out_too() -> None:
    """All failing records were given before it, and the totals are complete."""

    def progress(totals: Totals, _: int) -> None:
        if totals.are_complete:
            raise ValueError("enough")

    scan = NUMBERS.scan(b'{"n": 1}\n{"n": "x"}\n', progress=progress)
    assert next(scan).record == 2
    with pytest.raises(ValueError, match=r"^enough$"):
        next(scan)
    assert (scan.totals.records, scan.totals.failed) == (2, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xml"}, "format: expected one of auto, ndjson, array, object"),
        ({"max_record_bytes": 0}, "max_record_bytes: expected 1 or more"),
        ({"uniqueness": 0}, "uniqueness: expected 'all', or 1 or more"),
        ({"workers": 0}, "workers: expected 1 or more"),
        ({"max_failures": -1}, "max_failures: expected None, or 0 or more, got -1"),
        ({"max_violations": -1}, "max_violations: expected None, or 0 or more, got -1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    """At once, not at the first record."""
    with pytest.raises(ValueError, match=message):
        NUMBERS.scan(b"", **options)


def test_what_is_no_source_is_refused() -> None:
    """With what was expected."""
    with pytest.raises(TypeError, match="expected a path, bytes, a file or chunks, got int"):
        NUMBERS.scan(cast("Any", 5))
    with pytest.raises(TypeError, match="expected chunks of bytes, got str"):
        list(NUMBERS.scan(cast("Any", ["{}"])))
    with pytest.raises(FileNotFoundError):
        NUMBERS.scan("no such file")


def test_the_form_can_be_told() -> None:
    """An array on one line is then not an event."""
    data = b'[{"n": "x"},\n{"n": 1}]'
    assert [one[:3] for one in scanned(NUMBERS, data)] == [(1, 1, 1)]
    assert [one[:3] for one in scanned(NUMBERS, data, format="array")] == [(1, 1, 1)]
    assert [one[:3] for one in scanned(NUMBERS, data, format="ndjson")] == [(1, 1, 0), (2, 2, 13)]
    assert [one[:3] for one in scanned(NUMBERS, data, format="object")] == [(1, 1, 0)]
    assert scanned(NUMBERS, b'{\n"n": 1\n}', format="object") == []
    for data, offset in ((b"", 0), (b" \n", 2), (b'{"n": 1}', 0), (b"\n 1", 2)):
        (malformed,) = scanned(NUMBERS, data, format="array")
        assert (malformed[0], malformed[2]) == (1, offset)
        assert "expected `[`, which begins an array" in (malformed[4] or "")
    (malformed,) = scanned(NUMBERS, b'{"n": 1}\n{"n": 1}', format="object")
    assert "expected the end of the text" in (malformed[4] or "")


@pytest.mark.untraced
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("before", [0, 1, 64, 100_000])
@pytest.mark.parametrize("between", [2, 63, 64, 65, 200_000])
@pytest.mark.parametrize("validator", [NUMBERS, UNIQUE], ids=["plain", "unique"])
def test_blank_lines_are_counted_however_many(
    validator: CompiledContract, between: int, before: int, end: bytes
) -> None:
    """And the lines between them are judged."""
    data = end * before + b'{"n": 1}' + end * between + b"\r\r\n" + end * between + b'{"n": "x"}'
    lines = data.split(b"\n")
    assert (
        scanned(validator, data)
        == scanned(validator, gzip.compress(data))
        == one_by_one(validator, lines)
    )


def test_blank_lines_are_not_looked_at_one_by_one() -> None:
    """A million more of them run no more lines of Python than some chunks do."""

    def lines_run(data: bytes) -> int:
        count = 0

        def trace(_: object, event: str, __: object) -> Any:
            nonlocal count
            count += event == "line"
            return trace

        before = sys.gettrace()  # that of coverage, if it is measured
        sys.settrace(trace)
        try:
            assert scanned(NUMBERS, data) == []
        finally:
            sys.settrace(before)
        return count

    few = lines_run(b'\n\n{"n": 1}\n\n' * 2)
    for blank in (b"\n", b"\r\n"):
        many = lines_run(blank * 500_000 + b'{"n": 1}\n' + blank * 500_000)
        assert many - few < 20_000


@pytest.mark.parametrize("length", [20, 300_000])
def test_a_record_over_the_limit_fails_and_the_rest_goes_on(length: int) -> None:
    """Whether it is in one chunk or in many."""
    long = b'{"n": ' + b"1" * length + b"}"
    data = b'{"n": 1}\n' + long + b'\n{"n": "x"}\n'
    found = scanned(NUMBERS, data, max_record_bytes=length)
    assert [one[:3] for one in found] == [(2, 2, 9), (3, 3, 9 + len(long) + 1)]
    assert f"expected a record of at most {length} bytes" in (found[0][4] or "")
    assert scanned(NUMBERS, b'{"n": 1}\n{"n": 12}', max_record_bytes=8)[0][0] == 2


def test_uniqueness_holds_over_the_whole_source() -> None:
    """However far apart the records are, and in whatever way they are read."""
    numbers = [*range(5000), 17, "x", 17]
    data = b"".join(b'{"n": %b}\n' % json.dumps(number).encode() for number in numbers)
    found = scanned(UNIQUE, data)
    assert [one[0] for one in found] == [5001, 5002, 5003]
    assert found[0][3][0][0] == "Quality uniqueness: duplicate value \"17\" for field 'n' in batch"


def test_uniqueness_may_hold_over_windows() -> None:
    """Records that cannot be read count as well."""
    data = b'{"n":1}\n{"n":1}\nx\n{"n":2}\n{"n":1}\n{"n":2}\n'
    assert [one[0] for one in scanned(UNIQUE, data)] == [2, 3, 5, 6]
    assert [one[0] for one in scanned(UNIQUE, data, uniqueness=2)] == [2, 3]
    assert [one[0] for one in scanned(UNIQUE, data, uniqueness=3)] == [2, 3, 6]
    many = data * 400
    assert len(scanned(UNIQUE, many, uniqueness=6)) == 4 * 400


@pytest.mark.parametrize("field", ["n", "o.s", "f", "u"])
def test_uniqueness_compares_as_a_batch_does(field: str) -> None:
    """Integers, strings inside objects, floats (which two readers read differently), undeclared."""
    validator = compiled(
        {"name": "n", "type": "integer", "required": False},
        {"name": "f", "type": "float", "required": False},
        {"name": "o", "type": "object", "required": False, "properties": [TEXT]},
        quality=[{"type": "uniqueness", "field": field}],
    )
    r = random.Random(field)
    values = ['{"n":%d}', '{"f":%d.5}', '{"f":%d}', '{"o":{"s":"é%d"}}', '{"u":%d}', '{"u":[%d]}']
    lines = [r.choice(values) % r.randrange(60) for _ in range(600)]
    data = "\n".join(lines).encode()
    results = validator.validate_batch_json(data, ndjson=True)
    expected = [number for number, result in enumerate(results, 1) if not result.passed]
    assert [one[0] for one in scanned(validator, data)] == expected
    assert len(expected) > 30


def packed_by_zstd(data: bytes) -> bytes:
    """Compress in two frames."""
    half = len(data) // 2
    return b"".join(
        zstandard.ZstdCompressor().compress(part) for part in (data[:half], data[half:])
    )


@pytest.mark.parametrize("pack", [gzip.compress, packed_by_zstd])
@pytest.mark.parametrize("size", [1, 3, 4096])
def test_compressed_sources_are_recognised(pack: Any, size: int) -> None:
    """Offsets count what is decompressed."""
    data = b'{"n": 1}\n' * 200 + b'{"n": "x"}\n'
    assert [one[:3] for one in scanned(NUMBERS, chunked(pack(data), size))] == [(201, 201, 1800)]


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (packed_by_zstd, "Zstandard")])
def test_a_compressed_source_that_breaks_off_ends_with_a_malformed_record(
    pack: Any, name: str
) -> None:
    """The records so far count."""
    data = pack(b'{"n": 1}\n' * 2000)
    *_, cut = scanned(NUMBERS, data[:-3])
    assert f"expected the rest of the {name} data" in (cut[4] or "")
    broken = scanned(NUMBERS, data[:20] + bytes(200))
    assert f"expected sound {name} data" in (broken[-1][4] or "")


class _Endless:
    """A file that is generated while it is read."""

    def __init__(self, line: bytes, total: int) -> None:
        self._lines = line * (2**16 // len(line))
        self._left = total

    def read(self, _: int) -> bytes:
        self._left -= len(self._lines)
        return self._lines if self._left > 0 else b""


@pytest.mark.untraced
@pytest.mark.parametrize("line", [b'{"n": 1}\n', b'{"n": "x" }' + b" " * 80 + b"\n"])
def test_memory_does_not_grow_with_the_source(line: bytes) -> None:
    """A few chunks are held, whether records pass or fail."""
    for total in (2**20, 2**23):
        tracemalloc.start()
        for _ in NUMBERS.scan(cast("BinaryIO", _Endless(line, total))):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 6 * 2**20


def test_an_error_of_the_source_is_told_and_ends_the_scan() -> None:
    """It is the source's own error."""

    class Failing(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(NUMBERS.scan(cast("BinaryIO", Failing())))


def test_lines_that_are_no_json_leave_no_garbage() -> None:
    """What is kept of them holds neither frames nor a circle."""
    validator = compiled({"name": "a", "type": "integer"})
    data = b'{"a": 1}\n' * 40 + b'{"a": \n{"a": "x"}\n[\n' * 40
    list(validator.scan(data))  # makes what is made once
    gc.collect()
    gc.disable()
    try:
        failed = list(validator.scan(data))
        assert [one for one in failed if one.error is not None and one.error.__traceback__] == []
        assert gc.collect() < 40
    finally:
        gc.enable()
