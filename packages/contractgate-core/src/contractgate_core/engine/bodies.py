"""The bodies of ingest requests: many events in one text, with a result for each."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter_ns
from typing import Optional

from contractgate_core.engine.judge import NO_OBJECT, Judge
from contractgate_core.engine.keys import FewKeys
from contractgate_core.engine.many import JudgedLines
from contractgate_core.events.lines import blank_runs, read_blocks
from contractgate_core.events.place import Place
from contractgate_core.events.sources import BytesFile
from contractgate_core.results import ValidationResult, Violation

__all__ = ["BodyJudge"]


class BodyJudge:
    """Judges the events of one body.

    Args:
        judge: Judges by the contract.
        now: The time for freshness rules, or None for the system's clock.
    """

    def __init__(self, judge: Judge, now: Optional[int]) -> None:
        self._judge = judge
        self._now = now
        self._uniqueness = judge.begin_uniqueness(FewKeys)
        self._results: list[ValidationResult] = []
        self._place = Place()

    def array(self, text: bytes) -> list[ValidationResult]:
        """Judge an array of events, or one event.

        Raises:
            EventDecodeError: It is not JSON.
        """
        start = perf_counter_ns()
        found, compared = self._judge.array(text, self._now, are_compared=bool(self._uniqueness))
        for violations, values in zip(found, compared):
            self._compare(values, violations)
        self._add(found, start)
        return self._results

    def lines(self, text: bytes) -> list[ValidationResult]:
        """Judge one event per line.

        Raises:
            EventDecodeError: A line is not JSON; the place counts from the beginning of the body.
        """
        for block in read_blocks(BytesFile(text), len(text)):
            for lines, blank in blank_runs(block.text or b""):
                if lines and self._uniqueness:
                    self._compared_block(lines)
                elif lines:
                    self._block(lines)
                self._place = self._place.after(blank)
        return self._results

    def _block(self, text: bytes) -> None:
        start = perf_counter_ns()
        lines = self._judge.lines(text, self._now)
        if lines.faults:
            at = min(lines.faults)
            index = lines.unaccepted[at]
            self._pass(index, sum(map(len, lines.lines[:index])))
            raise self._place.shifted(lines.faults[at])
        self._add(_of_events(lines), start)
        self._pass(lines.number, len(text))

    def _compared_block(self, text: bytes) -> None:
        start = perf_counter_ns()
        found: list[list[Violation]] = []
        for line in self._judge.each_line(text, self._now):
            if line.fault is not None:
                raise self._place.shifted(line.fault)
            if not line.is_blank:
                found.append(line.found)
                self._compare(line.compared, line.found)
            self._pass(1, line.size)
        self._add(found, start)

    def _compare(self, values: Sequence[object], violations: list[Violation]) -> None:
        for rule, value in zip(self._uniqueness, values):
            rule.check_value(value, violations)

    def _pass(self, lines: int, size: int) -> None:
        before, _, offset = self._place
        self._place = Place(before + lines, 1, offset + size)

    def _add(self, found: Sequence[list[Violation]], start: int) -> None:
        """Add the results of events that were judged together, beginning at `start`."""
        mean = (perf_counter_ns() - start) // 1000 // max(len(found), 1)
        self._results += [
            ValidationResult(not one, one, 0 if one and one[0] is NO_OBJECT else mean)
            for one in found
        ]


def _of_events(lines: JudgedLines) -> list[list[Violation]]:
    """List the violations of each line that is not blank."""
    if not lines.unaccepted and not lines.blank:
        return [[] for _ in range(lines.number)]
    found = dict(zip(lines.unaccepted, lines.found))
    blank = {*lines.blank}
    return [found.get(index, []) for index in range(lines.number) if index not in blank]
