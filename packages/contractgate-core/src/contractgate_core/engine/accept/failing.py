"""The approximate tier: events that are not accepted are read in one pass, and mostly judged.

An event is decoded as a dict at first, and as a struct (`accept.lenient`) once some hundred events
have failed, which earn back the milliseconds that its types take to make. A verdict that depends on
a number in doubt is left to the exact tier. No text is decoded a third time because of that: a text
that types have refused is looked at before it is decoded again.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock  # as `threading` takes long to load
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any, NamedTuple, Optional

from contractgate_core.engine.accept.backoff import Backoff
from contractgate_core.engine.accept.interface import (
    REFUSALS,
    FindInText,
    GeneratedFind,
    Row,
    decode_each,
)
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_core.results import Violation

__all__ = ["FailingEvents", "FailingReader"]

_DOUBTS_IN_A_ROW = 8
"""Events are not read approximately for a while after so many had to be read again."""
_LONGEST_LINES_BACKOFF = 64
_FIRST_EVENTS = 256
"""How many events fail before structs are made; after that, twice as many each time."""
_MOST_TIMES = 8
_EXAMPLES = 64

Learn = Callable[[Row, Callable[[Row], object]], None]
"""Called with an event that passed although it was not accepted, and what makes it a value."""


class FailingReader(NamedTuple):
    """Reads failing events of one contract, and finds their violations.

    Attributes:
        decode: Decodes one event, or raises one of `REFUSALS`.
        find: Finds the violations of a decoded event; None if they depend on a number in doubt.
        as_value: Makes of a decoded event what the exact reader makes, but for such numbers.
        may_doubt: Returns whether a text may have a number on whose exact value violations depend.
    """

    decode: Callable[[bytes], Row]
    find: GeneratedFind
    as_value: Callable[[Row], object]
    may_doubt: Callable[[bytes], bool]


class FailingEvents:
    """Judges events that are not accepted.

    Threads may share it: the reader is replaced as a whole.

    Args:
        exactly: Judges an event by the exact reader.
        learn: Learns from an event that passed although it was not accepted.
        observe: Observes the keys of a failing event, of which nothing else is kept.
        make: Makes a reader that knows the keys that were observed; None if that is not possible.
        longest_backoff: How many events in a row are not read approximately, at most, after others
            whose verdict depended on a number in doubt.

    Attributes:
        reader: Reads events; None if only the exact reader may.
    """

    def __init__(
        self,
        exactly: FindInText,
        learn: Learn,
        observe: Callable[[object], object],
        make: Callable[[], Optional[FailingReader]],
        *,
        longest_backoff: int = 512,
    ) -> None:
        self.reader: Optional[FailingReader] = None
        self._first: Optional[FailingReader] = None
        self.exactly = exactly
        self._learn = learn
        self._observe = observe
        self._make = make
        self._backoff = Backoff(_DOUBTS_IN_A_ROW, longest_backoff)
        self._lines_backoff = Backoff(1, min(longest_backoff, _LONGEST_LINES_BACKOFF))
        self._making = allocate_lock()
        self._seen, self._needed, self._times_left = 0, _FIRST_EVENTS, _MOST_TIMES
        self._counts_all = True

    def begin(self, reader: FailingReader) -> None:
        """Begin to read approximately, with a reader that takes any keys."""
        self.reader = self._first = reader

    def approximately(
        self, text: bytes, now: Optional[int], otherwise: Optional[Callable[..., Any]] = None
    ) -> Any:
        """Find every broken rule of a text that was not decoded yet.

        Args:
            text: The text.
            now: The time for freshness rules, or None for the system's clock.
            otherwise: Judges a text that must be read exactly, instead of the exact tier.
        """
        reader, backoff = self.reader, self._backoff
        if reader is None or backoff.left > 0:  # Several threads may have counted below 0.
            backoff.left -= 1
            return (otherwise or self.exactly)(text, now)
        try:
            row = reader.decode(text)
            found = reader.find(row, now, True)
        except REFUSALS:
            self._count_unread(reader, (text,))
            return (otherwise or self.exactly)(text, now)
        if found is None and not reader.may_doubt(text):
            # Both readers read all numbers of this text in the same way.
            found = reader.find(row, now)
        if found is None:
            backoff.fail()
            return (otherwise or self.exactly)(text, now)
        backoff.failures = 0
        self._learn_from(reader, row, found)
        return found

    def refused(self, text: bytes, now: Optional[int]) -> list[Violation]:
        """Find every broken rule of a text that types have refused, by decoding it once more."""
        reader = self.reader
        if reader is None or reader.may_doubt(text):
            return self.exactly(text, now)
        try:
            row = reader.decode(text)
            found = reader.find(row, now)
        except REFUSALS:
            self._count_unread(reader, (text,))
            return self.exactly(text, now)
        self._learn_from(reader, row, found or [])
        return found or []

    def _learn_from(self, reader: FailingReader, row: Row, found: list[Violation]) -> None:
        if not found:
            self._learn(row, reader.as_value)
        elif self._counts_all:
            self._count((row,), reader.as_value)

    def lines(
        self, texts: Sequence[bytes], now: Optional[int], *, are_refused: bool
    ) -> list[Optional[list[Violation]]]:
        """Find the violations of each line.

        Args:
            texts: The lines.
            now: The time for freshness rules, or None for the system's clock.
            are_refused: Whether types have refused the lines.

        Returns:
            The violations, or None for each line that must be read exactly.
        """
        reader, backoff = self.reader, self._lines_backoff
        if reader is None or backoff.left > 0:
            backoff.left -= 1
            return [None] * len(texts)
        if are_refused and reader.may_doubt(b"".join(texts)):
            return [None] * len(texts)
        rows, unread = decode_each(reader.decode, texts)
        found = list(map(reader.find, rows, repeat(now), repeat(not are_refused)))
        if self._counts_all:
            self._count(rows, reader.as_value)
        if all(found) and not unread:
            backoff.failures = 0
            return found
        read = _without(texts, unread)
        self._settle(reader, read, rows, now, found)
        for row in [row for row, violations in zip(rows, found) if violations == []]:
            self._learn(row, reader.as_value)
        return self._with_unread(reader, texts, unread, found)

    def _settle(
        self,
        reader: FailingReader,
        texts: Sequence[bytes],
        rows: Sequence[Row],
        now: Optional[int],
        found: list[Optional[list[Violation]]],
    ) -> None:
        """Find the violations that depend on numbers, if the texts show that none is in doubt."""
        doubtful = [index for index, violations in enumerate(found) if violations is None]
        if not reader.may_doubt(b"\n".join([texts[index] for index in doubtful])):
            for index in doubtful:
                found[index] = reader.find(rows[index], now)

    def _with_unread(
        self,
        reader: FailingReader,
        texts: Sequence[bytes],
        unread: Sequence[int],
        found: list[Optional[list[Violation]]],
    ) -> list[Optional[list[Violation]]]:
        """Add None for each line that was not read, and skip the next lines if there are many."""
        if 2 * (len(unread) + found.count(None)) > len(texts):
            self._lines_backoff.fail()
        if not unread:
            return found
        self._count_unread(reader, [texts[index] for index in unread])
        rest, others = iter(found), frozenset(unread)
        return [None if index in others else next(rest) for index in range(len(texts))]

    def _count_unread(self, reader: FailingReader, texts: Sequence[bytes]) -> None:
        """Count texts that a reader has refused: mostly they have keys that it does not know."""
        if reader is self._first:
            self._backoff.fail()
        else:
            self._count(texts, _read)

    def _count(self, events: Sequence[Any], as_value: Callable[[Any], object]) -> None:
        """Count failing events that a new reader might read, or read faster."""
        self._seen += len(events)
        # Only the last ones are looked at, so that their number does not matter.
        if self._seen > self._needed - _EXAMPLES:
            self._prepare(map(as_value, events[-_EXAMPLES:]), is_due=self._seen >= self._needed)

    def prepare(self, texts: Sequence[bytes] = ()) -> None:
        """Make a reader that knows the keys of what was counted, unless another thread does.

        It happens by itself when some events have failed.

        Args:
            texts: More examples.
        """
        self._prepare(map(_read, texts), is_due=True)

    def _prepare(self, examples: Iterable[object], *, is_due: bool) -> None:
        if self._first is not None and self._making.acquire(blocking=False):
            try:
                for example in examples:
                    self._observe(example)
                if is_due:
                    self._replace()
            finally:
                self._making.release()

    def _replace(self) -> None:
        self._seen, self._needed = 0, 2 * self._needed
        self._times_left -= 1
        reader = self._make() if self._times_left >= 0 else None
        self._counts_all = False
        if reader is None:
            # Keys come that were never seen before, or there can be no structs.
            self.reader, self._needed = self._first, sys.maxsize
        else:
            self.reader = reader


def _without(texts: Sequence[bytes], left_out: Sequence[int]) -> Sequence[bytes]:
    others = frozenset(left_out)
    return [text for index, text in enumerate(texts) if index not in others] if others else texts


def _read(text: bytes) -> object:
    try:
        return decode_event(text)
    except EventDecodeError:
        return None
