"""A report to be read at a glance: failing records first, then what they amount to."""

from __future__ import annotations

from collections.abc import Callable

from contractgate_core.contract.model import Contract
from contractgate_core.report.problems import Problem, input_name
from contractgate_core.report.text import Paint, counted, printable
from contractgate_core.results import Violation
from contractgate_core.scan.review import FailedRecord, Totals

__all__ = ["MOST_VIOLATIONS", "HumanReport"]

MOST_VIOLATIONS = 20
"""So many violations of a record are written."""
_MOST_KINDS = 20


class HumanReport:
    """Writes the report of some inputs.

    Args:
        write: Takes the text.
        paint: Colours it, or leaves it as it is.
        contract: By what the records are judged.
        inputs: How many there are; of several, there is a line for all of them at the end.
        max_failures: So many failing records are written.
        quiet: Nothing is written but the lines that sum up, and these only if something failed.
        min_events: So many events are expected, at least.
    """

    def __init__(  # noqa: PLR0913 - what a user can ask for
        self,
        write: Callable[[str], object],
        paint: Paint,
        contract: Contract,
        *,
        inputs: int,
        max_failures: int,
        quiet: bool,
        min_events: int,
    ) -> None:
        self._write = write
        self._paint = paint
        self._name = printable(f"{contract.name} {contract.version}")
        self._inputs = inputs
        self._left = 0 if quiet else max_failures
        self._hidden = 0
        self._quiet = quiet
        self._min_events = min_events
        self._data = ""
        self._unread = 0

    def begin(self, data: str) -> None:
        """Begin with an input."""
        self._data = printable(input_name(data))

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
        """Write what all records of the input amount to."""
        if self._inputs == 1:
            self._write_table(totals)
        rest = "" if is_complete else "; stopped at the first failure"
        self._write_verdict(self._data, totals, rest, self._min_events if self._inputs == 1 else 0)

    def problem(self, _: Problem, totals: Totals) -> None:
        """Write what was done until a problem, which is told elsewhere, ended the input."""
        self._unread += 1
        if self._inputs == 1:
            self._write_table(totals)
        self._write_line("bad", "STOPPED", f"{self._data}: so far, {self._counts(totals)}")

    def unopened(self, data: str, problem: Problem) -> None:
        """Write nothing of an input that could not be read at all, which is told elsewhere."""
        self._unread += 1

    def end(self, totals: Totals, *, is_complete: bool, passed: bool) -> None:
        """Write what the records of all inputs amount to."""
        if self._inputs == 1:
            return
        self._write_table(totals)
        inputs = counted(self._inputs, "input")
        unread = f"; {counted(self._unread, 'input')} not read to the end" if self._unread else ""
        self._write_verdict(inputs, totals, unread, self._min_events if is_complete else 0)

    def _write_verdict(self, data: str, totals: Totals, rest: str, min_events: int) -> None:
        missing = totals.records < min_events
        if missing:
            rest = f"{rest}; expected at least {counted(min_events, 'event')} (--min-events)"
        text = f"{data}: {self._counts(totals)}{rest}"
        if totals.failed or rest:  # which is why the verdict is not on all there is
            self._write_line("bad", "FAILED", text)
        elif totals.records == 0 and not self._quiet:
            hint = "nothing was checked (--min-events 1 makes that a failure)"
            self._write_line("odd", "EMPTY", f"{text}; {hint}")
        elif not self._quiet:
            self._write_line("good", "PASSED", text)

    def _write_line(self, style: str, word: str, text: str) -> None:
        self._write(f"{self._paint(style, word)}  {text}\n")

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
