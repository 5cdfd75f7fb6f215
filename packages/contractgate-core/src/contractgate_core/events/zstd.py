"""Decompressing Zstandard, for users who installed the extra `zstd`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from contractgate_core.errors import ContractGateError
from contractgate_core.events.broken import BrokenDataError

__all__ = ["unzstd"]

_Read = Callable[[int], bytes]

# One byte of input can become some 30,000 of output, and the output of one slice is in memory.
_SLICE_BYTES = 256
_MOST_WINDOW_BYTES = 2**27


def unzstd(read: _Read) -> _Read:
    """Make a reader that decompresses what another one reads.

    Raises:
        ContractGateError: The package `zstandard` is not installed.
    """
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        message = "the input is compressed by Zstandard: install contractgate-core[zstd] to read it"
        raise ContractGateError(message) from None
    return _Unzstd(read, zstandard).read_some


class _Unzstd:
    """Decompresses frames, one after another.

    Args:
        read: Reads compressed data.
        zstandard: The package.
    """

    def __init__(self, read: _Read, zstandard: Any) -> None:
        self._read = read
        self._zstandard = zstandard
        self._packed = b""
        self._unpacked = b""
        self._frame: Any = None

    def read_some(self, size: int) -> bytes:
        """Read at most this many decompressed bytes; none only at the end.

        Raises:
            BrokenDataError: The data is broken or ends early.
        """
        while not self._unpacked:
            if not self._packed:
                self._packed = self._read(size)
                if not self._packed:
                    if self._frame is not None:
                        message = (
                            "expected the rest of the Zstandard data, got the end of the input"
                        )
                        raise BrokenDataError(message)
                    return b""
            self._unpack()
        some, self._unpacked = self._unpacked[:size], self._unpacked[size:]
        return some

    def _unpack(self) -> None:
        part, self._packed = self._packed[:_SLICE_BYTES], self._packed[_SLICE_BYTES:]
        if self._frame is None:
            decompressor = self._zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW_BYTES)
            self._frame = decompressor.decompressobj()
        try:
            self._unpacked = self._frame.decompress(part)
        except self._zstandard.ZstdError:
            raise BrokenDataError("expected sound Zstandard data, got broken data") from None
        if self._frame.eof:
            self._packed = self._frame.unused_data + self._packed
            self._frame = None
