"""Everything that an input can come from, as binary files."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, Optional, Union, cast

from contractgate_core.events.chunks import CHUNK_BYTES

__all__ = ["BytesFile", "Source", "open_source"]

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO, Iterable[bytes]]
"""A path, the bytes themselves, a binary file or pipe, or chunks of bytes."""


def open_source(source: Source) -> tuple[BinaryIO, bool]:
    """Open a source, and return whether the caller should close it.

    Raises:
        OSError: The file cannot be opened.
        TypeError: The source is of no such type.
    """
    if isinstance(source, (str, os.PathLike)):
        return open(source, "rb"), True  # noqa: PTH123 - closed by the caller
    if isinstance(source, (bytes, bytearray, memoryview)):
        return cast("BinaryIO", BytesFile(bytes(source))), True
    kind = type(source).__name__
    if callable(_attribute(source, "read")):
        if isinstance(source, io.TextIOBase) or isinstance(_attribute(source, "encoding"), str):
            raise TypeError(f"{_EXPECTED}, got a text file ({kind}): open it in mode 'rb'")
        return cast("BinaryIO", source), False
    if isinstance(source, Iterable) and not isinstance(source, Mapping):
        if isinstance(source, Sequence):
            for chunk in source:
                _check_chunk(chunk)
        return cast("BinaryIO", _ChunksFile(source)), True
    raise TypeError(f"{_EXPECTED}, got {kind}")


_EXPECTED = "expected a path, bytes, a file or chunks"


def _attribute(source: object, name: str) -> object:
    try:
        return getattr(source, name, None)
    except Exception:  # a foreign object may raise anything
        return None


def _check_chunk(chunk: object) -> None:
    if not isinstance(chunk, (bytes, bytearray, memoryview)):
        raise TypeError(f"expected chunks of bytes, got {type(chunk).__name__}")


class BytesFile:
    """Bytes that are read up to the end of a line, so that no line is joined from two parts.

    Args:
        data: The bytes.

    Attributes:
        broken: Always None, since bytes do not end early.
    """

    broken: Optional[str] = None

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(CHUNK_BYTES), b"")

    def read(self, size: int) -> bytes:
        """Read at most this many bytes; none only at the end."""
        start, end = self._place, self._place + size
        if end < len(self._data):
            end = self._data.rfind(b"\n", start, end) + 1 or end
        self._place = end
        return self._data[start:end]

    def close(self) -> None:
        """Forget the rest."""
        self._data, self._place = b"", 0


class _ChunksFile:
    """A file whose bytes come in chunks from an iterable."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Read at most this many bytes; none only at the end."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            _check_chunk(chunk)
            # A view, since slicing bytes would copy all that is left of them.
            self._rest = memoryview(bytes(chunk))
        some, self._rest = self._rest[:size], self._rest[size:]
        return bytes(some)

    def close(self) -> None:
        """Forget the rest."""
        self._rest = memoryview(b"")
