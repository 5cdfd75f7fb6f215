"""The bytes of a file or pipe, decompressed, as they arrive."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Optional, cast

from contractgate_core.events.broken import BrokenDataError
from contractgate_core.events.place import Place

__all__ = ["CHUNK_BYTES", "Chunks"]

CHUNK_BYTES = 64 * 1024
"""How much is read at a time, in bytes.

One and a half times as much makes one process a few percent faster, but two only 1.4 instead of 1.7
times as fast as one (`tests/bench/limits.py`).
"""

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MAGIC = (_GZIP_MAGIC, _ZSTD_MAGIC)

_COMMON = frozenset((b"{", b"[", b'"', b" ", b"\n", b"\r", b"\t", b""))
"""The first bytes of inputs that need no closer look."""

_Read = Callable[[int], bytes]


class Chunks:
    """An iterator over the decompressed bytes of a source, in pieces that are not empty.

    Args:
        source: What to read; it need not be seekable, and it is not closed. Gzip and Zstandard are
            recognised by their first bytes.
        progress: Called with the number of bytes read so far, after each read.

    Attributes:
        ahead: What was read, but not yet returned by iteration.
        begin: Where in the input `ahead` begins, or began before any of it was returned.
        end: How far a compressed source was read.
        is_compressed: Whether the source is compressed; known once something was read.
        broken: Why reading ended early, or None.
    """

    def __init__(
        self, source: BinaryIO, progress: Optional[Callable[[int], object]] = None
    ) -> None:
        self.ahead = bytearray()
        self.begin = Place()
        self.end = Place()
        self.broken: Optional[str] = None
        self._progress = progress
        self._size = 0
        self.is_compressed = False
        self._read = self._decompressing(_reading(source))

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self.ahead:
            chunk = self._next_chunk()
            if not chunk:
                raise StopIteration
            return chunk
        chunk = bytes(self.ahead[:CHUNK_BYTES])
        # Cheap: a bytearray can drop its front without moving the rest.
        del self.ahead[:CHUNK_BYTES]
        return chunk

    def look_ahead(self) -> bool:
        """Read one more chunk into `ahead`; return False at the end."""
        chunk = self._next_chunk()
        self.ahead += chunk
        return bool(chunk)

    def pass_over(self, size: int) -> None:
        """Drop this many bytes from the front of `ahead`, none of which was returned yet."""
        self.begin = self.begin.after(bytes(self.ahead[:size]))
        del self.ahead[:size]

    def give_back(self, rest: bytes) -> None:
        """Take back the end of the chunk that was returned last."""
        self.ahead[:0] = rest

    def _decompressing(self, read: _Read) -> _Read:
        """Make a reader that looks at the first bytes for compression and the kind of data."""
        chosen: Optional[_Read] = None

        def read_plain(size: int) -> bytes:
            nonlocal chosen
            if chosen is not None:
                return chosen(size)
            rewound = _Rewound(_head(read, size), read)
            unpack = rewound.unpacking()
            self.is_compressed = unpack is not None
            chosen = unpack or rewound.read_some
            first = chosen(size)
            if first[:1] in _COMMON and b"\0" not in first[:4] and len(first) != 1:
                return first
            chosen = _checked(first, chosen, size).read_some
            return chosen(size)

        return read_plain

    def _next_chunk(self) -> bytes:
        if self.broken is not None:
            return b""
        try:
            chunk = self._read(CHUNK_BYTES)
        except BrokenDataError as error:
            self.broken = str(error)
            return b""
        self._size += len(chunk)
        if self.is_compressed:  # nothing else can end early
            self.end = self.end.after(chunk)
        if self._progress is not None:
            self._progress(self._size)
        return chunk


def _reading(source: BinaryIO) -> _Read:
    # Whatever a pipe has is taken at once, without waiting for a full chunk.
    read = source.read1 if isinstance(source, io.BufferedReader) else source.read

    def read_some(size: int) -> bytes:
        chunk = cast("Optional[bytes]", read(size))
        if chunk is None:
            raise BlockingIOError("the source is in non-blocking mode and has no data yet")
        if type(chunk) is not bytes:
            return _as_bytes(chunk)
        return chunk

    return read_some


def _as_bytes(chunk: object) -> bytes:
    if not isinstance(chunk, (bytes, bytearray, memoryview)):
        kind = type(chunk).__name__
        raise TypeError(f"expected a binary file, whose `read` gives bytes, got {kind} from it")
    return bytes(chunk)


def _head(read: _Read, size: int) -> bytes:
    """Read enough to tell how a source is compressed, without waiting for more than that needs."""
    head = read(size)
    while head and any(len(head) < len(magic) and magic.startswith(head) for magic in _MAGIC):
        more = read(size)
        if not more:
            break
        head += more
    return head


def _checked(first: bytes, read: _Read, size: int) -> _Rewound:
    """Check the kind of a source, and put back what was read of it.

    Raises:
        ContractGateError: Nothing in it can be an event.
    """
    from contractgate_core.events.kinds import check_kind  # nearly all inputs are JSON

    head, broken = check_kind(first, read, size)

    def break_off(_: int) -> bytes:
        assert broken is not None, "it is read where it is"  # noqa: S101
        raise broken

    return _Rewound(head, read if broken is None else break_off)


class _Rewound:
    """A source whose first bytes were read and put back."""

    def __init__(self, head: bytes, read: _Read) -> None:
        self._head = head
        self._read = read

    def unpacking(self) -> Optional[_Read]:
        """Return a reader that decompresses this source, or None if it is not compressed."""
        if self._head.startswith(_GZIP_MAGIC):
            from contractgate_core.events.gunzip import gunzip  # most inputs are plain

            return gunzip(cast("BinaryIO", self))
        if self._head.startswith(_ZSTD_MAGIC):
            from contractgate_core.events.zstd import unzstd

            return unzstd(self.read_some)
        return None

    def read_some(self, size: int) -> bytes:
        """Read at most this many bytes; none only at the end."""
        if not self._head:
            return self._read(size)
        some, self._head = self._head[:size], self._head[size:]
        return some

    def read(self, size: int) -> bytes:
        """Read exactly this many bytes; fewer only at the end, as GzipFile expects."""
        data = self.read_some(size)
        while len(data) < size:
            more = self.read_some(size - len(data))
            if not more:
                break
            data += more
        return data
