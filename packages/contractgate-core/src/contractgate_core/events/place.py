"""A place in an input."""

from __future__ import annotations

from typing import NamedTuple

from contractgate_core.errors import EventDecodeError

__all__ = ["Place", "count_lines"]

_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))


_SAMPLE_BYTES = 512
_FEW_LINES = 16


def count_lines(text: bytes) -> int:
    """Count the line ends."""
    # For long lines, removing the line ends is several times faster than counting them; for empty
    # lines it is much slower.
    if text.count(b"\n", 0, _SAMPLE_BYTES) > _FEW_LINES:
        return text.count(b"\n")
    return len(text) - len(text.replace(b"\n", b""))


class Place(NamedTuple):
    """A place in a UTF-8 text.

    Attributes:
        line: The line, from 1.
        column: The column in characters, from 1.
        offset: The place in bytes, from 0.
    """

    line: int = 1
    column: int = 1
    offset: int = 0

    def after(self, text: bytes) -> Place:
        """Return the place at the end of a text that begins here."""
        newlines = count_lines(text)
        tail = text[text.rfind(b"\n") + 1 :] if newlines else text
        # Every byte that does not continue a character begins one, even in broken UTF-8.
        width = len(tail) if tail.isascii() else len(tail.translate(None, _CONTINUATION_BYTES))
        column = width + 1 if newlines else self.column + width
        return Place(self.line + newlines, column, self.offset + len(text))

    def error(self, message: str) -> EventDecodeError:
        """Make an error at this place."""
        return EventDecodeError(message, line=self.line, column=self.column, offset=self.offset)

    def shifted(self, error: EventDecodeError) -> EventDecodeError:
        """Turn an error in a text that begins here into one in the surrounding text."""
        column = error.column + self.column - 1 if error.line == 1 else error.column
        place = Place(error.line + self.line - 1, column, error.offset + self.offset)
        return place.error(error.message)
