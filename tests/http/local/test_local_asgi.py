"""The ASGI application, called as by a server, under asyncio and trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
import pytest

from contractgate_http.local import LocalGateway
from contractgate_http.local.asgi import AsgiApplication
from gateway_tools import CONTRACT
from http_ways import Server

Main = Callable[[], Awaitable[Any]]
HTTP = {"type": "http", "method": "GET", "path": "/health", "headers": []}


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    def run(main: Main) -> Any:
        return anyio.run(main, backend=request.param)

    return run


class Talk:
    """The messages between a server and the application."""

    def __init__(self, *events: dict[str, Any], then_wait: bool = False) -> None:
        self.events = list(events)
        self.then_wait = then_wait
        self.said: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if self.events:
            return self.events.pop(0)
        if self.then_wait:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(self, event: Any) -> None:
        self.said.append(event)

    @property
    def status(self) -> int:
        status: int = self.said[0]["status"]
        return status

    @property
    def body(self) -> bytes:
        return b"".join(event["body"] for event in self.said[1:])


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": data, "more_body": more}


def test_a_client_of_httpx_may_stand_before_it(run: Any, gateway: LocalGateway) -> None:
    async def main() -> None:
        transport = httpx.ASGITransport(app=gateway.asgi)
        headers = {"x-api-key": gateway.api_key}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://gateway", headers=headers
        ) as client:
            sent = {"name": "orders", "yaml_content": CONTRACT}
            deployed = await client.post("/contracts/deploy", json=sent)
            contract_id = deployed.json()["contract_id"]
            await client.post(
                f"/contracts/{contract_id}/versions",
                json={"version": "a/b", "yaml_content": CONTRACT},
            )
            reply = await client.get(f"/contracts/{contract_id}/versions/a%2Fb?x=1")
            assert reply.json()["version"] == "a/b"

    run(main)


def test_a_path_without_its_raw_form_is_encoded_again(run: Any, gateway: LocalGateway) -> None:
    talk = Talk(body(b""))
    scope = {**HTTP, "path": "/contracts/ü"}
    run(lambda: gateway.asgi(scope, talk.receive, talk.send))
    assert talk.status == 401


def test_a_body_comes_in_pieces(run: Any, gateway: LocalGateway) -> None:
    key = gateway.api_key.encode()
    pieces = [b'{"yaml_content": "x", ', b'"event": 1}']
    talk = Talk(body(pieces[0], more=True), body(pieces[1]))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/playground/validate",
        "headers": [(b"x-api-key", key), (b"content-type", b"application/json")],
    }
    run(lambda: gateway.asgi(scope, talk.receive, talk.send))
    assert (talk.status, b"Invalid contract YAML" in talk.body) == (422, True)


def test_a_body_beyond_every_limit_is_not_kept(run: Any, gateway: LocalGateway) -> None:
    chunk = bytes(2**20)
    talk = Talk(*(body(chunk, more=True) for _ in range(64)))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/ingest/x",
        "headers": [(b"x-api-key", gateway.api_key.encode())],
    }
    run(lambda: gateway.asgi(scope, talk.receive, talk.send))
    assert talk.status == 413
    assert len(talk.events) > 40
    assert len(gateway.requests[-1].body) == 2 * 2**20 + 1


def test_a_sender_that_goes_away_is_answered_nothing(run: Any, gateway: LocalGateway) -> None:
    talk = Talk(body(b"{", more=True), {"type": "http.disconnect"})
    run(lambda: gateway.asgi({**HTTP, "method": "POST"}, talk.receive, talk.send))
    assert talk.said == []
    assert len(gateway.requests) == 0


def test_a_sender_that_takes_too_long_gets_an_empty_408(run: Any, gateway: LocalGateway) -> None:
    talk = Talk(body(b"{", more=True), then_wait=True)
    application = AsgiApplication(gateway.steps, timeout=0.02)
    run(lambda: application({**HTTP, "method": "POST"}, talk.receive, talk.send))
    assert (talk.status, talk.body) == (408, b"")


def test_it_takes_part_in_the_life_of_its_server(run: Any, gateway: LocalGateway) -> None:
    talk = Talk({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    run(lambda: gateway.asgi({"type": "lifespan"}, talk.receive, talk.send))
    assert talk.said == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


def test_it_closes_web_sockets(run: Any, gateway: LocalGateway) -> None:
    talk = Talk({"type": "websocket.connect"})
    run(lambda: gateway.asgi({"type": "websocket"}, talk.receive, talk.send))
    assert talk.said == [{"type": "websocket.close", "code": 1000}]


@pytest.mark.parametrize(
    ("kind", "said"), [("reset_before", 0), ("reset_after", 0), ("truncated", 2)]
)
def test_a_broken_connection_is_an_error_for_the_server(
    run: Any, gateway: LocalGateway, kind: Any, said: int
) -> None:
    gateway.faults.add(kind)
    talk = Talk(body(b""))
    with pytest.raises(ConnectionResetError):
        run(lambda: gateway.asgi(HTTP, talk.receive, talk.send))
    assert len(talk.said) == said


def test_an_endless_body_goes_on_until_the_server_gives_up(run: Any, gateway: LocalGateway) -> None:
    gateway.faults.add("endless", seconds=0.001)
    gateway.faults.add("slow", seconds=0.001)
    talk = Talk(body(b""), then_wait=True)

    async def main() -> None:
        with anyio.move_on_after(0.1):
            await gateway.asgi(HTTP, talk.receive, talk.send)

    run(main)
    assert len(talk.said) > 5
    assert not any(name == b"content-length" for name, _ in talk.said[0]["headers"])


def test_an_endless_body_ends_once_nobody_reads_it(run: Any, gateway: LocalGateway) -> None:
    gateway.faults.add("endless", seconds=0.001)
    talk = Talk(body(b""))

    async def main() -> None:
        with anyio.fail_after(5):
            await gateway.asgi(HTTP, talk.receive, talk.send)

    run(main)
    assert len(talk.said) < 10


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset_before", (httpx.RemoteProtocolError, httpx.ReadError)),
        ("reset_after", (httpx.RemoteProtocolError, httpx.ReadError)),
        ("truncated", httpx.RemoteProtocolError),
    ],
)
def test_behind_uvicorn_the_connection_itself_is_broken(
    gateway: LocalGateway, kind: Any, error: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server()
    server.app = gateway.asgi
    server.start()
    gateway.faults.add(kind, times=1)
    with httpx.Client(base_url="http://{}:{}".format(*server.address)) as client:
        with pytest.raises(error):
            client.get("/health")
        assert client.get("/health").status_code == 200
    server.stop()
    assert caplog.records == []


def test_a_head_tells_the_length_of_what_it_leaves_out(run: Any, gateway: LocalGateway) -> None:
    got, head = Talk(body(b"")), Talk(body(b""))
    run(lambda: gateway.asgi(HTTP, got.receive, got.send))
    run(lambda: gateway.asgi({**HTTP, "method": "HEAD"}, head.receive, head.send))
    assert head.said[0] == got.said[0]
    assert head.body == b""
