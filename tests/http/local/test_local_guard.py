"""A gateway without keys refuses foreign host names, and posts of foreign pages."""

from __future__ import annotations

import socket
from typing import Any

import anyio
import httpx
import pytest

from contractgate_http.local import LocalGateway
from contractgate_http.local.guard import Guard, read_host

OURS = {"host": "127.0.0.1:3001"}


class Way:
    """Sends a request through the guard of a gateway, and returns the answer's status and text."""

    def __init__(self, server: Any = ("127.0.0.1", 3001), hosts: tuple[str, ...] = ()) -> None:
        self.server = server
        self.hosts = hosts

    def __call__(self, method: str, *headers: tuple[str, str]) -> tuple[int, str]:
        said: list[Any] = []
        scope = {
            "type": "http",
            "method": method,
            "path": "/health",
            "server": self.server,
            "headers": [(name.encode(), value.encode()) for name, value in headers],
        }

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(event: Any) -> None:
            said.append(event)

        with LocalGateway(auth=False) as gateway:
            anyio.run(Guard(gateway.asgi, self.hosts), scope, receive, send)
        return said[0]["status"], said[1]["body"].decode()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:3001",
        "LOCALHOST.:3001",
        "app.localhost:3001",
        "127.0.0.1",
        "127.0.0.1:3001",
        "127.9.9.9:1",
        "[::1]:3001",
        "[::1]",
        f"{socket.gethostname()}:3001",
    ],
)
def test_names_of_the_machine_are_answered(host: str) -> None:
    """The gateway answers to each name that can only mean this machine."""
    assert Way()("GET", ("host", host))[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:3001",
        "127.0.0.1.evil.example",
        "localhost.evil.example:3001",
        "evillocalhost",
        "192.0.2.7:3001",
        "",
        ":3001",
        "[::1",
        "localhost@evil.example",
        "localhost, evil.example",
        "ünicode",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    """A name that others may have pointed at this machine reaches nothing."""
    status, text = Way()("GET", ("host", host))
    assert status == 403
    assert "--allow-host" in text
    assert "evil" not in text


def test_no_name_and_two_names_are_refused() -> None:
    """No browser or library sends a request without exactly one `Host`."""
    assert Way()("GET")[0] == 403
    both = ("host", "localhost"), ("host", "evil.example")
    assert Way()("GET", *both)[0] == Way()("GET", *reversed(both))[0] == 403


@pytest.mark.parametrize("server", [("192.0.2.7", 3001), ("::ffff:192.0.2.7", 3001)])
def test_the_address_that_was_reached_names_the_machine(server: Any) -> None:
    """On 0.0.0.0, it answers to the address that the request came to."""
    assert Way(server)("GET", ("host", "192.0.2.7:3001"))[0] == 200
    assert Way(server)("GET", ("host", "192.0.2.8:3001"))[0] == 403


def test_further_names_may_be_allowed() -> None:
    """Such as that of a container's service."""
    way = Way(None, ("Gateway.example.", "192.0.2.9", "[2001:db8::1]"))
    for host in ("gateway.example:3001", "192.0.2.9", "[2001:DB8::1]:3001"):
        assert way("GET", ("host", host))[0] == 200
    assert way("GET", ("host", "sub.gateway.example"))[0] == 403


@pytest.mark.parametrize("text", ["", "a b", "http://gateway", "gateway:80", "a/b", "a..b", "[gw]"])
def test_what_is_no_host_is_refused(text: str) -> None:
    """A name with a port or a scheme would never match anything."""
    with pytest.raises(ValueError, match="expected the name or address of a host without a port"):
        read_host(text)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://127.0.0.1:8080"},
        {"origin": "https://127.0.0.1:3001.evil.example"},
        {"origin": "http://127.0.0.1:3001", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_what_foreign_pages_post_is_refused(headers: dict[str, str], kind: str) -> None:
    """Whatever its content type; a browser sends these without asking first."""
    sent = {**OURS, **headers, **({} if kind is None else {"content-type": kind})}
    status, text = Way()("POST", *sent.items())
    assert status == 403
    assert "other sites" in text


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/x-www-form-urlencoded", "user-agent": "curl/8.5.0"},
        {"content-type": "application/json", "user-agent": "python-httpx/0.28"},
        {"origin": "http://127.0.0.1:3001"},
        {"origin": "http://localhost", "host": "localhost:80"},
        {"sec-fetch-site": "same-origin", "origin": "http://localhost:5173"},
        {"sec-fetch-site": "none"},
    ],
)
def test_what_programs_and_own_pages_post_goes_on(headers: dict[str, str]) -> None:
    """`curl --data` sends a form's content type; only browsers send headers about sites."""
    assert Way()("POST", *{**OURS, **headers}.items())[0] == 405  # of the gateway, for /health


def test_reading_is_not_refused_to_foreign_pages() -> None:
    """It changes nothing, and a page cannot see the answer."""
    headers = {**OURS, "sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert Way()("GET", *headers.items())[0] == 200


def test_a_guarded_gateway_still_closes_web_sockets() -> None:
    """Anything but a request is left to the application."""
    said: list[Any] = []

    async def send(event: Any) -> None:
        said.append(event)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    with LocalGateway(auth=False) as gateway:
        anyio.run(Guard(gateway.asgi), {"type": "websocket"}, receive, send)
    assert said[0]["type"] == "websocket.close"


def test_a_client_of_httpx_is_let_through() -> None:
    """It names the host that it was given."""

    async def main(gateway: LocalGateway) -> int:
        transport = httpx.ASGITransport(app=Guard(gateway.asgi))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/contracts")).status_code

    with LocalGateway(auth=False) as gateway:
        assert anyio.run(main, gateway) == 200
