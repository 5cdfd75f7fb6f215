"""The error of every decompression that cannot read its data."""

from __future__ import annotations

__all__ = ["BrokenDataError"]


class BrokenDataError(Exception):
    """Compressed data is broken or ends early; the text says what was expected."""
