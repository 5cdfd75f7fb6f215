"""`contractgate ingest`: sends the events of a file or a pipe to a gateway."""

from __future__ import annotations

import argparse
import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Optional

from contractgate_core.cli.console import (
    Output,
    OutputError,
    complain,
    standard_error,
    standard_input,
    standard_output,
)
from contractgate_core.cli.options import (
    FAILURES_SHOWN,
    add_color,
    add_quiet,
    natural_number,
)
from contractgate_core.report.problems import STANDARD_INPUT, file_name, input_name, problem_of
from contractgate_core.report.text import printable
from contractgate_http.cli._ending import EXIT_CODES, UNUSABLE, exit_code, what_to_do

if TYPE_CHECKING:
    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add"]

_EXAMPLES = f"""\
examples:
  contractgate ingest orders.ndjson --contract orders
  contractgate ingest orders.ndjson --contract 11111111-1111-1111-1111-111111111111
  zcat events.gz | contractgate ingest - --contract events --outcomes outcomes.ndjson

The gateway's address and key are read from CONTRACTGATE_BASE_URL and
CONTRACTGATE_API_KEY.

{EXIT_CODES}"""

_STANDARD_OUTPUT = "-"


def add(commands: SubParsers) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "ingest",
        help="send events to a gateway",
        description="Send the events of a file to a gateway, in as many requests as\n"
        "needed, and report what became of them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="the events, or - for standard input: one JSON object a line, a JSON array, or one "
        "JSON object; gzip and Zstandard are recognised by their content",
    )
    parser.add_argument(
        "--contract", metavar="NAME|ID", required=True, help="the contract, by its name or its id"
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="where the gateway is (default: CONTRACTGATE_BASE_URL)"
    )
    parser.add_argument("--version", metavar="V", help="check by this version of the contract")
    parser.add_argument("--dry-run", action="store_true", help="check only, and store nothing")
    parser.add_argument(
        "--max-failures",
        metavar="N",
        type=natural_number,
        default=FAILURES_SHOWN,
        help="how many failing records to write; all are counted (default: %(default)s)",
    )
    parser.add_argument(
        "--outcomes",
        metavar="FILE",
        help="write the outcome of each event to this file, or to standard output for -, one JSON "
        "object a line, in the order of the records and without the events' own values",
    )
    parser.add_argument(
        "--idempotency-key",
        metavar="K",
        help="a name for this run: repeated within 24 hours with the same file, it stores nothing "
        "twice (default: a new one)",
    )
    add_color(parser)
    add_quiet(parser, "write no failing records and no progress and, if all pass, nothing at all")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from contractgate_core.errors import ContractGateError

    try:
        return _upload(arguments)
    except OutputError:
        raise
    except (ContractGateError, TypeError, ValueError) as error:
        complain(printable(str(error)))
        hint = what_to_do(error)
        if hint is not None:
            complain(hint)
        return exit_code(error)
    except OSError as error:
        complain(printable(str(problem_of(error, input_name(arguments.file)))))
        return UNUSABLE


def _upload(arguments: argparse.Namespace) -> int:
    from contractgate_http._retry import RetryPolicy
    from contractgate_http.cli._named import contract_called
    from contractgate_http.cli._tally import Tally
    from contractgate_http.cli._upload import Upload, What
    from contractgate_http.client import Client

    key = arguments.idempotency_key or str(uuid.uuid4())
    data = printable(file_name(input_name(arguments.file)))
    is_for_programs = arguments.outcomes == _STANDARD_OUTPUT
    report = (standard_error if is_for_programs else standard_output)(color=arguments.color)
    with contextlib.ExitStack() as opened:
        client = opened.enter_context(Client(arguments.base_url, retries=RetryPolicy()))
        source = opened.enter_context(_open(arguments.file))
        contract = contract_called(client, arguments.contract)
        rows = opened.enter_context(_open_rows(arguments.outcomes, source))
        tally = Tally(
            data,
            report,
            rows,
            most=arguments.max_failures,
            is_quiet=arguments.quiet,
            is_dry=arguments.dry_run,
        )
        what = What(contract, arguments.version, arguments.dry_run, key, data)
        # On a terminal, the progress line would appear among the rows.
        is_shown = not (arguments.quiet or is_for_programs)
        return Upload(client, what, tally, is_shown=is_shown).go(source)


@contextlib.contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD_INPUT:
        yield standard_input()
    else:
        with open(name, "rb") as source:  # noqa: PTH123 - errors show the name as it was given
            yield source


@contextlib.contextmanager
def _open_rows(name: Optional[str], source: BinaryIO) -> Iterator[Optional[Output]]:
    """Open the output for the outcomes.

    Raises:
        ValueError: It is the input file, which would be overwritten.
    """
    if name is None:
        yield None
    elif name == _STANDARD_OUTPUT:
        yield standard_output(encoding="utf-8")
    else:
        if _is_same(name, source):
            raise ValueError(f"--outcomes: {name} is the file of the events")
        with open(name, "wb") as file:  # noqa: PTH123 - as above
            rows = Output(file, "utf-8", is_terminal=False, name=name)
            try:
                yield rows
                rows.flush()
            except BaseException:
                with contextlib.suppress(OutputError):
                    rows.flush()
                rows.abandon()  # else closing would try again to write them
                raise


def _is_same(name: str, source: BinaryIO) -> bool:
    path = Path(name)
    try:
        return path.is_file() and os.path.samestat(path.stat(), os.fstat(source.fileno()))
    except OSError:  # such as a source without a file descriptor
        return False
