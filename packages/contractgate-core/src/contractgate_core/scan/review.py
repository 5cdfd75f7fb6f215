"""Many records judged by one contract: which of them fail, and how often each rule is broken."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Optional

from contractgate_core.engine.few import Few, others_of
from contractgate_core.engine.judge import Judge
from contractgate_core.engine.keys import FewKeys, ManyKeys
from contractgate_core.engine.many import JudgedLines, Limits
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.lines import Block, blank_runs
from contractgate_core.events.place import Place, count_lines
from contractgate_core.events.record import too_long
from contractgate_core.events.stream import MAX_RECORD_BYTES, Record
from contractgate_core.results import Violation
from contractgate_core.scan.totals import (
    EVERYTHING,
    FailedRecord,
    Shown,
    Totals,
)

__all__ = ["Reviewer"]


class Reviewer:
    """Judges records or blocks of lines as they arrive.

    Args:
        judge: Judges by the contract.
        window: How many records form one batch for uniqueness rules; None for all of them.
        max_bytes: A longer line fails.
        now: The time for freshness rules, or None for the system's clock.
        shown: How much of the failing records is kept.

    Attributes:
        totals: The totals of all records so far.
    """

    def __init__(
        self,
        judge: Judge,
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
        self._judge = judge
        self._make_keys = ManyKeys if window is None else FewKeys
        self._uniqueness = self._judge.begin_uniqueness(self._make_keys)
        self._window = window
        self._max_bytes = max_bytes
        self._now = now

    @property
    def place(self) -> Place:
        """The place where the next line begins."""
        return Place(self._line, 1, self._offset)

    def begin_at(self, place: Place) -> None:
        """Begin at another place than the beginning of the input, before anything is judged."""
        self._line, _, self._offset = place

    @property
    def has_uniqueness(self) -> bool:
        """Whether the contract compares records with each other."""
        return bool(self._uniqueness)

    def close(self) -> None:
        """Forget the keys of uniqueness rules."""
        for rule in self._uniqueness:
            rule.close()

    def record(self, record: Record) -> Iterator[FailedRecord]:
        """Judge one record, and yield it if it fails."""
        violations: list[Violation] = []
        self._count()
        if record.error is None:
            size, most = len(record.text or b""), self._shown.most(self._has_failed)
            violations = self._judge.record(record.value, self._now, size, most)
            for rule in self._uniqueness:
                rule.check(record.value, violations)
        failing: list[FailedRecord] = []
        if violations or record.error is not None:
            failing = [self._failed(record.line, record.offset, violations, record.error)]
        self._has_failed += len(failing)
        return self.totals.giving(failing, self._records)

    def block(self, block: Block) -> Iterator[FailedRecord]:
        """Judge some lines, and yield the failing records."""
        # Before new records are made, so that the old ones are still in the processor's cache.
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
        limits = Limits(self._max_bytes, self._shown.most(self._has_failed))
        if self._uniqueness:
            return list(self._compared(text, limits))
        lines = self._judge.lines(text, self._now, limits)
        failing = self._failing(lines) if lines.unaccepted else []
        self._records += lines.number - len(lines.blank)
        self._pass(lines.number, len(text))
        return failing

    def _failing(self, lines: JudgedLines) -> list[FailedRecord]:
        """List the failing lines, where lines are not compared with each other."""
        unaccepted, blank, found, faults = lines.unaccepted, lines.blank, lines.found, lines.faults
        columns = (
            [self._records + 1 + index - bisect(blank, index) for index in unaccepted]
            if blank
            else _shifted(unaccepted, self._records + 1),
            _shifted(unaccepted, self._line),
            _begins(lines.lines, unaccepted, self._offset),
            found,
        )
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
        return failing

    def _compared(self, text: bytes, limits: Limits) -> Iterator[FailedRecord]:
        """Judge lines that are also compared with each other."""
        for line in self._judge.each_line(text, self._now, limits):
            if not line.is_blank:
                self._count()
                violations, fault = line.found, line.fault
                for rule, value in zip(self._uniqueness, line.compared):
                    rule.check_value(value, violations)
                if fault is not None:
                    fault = self.place.shifted(fault)
                if violations or fault is not None:
                    yield self._failed(self._line, self._offset, violations, fault)
            self._pass(1, line.size)

    def _pass(self, lines: int, size: int) -> None:
        self._line += lines
        self._offset += size

    def _count(self) -> None:
        if self._window is not None and self._records % self._window == 0:
            self._uniqueness = self._judge.begin_uniqueness(self._make_keys)
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


def _shifted(indexes: Sequence[int], by: int) -> Sequence[int]:
    if isinstance(indexes, range):  # which takes no time
        return range(by + indexes.start, by + indexes.stop)
    return [by + index for index in indexes]


def _begins(lines: Sequence[bytes], indexes: Sequence[int], offset: int) -> list[int]:
    """Return where some lines begin, if the first of all lines begins at an offset."""
    if len(indexes) == len(lines):
        return list(accumulate(map(len, lines[:-1]), initial=offset))
    begins: list[int] = []
    before = 0
    for index in indexes:
        offset += sum(map(len, lines[before:index]))
        begins.append(offset)
        before = index
    return begins
