"""The bodies of ingest requests: many events in one text, with a result for each."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter_ns
from typing import Optional

from contractgate_core.engine.accept.acceptor import Row, Sifted
from contractgate_core.engine.judge import Judge
from contractgate_core.engine.rules import Uniqueness
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.body import decode_batch
from contractgate_core.events.decode import decode_event
from contractgate_core.events.lines import blank_runs, is_blank, read_blocks
from contractgate_core.events.place import Place
from contractgate_core.events.sources import BytesFile
from contractgate_core.results import ValidationResult, Violation

__all__ = ["BodyJudge"]


class BodyJudge:
    """Judges the events of one body.

    Args:
        judge: Judges by the contract.
        uniqueness: The rules that compare the events.
        now: The time for freshness rules, or None for the system's clock.
    """

    def __init__(self, judge: Judge, uniqueness: Sequence[Uniqueness], now: Optional[int]) -> None:
        self._judge = judge
        self._uniqueness = uniqueness
        self._now = now
        self._results: list[ValidationResult] = []
        self._place = Place()

    def array(self, text: bytes) -> list[ValidationResult]:
        """Judge an array of events, or one event.

        Raises:
            EventDecodeError: It is not JSON.
        """
        acceptor = self._judge.acceptor
        if not self._uniqueness or acceptor.unique:
            start = perf_counter_ns()
            rows = acceptor.accept_array(text, self._now)
            if rows is not None:
                self._accept(rows, perf_counter_ns() - start)
                return self._results
        for event in decode_batch(text):
            self._judge_value(event)
        return self._results

    def lines(self, text: bytes) -> list[ValidationResult]:
        """Judge one event a line.

        Raises:
            EventDecodeError: A line is not JSON; the place counts from the body's beginning.
        """
        for block in read_blocks(BytesFile(text), len(text)):
            for lines, blank in blank_runs(block.text or b""):
                if lines:
                    self._block(lines)
                self._place = self._place.after(blank)
        return self._results

    def _block(self, text: bytes) -> None:
        acceptor = self._judge.acceptor
        if not self._uniqueness or acceptor.unique:
            start = perf_counter_ns()
            sifted = acceptor.accept_lines(text, self._now)
            if not sifted.lines:
                self._accept(sifted.rows, perf_counter_ns() - start)
                before, _, offset = self._place
                self._place = Place(before + len(sifted.rows), 1, offset + len(text))
                return
        else:
            sifted = Sifted.untried(text)
        for row, line in zip(sifted.by_line(), sifted.lines):
            if row is not None:
                self._accept((row,), 0)
            elif not is_blank(line):
                self._line(line[:-1])
            number, _, offset = self._place
            self._place = Place(number + 1, 1, offset + len(line))

    def _line(self, line: bytes) -> None:
        try:
            value = decode_event(line)
        except EventDecodeError as error:
            raise self._place.shifted(error) from None
        if self._judge_value(value):
            self._judge.acceptor.learn(value)

    def _judge_value(self, value: object) -> bool:
        start = perf_counter_ns()
        violations = self._judge.violations(value, self._now)
        duration = (perf_counter_ns() - start) // 1000 if type(value) is dict else 0
        for rule in self._uniqueness:
            rule.check(value, violations)
        self._results.append(ValidationResult(not violations, violations, duration))
        return not violations

    def _accept(self, rows: Sequence[Row], nanoseconds: int) -> None:
        """Add the results of events that were accepted together."""
        duration = nanoseconds // 1000 // len(rows) if rows else 0
        if not self._uniqueness:
            self._results += [ValidationResult(True, [], duration) for _ in rows]
            return
        getters = self._judge.acceptor.unique or ()
        for row in rows:
            violations: list[Violation] = []
            for rule, get in zip(self._uniqueness, getters):
                rule.check_value(get(row), violations)
            self._results.append(ValidationResult(not violations, violations, duration))
