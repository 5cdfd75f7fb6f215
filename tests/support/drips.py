"""A server that answers by a script, byte by byte if need be, and ends after some seconds.

What it sends is harmless; it only takes its time.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Callable, Optional

__all__ = ["PAUSE", "SECONDS", "Drips", "drips", "whole"]

PAUSE = 0.05
"""How many **seconds** are between two pieces."""

SECONDS = 4.0
"""How many **seconds** a connection lives at most."""

Script = Callable[[bytes], Iterable[bytes]]
"""Called with the first bytes of a request; gives the pieces of the answer. Endless will do."""


def whole(body: bytes = b'{"status": "ok"}', *lines: bytes, status: bytes = b"200 OK") -> bytes:
    """Write an answer that has nothing wrong."""
    length = b"content-length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, length, b"", body])


class Drips:
    """The server, in threads of this process.

    Args:
        script: What it answers.
        context: The server's side of TLS, if it is wanted.
    """

    def __init__(self, script: Script, context: Optional[ssl.SSLContext]) -> None:
        self._script = script
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=20)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self.connections = 0
        self.requests: list[bytes] = []
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(accepted,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        end = time.monotonic() + SECONDS
        with contextlib.suppress(OSError), accepted:
            accepted.settimeout(SECONDS)
            channel = accepted
            if self._context is not None:
                channel = self._context.wrap_socket(accepted, server_side=True)
            with channel:
                while time.monotonic() < end:
                    request = channel.recv(65536)
                    if not request:
                        return
                    self.requests.append(request)
                    self._answer(channel, request, end)

    def _answer(self, channel: socket.socket, request: bytes, end: float) -> None:
        for number, piece in enumerate(self._script(request)):
            if number:
                time.sleep(PAUSE)
            if time.monotonic() > end:
                break
            channel.sendall(piece)

    def has_ended(self, seconds: float) -> bool:
        """Wait until all connections so far are closed; False if some live longer than that."""
        until = time.monotonic() + seconds
        for thread in self._threads[1:]:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads[1:])

    def close(self) -> None:
        """Stop listening; connections end by themselves."""
        # Whoever waits in `accept` is not woken by closing everywhere.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@contextlib.contextmanager
def drips(script: Script, context: Optional[ssl.SSLContext] = None) -> Iterator[Drips]:
    """Run the server."""
    made = Drips(script, context)
    try:
        yield made
    finally:
        made.close()
