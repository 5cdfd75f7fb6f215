"""The files of a database: who may read them, and errors for paths that lead to none."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from contractgate_http.local import DatabaseError, LocalGateway
from contractgate_http.local.store.database import open_database
from gateway_tools import session
from processes import forked

posix = pytest.mark.skipif(os.name == "nt", reason="rights do not hang on modes here")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.db"


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can write to, unlike pytest's folders."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def mode(path: Path) -> int:
    """Return the mode of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def modes(folder: Path) -> dict[str, int]:
    """Return the modes of all files in a folder."""
    return {file.name: mode(file) for file in folder.iterdir()}


def leave_a_log(path: Path) -> None:
    """Make a database as a killed process leaves it: with a log."""
    with LocalGateway(path) as gateway:
        saved = {file: file.read_bytes() for file in (path, path.with_name(f"{path.name}-wal"))}
        assert gateway.org_id
    for file, data in saved.items():
        file.write_bytes(data)
        file.chmod(0o600)


def as_nobody(action: Callable[[], Any]) -> str:
    """Do something in a child process without superuser rights."""

    def act() -> Any:
        if not os.geteuid():
            os.seteuid(65534)
        return action()

    return forked(act)


@posix
@pytest.mark.usefixtures("umask")
def test_only_its_owner_may_use_the_files_whatever_the_umask(path: Path) -> None:
    """They hold events and the gateway's key."""
    with LocalGateway(path) as gateway:
        gateway.backup(path.with_name("copy.db"))
        assert modes(path.parent) == dict.fromkeys(
            ["gate.db", "gate.db-wal", "gate.db.lock", "copy.db"], 0o600
        )


@posix
@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_files_that_others_could_use_become_their_owners_alone(
    path: Path, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as a restored copy; it warns once."""
    leave_a_log(path)
    file = path.with_name(f"gate.db{end}")
    file.touch()
    file.chmod(0o644)
    with caplog.at_level(logging.WARNING), LocalGateway(path):
        assert {*modes(path.parent).values()} == {0o600}
    assert caplog.messages == [
        f"others could use {file} (mode 0644); now only its owner can (mode 0600)"
    ]
    caplog.clear()
    LocalGateway(path).close()
    assert not caplog.messages


@posix
def test_nothing_is_said_of_a_new_file(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not even about an empty one made by `touch`."""
    path.touch(0o644)
    LocalGateway(path).close()
    assert mode(path) == 0o600
    assert not caplog.messages


@posix
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs a superuser")
def test_a_file_that_others_may_read_and_that_is_not_ours_is_refused(open_folder: Path) -> None:
    """Its mode cannot be changed."""
    path = open_folder / "gate.db"
    LocalGateway(path).close()
    path.with_name("gate.db.lock").unlink()
    path.chmod(0o666)
    told = as_nobody(lambda: LocalGateway(path))
    assert "others can use it (mode 0666), which cannot be changed: Operation not per" in told
    assert mode(path) == 0o666


@posix
@pytest.mark.parametrize("name", ["notes.txt", "recipes.db"])
def test_a_file_that_is_none_of_ours_stays_as_it_is(tmp_path: Path, name: str) -> None:
    """It may have been named by mistake."""
    file = tmp_path / name
    if name == "recipes.db":
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.close()
    else:
        file.write_text("These are notes, and no database at all.\n")
    file.chmod(0o644)
    before = file.read_bytes(), file.stat().st_mode
    with pytest.raises(DatabaseError, match=r"is not a database|of another program"):
        LocalGateway(file)
    assert (file.read_bytes(), file.stat().st_mode) == before
    assert {other.name for other in tmp_path.iterdir()} <= {name, "recipes.db.lock"}


@posix
def test_a_link_to_nothing_is_not_followed(tmp_path: Path) -> None:
    """The author of the link would choose where the file is created."""
    link, target = tmp_path / "gate.db", tmp_path / "elsewhere.db"
    link.symlink_to(target)
    with pytest.raises(DatabaseError, match=r"link to .*elsewhere\.db, which does not exist"):
        LocalGateway(link)
    assert [*tmp_path.iterdir()] == [link]


@posix
@pytest.mark.parametrize("end", [".lock", "-wal", "-journal"])
def test_a_link_in_the_place_of_another_file_is_refused(path: Path, end: str) -> None:
    """Nothing is created or changed at its target."""
    leave_a_log(path)
    aim, link = path.with_name("aim"), path.with_name(f"gate.db{end}")
    aim.touch(0o644)
    link.unlink(missing_ok=True)
    link.symlink_to(aim)
    with pytest.raises(DatabaseError, match=rf"gate\.db{end}: (it is a link|Too many levels)"):
        LocalGateway(path)
    assert (mode(aim), aim.read_bytes()) == (0o644, b"")


@posix
def test_a_link_to_itself_is_refused(path: Path) -> None:
    """And nothing loops."""
    path.symlink_to(path)
    with pytest.raises(DatabaseError, match="cannot open the database"):
        LocalGateway(path)


@posix
def test_a_link_to_a_file_leads_to_it(path: Path) -> None:
    """The log lies beside the file, not beside the link."""
    folder = path.parent / "data"
    folder.mkdir()
    path.symlink_to(folder / "real.db")
    LocalGateway(folder / "real.db").close()
    with LocalGateway(path):
        assert {file.name for file in folder.iterdir()} == {
            "real.db",
            "real.db-wal",
            "real.db.lock",
        }
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == ["gate.db"]


def test_the_log_of_a_hard_link_is_found(path: Path) -> None:
    """It lies beside the name under which the killed process had opened the database."""
    leave_a_log(path)
    with LocalGateway(path) as gateway:
        key = gateway.api_key
    path.unlink()
    leave_a_log(path)
    log = path.with_name("gate.db-wal")
    assert log.stat().st_size
    os.link(path, path.with_name("a.db"))
    with LocalGateway(path.with_name("a.db")) as gateway:
        assert gateway.api_key != key
        assert gateway._state.store.database._path == path
    assert not log.exists()


def test_a_hard_link_in_another_folder_is_refused(path: Path) -> None:
    """The log may lie there."""
    LocalGateway(path).close()
    folder = path.parent / "other"
    folder.mkdir()
    other = folder / "gate.db"
    os.link(path, other)
    for name in (path, other):
        with pytest.raises(DatabaseError, match="it has a hard link in another folder"):
            LocalGateway(name)
    other.unlink()
    LocalGateway(path).close()


BAD_PATHS = ["", "a\0b", "\0", "gate\ud800.db", b"a\0b", "x" * 300, "a/" * 3000 + "b"]


@pytest.mark.parametrize("bad", BAD_PATHS, ids=lambda bad: ascii(bad)[:20])
def test_a_path_that_leads_to_no_file_is_refused(
    bad: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same error as any other."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatabaseError, match=r"expected the path of a file|cannot open the data"):
        LocalGateway(bad)
    assert not [*tmp_path.iterdir()]


@posix
@pytest.mark.parametrize("name", ["gäte ?vfs=x#%41.db", "gate\udcff.db", "file:gate.db", "-"])
def test_a_path_may_have_any_characters(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them has a special meaning."""
    monkeypatch.chdir(tmp_path)
    for database in (name, os.fsencode(name), Path(name)):
        with LocalGateway(database):  # type: ignore[arg-type]
            pass
    assert {file.name for file in tmp_path.iterdir()} == {name, f"{name}.lock"}


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """Nothing is created beside it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(DatabaseError, match=r"cannot open the database .*: Is a directory"):
        LocalGateway(folder)
    assert [*tmp_path.iterdir()] == [folder]


@posix
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """It does not wait for the other end of a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull)):
        with pytest.raises(DatabaseError, match="it is not a file"):
            LocalGateway(path)
    assert [*tmp_path.iterdir()] == [pipe]


@posix
def test_a_folder_that_cannot_be_written_to_is_refused(open_folder: Path) -> None:
    """The error names the file that cannot be made."""
    open_folder.chmod(0o555)
    told = as_nobody(lambda: LocalGateway(open_folder / "gate.db"))
    assert told.startswith("DatabaseError: cannot open the database")
    assert told.endswith(r"gate.db.lock: Permission denied")


@posix
def test_a_file_that_cannot_be_written_to_is_refused(open_folder: Path) -> None:
    """Even reading writes: rates change."""

    def act() -> None:
        path = open_folder / "gate.db"
        LocalGateway(path).close()
        path.chmod(0o400)
        LocalGateway(path)

    told = as_nobody(act)
    assert told.startswith("DatabaseError: cannot open the database")
    assert told.endswith("gate.db: Permission denied")


def test_a_damaged_database_is_refused(path: Path) -> None:
    """And its file is free again."""
    LocalGateway(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    for _ in range(2):
        with pytest.raises(DatabaseError, match=r"cannot open the database .*malformed"):
            LocalGateway(path)
    path.write_bytes(whole)
    LocalGateway(path).close()


@pytest.mark.parametrize("verb", ["has_key", "add_key", "add_org", "reset", "purge", "close"])
def test_a_database_that_is_damaged_while_it_is_open(path: Path, verb: str) -> None:
    """Every call raises the same error; closing still closes it."""
    gateway = LocalGateway(path)
    key = gateway.api_key
    gateway._state.store.database.run("PRAGMA foreign_keys = OFF")
    for table in ("keys", "orgs", "buckets", "audit"):
        gateway._state.store.database.run(f"DROP TABLE {table}")
    with pytest.raises(DatabaseError, match=r"cannot (read|write) the database .*no such table"):
        getattr(gateway, verb)(*([key] if verb == "has_key" else []))
    with contextlib.suppress(DatabaseError):
        gateway.close()
    assert "closed" in repr(gateway)
    with pytest.raises(DatabaseError, match="no such table"):
        LocalGateway(path)


def limited(size: int, action: Callable[[], Any]) -> str:
    """Do something in a child whose files cannot grow beyond a size in bytes."""
    import resource

    def act() -> Any:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return action()

    return forked(act)


@posix
@pytest.mark.parametrize("size", [0, 5000, 20_000, 100_000])
def test_a_full_disk_is_an_error_of_the_database(path: Path, size: int) -> None:
    """Even when it is opened, and then others can still open it."""
    told = limited(size, lambda: LocalGateway(path))
    assert told.startswith(f"DatabaseError: cannot open the database {path}: ")
    LocalGateway(path).close()


@posix
def test_a_disk_that_becomes_full_costs_nothing_that_was_written(path: Path) -> None:
    """A failed write is an error, but does not prevent closing."""
    LocalGateway(path).close()

    def act() -> str:
        gateway = LocalGateway(path)
        errors = []
        for _ in range(300):
            try:
                gateway.add_org()
                gateway.add_key()
            except DatabaseError as error:
                errors.append(str(error))
        try:
            gateway.close()
        except DatabaseError as error:
            errors.append(str(error))
        LocalGateway(path)
        return errors[0]

    told = limited(400_000, act)
    assert f"cannot write the database {path}: " in told
    with LocalGateway(path) as gateway, session(gateway) as client:
        assert client.http.get("/contracts").json() == []


def test_a_database_that_lives_in_memory_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no lock."""
    monkeypatch.chdir(tmp_path)
    LocalGateway().close()
    open_database(":memory:").close()
    assert not [*tmp_path.iterdir()]
