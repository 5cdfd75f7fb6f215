"""`LocalGateway.backup`: a complete copy of a database in use, or none."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contractgate_http.local import DatabaseError, GatewayClosedError, LocalGateway
from gateway_ledger import CONTRACTS, rows_of
from gateway_tools import Session, session
from processes import forked

CLOCK = 1_795_000_000.0


@pytest.fixture(params=["memory", "file"])
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalGateway]:
    database = ":memory:" if request.param == "memory" else tmp_path / "gate.db"
    with LocalGateway(database, clock=lambda: CLOCK) as opened:
        yield opened


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder / "copy.db"


@pytest.fixture
def client(gateway: LocalGateway) -> Iterator[Session]:
    with session(gateway) as opened:
        yield opened


def test_a_copy_has_all_that_was_answered(client: Session, copy: Path) -> None:
    """Contracts, events, accounts and rates."""
    gateway = client.gateway
    key = gateway.add_key(rate=1, burst=1)
    contract_id = client.deploy(CONTRACTS["numbers"])
    client.ingest(contract_id, [{"n": 0, "v": 0}, {"n": 1, "v": "no"}])
    with session(gateway, key) as limited:
        assert limited.http.get("/contracts").status_code == 200
    gateway.backup(copy)
    client.ingest(contract_id, [{"n": 2, "v": 2}])
    with LocalGateway(copy, clock=lambda: CLOCK) as other, session(other) as reader:
        assert (other.org_id, other.api_key) == (gateway.org_id, gateway.api_key)
        assert [row["id"] for row in reader.http.get("/contracts").json()] == [contract_id]
        rows = rows_of(reader)
        assert sorted(row.number for row in rows.audit.elements()) == [0, 1]
        assert [row.number for row in rows.quarantine.elements()] == [1]
        with session(other, key) as limited:
            assert limited.http.get("/contracts").status_code == 429


def test_a_copy_is_one_file_that_only_its_owner_may_read(gateway: LocalGateway, copy: Path) -> None:
    """Any program that knows SQLite can read it, even from a read-only folder."""
    gateway.backup(copy)
    assert [*copy.parent.iterdir()] == [copy]
    assert os.name == "nt" or stat.S_IMODE(copy.stat().st_mode) == 0o600
    copy.parent.chmod(0o500)
    connection = sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
    connection.close()
    copy.parent.chmod(0o700)


def test_a_copy_is_whole_while_threads_write(gateway: LocalGateway, copy: Path) -> None:
    """Each batch is in it or not, and everything answered before it began is."""
    with session(gateway, gateway.add_key(rate=1e9, burst=1e9)) as client:
        contract_id = client.deploy(CONTRACTS["numbers"])
        answered: list[list[int]] = [[], []]
        end = threading.Event()

        def write(who: int) -> None:
            for batch in range(who, 10_000, 2):
                events = [{"n": batch, "v": 0}] * 5
                if end.is_set() or client.ingest(contract_id, events).status_code != 200:
                    return
                answered[who].append(batch)

        threads = [threading.Thread(target=write, args=(who,)) for who in (0, 1)]
        for thread in threads:
            thread.start()
        copies = []
        for number in range(5):
            known = {*answered[0], *answered[1]}
            gateway.backup(copy.with_name(f"{number}.db"))
            copies.append((known, copy.with_name(f"{number}.db")))
        end.set()
        for thread in threads:
            thread.join()
    for known, path in copies:
        with LocalGateway(path) as other, session(other) as reader:
            rows = rows_of(reader).audit
        assert known <= {row.number for row in rows}
        assert {*rows.values()} <= {5}


def test_nothing_is_written_over(client: Session, copy: Path) -> None:
    """Neither a file, nor a folder, nor the target of a link."""
    gateway = client.gateway
    copy.write_text("something dear")
    copy.with_name("folder").mkdir()
    copy.with_name("link").symlink_to(copy.with_name("nothing"))
    for name in ("copy.db", "folder", "link"):
        with pytest.raises(DatabaseError, match="there already is a file of that name"):
            gateway.backup(copy.with_name(name))
    assert copy.read_text() == "something dear"
    assert sorted(file.name for file in copy.parent.iterdir()) == ["copy.db", "folder", "link"]
    assert client.http.get("/contracts").json() == []


@pytest.mark.parametrize("end", ["", "-wal", "-journal", "-shm", ".lock"])
def test_the_files_of_the_gateway_itself_are_refused(tmp_path: Path, end: str) -> None:
    """By any path, whether they exist or not."""
    path = tmp_path / "gate.db"
    (tmp_path / "link").symlink_to(tmp_path)
    with LocalGateway(path) as gateway:
        for folder in (tmp_path, tmp_path / "link"):
            with pytest.raises(DatabaseError, match=r"already|the name belongs to"):
                gateway.backup(folder / f"gate.db{end}")
        gateway.add_org()


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_log_that_somebody_left_does_not_become_the_copys(
    gateway: LocalGateway, copy: Path, end: str
) -> None:
    """It would be written into the copy when that is opened."""
    copy.with_name(f"copy.db{end}").touch()
    with pytest.raises(DatabaseError, match="from another database, would be taken for its log"):
        gateway.backup(copy)
    assert not copy.exists()


@pytest.mark.parametrize("bad", ["", "a\0b", ":memory:", "no/such/folder.db", "x" * 300])
def test_a_path_that_leads_to_no_file_is_refused(
    gateway: LocalGateway, copy: Path, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same error as any other."""
    monkeypatch.chdir(copy.parent)
    with pytest.raises(DatabaseError, match=r"expected the path of a file|cannot write the copy"):
        gateway.backup(bad)
    assert not [*copy.parent.iterdir()]


@pytest.mark.skipif(os.name == "nt", reason="the size of files cannot be limited here")
@pytest.mark.parametrize("size", [0, 8192, 50_000])
def test_half_a_copy_is_not_left(gateway: LocalGateway, copy: Path, size: int) -> None:
    """On a full disk."""
    import resource

    def act() -> None:
        with LocalGateway() as own:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            own.backup(copy)

    assert forked(act).startswith(f"DatabaseError: cannot write the copy {copy}: ")
    assert not [*copy.parent.iterdir()]
    gateway.backup(copy)


def test_a_copy_where_there_are_no_hard_links(
    gateway: LocalGateway, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on many network file systems."""

    def refuse(*arguments: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    gateway.backup(copy)
    assert [*copy.parent.iterdir()] == [copy]
    with pytest.raises(DatabaseError, match="already"):
        gateway.backup(copy)
    with LocalGateway(copy) as other:
        assert other.api_key == gateway.api_key


def test_a_closed_gateway_has_nothing_to_copy(gateway: LocalGateway, copy: Path) -> None:
    """Its file can be copied by hand."""
    gateway.close()
    with pytest.raises(GatewayClosedError):
        gateway.backup(copy)
    assert not copy.exists()
