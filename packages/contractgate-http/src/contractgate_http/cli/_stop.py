"""How `contractgate serve` is stopped: by a signal, at any moment, and without haste."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any, Optional

__all__ = ["Stop"]

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]


class Stop:
    """Takes note of signals that ask the process to end; within a `with` block.

    No exception comes of them, since it could come anywhere. A server that runs is told to end, one
    that is to run ends as soon as it has begun, and a signal more lets it end at once.
    """

    def __init__(self) -> None:
        self._server: Any = None
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._before: dict[int, Any] = {}
        self._signals = 0

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: Optional[FrameType]) -> None:
        self._signals += 1
        self._tell()

    def _tell(self) -> None:
        if self._server is not None and self._signals:
            self._server.should_exit = True
            self._server.force_exit = self._signals > 1
            if self._signals > 1 and self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._break_off)

    def _break_off(self) -> None:
        """End all connections: from Python 3.12 on, nothing else ends the wait for them."""
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()

    def run(self, server: Any, listener: socket.socket) -> None:
        """Run a server of uvicorn until it is to end."""
        # Its own handlers would take our place, and hand each signal on when it has ended.
        server.install_signal_handlers = _install_nothing
        server.capture_signals = _capture_nothing
        self._server = server
        self._tell()
        log = logging.getLogger("uvicorn.error")
        log.addFilter(_is_worth_telling)
        try:
            asyncio.run(self._serve(listener))
        finally:
            self._loop = None
            log.removeFilter(_is_worth_telling)

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve([listener])


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Leave out that a request was broken off: it was when the server was to end."""
    return not record.exc_info or not isinstance(record.exc_info[1], asyncio.CancelledError)


def _install_nothing() -> None:
    """Stand in for a method of older versions of uvicorn."""


@contextlib.contextmanager
def _capture_nothing() -> Iterator[None]:
    """Stand in for a method of newer ones."""
    yield
