"""Parts of a file of NDJSON, each of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Optional

from contractgate_core.events.chunks import CHUNK_BYTES

__all__ = ["SEGMENT_BYTES", "Segment", "SegmentChunks", "segments"]

SEGMENT_BYTES = 2**20
"""How long a part is, in bytes, but for the rest of its last line."""


class Segment(NamedTuple):
    """A part of a file, in bytes from its beginning; it ends where the next one begins."""

    start: int
    end: int


def segments(file: BinaryIO, size: int, most_bytes: int = SEGMENT_BYTES) -> Iterator[Segment]:
    """Cut a file at ends of lines.

    Args:
        file: The file; its position is changed.
        size: Its length in bytes.
        most_bytes: How long a part is, as above.
    """
    start = 0
    while start < size:
        end = _end_of_line(file, start + most_bytes - 1, size)
        yield Segment(start, end)
        start = end


def _end_of_line(file: BinaryIO, place: int, size: int) -> int:
    """Find where the line ends in which a place is; it may be long."""
    file.seek(place)
    while place < size:
        rest = file.readline(CHUNK_BYTES)
        place += len(rest)
        if rest.endswith(b"\n"):
            return place
        if not rest:
            break
    return size


class SegmentChunks:
    """An iterator over the bytes of a segment, in pieces.

    Attributes:
        broken: Nothing, since a plain file does not break off.
    """

    broken: Optional[str] = None

    def __init__(self, file: BinaryIO, segment: Segment) -> None:
        file.seek(segment.start)
        self._file = file
        self._left = segment.end - segment.start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._file.read(min(CHUNK_BYTES, self._left))
        if not chunk:
            raise StopIteration
        self._left -= len(chunk)
        return chunk
