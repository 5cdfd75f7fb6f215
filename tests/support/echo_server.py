"""A small and fast HTTP server in a process of its own, for tests that need real sockets.

It answers an ingest with a result for each event that holds the event, and everything else with
`{"status": "ok"}`. A request for `/ready` is the last of its connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["echo_server"]


@contextlib.contextmanager
def echo_server() -> Iterator[str]:
    """Run the server; give its base URL."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()
        process.stdin.close()


def answer(path: bytes, body: bytes) -> bytes:
    """Make the body of an answer."""
    if b"/ingest/" not in path:
        return b'{"status": "ok"}'
    events: list[Any] = json.loads(body)
    common = {"passed": True, "violations": [], "contract_version": "1"}
    results = [{**common, "transformed_event": event} for event in events]
    totals = {"total": len(results), "passed": len(results), "failed": 0}
    return json.dumps({**totals, "resolved_version": "1", "results": results}).encode()


class Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
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
            head = bytes(self._received[:end])
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            whole = end + 4 + int(length or b"0")
            if len(self._received) < whole:
                return
            path = head.split(b" ", 2)[1]
            body = answer(path, bytes(self._received[end + 4 : whole]))
            del self._received[:whole]
            start = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
            self._transport.write(start.encode() + body)
            if path == b"/ready":
                self._transport.close()


async def serve() -> None:
    """Serve until standard input ends."""
    listening = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    # Standard input ends with the process that began this one, however that ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    listening.close()


if __name__ == "__main__":
    asyncio.run(serve())
