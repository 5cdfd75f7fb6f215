"""Clients of a gateway in this process, and of any function that a test lets answer."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from contractgate_http import Client, LocalGateway

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run async tests under both event loops."""
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the machine's settings from the tests."""
    proxies = [f"{scheme}_proxy" for scheme in ("http", "https", "all", "no")]
    trust = ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"]
    ours = [f"CONTRACTGATE_{name}" for name in ("BASE_URL", "API_KEY", "TRACEBACKS")]
    for name in [*ours, *trust, *proxies, *(name.upper() for name in proxies)]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A fresh gateway for each test."""
    with LocalGateway() as opened:
        yield opened


@pytest.fixture
def client(gateway: LocalGateway) -> Iterator[Client]:
    """A client of that gateway."""
    with Client(gateway.url, gateway.api_key, transport=gateway.transport) as opened:
        yield opened


@pytest.fixture
def answering() -> Iterator[Callable[..., Client]]:
    """Returns a client whose requests a function answers."""
    opened: list[Client] = []

    def make(answer: Answer, **options: Any) -> Client:
        options.setdefault("api_key", "cg_live_0123456789")
        made = Client("https://gw.example.com", transport=httpx.MockTransport(answer), **options)
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.close()


@pytest.fixture
def unused_url() -> str:
    """A URL on this machine at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}"
