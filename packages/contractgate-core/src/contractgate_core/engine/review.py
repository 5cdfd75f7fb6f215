"""Many records through one contract: which of them fail, and how many of what."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Optional

import msgspec

from contractgate_core.engine.accept import Row, Sifted
from contractgate_core.engine.keys import FewKeys, ManyKeys
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import MSGSPEC_ERRORS, decode_event, decoder_of
from contractgate_core.events.lines import BLANK_LINES, Block
from contractgate_core.events.place import Place
from contractgate_core.events.record import too_long
from contractgate_core.events.stream import MAX_RECORD_BYTES, Record
from contractgate_core.results import Violation, ViolationKind

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract

__all__ = ["OTHER_FIELDS", "FailedRecord", "Reviewer", "Totals"]

OTHER_FIELDS = "(other fields)"
"""Stands for the fields beyond the first thousand, which only hostile events name."""

_MOST_COUNTED = 1_000
_BLANK_BYTES = 2
"""Shorter lines may be blank; asking a set about a long line costs something."""

_INDEX = re.compile(r"\[\d+\]")


class FailedRecord(msgspec.Struct, frozen=True):
    """A record that breaks its contract or is no JSON.

    Attributes:
        record: Which record of the input this is, from 1.
        line: The line on which it begins, from 1.
        offset: Where it begins, in bytes of the decompressed input, from 0.
        violations: Every broken rule, in the gateway's order; empty if it could not be read.
        error: Why it could not be read, with the place in the whole input, or None.
    """

    record: int
    line: int
    offset: int
    violations: list[Violation]
    error: Optional[EventDecodeError] = None


class Totals:
    """What the records that were judged so far amount to.

    Attributes:
        records: How many were judged.
        failed: How many of them broke a rule or could not be read.
        malformed: How many of those could not be read.
        violations: How often each rule was broken, by the field's path and the kind's word; the
            elements of a list are counted together, as `items[].price`.
    """

    def __init__(self) -> None:
        self.records = 0
        self.failed = 0
        self.malformed = 0
        self.violations: Counter[tuple[str, str]] = Counter()

    @property
    def passed(self) -> int:
        """How many records broke no rule."""
        return self.records - self.failed

    def counted(self, failing: Iterable[FailedRecord], records: int) -> Iterator[FailedRecord]:
        """Give failed records, each when it and the ones before it are counted.

        Args:
            failing: The next ones that failed.
            records: How many records there are when these and the ones behind them are judged.
        """
        counts = self.violations
        for failed in failing:
            self.records = failed.record
            self.failed += 1
            if failed.error is not None:
                self.malformed += 1
            for violation in failed.violations:
                place = (violation.field, violation.kind)
                if place in counts:
                    counts[place] += 1
                else:
                    self._count_first(*place)
            yield failed
        self.records = records

    def _count_first(self, field: str, kind: ViolationKind) -> None:
        """Count a violation in an element of a list, or one that has not been counted before."""
        place = (_INDEX.sub("[]", field), str(kind))
        if place not in self.violations and len(self.violations) >= _MOST_COUNTED:
            place = (OTHER_FIELDS, str(kind))
        self.violations[place] += 1


class Reviewer:
    """Judges records, or blocks of lines, as they come.

    Args:
        compiled: The contract.
        window: So many records are one batch for uniqueness rules; None for all of them.
        max_bytes: A longer line fails.
        now: The time for freshness rules, or None for the system's clock.

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
    ) -> None:
        self.totals = Totals()
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
            violations = self._judge.violations(record.value, self._now)
            for rule in self._uniqueness:
                rule.check(record.value, violations)
            if not violations:
                self.totals.records = self._records
                return
        failed = self._failed(record.line, record.offset, violations, record.error)
        yield from self.totals.counted([failed], self._records)

    def block(self, block: Block) -> Iterator[FailedRecord]:
        """Judge some lines; give the records that fail."""
        if block.text is None:
            self._count()
            error = too_long(self.place, self._max_bytes)
            failing = [self._failed(self._line, self._offset, [], error)]
            self._pass(1, block.size)
        else:
            failing = self._lines(block.text, block.size)
        yield from self.totals.counted(failing, self._records)

    def _lines(self, text: bytes, size: int) -> list[FailedRecord]:
        acceptor = self._judge.acceptor
        if size - 1 <= self._max_bytes and (not self._uniqueness or acceptor.unique):
            sifted = acceptor.accept_lines(text, self._now)
        else:
            lines = text.split(b"\n")[:-1]
            sifted = Sifted((), range(len(lines)), lines)
        if self._uniqueness:
            return list(self._compared(sifted, text.split(b"\n")))
        failing = self._refused(sifted) if sifted.refused else []
        self._records += len(sifted.rows)
        self._pass(len(sifted.lines) or len(sifted.rows), size)
        return failing

    def _refused(self, sifted: Sifted) -> list[FailedRecord]:
        """Judge the lines that are not accepted, where none are compared with others."""
        lines, refused = sifted.lines, sifted.refused
        blank = [index for index in refused if _is_blank(lines[index])]
        if blank:
            refused = sorted({*refused} - {*blank})
        read = self._reader([lines[index] for index in refused])
        find, learn, now = self._judge.violations, self._judge.acceptor.learn, self._now
        first, line = self._records + 1, self._line
        begins = list(accumulate(map(len, lines), initial=self._offset))
        failing: list[FailedRecord] = []
        for index in refused:
            begin = begins[index] + index
            record = first + index - (bisect(blank, index) if blank else 0)
            try:
                try:
                    value = read(lines[index])
                except MSGSPEC_ERRORS:
                    value = self._read(lines[index])  # It can say what is wrong.
            except EventDecodeError as fault:
                error = Place(line + index, 1, begin).shifted(fault)
                failing.append(FailedRecord(record, line + index, begin, [], error))
                continue
            violations = find(value, now)
            if violations:
                failing.append(FailedRecord(record, line + index, begin, violations))
            else:
                learn(value)
        self._records += len(refused)
        return failing

    def _reader(self, lines: Sequence[bytes]) -> Callable[[bytes], object]:
        """Give what reads some lines; see `decoder_of`."""
        is_any_too_long = max(map(len, lines), default=0) > self._max_bytes
        return self._read if is_any_too_long else decoder_of(lines)

    def _read(self, line: bytes) -> object:
        """Read a line.

        Raises:
            EventDecodeError: It is too long, or not JSON; the place is that in the line.
        """
        if len(line) > self._max_bytes:
            raise too_long(Place(), self._max_bytes)
        return decode_event(line)

    def _compared(self, sifted: Sifted, lines: Iterable[bytes]) -> Iterator[FailedRecord]:
        """Judge lines that are compared with each other, too."""
        for row, line in zip(sifted.by_line(), lines):
            if row is not None or not _is_blank(line):
                self._count()
                failed = self._line_of(line) if row is None else self._row(row)
                if failed is not None:
                    yield failed
            self._pass(1, len(line) + 1)

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
        violations = self._judge.violations(value, self._now)
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
        return FailedRecord(self._records, line, offset, violations, error)


def _is_blank(line: bytes) -> bool:
    return len(line) < _BLANK_BYTES and line in BLANK_LINES
