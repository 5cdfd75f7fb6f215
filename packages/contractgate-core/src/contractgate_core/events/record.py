"""One record of an input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

import msgspec

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.place import Place

__all__ = ["Record", "RecordText", "too_long"]


class Record(msgspec.Struct, frozen=True):
    """One event of the input, or the error in its place.

    Attributes:
        number: The number of the record, from 1.
        line: The line on which it begins, from 1; blank lines count.
        offset: Where it begins, in bytes of the decompressed input, from 0.
        value: The decoded JSON value; None if there is an error.
        error: Why it could not be read; line, column and offset are those of the whole input.
        text: The JSON text of the value; None if there is an error. Encoding the value again could
            change its floats (docs/spec/validation.md, section 1).
    """

    number: int
    line: int
    offset: int
    value: object = None
    error: Optional[EventDecodeError] = None
    text: Optional[bytes] = None

    def __repr__(self) -> str:
        return f"Record(number={self.number}, line={self.line}, offset={self.offset})"

    def __rich_repr__(self) -> Iterator[tuple[str, int]]:  # type: ignore[override]  # msgspec's own shows all
        yield from (("number", self.number), ("line", self.line), ("offset", self.offset))


class RecordText:
    """Collects the text of one record after another, piece by piece.

    Args:
        max_bytes: Only the length of longer texts is kept.

    Attributes:
        length: The length of the current text so far, in bytes.
    """

    def __init__(self, max_bytes: int) -> None:
        self.length = 0
        self._max_bytes = max_bytes
        self._text = bytearray()

    def add(self, piece: bytes) -> None:
        """Append a piece."""
        self.length += len(piece)
        if self.length <= self._max_bytes:
            self._text += piece
        else:
            self._text.clear()

    def finish(self, piece: bytes = b"") -> Optional[bytes]:
        """Append the last piece, return the text, and begin a new one.

        Returns:
            The text, or None if it is too long.
        """
        if not self.length and len(piece) <= self._max_bytes:
            return piece
        self.add(piece)
        text = bytes(self._text) if self.length <= self._max_bytes else None
        self.length = 0
        self._text.clear()
        return text


def too_long(place: Place, max_bytes: int) -> EventDecodeError:
    """Make the error for a record that is longer than the caller allows."""
    return place.error(f"expected a record of at most {max_bytes} bytes, got a longer one")
