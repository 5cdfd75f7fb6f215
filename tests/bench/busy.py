"""How long a local gateway keeps others waiting, beside the limit that is promised.

    python tests/bench/busy.py [--requests N]

While contracts of 1 MiB are compiled, or full batches are judged, one after the other, other
requests come in: through the blocking transport, through the asynchronous one, and over TCP to
`contractgate serve`. It needs contractgate-http with its extra `serve`, and a machine that does
nothing else. The exit code is 1 if 19 of 20 are not answered in time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import httpx

from contractgate_http.local import LocalGateway

MOST_MS = 50.0
"""So long others may wait."""

_SMALL = """
version: "1.0"
name: small
ontology:
  entities:
    - {name: id, type: integer}
    - {name: note, type: string, required: false}
"""
_PAUSE = 0.02


class Target(NamedTuple):
    """A gateway to be asked.

    Attributes:
        options: What a client of it is made with.
        contract_id: A contract that is ready.
    """

    options: dict[str, Any]
    contract_id: str

    def quick(self) -> list[tuple[str, str, str, Any]]:
        """List the requests that must not wait: name, method, path, body."""
        return [
            ("health", "GET", "/health", None),
            ("read a contract", "GET", f"/contracts/{self.contract_id}", None),
            ("ingest an event", "POST", f"/v1/ingest/{self.contract_id}", [{"id": 1}]),
        ]


def main() -> int:
    """Print a table; return 1 if the limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=60, help="of each kind")
    number = parser.parse_args().requests
    print("| way | meanwhile | request | median, ms | 19 of 20, ms | slowest, ms | |")
    print("| --- | --- | --- | ---: | ---: | ---: | --- |")
    is_broken = False
    for way, opened, measure in (
        ("blocking", _inside, _blocking),
        ("asynchronous", _inside, _asynchronous),
        ("TCP", _served, _blocking),
    ):
        with opened() as target:
            for meanwhile, work in (
                ("compiling", _compile),
                ("judging", _judge),
                ("judging by new, wide contracts", _judge_wide),
            ):
                with _busy(target, work):
                    waits = measure(target, number)
                for name, times in waits.items():
                    is_broken |= _row(way, meanwhile, name, times)
    return int(is_broken)


def _row(way: str, meanwhile: str, name: str, times: list[float]) -> bool:
    times.sort()
    most = times[len(times) * 19 // 20]
    end = "BROKEN" if most > MOST_MS else ""
    print(
        f"| {way} | {meanwhile} | {name} | {times[len(times) // 2]:.1f} | {most:.1f} "
        f"| {times[-1]:.1f} | {end} |",
        flush=True,
    )
    return most > MOST_MS


@contextlib.contextmanager
def _inside() -> Iterator[Target]:
    with LocalGateway() as gateway:
        key = gateway.add_key(rate=1e6, burst=1e6)
        options = {
            "transport": gateway.transport,
            "base_url": gateway.url,
            "headers": {"x-api-key": key},
        }
        yield Target(options, _deploy(options))


@contextlib.contextmanager
def _served() -> Iterator[Target]:
    command = [sys.executable, "-m", "contractgate_core", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        try:
            url, key = (process.stdout.readline().split()[-1] for _ in range(2))
            options = {"base_url": url, "headers": {"x-api-key": key}}
            yield Target(options, _deploy(options))
        finally:
            process.terminate()
            process.wait()


def _deploy(options: dict[str, Any]) -> str:
    with httpx.Client(**options, timeout=60) as client:
        body = {"name": "small", "yaml_content": _SMALL}
        contract_id: str = client.post("/contracts/deploy", json=body).json()["contract_id"]
    return contract_id


@contextlib.contextmanager
def _busy(target: Target, work: Callable[[httpx.Client, str], None]) -> Iterator[None]:
    """Keep a gateway at long work meanwhile, and see that there was some."""
    over, done = threading.Event(), threading.Semaphore(0)

    def run() -> None:
        with httpx.Client(**target.options, timeout=60) as client:
            while not over.is_set():
                work(client, target.contract_id)
                done.release()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert done.acquire(blocking=False), "no long work came to its end"


_numbers = itertools.count()


def _compile(client: httpx.Client, _: str) -> None:
    """Let a contract be compiled that was never seen."""
    number = next(_numbers)
    fields = "".join(
        f"    - {{name: f{index}, type: string, pattern: '^[a-z]+-{number}-{index}$'}}\n"
        for index in range(13_000)
    )
    yaml = f"version: '1'\nname: heavy\nontology:\n  entities:\n{fields}"
    body = {"yaml_content": yaml[: 2**20 - 100].rpartition("\n")[0], "event": {}}
    assert client.post("/playground/validate", json=body).status_code in (200, 422)


def _judge_wide(client: httpx.Client, _: str) -> None:
    """Let the first events of a contract of 1,000 fields be judged."""
    number = next(_numbers)
    fields = "".join(f"    - {{name: f{index}, type: integer}}\n" for index in range(1000))
    yaml = f"version: '1'\nname: wide {number}\nontology:\n  entities:\n{fields}"
    body = {"name": f"wide {number}", "yaml_content": yaml}
    contract_id = client.post("/contracts/deploy", json=body).json()["contract_id"]
    event = {f"f{index}": index for index in range(1000)}
    assert client.post(f"/v1/ingest/{contract_id}", json=[event] * 60).status_code == 200


def _judge(client: httpx.Client, contract_id: str) -> None:
    """Let a full batch be judged: 1,000 events, nearly 1 MB, every other one wrong."""
    events = [{"id": index if index % 2 else "no", "note": "x" * 900} for index in range(1000)]
    reply = client.post(f"/v1/ingest/{contract_id}", json=events)
    assert reply.status_code in (207, 429)


def _blocking(target: Target, number: int) -> dict[str, list[float]]:
    waits: dict[str, list[float]] = {}
    with httpx.Client(**target.options, timeout=60) as client:
        for name, method, path, body in target.quick():
            times = waits[name] = []
            for _ in range(number):
                time.sleep(_PAUSE)
                began = time.perf_counter()
                client.request(method, path, json=body).raise_for_status()
                times.append((time.perf_counter() - began) * 1000)
    return waits


def _asynchronous(target: Target, number: int) -> dict[str, list[float]]:
    return asyncio.run(_measured(target, number))


async def _measured(target: Target, number: int) -> dict[str, list[float]]:
    waits: dict[str, list[float]] = {}
    async with httpx.AsyncClient(**target.options, timeout=60) as client:
        for name, method, path, body in target.quick():
            times = waits[name] = []
            for _ in range(number):
                await asyncio.sleep(_PAUSE)
                began = time.perf_counter()
                reply: Awaitable[httpx.Response] = client.request(method, path, json=body)
                (await reply).raise_for_status()
                times.append((time.perf_counter() - began) * 1000)
    return waits


if __name__ == "__main__":
    sys.exit(main())
