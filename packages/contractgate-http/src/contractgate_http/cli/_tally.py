"""Reports what became of a file's events: in text for people, and as rows for programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Optional

from contractgate_core.engine.counts import count_one, place_of
from contractgate_core.report.human import Failures
from contractgate_core.report.text import counted

if TYPE_CHECKING:
    from contractgate_core.cli.console import Output
    from contractgate_core.models import IngestEventResult
    from contractgate_http.cli._waiting import Sent, Unsent

__all__ = ["Tally"]


class Tally:
    """Counts outcomes and writes them, in the order of the records.

    It leaves out events, and their values in messages: it cannot know which are personal.

    Args:
        data: The name of the input, for people to read.
        report: The output for people.
        rows: The output for a row for each record, if that is wanted.
        most: How many failing records are written for people.
        is_quiet: Only the summary of failures is written for people.
        is_dry: Nothing is stored.

    Attributes:
        answered: How many events the gateway has judged.
        has_failed: A record did not pass.
    """

    def __init__(
        self,
        data: str,
        report: Output,
        rows: Optional[Output],
        *,
        most: int,
        is_quiet: bool,
        is_dry: bool,
    ) -> None:
        self._data = data
        self._report = report
        self._rows = rows
        self._is_quiet = is_quiet
        self._is_dry = is_dry
        self._passed = self._failed = self._unreadable = self._unsendable = 0
        self._unchecked = 0
        self._violations: Counter[tuple[str, str]] = Counter()
        self._failures = Failures(report.write, report.paint, 0 if is_quiet else most)

    @property
    def answered(self) -> int:
        return self._passed + self._failed

    @property
    def has_failed(self) -> bool:
        return bool(self._failed or self._unreadable or self._unsendable)

    def outcome(self, sent: Sent, outcome: IngestEventResult) -> None:
        """Take the outcome of a record that was sent."""
        if outcome.passed:
            self._passed += 1
        else:
            self._fail(sent, outcome)
        if self._rows is None:
            return
        rules = [{"field": one.field, "kind": str(one.kind)} for one in outcome.violations]
        self._write(
            sent.record,
            sent.line,
            passed=outcome.passed,
            contract_version=outcome.contract_version,
            quarantine_id=outcome.quarantine_id,
            violations=rules,
        )

    def _fail(self, sent: Sent, outcome: IngestEventResult) -> None:
        self._failed += 1
        violations = outcome.violations
        for one in violations:
            count_one(self._violations, place_of(one), 1)
        if violations:
            what = f"has {counted(len(violations), 'violation')}"
        else:
            self._unchecked += 1
            what = "was not checked: the version is deprecated"
        self._failures.record(f"{self._data}:{sent.line}", sent.record, what, violations)

    def unsent(self, record: Unsent) -> None:
        """Take a record that cannot be sent."""
        if record.is_json:
            self._unsendable += 1
        else:
            self._unreadable += 1
        self._failures.record(f"{self._data}:{record.place}", record.record, record.what, ())
        self._write(record.record, record.line, error=record.reason)

    def unknown(self, sent: Sent, why: str) -> None:
        """Take a record whose outcome will never be known."""
        self._write(sent.record, sent.line, error=why)

    def _write(self, record: int, line: int, **more: Any) -> None:
        if self._rows is not None:
            row = {"record": record, "line": line, **more}
            self._rows.write(json.dumps(row, ensure_ascii=False) + "\n")

    def progress(self) -> str:
        """Return the text of the progress line."""
        return f"{counted(self.answered, 'event')}, {self._failed:,} failed"

    def end(self, *, is_stopped: bool = False) -> None:
        """Write the summary, after everything else.

        Args:
            is_stopped: Not everything was sent.

        Raises:
            OutputError: Some of it cannot be written.
        """
        if self._rows is not None:
            self._rows.flush()
        if self.has_failed and not self._is_quiet:
            others = {
                "not checked": self._unchecked,
                "not JSON": self._unreadable,
                "not sent": self._unsendable,
            }
            self._failures.table(self._violations, others)
        if is_stopped:
            self._line("bad", "STOPPED", "so far, ")
        elif self.has_failed:
            self._line("bad", "FAILED")
        elif not self._is_quiet:
            self._line(*(("good", "PASSED") if self._passed else ("odd", "EMPTY")))

    def _line(self, style: str, word: str, begin: str = "") -> None:
        unsent = self._unreadable + self._unsendable
        done = "checked" if self._is_dry else "sent"
        events = f"{counted(self.answered, 'event')} {done}"
        text = f"{events}: {self._passed:,} passed, {self._failed:,} failed"
        rest = f"; {counted(unsent, 'record')} not sent" if unsent else ""
        self._report.write(
            f"{self._report.paint(style, word)}  {self._data}: {begin}{text}{rest}\n"
        )
