"""A report to be read at a glance: failing records first, then what they amount to."""

from __future__ import annotations

from collections.abc import Callable

from contractgate_core.contract.model import Contract
from contractgate_core.engine.review import FailedRecord, Totals
from contractgate_core.report.problems import Problem
from contractgate_core.report.text import Paint, counted, printable
from contractgate_core.results import Violation

__all__ = ["MOST_VIOLATIONS", "HumanReport"]

MOST_VIOLATIONS = 20
"""So many violations of a record are written."""
_MOST_KINDS = 20


class HumanReport:
    """Writes the report of one input.

    Args:
        write: Takes the text.
        paint: Colours it, or leaves it as it is.
        contract: By what the records are judged.
        data: The name of the input.
        max_failures: So many failing records are written.
        quiet: Nothing is written but one line, and that only if something failed.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        paint: Paint,
        contract: Contract,
        data: str,
        *,
        max_failures: int,
        quiet: bool,
    ) -> None:
        self._write = write
        self._paint = paint
        self._name = printable(f"{contract.name} {contract.version}")
        self._data = printable(data)
        self._left = 0 if quiet else max_failures
        self._hidden = 0
        self._quiet = quiet

    def failure(self, failed: FailedRecord) -> None:
        """Write one failing record, if it is among the first."""
        if self._left == 0:
            self._hidden += 1
            return
        self._left -= 1
        violations = len(failed.violations) + sum((failed.others or {}).values())
        line, what = str(failed.line), f"has {counted(violations, 'violation')}"
        if failed.error is not None:
            line = f"{failed.error.line}:{failed.error.column}"
            what = f"is not JSON: {printable(failed.error.message)}"
        place = self._paint("place", f"{self._data}:{line}:")
        self._write(f"{place} record {failed.record:,} {what}\n")
        self._write("".join(map(self._violation, failed.violations[:MOST_VIOLATIONS])))
        more = violations - MOST_VIOLATIONS
        if more > 0:
            self._write(f"    … and {counted(more, 'more violation')}\n")

    def _violation(self, found: Violation) -> str:
        message = printable(found.safe_message or found.field)
        return f"    {self._paint('rule', found.kind.value)}  {message}\n"

    def verdict(self, totals: Totals, *, is_complete: bool) -> None:
        """Write what all records amount to."""
        self._write_table(totals)
        if totals.failed:
            rest = "" if is_complete else "; stopped at the first failure"
            self._write_line("bad", "FAILED", f"{self._counts(totals)}{rest}")
        elif not self._quiet:
            self._write_line("good", "PASSED", self._counts(totals))

    def problem(self, _: Problem, totals: Totals) -> None:
        """Write what was done until a problem, which is told elsewhere, ended the work."""
        self._write_table(totals)
        self._write_line("bad", "STOPPED", f"so far, {self._counts(totals)}")

    def _write_line(self, style: str, word: str, text: str) -> None:
        self._write(f"{self._paint(style, word)}  {self._data}: {text}\n")

    def _counts(self, totals: Totals) -> str:
        passed = f"{totals.passed:,} of {counted(totals.records, 'event')} pass {self._name}"
        failed = f", {totals.failed:,} failed" if totals.failed else ""
        malformed = f", {totals.malformed:,} of them not JSON" if totals.malformed else ""
        return f"{passed}{failed}{malformed}"

    def _write_table(self, totals: Totals) -> None:
        if self._quiet or not totals.failed:
            return
        if self._hidden:
            shown = f"… and {counted(self._hidden, 'more failing record')} (see --max-failures)"
            self._write(self._paint("dim", shown) + "\n")
        self._write(f"\n{self._table(totals)}\n")

    def _table(self, totals: Totals) -> str:
        rows = [
            (count, kind, printable(field))
            for (field, kind), count in totals.violations.most_common(_MOST_KINDS)
        ]
        if totals.malformed:
            rows.append((totals.malformed, "not JSON", ""))
        width = max(len(kind) for _, kind, _ in rows)
        lines = [
            f"{count:>8,}  {self._paint('rule', kind.ljust(width))}  {field}".rstrip()
            for count, kind, field in rows
        ]
        more = len(totals.violations) - _MOST_KINDS
        lines += [f"          … and {more:,} more of field and kind"] if more > 0 else []
        return "\n".join(lines) + "\n"
