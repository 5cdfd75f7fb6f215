"""A small, fast HTTP server for a process of its own: real sockets, and only clients take time.

A script calls `asyncio.run(serve(…))`, and another process runs the script with a pipe for standard
input. The server prints its port and ends with that pipe.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Answer", "Reply", "head", "serve"]


class Reply(NamedTuple):
    """An answer.

    Attributes:
        data: All of it, as it goes over the wire.
        is_last: The connection ends behind it.
    """

    data: bytes
    is_last: bool = False


Answer = Callable[[bytes, memoryview], Reply]
"""Called with the path and the body of a request, which is there only until it returns."""


def head(length: int, *lines: str) -> bytes:
    """Write the head of an answer whose body has so many bytes."""
    return "\r\n".join(("HTTP/1.1 200 OK", *lines, f"content-length: {length}", "", "")).encode()


class _Connection(asyncio.Protocol):
    """One connection.

    Args:
        answer: Makes the answers.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            start = bytes(self._received[:end])
            length = start.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            whole = end + 4 + int(length or b"0")
            if len(self._received) < whole:
                return
            with memoryview(self._received) as view, view[end + 4 : whole] as body:
                reply = self._answer(start.split(b" ", 2)[1], body)
            del self._received[:whole]
            self._transport.write(reply.data)
            if reply.is_last:
                self._transport.close()


async def serve(answer: Answer) -> None:
    """Serve until standard input ends.

    Args:
        answer: Makes the answers.
    """
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: _Connection(answer), "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    # Standard input ends with the process that began this one, however that ends.
    await loop.run_in_executor(None, sys.stdin.read)
    listening.close()
