"""How each fault of a gateway looks to users; no fault loses or doubles an event."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any, Optional, get_args

import pytest
from hypothesis import settings

from contractgate_core.errors import (
    ConnectionError,  # noqa: A004 - also the builtin one
    HTTPError,
    IngestInterruptedError,
    PlanLimitError,
    RateLimitError,
    ServerError,
    TimeoutError,  # noqa: A004 - also the builtin one
)
from contractgate_http import AsyncClient, Client, LocalGateway, RetryPolicy
from contractgate_http.local.faults import FaultKind
from http_ways import Server

YAML = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"

# Fault, its details, what is raised without retries, and whether a keyed ingest with retries gets
# through when the fault happens twice.
FAULTS: list[tuple[FaultKind, dict[str, Any], Any, bool]] = [
    ("slow", {"seconds": 1}, TimeoutError, True),
    ("timeout", {}, HTTPError, True),
    ("rate_limit", {}, RateLimitError, True),
    ("rate_limit_with_wait", {"seconds": 0.01}, RateLimitError, True),
    ("plan_limit", {}, PlanLimitError, False),
    ("server_error", {"status": 500}, ServerError, False),
    ("server_error", {"status": 502, "body": "html"}, ServerError, True),
    ("server_error", {"status": 503, "body": "empty"}, ServerError, True),
    ("server_error", {"status": 504}, ServerError, True),
    ("reset_before", {}, ConnectionError, True),
    ("reset_after", {}, ConnectionError, True),
    ("truncated", {}, ConnectionError, True),
    ("endless", {}, TimeoutError, True),
    ("duplicate", {}, None, True),
    ("clock_jump", {"seconds": 3600}, None, True),
    ("late_writes", {"seconds": 0.01}, None, True),
]
IDS = [f"{kind}{details.get('status', '')}" for kind, details, _, _ in FAULTS]
PATIENCE = 0.4
"""So many seconds, as a busy machine may take some time to answer at once."""
SECRET = 4_170_041_700  # longer than any run of digits that a random id is likely to have
AT_ONCE = RetryPolicy(attempts=4, first_pause=0, write_pause=0)


def test_every_fault_is_tried_here() -> None:
    """A new one must be added."""
    assert {kind for kind, *_ in FAULTS} == set(get_args(FaultKind))


def stored(client: Client, contract_id: str) -> Counter[int]:
    """Count how often each event is in the audit."""
    return Counter(row.raw_event["n"] for row in client.iter_audit(contract_id))


@pytest.mark.parametrize(("kind", "details", "error", "_"), FAULTS, ids=IDS)
def test_without_retries_a_fault_is_seen(
    kind: FaultKind,
    details: dict[str, Any],
    error: Optional[type[Exception]],
    _: bool,
    gateway: LocalGateway,
    client: Client,
) -> None:
    """As an error of its class, which shows neither key nor event."""
    contract_id = client.deploy("n", YAML).contract_id
    gateway.faults.add(kind, route="POST /v1/ingest/*", times=1, **details)
    if error is None:
        assert client.ingest(contract_id, {"n": SECRET}, timeout=PATIENCE).passed == 1
    else:
        with pytest.raises(error) as caught:
            client.ingest(contract_id, {"n": SECRET}, timeout=PATIENCE)
        shown = f"{caught.value}{caught.value!r}"
        assert gateway.api_key not in shown
        assert str(SECRET) not in shown
    assert [injected.kind for injected in gateway.faults.injected] == [kind]


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # httpx's, in endless bodies
@pytest.mark.parametrize(("kind", "details", "error", "_"), FAULTS, ids=IDS)
async def test_the_async_client_sees_it_too(
    kind: FaultKind,
    details: dict[str, Any],
    error: Optional[type[Exception]],
    _: bool,
    gateway: LocalGateway,
) -> None:
    """As the same error."""
    async with AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        contract_id = (await client.deploy("n", YAML)).contract_id
        gateway.faults.add(kind, route="POST /v1/ingest/*", times=1, **details)
        try:
            result = await client.ingest(contract_id, {"n": SECRET}, timeout=PATIENCE)
        except Exception as caught:
            assert error is not None
            assert type(caught) is error
        else:
            assert error is None
            assert result.passed == 1


@pytest.mark.parametrize(("kind", "details", "error", "passes"), FAULTS, ids=IDS)
def test_with_retries_a_keyed_ingest_gets_through(
    kind: FaultKind,
    details: dict[str, Any],
    error: Optional[type[Exception]],
    passes: bool,
    gateway: LocalGateway,
    client: Client,
) -> None:
    """And is stored once, though it was sent three times."""
    contract_id = client.deploy("n", YAML).contract_id
    patient = client.with_options(retries=AT_ONCE, timeout=PATIENCE)
    gateway.faults.add(kind, route="POST /v1/ingest/*", times=2, **details)
    if passes:
        assert patient.ingest(contract_id, {"n": 1}, idempotency_key="k").passed == 1
        if kind == "late_writes":
            time.sleep(details["seconds"])
        assert stored(client, contract_id) == {1: 1}
        tries = sum(
            request.method == "POST" and "ingest" in request.path for request in gateway.requests
        )
        assert tries == (1 if error is None else 3)
    else:
        assert error is not None
        with pytest.raises(error):
            patient.ingest(contract_id, {"n": 1}, idempotency_key="k")
        assert stored(client, contract_id) == {}


def test_the_gap_of_the_protocol(gateway: LocalGateway, client: Client) -> None:
    """A key is remembered a while after the answer; a retry before that is stored twice."""
    contract_id = client.deploy("n", YAML).contract_id
    gateway.faults.add("late_writes", seconds=5)
    gateway.faults.add("reset_after", times=1, route="POST /v1/ingest/*")
    client.with_options(retries=AT_ONCE).ingest(contract_id, {"n": 1}, idempotency_key="k")
    gateway.faults.clear()
    gateway.faults.add("clock_jump", seconds=10, times=1)
    assert stored(client, contract_id) == {1: 2}


def schedule(seed: int) -> Iterator[dict[str, Any]]:
    """Choose what goes wrong, and how often."""
    chance = random.Random(seed)
    possible: list[dict[str, Any]] = [
        {"kind": kind, **details}
        for kind, details, _, _ in FAULTS
        if kind not in ("slow", "endless", "late_writes")
    ]
    for fault in chance.sample(possible, chance.randint(1, 5)):
        if fault["kind"] in ("server_error", "plan_limit") and chance.random() < 0.5:
            fault["probability"] = 0.02
        else:
            fault["probability"] = chance.choice([0.02, 0.1, 0.3, 0.6])
        fault["seconds"] = {"clock_jump": 60.0, "rate_limit_with_wait": 0.0}.get(fault["kind"])
        yield {**fault, "seed": chance.random(), "route": "POST /v1/ingest/*"}


SCHEDULES = 5 * settings().max_examples
"""1,000 in full size."""

EVENTS = [{"n": n} for n in range(40)]


def run_schedule(seed: int, gateway: LocalGateway, client: Client, contract_id: str) -> None:
    """Send a stream again and again until it gets through, and look at every step."""
    chance = random.Random(-seed)
    for fault in schedule(seed):
        gateway.faults.add(**fault)
    policy = RetryPolicy(attempts=chance.randint(1, 4), first_pause=0, write_pause=0)
    stubborn = client.with_options(retries=policy)
    size, at_once = chance.randint(3, 15), chance.choice([1, 1, 1, 3])
    sizes: dict[str, Any] = {"batch_size": size, "in_flight": at_once}
    got: list[Optional[int]] = []
    for repeat in range(50):
        if repeat == 5:
            gateway.faults.clear()
        got = []
        stream = stubborn.ingest_many(contract_id, EVENTS, idempotency_key=f"k{seed}", **sizes)
        try:
            got.extend(outcome.index for outcome in stream)
        except IngestInterruptedError as error:
            assert got == list(range(len(got)))
            check_account(error, stored(client, contract_id), got, repeat == 0)
        else:
            break
    assert got == list(range(len(EVENTS)))
    assert stored(client, contract_id) == dict.fromkeys(range(len(EVENTS)), 1)


def check_account(
    error: IngestInterruptedError, found: Counter[int], got: list[Optional[int]], is_first: bool
) -> None:
    """Compare what an error says with what the gateway has."""
    told = {
        name: [position for part in getattr(error, name) for position in part]
        for name in ("answered", "refused", "unanswered", "not_sent")
    }
    assert sorted(chain(*told.values())) == list(range(error.taken))
    assert all(found[position] == 1 for position in told["answered"])
    assert {*got, *(outcome.index for outcome in error.outcomes)} == {*told["answered"]}
    assert set(found.values()) <= {1}
    if is_first:  # later, events may be there from the times before
        assert not any(found[position] for position in [*told["refused"], *told["not_sent"]])
        assert not any(found[position] for position in range(error.taken, len(EVENTS)))


def test_no_schedule_of_faults_loses_or_doubles_an_event(gateway: LocalGateway) -> None:
    """An interrupted stream is sent again with the same key, until it gets through."""
    limitless = gateway.add_key(rate=1e9, burst=1e9)
    with Client(gateway.url, limitless, transport=gateway.transport) as client:
        for seed in range(SCHEDULES):
            gateway.reset()
            contract_id = client.deploy("n", YAML).contract_id
            try:
                run_schedule(seed, gateway, client, contract_id)
            except AssertionError as error:
                raise AssertionError(f"schedule {seed}") from error


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A real server on a real port."""
    made = Server()
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize(("kind", "details", "error", "_"), FAULTS, ids=IDS)
def test_over_tcp_a_fault_is_the_same_error(
    kind: FaultKind,
    details: dict[str, Any],
    error: Optional[type[Exception]],
    _: bool,
    gateway: LocalGateway,
    server: Server,
) -> None:
    """As the sockets of a real server show it; the next request is served."""
    server.app = gateway.asgi
    host, port = server.address
    with Client(f"http://{host}:{port}", gateway.api_key) as client:
        contract_id = client.deploy("n", YAML).contract_id
        gateway.faults.add(kind, route="POST /v1/ingest/*", times=1, **details)
        patience = 0.15 if kind in ("slow", "endless") else 10
        try:
            result = client.ingest(contract_id, {"n": SECRET}, timeout=patience)
        except Exception as caught:
            assert error is not None
            assert type(caught) is error
        else:
            assert error is None
            assert result.passed == 1
        assert client.ingest(contract_id, {"n": 1}, idempotency_key="k").passed == 1


def test_a_stream_over_tcp_survives_its_faults(gateway: LocalGateway, server: Server) -> None:
    """With several requests at once, and every event once."""
    server.app = gateway.asgi
    for kind in ("reset_before", "reset_after", "truncated", "rate_limit", "duplicate"):
        gateway.faults.add(kind, route="POST /v1/ingest/*", probability=0.1, seed=7)
    host, port = server.address
    policy = RetryPolicy(attempts=10, first_pause=0.01, write_pause=0.01)
    with Client(f"http://{host}:{port}", gateway.api_key, retries=policy) as client:
        contract_id = client.deploy("n", YAML).contract_id
        stream = client.ingest_many(
            contract_id, [{"n": n} for n in range(300)], batch_size=10, idempotency_key="k"
        )
        assert [outcome.index for outcome in stream] == list(range(300))
        assert stored(client, contract_id) == dict.fromkeys(range(300), 1)
    assert len(gateway.faults.injected) > 5
