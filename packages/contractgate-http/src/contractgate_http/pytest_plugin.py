"""The pytest fixture `contractgate_gateway`: a gateway of its own for each test.

    import httpx

    def test_good_events_are_accepted(contractgate_gateway):
        gateway = contractgate_gateway
        with httpx.Client(
            transport=gateway.transport,
            base_url=gateway.url,
            headers={"x-api-key": gateway.api_key},
        ) as client:
            deployed = client.post(
                "/contracts/deploy", json={"name": "orders", "yaml_content": CONTRACT}
            ).json()
            reply = client.post(f"/v1/ingest/{deployed['contract_id']}", json={"id": 1})
        assert reply.status_code == 200

Nothing else of this package is loaded before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from contractgate_http.local import LocalGateway

__all__ = ["contractgate_gateway"]


@pytest.fixture
def contractgate_gateway() -> Iterator[LocalGateway]:
    """A fresh ContractGate gateway in memory, closed when the test ends."""
    from contractgate_http.local import LocalGateway

    with LocalGateway() as gateway:
        yield gateway
