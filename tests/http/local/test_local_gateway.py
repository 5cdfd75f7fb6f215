"""`LocalGateway`: its accounts, its memory and its end."""

from __future__ import annotations

import datetime as dt
import gc
import multiprocessing
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from contractgate_core.errors import ContractGateError
from contractgate_http.local import DatabaseError, GatewayClosedError, LocalGateway
from contractgate_http.local.message import make_request
from contractgate_http.local.store import schema
from contractgate_http.local.store.database import open_database
from gateway_tools import Session, session

WITHOUT_KEY = make_request("GET", b"/health", b"", [], b"")


def test_a_gateway_knows_one_key_of_one_organisation_from_the_beginning(client: Session) -> None:
    assert client.http.get("/usage").json()["plan"] == "growth"
    assert client.http.get("/settings/payload-storage").json()["enabled"] is True


def test_without_keys_nobody_is_asked_for_one() -> None:
    with LocalGateway(auth=False) as gateway, httpx.Client(transport=gateway.transport) as client:
        assert client.get(f"{gateway.url}/contracts").json() == []
        assert client.get(f"{gateway.url}/settings/payload-storage").json()["plan"] == "self_host"


def test_a_key_reaches_its_own_organisation_only(gateway: LocalGateway, client: Session) -> None:
    contract_id = client.deploy()
    key = gateway.add_key(org=gateway.add_org())
    with session(gateway, key) as other:
        assert other.http.get("/contracts").json() == []
        assert other.http.get(f"/contracts/{contract_id}").status_code == 404


def test_a_key_may_be_limited_to_some_contracts(gateway: LocalGateway, client: Session) -> None:
    first, second = client.deploy(name="first"), client.deploy(name="second")
    key = gateway.add_key(allowed_contract_ids=[first.upper()])
    with session(gateway, key) as limited:
        assert limited.ingest(first, {"id": 1}).status_code == 200
        assert limited.ingest(second, {"id": 1}).status_code == 401


def test_a_revoked_key_opens_nothing(gateway: LocalGateway) -> None:
    with session(gateway, gateway.add_key(revoked=True)) as revoked:
        assert revoked.http.get("/contracts").status_code == 401


@pytest.mark.parametrize("key", ["", "short", "cg_1234567", "xx_1234567890", "cg_1234567890\n"])
def test_a_key_that_no_caller_could_use_is_refused_unseen(gateway: LocalGateway, key: str) -> None:
    with pytest.raises(ValueError, match="begins with `cg_`") as raised:
        gateway.add_key(key)
    assert not key or key not in str(raised.value)


def test_a_key_that_another_one_would_hide_is_refused(gateway: LocalGateway) -> None:
    gateway.add_key("cg_0123456789_first")
    with pytest.raises(ValueError, match="another key has the same first 12 characters"):
        gateway.add_key("cg_0123456789_second")


def test_a_key_needs_an_organisation(gateway: LocalGateway) -> None:
    with pytest.raises(ValueError, match="there is no organisation"):
        gateway.add_key(org="99999999-9999-4999-8999-999999999999")
    with pytest.raises(ValueError, match="invalid character"):
        gateway.add_key(org="nobody")


def test_an_unknown_plan_is_refused(gateway: LocalGateway) -> None:
    with pytest.raises(ValueError, match="expected one of the plans free, growth, enterprise"):
        gateway.add_org(plan="gold")


def test_neither_key_nor_organisation_is_in_what_is_shown(gateway: LocalGateway) -> None:
    assert repr(gateway) == "<LocalGateway with keys, open>"
    gateway.close()
    assert repr(gateway) == "<LocalGateway with keys, closed>"


def test_a_closed_gateway_answers_as_a_server_that_is_gone(client: Session) -> None:
    client.gateway.close()
    client.gateway.close()
    with pytest.raises(httpx.ConnectError, match="the gateway is closed"):
        client.http.get("/health")
    with pytest.raises(GatewayClosedError):
        client.gateway.deliver(WITHOUT_KEY)
    with pytest.raises(ContractGateError):
        client.gateway.add_org()


def test_closing_a_client_leaves_the_gateway_open(gateway: LocalGateway) -> None:
    for _ in range(2):
        with httpx.Client(transport=gateway.transport) as client:
            assert client.get(f"{gateway.url}/health").status_code == 200


def test_a_gateway_that_nobody_closed_warns_of_nothing(tmp_path: Path) -> None:
    for database in (":memory:", tmp_path / "gate.db"):
        opened = LocalGateway(database)
        del opened
        gc.collect()


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_child_process_does_not_use_what_its_parent_opened(gateway: LocalGateway) -> None:
    fork = multiprocessing.get_context("fork")
    answers: Any = fork.SimpleQueue()

    def child() -> None:
        try:
            gateway.deliver(WITHOUT_KEY)
        except GatewayClosedError as error:
            answers.put(str(error))

    process = fork.Process(target=child)
    process.start()
    process.join()
    assert "opened by another process" in answers.get()


def test_what_is_in_a_file_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    with LocalGateway(path) as first, session(first) as client:
        contract_id = client.deploy()
        assert client.ingest(contract_id, {"id": "no"}).status_code == 422
        account = first.org_id, first.api_key
    with LocalGateway(path) as second, session(second) as client:
        assert (second.org_id, second.api_key) == account
        assert [row["contract_id"] for row in client.quarantine()] == [contract_id]


def test_a_rate_is_not_forgotten_by_closing(tmp_path: Path) -> None:
    path, clock = tmp_path / "gate.db", lambda: 1_795_000_000.0
    with LocalGateway(path, clock=clock) as first:
        key = first.add_key(rate=1, burst=1)
        with session(first, key) as client:
            assert client.http.get("/contracts").status_code == 200
    with LocalGateway(path, clock=clock) as second, session(second, key) as client:
        assert client.http.get("/contracts").status_code == 429


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    LocalGateway(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_gateway_on_the_same_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    refused = pytest.raises(DatabaseError, match=r"gate\.db is in use by another gateway")
    with LocalGateway(path), refused:
        LocalGateway(path)
    LocalGateway(path).close()


def test_a_second_process_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    spawn = multiprocessing.get_context("spawn")
    with LocalGateway(path):
        answers: Any = spawn.SimpleQueue()
        process = spawn.Process(target=_try_to_open, args=(str(path), answers))
        process.start()
        process.join()
    assert "is in use by another gateway" in answers.get()


def _try_to_open(path: str, answers: Any) -> None:
    try:
        LocalGateway(path).close()
    except DatabaseError as error:
        answers.put(str(error))
    else:
        answers.put("opened")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and no database at all.\n" * 100)
    with pytest.raises(DatabaseError, match=r"notes\.txt is not a database"):
        LocalGateway(path)
    assert path.read_text().startswith("These are notes")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    with pytest.raises(DatabaseError, match=r"other\.db is a database of another program"):
        LocalGateway(path)


def test_a_folder_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot open the database"):
        LocalGateway(tmp_path)
    with pytest.raises(DatabaseError, match="No such file or directory"):
        LocalGateway(tmp_path / "missing" / "gate.db")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "gate.db")
    open_database(path, (*schema.MIGRATIONS, "CREATE TABLE news (text TEXT)")).close()
    with pytest.raises(DatabaseError, match="written by a newer version: its schema is 2"):
        LocalGateway(path)


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    path = str(tmp_path / "gate.db")
    with LocalGateway(path) as gateway, session(gateway) as client:
        contract_id = client.deploy()
    newer = (*schema.MIGRATIONS, "ALTER TABLE contracts ADD COLUMN owner TEXT")
    database = open_database(path, newer)
    assert database.rows("SELECT id, owner FROM contracts") == [(contract_id, None)]
    database.close()


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = str(tmp_path / "gate.db")
    LocalGateway(path).close()
    broken = (*schema.MIGRATIONS, "CREATE TABLE half (a TEXT); CREATE TABLE half (a TEXT)")
    with pytest.raises(DatabaseError, match="half already exists"):
        open_database(path, broken)
    LocalGateway(path).close()


def test_reset_forgets_everything_but_accounts(client: Session) -> None:
    client.ingest(client.deploy(), [{"id": 1}, {"id": "no"}])
    client.gateway.faults.add("timeout")
    client.gateway.reset()
    assert client.http.get("/contracts").json() == []
    assert client.audit() == client.quarantine() == []
    assert client.http.get("/usage").json()["used"] == 0
    assert len(client.gateway.requests) == 4


def test_purge_forgets_events_by_age_and_contract() -> None:
    now = 1_795_000_000.0
    with LocalGateway(clock=lambda: now) as gateway, session(gateway) as client:
        first, second = client.deploy(name="first"), client.deploy(name="second")
        client.ingest(first, {"id": 1})
        now += 60
        client.ingest(first, {"id": "no"})
        client.ingest(second, {"id": 1})
        moment = dt.datetime.fromtimestamp(now - 30, dt.timezone.utc)
        assert gateway.purge(before=moment) == 1
        assert len(client.audit()) == 2
        assert gateway.purge(contract_id=first) == 2
        assert [row["contract_id"] for row in client.audit()] == [second]
        assert gateway.purge() == 1


def test_a_file_shrinks_when_its_events_are_purged(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    with LocalGateway(path) as gateway, session(gateway) as client:
        contract_id = client.deploy()
        for _ in range(5):
            client.ingest(contract_id, [{"id": 1, "note": "x" * 500}] * 1000)
    full = path.stat().st_size
    with LocalGateway(path) as gateway:
        gateway.purge()
    assert path.stat().st_size < full / 5


def test_a_full_disk_costs_nothing_that_was_answered(tmp_path: Path) -> None:
    with LocalGateway(tmp_path / "gate.db") as gateway, session(gateway) as client:
        contract_id = client.deploy()
        database = gateway._state.store.database
        database.row("PRAGMA max_page_count = 100")
        statuses = [
            client.ingest(contract_id, [{"id": 1, "note": "x" * 500}] * 100).status_code
            for _ in range(10)
        ]
        assert statuses == sorted(statuses)
        assert {*statuses} == {200, 500}
        assert client.http.get("/usage").json()["used"] == 100 * statuses.count(200)
        database.row("PRAGMA max_page_count = 100000")
        assert client.ingest(contract_id, {"id": 1}).status_code == 200


def test_the_clock_is_the_one_that_was_given() -> None:
    with LocalGateway(clock=lambda: 0.0) as gateway, session(gateway) as client:
        client.ingest(client.deploy(), {"id": 1})
        assert client.audit()[0]["created_at"].startswith("1970-01-01T00:00:00")


def test_a_clock_that_stands_still_keeps_the_order_of_events() -> None:
    with LocalGateway(clock=lambda: 1_795_000_000.0) as gateway, session(gateway) as client:
        contract_id = client.deploy()
        for number in range(5):
            client.ingest(contract_id, {"id": number})
        assert [row["raw_event"]["id"] for row in client.audit()] == [4, 3, 2, 1, 0]


def test_threads_may_share_a_gateway(gateway: LocalGateway) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(gateway.deliver(WITHOUT_KEY).response.status)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
