"""Decoding events as structs: one, or the lines of a chunk at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional

import msgspec

from contractgate_core.engine.accept import Row
from contractgate_core.engine.accept_checks import (
    DOUBTS,
    FAILS,
    Columns,
    test_of_row,
)
from contractgate_core.engine.accept_moments import moments
from contractgate_core.engine.accept_plan import Spot, raw_keys
from contractgate_core.engine.accept_types import Seen, event_type
from contractgate_core.engine.rules import system_clock
from contractgate_core.events.decode import has_negative_zero

__all__ = ["REFUSALS", "Decoded", "Reader"]

_MOST_REFUSED = 3
_FEW_ROWS = 40
# A type that is put together at run time is a value to a type checker.
_LIST: Any = list
REFUSALS = (msgspec.DecodeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises; a UnicodeDecodeError is a ValueError."""
_PLACE = re.compile(r"at `\$\[([0-9]{1,9})\]")


class Decoded(NamedTuple):
    """A chunk of lines.

    Attributes:
        rows: The event of each line, or None for a line that was refused.
        accepted: The events alone.
    """

    rows: list[Optional[Row]]
    accepted: list[Row]


class Reader:
    """Decodes events of one contract.

    Args:
        root: What the contract demands.
        seen: The keys of earlier events, in their order.
        is_plain: It is for texts of ASCII without escapes alone.

    Attributes:
        decode: Decodes one event, or raises one of `REFUSALS`.
        test: Tells whether it holds what types cannot check.
        raw_keys: The keys, in quotes, whose values are read as they stand.
    """

    def __init__(self, root: Spot, seen: Seen, *, is_plain: bool) -> None:
        event = event_type(root, seen, is_plain=is_plain)
        decoder = msgspec.json.Decoder(event)
        self.decode: Callable[[bytes], Row] = decoder.decode
        self.test = test_of_row(root, is_plain=is_plain)
        self.raw_keys = tuple(f'"{key}"'.encode() for key in raw_keys(root))
        self._decode_lines: Callable[[bytes], list[Row]] = decoder.decode_lines
        self._decode_array: Callable[[bytes], list[Row]] = msgspec.json.Decoder(_LIST[event]).decode
        self._columns = Columns(root, is_plain=is_plain)
        self._moments = tuple(moments(root))

    def holds(self, row: Row, text: bytes, now: Optional[int]) -> bool:
        """Tell whether an event that was decoded from a text conforms.

        Args:
            row: The event.
            text: Its text.
            now: The time for freshness rules, or None for the system's clock.
        """
        verdict = self.test(row, now)
        if verdict == DOUBTS and has_negative_zero(text):
            return False
        return verdict != FAILS and not (self.raw_keys and self.may_hide(text))

    def may_hide(self, text: bytes) -> bool:
        """Tell whether values that were not looked at may stand under an earlier equal key."""
        return b"\\" in text or any(text.count(key) > 1 for key in self.raw_keys)

    def hold(self, rows: Sequence[Row], chunk: bytes, now: Optional[int]) -> bool:
        """Tell whether all events that were decoded from a chunk conform."""
        # Going over columns is faster only where they are long.
        if len(rows) < _FEW_ROWS:
            found = {self.test(row, now) for row in rows}
            return FAILS not in found and not (DOUBTS in found and has_negative_zero(chunk))
        verdict = self._columns.test(rows)
        if verdict == FAILS or (verdict == DOUBTS and has_negative_zero(chunk)):
            return False
        return self._are_fresh(rows, now)

    def _are_fresh(self, rows: Sequence[Row], now: Optional[int]) -> bool:
        if not self._moments:
            return True
        time = system_clock() if now is None else now
        return all(moment.is_fresh(rows, time) for moment in self._moments)

    def sift(
        self, rows: Sequence[Optional[Row]], lines: Sequence[bytes], now: Optional[int]
    ) -> list[Optional[Row]]:
        """Leave the events that conform; those that do not certainly, become None.

        Args:
            rows: What was decoded from lines, or None.
            lines: The texts.
            now: The time for freshness rules, or None for the system's clock.
        """
        sifted = list(rows)
        places = [place for place, row in enumerate(rows) if row is not None]
        accepted = [rows[place] for place in places]
        for index, verdict in self._columns.exceptions(accepted, now):
            place = places[index]
            if verdict == FAILS or has_negative_zero(lines[place]):
                sifted[place] = None
        if self.raw_keys or not self._are_fresh(accepted, now):
            for place in places:
                if sifted[place] is not None and not self.holds(rows[place], lines[place], now):
                    sifted[place] = None
        return sifted

    def decode_each(self, lines: Sequence[bytes]) -> list[Optional[Row]]:
        """Decode lines one by one; None for those that are refused."""
        decode = self.decode
        rows: list[Optional[Row]] = []
        for line in lines:
            try:
                rows.append(decode(line))
            except REFUSALS:
                rows.append(None)
        return rows

    def decode_lines(self, chunk: bytes) -> Optional[Decoded]:
        """Decode a chunk at once, but for a few lines that are refused; None if there are more.

        Whether the events conform is for `hold` to say.
        """
        decoded = Decoded([], [])
        if self.raw_keys:
            return None
        for _ in range(_MOST_REFUSED):
            # Much faster than `chunk.count`.
            size = len(chunk) - len(chunk.replace(b"\n", b""))
            found, place = self._decoded_or_place(chunk)
            if place is None:
                return decoded if found is not None and _add(decoded, found, size) else None
            if place >= size:
                return None
            before, chunk = _cut(chunk, place)
            found, _ = self._decoded_or_place(before)
            if found is None or not _add(decoded, found, place):
                return None
            decoded.rows.append(None)
        return None

    def decode_array(self, text: bytes) -> Optional[list[Row]]:
        """Decode an array of events; None if one is refused, or it is none.

        Whether the events conform is for `hold` to say.
        """
        if self.raw_keys:
            return None
        try:
            return self._decode_array(text)
        except REFUSALS:
            return None

    def _decoded_or_place(self, chunk: bytes) -> tuple[Optional[list[Row]], Optional[int]]:
        """Decode lines; if one is refused, tell which, where that can be told."""
        try:
            return self._decode_lines(chunk), None
        except msgspec.ValidationError as error:
            place = _PLACE.search(str(error))
            return None, None if place is None else int(place[1])
        except REFUSALS:
            return None, None


def _add(decoded: Decoded, found: list[Row], size: int) -> bool:
    """Take in the events of so many lines; False if they are not one a line.

    A value may be written on several lines, and blank lines are passed over.
    """
    decoded.rows.extend(found)
    decoded.accepted.extend(found)
    return len(found) == size


def _cut(chunk: bytes, number: int) -> tuple[bytes, bytes]:
    """Give the lines before the one with that number, from 0, and those after it."""
    start = 0
    for _ in range(number):
        start = chunk.index(b"\n", start) + 1
    return chunk[:start], chunk[chunk.index(b"\n", start) + 1 :]
