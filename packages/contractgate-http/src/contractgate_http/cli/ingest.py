"""`contractgate ingest`: events from a file or a pipe to a gateway."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Optional

from contractgate_core.cli.console import complain, standard_input, standard_output
from contractgate_core.cli.options import add_quiet
from contractgate_core.report.text import counted, printable

if TYPE_CHECKING:
    from contractgate_core.events.record import Record
    from contractgate_core.models import IngestEventResult
    from contractgate_http.client import Client

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add"]

_EXAMPLES = """\
examples:
  contractgate ingest events.ndjson --contract 11111111-1111-1111-1111-111111111111
  zcat events.gz | contractgate ingest - --contract ID --outcomes outcomes.ndjson

The gateway's address and key are read from CONTRACTGATE_BASE_URL and
CONTRACTGATE_API_KEY.

exit codes:
  0  every event passed       2  something could not be read, sent or written
  1  some did not             130  interrupted
"""

_SECONDS_BETWEEN_PROGRESS = 0.1
_BROKEN_SHOWN = 20


def add(commands: SubParsers) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "ingest",
        help="send events to a gateway",
        description="Send the events of a file to a gateway, in as many requests as it\n"
        "takes, and tell what became of them.",
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
    parser.add_argument("--contract", metavar="ID", required=True, help="the contract")
    parser.add_argument(
        "--base-url", metavar="URL", help="where the gateway is (default: CONTRACTGATE_BASE_URL)"
    )
    parser.add_argument("--version", metavar="V", help="check by this version of the contract")
    parser.add_argument("--dry-run", action="store_true", help="check only, and store nothing")
    parser.add_argument(
        "--outcomes",
        metavar="FILE",
        help="write what became of each event to this file, one JSON object a line, without the "
        "events' own values",
    )
    parser.add_argument(
        "--idempotency-key",
        metavar="K",
        help="names this run: if it is repeated within 24 hours with the same file, nothing is "
        "stored twice (default: a new one)",
    )
    add_quiet(parser, "show no progress and, if all pass, nothing at all")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from contractgate_core.errors import ContractGateError
    from contractgate_http._retry import RetryPolicy
    from contractgate_http.client import Client

    key = arguments.idempotency_key or str(uuid.uuid4())
    with contextlib.ExitStack() as opened:
        try:
            client = opened.enter_context(Client(arguments.base_url, retries=RetryPolicy()))
            source = opened.enter_context(_open(arguments.file))
            outcomes = opened.enter_context(_open_outcomes(arguments.outcomes))
            run = _Run(client, arguments, key, outcomes)
            code = run.go(source)
        except (ContractGateError, OSError, TypeError, ValueError) as error:
            complain(printable(str(error)))
            return 2
    return code


@contextlib.contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield standard_input()
    else:
        with open(name, "rb") as source:  # noqa: PTH123 - the name goes into errors as it was given
            yield source


@contextlib.contextmanager
def _open_outcomes(name: Optional[str]) -> Iterator[Optional[IO[str]]]:
    if name is None:
        yield None
    else:
        with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
            yield file


class _Run:
    """One file on its way.

    Args:
        client: The client.
        arguments: What the user asked for.
        key: The idempotency key of the whole file.
        outcomes: Where the outcomes go, if they are wanted.
    """

    def __init__(
        self, client: Client, arguments: argparse.Namespace, key: str, outcomes: Optional[IO[str]]
    ) -> None:
        self._client = client
        self._arguments = arguments
        self._key = key
        self._outcomes = outcomes
        self._records: deque[tuple[int, int]] = deque()
        self._passed = self._failed = self._broken = 0
        self._progress = _Progress(is_shown=not arguments.quiet)

    def go(self, source: BinaryIO) -> int:
        """Send everything; return the exit code.

        Raises:
            IngestInterruptedError: It could not be sent to its end.
            OSError: Something could not be read or written.
        """
        from contractgate_core.errors import IngestInterruptedError

        stream = self._client.ingest_many(
            self._arguments.contract,
            self._events(source),
            version=self._arguments.version,
            dry_run=self._arguments.dry_run,
            idempotency_key=self._key,
        )
        try:
            for outcome in stream:
                self._take(outcome)
        except IngestInterruptedError as error:
            self._progress.end()
            self._tell_interruption(error)
            return 2
        self._progress.end()
        self._tell_totals()
        return 1 if self._failed or self._broken else 0

    def _events(self, source: BinaryIO) -> Iterator[Any]:
        """Give the events as they stand in the file, and set aside what is none."""
        from contractgate_core.events.stream import read_records
        from contractgate_http._splitting import EncodedEvent

        for record in read_records(source):
            if record.text is None:
                self._set_aside(record)
            else:
                self._records.append((record.number, record.line))
                yield EncodedEvent(record.text)

    def _set_aside(self, record: Record) -> None:
        self._broken += 1
        reason = str(record.error)
        if self._broken <= _BROKEN_SHOWN:
            self._progress.end()
            complain(printable(f"record {record.number} was not sent: {reason}"))
        self._write({"record": record.number, "line": record.line, "error": reason})

    def _take(self, outcome: IngestEventResult) -> None:
        number, line = self._records.popleft()
        self._passed += outcome.passed
        self._failed += not outcome.passed
        self._progress.show(self._passed, self._failed)
        # Messages and events are left out: nothing here tells which fields hold personal data.
        rules = [{"field": one.field, "kind": str(one.kind)} for one in outcome.violations]
        self._write(
            {
                "record": number,
                "line": line,
                "passed": outcome.passed,
                "contract_version": outcome.contract_version,
                "quarantine_id": outcome.quarantine_id,
                "violations": rules,
            }
        )

    def _write(self, members: dict[str, Any]) -> None:
        if self._outcomes is not None:
            self._outcomes.write(json.dumps(members, ensure_ascii=False) + "\n")

    def _tell_totals(self) -> None:
        is_all = not self._failed and not self._broken
        if self._arguments.quiet and is_all:
            return
        total = self._passed + self._failed
        word = "checked" if self._arguments.dry_run else "sent"
        text = f"{counted(total, 'event')} {word}: {self._passed:,} passed, {self._failed:,} failed"
        broken = f"; {counted(self._broken, 'record')} not sent" if self._broken else ""
        standard_output().write(f"{text}{broken}\n")

    def _tell_interruption(self, error: Exception) -> None:
        complain(printable(str(error)))
        if not self._arguments.dry_run:
            complain(
                f"repeat the command with --idempotency-key {self._key} to go on: "
                "nothing is stored twice"
            )


class _Progress:
    """A line on standard error that is written over and over, if a person looks on."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown and sys.stderr is not None and sys.stderr.isatty()
        self._next = 0.0
        self._is_open = False

    def show(self, passed: int, failed: int) -> None:
        """Show how far it is, now and then."""
        if self._is_shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS_BETWEEN_PROGRESS
            text = f"{counted(passed + failed, 'event')}, {failed:,} failed"
            sys.stderr.write(f"\r{text:<60}")
            sys.stderr.flush()
            self._is_open = True

    def end(self) -> None:
        """Give the line back."""
        if self._is_open:
            sys.stderr.write(f"\r{'':<60}\r")
            sys.stderr.flush()
            self._is_open = False
