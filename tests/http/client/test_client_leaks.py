"""Many real connections at once leave nothing behind, whatever is cancelled or dropped."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import tenacity
from hypothesis import settings

from contractgate_core.errors import ConnectionError  # noqa: A004 - also the builtin one
from contractgate_http import AsyncClient, Client, LocalGateway
from echo_server import echo_server

ID = "11111111-1111-4111-8111-111111111111"
REQUESTS = 20 * settings().max_examples
"""4,000 in full size."""
AT_ONCE = 64


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server in its own process, so that only the client's sockets are in this one."""
    with echo_server() as address:
        yield address


def descriptors() -> int:
    """Count the open file descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="this system does not list open files"
)


async def use(client: AsyncClient, number: int) -> bool:
    """Send one request, which may be cancelled; return whether it succeeded."""
    chance = random.Random(number)
    patience = 0.0005 * chance.random() if number % 7 == 0 else None
    with anyio.move_on_after(30 if patience is None else patience) as scope:
        result = await client.ingest(ID, [{"n": number}])
        assert result.results[0].transformed_event == {"n": number}
    return not scope.cancelled_caught


@needs_proc
@pytest.mark.anyio
async def test_many_requests_with_cancellations_leave_nothing(url: str, anyio_backend: str) -> None:
    """No connection, task or file descriptor is left, and every caller gets its own answer."""
    gc.collect()
    before = descriptors()
    came: list[bool] = []
    total = REQUESTS if anyio_backend == "asyncio" else REQUESTS // 8
    numbers = iter(range(total))

    async def work() -> None:
        for number in numbers:
            came.append(await use(client, number))

    async with AsyncClient(url, "cg_k") as client:
        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(work)
        assert total * 6 // 7 <= sum(came) < len(came) == total
        # All connections are free again.
        results = [client.ingest(ID, [{"n": n}]) for n in range(3)]
        assert [(await one).passed for one in results] == [1, 1, 1]
        assert descriptors() - before <= 100 + 5
    await anyio.sleep(0.05)
    assert descriptors() <= before
    assert len(tasks_of_this_loop()) <= 2


def tasks_of_this_loop() -> set[Any]:
    """Return the running tasks, under asyncio."""
    try:
        return set(asyncio.all_tasks())
    except RuntimeError:
        return set()


@needs_proc
def test_threads_share_the_connections_of_a_client(url: str) -> None:
    """None gets another's answer."""
    before = descriptors()
    wrong: list[int] = []

    def work(start: int) -> None:
        for number in range(start, start + 300):
            if client.ingest(ID, [{"n": number}]).results[0].transformed_event != {"n": number}:
                wrong.append(number)

    with Client(url, "cg_k") as client:
        threads = [threading.Thread(target=work, args=(1000 * one + 1,)) for one in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert descriptors() - before <= 2
    assert wrong == []
    assert descriptors() <= before


@needs_proc
def test_a_forgotten_client_leaves_no_socket(url: str) -> None:
    """Nor a warning."""
    before = descriptors()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client = Client(url, "cg_k")
        client.ingest(ID, [{"n": 1}])
        assert descriptors() > before
        del client
        gc.collect()
    assert descriptors() <= before


@needs_proc
def test_streams_leave_no_threads_and_no_sockets(url: str) -> None:
    """Whether they are finished or left."""
    before, threads = descriptors(), {*threading.enumerate()}
    with Client(url, "cg_k") as client:
        assert len(list(client.ingest_many(ID, [{"n": n} for n in range(50)], batch_size=5))) == 50
        left = client.ingest_many(ID, ({"n": n} for n in range(10**9)), batch_size=5)
        assert next(left).index == 0
        left.close()
    # Not counted, since a server's thread of another test may end meanwhile.
    assert {*threading.enumerate()} <= threads
    assert descriptors() <= before


@needs_proc
def test_a_client_of_a_closed_loop_leaves_nothing_behind(url: str) -> None:
    """The error says what to do; its sockets are closed with the loop."""
    client = AsyncClient(url, "cg_k")

    async def once() -> None:
        await client.ingest(ID, [{"n": 1}])

    async def close() -> None:
        await client.aclose()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(once())
    with pytest.raises(RuntimeError, match="one AsyncClient for each event loop"):
        asyncio.run(once())
    loop.run_until_complete(close())
    loop.close()


def test_connections_can_be_repeated_by_httpx_itself() -> None:
    """As the vendor's page says: `httpx.HTTPTransport(retries=)`."""
    holding = socket.socket()
    holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holding.bind(("127.0.0.1", 0))
    port = holding.getsockname()[1]

    def listen_late() -> None:
        time.sleep(0.2)
        holding.listen()
        connection, _ = holding.accept()
        with connection:
            connection.recv(65536)
            body = b'{"status": "ok"}'
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)

    late = threading.Thread(target=listen_late)
    late.start()
    try:
        transport = httpx.HTTPTransport(retries=5)
        with Client(f"http://127.0.0.1:{port}", transport=transport) as client:
            assert client.health().status == "ok"
    finally:
        late.join()
        holding.close()


def test_tenacity_can_be_laid_over_a_call(gateway: LocalGateway) -> None:
    """As the vendor's page says; with a key, nothing is stored twice."""
    gateway.faults.add("reset_after", route="POST /v1/ingest/*", times=2)
    yaml = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"
    with Client(gateway.url, gateway.api_key, transport=gateway.transport) as cg:
        contract_id = cg.deploy("n", yaml).contract_id

        @tenacity.retry(
            retry=tenacity.retry_if_exception_type(ConnectionError),
            stop=tenacity.stop_after_attempt(5),
            wait=tenacity.wait_random_exponential(multiplier=0.001),
        )
        def send(events: list[Any], key: str) -> Any:
            return cg.ingest(contract_id, events, idempotency_key=key)

        result = send([{"n": 1}], "order-4711")
        assert result.meta.is_replay
        assert len(list(cg.iter_audit())) == 1


def test_a_connection_that_the_server_closed_is_not_used_again(url: str) -> None:
    """A kept connection may be closed by the other side at any time."""
    with Client(url) as client:
        for _ in range(3):
            assert client.ready().status == "ok"
            time.sleep(0.05)
