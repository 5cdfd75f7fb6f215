"""A report for programs: one JSON document, written as the records arrive.

docs/command-line.md describes its shape; `version` grows when programs that read it would have to
change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional

import msgspec

from contractgate_core.contract.model import Contract
from contractgate_core.report.problems import Problem, file_name
from contractgate_core.results import Violation
from contractgate_core.scan.totals import FailedRecord, Totals

__all__ = ["DOCUMENT_VERSION", "JsonReport", "document"]

DOCUMENT_VERSION = 1
"""The version of the document's shape."""

_WRITTEN_TOGETHER = 1_000
"""How many violations are written at once."""


def document(**members: object) -> str:
    """Write a whole document at once, with its version first."""
    return _json({"version": DOCUMENT_VERSION, **members}) + "\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class JsonReport:
    """Writes one document about some inputs; `end` completes it.

    Args:
        write: Takes the text.
        contract: The contract that judges the records.
        file: The file that the contract was read from.
        inputs: How many inputs there are; with several, the parts on each are members of `inputs`.
        max_failures: How many failing records are written; None for all.
        min_events: The least number of events that is expected.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        contract: Contract,
        file: str,
        *,
        inputs: int,
        max_failures: Optional[int],
        min_events: int,
    ) -> None:
        self._write = write
        self._max_failures = max_failures
        self._min_events = min_events
        self._shown = 0
        self._shown_before = 0
        self._is_one = inputs == 1
        self._closing = ""
        self._last: dict[str, object] = {}
        head = {"file": file, "name": contract.name, "version": contract.version}
        self._head = {"version": DOCUMENT_VERSION, "contract": head}
        if not self._is_one:
            write(f'{_json(self._head)[:-1]},"inputs":[')
            self._head = {}
        self._is_first = True

    def begin(self, data: str) -> None:
        """Begin the part on an input."""
        between = "" if self._is_one else "\n" if self._is_first else ",\n"
        self._write(f'{between}{_json({**self._head, "data": file_name(data)})[:-1]},"failures":[')
        self._is_first = False
        self._shown_before = self._shown

    def failure(self, failed: FailedRecord) -> None:
        """Write one failing record, if it is among the first."""
        if self._shown == self._max_failures:
            return
        between = "\n" if self._shown == self._shown_before else ",\n"
        self._write(between + _begun(failed))
        self._shown += 1
        # The rest follows in parts: there may be a million violations, and an interrupt among them.
        self._closing = "]}" if failed.error is None else ""
        for part in _written(failed.violations):
            self._write(part)
        self._end_failure()

    def _end_failure(self) -> None:
        if self._closing:
            self._write(self._closing)
            self._closing = ""

    def verdict(self, totals: Totals, *, is_complete: bool) -> None:
        """Write the totals of the input's records."""
        self._end_input(totals, is_complete, passed=not totals.failed)

    def problem(self, problem: Problem, totals: Totals) -> None:
        """Write what ended the input early, and the totals until then."""
        self._end_input(totals, False, error=problem)

    def unopened(self, data: str, problem: Problem) -> None:
        """Write why an input could not be read at all."""
        if self._is_one:
            self._write(document(error=problem))
            return
        self.begin(data)
        self.problem(problem, Totals())

    def _end_input(self, totals: Totals, is_complete: bool, **more: object) -> None:
        self._end_failure()
        shown = _totals(totals, self._shown - self._shown_before, is_complete=is_complete)
        self._last = {"totals": shown, **more}
        if not self._is_one:
            self._write(f"\n],{_json(self._last)[1:]}")

    def end(self, totals: Totals, *, is_complete: bool, passed: bool) -> None:
        """Write the totals of all inputs, and whether they are as expected."""
        if self._is_one and not self._last:
            return  # It was not opened.
        shown = {"totals": _totals(totals, self._shown, is_complete=is_complete)}
        last = {**(self._last if self._is_one else shown), "passed": passed}
        if self._min_events:
            last["min_events"] = self._min_events
        self._write(f"\n],{_json(last)[1:]}\n")


def _totals(totals: Totals, shown: int, *, is_complete: bool) -> dict[str, object]:
    return {
        "records": totals.records,
        "passed": totals.passed,
        "failed": totals.failed,
        "malformed": totals.malformed,
        "failures_not_shown": totals.failed - shown,
        "complete": is_complete,
        "violations": [
            {"field": field, "kind": kind, "count": count}
            for (field, kind), count in totals.violations.most_common()
        ],
    }


def _begun(failed: FailedRecord) -> str:
    """Write a failing record; if it could be read, up to its violations."""
    shown: dict[str, Any] = {
        "record": failed.record,
        "line": failed.line,
        "offset": failed.offset,
    }
    error = failed.error
    if error is None:
        return f'{_json(shown)[:-1]},"violations":['
    shown["error"] = {
        "message": error.message,
        "line": error.line,
        "column": error.column,
        "offset": error.offset,
    }
    return _json(shown)


def _written(violations: Sequence[Violation]) -> Iterator[str]:
    """Write violations, in parts."""
    for start in range(0, len(violations), _WRITTEN_TOGETHER):
        part = [
            {"field": found.field, "kind": found.kind.value, "message": found.safe_message}
            for found in violations[start : start + _WRITTEN_TOGETHER]
        ]
        yield f"{',' if start else ''}{_json(part)[1:-1]}"
