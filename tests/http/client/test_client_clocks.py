"""Dates are compared with a clock that may be frozen; waits always use real time."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import anyio
import anyio.to_thread
import freezegun
import httpx
import pytest
import time_machine

from contractgate_core.errors import RateLimitError
from contractgate_core.errors import TimeoutError as OurTimeoutError
from contractgate_http import AsyncClient, Client, LocalGateway, RetryPolicy
from contractgate_http._clock import Deadline, is_frozen, monotonic
from contractgate_http._retry import retry_after
from drips import SECONDS, Drips, drips, whole
from either_client import health

Answering = Callable[..., Client]
LONG_AGO = "2001-02-03T04:05:06+00:00"
LATER = "Sat, 03 Feb 2001 04:05:16 GMT"
AS_UNIX = 981173116


def freeze_all() -> AbstractContextManager[object]:
    """Freeze all of Python's clocks, even the monotonic ones."""
    return freezegun.freeze_time(LONG_AGO)


def freeze_dates() -> AbstractContextManager[object]:
    """Freeze the clocks that tell the date."""
    return time_machine.travel(LONG_AGO, tick=False)


FREEZERS = {"freezegun": freeze_all, "time-machine": freeze_dates}


@pytest.fixture(params=FREEZERS)
def frozen(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[object]]:
    """A function that freezes time."""
    return FREEZERS[request.param]


@contextlib.contextmanager
def within(least: float, most: float) -> Iterator[None]:
    """Check how many real **seconds** the block takes."""
    started = monotonic()
    yield
    assert least <= monotonic() - started < most


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": LATER},
        {"retry-after": LATER.replace("GMT", "+0000")},
        {"retry-after": "Sat Feb  3 04:05:16 2001"},
        {"x-ratelimit-reset": str(AS_UNIX)},
    ],
)
def test_a_date_is_compared_with_the_frozen_time(
    frozen: Callable[[], AbstractContextManager[object]],
    headers: dict[str, str],
    answering: Answering,
) -> None:
    """It is looked up on each call."""
    assert retry_after(headers) == 0.0
    client = answering(lambda _: httpx.Response(429, headers=headers))
    with frozen():
        assert retry_after(headers) == 10.0
        with pytest.raises(RateLimitError) as caught:
            client.stats()
    assert caught.value.retry_after == 10.0
    assert retry_after(headers) == 0.0


def test_the_clock_of_waits_is_never_frozen(
    frozen: Callable[[], AbstractContextManager[object]],
) -> None:
    """Waits are right even if time is frozen or released meanwhile."""
    assert not is_frozen()
    with within(0.55, 5):
        deadline = Deadline(0.6, "")
        with frozen():  # which takes the longer, the more modules are loaded
            assert is_frozen() or frozen is freeze_dates  # some versions of which freeze all, too
            assert not deadline.is_over
            assert Deadline(10, "").left() == pytest.approx(10, abs=1)
            while not deadline.is_over:
                pass
    assert deadline.left() == pytest.approx(0, abs=0.01)


@pytest.fixture
def slow() -> Iterator[Drips]:
    """A server whose headers never end, except those for `/health`."""

    def answer(request: bytes) -> Iterator[bytes]:
        if request.startswith(b"GET /health"):
            yield whole()
        else:
            yield b"HTTP/1.1 200 OK\r\n"
            yield from itertools.repeat(b"x-a: b\r\n")

    with drips(answer) as server:
        yield server


def test_deadlines_come_in_frozen_time(
    frozen: Callable[[], AbstractContextManager[object]], slow: Drips
) -> None:
    """Of a try, and of all tries."""
    policy = RetryPolicy(attempts=9, deadline=1.6, first_pause=0)
    with Client(slow.url, "", timeout=0.6, retries=policy) as client, frozen():
        assert client.health(timeout=5).status == "ok"
        with within(1.5, SECONDS - 1), pytest.raises(OurTimeoutError) as caught:
            client.list_contracts()
    assert len(caught.value.history) == 2


@pytest.mark.anyio
async def test_the_async_clients_deadlines_come_too(
    frozen: Callable[[], AbstractContextManager[object]], slow: Drips
) -> None:
    """Although the timers of event loops may stand still."""
    policy = RetryPolicy(attempts=9, deadline=1.6, first_pause=0)
    async with AsyncClient(slow.url, "", timeout=0.6, retries=policy) as client:
        with frozen():
            assert (await client.health(timeout=5)).status == "ok"
            with within(1.5, SECONDS - 1), pytest.raises(OurTimeoutError) as caught:
                await client.list_contracts()
    assert len(caught.value.history) == 2


def busy_once() -> httpx.MockTransport:
    """Answer first that it is too early, then normally."""
    answers = iter([httpx.Response(503), httpx.Response(200, json={"status": "ok"})])
    return httpx.MockTransport(lambda _: next(answers))


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_pauses_are_real(
    frozen: Callable[[], AbstractContextManager[object]], kind: Any
) -> None:
    """They are neither skipped nor endless."""
    policy = RetryPolicy(first_pause=0.2, uniform=lambda _, most: most)
    with frozen(), within(0.19, 3):
        assert await health(kind, "http://gw", transport=busy_once(), retries=policy) == "ok"


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["sync", "plain", "async"])
async def test_events_of_a_slow_source_go_out_in_frozen_time(
    frozen: Callable[[], AbstractContextManager[object]], kind: str
) -> None:
    """When `max_wait` is over, although the source still waits."""
    sent, is_over = threading.Event(), threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        sent.set()
        passed = {"passed": True, "violations": [], "contract_version": "1"}
        counts = {"total": 1, "passed": 1, "failed": 0, "resolved_version": "1"}
        return httpx.Response(200, json={"results": [passed], **counts})

    def events() -> Iterator[Any]:
        yield {}
        is_over.wait(10)

    async def events_later() -> AsyncIterator[Any]:
        yield {}
        await anyio.to_thread.run_sync(is_over.wait, 10, abandon_on_cancel=True)

    transport = httpx.MockTransport(answer)
    with frozen(), within(0.05, 5):
        if kind == "sync":
            client = Client("http://gw", transport=transport)
            outcomes = client.ingest_many("c", events(), max_wait=0.05)
            next(outcomes)
            outcomes.close()
        else:
            source: Any = events() if kind == "plain" else events_later()
            later = AsyncClient("http://gw", transport=transport)
            stream = later.ingest_many("c", source, max_wait=0.05)
            await stream.__anext__()
            await stream.aclose()
        is_over.set()
    assert sent.is_set()


def test_waiting_for_quarantine_ends_in_frozen_time(
    frozen: Callable[[], AbstractContextManager[object]], gateway: LocalGateway, client: Client
) -> None:
    """After the given number of seconds."""
    yaml = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"
    contract_id = client.deploy("n", yaml).contract_id
    missing = "11111111-1111-4111-8111-111111111111"
    with frozen(), within(0.2, 5), pytest.raises(OurTimeoutError):
        client.wait_until_quarantined(contract_id, [missing], within=0.2)


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 31 Dec 10000 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 +99999999999999999999",
        "Fri, 31 Dec 2026 99999999999:59:59 GMT",
        f"Fri, {'9' * 90} Dec 2026 23:59:59 GMT",
        "9" * 400,
        "1e999",
        "nan",
        "inf",
        "-inf",
        "\u0663\u0663",
        "Fri",
        ",",
        "Fri, 31 Dec",
        "0x10",
    ],
)
@pytest.mark.parametrize("name", ["retry-after", "x-ratelimit-reset"])
def test_times_without_sense_are_passed_over(name: str, text: str, answering: Answering) -> None:
    """As if they were missing; the next header counts."""
    headers = [(name.encode(), text.encode())]
    for status in (429, 503):
        client = answering(
            lambda _, status=status: httpx.Response(status, headers=headers),
            retries=RetryPolicy(attempts=2, first_pause=0),
        )
        with pytest.raises(Exception, match=f"HTTP {status}") as caught:
            client.stats()
        assert len(caught.value.history) == 1  # type: ignore[attr-defined]  # it is ours
        assert getattr(caught.value, "retry_after", None) is None
    if name == "retry-after":
        assert retry_after({name: text, "x-ratelimit-reset": "7"}, now=lambda: 5.0) == 2.0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"retry_after_ms": 1500}', 1.5),
        (b'{"retry_after_ms": 1e400}', None),
        (b'{"retry_after_ms": NaN}', None),
        (b'{"retry_after_ms": -5}', None),
        (b'{"retry_after_ms": true}', None),
        (b'{"retry_after_ms": "100"}', None),
        (b'{"retry_after_ms": [1]}', None),
        (b'{"retry_after_ms": 99999999999999999999999999}', None),
    ],
)
def test_milliseconds_without_sense_are_passed_over(
    body: bytes, expected: Any, answering: Answering
) -> None:
    """As if the body did not say."""
    with pytest.raises(RateLimitError) as caught:
        answering(lambda _: httpx.Response(429, content=body)).stats()
    assert caught.value.retry_after == expected


def test_a_wait_that_no_system_can_do_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even with a policy that has no deadline."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    answers = iter([httpx.Response(503, headers={"retry-after": "99999999999"})])
    transport = httpx.MockTransport(
        lambda _: next(answers, httpx.Response(200, json={"status": "ok"}))
    )
    policy = RetryPolicy(deadline=float("inf"), first_pause=0)
    with Client("http://gw", "", transport=transport, retries=policy) as client:
        assert client.health().status == "ok"
    assert waits == [1e8]
