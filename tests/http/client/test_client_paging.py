"""Paging through rows while others arrive."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import BadRequestError
from contractgate_http import AsyncClient, Client, LocalGateway
from contractgate_http._paging import Pager

YAML = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"


class Row(NamedTuple):
    """A row with its time."""

    id: str
    created_at: str


def time(second: int) -> str:
    """Write a time with no more digits than it needs, as the gateway does."""
    fraction = f"{second % 4 * 25:02}".rstrip("0")
    return (
        f"2026-11-24T00:{second // 240:02}:{second // 4 % 60:02}{'.' * bool(fraction)}{fraction}Z"
    )


@given(st.lists(st.integers(0, 3), max_size=40), st.data(), st.integers(1, 6))
def test_no_row_comes_twice_and_none_is_skipped(
    gaps: list[int], data: st.DataObject, size: int
) -> None:
    """Whatever arrives between pages; rows with the same time keep their order here."""
    times = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    rows = [Row(f"old {number}", time(at)) for number, at in enumerate(times)][::-1]
    stored = list(rows)
    latest = times[-1] if times else 0
    pager: Pager[Row] = Pager(lambda offset: offset, size, lambda row: row.created_at)  # type: ignore[arg-type, return-value]
    got: list[Row] = []
    arrived = 0
    while not pager.is_done:
        offset: int = pager.call()  # type: ignore[assignment]
        got += pager.take(stored[offset : offset + size])
        for _ in range(data.draw(st.integers(0, 7)) if arrived < 100 else 0):
            latest += data.draw(st.integers(0, 2))
            arrived += 1
            stored.insert(0, Row(f"new {arrived}", time(latest)))
    assert [row for row in got if row.id.startswith("old")] == rows
    assert len({row.id for row in got}) == len(got)
    # A row that arrives is left out, but for those with the very time of the first row seen.
    newest = rows[0].created_at if rows else None
    assert all(row.created_at == newest for row in got if row.id.startswith("new") and rows)


def test_the_memory_of_a_pager_is_bounded() -> None:
    """It keeps the rows of one time, not all."""
    pager: Pager[Row] = Pager(lambda offset: offset, 2, lambda row: row.created_at)  # type: ignore[arg-type, return-value]
    for second in range(400, 0, -1):
        pager.take([Row(f"{second} a", time(second)), Row(f"{second} b", time(second))])
        assert len(pager._ids) == 2


def test_rows_of_the_audit_and_of_the_quarantine(client: Client) -> None:
    """All of them, and only those of the contract."""
    contract_id = client.deploy("n", YAML).contract_id
    other = client.deploy("other", YAML).contract_id
    client.ingest(other, [{"n": 0}])
    for start in range(0, 60, 10):
        client.ingest(contract_id, [{"n": n if n % 3 else "x"} for n in range(start, start + 10)])
    rows = list(client.iter_audit(contract_id, page_size=7))
    assert len(rows) == 60
    assert len({row.id for row in rows}) == 60
    assert len(list(client.iter_audit(page_size=61))) == 61
    held = list(client.iter_quarantine(contract_id, page_size=7))
    assert [row.raw_event for row in held] == [{"n": "x"}] * 20
    assert list(client.iter_quarantine(other)) == []


def test_rows_that_arrive_between_pages_are_left_out(client: Client) -> None:
    """With a real gateway's order."""
    contract_id = client.deploy("n", YAML).contract_id
    for n in range(12):
        client.ingest(contract_id, {"n": n})
    got = []
    for row in client.iter_audit(contract_id, page_size=5):
        got.append(row.raw_event["n"])
        client.ingest(contract_id, {"n": 100})
    assert got == list(range(11, -1, -1))


@pytest.mark.anyio
async def test_the_async_client_iterates_in_the_same_way(gateway: LocalGateway) -> None:
    """Both kinds of rows."""
    async with AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        contract_id = (await client.deploy("n", YAML)).contract_id
        await client.ingest(contract_id, [{"n": n if n % 2 else "x"} for n in range(20)])
        rows = [row async for row in client.iter_audit(contract_id, page_size=3)]
        held = [row async for row in client.iter_quarantine(contract_id, page_size=3)]
    assert (len(rows), len(held)) == (20, 10)


def test_waiting_until_failed_events_can_be_seen(gateway: LocalGateway, client: Client) -> None:
    """The gateway writes them after it answered."""
    contract_id = client.deploy("n", YAML).contract_id
    gateway.faults.add("late_writes", seconds=0.2, times=1)
    result = client.ingest(contract_id, [{"n": "x"}, {"n": 1}, {"n": "y"}])
    held = [one.quarantine_id for one in result.results if one.quarantine_id is not None]
    assert len(held) == 2
    client.wait_until_quarantined(contract_id, held)
    assert client.replay(contract_id, held).still_quarantined == 2
    client.wait_until_quarantined(contract_id, [])


def test_waiting_looks_further_back_than_the_list(client: Client) -> None:
    """Children of failed replays are not listed at all."""
    contract_id = client.deploy("n", YAML).contract_id
    held = client.ingest(contract_id, {"n": "x"}).results[0].quarantine_id
    assert held is not None
    client.replay(contract_id, [held])
    child = client.get_replay_history(contract_id, held)[1].id
    client.wait_until_quarantined(contract_id, [child, held], within=0)


def test_waiting_in_vain_ends(client: Client) -> None:
    """The ids of a dry run name nothing."""
    contract_id = client.deploy("n", YAML).contract_id
    result = client.ingest(contract_id, {"n": "x"}, dry_run=True)
    held = [one.quarantine_id for one in result.results if one.quarantine_id is not None]
    with pytest.raises(TimeoutError, match=r"1 of 1 events are not visible .* after 0.1 s"):
        client.wait_until_quarantined(contract_id, held, within=0.1)
    with pytest.raises(BadRequestError, match="UUID"):
        client.wait_until_quarantined(contract_id, ["no id"])


@pytest.mark.anyio
async def test_the_async_client_waits_in_the_same_way(gateway: LocalGateway) -> None:
    """Without blocking its event loop."""
    async with AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        contract_id = (await client.deploy("n", YAML)).contract_id
        gateway.faults.add("late_writes", seconds=0.1, times=1)
        result = await client.ingest(contract_id, {"n": "x"})
        held = [one.quarantine_id for one in result.results if one.quarantine_id is not None]
        await client.wait_until_quarantined(contract_id, held)


def test_a_page_of_an_older_gateway_may_lack_times() -> None:
    """Then rows are distinguished by their ids."""
    pages: list[Any] = [[{"id": f"{n}", "contract_id": "c", "passed": True} for n in range(2)]]
    pages += [[pages[0][1], {"id": "3", "contract_id": "c", "passed": True}], []]
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=pages.pop(0)))
    with Client("https://gw", transport=transport) as client:
        assert [row.id for row in client.iter_audit(page_size=2)] == ["0", "1", "3"]
