"""Answers requests in steps, so that no step keeps others waiting; and the drivers of steps.

A generator leads from a request to its delivery. It yields each job that may take a while, and goes
on when it is done. Blocking callers do the jobs in their own thread, async ones in other threads.
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
"""What a job needs: the database, a little or much time, or the result of another job."""

_AT_ONCE: dict[Lane, int] = {"database": 40, "short": 40, "shared": 40, "long": 1}
"""How many threads of an event loop do the jobs of a lane. Long jobs take turns anyway."""


class Job(NamedTuple):
    """Something to do before the answer can go on.

    Attributes:
        run: Does it, and keeps the result.
        lane: What it needs. Jobs of one lane never wait for those of another to end.
    """

    run: Callable[[], object]
    lane: Lane


Steps = Generator[Job, None, T]
"""Yields jobs to do, and returns the final result."""


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
    """Do all jobs in threads, so that the event loop stays free."""
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
    """Return the limiter of a lane; each event loop has its own."""
    try:
        return _limiters.get()[lane]
    except LookupError:
        limiters: dict[Lane, anyio.CapacityLimiter] = {}
        for each, number in _AT_ONCE.items():
            limiters[each] = anyio.CapacityLimiter(number)
        _limiters.set(limiters)
        return limiters[lane]


async def pause(seconds: float) -> None:
    """Wait for this many real **seconds**, even if the event loop's clock is frozen."""
    over = threading.Event()
    try:
        await anyio.to_thread.run_sync(
            over.wait, seconds, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
    finally:
        over.set()
