"""What every decompression raises for data that it cannot read."""

from __future__ import annotations

__all__ = ["BrokenDataError"]


class BrokenDataError(Exception):
    """Compressed data is broken or breaks off; the text says what was expected."""
