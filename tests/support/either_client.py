"""One request through either client, for tests that hold of both."""

from __future__ import annotations

from typing import Any

from contractgate_http import AsyncClient, Client

__all__ = ["health"]


async def health(kind: type[Any], url: str, **options: Any) -> str:
    """Make a client, and ask a gateway how it is.

    Args:
        kind: `Client` or `AsyncClient`.
        url: Where the gateway is.
        options: What the client is told.
    """
    if kind is AsyncClient:
        async with AsyncClient(url, "", **options) as client:
            return (await client.health()).status
    with Client(url, "", **options) as blocking:
        return blocking.health().status
