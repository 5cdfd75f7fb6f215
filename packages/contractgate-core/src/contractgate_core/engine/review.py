"""Many records through one contract: which of them fail, and how many of what."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Optional, cast

from contractgate_core.engine.accept.acceptor import Row, Sifted
from contractgate_core.engine.few import OTHER_FIELDS, Few, others_of
from contractgate_core.engine.keys import FewKeys, ManyKeys
from contractgate_core.engine.totals import (
    EVERYTHING,
    FailedRecord,
    Shown,
    Totals,
)
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import MSGSPEC_ERRORS, decode_event, decoder_of, fault_in
from contractgate_core.events.lines import (
    MOST_BLANK_BYTES,
    Block,
    blank_runs,
    is_blank,
    split_lines,
)
from contractgate_core.events.place import Place, count_lines
from contractgate_core.events.record import too_long
from contractgate_core.events.stream import MAX_RECORD_BYTES, Record
from contractgate_core.results import Violation

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract

__all__ = ["OTHER_FIELDS", "FailedRecord", "Reviewer", "Shown", "Totals"]

_Judged = tuple[list[list[Violation]], dict[int, EventDecodeError]]

_LONG = 2**16
"""A record of so many bytes has few enough violations to keep them all."""


class Reviewer:
    """Judges records, or blocks of lines, as they come.

    Args:
        compiled: The contract.
        window: So many records are one batch for uniqueness rules; None for all of them.
        max_bytes: A longer line fails.
        now: The time for freshness rules, or None for the system's clock.
        shown: What of the failing records is kept.

    Attributes:
        totals: What all records so far amount to.
    """

    def __init__(
        self,
        compiled: CompiledContract,
        *,
        window: Optional[int] = None,
        max_bytes: int = MAX_RECORD_BYTES,
        now: Optional[int] = None,
        shown: Shown = EVERYTHING,
    ) -> None:
        self.totals = Totals()
        self._shown = shown
        self._has_failed = 0
        self._records = 0
        self._line = 1
        self._offset = 0
        self._judge = compiled.judge
        self._begin = compiled.begin_uniqueness
        self._make_keys = ManyKeys if window is None else FewKeys
        self._uniqueness = self._begin(self._make_keys)
        self._window = window
        self._max_bytes = max_bytes
        self._now = now

    @property
    def place(self) -> Place:
        """Where the next line begins."""
        return Place(self._line, 1, self._offset)

    def begin_at(self, place: Place) -> None:
        """Begin elsewhere than at the beginning of the input; nothing was judged yet."""
        self._line, _, self._offset = place

    @property
    def has_uniqueness(self) -> bool:
        """Whether the contract compares records with each other."""
        return bool(self._uniqueness)

    def close(self) -> None:
        """Forget what uniqueness rules needed."""
        for rule in self._uniqueness:
            rule.close()

    def record(self, record: Record) -> Iterator[FailedRecord]:
        """Judge one record; give it back if it fails."""
        violations: list[Violation] = []
        self._count()
        if record.error is None:
            violations = self._find(record.value, len(record.text or b""))
            for rule in self._uniqueness:
                rule.check(record.value, violations)
        failing: list[FailedRecord] = []
        if violations or record.error is not None:
            failing = [self._failed(record.line, record.offset, violations, record.error)]
        self._has_failed += len(failing)
        return self.totals.giving(failing, self._records)

    def _find(self, value: object, size: int) -> list[Violation]:
        """Find the violations of a record of so many bytes, or as many of them as are kept."""
        most = self._shown.most(self._has_failed) if size > _LONG else None
        if most is None:
            return self._judge.violations(value, self._now)
        few = Few(most)
        self._judge.report_violations(value, self._now, few)
        return few

    def block(self, block: Block) -> Iterator[FailedRecord]:
        """Judge some lines; give the records that fail."""
        # Before others are made, so that these are in the processor's cache.
        self.totals.settle()
        if block.text is None:
            self._count()
            error = too_long(self.place, self._max_bytes)
            failing = [self._failed(self._line, self._offset, [], error)]
            self._pass(1, block.size)
        else:
            failing = []
            for lines, blank in blank_runs(block.text):
                failing += self._lines(lines) if lines else []
                self._pass(count_lines(blank), len(blank))
        self._has_failed += len(failing)
        return self.totals.giving(failing, self._records)

    def _lines(self, text: bytes) -> list[FailedRecord]:
        acceptor, size = self._judge.acceptor, len(text)
        if size - 1 <= self._max_bytes and (not self._uniqueness or acceptor.unique):
            sifted = acceptor.accept_lines(text, self._now)
        else:
            sifted = Sifted.untried(text)
        if self._uniqueness:
            return list(self._compared(sifted, sifted.lines or split_lines(text)))
        failing = self._refused(sifted, text) if sifted.refused else []
        self._records += len(sifted.rows)
        self._pass(len(sifted.lines) or len(sifted.rows), size)
        return failing

    def _refused(self, sifted: Sifted, text: bytes) -> list[FailedRecord]:
        """Judge the lines of a text that are not accepted, where none are compared with others."""
        lines, refused, blank = sifted.lines, sifted.refused, list[int]()
        texts = [lines[index] for index in refused] if sifted.rows else lines
        if min(map(len, texts)) <= MOST_BLANK_BYTES:
            blank = [index for index in refused if is_blank(lines[index])]
            refused = sorted({*refused} - {*blank})
            texts = [lines[index] for index in refused]
        found, faults = self._judged(texts, b"".join(texts) if len(texts) < len(lines) else text)
        first, above = self._records + 1, self._line
        begins = _begins(lines, refused, self._offset)
        columns = (
            [first + index - bisect(blank, index) for index in refused]
            if blank
            else [first + index for index in refused],
            [above + index for index in refused],
            begins,
            found,
        )
        self._records += len(refused)
        if all(found) and Few not in map(type, found):
            return list(map(FailedRecord, *columns))
        failing: list[FailedRecord] = []
        for index, (record, line, begin, violations) in enumerate(zip(*columns)):
            if index in faults:
                error = Place(line, 1, begin).shifted(faults[index])
                failing.append(FailedRecord(record, line, begin, [], error))
            elif violations:
                others = others_of(violations)
                failing.append(FailedRecord(record, line, begin, violations, None, others))
            else:
                self._judge.acceptor.learn(texts[index], decode_event)
        return failing

    def _judged(self, texts: Sequence[bytes], together: bytes) -> _Judged:
        """Find the violations of each line, and of lines that cannot be read, by index, why."""
        if self._shown != EVERYTHING and _are_longer(_LONG, texts, together):
            return self._judged_one_by_one(texts)
        find_roughly = self._judge.violations_roughly
        longest = self._max_bytes + len(b"\n")
        if find_roughly is None or _are_longer(longest, texts, together):
            return self._judged_exactly(texts, together)
        found = list(map(find_roughly, texts, repeat(self._now)))
        doubtful = [index for index, violations in enumerate(found) if violations is None]
        again = [texts[index] for index in doubtful]
        exactly, faults = self._judged_exactly(again, b"".join(again))
        for index, violations in zip(doubtful, exactly):
            found[index] = violations
        judged = cast("list[list[Violation]]", found)  # None is left nowhere
        return judged, {doubtful[index]: fault for index, fault in faults.items()}

    def _judged_exactly(self, texts: Sequence[bytes], together: bytes) -> _Judged:
        """Do that by the exact reader."""
        find, now = self._judge.violations, self._now
        are_long = _are_longer(self._max_bytes + len(b"\n"), texts, together)
        read = self._read if are_long else decoder_of(texts, together)
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
                fault_found = fault_in(texts[len(found)][:-1])
                if fault_found is None:  # The end of the line, or the checks, were to blame.
                    found.append(find(self._read(texts[len(found)]), now))
                else:
                    faults[len(found)] = fault_found
                    found.append([])
            else:
                return found, faults

    def _judged_one_by_one(self, texts: Sequence[bytes]) -> _Judged:
        """Do that with no more violations of a long line than are kept."""
        found: list[list[Violation]] = []
        faults: dict[int, EventDecodeError] = {}
        for index, text in enumerate(texts):
            try:
                found.append(self._find(self._read(text), len(text)))
            except EventDecodeError as fault:
                faults[index] = _kept(fault)
                found.append([])
        return found, faults

    def _read(self, line: bytes) -> object:
        """Read a line.

        Raises:
            EventDecodeError: It is too long, or not JSON; the place is that in the line.
        """
        text = line[:-1]
        if len(text) > self._max_bytes:
            raise too_long(Place(), self._max_bytes)
        return decode_event(text)

    def _compared(self, sifted: Sifted, lines: Iterable[bytes]) -> Iterator[FailedRecord]:
        """Judge lines that are compared with each other, too."""
        for row, line in zip(sifted.by_line(), lines):
            if row is not None or not is_blank(line):
                self._count()
                failed = self._line_of(line) if row is None else self._row(row)
                if failed is not None:
                    yield failed
            self._pass(1, len(line))

    def _pass(self, lines: int, size: int) -> None:
        self._line += lines
        self._offset += size

    def _row(self, row: Row) -> Optional[FailedRecord]:
        """Compare an event that was accepted."""
        violations: list[Violation] = []
        for rule, get in zip(self._uniqueness, self._judge.acceptor.unique or ()):
            rule.check_value(get(row), violations)
        return self._failed(self._line, self._offset, violations) if violations else None

    def _line_of(self, line: bytes) -> Optional[FailedRecord]:
        """Judge and compare an event that was not."""
        try:
            value = self._read(line)
        except EventDecodeError as fault:
            return self._failed(self._line, self._offset, [], self.place.shifted(fault))
        violations = self._find(value, len(line))
        for rule in self._uniqueness:
            rule.check(value, violations)
        if violations:
            return self._failed(self._line, self._offset, violations)
        self._judge.acceptor.learn(value)
        return None

    def _count(self) -> None:
        if self._window is not None and self._records % self._window == 0:
            self._uniqueness = self._begin(self._make_keys)
        self._records += 1

    def _failed(
        self,
        line: int,
        offset: int,
        violations: list[Violation],
        error: Optional[EventDecodeError] = None,
    ) -> FailedRecord:
        others = others_of(violations)
        return FailedRecord(self._records, line, offset, violations, error, others)


def _are_longer(longest: int, lines: Sequence[bytes], together: bytes) -> bool:
    """Return whether one of some lines is longer."""
    return len(together) > longest and max(map(len, lines), default=0) > longest


def _kept(fault: EventDecodeError) -> EventDecodeError:
    """Copy a fault that was raised, since its frames hold the lines, and what it is kept in."""
    return Place().shifted(fault)


def _begins(lines: Sequence[bytes], indexes: Sequence[int], offset: int) -> list[int]:
    """Tell where some lines begin, of which the first one begins at an offset."""
    if len(indexes) == len(lines):
        return list(accumulate(map(len, lines[:-1]), initial=offset))
    begins: list[int] = []
    before = 0
    for index in indexes:
        offset += sum(map(len, lines[before:index]))
        begins.append(offset)
        before = index
    return begins
