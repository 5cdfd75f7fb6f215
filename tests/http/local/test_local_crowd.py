"""Many threads and tasks at once, in memory and in a file."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from contractgate_http.local import LocalGateway
from gateway_ledger import CONTRACTS, Ledger
from gateway_tools import Session

THREADS, ROUNDS = 16, 25
TASKS = 200


@pytest.fixture(params=["memory", "file"])
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalGateway]:
    database = tmp_path / "gate.db" if request.param == "file" else ":memory:"
    with LocalGateway(database) as opened:
        yield opened


class Crowd:
    """Two organisations with a contract each, and the answers to their many clients."""

    def __init__(self, gateway: LocalGateway) -> None:
        self.gateway = gateway
        self.ledgers = (Ledger(), Ledger())
        self.keys = [
            gateway.add_key(org=gateway.add_org(), rate=1e9, burst=1e9) for _ in self.ledgers
        ]
        self.contracts = [Session(gateway, key).create(CONTRACTS["unique"]) for key in self.keys]
        for key, contract_id in zip(self.keys, self.contracts):
            Session(gateway, key).promote(contract_id)
        self._lock = threading.Lock()

    def events(self, member: int, round_: int) -> list[Any]:
        draw = random.Random(f"{member} {round_}")
        return [
            {"n": f"{member}/{round_}/{number}", "v": draw.choice([1, 2, 3, None])}
            for number in range(draw.randint(1, 6))
        ]

    def note(self, member: int, events: list[Any], reply: httpx.Response) -> None:
        assert reply.status_code in (200, 207, 422), reply.text
        org = member % 2
        with self._lock:
            self.ledgers[org].add_ingest(self.contracts[org], events, reply.json())

    def check(self) -> None:
        for key, ledger in zip(self.keys, self.ledgers):
            client = Session(self.gateway, key)
            ledger.check(client)
            assert client.http.get("/usage").json()["used"] == sum(ledger.audit.values())


def test_threads_lose_nothing_and_see_only_their_own(gateway: LocalGateway) -> None:
    crowd, failures = Crowd(gateway), list[BaseException]()

    def work(member: int) -> None:
        client = Session(gateway, crowd.keys[member % 2])
        own, others = crowd.contracts[member % 2], crowd.contracts[1 - member % 2]
        try:
            for round_ in range(ROUNDS):
                events = crowd.events(member, round_)
                crowd.note(member, events, client.ingest(own, events))
                assert client.ingest(others, events).status_code == 404
                assert {row["contract_id"] for row in client.audit(limit=20)} == {own}
                client.http.post(
                    f"/contracts/{own}/versions",
                    json={"version": f"{member}.{round_}", "yaml_content": CONTRACTS["texts"]},
                ).raise_for_status()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(member,)) for member in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert failures == []
    crowd.check()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_lose_nothing(gateway: LocalGateway, backend: str) -> None:
    crowd = Crowd(gateway)

    async def work(client: httpx.AsyncClient, member: int) -> None:
        org, events = member % 2, crowd.events(member, 0)
        reply = await client.post(
            f"/v1/ingest/{crowd.contracts[org]}",
            json=events,
            headers={"x-api-key": crowd.keys[org]},
        )
        crowd.note(member, events, reply)

    async def main() -> None:
        async with httpx.AsyncClient(transport=gateway.transport, base_url=gateway.url) as client:
            with anyio.fail_after(60):
                async with anyio.create_task_group() as tasks:
                    for member in range(TASKS):
                        tasks.start_soon(work, client, member)

    anyio.run(main, backend=backend)
    crowd.check()


def test_equal_requests_at_once_are_done_once(gateway: LocalGateway) -> None:
    crowd = Crowd(gateway)
    events = crowd.events(0, 0)
    headers = {"x-api-key": crowd.keys[0], "idempotency-key": "the same"}

    async def main() -> list[httpx.Response]:
        replies: list[httpx.Response] = []
        async with httpx.AsyncClient(transport=gateway.transport, base_url=gateway.url) as client:

            async def send() -> None:
                path = f"/v1/ingest/{crowd.contracts[0]}"
                replies.append(await client.post(path, json=events, headers=headers))

            async with anyio.create_task_group() as tasks:
                for _ in range(20):
                    tasks.start_soon(send)
        return replies

    replies = anyio.run(main)
    assert sum("x-idempotency-replay" not in reply.headers for reply in replies) == 1
    assert len({reply.text for reply in replies if "x-idempotency-replay" in reply.headers}) == 1
    crowd.note(0, events, replies[0])
    crowd.check()
