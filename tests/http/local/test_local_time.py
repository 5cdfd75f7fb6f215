"""The gateway's clocks: one that may be frozen for dates, the real one for pauses."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import anyio
import freezegun
import httpx
import pytest
import time_machine

from contractgate_core import Contract
from contractgate_http.local import LocalGateway
from contractgate_http.local.times import real_seconds
from gateway_tools import Session, session

MOMENT = dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.timezone.utc)
FRESH = """
version: "1.0"
name: fresh
ontology:
  entities:
    - {name: at, type: integer}
quality:
  - {field: at, type: freshness, max_age_seconds: 60}
"""

Freeze = Callable[[], AbstractContextManager[Any]]


def by_freezegun() -> AbstractContextManager[Any]:
    return freezegun.freeze_time(MOMENT, real_asyncio=True)


@contextlib.contextmanager
def by_time_machine() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture(params=[by_freezegun, by_time_machine])
def frozen(request: pytest.FixtureRequest) -> Freeze:
    freeze: Freeze = request.param
    return freeze


def broken_kinds(gateway: LocalGateway) -> list[str]:
    """Deploy a contract, and judge an event of the frozen moment by it."""
    with session(gateway) as client:
        reply = client.ingest(client.deploy(FRESH), {"at": int(MOMENT.timestamp())})
        return [one["kind"] for one in reply.json()["results"][0]["violations"]]


def test_a_frozen_date_holds_for_core_and_gateway_alike(frozen: Freeze) -> None:
    """An event of the frozen moment is fresh for both, and neither old nor in the future."""
    event = {"at": int(MOMENT.timestamp())}
    with LocalGateway() as gateway, frozen():
        assert Contract.from_yaml(FRESH).compile().validate(event).violations == []
        assert broken_kinds(gateway) == []
    with LocalGateway() as gateway:
        assert broken_kinds(gateway) == [
            one.kind for one in Contract.from_yaml(FRESH).compile().validate(event).violations
        ]


def test_a_gateway_that_is_opened_while_the_date_is_frozen_thaws_with_it(frozen: Freeze) -> None:
    """The clock is looked up on each use, not when the gateway is opened."""
    with frozen():
        gateway = LocalGateway()
    with gateway, session(gateway) as client:
        client.ingest(client.deploy(), {"id": 1})
        created = dt.datetime.fromisoformat(client.audit()[0]["created_at"].replace("Z", "+00:00"))
        assert abs((created - dt.datetime.now(dt.timezone.utc)).total_seconds()) < 60


def test_a_pause_of_a_fault_is_real_while_the_date_is_frozen(frozen: Freeze) -> None:
    """A slow answer comes, late, to clients of both kinds."""

    async def ask(gateway: LocalGateway) -> None:
        async with httpx.AsyncClient(transport=gateway.transport) as client:
            with anyio.fail_after(30):
                await client.get(f"{gateway.url}/health")

    with LocalGateway() as gateway:
        gateway.faults.add("slow", seconds=0.1)
        with frozen():
            began = real_seconds()
            with session(gateway) as client:
                client.http.get("/health")
            anyio.run(ask, gateway)
            assert 0.2 <= real_seconds() - began < 20


def test_a_pause_is_real_even_where_the_event_loop_is_frozen() -> None:
    """freezegun freezes it by default."""

    async def ask(gateway: LocalGateway) -> None:
        async with httpx.AsyncClient(transport=gateway.transport) as client:
            await client.get(f"{gateway.url}/health")

    with LocalGateway() as gateway:
        gateway.faults.add("slow", seconds=0.05)
        with freezegun.freeze_time(MOMENT):
            anyio.run(ask, gateway)
    assert [one.kind for one in gateway.faults.injected] == ["slow"]


def test_late_writes_come_in_real_time_while_the_date_is_frozen(frozen: Freeze) -> None:
    """Otherwise a client would wait for them for ever."""
    with LocalGateway() as gateway, session(gateway) as client, frozen():
        contract_id = client.deploy()
        gateway.faults.add("late_writes", seconds=0.2, times=1)
        client.ingest(contract_id, {"id": 1})
        assert client.audit() == []
        time.sleep(0.25)
        assert len(client.audit()) == 1


def test_time_goes_on_for_real(frozen: Freeze) -> None:
    """Whatever the date is."""
    with frozen():
        began = real_seconds()
        time.sleep(0.02)
        assert real_seconds() > began


@pytest.mark.parametrize(
    ("told", "error", "why"),
    [
        (math.nan, ValueError, "got nan"),
        (math.inf, ValueError, "got inf"),
        (-math.inf, ValueError, "got -inf"),
        (-1, ValueError, "got an earlier time"),
        (253_402_300_800, ValueError, "got a later time"),
        (1_795_000_000_000, ValueError, "got a later time"),
        (10**400, ValueError, "got a later time"),
        (True, TypeError, "got bool"),
        ("1795000000", TypeError, "got str"),
        (None, TypeError, "got NoneType"),
        (MOMENT, TypeError, "got datetime"),
    ],
)
def test_a_clock_that_answers_no_time_is_refused(
    tmp_path: Path, told: Any, error: type[Exception], why: str
) -> None:
    """At once, and no file is made."""
    with pytest.raises(error, match=f"expected what clock= returns to be Unix seconds.*{why}"):
        LocalGateway(tmp_path / "gate.db", clock=lambda: told)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_clock_is_refused() -> None:
    """A time is not a clock."""
    with pytest.raises(TypeError, match=r"expected clock= to be a function .* got float"):
        LocalGateway(clock=1_795_000_000.0)  # type: ignore[arg-type]


def test_what_a_clock_raises_is_raised() -> None:
    """It is the caller's own exception."""

    def clock() -> float:
        raise LookupError("no time")

    with pytest.raises(LookupError, match="no time"):
        LocalGateway(clock=clock)


class Clock:
    """Returns a given value, or raises a given exception."""

    def __init__(self) -> None:
        self.told: Any = 1_795_000_000.0

    def __call__(self) -> float:
        if isinstance(self.told, BaseException):
            raise self.told
        return self.told  # type: ignore[no-any-return]


@pytest.mark.parametrize("told", [math.nan, True, "now", LookupError("no time")])
def test_a_clock_that_fails_later_does_no_harm(told: Any) -> None:
    """Each request is refused as a whole, `/health` needs no time, and all work again with one."""
    clock = Clock()
    with LocalGateway(clock=clock) as gateway, session(gateway) as client:
        contract_id = client.deploy()
        client.ingest(contract_id, {"id": 1})
        good, clock.told = clock.told, told
        assert client.ingest(contract_id, {"id": 2}).status_code == 500
        assert client.http.get("/contracts").status_code == 500
        assert client.http.get("/health").status_code == 200
        gateway.faults.add("rate_limit", times=1)
        assert client.http.get("/contracts").status_code == 500
        with pytest.raises((ValueError, TypeError, LookupError)):
            gateway.add_org(used=5)
        clock.told = good
        assert client.ingest(contract_id, {"id": 3}).status_code == 200
        assert [row["raw_event"]["id"] for row in client.audit()] == [3, 1]
        assert client.http.get("/usage").json()["used"] == 2


@pytest.mark.parametrize("seconds", [math.nan, math.inf])
def test_a_fault_lasts_a_finite_time(gateway: LocalGateway, seconds: float) -> None:
    """A clock that jumps to an invalid time would leave the gateway without one."""
    with pytest.raises(ValueError, match="expected seconds= to be a finite number"):
        gateway.faults.add("clock_jump", seconds=seconds)


def test_a_pause_of_less_than_nothing_is_refused(gateway: LocalGateway) -> None:
    """Only a clock can go back."""
    with pytest.raises(ValueError, match="expected seconds= to be 0 or more, got -1"):
        gateway.faults.add("slow", seconds=-1)


@pytest.mark.parametrize("seconds", [-1e15, 1e15])
def test_a_clock_that_jumps_out_of_time_stops_at_its_end(
    gateway: LocalGateway, client: Session, seconds: float
) -> None:
    """Requests are answered there too."""
    contract_id = client.deploy()
    gateway.faults.add("clock_jump", seconds=seconds, times=1)
    headers = {"idempotency-key": "k"}
    assert client.ingest(contract_id, {"id": 1}, headers=headers).status_code == 200
    assert client.http.get("/usage").status_code == 200


@pytest.mark.parametrize("before", [math.nan, -1.0, 1e300, True, "now"])
def test_a_time_to_purge_before_must_be_one(gateway: LocalGateway, before: Any) -> None:
    """It is refused like a clock's result."""
    with pytest.raises((ValueError, TypeError), match="expected before= to be Unix seconds"):
        gateway.purge(before=before)
