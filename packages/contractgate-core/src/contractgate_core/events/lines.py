"""NDJSON: one JSON text a line.

Source: docs/spec/gateway-http.md, section 6.14.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.chunks import Chunks
from contractgate_core.events.decode import decode_event
from contractgate_core.events.place import Place
from contractgate_core.events.record import Record, RecordText, too_long

__all__ = ["BLANK_LINES", "read_lines"]

BLANK_LINES = frozenset((b"", b"\r"))
"""The lines that are skipped; a line of spaces is not among them."""


def read_lines(chunks: Chunks, max_bytes: int) -> Iterator[Record]:
    """Read each line that is not blank as one event.

    Args:
        chunks: The input, from its beginning.
        max_bytes: A longer line is a failing record, and is passed over.
    """
    number, line, offset = 0, 1, 0
    for text, length in _split_lines(chunks, max_bytes):
        if text not in BLANK_LINES:
            number += 1
            yield _record(number, Place(line, 1, offset), text, max_bytes)
        line += 1
        offset += length + 1
    if chunks.broken is not None:
        yield Record(number + 1, line, offset, error=chunks.end.error(chunks.broken))


def _record(number: int, place: Place, text: Optional[bytes], max_bytes: int) -> Record:
    if text is None:
        return Record(number, place.line, place.offset, error=too_long(place, max_bytes))
    try:
        return Record(number, place.line, place.offset, decode_event(text), text=text)
    except EventDecodeError as error:
        return Record(number, place.line, place.offset, error=place.shifted(error))


def _split_lines(chunks: Chunks, max_bytes: int) -> Iterator[tuple[Optional[bytes], int]]:
    """Cut the input into lines: the text of each, None if it is too long, and its length."""
    unfinished = RecordText(max_bytes)
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        if not others:
            unfinished.add(first)
            continue
        length = unfinished.length + len(first)
        yield unfinished.finish(first), length
        last = others.pop()
        for text in others:
            yield text if len(text) <= max_bytes else None, len(text)
        unfinished.add(last)
    # Where the input breaks off, its last line is not one that somebody wrote.
    if unfinished.length and chunks.broken is None:
        length = unfinished.length
        yield unfinished.finish(), length
