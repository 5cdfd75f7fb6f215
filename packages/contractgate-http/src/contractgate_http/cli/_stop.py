"""Stops `contractgate serve` on a signal, at any moment, and gracefully."""

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
    """Handles the signals that ask the process to end, inside a `with` block.

    They raise no exception, since it could come anywhere. A running server is asked to end, one not
    yet running ends as soon as it has started, and a second signal ends it at once.
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
        """Abort all connections: since Python 3.12, nothing else ends the wait for them."""
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()

    def run(self, server: Any, listener: socket.socket) -> None:
        """Run a uvicorn server until it is asked to end."""
        # uvicorn's own handlers would replace ours, and raise each signal again at the end.
        server.install_signal_handlers = _install_nothing
        server.capture_signals = _capture_nothing
        self._server = server
        self._tell()
        log = logging.getLogger("uvicorn.error")
        log.addFilter(_is_worth_logging)
        try:
            asyncio.run(self._serve(listener))
        finally:
            self._loop = None
            log.removeFilter(_is_worth_logging)

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve([listener])


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Filter out reports of requests that were cancelled because the server is ending."""
    return not record.exc_info or not isinstance(record.exc_info[1], asyncio.CancelledError)


def _install_nothing() -> None:
    """Replace a method of older versions of uvicorn."""


@contextlib.contextmanager
def _capture_nothing() -> Iterator[None]:
    """Replace a method of newer versions."""
    yield
