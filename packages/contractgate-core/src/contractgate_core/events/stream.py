"""Files and pipes, compressed or not: bytes to events, each with its place.

The form of the input is found by its content: a first byte `[` is one array, a first line that is
a complete JSON value is NDJSON, a `{` whose whole input is one JSON value is one object, and
everything else is NDJSON. Nothing but one record and one chunk is held in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Literal, Optional

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.chunks import Chunks
from contractgate_core.events.decode import decode_event
from contractgate_core.events.lines import read_line, read_lines
from contractgate_core.events.place import Place
from contractgate_core.events.record import Record, RecordText

__all__ = ["MAX_RECORD_BYTES", "Form", "Record", "read_form", "read_records"]

MAX_RECORD_BYTES = 16 * 2**20
"""The longest record that is read, in bytes, unless the caller says otherwise."""

Form = Literal["auto", "ndjson", "array", "object"]
"""What an input is."""


def read_records(source: BinaryIO, *, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Read the events of an open binary file or pipe.

    Args:
        source: What to read; gzip and Zstandard are recognised by their first bytes. It need not
            be seekable and is not closed.
        max_record_bytes: A longer record is a failing one, and is passed over.

    Returns:
        The records in their order. A broken line of NDJSON is a record with an error, and the
        rest goes on; in a broken array or compressed stream such a record is the last one.

    Raises:
        OSError: The source cannot be read.
    """
    chunks = Chunks(source)
    records = read_form(chunks, "auto", max_record_bytes)
    yield from read_lines(chunks, max_record_bytes) if records is None else records


def read_form(chunks: Chunks, form: Form, max_bytes: int) -> Optional[Iterator[Record]]:
    """Find the form of an input and read it, unless it is NDJSON.

    Args:
        chunks: The input, from its beginning.
        form: What it is, or `auto` to find it by the content.
        max_bytes: A longer record is a failing one.

    Returns:
        The records; None if the input is NDJSON.
    """
    if form == "array":
        return _read_array(chunks, max_bytes)
    if form == "object":
        return iter((_the_object(chunks, max_bytes),))
    if form == "ndjson":
        return None
    chunks.look_ahead()
    if chunks.ahead.startswith(b"["):
        return _read_array(chunks, max_bytes)
    only = _one_object(chunks, max_bytes) if chunks.ahead.startswith(b"{") else None
    return None if only is None else iter((only,))


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


def _one_object(chunks: Chunks, max_bytes: int) -> Optional[Record]:
    """Read the whole input as one object on several lines; None if it is none.

    The input is read ahead no further than needed to tell, and not given out.
    """
    newline = _find_newline(chunks, max_bytes)
    if newline is None or _decode_or_none(chunks.ahead[:newline]) is not None:
        return None
    while len(chunks.ahead) <= max_bytes:
        if not chunks.look_ahead():
            value = None if chunks.broken is not None else _decode_or_none(chunks.ahead)
            return None if value is None else Record(1, 1, 0, value, text=bytes(chunks.ahead))
    return None


def _find_newline(chunks: Chunks, max_bytes: int) -> Optional[int]:
    newline = chunks.ahead.find(b"\n")
    while newline < 0:
        searched = len(chunks.ahead)
        if searched > max_bytes or not chunks.look_ahead():
            return None
        newline = chunks.ahead.find(b"\n", searched)
    return newline


def _decode_or_none(text: bytearray) -> Optional[object]:
    # A text that begins with `{` is never null.
    try:
        return decode_event(bytes(text))
    except EventDecodeError:
        return None
