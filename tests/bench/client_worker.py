"""The process of one peer: sends batches as it is told, and says how long each took.

It runs in the environment of the peer, so it imports only what that has.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any, Callable

IDS = {size: f"00000000-0000-4000-8000-000000000{size % 1000:03}" for size in (1, 100, 1000)}
EVENTS = {
    size: [
        {
            "user_id": f"user_{number}",
            "event_type": "click",
            "timestamp": 1_712_000_000 + number,
            "amount": number + 0.99,
            "country": "DE",
        }
        for number in range(size)
    ]
    for size in IDS
}
AT_ONCE = 64


def bare(port: int) -> tuple[Callable[[int], Any], Callable[[int], Any]]:
    """Send with httpx alone, and msgspec for the bytes."""
    import httpx
    import msgspec

    from contractgate_core.models import BatchIngestResponse

    encode = msgspec.json.Encoder().encode
    decode = msgspec.json.Decoder(BatchIngestResponse).decode
    headers = {"x-api-key": "cg_live_0123456789", "content-type": "application/json"}
    url = f"http://127.0.0.1:{port}"
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    sync = httpx.Client(base_url=url, headers=headers, limits=limits)
    client = httpx.AsyncClient(base_url=url, headers=headers, limits=limits)

    def send(size: int) -> Any:
        return decode(sync.post(f"/v1/ingest/{IDS[size]}", content=encode(EVENTS[size])).content)

    async def send_async(size: int) -> Any:
        body = encode(EVENTS[size])
        return decode((await client.post(f"/v1/ingest/{IDS[size]}", content=body)).content)

    return send, send_async


def sdk(port: int) -> tuple[Callable[[int], Any], Callable[[int], Any]]:
    """Send with the clients of whichever contractgate is installed."""
    from contractgate import AsyncClient, Client

    url = f"http://127.0.0.1:{port}"
    sync = Client(base_url=url, api_key="cg_live_0123456789")
    client = AsyncClient(base_url=url, api_key="cg_live_0123456789")

    def send(size: int) -> Any:
        return sync.ingest(contract_id=IDS[size], events=EVENTS[size])

    async def send_async(size: int) -> Any:
        return await client.ingest(contract_id=IDS[size], events=EVENTS[size])

    return send, send_async


async def one_by_one(send: Callable[[int], Any], size: int, batches: int) -> None:
    """Wait for each before the next."""
    for _ in range(batches):
        await send(size)


async def at_once(send: Callable[[int], Any], size: int, batches: int) -> None:
    """Have so many under way all the time."""
    left = iter(range(batches))

    async def work() -> None:
        for _ in left:
            await send(size)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def main() -> None:
    """Do what is asked on standard input, line by line."""
    name, port = sys.argv[1], int(sys.argv[2])
    send, send_async = (bare if name == "bare" else sdk)(port)
    loop = asyncio.new_event_loop()
    for line in sys.stdin:
        way, size, batches = json.loads(line)
        begun = time.perf_counter()
        if way == "sync":
            for _ in range(batches):
                result = send(size)
            assert len(getattr(result, "results", ())) == size
        else:
            run = one_by_one if way == "async" else at_once
            loop.run_until_complete(run(send_async, size, batches))
        print((time.perf_counter() - begun) / batches, flush=True)


if __name__ == "__main__":
    main()
