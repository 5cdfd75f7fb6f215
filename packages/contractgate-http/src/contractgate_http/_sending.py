"""The driver of `ingest_many` with threads: for requests, and for a slow source."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Callable, Union

from contractgate_core._tracebacks import cut
from contractgate_core.models import BatchIngestResponse, IngestEventResult
from contractgate_http._call import Call
from contractgate_http._many import Failed, Fill, Many, Outcome, Signal, check_events
from contractgate_http._splitting import Batch

__all__ = ["Direct", "events_of", "pushed", "stream"]

__tracebackhide__ = True  # by pytest

Run = Callable[[Call[BatchIngestResponse]], BatchIngestResponse]


def events_of(events: Iterable[Any]) -> Iterator[Any]:
    """Begin to iterate events.

    Raises:
        TypeError: They are not an iterable, or are one event.
    """
    check_events(events)
    try:
        return iter(events)
    except TypeError:
        instead = "; AsyncClient takes async ones" if hasattr(events, "__aiter__") else ""
        kind = type(events).__name__
        raise TypeError(f"expected an iterable of events, got a {kind}{instead}") from None


def stream(run: Run, many: Many, events: Iterator[Any]) -> Generator[IngestEventResult, None, None]:
    """Send events, and yield the outcome of each, in order."""
    source: Source = Direct(events) if many.max_wait is None else Beside(events)
    try:
        while not many.is_over:
            requests = _Requests(run, many)
            _send_wave(many, source, requests)
            yield from many.settle(requests.wait())
    except BaseException as error:
        events = iter(())  # drop the reference
        cut(error)
        raise error
    finally:
        source.leave()


def _send_wave(many: Many, source: Source, requests: _Requests) -> None:
    answer: Any = None
    wave = many.wave()
    while True:
        try:
            step = wave.send(answer)
        except StopIteration:
            return
        answer = None
        if isinstance(step, Fill):
            answer = source.fill(step)
        elif isinstance(step, Batch):
            requests.start(step)
        else:
            answer = requests.look()


class _Requests:
    """The requests of one wave.

    Their threads end with the program, whatever they wait for. An exception such as
    `KeyboardInterrupt` does not wait for them.
    """

    def __init__(self, run: Run, many: Many) -> None:
        self._run = run
        self._many = many
        self._threads: list[threading.Thread] = []
        self._outcomes: dict[int, Outcome] = {}

    def start(self, batch: Batch) -> None:
        """Send a batch, in this thread if there is nothing else to do."""
        if self._many.in_flight == 1 or (self._many.is_over and not self._threads):
            self._send(batch)
            return
        # Each thread gets the caller's context, so that spans keep their parent.
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(self._send, batch), name="contractgate-ingest", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # there are too many threads
            self._send(batch)
        else:
            self._threads.append(thread)

    def _send(self, batch: Batch) -> None:
        try:
            self._outcomes[batch.number] = self._run(self._many.call(batch))
        except Exception as error:
            self._outcomes[batch.number] = error

    def look(self) -> bool:
        """Return whether all are answered, or one has failed."""
        outcomes = list(self._outcomes.values())
        has_failed = any(isinstance(outcome, Exception) for outcome in outcomes)
        return has_failed or not any(thread.is_alive() for thread in self._threads)

    def wait(self) -> dict[int, Outcome]:
        """Wait until all are answered."""
        for thread in self._threads:
            thread.join()
        return self._outcomes


class Direct:
    """A source that the stream waits for as long as it takes."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events

    def fill(self, step: Fill) -> Any:
        """Take events until there are enough, or return why there are none."""
        push = step.push
        try:
            for event in self._events:
                if push(event):
                    return None
        except Exception as error:
            return Failed(error)
        return Signal.ENDED

    def take(self) -> Any:
        """Take the next event, or return why there is none."""
        try:
            for event in self._events:
                return event
        except BaseException as error:
            return Failed(error)
        return Signal.ENDED

    def leave(self) -> None:
        """Take no more."""


class Beside:
    """A source in a thread of its own, which reads an event when asked to.

    The thread ends with the stream, or with the program if the source never returns.
    """

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = Direct(events)
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._came: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._is_asked = False
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._read,), name="contractgate-source", daemon=True
        )

    def fill(self, step: Fill) -> Any:
        """Take an event if one comes in time, or return why there is none."""
        if not self._is_asked:
            if self._thread.ident is None:
                self._thread.start()
            self._asked.put(True)
            self._is_asked = True
        try:
            came = self._came.get(timeout=step.within)
        except queue.Empty:
            return Signal.LATE
        self._is_asked = False
        return pushed(step, came)

    def leave(self) -> None:
        """Take no more."""
        self._asked.put(False)

    def _read(self) -> None:
        while self._asked.get():
            self._came.put(self._events.take())


def pushed(step: Fill, came: Any) -> Any:
    """Push an event, or return why there is none."""
    if came is Signal.ENDED:
        return came
    if isinstance(came, Failed):
        return came.checked()
    step.push(came)
    return None


Source = Union[Direct, Beside]
