"""A JSON array, cut into its elements as it arrives.

Brackets and strings alone decide where to cut; whether an element is JSON is up to its decoder.
Together they accept exactly the arrays that the decoder accepts as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Optional, cast

from contractgate_core._reserved import REFUSAL
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.chunks import Chunks
from contractgate_core.events.decode import decode_event
from contractgate_core.events.place import Place
from contractgate_core.events.record import Record, RecordText, too_long

__all__ = ["read_array"]

_WHITESPACE = b" \t\r\n"
_QUOTE = ord('"')

_Skip = Callable[[bytes, int], "re.Match[bytes]"]


def _skip(before: bytes) -> _Skip:
    """Make a step that always matches, in linear time, and ends where there is something to do."""
    return cast("_Skip", re.compile(before, re.DOTALL).match)


_STRING_BODY = rb'[^"\\]*(?:\\.[^"\\]*)*'
_to_string_end = _skip(_STRING_BODY)
_to_bracket = _skip(rb'[^"\[\]{}]*(?:"%b"[^"\[\]{}]*)*' % _STRING_BODY)
_to_bracket_or_comma = _skip(rb'[^"\[\]{},]*(?:"%b"[^"\[\]{},]*)*' % _STRING_BODY)


class _Element(NamedTuple):
    """The text of one element.

    Attributes:
        place: Where it begins, after white space.
        text: Its bytes, or None if it is too long.
        end: The byte after it: `,` or `]` if all is well; empty at the end of the input.
        end_place: Where that byte is.
    """

    place: Place
    text: Optional[bytes]
    end: bytes
    end_place: Place


def read_array(chunks: Chunks, max_bytes: int) -> Iterator[Record]:
    """Read each element of one array as an event.

    Args:
        chunks: The input, from its beginning.
        max_bytes: A longer element is skipped and becomes a failing record.

    Returns:
        The elements. If the array is broken, or something follows it, the last record says where.
    """
    _pass_white_space(chunks)
    number, place = 0, chunks.begin
    first = next(chunks, b"")
    if not first.startswith(b"["):
        yield Record(1, place.line, place.offset, error=_no_array(place, first, chunks))
        return
    chunks.give_back(first[1:])
    for element in _split_array(chunks, max_bytes):
        place = element.end_place.after(element.end)
        if not number and element.text == b"" and element.end == b"]":
            break
        number += 1
        try:
            record = _read_element(number, element, chunks, max_bytes)
        except EventDecodeError as error:
            # A new error, since the raised one holds frames, and these hold events.
            error = Place().shifted(error)
            yield Record(number, element.place.line, element.place.offset, error=error)
            if error.message != REFUSAL:
                return
        else:
            yield record
    yield from _read_rest(number + 1, place, chunks)


def _pass_white_space(chunks: Chunks) -> None:
    while True:
        chunks.pass_over(len(chunks.ahead) - len(chunks.ahead.lstrip(_WHITESPACE)))
        if chunks.ahead or not chunks.look_ahead():
            return


def _no_array(place: Place, first: bytes, chunks: Chunks) -> EventDecodeError:
    if not first and chunks.broken is not None:
        return chunks.end.error(chunks.broken)
    got = "other text" if first else "the end of the input"
    return place.error(f"expected `[`, which begins an array, got {got}")


def _read_element(number: int, element: _Element, chunks: Chunks, max_bytes: int) -> Record:
    """Decode an element.

    Raises:
        EventDecodeError: The array is broken, or the element has the reserved key.
    """
    place, text, end, end_place = element
    if not end and chunks.broken is not None:
        raise chunks.end.error(chunks.broken)
    is_whole = end in (b",", b"]")
    if text is not None:
        value = _decode(place, text, b"]" if is_whole else end)
        return Record(number, place.line, place.offset, value, text=text)
    if not is_whole:
        _decode(_before(end_place, 1), b"0", end)
    return Record(number, place.line, place.offset, error=too_long(place, max_bytes))


def _decode(place: Place, text: bytes, end: bytes) -> object:
    # Decoded inside an array, where it may nest one level less than alone; and not as the first
    # element, since an empty array would be accepted too.
    try:
        values = cast("list[object]", decode_event(b"[0,%b%b" % (text, end)))
    except EventDecodeError as error:
        raise _before(place, 3).shifted(error) from None
    return values[1]


def _before(place: Place, size: int) -> Place:
    return Place(place.line, place.column - size, place.offset - size)


def _read_rest(number: int, place: Place, chunks: Chunks) -> Iterator[Record]:
    """Make sure that nothing but white space follows the array."""
    error: Optional[EventDecodeError] = None
    for chunk in chunks:
        more = chunk.lstrip(_WHITESPACE)
        place = place.after(chunk[: len(chunk) - len(more)])
        if more:
            error = place.error("expected the end of the input after the array, got more text")
            break
    if error is None and chunks.broken is not None:
        error = chunks.end.error(chunks.broken)
    if error is not None:
        yield Record(number, place.line, place.offset, error=error)


def _split_array(chunks: Chunks, max_bytes: int) -> Iterator[_Element]:
    """Cut the array at its commas, after its bracket; whatever follows it stays in the chunks."""
    scanner, text = _Scanner(), RecordText(max_bytes)
    begin = place = chunks.begin.after(b"[")
    for chunk in chunks:
        start = 0
        while True:
            stop = scanner.next_cut(chunk, start)
            piece = chunk[start:stop]
            if not text.length:
                piece = piece.lstrip(_WHITESPACE)
                begin = place = place.after(chunk[start : stop - len(piece)])
            place = place.after(piece)
            if stop == len(chunk):
                text.add(piece)
                break
            end = chunk[stop : stop + 1]
            start = stop + 1
            if end != b",":
                chunks.give_back(chunk[start:])
            yield _Element(begin, text.finish(piece), end, place)
            if end != b",":
                return
            place = place.after(end)
    yield _Element(begin, text.finish(), b"", place)


class _Scanner:
    """Follows the brackets and strings inside an array across the borders of chunks."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._after_backslash = False

    def next_cut(self, chunk: bytes, start: int) -> int:
        """Go on to the next byte that ends an element: `,`, `]` or, wrongly, `}`.

        Args:
            chunk: A piece of the text.
            start: Where to go on: after the last cut, or 0 in a new chunk.

        Returns:
            Where that byte is in the chunk, or the chunk's length if it is not there.
        """
        at, size = start, len(chunk)
        while at < size:
            if self._in_string:
                at = self._leave_string(chunk, at)
                continue
            at = (_to_bracket if self._depth else _to_bracket_or_comma)(chunk, at).end()
            if at == size:
                break
            byte = chunk[at]
            if byte == _QUOTE:  # a string that does not end in this chunk
                self._in_string = True
            elif byte in b"[{":
                self._depth += 1
            elif self._depth:
                self._depth -= 1
            else:
                return at
            at += 1
        return size

    def _leave_string(self, chunk: bytes, start: int) -> int:
        at = _to_string_end(chunk, start + self._after_backslash).end()
        self._after_backslash = False
        if at == len(chunk):
            return at
        # It stands at the closing quote, or at a backslash that is the last byte of the chunk.
        self._in_string = chunk[at] != _QUOTE
        self._after_backslash = self._in_string
        return at + 1
