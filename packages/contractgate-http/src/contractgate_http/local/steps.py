"""Answering in steps, so that no step keeps others waiting; and who takes them.

The way from a request to what is delivered is a generator. It yields each job that may take a
while, and goes on when that is done. Blocking callers do the jobs where they are, asynchronous ones
in threads.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from typing import Callable, NamedTuple, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

__all__ = ["Job", "Steps", "pause", "take_here", "take_in_threads"]

T = TypeVar("T")

_SHORT_AT_ONCE = 40
"""So many threads of an event loop do short jobs; they wait for each other's writes at most."""


class Job(NamedTuple):
    """Something to do before an answer can go on.

    Attributes:
        run: Does it, and keeps what comes of it.
        is_long: It may take longer than other requests should wait.
    """

    run: Callable[[], object]
    is_long: bool = False


Steps = Generator[Job, None, T]
"""Yields jobs to be done; returns what comes of all."""


def take_here(steps: Steps[T]) -> T:
    """Do all jobs in this thread."""
    with contextlib.closing(steps):
        while True:
            try:
                job = next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            job.run()


async def take_in_threads(steps: Steps[T]) -> T:
    """Do all jobs in threads, and leave the event loop to others meanwhile."""
    with contextlib.closing(steps):
        while True:
            try:
                job = next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            await anyio.to_thread.run_sync(job.run, limiter=_limiter(is_long=job.is_long))


_short: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("contractgate_short")
_long: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("contractgate_long")


def _limiter(*, is_long: bool) -> anyio.CapacityLimiter:
    """Give the limiter of this event loop; long jobs take turns, so one thread is enough."""
    kept, number = (_long, 1) if is_long else (_short, _SHORT_AT_ONCE)
    try:
        return kept.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(number)
        kept.set(limiter)
        return limiter


async def pause(seconds: float) -> None:
    """Wait so many real **seconds**, even where the event loop's clock is frozen."""
    over = threading.Event()
    try:
        await anyio.to_thread.run_sync(
            over.wait, seconds, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
    finally:
        over.set()
