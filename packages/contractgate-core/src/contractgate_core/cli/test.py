"""`contractgate test`: do these events pass this contract?"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

from contractgate_core.cli.console import Output, complain, standard_input, standard_output
from contractgate_core.cli.options import add_format, add_quiet, natural_number, unix_seconds

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract
    from contractgate_core.engine.review import FailedRecord, Totals
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
        "JSON object; gzip is recognised by its content",
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
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from contractgate_core.contract.model import Contract
    from contractgate_core.errors import ContractCompileError
    from contractgate_core.report.document import document
    from contractgate_core.report.problems import problem_of

    output = standard_output(encoding="utf-8" if arguments.format == "json" else None)
    with contextlib.ExitStack() as opened:
        try:
            compiled = Contract.from_file(arguments.contract).compile()
            source = opened.enter_context(_open(arguments.data))
        except (ContractCompileError, OSError) as error:
            problem = problem_of(error, arguments.contract)
            if arguments.format == "json":
                output.write(document(error=problem))
            complain(str(problem))
            return 2
        return _judge(compiled, source, _report(compiled, output, arguments), arguments)


@contextlib.contextmanager
def _open(data: str) -> Iterator[BinaryIO]:
    if data == "-":
        yield standard_input()
    else:
        with open(data, "rb") as source:  # noqa: PTH123 - the name goes into errors as it was given
            yield source


def _report(compiled: CompiledContract, output: Output, arguments: argparse.Namespace) -> Report:
    from contractgate_core.report.document import JsonReport
    from contractgate_core.report.human import HumanReport
    from contractgate_core.report.problems import file_name

    most = 0 if arguments.quiet else arguments.max_failures
    if arguments.format == "json":
        file, data = file_name(arguments.contract), file_name(arguments.data)
        return JsonReport(output.write, compiled.contract, file, data, max_failures=most)
    return HumanReport(
        output.write,
        output.paint,
        compiled.contract,
        _name(arguments.data),
        max_failures=_FAILURES_SHOWN if most is None else most,
        quiet=arguments.quiet,
    )


def _judge(
    compiled: CompiledContract, source: BinaryIO, report: Report, arguments: argparse.Namespace
) -> int:
    from contractgate_core.engine.review import Totals, failing_records
    from contractgate_core.events.stream import read_records
    from contractgate_core.report.problems import Problem, problem_of

    totals = Totals()
    is_complete = True
    try:
        for failed in failing_records(compiled, read_records(source), totals, now=arguments.now):
            report.failure(failed)
            if arguments.fail_fast:
                is_complete = False
                break
    except OSError as error:
        problem = problem_of(error, _name(arguments.data))
        report.problem(problem, totals)
        complain(str(problem))
        return 2
    except KeyboardInterrupt:
        report.problem(Problem("interrupted"), totals)
        raise
    report.verdict(totals, is_complete=is_complete)
    return 1 if totals.failed else 0


def _name(data: str) -> str:
    return "<stdin>" if data == "-" else data
