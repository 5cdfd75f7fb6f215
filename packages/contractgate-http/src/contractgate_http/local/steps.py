"""Answering in steps, so that no step keeps others waiting; and who takes them.

The way from a request to what is delivered is a generator. It yields each job that may take a
while, and goes on when that is done. Blocking callers do the jobs where they are, asynchronous ones
in threads.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from typing import Callable, Literal, NamedTuple, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

__all__ = ["Job", "Steps", "pause", "take_here", "take_in_threads"]

T = TypeVar("T")

Lane = Literal["database", "short", "shared", "long"]
"""What a job needs: the database, or only time, less or more of it; or what another one is at."""

_AT_ONCE: dict[Lane, int] = {"database": 40, "short": 40, "shared": 40, "long": 1}
"""So many threads of an event loop do jobs of a lane. What is long takes turns anyway."""


class Job(NamedTuple):
    """Something to do before an answer can go on.

    Attributes:
        run: Does it, and keeps what comes of it.
        lane: What it needs. Jobs of one lane never wait for those of another to end.
    """

    run: Callable[[], object]
    lane: Lane


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
            await anyio.to_thread.run_sync(job.run, limiter=_limiter(job.lane))


_limiters: anyio.lowlevel.RunVar[dict[Lane, anyio.CapacityLimiter]] = anyio.lowlevel.RunVar(
    "contractgate_http.local"
)


def _limiter(lane: Lane) -> anyio.CapacityLimiter:
    """Give the limiter of a lane; each event loop has its own."""
    try:
        return _limiters.get()[lane]
    except LookupError:
        limiters: dict[Lane, anyio.CapacityLimiter] = {}
        for each, number in _AT_ONCE.items():
            limiters[each] = anyio.CapacityLimiter(number)
        _limiters.set(limiters)
        return limiters[lane]


async def pause(seconds: float) -> None:
    """Wait so many real **seconds**, even where the event loop's clock is frozen."""
    over = threading.Event()
    try:
        await anyio.to_thread.run_sync(
            over.wait, seconds, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
    finally:
        over.set()
