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

from small_server import Reply, head, serve

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


def answer(path: bytes, body: memoryview) -> Reply:
    """Make an answer."""
    text = _results(bytes(body)) if b"/ingest/" in path else b'{"status": "ok"}'
    return Reply(head(len(text)) + text, is_last=path == b"/ready")


def _results(body: bytes) -> bytes:
    events: list[Any] = json.loads(body)
    common = {"passed": True, "violations": [], "contract_version": "1"}
    results = [{**common, "transformed_event": event} for event in events]
    totals = {"total": len(results), "passed": len(results), "failed": 0}
    return json.dumps({**totals, "resolved_version": "1", "results": results}).encode()


if __name__ == "__main__":
    asyncio.run(serve(answer))
