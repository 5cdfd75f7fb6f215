"""pytest fixtures: a fresh gateway for each test, and clients of it.

    def test_good_events_are_accepted(contractgate_client):
        deployed = contractgate_client.deploy("orders", CONTRACT)
        result = contractgate_client.ingest(deployed.contract_id, [{"id": 1}])
        assert result.passed == 1

    async def test_the_gateway_can_be_asked_too(contractgate_async_client, contractgate_gateway):
        contractgate_gateway.faults.add("server_error", status=503)
        with pytest.raises(ServerError):
            await contractgate_async_client.list_contracts()

`contractgate_gateway` is the gateway itself, with its transport, faults and requests, for use with
any client. `contractgate_async_client` is for tests that a plugin runs in an event loop, under
asyncio or trio.

The rest of this package is loaded only when a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from contractgate_http.async_client import AsyncClient
    from contractgate_http.client import Client
    from contractgate_http.local import LocalGateway

__all__ = ["contractgate_async_client", "contractgate_client", "contractgate_gateway"]


@pytest.fixture
def contractgate_gateway() -> Iterator[LocalGateway]:
    """A fresh ContractGate gateway in memory, closed when the test ends."""
    from contractgate_http.local import LocalGateway

    with LocalGateway() as gateway:
        yield gateway


@pytest.fixture
def contractgate_client(contractgate_gateway: LocalGateway) -> Iterator[Client]:
    """A client of the test's own gateway, closed when the test ends."""
    from contractgate_http.client import Client

    gateway = contractgate_gateway
    with Client(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        yield client


@pytest.fixture
def contractgate_async_client(contractgate_gateway: LocalGateway) -> AsyncClient:
    """An async client of the test's own gateway.

    It needs no closing: it only connects to the gateway, which is closed.
    """
    from contractgate_http.async_client import AsyncClient

    gateway = contractgate_gateway
    return AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport)
