"""`contractgate test`: do these events pass this contract?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Optional, Protocol

from contractgate_core.cli.console import (
    Output,
    OutputError,
    complain,
    standard_input,
    standard_output,
)
from contractgate_core.cli.options import (
    add_format,
    add_quiet,
    natural_number,
    processes,
    unix_seconds,
)
from contractgate_core.cli.progress import ProgressLine

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract
    from contractgate_core.engine.review import FailedRecord, Shown, Totals
    from contractgate_core.engine.scan import Scan
    from contractgate_core.report.problems import Problem

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add"]

_FAILURES_SHOWN = 20

_EXAMPLES = """\
examples:
  contractgate test --contract orders.yaml --data orders.ndjson
  contractgate test --contract orders.yaml --data orders.json.gz --format json
  tail -n 1000 events.log | contractgate test --contract events.yaml --data - --fail-fast
"""


class Report(Protocol):
    """What the results are written to."""

    def failure(self, failed: FailedRecord) -> None:
        """Write one failing record."""

    def verdict(self, totals: Totals, *, is_complete: bool) -> None:
        """Write what all records amount to; the last thing to be written."""

    def problem(self, problem: Problem, totals: Totals, /) -> None:
        """Write what ended the work before its time, instead of a verdict."""


def add(commands: SubParsers) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "test",
        help="check events against a contract",
        description="Check events against a contract, with the verdict that the gateway would\n"
        "give. Uniqueness rules hold over the whole input.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--contract", metavar="FILE", required=True, help="the contract")
    parser.add_argument(
        "--data",
        metavar="FILE",
        required=True,
        help="the events, or - for standard input: one JSON object a line, a JSON array, or one "
        "JSON object; gzip and Zstandard are recognised by their content",
    )
    add_format(parser)
    parser.add_argument(
        "--fail-fast", action="store_true", help="stop at the first record that fails"
    )
    add_quiet(parser, "write no failing record and, if all pass, nothing at all")
    parser.add_argument(
        "--now",
        metavar="SECONDS",
        type=unix_seconds,
        help="the time for freshness rules in Unix seconds (default: the system's clock)",
    )
    parser.add_argument(
        "--max-failures",
        metavar="N",
        type=natural_number,
        help="how many failing records are written; all are counted "
        f"(default: {_FAILURES_SHOWN} as text, all as JSON)",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=processes,
        default=1,
        help="how many processes share a file of one object a line, or auto for one a processor; "
        "the results are the same (default: 1)",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from contractgate_core.contract.model import Contract
    from contractgate_core.engine.scan import Options, open_scan
    from contractgate_core.errors import ContractCompileError
    from contractgate_core.events.stream import MAX_RECORD_BYTES
    from contractgate_core.report.problems import problem_of

    output = standard_output(encoding="utf-8" if arguments.format == "json" else None)
    progress = ProgressLine()
    try:
        compiled = Contract.from_file(arguments.contract).compile()
        source = standard_input() if arguments.data == "-" else arguments.data
        shown = _shown(arguments)
        options = Options("auto", arguments.workers, MAX_RECORD_BYTES, None, arguments.now, shown)
        scan = open_scan(compiled, source, options, progress.update)
    except (ContractCompileError, OSError) as error:
        problem = problem_of(error, arguments.contract)
        if arguments.format == "json":
            from contractgate_core.report.document import document

            output.write(document(error=problem))
        complain(str(problem))
        return 2
    with scan:
        return _judge(scan, progress, _report(compiled, output, arguments), arguments)


def _shown(arguments: argparse.Namespace) -> Shown:
    """Tell what of the failing records the report shows: no more is kept of them."""
    from contractgate_core.engine.review import Shown

    if arguments.format == "json":
        return Shown(0 if arguments.quiet else arguments.max_failures)
    from contractgate_core.report.human import MOST_VIOLATIONS

    return Shown(_failures_shown(arguments), MOST_VIOLATIONS)


def _failures_shown(arguments: argparse.Namespace) -> int:
    most: Optional[int] = 0 if arguments.quiet else arguments.max_failures
    return _FAILURES_SHOWN if most is None else most


def _report(compiled: CompiledContract, output: Output, arguments: argparse.Namespace) -> Report:
    from contractgate_core.report.problems import file_name

    if arguments.format == "json":
        most = 0 if arguments.quiet else arguments.max_failures
        from contractgate_core.report.document import JsonReport

        file, data = file_name(arguments.contract), file_name(arguments.data)
        return JsonReport(output.write, compiled.contract, file, data, max_failures=most)
    from contractgate_core.report.human import HumanReport

    return HumanReport(
        output.write,
        output.paint,
        compiled.contract,
        _name(arguments.data),
        max_failures=_failures_shown(arguments),
        quiet=arguments.quiet,
    )


def _judge(
    scan: Scan, progress: ProgressLine, report: Report, arguments: argparse.Namespace
) -> int:
    from contractgate_core.errors import ContractGateError
    from contractgate_core.report.problems import Problem, problem_of

    is_complete = True
    try:
        for failed in scan:
            progress.clear()
            report.failure(failed)
            if arguments.fail_fast:
                is_complete = False
                break
    except OutputError:
        raise
    except (OSError, ContractGateError) as error:
        progress.clear()
        problem = problem_of(error, _name(arguments.data))
        report.problem(problem, scan.so_far)
        complain(str(problem))
        return 2
    except KeyboardInterrupt:
        progress.clear()
        report.problem(Problem("interrupted"), scan.so_far)
        raise
    progress.clear()
    report.verdict(scan.so_far, is_complete=is_complete)
    return 1 if scan.so_far.failed else 0


def _name(data: str) -> str:
    return "<stdin>" if data == "-" else data
