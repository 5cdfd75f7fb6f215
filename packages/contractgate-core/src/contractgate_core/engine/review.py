"""Many records through one contract: which of them fail, and how many of what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Optional

import msgspec

from contractgate_core.engine.accept import Row
from contractgate_core.engine.keys import FewKeys, ManyKeys
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_core.events.lines import BLANK_LINES, Block
from contractgate_core.events.place import Place
from contractgate_core.events.record import too_long
from contractgate_core.events.stream import MAX_RECORD_BYTES, Record
from contractgate_core.results import Violation

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

    def count(self, failed: FailedRecord) -> None:
        """Take a failed record in, but for `records`."""
        self.failed += 1
        self.malformed += failed.error is not None
        counts = self.violations
        for violation in failed.violations:
            field, kind = violation.field, str(violation.kind)
            if "[" in field:
                field = _INDEX.sub("[]", field)
            count = counts.get((field, kind), 0)
            if count or len(counts) < _MOST_COUNTED:
                counts[field, kind] = count + 1
            else:
                counts[OTHER_FIELDS, kind] += 1


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

    def record(self, record: Record) -> Optional[FailedRecord]:
        """Judge one record; give it back if it fails."""
        self._count()
        violations: list[Violation] = []
        if record.error is None:
            violations = self._judge.violations(record.value, self._now)
            for rule in self._uniqueness:
                rule.check(record.value, violations)
            if not violations:
                return None
        return self._failed(record.line, record.offset, violations, record.error)

    def block(self, block: Block) -> Iterator[FailedRecord]:
        """Judge some lines; give the records that fail."""
        if block.text is None:
            self._count()
            yield self._broken(too_long(self.place, self._max_bytes))
            self._line += 1
            self._offset += block.size
            return
        acceptor = self._judge.acceptor
        rows: Sequence[Optional[Row]] = ()
        lines: Sequence[bytes] = ()
        if block.size - 1 <= self._max_bytes and (not self._uniqueness or acceptor.unique):
            rows, lines = acceptor.accept_lines(block.text, self._now)
            if not lines and not self._uniqueness:
                self.totals.records += len(rows)
                self._line += len(rows)
                self._offset += block.size
                return
        lines = lines or block.text.split(b"\n")[:-1]
        if self._uniqueness:
            yield from self._compared(rows, lines)
            return
        # Most lines are accepted: they are passed over together.
        start = 0
        for index in [index for index, row in enumerate(rows or lines) if not rows or row is None]:
            if index > start:
                self.totals.records += index - start
                self._pass(lines[start:index])
            line = lines[index]
            failed = self._exact(line)
            if failed is not None:
                yield failed
            self._line += 1
            self._offset += len(line) + 1
            start = index + 1
        self.totals.records += len(lines) - start
        self._pass(lines[start:])

    def _compared(
        self, rows: Sequence[Optional[Row]], lines: Sequence[bytes]
    ) -> Iterator[FailedRecord]:
        """Judge lines that are compared with each other, too."""
        for row, line in zip(rows or repeat(None), lines):
            failed = self._exact(line) if row is None else self._row(row)
            if failed is not None:
                yield failed
            self._pass((line,))

    def _pass(self, lines: Sequence[bytes]) -> None:
        self._line += len(lines)
        self._offset += sum(map(len, lines)) + len(lines)

    def _row(self, row: Row) -> Optional[FailedRecord]:
        """Judge an event that was accepted."""
        self._count()
        violations: list[Violation] = []
        for rule, get in zip(self._uniqueness, self._judge.acceptor.unique or ()):
            rule.check_value(get(row), violations)
        return self._failed(self._line, self._offset, violations) if violations else None

    def _exact(self, line: bytes) -> Optional[FailedRecord]:
        """Judge a line exactly."""
        size = len(line)
        if size < _BLANK_BYTES and line in BLANK_LINES:
            return None
        self._count()
        if size > self._max_bytes:
            return self._broken(too_long(self.place, self._max_bytes))
        try:
            value = decode_event(line)
        except EventDecodeError as error:
            return self._broken(self.place.shifted(error))
        violations = self._judge.violations(value, self._now)
        for rule in self._uniqueness:
            rule.check(value, violations)
        if violations:
            return self._failed(self._line, self._offset, violations)
        self._judge.acceptor.learn(value)
        return None

    def _count(self) -> None:
        if self._window is not None and self.totals.records % self._window == 0:
            self._uniqueness = self._begin(self._make_keys)
        self.totals.records += 1

    def _broken(self, error: EventDecodeError) -> FailedRecord:
        return self._failed(self._line, self._offset, [], error)

    def _failed(
        self,
        line: int,
        offset: int,
        violations: list[Violation],
        error: Optional[EventDecodeError] = None,
    ) -> FailedRecord:
        failed = FailedRecord(self.totals.records, line, offset, violations, error)
        self.totals.count(failed)
        return failed
