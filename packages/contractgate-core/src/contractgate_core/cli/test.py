"""`contractgate test`: do these events pass this contract?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from contractgate_core.cli.console import (
    read_contract,
    refuse,
    standard_output,
    write_refusal,
)
from contractgate_core.cli.options import (
    FAILURES_SHOWN,
    add_format,
    add_quiet,
    natural_number,
    processes,
    unix_seconds,
)

if TYPE_CHECKING:
    from contractgate_core.cli.progress import ProgressLine
    from contractgate_core.engine.compiled import CompiledContract

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add"]

_EXAMPLES = """\
examples:
  contractgate test --contract orders.yaml --data orders.ndjson
  contractgate test --contract orders.yaml --data orders.json.gz --format json
  contractgate test --contract orders.yaml --data 'orders/*.ndjson' --min-events 1
  tail -n 1000 events.log | contractgate test --contract events.yaml --data - --fail-fast
"""


def add(commands: SubParsers) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "test",
        help="check events against a contract",
        description="Check events against a contract, with the verdict that the gateway would\n"
        "give. Uniqueness rules hold over all of an input.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--contract", metavar="FILE", required=True, help="the contract, or - for standard input"
    )
    parser.add_argument(
        "--data",
        metavar="FILE",
        required=True,
        action="extend",
        nargs="+",
        help="the events, or - for standard input: one JSON object per line, a JSON array, or one "
        "JSON object; gzip and Zstandard are recognised by their content. Several files, and "
        "patterns such as 'day-*.ndjson', are checked one after the other",
    )
    add_format(parser)
    parser.add_argument(
        "--fail-fast", action="store_true", help="stop at the first record that fails"
    )
    add_quiet(parser, "write no failing record and, if all pass, nothing at all")
    _add_numbers(parser)
    parser.set_defaults(run=_run)


def _add_numbers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--now",
        metavar="TIME",
        type=unix_seconds,
        help="the time for freshness rules, in Unix seconds or as 2024-04-01T19:35:00Z (default: "
        "the system's clock)",
    )
    parser.add_argument(
        "--max-failures",
        metavar="N",
        type=natural_number,
        help="how many failing records are written; all are counted "
        f"(default: {FAILURES_SHOWN} as text, all as JSON)",
    )
    parser.add_argument(
        "--min-events",
        metavar="N",
        type=natural_number,
        default=0,
        help="fail if there are fewer events than this in all inputs together (default: 0)",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=processes,
        default=1,
        help="how many processes share a file of one object per line, or auto for one per "
        "processor; the results are the same (default: 1)",
    )


def _run(arguments: argparse.Namespace) -> int:
    from contractgate_core.cli.inputs import input_names
    from contractgate_core.cli.judging import Judging
    from contractgate_core.cli.progress import ProgressLine
    from contractgate_core.errors import ContractCompileError
    from contractgate_core.report.problems import STANDARD_INPUT, Problem, input_name, problem_of

    as_json = arguments.format == "json"
    output = standard_output(encoding="utf-8" if as_json else None, color=arguments.color)
    try:
        names = input_names(arguments.data, is_taken=arguments.contract == STANDARD_INPUT)
    except OSError as error:
        return refuse(Problem(str(error)), output, as_json=as_json)
    progress = ProgressLine()
    try:
        compiled = _compiled(arguments.contract, progress)
    except (ContractCompileError, OSError) as error:
        problem = problem_of(error, input_name(arguments.contract))
        return refuse(problem, output, as_json=as_json)
    except KeyboardInterrupt:
        write_refusal(Problem("interrupted"), output, as_json=as_json)
        raise
    return Judging(compiled, names, output, progress, arguments).go()


def _compiled(file: str, progress: ProgressLine) -> CompiledContract:
    try:
        contract = read_contract(file)
        # A contract that takes long to read takes longer to compile.
        progress.show(lambda: "compiling the contract")
        return contract.compile()
    finally:
        progress.clear()
