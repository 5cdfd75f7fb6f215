"""When requests are repeated, after how long, and when they never are."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from typing import Any, Optional

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import (
    Attempt,
    BadRequestError,
    ConnectionError,  # noqa: A004 - also the builtin one
    HTTPError,
    PlanLimitError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
)
from contractgate_http import AsyncClient, Client, LocalGateway, Retry, RetryPolicy
from contractgate_http._retry import retry_after

ID = "11111111-1111-4111-8111-111111111111"
STATS = {"total_events": 0, "passed_events": 0, "failed_events": 0}
BATCH = {"total": 0, "passed": 0, "failed": 0, "resolved_version": "1", "results": []}
Answering = Callable[..., Client]
Reply = tuple[int, Any, dict[str, str]]


def at_once(**options: Any) -> RetryPolicy:
    """A policy without pauses, except those that the gateway asks for."""
    return RetryPolicy(**{"first_pause": 0.0, "write_pause": 0.0, **options})


class Series:
    """Answers requests with one thing after another, and repeats the last for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(answer)
        return httpx.Response(200, json=answer)


TRANSIENT = [
    408,
    429,
    502,
    503,
    504,
    httpx.ConnectError("x"),
    httpx.ReadError("x"),
    httpx.ReadTimeout("x"),
    httpx.RemoteProtocolError("x"),
]


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_retries_are_off_unless_asked_for(failure: Any, answering: Answering) -> None:
    """One request, one answer."""
    series = Series(failure, STATS)
    with pytest.raises((HTTPError, ConnectionError)) as caught:
        answering(series).stats()
    assert len(series.requests) == 1
    assert vars(caught.value)["history"] == ()


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_a_read_is_repeated_after_what_may_pass(failure: Any, answering: Answering) -> None:
    """And the last answer is the result."""
    series = Series(failure, failure, STATS)
    assert answering(series, retries=at_once()).stats().total_events == 0
    assert len(series.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 500, 501])
def test_what_will_not_pass_is_not_repeated(status: int, answering: Answering) -> None:
    """The gateway answers 500 to a request that it cannot serve."""
    series = Series(status, STATS)
    with pytest.raises(HTTPError):
        answering(series, retries=at_once()).stats()
    assert len(series.requests) == 1


WRITES: list[Callable[[Client], object]] = [
    lambda c: c.ingest(ID, [{}]),
    lambda c: c.ingest_legacy(ID, [{}]),
    lambda c: c.ingest_envelope(ID, {}),
    lambda c: c.egress(ID, [{}]),
    lambda c: c.deploy("n", "y"),
    lambda c: c.create_contract("n", "y"),
    lambda c: c.update_contract(ID, name="n"),
    lambda c: c.delete_contract(ID),
    lambda c: c.create_version(ID, "1", "y"),
    lambda c: c.promote_version(ID, "1"),
    lambda c: c.replay(ID, [ID]),
    lambda c: c.replay_events([ID]),
    lambda c: c.set_payload_storage(True),
    lambda c: c.purge_bodies(ID),
]


@pytest.mark.parametrize("failure", [503, 429, httpx.ConnectError("x")], ids=repr)
@pytest.mark.parametrize("write", WRITES)
def test_a_write_without_a_key_is_never_repeated(
    write: Callable[[Client], object], failure: Any, answering: Answering
) -> None:
    """It may have been done."""
    series = Series(failure)
    with pytest.raises((HTTPError, ConnectionError)):
        write(answering(series, retries=at_once()))
    assert len(series.requests) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.ingest(ID, [{"a": 1}], idempotency_key="k"),
        lambda c: c.ingest(ID, [{"a": 1}], dry_run=True),
        lambda c: c.ingest_legacy(ID, [{"a": 1}], dry_run=True),
    ],
)
def test_what_is_safe_to_repeat_is_repeated_byte_for_byte(
    call: Callable[[Client], object], answering: Answering
) -> None:
    """A write with a key, and a dry run."""
    series = Series(503, httpx.ReadError("x"), BATCH)
    call(answering(series, retries=at_once()))
    sent = {(request.content, str(request.url)) for request in series.requests}
    assert (len(series.requests), len(sent)) == (3, 1)
    keys = {request.headers.get("idempotency-key") for request in series.requests}
    assert keys in ({"k"}, {None})


def test_the_plan_cap_is_never_waited_for(gateway: LocalGateway) -> None:
    """It applies for the rest of the month."""
    gateway.faults.add("plan_limit")
    with (
        Client(
            gateway.url, gateway.api_key, transport=gateway.transport, retries=at_once()
        ) as client,
        pytest.raises(PlanLimitError) as caught,
    ):
        client.stats()
    error = caught.value
    assert (error.plan, error.limit, error.retry_after) == ("free", 1_000_000, None)
    assert error.history == ()
    assert len(gateway.requests) == 1


def test_the_last_error_tells_of_the_tries_before(answering: Answering) -> None:
    """Their statuses, reasons and pauses."""
    series = Series(503, httpx.ReadTimeout("slow"), 429)
    policy = at_once(attempts=3, uniform=lambda low, high: high)
    with pytest.raises(RateLimitError) as caught:
        answering(series, retries=policy).stats()
    first, second = caught.value.history
    reason = "HTTP 503 without a reason (an empty body) from GET https://gw.example.com/stats"
    assert first == Attempt(1, 503, reason, 0.0)
    assert (second.number, second.status) == (2, None)
    assert "no answer came in time" in second.reason
    notes = getattr(caught.value, "__notes__", ["after 2 earlier tries: try 1: HTTP 503"])
    assert notes[0].startswith("after 2 earlier tries: try 1: HTTP 503")


def test_an_error_that_is_not_transient_keeps_the_history_too(answering: Answering) -> None:
    """So does an answer that cannot be read."""
    with pytest.raises(BadRequestError) as caught:
        answering(Series(503, 400), retries=at_once()).stats()
    assert [attempt.status for attempt in caught.value.history] == [503]


def test_an_answer_that_cannot_be_read_keeps_the_history_too(answering: Answering) -> None:
    """And is not asked for again: the request was served."""
    series = Series(503, "no statistics")
    with pytest.raises(ResponseDecodeError) as caught:
        answering(series, retries=at_once()).stats()
    assert [attempt.status for attempt in caught.value.history] == [503]
    assert len(series.requests) == 2


def test_each_retry_is_told(answering: Answering) -> None:
    """Before its pause, with the error that would have been raised."""
    told: list[Retry] = []
    policy = at_once(on_retry=told.append)
    answering(Series(503, httpx.ReadError("x"), STATS), retries=policy).stats()
    assert [retry.attempt.number for retry in told] == [1, 2]
    assert [type(retry.error) for retry in told] == [ServerError, ConnectionError]
    assert {(retry.method, retry.route) for retry in told} == {("GET", "/stats")}


def test_what_a_callback_raises_ends_the_call(answering: Answering) -> None:
    """It is the user's way out."""

    class EnoughError(Exception):
        """The user has had enough."""

    def enough(retry: Retry) -> None:
        raise EnoughError

    series = Series(503, STATS)
    with pytest.raises(EnoughError):
        answering(series, retries=at_once(on_retry=enough)).stats()
    assert len(series.requests) == 1


@given(st.integers(1, 2000), st.floats(0, 10), st.floats(0, 100))
def test_the_pause_is_full_jitter_under_a_doubling_bound(
    number: int, first: float, longest: float
) -> None:
    """From zero up to the bound, which stops at the longest pause."""
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    policy = RetryPolicy(
        attempts=number + 1, first_pause=first, longest_pause=longest, uniform=uniform
    )
    pause = policy.pause(number, ServerError("x", status=503), is_write=False)
    bound = min(longest, first * 2.0 ** min(number - 1, 60))
    assert (pause, drawn) == (bound, [(0.0, bound)])


def test_a_write_waits_for_the_gateway_to_remember_its_key() -> None:
    """The record of a key is stored some time after the answer."""
    policy = RetryPolicy(first_pause=0.0, write_pause=0.25)
    error = ServerError("x", status=503)
    assert policy.pause(1, error, is_write=True) == 0.25
    assert policy.pause(1, error, is_write=False) == 0.0


def rate_limit(told: Optional[float] = None, **headers: str) -> RateLimitError:
    """Make an error of status 429."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    error = RateLimitError("x", status=429, headers=names)
    error.retry_after = told
    return error


def test_the_gateways_word_is_the_least_pause() -> None:
    """Jitter is added, so that not all clients come back at once."""
    policy = RetryPolicy(first_pause=1.0, uniform=lambda low, high: high)
    assert policy.pause(1, rate_limit(3.0), is_write=False) == 4.0
    assert policy.pause(1, rate_limit(retry_after="7"), is_write=False) == 8.0
    assert policy.pause(1, rate_limit(), is_write=False) == 1.0
    assert policy.pause(5, rate_limit(), is_write=False) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": email.utils.formatdate(1_000_010, usegmt=True)}, 10.0),
        ({"retry-after": email.utils.formatdate(999_000, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"x-ratelimit-reset": "1000002"}, 2.0),
        ({"x-ratelimit-reset": "5"}, 0.0),
        ({"x-ratelimit-reset": "1e9"}, None),
        ({"retry-after": "3", "x-ratelimit-reset": "1000009"}, 3.0),
    ],
)
def test_headers_tell_how_long_to_wait(headers: dict[str, str], seconds: Optional[float]) -> None:
    """In each of their forms; a value that is not a number is ignored."""
    assert retry_after(headers, now=lambda: 1_000_000.0) == seconds


@pytest.mark.parametrize(
    ("kind", "least"),
    [("rate_limit", None), ("rate_limit_with_wait", 0.02)],
)
def test_both_rate_limits_of_the_gateway_pass(
    kind: Any, least: Optional[float], gateway: LocalGateway
) -> None:
    """One says how long to wait, the other says nothing."""
    gateway.faults.add(kind, times=1, seconds=0.02)
    pauses: list[float] = []
    policy = at_once(on_retry=lambda retry: pauses.append(retry.attempt.pause))
    with Client(
        gateway.url, gateway.api_key, transport=gateway.transport, retries=policy
    ) as client:
        client.stats()
    assert pauses == [least or 0.0]


class FakeTime:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_no_try_begins_after_the_deadline(answering: Answering) -> None:
    """A pause that would exceed it is not begun."""
    clock = FakeTime()

    def answer(request: httpx.Request) -> httpx.Response:
        clock.now += 4.0
        return httpx.Response(503)

    policy = at_once(attempts=100, deadline=10.0, clock=clock)
    with pytest.raises(ServerError) as caught:
        answering(answer, retries=policy).stats()
    assert len(caught.value.history) == 2
    assert clock.now == 1012.0


def test_a_pause_longer_than_the_deadline_is_not_begun(answering: Answering) -> None:
    """The error comes at once."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(429, headers={"retry-after": "11"})

    with pytest.raises(RateLimitError) as caught:
        answering(answer, retries=at_once(deadline=10.0)).stats()
    assert (len(requests), caught.value.retry_after) == (1, 11.0)


def test_a_try_waits_no_longer_than_the_deadline_leaves(answering: Answering) -> None:
    """Whatever the client's own timeout is."""
    clock = FakeTime()
    timeouts: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"]["read"])
        clock.now += 20.0
        return httpx.Response(503)

    policy = at_once(deadline=50.0, clock=clock)
    with pytest.raises(ServerError):
        answering(answer, retries=policy, timeout=httpx.Timeout(None, read=35.0)).stats()
    assert timeouts == [35.0, 30.0, 10.0]


@pytest.mark.parametrize(
    "options",
    [
        {"attempts": 0},
        {"deadline": -1},
        {"first_pause": float("nan")},
        {"longest_pause": -0.1},
        {"write_pause": -1},
    ],
)
def test_a_policy_without_sense_is_refused(options: dict[str, Any]) -> None:
    """With the name of the number."""
    with pytest.raises(ValueError, match=next(iter(options))):
        RetryPolicy(**options)


def test_a_number_is_no_policy() -> None:
    """It would not say how long all tries may take."""
    with pytest.raises(TypeError, match="expected retries to be a RetryPolicy or None, got int"):
        Client("http://gw", retries=3)  # type: ignore[arg-type]  # this is the point


@pytest.mark.anyio
async def test_the_async_client_repeats_in_the_same_way() -> None:
    """And can be cancelled in a pause."""
    series = Series(503, httpx.ReadError("x"), STATS)
    policy = at_once()
    async with AsyncClient(
        "http://gw", transport=httpx.MockTransport(series), retries=policy
    ) as cg:
        await cg.stats()
        assert len(series.requests) == 3
        slow = cg.with_options(retries=RetryPolicy(first_pause=30, uniform=lambda _, high: high))
        series.answers = [503]
        begun = time.monotonic()
        with anyio.move_on_after(0.05) as scope:
            await slow.stats()
    assert scope.cancelled_caught
    assert time.monotonic() - begun < 5
    assert len(series.requests) == 4
