"""In which processes, event loops and threads a client works; it leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import warnings
import weakref
from typing import Any

import httpx
import pytest
import trio

from contractgate_core.errors import ClientStateError
from contractgate_http import AsyncClient, Client

STATS = {"total_events": 0, "passed_events": 0, "failed_events": 0}
TRANSPORT = httpx.MockTransport(lambda request: httpx.Response(200, json=STATS))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_client_is_refused_in_a_forked_child() -> None:
    """Two processes on one connection would read each other's answers."""
    with Client("https://gw", transport=TRANSPORT) as client:
        client.stats()
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            # Python 3.12 warns if a thread of another test still runs.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            try:
                client.stats()
                told = "nothing was raised"
            except ClientStateError as error:
                told = str(error)
            os.write(writer, told.encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
        assert "made before a fork" in told
        client.stats()


def test_an_async_client_is_refused_in_another_event_loop() -> None:
    """Its connections belong to the first, which may be closed."""
    client = AsyncClient("https://gw", transport=TRANSPORT)

    async def use() -> None:
        await client.stats()

    asyncio.run(use())
    with pytest.raises(ClientStateError, match="one AsyncClient for each event loop"):
        asyncio.run(use())
    with pytest.raises(ClientStateError, match="another event loop"):
        trio.run(use)


def test_an_async_client_may_be_made_outside_of_any_loop() -> None:
    """It belongs to the loop that uses it first."""
    client = AsyncClient("https://gw", transport=TRANSPORT)

    async def use() -> None:
        async with client:
            await client.stats()

    trio.run(use)


@pytest.mark.anyio
async def test_a_closed_async_client_says_so() -> None:
    """Like the sync one."""
    client = AsyncClient("https://gw", transport=TRANSPORT)
    await client.aclose()
    with pytest.raises(ClientStateError, match="this client is closed; make a new one"):
        await client.stats()


def test_threads_share_a_client() -> None:
    """Each gets its own answers."""
    wrong: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        contract_id = request.url.path.rpartition("/")[2]
        return httpx.Response(200, json={"id": contract_id, "name": contract_id})

    with Client("https://gw", transport=httpx.MockTransport(answer)) as client:

        def use(thread: int) -> None:
            for number in range(100):
                name = f"{thread}-{number}"
                if client.get_contract(name).name != name:
                    wrong.append(name)

        threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_client_that_nobody_closed_is_closed_when_it_is_forgotten() -> None:
    """The quick start on the vendor's page never closes it."""
    closed: list[bool] = []

    class Transport(httpx.MockTransport):
        def close(self) -> None:
            closed.append(True)

    client = Client("https://gw", transport=Transport(TRANSPORT.handler))
    client.stats()
    forgotten = weakref.ref(client)
    del client
    gc.collect()
    assert forgotten() is None
    assert closed == [True]


def test_importing_the_package_loads_nothing_of_it() -> None:
    """The clients are loaded on first use."""
    code = "import contractgate_http, sys; print('httpx' in sys.modules, 'anyio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_httpx_client_has_the_name_of_the_published_sdk() -> None:
    """The vendor's own tests ask it whether it is closed."""
    with Client("https://gw", transport=TRANSPORT) as client:
        assert client._http.is_closed is False
    assert client._http.is_closed is True

    async def use() -> AsyncClient:
        async with AsyncClient("https://gw", transport=TRANSPORT) as other:
            assert other._http.is_closed is False
        return other

    assert asyncio.run(use())._http.is_closed is True
