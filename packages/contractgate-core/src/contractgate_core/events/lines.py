"""NDJSON: one JSON text per line.

Source: docs/spec/gateway-http.md, section 6.14.
"""

from __future__ import annotations

import io
import re
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
    "blank_runs",
    "blank_size",
    "broken_off",
    "is_blank",
    "read_blocks",
    "read_line",
    "read_lines",
    "split_lines",
]

BLANK_LINES = frozenset((b"", b"\r"))
"""The lines that are skipped; a line of spaces is not one of them."""
MOST_BLANK_BYTES = max(map(len, BLANK_LINES)) + len(b"\n")
"""The length of the longest such line, with its end."""

_RUN = 64
_RUNS = (b"\n" * _RUN, b"\r\n" * (_RUN // 2))
_find_runs = re.compile(rb"\n{%d,}|(?:\r\n){%d,}" % (_RUN, _RUN // 2)).finditer
_find_lone_return = re.compile(rb"\r(?!\n)").search


class Block(NamedTuple):
    """Some lines, as they are in the input.

    Attributes:
        text: Whole lines with their ends, or None for one line that is too long.
        size: Their length in bytes; the last line of the input counts with the end that it lacks.
    """

    text: Optional[bytes]
    size: int

    def __repr__(self) -> str:
        return f"<Block of {self.size} bytes>"


class Pieces(Protocol):
    """The bytes of an input, in pieces; `broken` says why it ended early, or is None."""

    broken: Optional[str]

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the pieces."""
        ...


def read_blocks(chunks: Pieces, max_bytes: int) -> Iterator[Block]:
    """Cut the input into blocks of whole lines.

    Args:
        chunks: The input, from its beginning.
        max_bytes: A longer line becomes a block without text, or stays in a block that is itself
            longer than this.
    """
    unfinished = RecordText(max_bytes)
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            size, first = unfinished.length, chunk.index(b"\n") + 1
            begun = unfinished.finish()
            if begun is not None and size + first - 1 <= max_bytes:
                # Joined without copying the part first; a whole chunk is not copied at all.
                lines = b"".join((begun, memoryview(chunk)[:end])) if begun else chunk[:end]
                yield Block(lines, size + end)
            else:
                yield Block(None, size + first)
                if first < end:
                    yield Block(chunk[first:end], end - first)
        unfinished.add(chunk[end:])
    # If the input ends early, nobody wrote its last line like that.
    if unfinished.length and chunks.broken is None:
        size = unfinished.length + 1
        text = unfinished.finish()
        yield Block(None if text is None else text + b"\n", size)


def split_lines(text: bytes) -> list[bytes]:
    """Split a text into lines, each with its end."""
    # Splitting at a byte takes three times as long.
    return io.BytesIO(text).readlines()


def is_blank(line: bytes) -> bool:
    """Return whether a line, given with its end, is skipped."""
    # Hashing a long line for the set would cost time.
    return len(line) <= MOST_BLANK_BYTES and line[:-1] in BLANK_LINES


def blank_size(text: bytes) -> int:
    """Return the size of the blank lines at the beginning of a text, in bytes."""
    for line in (b"\n", b"\r\n"):
        size = len(text) // len(line) * len(line)
        # Much faster than looking at each line.
        if text[:size] == line * (size // len(line)):
            return size
    size = len(text) - len(text.lstrip(b"\r\n"))
    lone = _find_lone_return(text, 0, size)
    return text.rfind(b"\n", 0, size if lone is None else lone.start()) + 1


def blank_runs(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Separate long runs of blank lines from a text of whole lines.

    Returns:
        Pairs of lines, a few of which may be blank, and the run of blank lines after them. Without
        a long run there is one pair: the whole text and nothing.
    """
    if all(text.rfind(run) < 0 for run in _RUNS):  # which costs next to nothing
        yield text, b""
        return
    at = blank_size(text)
    if at:
        yield b"", text[:at]
    for run in _find_runs(text, at):
        begin, end = run.span()
        # The first newline may end a line that is not blank.
        if text[begin - 1] != ord("\n"):
            begin = text.index(b"\n", begin) + 1
        yield text[at:begin], text[begin:end]
        at = end
    if at < len(text):
        yield text[at:], b""


def read_lines(chunks: Chunks, max_bytes: int) -> Iterator[Record]:
    """Read each line that is not blank as one event.

    Args:
        chunks: The input, from the beginning of a line.
        max_bytes: A longer line is skipped and becomes a failing record.
    """
    number, place = 0, chunks.begin
    for text, size in read_blocks(chunks, max_bytes):
        if text is None:
            number += 1
            yield read_line(number, place, None, max_bytes)
            place = Place(place.line + 1, 1, place.offset + size)
            continue
        for lines, blank in blank_runs(text):
            for one in lines.split(b"\n")[:-1]:
                if one not in BLANK_LINES:
                    number += 1
                    yield read_line(number, place, one, max_bytes)
                place = Place(place.line + 1, 1, place.offset + len(one) + 1)
            place = place.after(blank)
    if chunks.broken is not None:
        yield broken_off(number + 1, place, chunks)


def broken_off(number: int, place: Place, chunks: Chunks) -> Record:
    """Make the record that stands for the missing part of an input that ended early."""
    return Record(number, place.line, place.offset, error=chunks.end.error(chunks.broken or ""))


def read_line(number: int, place: Place, text: Optional[bytes], max_bytes: int) -> Record:
    """Read a line exactly.

    Args:
        number: The number of its record.
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
