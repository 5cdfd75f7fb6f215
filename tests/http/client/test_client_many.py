"""Any number of events in as many requests as needed, and an account of each if it stops."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import json
import os
import queue
import signal
import sys
import threading
import time
import types
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Optional

import anyio
import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import (
    BatchTooLargeError,
    ConnectionError,  # noqa: A004 - also the builtin one
    DeprecatedVersionError,
    EventEncodeError,
    HTTPError,
    IngestInterruptedError,
    ResponseDecodeError,
    ServerError,
)
from contractgate_core.events.encode import encode_event
from contractgate_core.models import BatchIngestResponse
from contractgate_http import AsyncClient, Client, LocalGateway, RetryPolicy
from contractgate_http._many import Failed, Fill, Many, Signal
from contractgate_http._splitting import Batch, EncodedEvent, Splitter

ID = "11111111-1111-4111-8111-111111111111"
YAML = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"
Answering = Callable[..., Client]


class Gate:
    """Answers like a gateway that accepts everything; some requests can fail."""

    def __init__(self, wrong: Any = None) -> None:
        self.wrong = wrong or {}
        self.bodies: list[list[Any]] = []
        self.keys: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            events = json.loads(request.content)
            self.bodies.append(events)
            self.keys.append(request.headers.get("idempotency-key", ""))
        try:
            answer = self.wrong.get(events[0])
            if isinstance(answer, Exception):
                raise answer
            return answer or httpx.Response(200, json=batch(events))
        finally:
            with self._lock:
                self.under_way -= 1


def batch(events: list[Any]) -> dict[str, Any]:
    """Make the reply to a batch."""
    results = [
        {"index": index, "passed": True, "violations": [], "contract_version": f"v{event}"}
        for index, event in enumerate(events)
    ]
    totals = {"total": len(events), "passed": len(events), "failed": 0}
    return {**totals, "resolved_version": "1", "results": results}


def positions(ranges: Iterable[range]) -> list[int]:
    """List all positions in ranges."""
    return [position for part in ranges for position in part]


@pytest.mark.parametrize("in_flight", [1, 3])
def test_every_event_gets_its_outcome_in_order(in_flight: int, answering: Answering) -> None:
    """With its position in the whole stream."""
    gate = Gate()
    outcomes = answering(gate).ingest_many(ID, range(25), batch_size=4, in_flight=in_flight)
    assert [(outcome.index, outcome.contract_version) for outcome in outcomes] == [
        (number, f"v{number}") for number in range(25)
    ]
    sent = sorted(gate.bodies)
    assert sent == [list(range(start, min(start + 4, 25))) for start in range(0, 25, 4)]
    assert gate.most_under_way <= in_flight


def test_no_events_are_no_requests(answering: Answering) -> None:
    """And no outcomes."""
    gate = Gate()
    assert list(answering(gate).ingest_many(ID, [])) == []
    assert gate.bodies == []


def test_events_are_taken_as_they_are_needed(answering: Answering) -> None:
    """Even from an endless stream; nothing is sent before an outcome is asked for."""
    gate = Gate()
    taken: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            taken.append(len(taken))
            yield taken[-1]

    outcomes = answering(gate).ingest_many(ID, endless(), batch_size=10, in_flight=2)
    assert taken == []
    assert next(outcomes).index == 0
    assert len(taken) == 20
    outcomes.close()
    assert len(gate.bodies) == 2


def test_requests_are_under_way_at_once(answering: Answering) -> None:
    """As many as allowed: each of them waits for the others."""
    meeting = threading.Barrier(4, timeout=10)
    gate = Gate()

    def answer(request: httpx.Request) -> httpx.Response:
        meeting.wait()
        return gate(request)

    outcomes = list(answering(answer).ingest_many(ID, range(8), batch_size=1, in_flight=4))
    assert len(outcomes) == 8


def test_the_same_events_are_cut_in_the_same_way(answering: Answering) -> None:
    """So one key for the whole stream is enough for each of its requests."""
    first, again = Gate(), Gate()
    for gate in (first, again):
        list(answering(gate).ingest_many(ID, range(10), batch_size=3, idempotency_key="job-7"))
    assert sorted(zip(first.keys, first.bodies)) == sorted(zip(again.keys, again.bodies))
    assert sorted(first.keys) == ["job-7/0", "job-7/1", "job-7/2", "job-7/3"]


@given(st.lists(st.text(max_size=60)), st.integers(1, 5), st.integers(64, 200))
def test_batches_hold_what_fits(events: list[str], most: int, most_bytes: int) -> None:
    """Never more events or bytes than allowed, never fewer than possible, and none is lost."""
    texts = [encode_event(event.replace("\0", "")) for event in events]
    texts = [text for text in texts if len(text) <= most_bytes - 2]
    splitter = Splitter(most, most_bytes)
    made: list[Batch] = []
    for text in texts:
        full = splitter.push(EncodedEvent(text))
        made += [full] if full else []
    rest = splitter.rest()
    made += [rest] if rest else []
    assert b",".join(one.body[1:-1] for one in made) == b",".join(texts)
    assert [position for one in made for position in one.positions] == list(range(len(texts)))
    assert [one.number for one in made] == list(range(len(made)))
    for one, following in zip(made, [*made[1:], None]):
        assert one.size <= most
        assert len(one.body) <= most_bytes
        assert len(json.loads(one.body)) == one.size
        if following is not None and one.size < most:
            assert len(one.body) + 1 + len(texts[following.start]) > most_bytes


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 5), st.integers(40, 80), st.data())
def test_every_event_is_accounted_for_whatever_happens(
    widths: list[int], in_flight: int, most_bytes: int, data: st.DataObject
) -> None:
    """Sizes, failures, late events and broken sources of all kinds, without any waiting."""
    size = data.draw(st.integers(1, 6))
    is_slow = data.draw(st.booleans())
    many = Many(
        ID,
        version=None,
        dry_run=False,
        idempotency_key=None,
        timeout=None,
        in_flight=in_flight,
        batch_size=size,
        max_wait=1.0 if is_slow else None,
        most_bytes=most_bytes,
        clock=lambda: next(ticks),
    )
    ticks = iter(range(10**9)) if is_slow else itertools.repeat(0.0)
    source: Iterator[Any] = iter([EncodedEvent(b"1" * (width + 1)) for width in widths])
    end = data.draw(st.sampled_from([Signal.ENDED, Failed(KeyError("x")), float("nan")]))
    given_: list[Any] = []
    kinds: dict[int, str] = {}
    sent: list[Batch] = []
    error = None
    try:
        while not many.is_over:
            outcomes: dict[int, Any] = {}
            for batch in one_wave(many, source, end, data):
                assert batch.size < size or batch.size == size
                sent.append(batch)
                kind = data.draw(
                    st.sampled_from(["answered"] * 8 + ["refused", "unanswered", "not"])
                )
                kinds[batch.number] = kind
                outcomes[batch.number] = OUTCOMES[kind](batch)
            assert len(outcomes) <= in_flight
            given_.extend(result.index for result in many.settle(outcomes))
    except IngestInterruptedError as caught:
        error = caught
    assert [batch.number for batch in sent] == list(range(len(sent)))
    texts = b",".join(batch.body[1:-1] for batch in sent).split(b",") if sent else []
    assert texts == [b"1" * (width + 1) for width in widths[: len(texts)]]
    if error is None:
        assert given_ == list(range(len(widths)))
        return
    told = {name: positions(getattr(error, name)) for name in TOLD}
    assert sorted(itertools.chain(*told.values())) == list(range(error.taken))
    given_.extend(outcome.index for outcome in error.outcomes)
    assert sorted(given_) == told["answered"]
    for name in ("answered", "refused", "unanswered"):
        known = [p for batch in sent if kinds[batch.number] == name for p in batch.positions]
        assert told[name] == known


TOLD = ("answered", "refused", "unanswered", "not_sent")
OUTCOMES: dict[str, Callable[[Batch], Any]] = {
    "answered": lambda b: msgspec.convert(batch([0] * b.size), BatchIngestResponse),
    "refused": lambda b: HTTPError("no", status=429),
    "unanswered": lambda b: ConnectionError("lost"),
    "not": lambda b: ConnectionError("refused", was_sent=False),
}


def one_wave(many: Many, source: Iterator[Any], end: Any, data: st.DataObject) -> Iterator[Batch]:
    """Do what a driver does; a full batch comes before the next event is taken."""
    wave, answer = many.wave(), None
    while True:
        try:
            step = wave.send(answer)
        except StopIteration:
            return
        answer = None
        if isinstance(step, Batch):
            yield step
        elif isinstance(step, Fill):
            answer = filled(step, source, end, data)
        else:
            assert step is Signal.LOOK
            answer = data.draw(st.booleans())


def filled(step: Fill, source: Iterator[Any], end: Any, data: st.DataObject) -> Any:
    """Take events as long as they are wanted and come in time."""
    while step.within is None or data.draw(st.booleans()):
        event = next(source, end)
        if event is Signal.ENDED or isinstance(event, Failed):
            return event
        if step.push(event) or step.within is not None:
            return None
    return Signal.LATE


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_full_batch_is_sent_before_the_next_event_is_taken(
    in_flight: int, answering: Answering
) -> None:
    """With several in flight, too."""
    gate = Gate()
    arrived = threading.Semaphore(0)

    def answer(request: httpx.Request) -> httpx.Response:
        arrived.release()
        return gate(request)

    def events() -> Iterator[int]:
        for number in range(8):
            if number and not number % 2:
                assert arrived.acquire(timeout=10), "the batch before was not sent"
            yield number

    outcomes = answering(answer).ingest_many(ID, events(), batch_size=2, in_flight=in_flight)
    assert [outcome.index for outcome in outcomes] == list(range(8))


def test_a_slow_source_does_not_hold_back_outcomes(answering: Answering) -> None:
    """Known outcomes are yielded before further requests are filled."""
    taken: list[int] = []

    def events() -> Iterator[int]:
        for number in range(8):
            if number > 1:
                time.sleep(0.4)
            taken.append(number)
            yield number

    outcomes = answering(Gate()).ingest_many(ID, events(), batch_size=2, in_flight=4)
    assert next(outcomes).index == 0
    assert len(taken) < 8
    assert [outcome.index for outcome in outcomes] == list(range(1, 8))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_request_that_others_end_is_unanswered(answering: Answering) -> None:
    """Its thread or task may have ended without a result."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise SystemExit

    stream = answering(answer).ingest_many(ID, range(4), batch_size=2, in_flight=2)
    _, error = stopped(stream)
    assert isinstance(error.__cause__, ConnectionError)
    assert positions(error.unanswered) == [0, 1, 2, 3]


class Order:
    """Stands for a model of pydantic, which can be iterated."""

    def __iter__(self) -> Iterator[Any]:
        return iter([("id", 1)])

    def model_dump(self) -> dict[str, Any]:
        """Give what is in it."""
        return {"id": 1}


async def later() -> AsyncIterator[int]:
    """Yield an event."""
    yield 1


ONE_EVENT = [{"id": 1}, "abc", b"abc", bytearray(b"abc"), types.MappingProxyType({}), Order()]


@pytest.mark.parametrize("events", ONE_EVENT)
def test_one_event_is_no_stream(events: Any, answering: Answering) -> None:
    """It is refused when the call is made, before anything is asked for."""
    kind = type(events).__name__
    is_text = isinstance(events, (str, bytes, bytearray))
    hint = "JSON text must be decoded first" if is_text else "ingest sends one event"
    text = f"expected an iterable of events, got one object of type {kind}; {hint}"
    with pytest.raises(TypeError, match=text):
        answering(Gate()).ingest_many(ID, events)
    with pytest.raises(TypeError, match=text):
        AsyncClient("https://gw", "cg_live_0123").ingest_many(ID, events)


def test_what_cannot_be_iterated_is_no_stream(answering: Answering) -> None:
    """And an async iterable is for the async client."""
    with pytest.raises(TypeError, match="got a async_generator; AsyncClient takes async ones"):
        answering(Gate()).ingest_many(ID, later())  # type: ignore[arg-type]
    for client in (answering(Gate()), AsyncClient("https://gw", "cg_live_0123")):
        with pytest.raises(TypeError, match="expected an iterable of events, got a int"):
            client.ingest_many(ID, 7)  # type: ignore[arg-type]


def test_max_wait_is_checked(answering: Answering) -> None:
    """It is in seconds, and excludes a key, since time would decide where batches end."""
    for wrong in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="expected max_wait to be seconds above 0"):
            answering(Gate()).ingest_many(ID, [], max_wait=wrong)
    with pytest.raises(ValueError, match="expected max_wait without idempotency_key"):
        answering(Gate()).ingest_many(ID, [], max_wait=1, idempotency_key="k")


@pytest.mark.parametrize("name", ["in_flight", "batch_size", "max_wait"])
def test_numbers_are_checked(name: str, answering: Answering) -> None:
    """Before anything is asked for."""
    for wrong in ("2", True, [2]):
        given: dict[str, Any] = {name: wrong}
        with pytest.raises(TypeError, match=f"expected {name} to be (an int|seconds), got "):
            answering(Gate()).ingest_many(ID, [], **given)


def test_what_each_request_gets_is_checked_before_anything_is_taken(answering: Answering) -> None:
    """Otherwise events would count as sent without an answer."""
    with pytest.raises(TypeError, match="expected timeout to be seconds or an httpx"):
        answering(Gate()).ingest_many(ID, [], timeout="1")  # type: ignore[arg-type]
    for name in ("version", "idempotency_key"):
        wrong: dict[str, Any] = {name: 7}
        for send in (answering(Gate()).ingest_many, answering(Gate()).ingest):
            with pytest.raises(TypeError, match="to be a str, got int"):
                send(ID, [], **wrong)
    with pytest.raises(ValueError, match="expected timeout to be more than 0 seconds"):
        AsyncClient("https://gw", "cg_live_0123").ingest_many(ID, [], timeout=-1)


def test_max_wait_may_be_longer_than_systems_can_wait(answering: Answering) -> None:
    """Then it means for ever, or nearly so."""
    outcomes = answering(Gate()).ingest_many(ID, range(3), max_wait=1e300)
    assert [outcome.index for outcome in outcomes] == [0, 1, 2]


class Tap:
    """A source that yields the events it is given, and waits for more."""

    def __init__(self, *events: Any) -> None:
        self.queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.give(*events)

    def give(self, *events: Any) -> None:
        """Add events to yield; None ends the source, an exception is raised."""
        for event in events:
            self.queue.put(event)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        event = self.queue.get(timeout=60)
        if event is None:
            raise StopIteration
        if isinstance(event, BaseException):
            raise event
        return event


@pytest.mark.parametrize("in_flight", [1, 3])
def test_a_part_of_a_batch_is_sent_when_the_source_is_slow(
    in_flight: int, answering: Answering
) -> None:
    """And its outcomes are yielded, while the source keeps waiting."""
    gate, tap = Gate(), Tap(0, 1)
    outcomes = answering(gate).ingest_many(ID, tap, max_wait=0.05, in_flight=in_flight)
    assert [next(outcomes).index for _ in range(2)] == [0, 1]
    assert gate.bodies == [[0, 1]]
    tap.give(2, None)
    assert [outcome.index for outcome in outcomes] == [2]
    assert gate.bodies == [[0, 1], [2]]


def test_outcomes_of_full_batches_do_not_wait_for_a_slow_source(answering: Answering) -> None:
    """Even if no part of a batch is left to send."""
    tap = Tap(0, 1)
    outcomes = answering(Gate()).ingest_many(ID, tap, max_wait=0.05, batch_size=2, in_flight=3)
    assert next(outcomes).index == 0
    tap.give(None)
    assert len(list(outcomes)) == 1


def test_a_source_that_waits_for_ever_can_be_left(answering: Answering) -> None:
    """Its thread ends with the next event, or with the program."""
    tap = Tap(0)
    outcomes = answering(Gate()).ingest_many(ID, tap, max_wait=0.02)
    assert next(outcomes).index == 0
    (reader,) = [one for one in threading.enumerate() if one.name == "contractgate-source"]
    outcomes.close()
    assert reader.daemon
    tap.give(1)
    reader.join(timeout=10)
    assert not reader.is_alive()


def test_a_slow_source_may_fail(answering: Answering) -> None:
    """Earlier events have their outcomes; exceptions that end programs pass through."""
    tap = Tap(0)
    outcomes = answering(Gate()).ingest_many(ID, tap, max_wait=0.02)
    assert next(outcomes).index == 0
    tap.give(1, KeyError("x"))
    with pytest.raises(IngestInterruptedError) as caught:
        next(outcomes)
    assert (positions(caught.value.answered), positions(caught.value.not_sent)) == ([0], [1])
    with pytest.raises(SystemExit):
        list(answering(Gate()).ingest_many(ID, Tap(SystemExit(3)), max_wait=1))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Handle interrupts, even if the tests run in the background, where they are ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="a lock that is waited for is not interrupted")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_does_not_wait_for_requests(answering: Answering) -> None:
    """Nor for a source."""
    go_on, once = threading.Event(), threading.Lock()

    def answer(request: httpx.Request) -> httpx.Response:
        if once.acquire(blocking=False):
            os.kill(os.getpid(), signal.SIGINT)
        go_on.wait(20)
        return httpx.Response(500)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(answering(answer).ingest_many(ID, range(4), batch_size=2, in_flight=2))
    assert time.monotonic() - began < 10
    go_on.set()
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(answering(answer).ingest_many(ID, Tap(), max_wait=30))


def test_events_of_all_sizes_stay_within_the_gateways_limits(client: Client) -> None:
    """2 MiB a body, 1,000 events, 1 MiB an event."""
    contract_id = client.deploy("n", YAML).contract_id
    events = [{"n": n, "fill": "x" * (n % 7 * 60_000)} for n in range(60)]
    events += [{"n": n} for n in range(60, 2100)]
    events.append({"n": 2100, "f": "x" * (1024 * 1024 - 17)})
    outcomes = list(client.ingest_many(contract_id, events, dry_run=True))
    assert [outcome.index for outcome in outcomes] == list(range(2101))
    assert all(outcome.passed for outcome in outcomes)


def stopped(outcomes: Iterator[Any]) -> tuple[list[int], IngestInterruptedError]:
    """Iterate until the stream stops."""
    got: list[int] = []
    with pytest.raises(IngestInterruptedError) as caught:
        got.extend(outcome.index for outcome in outcomes)
    return got, caught.value


LOST = httpx.ReadError("reset")
UNREACHED = httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("answer", "cause", "kind"),
    [
        (LOST, ConnectionError, "unanswered"),
        (httpx.ReadTimeout("slow"), TimeoutError, "unanswered"),
        (UNREACHED, ConnectionError, "not_sent"),
        (httpx.Response(503), ServerError, "unanswered"),
        (httpx.Response(500), ServerError, "unanswered"),
        (httpx.Response(200, text="<html>"), ResponseDecodeError, "unanswered"),
        (httpx.Response(200, json=batch([1])), ResponseDecodeError, "unanswered"),
        (httpx.Response(429), None, "refused"),
        (httpx.Response(401), None, "refused"),
        (httpx.Response(408), None, "unanswered"),
    ],
)
def test_a_request_that_fails_says_what_became_of_every_event(
    answer: Any, cause: Any, kind: str, answering: Answering
) -> None:
    """Earlier outcomes were yielded, later ones are in the error."""
    gate = Gate({8: answer})
    outcomes = answering(gate).ingest_many(ID, range(100), batch_size=4, in_flight=3)
    got, error = stopped(outcomes)
    assert got == list(range(8))
    assert isinstance(error.__cause__, cause or Exception)
    others = {"answered": list(range(8)), "refused": [], "unanswered": [], "not_sent": []}
    others[kind] = sorted([*others[kind], 8, 9, 10, 11])
    assert {name: positions(getattr(error, name)) for name in others} == others
    assert error.taken == 12
    assert [outcome.index for outcome in error.outcomes] == []
    assert f"of 12 events taken, {len(others['answered'])} answered" in str(error)


def test_outcomes_that_came_too_early_are_in_the_error(answering: Answering) -> None:
    """They were answered, but can no longer be yielded in order."""
    gate = Gate({0: LOST, 6: LOST})
    got, error = stopped(answering(gate).ingest_many(ID, range(9), batch_size=2, in_flight=4))
    assert got == []
    assert [outcome.index for outcome in error.outcomes] == [2, 3, 4, 5]
    assert positions(error.answered) == [2, 3, 4, 5]
    assert positions(error.unanswered) == [0, 1, 6, 7]
    assert positions(error.not_sent) == []
    assert error.answered == (range(2, 6),)


def test_a_request_that_was_sent_once_may_be_stored_though_its_last_try_was_not(
    answering: Answering,
) -> None:
    """The first try decides."""
    tries = iter([LOST, UNREACHED])

    def answer(request: httpx.Request) -> httpx.Response:
        raise next(tries)

    policy = RetryPolicy(attempts=2, first_pause=0, write_pause=0)
    _, error = stopped(answering(answer, retries=policy).ingest_many(ID, [1], idempotency_key="k"))
    assert positions(error.unanswered) == [0]


@pytest.mark.parametrize(
    ("tries", "kept", "told"),
    [
        ([UNREACHED, UNREACHED], [False], "not_sent"),
        (
            [UNREACHED, httpx.ConnectTimeout("late"), httpx.PoolTimeout("late")],
            [False] * 2,
            "not_sent",
        ),
        ([429, UNREACHED], [True], "not_sent"),
        ([UNREACHED, 429], [False], "refused"),
        ([UNREACHED, LOST], [False], "unanswered"),
        ([UNREACHED, LOST, UNREACHED], [False, True], "unanswered"),
        ([503, UNREACHED], [True], "unanswered"),
        ([UNREACHED, 503], [False], "unanswered"),
    ],
)
def test_each_try_keeps_whether_anything_was_sent(
    tries: list[Any], kept: list[bool], told: str, answering: Answering
) -> None:
    """So a gateway that was never reached has nothing stored, however often it was tried."""
    left = iter(tries)

    def answer(request: httpx.Request) -> httpx.Response:
        came = next(left)
        if isinstance(came, Exception):
            raise came
        return httpx.Response(came)

    policy = RetryPolicy(attempts=len(tries), first_pause=0, write_pause=0)
    _, error = stopped(answering(answer, retries=policy).ingest_many(ID, [1], idempotency_key="k"))
    cause: Any = error.__cause__
    assert [attempt.was_sent for attempt in cause.history] == kept
    told_of = {name: getattr(error, name) for name in ("not_sent", "refused", "unanswered")}
    assert {name: positions(ranges) for name, ranges in told_of.items() if ranges} == {told: [0]}


def test_a_port_that_refuses_stores_nothing(unused_url: str) -> None:
    """With and without a policy."""
    for policy in (None, RetryPolicy(attempts=3, first_pause=0, write_pause=0)):
        with Client(unused_url, "", retries=policy) as client:
            _, error = stopped(client.ingest_many(ID, [1, 2], idempotency_key="k"))
        assert (positions(error.not_sent), error.unanswered) == ([0, 1], ())


@pytest.mark.parametrize(
    ("event", "cause", "text"),
    [
        ({"price": float("nan")}, EventEncodeError, "$[5].price: expected a number"),
        ({"a": "\0"}, EventEncodeError, "$[5].a: the character U+0000"),
        ({"a": "x" * 1024 * 1024}, BatchTooLargeError, "at position 5"),
    ],
)
def test_an_event_that_cannot_be_sent_stops_the_stream(
    event: Any, cause: Any, text: str, answering: Answering
) -> None:
    """With its position; events of the same batch are not sent."""
    gate = Gate()
    events = [0, 1, 2, 3, 4, event, 6]
    got, error = stopped(answering(gate).ingest_many(ID, events, batch_size=2, in_flight=1))
    assert got == [0, 1, 2, 3]
    assert isinstance(error.__cause__, cause)
    assert text in str(error)
    assert positions(error.not_sent) == [4, 5]
    assert error.taken == 6


def test_an_iterable_that_fails_stops_the_stream(answering: Answering) -> None:
    """And what it raised is the cause."""

    def events() -> Iterator[int]:
        yield from range(3)
        raise KeyError("alice@example.com")

    got, error = stopped(answering(Gate()).ingest_many(ID, events(), batch_size=2, in_flight=1))
    assert isinstance(error.__cause__, KeyError)
    assert (got, positions(error.not_sent), error.taken) == ([0, 1], [2], 3)
    assert str(error).endswith("1 not sent: KeyError")


def test_a_deprecated_version_refuses_the_whole_stream(client: Client) -> None:
    """The results are on the cause."""
    contract_id = client.deploy("n", YAML).contract_id
    client.deploy("n", YAML.replace("'1'", "'2'"))
    _, error = stopped(client.ingest_many(contract_id, [{"n": 1}, {"n": 2}], version="1"))
    assert isinstance(error.__cause__, DeprecatedVersionError)
    assert len(error.__cause__.results) == 2
    assert positions(error.refused) == [0, 1]


def test_the_error_shows_no_event(answering: Answering) -> None:
    """Neither in its text nor in its repr."""
    gate = Gate({"alice@example.com": LOST})
    _, error = stopped(answering(gate).ingest_many(ID, ["alice@example.com"]))
    assert "alice" not in f"{error}{error!r}{error.__cause__!r}"


@pytest.mark.anyio
async def test_the_async_client_does_the_same() -> None:
    """From iterables of both kinds, with several requests at once."""
    gate = Gate()

    async def events() -> AsyncIterator[int]:
        for number in range(10):
            await anyio.sleep(0)
            yield number

    async def answer(request: httpx.Request) -> httpx.Response:
        gate.under_way += 1
        gate.most_under_way = max(gate.most_under_way, gate.under_way)
        await anyio.sleep(0.001)
        gate.under_way -= 1
        events = json.loads(request.content)
        return httpx.Response(200, json=batch(events))

    async with AsyncClient("https://gw", transport=httpx.MockTransport(answer)) as client:
        for source in (events(), range(10)):
            outcomes = client.ingest_many(ID, source, batch_size=2, in_flight=3)
            assert [outcome.index async for outcome in outcomes] == list(range(10))
    assert gate.most_under_way == 3


@pytest.mark.anyio
async def test_the_async_client_tells_the_same_of_a_failure() -> None:
    """Which positions, and which outcomes came too early."""
    gate = Gate({0: LOST, 6: LOST})
    async with AsyncClient("https://gw", transport=httpx.MockTransport(gate)) as client:
        outcomes = client.ingest_many(ID, range(9), batch_size=2, in_flight=4)
        with pytest.raises(IngestInterruptedError) as caught:
            await outcomes.__anext__()
    error = caught.value
    assert [outcome.index for outcome in error.outcomes] == [2, 3, 4, 5]
    assert positions(error.unanswered) == [0, 1, 6, 7]


@pytest.mark.anyio
async def test_an_async_iterable_that_fails_stops_the_stream() -> None:
    """And what it raised is the cause."""

    async def events() -> AsyncIterator[int]:
        yield 1
        raise KeyError("lost")

    async with AsyncClient("https://gw", transport=httpx.MockTransport(Gate())) as client:
        outcomes = client.ingest_many(ID, events())
        with pytest.raises(IngestInterruptedError) as caught:
            await outcomes.__anext__()
    assert isinstance(caught.value.__cause__, KeyError)
    assert positions(caught.value.not_sent) == [0]


@pytest.mark.anyio
@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_the_async_client_sends_a_full_batch_before_the_next_event(
    in_flight: int, kind: str
) -> None:
    """A plain source that is slow holds up the loop, so its batches are sent one by one."""
    gate = Gate()
    sent: list[int] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await anyio.sleep(0)
        return gate(request)

    def plain() -> Iterator[int]:
        for number in range(8):
            time.sleep(0.11)
            sent.append(len(gate.bodies))
            yield number

    async def slow() -> AsyncIterator[int]:
        for number in range(8):
            await anyio.sleep(0.02)
            sent.append(len(gate.bodies))
            yield number

    source: Any = plain() if kind == "plain" else slow()
    async with AsyncClient("https://gw", transport=httpx.MockTransport(answer)) as client:
        outcomes = client.ingest_many(ID, source, batch_size=2, in_flight=in_flight)
        assert [outcome.index async for outcome in outcomes] == list(range(8))
    assert sent == [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.mark.anyio
async def test_an_async_source_may_hold_a_task_group_open() -> None:
    """It stays open from one event to the next."""

    async def events() -> AsyncIterator[int]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep, 0)
            for number in range(10):
                await anyio.sleep(0)
                yield number

    async with AsyncClient("https://gw", transport=httpx.MockTransport(Gate())) as client:
        for wait in (None, 5.0):
            outcomes = client.ingest_many(ID, events(), batch_size=2, in_flight=3, max_wait=wait)
            assert [outcome.index async for outcome in outcomes] == list(range(10))


@pytest.mark.anyio
@pytest.mark.parametrize("in_flight", [1, 3])
@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_the_async_client_sends_a_part_of_a_batch_in_time(in_flight: int, kind: str) -> None:
    """From sources of both kinds, and yields its outcomes."""
    gate, tap, more = Gate(), Tap(0, 1), anyio.Event()

    async def events() -> AsyncIterator[int]:
        yield 0
        yield 1
        await more.wait()
        yield 2

    async with AsyncClient("https://gw", transport=httpx.MockTransport(gate)) as client:
        source: Any = events() if kind == "async" else tap
        outcomes = client.ingest_many(ID, source, max_wait=0.05, in_flight=in_flight)
        with anyio.fail_after(10):
            assert [(await outcomes.__anext__()).index for _ in range(2)] == [0, 1]
            assert gate.bodies == [[0, 1]]
            more.set()
            tap.give(2, None)
            assert [outcome.index async for outcome in outcomes] == [2]
        assert gate.bodies == [[0, 1], [2]]


@pytest.mark.anyio
async def test_an_async_source_that_waits_for_ever_can_be_left() -> None:
    """Its task is cancelled, and it may clean up."""
    ended = anyio.Event()

    async def events() -> AsyncIterator[int]:
        try:
            yield 0
            await anyio.sleep_forever()
        finally:
            ended.set()

    async with AsyncClient("https://gw", transport=httpx.MockTransport(Gate())) as client:
        outcomes = client.ingest_many(ID, events(), max_wait=0.02)
        assert (await outcomes.__anext__()).index == 0
        await outcomes.aclose()
        with anyio.fail_after(10):
            await ended.wait()
        tap = Tap(0)
        outcomes = client.ingest_many(ID, tap, max_wait=0.02)
        assert (await outcomes.__anext__()).index == 0
        await outcomes.aclose()
        tap.give(None)


@pytest.mark.anyio
async def test_a_slow_async_source_may_fail() -> None:
    """Earlier events have their outcomes; exceptions that end programs pass through."""

    class End(BaseException):
        """Ends a program."""

    async def events(error: BaseException) -> AsyncIterator[int]:
        yield 0
        await anyio.sleep(0.1)
        yield 1
        raise error

    async with AsyncClient("https://gw", transport=httpx.MockTransport(Gate())) as client:
        for max_wait in (None, 0.02):
            outcomes = client.ingest_many(ID, events(KeyError("x")), max_wait=max_wait)
            with pytest.raises(IngestInterruptedError) as caught:
                _ = [outcome async for outcome in outcomes]
            assert positions(caught.value.not_sent) == ([0, 1] if max_wait is None else [1])
            with pytest.raises(End):
                _ = [one async for one in client.ingest_many(ID, events(End()), max_wait=max_wait)]


@pytest.mark.parametrize("max_wait", [None, 30])
def test_an_async_source_may_come_upon_what_was_cancelled(max_wait: Optional[float]) -> None:
    """The consumer gets an error, and does not wait for ever."""

    async def events() -> AsyncIterator[int]:
        yield 0
        other = asyncio.ensure_future(asyncio.sleep(60))
        other.cancel()
        await other

    async def use() -> None:
        transport = httpx.MockTransport(Gate())
        async with AsyncClient("https://gw", transport=transport) as client:
            async for _ in client.ingest_many(ID, events(), max_wait=max_wait):
                pass

    async def watch() -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(use(), 5)

    asyncio.run(watch())


@pytest.mark.anyio
async def test_an_async_stream_can_be_cancelled() -> None:
    """With all its requests."""
    begun: list[int] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        begun.append(1)
        await anyio.sleep(60)
        return httpx.Response(200)

    async with AsyncClient("https://gw", transport=httpx.MockTransport(answer)) as client:
        with anyio.move_on_after(0.05) as scope:
            async for _ in client.ingest_many(ID, range(10), batch_size=1, in_flight=3):
                pass
    assert scope.cancelled_caught
    assert len(begun) == 3


def test_spans_of_threads_have_the_callers_context(gateway: LocalGateway) -> None:
    """Every request sees the caller's context variables."""
    place: contextvars.ContextVar[str] = contextvars.ContextVar("place", default="nowhere")
    seen: set[str] = set()
    gate = Gate()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.add(place.get())
        return gate(request)

    place.set("here")
    with Client("https://gw", transport=httpx.MockTransport(answer)) as client:
        list(client.ingest_many(ID, range(8), batch_size=1, in_flight=4))
    assert seen == {"here"}
