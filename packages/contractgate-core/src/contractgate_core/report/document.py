"""A report for programs: one JSON document, written while the records come.

Its shape is described in docs/command-line.md; `version` grows when a program that reads it
would have to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Optional

import msgspec

from contractgate_core.contract.model import Contract
from contractgate_core.engine.review import FailedRecord, Totals
from contractgate_core.report.problems import Problem

__all__ = ["DOCUMENT_VERSION", "JsonReport", "document"]

DOCUMENT_VERSION = 1
"""The version of the documents' shape."""

_WRITTEN_TOGETHER = 1_000
"""So many violations are written at once."""


def document(**members: object) -> str:
    """Write a whole document at once, with its version first."""
    return _json({"version": DOCUMENT_VERSION, **members}) + "\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class JsonReport:
    """Writes the document of one input; `verdict` or `problem` ends it.

    Args:
        write: Takes the text.
        contract: By what the records are judged.
        file: Where the contract was read.
        data: The name of the input.
        max_failures: So many failing records are written; None for all.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        contract: Contract,
        file: str,
        data: str,
        *,
        max_failures: Optional[int],
    ) -> None:
        self._write = write
        self._max_failures = max_failures
        self._failures = 0
        shown = {"file": file, "name": contract.name, "version": contract.version}
        head = {"version": DOCUMENT_VERSION, "contract": shown, "data": data}
        write(f'{_json(head)[:-1]},"failures":[')

    def failure(self, failed: FailedRecord) -> None:
        """Write one failing record, if it is among the first."""
        if self._failures != self._max_failures:
            self._write(f"{',' if self._failures else ''}\n")
            for part in _failure(failed):
                self._write(part)
            self._failures += 1

    def verdict(self, totals: Totals, *, is_complete: bool) -> None:
        """Write what all records amount to."""
        self._end(totals=self._totals(totals, is_complete), passed=totals.failed == 0)

    def problem(self, problem: Problem, totals: Totals) -> None:
        """Write what ended the work before its time, and what was done until then."""
        self._end(totals=self._totals(totals, False), error=problem)

    def _end(self, **members: object) -> None:
        self._write(f"\n],{_json(members)[1:]}\n")

    def _totals(self, totals: Totals, is_complete: bool) -> dict[str, object]:
        return {
            "records": totals.records,
            "passed": totals.passed,
            "failed": totals.failed,
            "malformed": totals.malformed,
            "failures_not_shown": totals.failed - self._failures,
            "complete": is_complete,
            "violations": [
                {"field": field, "kind": kind, "count": count}
                for (field, kind), count in totals.violations.most_common()
            ],
        }


def _failure(failed: FailedRecord) -> Iterator[str]:
    """Write a failing record, in parts: it may have a million violations."""
    shown: dict[str, Any] = {
        "record": failed.record,
        "line": failed.line,
        "offset": failed.offset,
    }
    if failed.error is not None:
        error = failed.error
        shown["error"] = {
            "message": error.message,
            "line": error.line,
            "column": error.column,
            "offset": error.offset,
        }
        yield _json(shown)
        return
    yield f'{_json(shown)[:-1]},"violations":['
    for start in range(0, len(failed.violations), _WRITTEN_TOGETHER):
        part = [
            {"field": found.field, "kind": found.kind.value, "message": found.safe_message}
            for found in failed.violations[start : start + _WRITTEN_TOGETHER]
        ]
        yield f"{',' if start else ''}{_json(part)[1:-1]}"
    yield "]}"
