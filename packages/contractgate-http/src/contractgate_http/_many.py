"""`ingest_many` without the waiting: batches out, outcomes in, and what became of each event.

A request goes out as soon as its batch is full. When `in_flight` requests are under way, the stream
waits for all of them, yields their outcomes, and goes on. So nothing is under way while the caller
works, an error can say what became of every event, and only these events are in memory.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Callable, NamedTuple, Optional, Union

import msgspec

from contractgate_core.errors import (
    Attempt,
    BatchTooLargeError,
    ClientStateError,
    ConnectionError,  # noqa: A004 - ours, a subclass of the built-in one
    ContractGateError,
    HTTPError,
    IngestInterruptedError,
    ResponseDecodeError,
)
from contractgate_core.models import BatchIngestResponse, IngestEventResult
from contractgate_http._arguments import as_patience, check_count
from contractgate_http._call import Call, Timeout
from contractgate_http._clock import LONGEST, monotonic
from contractgate_http._events import MOST_EVENTS
from contractgate_http._events import idempotency_key as key_header
from contractgate_http._splitting import Batch, Splitter
from contractgate_http.endpoints.events import ingest_bytes

__all__ = ["SLOW", "Failed", "Fill", "Many", "Outcome", "Signal", "Step", "check_events"]

Outcome = Union[BatchIngestResponse, Exception]


class Fill(NamedTuple):
    """Take events from the source and push each, until `push` returns True.

    Attributes:
        push: Takes an event. It raises nothing.
        within: How long to wait for an event in **seconds**; None for ever. With a number, one
            event is enough.
    """

    push: Callable[[Any], bool]
    within: Optional[float]


class Signal(enum.Enum):
    """A question of a stream to its driver, or a reason why there are no events."""

    LOOK = "is every request answered, or has one failed?"
    LATE = "no event came in time"
    ENDED = "no further event will come"


class Failed(NamedTuple):
    """The source raised an exception."""

    error: BaseException

    def __repr__(self) -> str:
        # The error may quote an event.
        return f"<Failed: {type(self.error).__name__}>"

    def checked(self) -> Failed:
        """Return itself, but raise an exception that must go through, such as `SystemExit`."""
        if not isinstance(self.error, Exception):
            raise self.error
        return self


Step = Union[Fill, Batch, Signal]
"""What to do next: take events, and send back why there are no more, or None; send a batch; or
look, and send back a bool."""

SLOW = 0.1
"""A plain source that takes more **seconds** for a batch is too slow for an event loop."""

_PATIENCE = 1.0
"""After this many **seconds**, outcomes are yielded before more requests are sent."""

_UNSURE_STATUSES = range(500, 600)
_TIMED_OUT = 408


class Many:
    """One stream of events on its way.

    Args:
        contract_id: The contract.
        version: The version to check by.
        dry_run: Check only.
        idempotency_key: The key; batch n is sent with `key/n`.
        timeout: How long to wait for each batch.
        in_flight: How many batches go out at once.
        batch_size: How many events a batch may have.
        max_wait: How long an event may wait for its batch to be full, in **seconds**.
        most_bytes: How many bytes a batch may have.
        clock: Returns the monotonic time in **seconds**.

    Attributes:
        max_wait: As above.
        is_over: No more events are taken.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: An argument has a wrong value.
    """

    def __init__(  # noqa: PLR0913 - the settings of a stream
        self,
        contract_id: str,
        *,
        version: Optional[str],
        dry_run: bool,
        idempotency_key: Optional[str],
        timeout: Optional[Timeout],
        in_flight: int,
        batch_size: int,
        max_wait: Optional[float],
        most_bytes: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if timeout is not None:
            as_patience(timeout)  # fail now, rather than with the first request
        check_count("in_flight", in_flight)
        check_count("batch_size", batch_size)
        if batch_size > MOST_EVENTS:
            raise ValueError(f"expected batch_size to be from 1 to {MOST_EVENTS}, got {batch_size}")
        key_header(idempotency_key)  # before numbers are added to it
        _check_max_wait(max_wait, idempotency_key)
        self.in_flight = in_flight
        self.max_wait = None if max_wait is None else min(max_wait, LONGEST)
        self.is_over = False
        self._contract_id = contract_id
        self._version = version
        self._dry_run = dry_run
        self._key = idempotency_key
        self._timeout = timeout
        self._splitter = Splitter(batch_size, most_bytes)
        self._clock = clock
        self._began = 0.0
        self._due: Optional[float] = None
        self._full: Optional[Batch] = None
        self._failure: Optional[BaseException] = None
        self._wave: list[Batch] = []
        self._answered: list[range] = []
        self._refused: list[range] = []
        self._unanswered: list[range] = []
        self.call(Batch(10**9, 0, 0, b""))  # refuse now what could never be sent

    def wave(self) -> Generator[Step, Any, None]:
        """Yield what to do until it is time to wait for the requests; then `settle` them."""
        self._wave = []
        if self._splitter.is_empty:
            self._due = None
        while len(self._wave) < self.in_flight and not self.is_over:
            left = None if self._due is None else max(0.0, self._due - self._clock())
            came = yield Fill(self._push, left)
            batch = self._batch_after(came)
            if batch is not None:
                self._began = self._began if self._wave else self._clock()
                self._wave.append(batch)
                yield batch
            if came is Signal.LATE or (
                self._wave and self._is_patience_over() and (yield Signal.LOOK)
            ):
                return

    def _push(self, event: Any) -> bool:
        """Take an event, and return whether something else must be done first."""
        try:
            self._full = self._splitter.push(event)
        except Exception as error:
            # The traceback's frames are ours, and hold the event.
            self.is_over, self._failure = True, error.with_traceback(None)
            return True
        if self.max_wait is not None and (self._due is None or self._full is not None):
            # Outcomes wait no longer than events that are waiting to be sent.
            self._due = self._clock() + self.max_wait
        if self._full is not None:
            return True
        # With no request under way, there is nothing to look for.
        return bool(self._wave) and self._is_patience_over()

    def _is_patience_over(self) -> bool:
        return self._clock() - self._began > _PATIENCE

    def _batch_after(self, came: Any) -> Optional[Batch]:
        """Return the batch to send, given why the source stopped; None if there is none."""
        if isinstance(came, Failed):
            self.is_over, self._failure = True, came.error
        elif came is Signal.ENDED:
            self.is_over = True
            return self._splitter.rest()
        elif came is Signal.LATE:
            self._due = None
            return self._splitter.rest()
        batch, self._full = self._full, None
        return batch

    def call(self, batch: Batch) -> Call[BatchIngestResponse]:
        """Make the call for a batch."""
        return ingest_bytes(
            self._contract_id,
            batch.body,
            version=self._version,
            dry_run=self._dry_run,
            idempotency_key=None if self._key is None else f"{self._key}/{batch.number}",
            timeout=self._timeout,
        )

    def settle(self, outcomes: Mapping[int, Outcome]) -> Iterator[IngestEventResult]:
        """Take the outcomes of a wave, by batch number, and yield those of the events in order.

        Raises:
            IngestInterruptedError: A batch failed, or no more events can be taken; the outcomes of
                earlier batches have been yielded.
        """
        wave = self._wave
        checked = [_checked(batch, outcomes.get(batch.number)) for batch in wave]
        for batch, outcome in zip(wave, checked):
            self._note(batch, outcome)
        for index, (batch, outcome) in enumerate(zip(wave, checked)):
            if isinstance(outcome, Exception):
                later = zip(wave[index:], checked[index:])
                results = [result for pair in later for result in _placed(*pair)]
                raise self._interrupted(outcome, results) from outcome
            yield from _placed(batch, outcome)
        if self._failure is not None:
            raise self._interrupted(self._failure) from self._failure

    def _note(self, batch: Batch, outcome: Outcome) -> None:
        if not isinstance(outcome, Exception):
            _append(self._answered, batch.positions)
        elif _is_unsure(outcome):
            _append(self._unanswered, batch.positions)
        elif isinstance(outcome, HTTPError):
            _append(self._refused, batch.positions)

    def _interrupted(
        self, cause: BaseException, outcomes: Sequence[IngestEventResult] = ()
    ) -> IngestInterruptedError:
        """Return the error that says what became of each position."""
        taken = self._splitter.taken
        known = sorted([*self._answered, *self._refused, *self._unanswered], key=lambda r: r.start)
        not_sent: list[range] = []
        end = 0
        for positions in [*known, range(taken, taken)]:
            if positions.start > end:
                not_sent.append(range(end, positions.start))
            end = positions.stop
        counts = {
            "answered": self._answered,
            "refused": self._refused,
            "sent without an answer": self._unanswered,
            "not sent": not_sent,
        }
        told = ", ".join(f"{sum(map(len, ranges))} {word}" for word, ranges in counts.items())
        # An error of the user's own iterable may quote an event.
        why = str(cause) if isinstance(cause, ContractGateError) else type(cause).__name__
        return IngestInterruptedError(
            f"of {taken} events taken, {told}: {why}",
            answered=self._answered,
            refused=self._refused,
            unanswered=self._unanswered,
            not_sent=not_sent,
            taken=taken,
            outcomes=outcomes,
        )


def check_events(events: object) -> None:
    """Refuse an iterable that is one event, or a text.

    Raises:
        TypeError: It is one of these.
    """
    is_text = isinstance(events, (str, bytes, bytearray, memoryview))
    if is_text or isinstance(events, Mapping) or hasattr(events, "model_dump"):
        kind = type(events).__name__
        hint = "JSON text must be decoded first" if is_text else "ingest sends one event"
        raise TypeError(f"expected an iterable of events, got one object of type {kind}; {hint}")


def _check_max_wait(max_wait: Optional[float], key: Optional[str]) -> None:
    if max_wait is None:
        return
    if not isinstance(max_wait, (int, float)) or isinstance(max_wait, bool):
        raise TypeError(f"expected max_wait to be seconds, got {type(max_wait).__name__}")
    if not 0 < max_wait < math.inf:
        raise ValueError(f"expected max_wait to be seconds above 0, got {max_wait}")
    if key is not None:
        raise ValueError(
            "expected max_wait without idempotency_key: time would decide where batches end, so a "
            "repeated stream would not send the same events under the same keys"
        )


def _checked(batch: Batch, outcome: Optional[Outcome]) -> Outcome:
    if outcome is None:  # something else ended the thread or task
        return ConnectionError("the request was abandoned")
    if isinstance(outcome, Exception) or len(outcome.results) == batch.size:
        return outcome
    return ResponseDecodeError(
        f"expected {batch.size} results, got {len(outcome.results)}",
        status=0 if outcome.meta is None else outcome.meta.status,
    )


def _placed(batch: Batch, outcome: Outcome) -> Iterator[IngestEventResult]:
    """Yield the results with their positions in the whole stream."""
    if isinstance(outcome, Exception):
        return
    for position, result in zip(batch.positions, outcome.results):
        # It was just decoded from the reply, and nothing else refers to it yet.
        msgspec.structs.force_setattr(result, "index", position)
        yield result


def _is_unsure(error: Exception) -> bool:
    """Return whether the gateway may have stored the events without saying so."""
    if isinstance(error, (BatchTooLargeError, ClientStateError)):
        return False
    history: Any = getattr(error, "history", ())
    if any(_may_have_stored(attempt) for attempt in history):
        return True
    if isinstance(error, HTTPError):
        return _may_be_stored(error.status)
    return error.was_sent if isinstance(error, ConnectionError) else True


def _may_have_stored(attempt: Attempt) -> bool:
    if attempt.status is None:
        return attempt.was_sent
    return _may_be_stored(attempt.status)


def _may_be_stored(status: int) -> bool:
    return status in _UNSURE_STATUSES or status == _TIMED_OUT


def _append(ranges: list[range], positions: range) -> None:
    """Add positions, joined to the last range if there is no gap."""
    if ranges and ranges[-1].stop == positions.start:
        ranges[-1] = range(ranges[-1].start, positions.stop)
    else:
        ranges.append(positions)
