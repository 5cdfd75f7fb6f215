"""Judging events that come together in one text: the lines of a block, or an array.

They go through the same tiers as single events; what is more is that many are tried at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple, Optional, Protocol, cast

from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.accept.interface import Partition
from contractgate_core.engine.few import Few
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import MSGSPEC_ERRORS, decode_event, decoder_of, fault_in
from contractgate_core.events.lines import MOST_BLANK_BYTES, is_blank, split_lines
from contractgate_core.events.place import Place
from contractgate_core.events.record import too_long
from contractgate_core.results import Violation

__all__ = ["ALL", "Events", "Limits", "Line", "Lines", "ManyJudge", "Tiers"]

_LONG = 2**16
"""A record of so many bytes has few enough violations to keep them all."""


class Limits(NamedTuple):
    """What is asked about lines.

    Attributes:
        max_bytes: A longer line is not read.
        most: So many violations of a long line are kept; None for all.
    """

    max_bytes: int = sys.maxsize
    most: Optional[int] = None


ALL = Limits()


class Lines(NamedTuple):
    """What was found in some lines; all of them conform but for those that are named.

    Attributes:
        number: How many lines there are.
        lines: Each with its end; maybe none if all conform.
        blank: Which are blank, from 0 and upwards, if not all conform.
        doubted: Which were not accepted at once, and are not blank.
        found: The violations of each of these, maybe none.
        faults: Why some of these cannot be read, by their index among these; the place is that in
            the line.
    """

    number: int
    lines: Sequence[bytes]
    blank: Sequence[int]
    doubted: Sequence[int]
    found: Sequence[list[Violation]]
    faults: dict[int, EventDecodeError]

    def __repr__(self) -> str:
        return f"<{self.number} lines, {len(self.doubted)} not accepted at once>"


class Line(NamedTuple):
    """What was found in one line that is to be compared with others.

    Attributes:
        size: How many bytes it has, with its end.
        found: Its violations.
        compared: For each uniqueness rule the value that it compares, or None.
        fault: Why it cannot be read; the place is that in the line.
        is_blank: It is no event.
    """

    size: int
    found: list[Violation]
    compared: Sequence[Any] = ()
    fault: Optional[EventDecodeError] = None
    is_blank: bool = False


Events = tuple[list[list[Violation]], Sequence[Sequence[Any]]]
"""The violations of each event of an array; then for each what uniqueness rules compare, or nothing
if that was not asked for."""


class Tiers(Protocol):
    """What judges an event that is not accepted; see `Judge`."""

    value: Callable[[Any, Optional[int]], list[Violation]]
    approximately: Callable[..., Any]
    reads_approximately: bool
    unique_values: Callable[[object], Sequence[Any]]
    """Gets what uniqueness rules compare from an event that was read exactly."""

    def report_violations(self, value: Any, now: Optional[int], out: list[Violation]) -> None:
        """Append every broken rule of an event that was read exactly."""


class ManyJudge:
    """Judges events that come together.

    Args:
        acceptor: Accepts many at once.
        tiers: Judges the others one by one.
    """

    def __init__(self, acceptor: Acceptor, tiers: Tiers) -> None:
        self._acceptor = acceptor
        self._tiers = tiers

    def lines(self, text: bytes, now: Optional[int], limits: Limits = ALL) -> Lines:
        """Judge the lines of a text, each with its end."""
        partition = self._partition(text, now, limits)
        lines, refused, blank = partition.lines, partition.refused, list[int]()
        if not refused:
            return Lines(len(lines) or len(partition.rows), lines, (), (), (), {})
        texts = [lines[index] for index in refused] if partition.rows else lines
        if min(map(len, texts)) <= MOST_BLANK_BYTES:
            blank = [index for index in refused if is_blank(lines[index])]
            refused = sorted({*refused} - {*blank})
            texts = [lines[index] for index in refused]
        together = b"".join(texts) if len(texts) < len(lines) else text
        return Lines(len(lines), lines, blank, refused, *self._judged(texts, together, now, limits))

    def each_line(self, text: bytes, now: Optional[int], limits: Limits = ALL) -> Iterator[Line]:
        """Judge the lines of a text one after the other, which are compared with each other."""
        if self._acceptor.unique is None:
            partition = Partition.untried(text)
        else:
            partition = self._partition(text, now, limits)
        for row, line in zip(partition.by_line(), partition.lines or split_lines(text)):
            if row is not None:
                yield Line(len(line), [], self._acceptor.unique_values(row))
            elif is_blank(line):
                yield Line(len(line), [], is_blank=True)
            else:
                yield self._line(line, now, limits)

    def array(self, text: bytes, now: Optional[int], *, are_compared: bool) -> Events:
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
        """Find the violations of an event that was read exactly.

        Args:
            value: The event.
            now: The time for freshness rules, or None for the system's clock.
            size: How long its text is.
            most: So many violations are kept if it is long; None for all.
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

    def _line(self, line: bytes, now: Optional[int], limits: Limits) -> Line:
        try:
            value = _read(line, limits.max_bytes)
        except EventDecodeError as fault:
            return Line(len(line), [], fault=_kept(fault))
        found = self.record(value, now, len(line), limits.most)
        if not found:
            self._acceptor.learn(value)
        return Line(len(line), found, self._tiers.unique_values(value))

    def _judged(
        self, texts: Sequence[bytes], together: bytes, now: Optional[int], limits: Limits
    ) -> _Judged:
        """Find the violations of each line, and of lines that cannot be read, by index, why."""
        if limits.most is not None and _are_longer(_LONG, texts, together):
            return self._judged_one_by_one(texts, now, limits)
        if not self._tiers.reads_approximately or _are_longer(
            limits.max_bytes + 1, texts, together
        ):
            return self._judged_exactly(texts, together, now, limits)
        found = list(map(self._tiers.approximately, texts, repeat(now), repeat(_not_yet)))
        doubtful = [index for index, violations in enumerate(found) if violations is None]
        again = [texts[index] for index in doubtful]
        exactly, faults = self._judged_exactly(again, b"".join(again), now, limits)
        for index, violations in zip(doubtful, exactly):
            found[index] = violations
        judged = cast("list[list[Violation]]", found)  # None is left nowhere
        return judged, {doubtful[index]: fault for index, fault in faults.items()}

    def _judged_exactly(
        self, texts: Sequence[bytes], together: bytes, now: Optional[int], limits: Limits
    ) -> _Judged:
        """Do that by the exact reader."""
        find, most = self._tiers.value, limits.max_bytes
        are_long = _are_longer(most + 1, texts, together)
        read = (lambda line: _read(line, most)) if are_long else decoder_of(texts, together)
        found: list[list[Violation]] = []
        faults: dict[int, EventDecodeError] = {}
        judged = map(find, map(read, texts), repeat(now))
        while True:
            try:
                # What came before a line that cannot be read stays in the list.
                found.extend(judged)
            except EventDecodeError as fault:
                faults[len(found)] = _kept(fault)
                found.append([])
            except MSGSPEC_ERRORS:
                text = texts[len(found)]
                fault_found = fault_in(text[:-1])
                if fault_found is None:  # The end of the line, or the checks, were to blame.
                    found.append(find(_read(text, most), now))
                else:
                    faults[len(found)] = fault_found
                    found.append([])
            else:
                return self._learned(texts, found, faults)

    def _judged_one_by_one(
        self, texts: Sequence[bytes], now: Optional[int], limits: Limits
    ) -> _Judged:
        """Do that with no more violations of a long line than are kept."""
        found: list[list[Violation]] = []
        faults: dict[int, EventDecodeError] = {}
        for index, text in enumerate(texts):
            try:
                value = _read(text, limits.max_bytes)
            except EventDecodeError as fault:
                faults[index] = _kept(fault)
                found.append([])
            else:
                found.append(self.record(value, now, len(text), limits.most))
        return self._learned(texts, found, faults)

    def _learned(
        self,
        texts: Sequence[bytes],
        found: list[list[Violation]],
        faults: dict[int, EventDecodeError],
    ) -> _Judged:
        """Learn from the lines that passed, though they were not accepted."""
        if not all(found):
            for index, violations in enumerate(found):
                if not violations and index not in faults:
                    self._acceptor.learn(texts[index], decode_event)
        return found, faults


_Judged = tuple[list[list[Violation]], dict[int, EventDecodeError]]


def _not_yet(_: bytes, __: Optional[int]) -> None:
    """Leave what is in doubt until all that is are read together."""


def _read(line: bytes, max_bytes: int) -> object:
    """Read a line.

    Raises:
        EventDecodeError: It is too long, or not JSON; the place is that in the line.
    """
    text = line[:-1]
    if len(text) > max_bytes:
        raise too_long(Place(), max_bytes)
    return decode_event(text)


def _are_longer(longest: int, lines: Sequence[bytes], together: bytes) -> bool:
    """Return whether one of some lines is longer."""
    return len(together) > longest and max(map(len, lines), default=0) > longest


def _kept(fault: EventDecodeError) -> EventDecodeError:
    """Copy a fault that was raised, since its frames hold the lines, and what it is kept in."""
    return Place().shifted(fault)
