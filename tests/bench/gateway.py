"""Measures how many events a local gateway accepts: in memory, in a file, over TCP.

    python tests/bench/gateway.py [--rounds N] [--seconds S]

Batches of a hundred events that all pass, sent one after the other by one client. Of several
rounds, interleaved, the fastest counts.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import uvicorn

from contractgate_http.local import LocalGateway

__all__ = ["Way", "events_per_second", "in_file", "in_memory", "over_tcp"]

_BATCH = 100
_CONTRACT = """
version: "1.0"
name: user_events
ontology:
  entities:
    - {name: user_id, type: string, pattern: "^[a-z0-9_]+$"}
    - {name: event_type, type: string, enum: [click, view, purchase]}
    - {name: timestamp, type: integer, min: 0}
    - {name: amount, type: float, required: false, min: 0}
    - {name: email, type: string, required: false}
"""


class Way(NamedTuple):
    """A client, and the contract that it sends events to."""

    client: httpx.Client
    contract_id: str


def _body() -> bytes:
    events = [
        {
            "user_id": f"user_{number}",
            "event_type": "click",
            "timestamp": 1_712_000_000 + number,
            "amount": 1.5,
            "email": "somebody@example.com",
        }
        for number in range(_BATCH)
    ]
    return json.dumps(events).encode()


def _deployed(client: httpx.Client) -> Way:
    body = {"name": "user_events", "yaml_content": _CONTRACT}
    return Way(client, client.post("/contracts/deploy", json=body).json()["contract_id"])


def _headers(gateway: LocalGateway) -> dict[str, str]:
    return {"x-api-key": gateway.add_key(rate=1e9, burst=1e9)}


@contextlib.contextmanager
def in_memory() -> Iterator[Way]:
    """Open a gateway in memory, reached through the transport."""
    with LocalGateway() as gateway:
        transport, headers = gateway.transport, _headers(gateway)
        with httpx.Client(transport=transport, base_url=gateway.url, headers=headers) as client:
            yield _deployed(client)


@contextlib.contextmanager
def in_file() -> Iterator[Way]:
    """Open a gateway in a file, reached through the transport."""
    with tempfile.TemporaryDirectory() as folder, LocalGateway(Path(folder) / "gate.db") as gateway:
        transport, headers = gateway.transport, _headers(gateway)
        with httpx.Client(transport=transport, base_url=gateway.url, headers=headers) as client:
            yield _deployed(client)


@contextlib.contextmanager
def over_tcp() -> Iterator[Way]:
    """Open a gateway in memory behind uvicorn, reached over the loopback."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    with listener, LocalGateway() as gateway:
        server = uvicorn.Server(uvicorn.Config(gateway.asgi, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=url, headers=_headers(gateway)) as client:
            yield _deployed(client)
        server.should_exit = True
        thread.join()


WAYS: dict[str, Any] = {"memory": in_memory, "file": in_file, "tcp": over_tcp}


def events_per_second(way: Way, seconds: float) -> float:
    """Send batches for a while and count.

    Args:
        way: Where to.
        seconds: How long, in **seconds**.
    """
    body, path = _body(), f"/v1/ingest/{way.contract_id}"
    began, batches = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        reply = way.client.post(path, content=body)
        if reply.status_code != 200:
            raise SystemExit(f"status {reply.status_code}, expected 200")
        batches += 1
    return batches * _BATCH / (time.perf_counter() - began)


def main() -> None:
    """Measure every way and print the fastest round of each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round")
    arguments = parser.parse_args()
    fastest = dict.fromkeys(WAYS, 0.0)
    with contextlib.ExitStack() as opened:
        ways = {name: opened.enter_context(make()) for name, make in WAYS.items()}
        for _ in range(arguments.rounds):
            for name, way in ways.items():
                fastest[name] = max(fastest[name], events_per_second(way, arguments.seconds))
    for name, speed in fastest.items():
        print(f"{name:8} {speed:>10,.0f} events/s in batches of {_BATCH}")


if __name__ == "__main__":
    main()
