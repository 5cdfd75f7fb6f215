"""`ingest_all`: a stream that is sent to its end and counted, in bounded memory."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import httpx
import msgspec
import pytest

from contractgate_core.errors import IngestInterruptedError
from contractgate_core.models import IngestEventResult, IngestTotals
from contractgate_core.results import Violation, ViolationKind
from contractgate_http import AsyncClient, Client, LocalGateway
from contractgate_http._totals import MOST_INDEXES, Tally

YAML = """
version: "1"
name: n
compliance_mode: true
ontology:
  entities:
    - {name: id, type: string, pattern: "^ok"}
    - {name: n, type: integer, min: 0}
    - {name: list, type: array, required: false, items: {name: i, type: integer}}
"""
EVENTS: list[Any] = [
    {"id": "ok", "n": 1},
    {"id": "ok", "n": -1},
    {"id": "no", "n": -2},
    {"id": "ok", "n": 1, "list": [1, "x", "y"]},
    {"id": "ok", "n": 1, "z": 1},
    {"id": "ok", "n": 2},
]


def totals_of(kind: str, gateway: LocalGateway, events: Any, **options: Any) -> IngestTotals:
    """Send events with one of the clients."""
    told = (gateway.url, gateway.api_key)
    if kind == "Client":
        with Client(*told, transport=gateway.transport) as client:
            contract_id = client.deploy("n", YAML).contract_id
            return client.ingest_all(contract_id, events, **options)

    async def use() -> IngestTotals:
        async with AsyncClient(*told, transport=gateway.transport) as client:
            contract_id = (await client.deploy("n", YAML)).contract_id
            return await client.ingest_all(contract_id, events, **options)

    return anyio.run(use)


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_all_is_sent_and_counted(kind: str, gateway: LocalGateway) -> None:
    """By field and kind, with the first event of each."""
    totals = totals_of(kind, gateway, iter(EVENTS), batch_size=2)
    assert (totals.total, totals.passed, totals.failed) == (6, 2, 4)
    assert totals.failed_indexes == [1, 2, 3, 4]
    assert not totals
    assert [(one.field, str(one.kind), one.count, one.first_index) for one in totals.broken] == [
        ("n", "range_violation", 2, 1),
        ("list[]", "type_mismatch", 2, 3),
        ("id", "pattern_mismatch", 1, 2),
        ("z", "undeclared_field", 1, 4),
    ]
    first = totals.broken[0].first
    assert first.message == "Field 'n' value -1 is below minimum 0"
    assert totals.broken[1].first.field == "list[1]"


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_totals_are_true_if_nothing_failed(kind: str, gateway: LocalGateway) -> None:
    """Also of a dry run, and of no events at all."""
    good = EVENTS[:1] * 5
    totals = totals_of(kind, gateway, good, dry_run=True, max_wait=5.0, in_flight=2)
    assert totals == IngestTotals(total=5, passed=5, failed=0, broken=[], failed_indexes=[])
    assert totals
    assert totals.meta is None


def test_an_async_iterable_is_taken(gateway: LocalGateway) -> None:
    """As by `ingest_many`."""

    async def events() -> AsyncIterator[Any]:
        for event in EVENTS:
            yield event

    assert totals_of("AsyncClient", gateway, events()).failed_indexes == [1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_one_event_is_refused(kind: str, gateway: LocalGateway) -> None:
    """And the error comes from the call itself."""
    with pytest.raises(TypeError, match="got one object of type dict; ingest sends one event"):
        totals_of(kind, gateway, EVENTS[0])


def answer(request: httpx.Request) -> httpx.Response:
    """Fail every event; refuse those from 4 on, and lose those from 8 on."""
    events = msgspec.json.decode(request.content)
    if events[0] >= 8:
        raise httpx.ReadError("lost")
    if events[0] >= 4:
        return httpx.Response(409, json={"error": "no", "status": 409})
    rule = {"field": "n", "message": "m", "kind": "range_violation"}
    results = [
        {"index": place, "passed": False, "violations": [rule], "contract_version": "1"}
        for place, _ in enumerate(events)
    ]
    sums = {"total": len(events), "passed": 0, "failed": len(events)}
    return httpx.Response(422, json={**sums, "resolved_version": "1", "results": results})


def send_sync() -> None:
    """Send twenty events, two at a time, in six requests at once."""
    with Client("https://gw", "", transport=httpx.MockTransport(answer)) as client:
        client.ingest_all("c", range(20), batch_size=2, in_flight=6)


def send_async() -> None:
    """Do the same with the other client."""

    async def use() -> None:
        async with AsyncClient("https://gw", "", transport=httpx.MockTransport(answer)) as client:
            await client.ingest_all("c", range(20), batch_size=2, in_flight=6)

    anyio.run(use)


@pytest.mark.parametrize("send", [send_sync, send_async])
def test_an_interrupted_stream_loses_nothing(send: Callable[[], None]) -> None:
    """The error has the positions, as ever, and the totals of what was answered."""
    with pytest.raises(IngestInterruptedError, match="of 12 events taken, 4 answered") as caught:
        send()
    error = caught.value
    assert (error.answered, error.refused) == ((range(4),), (range(4, 8),))
    assert (error.unanswered, error.not_sent) == ((range(8, 12),), ())
    assert error.totals is not None
    assert (error.totals.failed, error.totals.failed_indexes) == (4, [0, 1, 2, 3])
    assert error.totals.broken[0].count == 4
    assert pickle.loads(pickle.dumps(error)).totals == error.totals


def test_an_interrupted_stream_counts_outcomes_that_came_out_of_order() -> None:
    """The error holds those after a failed batch."""
    tally = Tally()
    tally.add(outcome(0, []))
    with pytest.raises(IngestInterruptedError) as caught, tally:
        raise IngestInterruptedError("stopped", outcomes=[outcome(7, [RULE])])
    totals = caught.value.totals
    assert totals is not None
    assert (totals.total, totals.failed_indexes) == (2, [7])


RULE = Violation("n", "m", ViolationKind.RANGE_VIOLATION)


def outcome(index: int, violations: list[Violation]) -> IngestEventResult:
    """Make the outcome of an event."""
    return IngestEventResult(
        passed=not violations, violations=violations, contract_version="1", index=index
    )


def test_memory_is_bounded_whatever_fails() -> None:
    """Positions, fields that only hostile events name, and messages that quote a megabyte."""
    tally = Tally()
    for index in range(MOST_INDEXES + 50):
        field = f"f{index}" if index < 3000 else "n"
        tally.add(outcome(index, [Violation(field, "x" * 5000, ViolationKind.UNDECLARED_FIELD)]))
    totals = tally.totals()
    assert totals.failed == MOST_INDEXES + 50
    assert totals.failed_indexes == list(range(MOST_INDEXES))
    assert len(totals.broken) == 1001
    others = Counter({one.field: one.count for one in totals.broken})["(other fields)"]
    assert others == MOST_INDEXES + 50 - 1000
    assert {len(one.first.message) for one in totals.broken} == {160}


def test_a_rule_of_a_newer_gateway_is_counted_too() -> None:
    """Under its own name."""
    tally = Tally()
    tally.add(outcome(3, [Violation("n", "m", ViolationKind("brand_new"))]))
    assert [str(one.kind) for one in tally.totals().broken] == ["brand_new"]


def test_a_repr_of_totals_has_the_first_positions() -> None:
    """Ten thousand would hide the rest."""
    few = IngestTotals(total=30, passed=27, failed=3, broken=[], failed_indexes=[*range(3)])
    many = IngestTotals(total=30, passed=26, failed=4, broken=[], failed_indexes=[*range(4)])
    assert repr(few).endswith("1, 2])")
    assert repr(many).endswith("1, 2, Ellipsis])")
    assert len(many.failed_indexes) == 4
