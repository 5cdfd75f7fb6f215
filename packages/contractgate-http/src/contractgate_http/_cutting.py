"""Sleeps and deadlines of the async client, in real time, under asyncio and trio.

An event loop uses the clock of the process. Where a test has frozen it, timers never fire, so a
thread waits instead.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Callable, Optional

import anyio
import httpx

from contractgate_http._call import UNSENT
from contractgate_http._clock import LONGEST, Deadline, is_frozen
from contractgate_http._tasks import call_soon

__all__ = ["closing", "cut_after", "cut_at", "cut_error", "sleep"]

_GRACE = 0.05
"""How many **seconds** after httpx's own timeouts a try is cut: they know what took so long."""

_CLOSING = 1.0
"""How many **seconds** closing a connection may take at most."""


async def sleep(seconds: float) -> None:
    """Wait for this many **seconds** of real time."""
    seconds = min(seconds, LONGEST)
    if not is_frozen():
        await anyio.sleep(seconds)
        return
    is_over = anyio.Event()
    with _call_later(seconds, is_over.set):
        await is_over.wait()


def cut_at(deadline: Deadline) -> AbstractContextManager[object]:
    """Cancel the block when its deadline has passed."""
    left = deadline.left()
    return cut_after(None if left is None else left + _GRACE)


def cut_after(seconds: Optional[float], *, shield: bool = False) -> AbstractContextManager[object]:
    """Cancel the block after this many **seconds** of real time; None for never.

    Args:
        seconds: How long it may take.
        shield: Whether nobody else can cancel it.
    """
    if seconds is None:
        return contextlib.nullcontext()
    if is_frozen():
        return _cut_by_thread(seconds, shield=shield)
    return anyio.move_on_after(seconds, shield=shield)


@contextlib.contextmanager
def _cut_by_thread(seconds: float, *, shield: bool) -> Iterator[None]:
    with anyio.CancelScope(shield=shield) as scope, _call_later(seconds, scope.cancel):
        yield


def cut_error(request: httpx.Request) -> httpx.TimeoutException:
    """Return the error for a request that was cut, by what it was waiting for."""
    kind = httpx.ConnectTimeout if UNSENT in request.extensions else httpx.ReadTimeout
    return kind("it was cut", request=request)


def closing() -> AbstractContextManager[object]:
    """Shield the closing of a connection; one half closed would stay in the pool."""
    return cut_after(_CLOSING, shield=True)


@contextlib.contextmanager
def _call_later(seconds: float, function: Callable[[], object]) -> Iterator[None]:
    """Let a thread call a function in the event loop later, unless the block ends first."""
    soon = call_soon()

    def call() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            soon(function)

    timer = threading.Timer(min(seconds, LONGEST), call)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
