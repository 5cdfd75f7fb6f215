"""The driver of `ingest_many` with tasks: for requests, and for a slow source."""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Iterable
from typing import Any, Callable, Optional, Union

import anyio
import anyio.lowlevel

from contractgate_core._tracebacks import cut
from contractgate_core.models import BatchIngestResponse, IngestEventResult
from contractgate_http._call import Call
from contractgate_http._clock import monotonic
from contractgate_http._cutting import cut_after
from contractgate_http._many import SLOW, Failed, Fill, Many, Outcome, Signal, check_events
from contractgate_http._sending import Direct, events_of, pushed
from contractgate_http._splitting import Batch
from contractgate_http._tasks import CallSoon, Task, call_soon

__all__ = ["async_stream", "source_of"]

__tracebackhide__ = True  # by pytest

Run = Callable[[Call[BatchIngestResponse]], Awaitable[BatchIngestResponse]]


def source_of(events: Union[Iterable[Any], AsyncIterable[Any]], many: Many) -> Source:
    """Begin to iterate events, in the background if the stream may not wait for them.

    Raises:
        TypeError: They are not an iterable, or are one event.
    """
    check_events(events)
    if isinstance(events, AsyncIterable):
        awaited = Awaited(events.__aiter__())
        return awaited if many.max_wait is None else TaskSource(awaited)
    plain = Direct(events_of(events))
    return Plain(plain) if many.max_wait is None else ThreadSource(plain)


async def async_stream(
    run: Run, many: Many, source: Source
) -> AsyncGenerator[IngestEventResult, None]:
    """Send events, and yield the outcome of each, in order."""
    try:
        while not many.is_over:
            requests = _Requests(run, many)
            try:
                await _send_wave(many, source, requests)
                outcomes = await requests.wait()
            except BaseException as error:
                # Without a running loop, nothing can be awaited.
                await requests.leave(is_waited=not isinstance(error, GeneratorExit))
                raise
            for result in many.settle(outcomes):
                yield result
    except BaseException as error:
        cut(error)
        raise error
    finally:
        source.leave()


async def _send_wave(many: Many, source: Source, requests: _Requests) -> None:
    answer: Any = None
    wave = many.wave()
    while True:
        try:
            step = wave.send(answer)
        except StopIteration:
            return
        answer = None
        if isinstance(step, Fill):
            answer = await source.fill(step)
        elif isinstance(step, Batch):
            await requests.start(step, is_alone=source.blocks)
        else:
            answer = requests.look()


class _Requests:
    """The requests of one wave."""

    def __init__(self, run: Run, many: Many) -> None:
        self._run = run
        self._many = many
        self._tasks: list[Task] = []
        self._outcomes: dict[int, Outcome] = {}

    async def start(self, batch: Batch, *, is_alone: bool) -> None:
        """Send a batch, and wait for its answer if there is nothing else to do."""
        if is_alone or self._many.in_flight == 1 or (self._many.is_over and not self._tasks):
            await self._send(batch)
            return
        self._tasks.append(Task(lambda: self._send(batch)))
        await anyio.lowlevel.checkpoint()  # let it begin

    async def _send(self, batch: Batch) -> None:
        try:
            self._outcomes[batch.number] = await self._run(self._many.call(batch))
        except Exception as error:
            self._outcomes[batch.number] = error

    def look(self) -> bool:
        """Return whether all are answered, or one has failed."""
        has_failed = any(isinstance(outcome, Exception) for outcome in self._outcomes.values())
        return has_failed or all(task.is_done for task in self._tasks)

    async def wait(self) -> dict[int, Outcome]:
        """Wait until all are answered."""
        for task in self._tasks:
            await task.wait()
        return self._outcomes

    async def leave(self, *, is_waited: bool) -> None:
        """Cancel the requests under way."""
        for task in self._tasks:
            task.cancel()
        if is_waited:
            with anyio.CancelScope(shield=True):
                for task in self._tasks:
                    await task.wait()


class Awaited:
    """An async source that the stream waits for as long as it takes."""

    blocks = False

    def __init__(self, events: AsyncIterator[Any]) -> None:
        self._events = events

    async def fill(self, step: Fill) -> Any:
        """Take events until there are enough, or return why there are none."""
        push, events = step.push, self._events
        try:
            while not push(await events.__anext__()):
                pass
        except StopAsyncIteration:
            return Signal.ENDED
        except Exception as error:
            return Failed(error)
        return None

    async def take(self) -> Any:
        """Take the next event, or return why there is none."""
        try:
            return await self._events.__anext__()
        except StopAsyncIteration:
            return Signal.ENDED
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:
            return Failed(error)

    def leave(self) -> None:
        """Take no more."""


class Plain:
    """A plain source that the stream waits for as long as it takes.

    Attributes:
        blocks: It has been slow, and blocks everything else; no request may be under way then.
    """

    def __init__(self, events: Direct) -> None:
        self.blocks = False
        self._events = events

    async def fill(self, step: Fill) -> Any:
        """Take events until there are enough, or return why there are none."""
        began = monotonic()
        came = self._events.fill(step)
        self.blocks = self.blocks or monotonic() - began > SLOW
        return came

    def leave(self) -> None:
        """Take no more."""


class _Beside:
    """A source that reads an event in the background when asked to."""

    blocks = False

    def __init__(self) -> None:
        self._is_asked = False
        self._event: Any = None
        self._came: anyio.Event

    async def fill(self, step: Fill) -> Any:
        """Take an event if one comes in time, or return why there is none."""
        if not self._is_asked:
            self._is_asked = True
            self._came = anyio.Event()
            self._ask()
        with cut_after(step.within):
            await self._came.wait()
        if not self._came.is_set():
            return Signal.LATE
        self._is_asked = False
        came, self._event = self._event, None
        return pushed(step, came)

    def _ask(self) -> None:
        raise NotImplementedError


class TaskSource(_Beside):
    """An async source in a task of its own, which is cancelled when the stream is left."""

    def __init__(self, events: Awaited) -> None:
        super().__init__()
        self._events = events
        self._asked: anyio.Event
        self._task: Optional[Task] = None

    def _ask(self) -> None:
        if self._task is None:
            self._asked = anyio.Event()
            self._task = Task(self._read)
        self._asked.set()

    async def _read(self) -> None:
        # One task for all events: an async iterable must not move from task to task.
        while True:
            await self._asked.wait()
            self._asked = anyio.Event()
            try:
                self._event = await self._events.take()
            except BaseException as error:
                # The iterable itself may have awaited something that was cancelled.
                self._event = Failed(error)
                raise
            finally:
                self._came.set()

    def leave(self) -> None:
        """Take no more."""
        if self._task is not None:
            self._task.cancel()


class ThreadSource(_Beside):
    """A plain source in a thread of its own.

    The thread ends with the stream, or with the program if the source never returns.
    """

    def __init__(self, events: Direct) -> None:
        super().__init__()
        self._events = events
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._call_soon: Optional[CallSoon] = None

    def _ask(self) -> None:
        if self._call_soon is None:
            self._call_soon = call_soon()
            context = contextvars.copy_context()
            threading.Thread(
                target=context.run, args=(self._read,), name="contractgate-source", daemon=True
            ).start()
        self._asked.put(True)

    def _read(self) -> None:
        assert self._call_soon is not None, "it is asked first"  # noqa: S101
        while self._asked.get():
            self._event = self._events.take()
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._call_soon(self._came.set)

    def leave(self) -> None:
        """Take no more."""
        self._asked.put(False)


Source = Union[Awaited, Plain, TaskSource, ThreadSource]
