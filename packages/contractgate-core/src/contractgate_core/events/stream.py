"""Files and pipes, compressed or not, to events with their places.

The first byte that is not white space decides the form of the input: `[` begins one array; `{` is
NDJSON if its line is a complete JSON value, one object if the whole input is one, else NDJSON;
everything else is NDJSON. A line of white space that is not empty is no JSON, so an input with such
lines before a `{` is first tried as one object.
Only one record and one chunk are held in memory at a time, and white space before the first record,
and one object, up to the longest record allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Literal, Optional

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.chunks import Chunks
from contractgate_core.events.decode import MSGSPEC_ERRORS, is_json, read_exactly
from contractgate_core.events.lines import blank_size, read_line, read_lines
from contractgate_core.events.place import Place
from contractgate_core.events.record import Record, RecordText

__all__ = ["MAX_RECORD_BYTES", "Form", "Record", "read_form", "read_records"]

MAX_RECORD_BYTES = 16 * 2**20
"""The longest record that is read, in bytes, unless the caller sets another limit."""

Form = Literal["auto", "ndjson", "array", "object"]
"""The form of an input."""

_WHITE_SPACE = b" \t\r\n"


def read_records(source: BinaryIO, *, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Read the events of an open binary file or pipe.

    Args:
        source: What to read; gzip and Zstandard are recognised by their first bytes. It need not
            be seekable, and it is not closed.
        max_record_bytes: A longer record is skipped and fails.

    Returns:
        The records in order. A broken line of NDJSON is a record with an error, and reading goes
        on; in a broken array or compressed stream such a record is the last one.

    Raises:
        ContractGateError: The input is of another kind, such as a zip archive, UTF-16 or YAML.
        OSError: The source cannot be read.
    """
    chunks = Chunks(source)
    records = read_form(chunks, "auto", max_record_bytes)
    yield from read_lines(chunks, max_record_bytes) if records is None else records


def read_form(chunks: Chunks, form: Form, max_bytes: int) -> Optional[Iterator[Record]]:
    """Find the form of an input and read it, unless it is NDJSON.

    Args:
        chunks: The input, from its beginning.
        form: Its form, or `auto` to find it by the content.
        max_bytes: A longer record is a failing one.

    Returns:
        The records; None if the input is NDJSON, which then begins at `chunks.begin`.
    """
    if form == "ndjson":
        return None
    if form == "object":
        return iter((_the_object(chunks, max_bytes),))
    if form == "array":
        return _read_array(chunks, max_bytes)
    begin = _pass_white_space(chunks, max_bytes)
    first = chunks.ahead[begin : begin + 1] if begin <= max_bytes else b""
    if first == b"[":
        return _read_array(chunks, max_bytes)
    only = _one_object(chunks, begin, max_bytes) if first == b"{" else None
    return None if only is None else iter((only,))


def _pass_white_space(chunks: Chunks, max_bytes: int) -> int:
    """Skip blank lines, and return the size of the white space after them, as far as it is read."""
    begin = 0
    while True:
        if not begin:
            chunks.pass_over(blank_size(bytes(chunks.ahead)))
        begin = len(chunks.ahead) - len(chunks.ahead[begin:].lstrip(_WHITE_SPACE))
        if begin < len(chunks.ahead) or begin > max_bytes or not chunks.look_ahead():
            return begin


def _read_array(chunks: Chunks, max_bytes: int) -> Iterator[Record]:
    from contractgate_core.events.array import read_array  # most inputs are NDJSON

    return read_array(chunks, max_bytes)


def _the_object(chunks: Chunks, max_bytes: int) -> Record:
    """Read the whole input as one JSON text."""
    text = RecordText(max_bytes)
    for chunk in chunks:
        text.add(chunk)
    if chunks.broken is not None:
        return Record(1, 1, 0, error=chunks.end.error(chunks.broken))
    return read_line(1, Place(), text.finish(), max_bytes)


def _one_object(chunks: Chunks, begin: int, max_bytes: int) -> Optional[Record]:
    """Read the whole input as one object on several lines; return None if it is not one.

    The input is read ahead only as far as needed to decide, and nothing of it is returned.

    Args:
        chunks: The input.
        begin: Where in `chunks.ahead` the object begins.
        max_bytes: How long the input may be.
    """
    if chunks.ahead.find(b"\n", 0, begin) < 0:
        newline = _find_newline(chunks, max_bytes)
        if newline is None or is_json(bytes(chunks.ahead[begin:newline])):
            return None
    while len(chunks.ahead) <= max_bytes:
        if not chunks.look_ahead():
            place = chunks.begin.after(bytes(chunks.ahead[:begin]))
            return None if chunks.broken is not None else _read(place, bytes(chunks.ahead[begin:]))
    return None


def _read(place: Place, text: bytes) -> Optional[Record]:
    """Read the only record of an input; return None if it is not JSON."""
    try:
        return Record(1, place.line, place.offset, read_exactly(text), text=text)
    except MSGSPEC_ERRORS:
        return None
    except EventDecodeError as error:  # It is JSON, but has the reserved key.
        return Record(1, place.line, place.offset, error=place.shifted(error))


def _find_newline(chunks: Chunks, max_bytes: int) -> Optional[int]:
    newline = chunks.ahead.find(b"\n")
    while newline < 0:
        searched = len(chunks.ahead)
        if searched > max_bytes or not chunks.look_ahead():
            return None
        newline = chunks.ahead.find(b"\n", searched)
    return newline
