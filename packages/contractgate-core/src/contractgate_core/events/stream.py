"""Files, pipes and gzip: bytes to events, each with its place.

The form of the input is found by its content: a first byte `[` is one array, a first line that is
a complete JSON value is NDJSON, a `{` whose whole input is one JSON value is one object, and
everything else is NDJSON. Nothing but one record and one chunk is held in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Optional

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.array import read_array
from contractgate_core.events.chunks import Chunks
from contractgate_core.events.decode import decode_event
from contractgate_core.events.lines import read_lines
from contractgate_core.events.record import Record

__all__ = ["MAX_RECORD_BYTES", "Record", "read_records"]

MAX_RECORD_BYTES = 16 * 2**20
"""The longest record that is read, in bytes, unless the caller says otherwise."""


def read_records(source: BinaryIO, *, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Read the events of an open binary file or pipe.

    Args:
        source: What to read; gzip is recognised by its first two bytes. It need not be seekable
            and is not closed.
        max_record_bytes: A longer record is a failing one, and is passed over.

    Returns:
        The records in their order. A broken line of NDJSON is a record with an error, and the
        rest goes on; in a broken array or gzip stream such a record is the last one.

    Raises:
        OSError: The source cannot be read.
    """
    chunks = Chunks(source)
    chunks.look_ahead()
    if chunks.ahead.startswith(b"["):
        yield from read_array(chunks, max_record_bytes)
        return
    only = _one_object(chunks, max_record_bytes) if chunks.ahead.startswith(b"{") else None
    if only is not None:
        yield only
    else:
        yield from read_lines(chunks, max_record_bytes)


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
