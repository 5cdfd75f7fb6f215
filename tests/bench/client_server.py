"""A server that answers every ingest at once with the same, so that only clients take time.

It prints its port. How many results the answer has stands in the last three digits of the id, with
000 for a thousand.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from small_server import Reply, head, serve

__all__ = ["answer"]

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
    return head(len(text), *_HEADERS) + text


_HEADERS = (
    "content-type: application/json",
    "x-ratelimit-limit: 100",
    "x-ratelimit-remaining: 99",
    "x-ratelimit-reset: 1",
)
ANSWERS = {f"{size % 1000:03}".encode(): Reply(answer(size)) for size in (1, 100, 1000)}


def choose(path: bytes, _: memoryview) -> Reply:
    """Choose the answer that the id in a path names."""
    return ANSWERS[path.partition(b"?")[0][-3:]]


if __name__ == "__main__":
    asyncio.run(serve(choose))
