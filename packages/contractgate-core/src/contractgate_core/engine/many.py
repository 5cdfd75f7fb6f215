"""Judging events that come together in one text: the lines of a block, or an array.

They go through the same tiers as single events, but the accept tier tries many at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple, Optional, Protocol, cast

from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.accept.failing import FailingEvents
from contractgate_core.engine.accept.interface import Partition
from contractgate_core.engine.few import Few
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import (
    MSGSPEC_ERRORS,
    decode_event,
    decoder_of,
    fault_in,
)
from contractgate_core.events.lines import MOST_BLANK_BYTES, is_blank, split_lines
from contractgate_core.events.place import Place
from contractgate_core.events.record import too_long
from contractgate_core.results import Violation

__all__ = ["NO_LIMITS", "JudgedArray", "JudgedLine", "JudgedLines", "Limits", "ManyJudge", "Tiers"]

_LONG = 2**16
"""A record of at most so many bytes has few enough violations to keep them all."""


class Limits(NamedTuple):
    """Limits for each line.

    Attributes:
        max_bytes: The length of the longest line that is read.
        most: How many violations of a long line are kept; None for all.
    """

    max_bytes: int = sys.maxsize
    most: Optional[int] = None


NO_LIMITS = Limits()


class JudgedLines(NamedTuple):
    """The findings in some lines.

    Attributes:
        number: How many lines there are.
        lines: Each line with its end; may be empty if all conform.
        blank: The indexes of blank lines, in order; empty if all lines conform.
        unaccepted: The indexes, in order, of lines that are neither blank nor accepted at once; all
            other lines that are not blank conform.
        found: The violations of each unaccepted line; there may be none.
        faults: Why some unaccepted lines cannot be read, by index in `unaccepted`; the place is
            that in the line.
    """

    number: int
    lines: Sequence[bytes]
    blank: Sequence[int]
    unaccepted: Sequence[int]
    found: Sequence[list[Violation]]
    faults: dict[int, EventDecodeError]

    def __repr__(self) -> str:
        return f"<{self.number} lines, {len(self.unaccepted)} not accepted at once>"


class JudgedLine(NamedTuple):
    """The findings in one line that is to be compared with others.

    Attributes:
        size: How many bytes the line has, with its end.
        found: Its violations.
        compared: The value that each uniqueness rule compares, or None.
        fault: Why the line cannot be read; the place is that in the line. None if it can.
        is_blank: Whether the line is blank.
    """

    size: int
    found: list[Violation]
    compared: Sequence[Any] = ()
    fault: Optional[EventDecodeError] = None
    is_blank: bool = False


JudgedArray = tuple[list[list[Violation]], Sequence[Sequence[Any]]]
"""The violations of each event of an array, and the values of each that uniqueness rules compare,
which are left out unless they were asked for."""


class Tiers(Protocol):
    """The tiers below the accept tier; see `Judge`."""

    value: Callable[[Any, Optional[int]], list[Violation]]
    unique_values: Callable[[object], Sequence[Any]]
    """Returns the values of an exactly read event that uniqueness rules compare."""

    def report_violations(self, value: Any, now: Optional[int], out: list[Violation]) -> None:
        """Append every broken rule of an exactly read event."""


class ManyJudge:
    """Judges events that come together.

    Args:
        acceptor: Accepts many events at once.
        tiers: Judge the other events one by one.
        failing: Judges many of them at once.
    """

    def __init__(self, acceptor: Acceptor, tiers: Tiers, failing: FailingEvents) -> None:
        self._acceptor = acceptor
        self._tiers = tiers
        self._failing = failing

    def lines(self, text: bytes, now: Optional[int], limits: Limits = NO_LIMITS) -> JudgedLines:
        """Judge the lines of a text, each with its end."""
        partition = self._partition(text, now, limits)
        lines, refused, blank = partition.lines, partition.refused, list[int]()
        if not refused:
            return JudgedLines(len(lines) or len(partition.rows), lines, (), (), (), {})
        texts = [lines[index] for index in refused] if partition.rows else lines
        if min(map(len, texts)) <= MOST_BLANK_BYTES:
            blank = [index for index in refused if is_blank(lines[index])]
            refused = sorted({*refused} - {*blank})
            texts = [lines[index] for index in refused]
        together = b"".join(texts) if len(texts) < len(lines) else text
        return JudgedLines(
            len(lines),
            lines,
            blank,
            refused,
            *self._judged(texts, together, now, limits, are_tried=partition.is_tried),
        )

    def each_line(
        self, text: bytes, now: Optional[int], limits: Limits = NO_LIMITS
    ) -> Iterator[JudgedLine]:
        """Judge the lines of a text one by one, where they are compared with each other."""
        if self._acceptor.unique is None:
            partition = Partition.untried(text)
        else:
            partition = self._partition(text, now, limits)
        for row, line in zip(partition.by_line(), partition.lines or split_lines(text)):
            if row is not None:
                yield JudgedLine(len(line), [], self._acceptor.unique_values(row))
            elif is_blank(line):
                yield JudgedLine(len(line), [], is_blank=True)
            else:
                yield self._line(line, now, limits)

    def array(self, text: bytes, now: Optional[int], *, are_compared: bool) -> JudgedArray:
        """Judge the events of an array, or one event.

        Raises:
            EventDecodeError: The text is not JSON.
        """
        acceptor = self._acceptor
        if not are_compared or acceptor.unique is not None:
            rows = acceptor.accept_array(text, now)
            if rows is not None:
                values = list(map(acceptor.unique_values, rows)) if are_compared else ()
                return [[] for _ in rows], values
        value = decode_event(text)
        events = value if type(value) is list else [value]
        found = list(map(self._tiers.value, events, repeat(now)))
        return found, list(map(self._tiers.unique_values, events)) if are_compared else ()

    def record(
        self, value: object, now: Optional[int], size: int, most: Optional[int]
    ) -> list[Violation]:
        """Find the violations of an exactly read event.

        Args:
            value: The event.
            now: The time for freshness rules, or None for the system's clock.
            size: The length of its text in bytes.
            most: How many violations are kept if the text is long; None for all.
        """
        if most is None or size <= _LONG:
            return self._tiers.value(value, now)
        few = Few(most)
        self._tiers.report_violations(value, now, few)
        return few

    def _partition(self, text: bytes, now: Optional[int], limits: Limits) -> Partition:
        if len(text) - 1 > limits.max_bytes:
            return Partition.untried(text)
        return self._acceptor.accept_lines(text, now)

    def _line(self, line: bytes, now: Optional[int], limits: Limits) -> JudgedLine:
        try:
            value = _read(line, limits.max_bytes)
        except EventDecodeError as fault:
            return JudgedLine(len(line), [], fault=_without_frames(fault))
        found = self.record(value, now, len(line), limits.most)
        if not found:
            self._acceptor.learn(value)
        return JudgedLine(len(line), found, self._tiers.unique_values(value))

    def _judged(
        self,
        texts: Sequence[bytes],
        together: bytes,
        now: Optional[int],
        limits: Limits,
        *,
        are_tried: bool,
    ) -> _Findings:
        """Find the violations of each line, and the faults of lines that cannot be read."""
        if limits.most is not None and _are_longer(_LONG, texts, together):
            return self._judged_one_by_one(texts, now, limits)
        if _are_longer(limits.max_bytes + 1, texts, together):
            return self._judged_exactly(texts, together, now, limits)
        found = self._failing.lines(texts, now, are_refused=are_tried)
        if all(found):
            return cast("list[list[Violation]]", found), {}
        doubtful = [index for index, violations in enumerate(found) if violations is None]
        again = [texts[index] for index in doubtful]
        exactly, faults = self._judged_exactly(again, b"".join(again), now, limits)
        for index, violations in zip(doubtful, exactly):
            found[index] = violations
        judged = cast("list[list[Violation]]", found)  # No None is left.
        return judged, {doubtful[index]: fault for index, fault in faults.items()}

    def _judged_exactly(
        self, texts: Sequence[bytes], together: bytes, now: Optional[int], limits: Limits
    ) -> _Findings:
        """Do the same as `_judged` by the exact reader."""
        find, most = self._tiers.value, limits.max_bytes
        are_long = _are_longer(most + 1, texts, together)
        read = (lambda line: _read(line, most)) if are_long else decoder_of(texts, together)
        found: list[list[Violation]] = []
        faults: dict[int, EventDecodeError] = {}
        judged = map(find, map(read, texts), repeat(now))
        while True:
            try:
                # The findings before a line that cannot be read stay in the list.
                found.extend(judged)
            except EventDecodeError as fault:
                faults[len(found)] = _without_frames(fault)
                found.append([])
            except MSGSPEC_ERRORS:
                text = texts[len(found)]
                fault_found = fault_in(text[:-1])
                if fault_found is None:  # The end of the line or the checks caused the error.
                    found.append(find(_read(text, most), now))
                else:
                    faults[len(found)] = fault_found
                    found.append([])
            else:
                return self._learn(texts, found, faults)

    def _judged_one_by_one(
        self, texts: Sequence[bytes], now: Optional[int], limits: Limits
    ) -> _Findings:
        """Do the same as `_judged`, but find no more violations of long lines than are kept."""
        found: list[list[Violation]] = []
        faults: dict[int, EventDecodeError] = {}
        for index, text in enumerate(texts):
            try:
                value = _read(text, limits.max_bytes)
            except EventDecodeError as fault:
                faults[index] = _without_frames(fault)
                found.append([])
            else:
                found.append(self.record(value, now, len(text), limits.most))
        return self._learn(texts, found, faults)

    def _learn(
        self,
        texts: Sequence[bytes],
        found: list[list[Violation]],
        faults: dict[int, EventDecodeError],
    ) -> _Findings:
        """Learn from lines that passed although they were not accepted; return the findings."""
        if not all(found):
            for index, violations in enumerate(found):
                if not violations and index not in faults:
                    self._acceptor.learn(texts[index], decode_event)
        return found, faults


_Findings = tuple[list[list[Violation]], dict[int, EventDecodeError]]


def _read(line: bytes, max_bytes: int) -> object:
    """Read a line.

    Raises:
        EventDecodeError: The line is too long or not JSON; the place is that in the line.
    """
    text = line[:-1]
    if len(text) > max_bytes:
        raise too_long(Place(), max_bytes)
    return decode_event(text)


def _are_longer(longest: int, lines: Sequence[bytes], together: bytes) -> bool:
    """Return whether one of some lines is longer than `longest`."""
    return len(together) > longest and max(map(len, lines), default=0) > longest


def _without_frames(fault: EventDecodeError) -> EventDecodeError:
    """Return a copy of a raised fault without its frames, which keep the lines alive."""
    return Place().shifted(fault)
