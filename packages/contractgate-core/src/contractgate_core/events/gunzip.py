"""Decompressing gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import BinaryIO

from contractgate_core.events.broken import BrokenDataError

__all__ = ["gunzip"]


def gunzip(source: BinaryIO) -> Callable[[int], bytes]:
    """Make a reader that decompresses a source.

    Args:
        source: The compressed data; its `read` returns fewer bytes than it is asked for only at the
            end.

    Returns:
        A function that reads at most as many decompressed bytes as it is asked for, and none only
        at the end. It raises BrokenDataError if the data is broken or ends early.
    """
    # read1 still returns what was decompressed before the broken place.
    read = gzip.GzipFile(fileobj=source, mode="rb").read1

    def read_some(size: int) -> bytes:
        try:
            return read(size)
        except EOFError:
            message = "expected the rest of the gzip data, got the end of the input"
        except (gzip.BadGzipFile, zlib.error):
            message = "expected sound gzip data, got broken data"
        raise BrokenDataError(message)

    return read_some
