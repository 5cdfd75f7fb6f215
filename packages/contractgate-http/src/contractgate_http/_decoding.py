"""Decompresses an answer, but never more of it than is wanted. No I/O."""

from __future__ import annotations

import zlib
from typing import Optional

__all__ = ["ACCEPTED", "Inflation", "encoding_of"]

ACCEPTED = "gzip, deflate"
"""The encodings that requests accept."""

_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
_GZIP, _ZLIB, _RAW = 31, 15, -15


def encoding_of(header: str) -> Optional[str]:
    """Read how an answer is encoded from its `Content-Encoding`.

    Returns:
        `gzip` or `deflate`; None if it is not encoded.

    Raises:
        ValueError: It has another encoding, or several.
    """
    names = [one.strip() for one in header.lower().split(",")]
    used = [one for one in names if one not in ("", "identity")]
    if len(used) > 1 or any(one not in _NAMES for one in used):
        raise ValueError(f"expected an answer in gzip, deflate or neither, got {header!r}")
    return _NAMES[used[0]] if used else None


class Inflation:
    """Decompresses a body that comes in parts.

    Args:
        encoding: `gzip` or `deflate`.
    """

    __slots__ = ("_encoding", "_seen", "_zlib")

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._zlib = zlib.decompressobj(_GZIP if encoding == "gzip" else _ZLIB)
        self._seen = b""  # the first two bytes, which tell the wrapper

    def decode(self, part: bytes, most: int) -> list[bytes]:
        """Decompress a part.

        Args:
            part: The part.
            most: How many bytes are wanted; a few more are returned if there are more.

        Raises:
            ValueError: It is not valid gzip or deflate.
        """
        decoded: list[bytes] = []
        size = 0
        try:
            while part and size <= most:
                decoded.append(self._decompress(part, most + 1 - size))
                size += len(decoded[-1])
                part = self._zlib.unconsumed_tail or self._next_member()
        except zlib.error as error:
            raise ValueError(f"expected an answer in {self._encoding}: {error}") from None
        return decoded

    def _decompress(self, part: bytes, most: int) -> bytes:
        seen, self._seen = self._seen, (self._seen + part[:2])[:2]
        try:
            return self._zlib.decompress(part, most)
        except zlib.error:
            if self._encoding != "deflate" or len(seen) == 2:
                raise
            # Some servers leave out the zlib wrapper of `deflate`.
            self._zlib = zlib.decompressobj(_RAW)
            return self._zlib.decompress(seen + part, most)

    def _next_member(self) -> bytes:
        """Return what follows the end: a gzip stream may have several members."""
        rest = self._zlib.unused_data
        if self._zlib.eof and rest and self._encoding == "gzip":
            self._zlib = zlib.decompressobj(_GZIP)
            return rest
        return b""

    def end(self) -> None:
        """Take the end of the body.

        Raises:
            ValueError: The stream is incomplete.
        """
        if self._seen and not self._zlib.eof:
            raise ValueError(f"the answer ends in the middle of its {self._encoding}")
