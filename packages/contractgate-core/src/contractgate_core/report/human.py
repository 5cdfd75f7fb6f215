"""A report to be read at a glance: failing records first, then totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from contractgate_core.contract.model import Contract
from contractgate_core.report.problems import Problem, input_name
from contractgate_core.report.text import Paint, counted, printable
from contractgate_core.results import Violation
from contractgate_core.scan.totals import FailedRecord, Totals

__all__ = ["MOST_VIOLATIONS", "Failures", "HumanReport"]

MOST_VIOLATIONS = 20
"""How many violations of a record are written."""
_MOST_KINDS = 20


class Failures:
    """Writes a limited number of failing records, and a table of what was found.

    Args:
        write: Takes the text.
        paint: Colours it, or leaves it as it is.
        most: How many failing records are written.
    """

    def __init__(self, write: Callable[[str], object], paint: Paint, most: int) -> None:
        self._write = write
        self._paint = paint
        self._left = most
        self._hidden = 0

    @property
    def are_wanted(self) -> bool:
        """Whether another one would be written, and not only counted."""
        return self._left > 0

    def record(
        self, place: str, number: int, what: str, violations: Sequence[Violation], more: int = 0
    ) -> None:
        """Write one failing record, if it is among the first.

        Args:
            place: Where it is.
            number: The number of the record, from 1.
            what: What is wrong with it.
            violations: The rules that it breaks; only the first ones are written.
            more: How many further ones there are.
        """
        if self._left == 0:
            self._hidden += 1
            return
        self._left -= 1
        self._write(f"{self._paint('place', f'{place}:')} record {number:,} {what}\n")
        self._write("".join(map(self._violation, violations[:MOST_VIOLATIONS])))
        more += len(violations[MOST_VIOLATIONS:])
        if more > 0:
            self._write(f"    … and {counted(more, 'more violation')}\n")

    def _violation(self, found: Violation) -> str:
        message = printable(found.safe_message or found.field)
        return f"    {self._paint('rule', found.kind.value)}  {message}\n"

    def table(self, violations: Counter[tuple[str, str]], others: dict[str, int]) -> None:
        """Write the counts of each field and kind, and of everything that is not a violation."""
        if self._hidden:
            shown = f"… and {counted(self._hidden, 'more failing record')} (see --max-failures)"
            self._write(self._paint("dim", shown) + "\n")
        rows = [
            (count, kind, printable(field))
            for (field, kind), count in violations.most_common(_MOST_KINDS)
        ]
        rows += [(count, what, "") for what, count in others.items() if count]
        width = max((len(kind) for _, kind, _ in rows), default=0)
        lines = [
            f"{count:>8,}  {self._paint('rule', kind.ljust(width))}  {field}".rstrip()
            for count, kind, field in rows
        ]
        more = len(violations) - _MOST_KINDS
        lines += [f"          … and {more:,} more of field and kind"] if more > 0 else []
        self._write("\n" + "".join(f"{line}\n" for line in lines) + "\n")


class HumanReport:
    """Writes the report of some inputs.

    Args:
        write: Takes the text.
        paint: Colours it, or leaves it as it is.
        contract: The contract that judges the records.
        inputs: How many inputs there are; with several, a last line sums them up.
        max_failures: How many failing records are written.
        quiet: Whether to write only the summary lines, and these only if something failed.
        min_events: The least number of events that is expected.
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
        self._failures = Failures(write, paint, 0 if quiet else max_failures)
        self._quiet = quiet
        self._min_events = min_events
        self._data = ""
        self._unread = 0

    def begin(self, data: str) -> None:
        """Begin the part on an input."""
        self._data = printable(input_name(data))

    def failure(self, failed: FailedRecord) -> None:
        """Write one failing record, if it is among the first."""
        others = sum((failed.others or {}).values())
        line = str(failed.line)
        what = f"has {counted(len(failed.violations) + others, 'violation')}"
        if failed.error is not None:
            line = f"{failed.error.line}:{failed.error.column}"
            what = f"is not JSON: {printable(failed.error.message)}"
        place = f"{self._data}:{line}"
        self._failures.record(place, failed.record, what, failed.violations, others)

    def verdict(self, totals: Totals, *, is_complete: bool) -> None:
        """Write the totals of the input's records."""
        if self._inputs == 1:
            self._write_table(totals)
        rest = "" if is_complete else "; stopped at the first failure"
        self._write_verdict(self._data, totals, rest, self._min_events if self._inputs == 1 else 0)

    def problem(self, _: Problem, totals: Totals) -> None:
        """Write the totals until a problem, which is reported elsewhere, ended the input."""
        self._unread += 1
        if self._inputs == 1:
            self._write_table(totals)
        if totals.records:
            self._write_line("bad", "STOPPED", f"{self._data}: so far, {self._counts(totals)}")

    def unopened(self, data: str, problem: Problem) -> None:
        """Write nothing about an input that could not be read, which is reported elsewhere."""
        self._unread += 1

    def end(self, totals: Totals, *, is_complete: bool, passed: bool) -> None:
        """Write the totals of all inputs."""
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
        if totals.failed or rest:  # why not everything was judged
            self._write_line("bad", "FAILED", text)
        elif totals.records == 0 and not self._quiet:
            # What is asked for of all inputs together was said already.
            hint = "" if self._min_events else " (--min-events 1 makes that a failure)"
            self._write_line("odd", "EMPTY", f"{text}; nothing was checked{hint}")
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
        if totals.failed and not self._quiet:
            self._failures.table(totals.violations, {"not JSON": totals.malformed})
