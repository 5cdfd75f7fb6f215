"""Parts of an NDJSON file, each of whole lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Optional

from contractgate_core.events.chunks import CHUNK_BYTES
from contractgate_core.scan.raised import raised_in

__all__ = [
    "SEGMENT_BYTES",
    "ReadFault",
    "Segment",
    "SegmentChunks",
    "file_identity",
    "opened",
    "segments",
]

SEGMENT_BYTES = 2**20
"""The length of a part in bytes, apart from the rest of its last line."""


class ReadFault(Exception):
    """A file cannot be read; not an `OSError`, which a signal handler may raise at any time.

    Attributes:
        error: The error of the file.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Segment(NamedTuple):
    """A part of a file, in bytes from its beginning.

    Attributes:
        start: Where it begins.
        end: Where the next part begins; None if this one goes to the end, wherever that will be.
    """

    start: int
    end: Optional[int]


def segments(file: BinaryIO, most_bytes: int = SEGMENT_BYTES) -> Iterator[Segment]:
    """Cut a file at line ends.

    Args:
        file: The file; its position is changed.
        most_bytes: The length of a part, as for `SEGMENT_BYTES`.

    Raises:
        ReadFault: The file cannot be read.
    """
    start = 0
    while True:
        end = _end_of_line(file, start + most_bytes - 1)
        yield Segment(start, end)
        if end is None:
            return
        start = end


def _end_of_line(file: BinaryIO, place: int) -> Optional[int]:
    """Return the end of the line, however long, that a place is in; None if the line has no end."""
    while True:
        rest = _read_at(file, place, CHUNK_BYTES, is_line=True)
        place += len(rest)
        if rest.endswith(b"\n"):
            return place
        if not rest:
            return None


class SegmentChunks:
    """An iterator over the bytes of a segment, in pieces.

    Others may read the same file at the same time. It raises a `ReadFault` if the file cannot be
    read.

    Attributes:
        broken: Always None, since a plain file does not end early.
    """

    broken: Optional[str] = None

    def __init__(self, file: BinaryIO, segment: Segment) -> None:
        self._file = file
        self._place, self._end = segment

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        size = CHUNK_BYTES if self._end is None else min(CHUNK_BYTES, self._end - self._place)
        chunk = _read_at(self._file, self._place, size)
        if not chunk:
            raise StopIteration
        self._place += len(chunk)
        return chunk


def _read_at(file: BinaryIO, place: int, size: int, *, is_line: bool = False) -> bytes:
    try:
        file.seek(place)
        return file.readline(size) if is_line else file.read(size)
    except OSError as error:
        if raised_in(error, __name__):
            raise ReadFault(error) from None
        raise


def opened(path: str, identity: tuple[int, int]) -> Optional[BinaryIO]:
    """Open a file once more; return None if another one, or none, is under its name.

    Args:
        path: The name.
        identity: The file's `file_identity`.
    """
    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115 - read until the scan ends
    except OSError:
        return None
    if file_identity(file) != identity:
        file.close()
        return None
    return file


def file_identity(file: BinaryIO) -> tuple[int, int]:
    """Return what distinguishes a file from others that were opened under the same name."""
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino
