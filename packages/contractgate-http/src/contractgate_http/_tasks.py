"""Background tasks under asyncio and trio.

A task group will not do: task groups must be left in reverse order of entry, and between two events
an async iterable of the user's may enter one of its own. So whoever starts a task here must wait
for it, or cancel it.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Coroutine
from typing import Any, Callable

import anyio

__all__ = ["CallSoon", "Task", "asyncio_loop", "call_soon", "running_loop"]

CallSoon = Callable[[Callable[[], object]], object]


class Task:
    """One task. The function it runs must handle its own exceptions.

    Args:
        run: The function to run.
    """

    def __init__(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._run = run
        self._scope = anyio.CancelScope()
        self._end = anyio.Event()
        loop = asyncio_loop()
        if loop is None:
            _trio().spawn_system_task(self._go, context=contextvars.copy_context())
        else:
            self._task = loop.create_task(self._go())  # asyncio itself keeps no reference

    async def _go(self) -> None:
        try:
            with self._scope:
                await self._run()
        finally:
            self._end.set()

    @property
    def is_done(self) -> bool:
        """The task has ended."""
        return self._end.is_set()

    def cancel(self) -> None:
        """Cancel the task."""
        self._scope.cancel()

    async def wait(self) -> None:
        """Wait until the task has ended."""
        await self._end.wait()


def call_soon() -> CallSoon:
    """Return the function by which other threads call functions in the running event loop."""
    is_asyncio = asyncio_loop() is not None
    loop = running_loop()
    call: CallSoon = loop.call_soon_threadsafe if is_asyncio else loop.run_sync_soon
    return call


def running_loop() -> Any:
    """Return the event loop, or trio's token for it."""
    loop = asyncio_loop()
    return _trio().current_trio_token() if loop is None else loop


def asyncio_loop() -> Any:
    """Return the event loop of asyncio; None under trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _trio() -> Any:
    return sys.modules["trio"].lowlevel
