"""Inputs of another kind than JSON: one sentence for all of them, and only for them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core import Contract
from contractgate_core.errors import ContractGateError
from contractgate_core.events.stream import read_records

EVENTS = b'{"n": 1}\n' * 300
YAML = "{version: 1, name: c, ontology: {entities: [{name: n, type: integer}]}}"
CONTRACT = b"""\
# The orders.
version: "1.0"
name: orders

ontology:
  entities:
  - name: id
    type: integer
"""


def zipped() -> bytes:
    """Make a zip archive of events."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("events.ndjson", EVENTS)
    return made.getvalue()


def tarred(form: int) -> bytes:
    """Make a tar archive of events."""
    made, member = io.BytesIO(), tarfile.TarInfo("events.ndjson")
    member.size = len(EVENTS)
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        archive.addfile(member, io.BytesIO(EVENTS))
    return made.getvalue()


def encoded(encoding: str) -> bytes:
    """Write events in another encoding."""
    return EVENTS.decode().encode(encoding)


OTHERS = {
    "gzip data": [gzip.compress(gzip.compress(EVENTS))],
    "UTF-16 text": [
        encoded("utf-16"),
        encoded("utf-16-le"),
        encoded("utf-16-be"),
        b"\xfe\xff" + encoded("utf-16-be"),
        encoded("utf-32"),
        "[\r\n]".encode("utf-16-le"),
    ],
    "a zip archive": [zipped(), b"PK\x05\x06" + bytes(18)],
    "bzip2 data": [bz2.compress(EVENTS), bz2.compress(b"")],
    "xz data": [lzma.compress(EVENTS)],
    "a tar archive": [tarred(tarfile.USTAR_FORMAT), tarred(tarfile.GNU_FORMAT)],
    "a 7z archive": [b"7z\xbc\xaf\x27\x1c\0\x04"],
    "LZ4 data": [b"\x04\x22\x4d\x18\x64\x40"],
    "a Parquet file": [b"PAR1\x15\x04\x15\x10\x15"],
    "an Arrow file": [b"ARROW1\0\0\xff\xff\xff\xff"],
    "an Avro file": [b"Obj\x01\x04\x14avro.codec"],
    "an SQLite database": [b"SQLite format 3\0\x10\0"],
    "a PDF document": [b"%PDF-1.7\n"],
    "XML": [b'<?xml version="1.0"?>\n'],
    "a web page": [b"<!DOCTYPE html>\n<html>", b"<!doctype html>", b"<html>\n"],
    "YAML, such as a contract": [
        CONTRACT,
        CONTRACT.replace(b"\n", b"\r\n"),
        CONTRACT * 200,
        b"---\n" + CONTRACT,
        b"%YAML 1.2\n---\n" + CONTRACT,
        b"a: 1\nb: 2",
        b"'a': 1\n\"b\" :\n",
    ],
}
EACH_OTHER = [(name, data) for name, them in OTHERS.items() for data in them]

USUAL = [
    b"",
    b"null\n" * 3 + EVENTS,
    b"true",
    b"-5\n" + EVENTS,
    b"n\n" + EVENTS,
    b"INFO: begins\nWARN: goes on\n" + EVENTS,
    b"# exported on Monday\n" + EVENTS,
    b"---\n" + EVENTS,
    b"name: x\n",
    b"PAR1 is a word\n" + EVENTS,
    b"PK\n" + EVENTS,
    b"BZh9 too\n" + EVENTS,
    b"<a>\n" + EVENTS,
    bytes(600) + b"\n" + EVENTS,
    b"a\0" + bytes(255) + b"ustar " + b"\n" + EVENTS,
    b"a\0" + bytes(254) + b"\n" + EVENTS,
    b"{" + bytes(600) + b"\n" + EVENTS,
    b"\xef\xbb\xbf" + EVENTS,
    b"\xff\n" + EVENTS,
    b"id,name\n1,x\n",
]


class Pieces:
    """A pipe that returns this many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def read(self, size: int) -> bytes:
        return self._data.read(min(size, self._size))


def records(source: object) -> Iterator[tuple[int, int, int, object, Optional[str]]]:
    """Return what is read, in a form that can be compared."""
    for one in read_records(source):  # type: ignore[arg-type]
        error = None if one.error is None else str(one.error)
        yield one.number, one.line, one.offset, one.value, error


@pytest.mark.parametrize(("name", "data"), EACH_OTHER, ids=[name for name, _ in EACH_OTHER])
@pytest.mark.parametrize("size", [1, 3, 100_000])
def test_an_input_of_another_kind_is_refused_in_one_sentence(
    name: str, data: bytes, size: int
) -> None:
    """Instead of a failure per line, however it comes in, and compressed too."""
    for packed in (data, gzip.compress(data)):
        with pytest.raises(ContractGateError) as caught:
            list(read_records(Pieces(packed, size)))  # type: ignore[arg-type]
        assert str(caught.value).endswith(f", got what looks like {name}")
        assert str(caught.value).startswith("expected JSON")


@pytest.mark.parametrize("form", ["auto", "ndjson", "array", "object"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_scan_of_it_is_refused_as_well(
    form: str, workers: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In every form that is asked for: nothing in it can be an event."""
    file = tmp_path_factory.mktemp("other") / "e.zip"
    file.write_bytes(zipped() * 3000)
    compiled = Contract.from_yaml(YAML).compile()
    with pytest.raises(ContractGateError, match="a zip archive"):
        list(compiled.scan(file, format=form, workers=workers))  # type: ignore[arg-type]


@pytest.mark.parametrize("data", USUAL, ids=[repr(data[:12]) for data in USUAL])
def test_other_inputs_are_read_as_ever(data: bytes) -> None:
    """A line that is not JSON is a failing record, and reading goes on."""
    lines = [line for line in data.split(b"\n") if line]
    read = list(records(io.BytesIO(data)))
    assert len(read) == len(lines)
    assert sum(error is None for *_, error in read) >= data.count(b'\n{"n": 1}')
    for size in (1, 7):
        assert list(records(Pieces(data, size))) == read


@given(
    parts=st.lists(
        st.sampled_from(
            [
                *(
                    b"PAR1",
                    b"BZh9",
                    b"<",
                    b"\xff",
                    b"a: 1\n",
                    b"- b\n",
                    b"# c\n",
                    b"\n",
                    b"{",
                    b"\0",
                ),
                *(b" ", b'{"n": 1}\n', b"null", b"x"),
            ]
        ),
        max_size=8,
    ),
    size=st.integers(1, 5),
)
@example(parts=[b" ", b"a: 1\n", b"a: 1\n"], size=1)
@example(parts=[b"\n", b"a: 1\n", b"a: 1\n"], size=1)
@example(parts=[b'"a": 1\n', b'"b": 1\n'], size=1)
def test_what_is_found_does_not_hang_on_how_it_comes_in(parts: list[bytes], size: int) -> None:
    """Byte by byte, or at once."""

    def outcome(source: object) -> object:
        try:
            return list(records(source))
        except ContractGateError as error:
            return str(error)

    data = b"".join(parts)
    assert outcome(Pieces(data, size)) == outcome(io.BytesIO(data))


@pytest.mark.parametrize("begin", [b"a: 1\n", b"nul", b"PA"])
def test_a_compressed_input_that_breaks_off_while_its_kind_is_looked_for(begin: bytes) -> None:
    """What came before is read, and one more record says where it ended."""
    packed = gzip.compress(begin, 0)
    whole, cut = list(records(io.BytesIO(packed))), list(records(io.BytesIO(packed[:-4])))
    assert cut[: len(begin.split(b"\n")) - 1] == whole[: len(begin.split(b"\n")) - 1]
    assert "expected the rest of the gzip data" in (cut[-1][4] or "")
