"""A server that answers every ingest at once with the same, so that only clients take time.

It prints its port. How many results the answer has stands in the last three digits of the id, with
000 for a thousand.
"""

from __future__ import annotations

import asyncio
import json
import sys

__all__ = ["Answering", "answer"]

_EVENT = {"amount": 19.99, "country": "DE", "event_type": "click", "user_id": "user_1"}


def answer(size: int) -> bytes:
    """Make the whole answer to a batch."""
    results: list[dict[str, object]] = [
        {
            "index": index,
            "passed": True,
            "violations": [],
            "validation_us": 7,
            "forwarded": True,
            "contract_version": "1.0.0",
            "quarantine_id": None,
            "transformed_event": {**_EVENT, "timestamp": 1_712_000_000 + index},
        }
        for index in range(size)
    ]
    body = {
        "total": size,
        "passed": size,
        "failed": 0,
        "dry_run": False,
        "atomic": False,
        "resolved_version": "1.0.0",
        "version_pin_source": "default_stable",
        "results": results,
    }
    text = json.dumps(body, separators=(",", ":")).encode()
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-ratelimit-limit: 100\r\n"
        f"x-ratelimit-remaining: 99\r\nx-ratelimit-reset: 1\r\ncontent-length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


ANSWERS = {f"{size % 1000:03}".encode(): answer(size) for size in (1, 100, 1000)}


class Answering(asyncio.Protocol):
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
        while True:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._received[:end]).lower()
            length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
            whole = end + 4 + int(length or b"0")
            if len(self._received) < whole:
                return
            path = head.split(b" ", 2)[1].partition(b"?")[0]
            del self._received[:whole]
            self._transport.write(ANSWERS[path[-3:]])


async def serve() -> None:
    """Serve until standard input ends."""
    listening = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    # Standard input ends with the process that began this one, however that ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    listening.close()


if __name__ == "__main__":
    asyncio.run(serve())
