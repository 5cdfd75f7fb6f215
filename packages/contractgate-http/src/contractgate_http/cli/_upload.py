"""One file on its way to a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Optional

from contractgate_core.cli.console import OutputError, complain
from contractgate_core.cli.progress import ProgressLine
from contractgate_core.errors import (
    ConnectionError,  # noqa: A004 - ours, a subclass of the built-in one
    ContractGateError,
    EventEncodeError,
    HTTPError,
    IngestInterruptedError,
    ResponseDecodeError,
)
from contractgate_core.events.brackets import MOST_LEVELS, nests_too_deeply
from contractgate_core.events.stream import Record, read_records
from contractgate_core.report.problems import problem_of
from contractgate_core.report.text import printable
from contractgate_http._events import MOST_EVENT_BYTES, check_nul
from contractgate_http._splitting import EncodedEvent
from contractgate_http.cli import _ending
from contractgate_http.cli._waiting import Sent, Unsent, Waiting

if TYPE_CHECKING:
    from contractgate_core.models import IngestEventResult
    from contractgate_http.cli._tally import Tally
    from contractgate_http.client import Client

__all__ = ["Upload", "What"]


class What(NamedTuple):
    """What to send, and how.

    Attributes:
        contract: The contract's id, perhaps with a version.
        version: The version to check by, if any.
        is_dry: Nothing is stored.
        key: The idempotency key of the whole file.
        data: The name of the input, for people to read.
    """

    contract: str
    version: Optional[str]
    is_dry: bool
    key: str
    data: str


class Upload:
    """Sends a file, and reports the outcome of each record.

    Args:
        client: The client.
        what: What to send.
        tally: Takes the outcome of each record.
        is_shown: Whether to show progress.
    """

    def __init__(self, client: Client, what: What, tally: Tally, *, is_shown: bool) -> None:
        self._client = client
        self._what = what
        self._tally = tally
        self._waiting = Waiting(self._set_aside)
        self._position = 0
        self._progress = ProgressLine(is_shown=is_shown)

    def go(self, source: BinaryIO) -> int:
        """Send everything, and return the exit code.

        Raises:
            OutputError: The outcomes cannot be written.
        """
        try:
            return self._send(source)
        except KeyboardInterrupt:
            self._progress.clear()
            if self._tally.answered:
                self._tally.end(is_stopped=True)
            self._advise_to_repeat()
            raise
        except OutputError:
            self._progress.clear()
            self._advise_to_repeat()
            raise
        finally:
            self._waiting.close()

    def _send(self, source: BinaryIO) -> int:
        what = self._what
        stream = self._client.ingest_many(
            what.contract,
            self._events(source),
            version=what.version,
            dry_run=what.is_dry,
            idempotency_key=what.key,
        )
        try:
            for outcome in stream:
                self._take(outcome)
        except IngestInterruptedError as error:
            self._progress.clear()
            if isinstance(error.__cause__, OutputError):  # from within `_events`
                raise error.__cause__ from None
            return self._give_up(error)
        self._progress.clear()
        self._tally.end()
        return 1 if self._tally.has_failed else 0

    def _events(self, source: BinaryIO) -> Iterator[Any]:
        """Yield the events as they are in the file, and set aside those that cannot be sent."""
        for record in read_records(source):
            unsent = _unsent(record)
            if unsent is not None:
                self._waiting.unsent(unsent)
            elif record.text is not None:
                self._waiting.sent(Sent(record.number, record.line))
                yield EncodedEvent(record.text)

    def _set_aside(self, unsent: Unsent) -> None:
        self._progress.clear()
        self._tally.unsent(unsent)

    def _take(self, outcome: Optional[IngestEventResult], why: str = "") -> None:
        """Take the outcome of the first waiting record."""
        sent = self._waiting.take()
        self._position += 1
        if sent is None:
            return
        if outcome is None:
            self._tally.unknown(sent, why)
        else:
            if not outcome.passed:
                self._progress.clear()
            self._tally.outcome(sent, outcome)
        self._waiting.release()
        self._progress.show(self._tally.progress)

    def _give_up(self, error: IngestInterruptedError) -> int:
        """Report why the file could not be sent, and what to do; return the exit code."""
        outcomes = {outcome.index: outcome for outcome in error.outcomes}
        while self._position < error.taken:
            self._take(outcomes.get(self._position), _ending.fate(error, self._position))
        if self._tally.answered or self._tally.has_failed:
            self._tally.end(is_stopped=True)
        cause = error.__cause__
        if isinstance(cause, (HTTPError, ConnectionError, ResponseDecodeError)):
            told = _ending.fates(error, is_dry=self._what.is_dry)
            complain(f"{printable(str(cause))}; {told}")
        elif isinstance(cause, (ContractGateError, OSError)):
            complain(printable(str(problem_of(cause, self._what.data))))
        else:
            complain(printable(str(error)))
        hints = [_ending.what_to_do(cause)]
        hints += [None if self._what.is_dry else _ending.repeating(error, self._what.key)]
        for hint in filter(None, hints):
            complain(hint)
        return _ending.exit_code(cause)

    def _advise_to_repeat(self) -> None:
        """Say how to go on after an error that has nothing to do with the gateway."""
        if not self._what.is_dry and (self._tally.answered or not self._waiting.is_empty):
            complain(_ending.again(self._what.key))


def _unsent(record: Record) -> Optional[Unsent]:
    """Return why a record cannot be sent; None if it can."""
    error = record.error
    if error is not None:
        place, what = f"{error.line}:{error.column}", f"is not JSON: {printable(error.message)}"
        return Unsent(record.number, record.line, place, what, str(error), is_json=False)
    reason = None if record.text is None else _unsendable(record.text)
    if reason is None:
        return None
    what = f"cannot be sent: {printable(reason)}"
    return Unsent(record.number, record.line, str(record.line), what, reason, is_json=True)


def _unsendable(text: bytes) -> Optional[str]:
    """Return why a whole request with this event would be refused; None if it would not."""
    if len(text) > MOST_EVENT_BYTES:
        return f"expected at most {MOST_EVENT_BYTES:,} bytes, got {len(text):,}"
    if text.count(b"[") + text.count(b"{") >= MOST_LEVELS and nests_too_deeply(b"[%b]" % text):
        return f"expected at most {MOST_LEVELS - 1} levels of lists and objects, got more"
    try:
        check_nul(text)
    except EventEncodeError as error:
        return str(error)
    return None
