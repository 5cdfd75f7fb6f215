"""`contractgate test` at work: the inputs, one after the other."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Optional, Protocol

from contractgate_core.cli.console import Output, OutputError, complain, standard_input
from contractgate_core.cli.options import FAILURES_SHOWN
from contractgate_core.cli.progress import ProgressLine
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.errors import ContractGateError
from contractgate_core.report.problems import (
    STANDARD_INPUT,
    Problem,
    file_name,
    input_name,
    problem_of,
)
from contractgate_core.scan.scan import Scan
from contractgate_core.scan.totals import FailedRecord, Shown, Totals

__all__ = ["Judging"]


class Report(Protocol):
    """What the results are written to."""

    def begin(self, data: str, /) -> None:
        """Begin with an input."""

    def failure(self, failed: FailedRecord, /) -> None:
        """Write one failing record."""

    def verdict(self, totals: Totals, /, *, is_complete: bool) -> None:
        """Write what all records of the input amount to; the last thing that is written of it."""

    def problem(self, problem: Problem, totals: Totals, /) -> None:
        """Write what ended the input before its time, instead of a verdict."""

    def unopened(self, data: str, problem: Problem, /) -> None:
        """Write why an input could not be read at all, instead of all that."""

    def end(self, totals: Totals, /, *, is_complete: bool, passed: bool) -> None:
        """Write what the records of all inputs amount to; the last thing to be written."""


class Judging:
    """Judges the inputs of one command.

    Args:
        compiled: The contract.
        names: The inputs.
        output: Where the results go.
        progress: Shows how far it is.
        arguments: What the user asked for.
    """

    def __init__(
        self,
        compiled: CompiledContract,
        names: Sequence[str],
        output: Output,
        progress: ProgressLine,
        arguments: argparse.Namespace,
    ) -> None:
        self._compiled = compiled
        self._names = names
        self._arguments = arguments
        self._report = _report(compiled, len(names), output, arguments)
        self._totals = Totals()
        self._is_complete = True
        self._progress = progress

    def go(self) -> int:
        """Judge all inputs; return the exit code."""
        code = 0
        try:
            for name in self._names:
                code = max(code, self._judge_input(name))
                if not self._is_complete:
                    break
        except KeyboardInterrupt:
            self._is_complete = False
            self._end(passed=False)
            raise
        if self._is_complete and self._totals.records < self._arguments.min_events:
            code = max(code, 1)
        self._end(passed=code == 0)
        return code

    def _end(self, *, passed: bool) -> None:
        self._report.end(self._totals, is_complete=self._is_complete, passed=passed)

    def _judge_input(self, name: str) -> int:
        shown = _shown(self._arguments)
        try:
            scan = self._compiled.scan(
                standard_input() if name == STANDARD_INPUT else name,
                workers=self._arguments.workers,
                now=self._arguments.now,
                progress=self._progress.update,
                max_failures=shown.records,
                max_violations=shown.violations,
            )
        except OSError as error:
            problem = problem_of(error, input_name(name))
            self._report.unopened(name, problem)
            complain(str(problem))
            return 2
        except KeyboardInterrupt:  # To open a named pipe waits for who writes into it.
            self._report.unopened(name, Problem("interrupted"))
            raise
        self._report.begin(name)
        try:
            with scan:
                return self._judge(scan, name)
        finally:
            self._totals.add(scan.so_far)

    def _judge(self, scan: Scan, name: str) -> int:
        try:
            self._show_failures(scan)
            self._progress.clear()
            self._report.verdict(scan.so_far, is_complete=self._is_complete)
        except OutputError:
            raise
        except (OSError, ContractGateError) as error:
            self._progress.clear()
            problem = problem_of(error, input_name(name))
            self._report.problem(problem, scan.so_far)
            complain(str(problem))
            return 2
        except KeyboardInterrupt:
            self._progress.clear()
            self._report.problem(Problem("interrupted"), scan.so_far)
            raise
        return 1 if scan.so_far.failed else 0

    def _show_failures(self, scan: Scan) -> None:
        for failed in scan:
            self._progress.clear()
            self._report.failure(failed)
            if self._arguments.fail_fast:
                self._is_complete = False
                return


def _shown(arguments: argparse.Namespace) -> Shown:
    """Return what of an input's failing records is shown at most: no more is kept of them."""
    if arguments.format == "json":
        return Shown(_failures_shown(arguments))
    from contractgate_core.report.human import MOST_VIOLATIONS

    most = _failures_shown(arguments)
    return Shown(FAILURES_SHOWN if most is None else most, MOST_VIOLATIONS)


def _failures_shown(arguments: argparse.Namespace) -> Optional[int]:
    return 0 if arguments.quiet else arguments.max_failures


def _report(
    compiled: CompiledContract, inputs: int, output: Output, arguments: argparse.Namespace
) -> Report:
    most = _failures_shown(arguments)
    if arguments.format == "json":
        from contractgate_core.report.document import JsonReport

        return JsonReport(
            output.write,
            compiled.contract,
            file_name(input_name(arguments.contract)),
            inputs=inputs,
            max_failures=most,
            min_events=arguments.min_events,
        )
    from contractgate_core.report.human import HumanReport

    return HumanReport(
        output.write,
        output.paint,
        compiled.contract,
        inputs=inputs,
        max_failures=FAILURES_SHOWN if most is None else most,
        quiet=arguments.quiet,
        min_events=arguments.min_events,
    )
