"""NDJSON: one JSON text a line.

Source: docs/spec/gateway-http.md, section 6.14.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple, Optional, Protocol

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.chunks import Chunks
from contractgate_core.events.decode import decode_event
from contractgate_core.events.place import Place
from contractgate_core.events.record import Record, RecordText, too_long

__all__ = [
    "BLANK_LINES",
    "MOST_BLANK_BYTES",
    "Block",
    "broken_off",
    "is_blank",
    "read_blocks",
    "read_line",
    "read_lines",
    "split_lines",
]

BLANK_LINES = frozenset((b"", b"\r"))
"""The lines that are skipped; a line of spaces is not among them."""
MOST_BLANK_BYTES = max(map(len, BLANK_LINES)) + len(b"\n")
"""How long such a line is at most, with its end."""


class Block(NamedTuple):
    """Some lines, as they stand in the input.

    Attributes:
        text: Whole lines with their ends, or None for one line that is too long.
        size: Their length in bytes; for the last line of the input, with the end it lacks.
    """

    text: Optional[bytes]
    size: int

    def __repr__(self) -> str:
        return f"<Block of {self.size} bytes>"


class Pieces(Protocol):
    """The bytes of an input, in pieces; `broken` says why it broke off, or is None."""

    broken: Optional[str]

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the pieces."""
        ...


def read_blocks(chunks: Pieces, max_bytes: int) -> Iterator[Block]:
    """Cut the input into blocks of whole lines.

    Args:
        chunks: The input, from its beginning.
        max_bytes: A longer line becomes a block without its text. Only in a block that is longer
            than this can there be others.
    """
    unfinished = RecordText(max_bytes)
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            size, first = unfinished.length, chunk.index(b"\n") + 1
            begun = unfinished.finish()
            if begun is not None and size + first - 1 <= max_bytes:
                # Joined without a copy of the part; what is all of a chunk is not copied at all.
                lines = b"".join((begun, memoryview(chunk)[:end])) if begun else chunk[:end]
                yield Block(lines, size + end)
            else:
                yield Block(None, size + first)
                if first < end:
                    yield Block(chunk[first:end], end - first)
        unfinished.add(chunk[end:])
    # Where the input breaks off, its last line is not one that somebody wrote.
    if unfinished.length and chunks.broken is None:
        size = unfinished.length + 1
        text = unfinished.finish()
        yield Block(None if text is None else text + b"\n", size)


def split_lines(text: bytes) -> list[bytes]:
    """Split a text into lines, each with its end."""
    # To split at a byte takes three times as long.
    return io.BytesIO(text).readlines()


def is_blank(line: bytes) -> bool:
    """Tell whether a line, which is given with its end, is skipped."""
    # To ask a set about a long line costs something.
    return len(line) <= MOST_BLANK_BYTES and line[:-1] in BLANK_LINES


def read_lines(chunks: Chunks, max_bytes: int) -> Iterator[Record]:
    """Read each line that is not blank as one event.

    Args:
        chunks: The input, from its beginning.
        max_bytes: A longer line is a failing record, and is passed over.
    """
    number, line, offset = 0, 1, 0
    for text, size in read_blocks(chunks, max_bytes):
        for one in [None] if text is None else text.split(b"\n")[:-1]:
            if one not in BLANK_LINES:
                number += 1
                yield read_line(number, Place(line, 1, offset), one, max_bytes)
            line += 1
            offset += size if one is None else len(one) + 1
    if chunks.broken is not None:
        yield broken_off(number + 1, Place(line, 1, offset), chunks)


def broken_off(number: int, place: Place, chunks: Chunks) -> Record:
    """Make the record that stands for what is missing of an input that breaks off."""
    return Record(number, place.line, place.offset, error=chunks.end.error(chunks.broken or ""))


def read_line(number: int, place: Place, text: Optional[bytes], max_bytes: int) -> Record:
    """Read a line exactly.

    Args:
        number: Which record it is.
        place: Where it begins.
        text: The line without its end, or None if it is too long.
        max_bytes: How long it may be.
    """
    if text is None or len(text) > max_bytes:
        return Record(number, place.line, place.offset, error=too_long(place, max_bytes))
    try:
        return Record(number, place.line, place.offset, decode_event(text), text=text)
    except EventDecodeError as error:
        return Record(number, place.line, place.offset, error=place.shifted(error))
