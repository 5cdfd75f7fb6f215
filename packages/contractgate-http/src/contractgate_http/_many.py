"""`ingest_many` without its waiting: batches out, outcomes in, and what became of which event.

Batches go out in waves of as many as may be in flight; the next wave goes out once all of one are
answered and their outcomes were taken. So nothing is in flight while the caller works.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Optional, Union

import msgspec

from contractgate_core.errors import (
    Attempt,
    BatchTooLargeError,
    ClientStateError,
    ConnectionError,  # noqa: A004 - ours, which is also the builtin one
    ContractGateError,
    HTTPError,
    IngestInterruptedError,
    ResponseDecodeError,
)
from contractgate_core.models import BatchIngestResponse, IngestEventResult
from contractgate_http._call import Call, Timeout
from contractgate_http._events import MOST_EVENTS
from contractgate_http._splitting import Batch, Splitter
from contractgate_http.endpoints.events import ingest_bytes

__all__ = ["Many", "Outcome"]

Outcome = Union[BatchIngestResponse, Exception]

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
        most_bytes: How many bytes a batch may have.

    Raises:
        ValueError: An argument has a wrong value.
    """

    def __init__(  # noqa: PLR0913 - what a stream can be told
        self,
        contract_id: str,
        *,
        version: Optional[str],
        dry_run: bool,
        idempotency_key: Optional[str],
        timeout: Optional[Timeout],
        in_flight: int,
        batch_size: int,
        most_bytes: int,
    ) -> None:
        if in_flight < 1:
            raise ValueError(f"expected in_flight to be at least 1, got {in_flight}")
        if not 1 <= batch_size <= MOST_EVENTS:
            raise ValueError(f"expected batch_size to be from 1 to {MOST_EVENTS}, got {batch_size}")
        self.in_flight = in_flight
        self._contract_id = contract_id
        self._version = version
        self._dry_run = dry_run
        self._key = idempotency_key
        self._timeout = timeout
        self._splitter = Splitter(batch_size, most_bytes)
        self._wave: list[Batch] = []
        self._answered: list[range] = []
        self._refused: list[range] = []
        self._unanswered: list[range] = []
        self.call(Batch(10**9, 0, 0, b""))  # refuses now what could never be sent

    def push(self, event: object) -> Sequence[Batch]:
        """Take an event, and give a wave if one is complete."""
        return self._add(self._splitter.push(event))

    def _add(self, batch: Optional[Batch]) -> Sequence[Batch]:
        if batch is not None:
            self._wave.append(batch)
        return self._take_wave() if len(self._wave) == self.in_flight else ()

    def rest(self) -> Sequence[Batch]:
        """Give the last wave, which may be empty."""
        batch = self._splitter.rest()
        if batch is not None:
            self._wave.append(batch)
        return self._take_wave()

    def _take_wave(self) -> list[Batch]:
        wave, self._wave = self._wave, []
        return wave

    def call(self, batch: Batch) -> Call[BatchIngestResponse]:
        """Make the call of a batch."""
        return ingest_bytes(
            self._contract_id,
            batch.body,
            version=self._version,
            dry_run=self._dry_run,
            idempotency_key=None if self._key is None else f"{self._key}/{batch.number}",
            timeout=self._timeout,
        )

    def settle(
        self, wave: Sequence[Batch], outcomes: Sequence[Outcome]
    ) -> Iterator[IngestEventResult]:
        """Take what came of a wave, and give the outcome of each event, in order.

        Raises:
            IngestInterruptedError: A batch was not answered as it should be; outcomes of the
                batches before it were given.
        """
        checked = [_checked(batch, outcome) for batch, outcome in zip(wave, outcomes)]
        for batch, outcome in zip(wave, checked):
            self._note(batch, outcome)
        for index, (batch, outcome) in enumerate(zip(wave, checked)):
            if isinstance(outcome, Exception):
                later = zip(wave[index:], checked[index:])
                results = [result for pair in later for result in _placed(*pair)]
                raise self.interrupted(outcome, results) from outcome
            yield from _placed(batch, outcome)

    def _note(self, batch: Batch, outcome: Outcome) -> None:
        if not isinstance(outcome, Exception):
            _append(self._answered, batch.positions)
        elif _is_unsure(outcome):
            _append(self._unanswered, batch.positions)
        elif isinstance(outcome, HTTPError):
            _append(self._refused, batch.positions)

    def interrupted(
        self, cause: Exception, outcomes: Sequence[IngestEventResult] = ()
    ) -> IngestInterruptedError:
        """Say what became of which position when the stream cannot go on."""
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
        # What the user's own iterable raises may quote an event.
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


def _checked(batch: Batch, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Exception) or len(outcome.results) == batch.size:
        return outcome
    return ResponseDecodeError(
        f"expected {batch.size} results, got {len(outcome.results)}",
        status=0 if outcome.meta is None else outcome.meta.status,
    )


def _placed(batch: Batch, outcome: Outcome) -> Iterator[IngestEventResult]:
    """Give the results with their positions in the whole stream."""
    if isinstance(outcome, Exception):
        return
    for position, result in zip(batch.positions, outcome.results):
        # It was just read from the reply, and nobody else has it yet.
        msgspec.structs.force_setattr(result, "index", position)
        yield result


def _is_unsure(error: Exception) -> bool:
    """Whether the gateway may have stored the events although it did not say so."""
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
    """Add positions, joined to those before them if there is no gap."""
    if ranges and ranges[-1].stop == positions.start:
        ranges[-1] = range(ranges[-1].start, positions.stop)
    else:
        ranges.append(positions)
