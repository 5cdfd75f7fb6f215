"""Injected faults, each seen by a blocking and an async client."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from contractgate_http.local import Fault, Faults, LocalGateway
from gateway_tools import SECRET, Session

Ask = Callable[..., httpx.Response]


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def ask(request: pytest.FixtureRequest, gateway: LocalGateway) -> Ask:
    """Sends one request, in one of the ways of httpx; read within a second."""

    def blocking(method: str, path: str, **options: Any) -> httpx.Response:
        with httpx.Client(
            transport=gateway.transport, base_url=gateway.url, timeout=1, headers=headers
        ) as client:
            return client.request(method, path, **options)

    async def concurrent(method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=gateway.transport, base_url=gateway.url, timeout=1, headers=headers
        ) as client:
            with anyio.fail_after(5):
                return await client.request(method, path, **options)

    def run(method: str, path: str, **options: Any) -> httpx.Response:
        return anyio.run(concurrent, method, path, options, backend=request.param)

    headers = {"x-api-key": gateway.api_key}
    return blocking if request.param == "blocking" else run


def test_a_fault_is_added_by_its_own_arguments() -> None:
    """With the same defaults."""
    added, made = (inspect.signature(one).parameters for one in (Faults.add, Fault))
    assert [*added.values()][1:] == [*made.values()]


def test_a_slow_answer_comes_late(gateway: LocalGateway, ask: Ask) -> None:
    gateway.faults.add("slow", seconds=0.05)
    began = time.monotonic()
    assert ask("GET", "/health").status_code == 200
    assert time.monotonic() - began >= 0.05


def test_an_answer_slower_than_the_timeout_is_not_waited_for(
    gateway: LocalGateway, ask: Ask
) -> None:
    gateway.faults.add("slow", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        ask("GET", "/health", timeout=0.05)
    assert gateway.requests[-1].status == 200


def test_a_timeout_of_the_gateway_is_an_empty_408(gateway: LocalGateway, ask: Ask) -> None:
    gateway.faults.add("timeout")
    reply = ask("GET", "/contracts")
    assert (reply.status_code, reply.content) == (408, b"")
    assert "content-type" not in reply.headers


def test_the_three_shapes_of_too_many_requests(gateway: LocalGateway, ask: Ask) -> None:
    gateway.faults.add("rate_limit", times=1)
    plain = ask("GET", "/contracts")
    assert plain.json() == {"error": "Rate limit exceeded — too many requests", "status": 429}
    gateway.faults.add("rate_limit_with_wait", seconds=0.25, times=1)
    waiting = ask("GET", "/contracts")
    assert waiting.json()["retry_after_ms"] == 250
    assert waiting.headers["x-ratelimit-remaining"] == "0"
    gateway.faults.add("plan_limit", times=1)
    capped = ask("GET", "/contracts")
    assert capped.json()["error"] == "plan_limit_exceeded"
    assert {reply.status_code for reply in (plain, waiting, capped)} == {429}


@pytest.mark.parametrize(
    ("body", "content_type", "begins"),
    [
        ("json", "application/json", '{"error":"Service Unavailable"'),
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("empty", None, ""),
    ],
)
def test_a_server_error_says_it_in_three_ways(
    gateway: LocalGateway, ask: Ask, body: Any, content_type: str, begins: str
) -> None:
    gateway.faults.add("server_error", status=503, body=body)
    reply = ask("GET", "/contracts")
    assert (reply.status_code, reply.headers.get("content-type")) == (503, content_type)
    assert reply.text.startswith(begins)


def test_a_reset_before_the_work_leaves_nothing_behind(
    gateway: LocalGateway, client: Session, ask: Ask
) -> None:
    contract_id = client.deploy()
    gateway.faults.add("reset_before", route="POST /v1/ingest/*")
    with pytest.raises(httpx.ReadError, match="connection reset by peer"):
        ask("POST", f"/v1/ingest/{contract_id}", json={"id": 1})
    assert client.audit() == []
    assert gateway.requests[-2].status is None


def test_a_reset_after_the_work_leaves_it_done(
    gateway: LocalGateway, client: Session, ask: Ask
) -> None:
    contract_id = client.deploy()
    gateway.faults.add("reset_after", route="POST /v1/ingest/*")
    with pytest.raises(httpx.ReadError, match="connection reset by peer"):
        ask("POST", f"/v1/ingest/{contract_id}", json={"id": 1})
    assert len(client.audit()) == 1


def test_a_truncated_body_breaks_off(gateway: LocalGateway, ask: Ask) -> None:
    gateway.faults.add("truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        ask("GET", "/health")


def test_an_endless_body_does_not_end(gateway: LocalGateway) -> None:
    gateway.faults.add("endless", seconds=0.001)
    client = httpx.Client(transport=gateway.transport)
    with client, client.stream("GET", f"{gateway.url}/health") as reply:
        chunks = reply.iter_raw()
        assert next(chunks).startswith(b'{"status":"ok"')
        assert [next(chunks) for _ in range(100)] == [b" "] * 100


def test_an_endless_body_keeps_nobody_longer_than_a_read_may_take(gateway: LocalGateway) -> None:
    """As from a server, however long the pause between two spaces is."""
    gateway.faults.add("endless", seconds=20)
    url, transport = f"{gateway.url}/health", gateway.transport

    async def read() -> None:
        async with httpx.AsyncClient(transport=transport, timeout=0.05) as client:
            await client.get(url)

    began = time.monotonic()
    client = httpx.Client(transport=transport, timeout=0.05)
    with client, pytest.raises(httpx.ReadTimeout, match="the body took longer"):
        client.get(url)
    with pytest.raises(httpx.ReadTimeout, match="the body took longer"):
        anyio.run(read)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_endless_body_can_be_given_up(gateway: LocalGateway, backend: str) -> None:
    gateway.faults.add("endless", seconds=0.001)

    async def read() -> bool:
        async with httpx.AsyncClient(transport=gateway.transport) as client:
            with anyio.move_on_after(0.1) as scope:
                await client.get(f"{gateway.url}/health")
            return scope.cancel_called

    assert anyio.run(read, backend=backend)


def test_a_duplicate_delivery_does_the_work_twice(
    gateway: LocalGateway, client: Session, ask: Ask
) -> None:
    contract_id = client.deploy()
    gateway.faults.add("duplicate", route="POST /v1/ingest/*")
    assert ask("POST", f"/v1/ingest/{contract_id}", json={"id": 1}).status_code == 200
    assert len(client.audit()) == 2
    keyed = ask(
        "POST", f"/v1/ingest/{contract_id}", json={"id": 2}, headers={"idempotency-key": "k"}
    )
    assert keyed.headers["x-idempotency-replay"] == "true"
    assert len(client.audit()) == 3


def test_a_clock_that_jumps_ends_what_is_limited_in_time(
    gateway: LocalGateway, client: Session
) -> None:
    contract_id = client.deploy()
    keyed = {"headers": {"idempotency-key": "k"}}
    assert client.ingest(contract_id, {"id": 1}, **keyed).status_code == 200
    assert client.ingest(contract_id, {"id": 2}, **keyed).status_code == 422
    gateway.faults.add("clock_jump", seconds=24 * 3600 + 1, times=1)
    assert client.ingest(contract_id, {"id": 2}, **keyed).status_code == 200
    first, second = (row["created_at"][:10] for row in reversed(client.audit()))
    assert first < second


def test_a_clock_that_jumps_back_breaks_nothing(gateway: LocalGateway, client: Session) -> None:
    contract_id = client.deploy()
    gateway.faults.add("clock_jump", seconds=-3600, times=1)
    assert client.ingest(contract_id, {"id": 1}).status_code == 200
    assert client.ingest(contract_id, {"id": 2}).status_code == 200
    assert len(client.audit()) == 2


def test_late_writes_are_seen_when_their_time_has_come() -> None:
    now = 1_795_000_000.0
    with LocalGateway(clock=lambda: now) as gateway:
        client = Session(gateway)
        contract_id = client.deploy()
        gateway.faults.add("late_writes", seconds=5, times=1)
        reply = client.ingest(contract_id, {"id": "no"}, headers={"idempotency-key": "k"})
        assert reply.json()["results"][0]["quarantine_id"] is not None
        assert client.audit() == client.quarantine() == []
        now += 6
        assert len(client.audit()) == len(client.quarantine()) == 1
        client.http.close()


def test_a_concurrent_duplicate_is_processed_twice_while_writes_are_late(
    gateway: LocalGateway, client: Session
) -> None:
    contract_id = client.deploy()
    gateway.faults.add("late_writes", seconds=0.2, times=2)
    keyed = {"headers": {"idempotency-key": "k"}}
    replies = [client.ingest(contract_id, {"id": 1}, **keyed) for _ in range(2)]
    assert not any("x-idempotency-replay" in reply.headers for reply in replies)
    time.sleep(0.25)
    third = client.ingest(contract_id, {"id": 1}, **keyed)
    assert third.headers["x-idempotency-replay"] == "true"
    assert len(client.audit()) == 2


def test_late_writes_are_written_when_the_gateway_is_closed(tmp_path: Any) -> None:
    path = tmp_path / "gate.db"
    with LocalGateway(path) as gateway:
        client = Session(gateway)
        contract_id = client.deploy()
        gateway.faults.add("late_writes", seconds=3600)
        client.ingest(contract_id, {"id": 1})
        client.http.close()
    with LocalGateway(path) as gateway:
        client = Session(gateway)
        assert len(client.audit()) == 1
        client.http.close()


@pytest.mark.parametrize(
    ("route", "befallen"),
    [
        ("/health", ["/health"]),
        ("GET /health", ["/health"]),
        ("post /health", []),
        ("GET /a*", ["/audit"]),
        ("*", ["/health", "/audit", "/stats"]),
        (None, ["/health", "/audit", "/stats"]),
    ],
)
def test_a_fault_may_be_limited_to_a_route(
    client: Session, route: str, befallen: list[str]
) -> None:
    client.gateway.faults.add("timeout", route=route)
    paths = ["/health", "/audit", "/stats"]
    assert [path for path in paths if client.http.get(path).status_code == 408] == befallen


def test_a_fault_may_be_limited_in_number(client: Session) -> None:
    client.gateway.faults.add("timeout", times=2)
    assert [client.http.get("/health").status_code for _ in range(4)] == [408, 408, 200, 200]


def test_a_fault_may_be_left_to_chance_and_yet_be_repeated(gateway: LocalGateway) -> None:
    def draw(seed: int) -> list[int]:
        gateway.faults.clear()
        gateway.faults.add("timeout", probability=0.5, seed=seed)
        with httpx.Client(transport=gateway.transport) as client:
            return [client.get(f"{gateway.url}/health").status_code for _ in range(40)]

    first = draw(1)
    assert first == draw(1) != draw(2)
    assert 8 < first.count(408) < 32


def test_a_fault_may_look_at_the_request(client: Session) -> None:
    contract_id = client.deploy()
    client.gateway.faults.add("timeout", when=lambda request: b"boom" in request.body)
    assert client.ingest(contract_id, {"id": 1}).status_code == 200
    assert client.ingest(contract_id, {"id": 1, "state": "boom"}).status_code == 408


def test_faults_add_up(client: Session) -> None:
    client.gateway.faults.add("slow", seconds=0.03)
    client.gateway.faults.add("server_error", status=502, body="empty")
    client.gateway.faults.add("reset_after", times=1)
    began = time.monotonic()
    with pytest.raises(httpx.ReadError):
        client.http.get("/health")
    assert client.http.get("/health").status_code == 502
    assert time.monotonic() - began >= 0.06


def test_what_was_injected_can_be_read_back(client: Session) -> None:
    faults = client.gateway.faults
    slow = faults.add("slow", seconds=0.001, route="/stats")
    faults.add("timeout", route="/audit", times=1)
    for path in ("/health", "/stats", "/audit", "/audit"):
        client.http.get(path)
    assert [(one.kind, one.method, one.path, one.number) for one in faults.injected] == [
        ("slow", "GET", "/stats", 1),
        ("timeout", "GET", "/audit", 2),
    ]
    faults.remove(slow)
    client.http.get("/stats")
    assert len(faults.injected) == 2


def test_what_is_no_fault_is_refused(gateway: LocalGateway) -> None:
    kind: Any = "earthquake"
    with pytest.raises(ValueError, match="there is no fault named 'earthquake'"):
        gateway.faults.add(kind)
    with pytest.raises(ValueError, match="expected probability= to be from 0 to 1, got "):
        gateway.faults.add("slow", probability=1.5)


def test_requests_are_recorded_with_their_secrets_masked(client: Session) -> None:
    contract_id = client.deploy()
    client.ingest(contract_id, {"id": 1, "email": SECRET}, params={"dry_run": "true"})
    client.http.get("/published/x?token=hidden&a=b", headers={"authorization": "Bearer hidden"})
    ingest, published = client.gateway.requests[-2:]
    assert (ingest.method, ingest.path) == ("POST", f"/v1/ingest/{contract_id}")
    assert (ingest.query, ingest.status) == ("dry_run=true", 200)
    assert ingest.json() == {"id": 1, "email": SECRET}
    assert ingest.headers["x-api-key"] == published.headers["authorization"] == "***"
    assert published.query == "token=***&a=b"
    shown = repr(list(client.gateway.requests))
    assert SECRET not in shown
    assert "hidden" not in shown
    assert client.gateway.api_key not in shown


def test_only_the_last_requests_are_kept(client: Session) -> None:
    log = client.gateway.requests
    for _ in range(1010):
        client.http.get("/health")
    assert (len(log), log.total) == (1000, 1010)
    contract_id = client.deploy()
    body = b"[" + b" " * 2_000_000 + b"]"
    for _ in range(20):
        client.http.post(f"/v1/ingest/{contract_id}", content=body)
    assert sum(len(request.body) for request in log) <= 32 * 2**20
