"""One gateway has a file at a time, whatever else happens to the file and in its process."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

import fork_writer
from contractgate_http.local import DatabaseError, GatewayClosedError, LocalGateway
from contractgate_http.local.store import lock
from gateway_ledger import Row, rows_of
from gateway_tools import session
from other_process import open_elsewhere
from processes import fork, forked

IN_USE = "is in use by another gateway"
OPEN = Path("/proc/self/fd")

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
needs_file_locks = pytest.mark.skipif(
    lock._SET_LOCK is None, reason="this system has no locks that belong to an opening of a file"
)
needs_proc = pytest.mark.skipif(not OPEN.exists(), reason="nothing tells which files are open")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "gate.db"


def printed_by(script: str, path: Path) -> str:
    """Run a script with the path as its argument; return its output, however it ended."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


@pytest.fixture
def opened(path: Path) -> Iterator[LocalGateway]:
    with LocalGateway(path) as gateway:
        yield gateway


@pytest.fixture
def without_file_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems other than Linux have none; SQLite then takes its own locks."""
    monkeypatch.setattr(lock, "_SET_LOCK", None)


def count_open(part: str) -> int:
    """Count the open files whose names contain a text."""
    count = 0
    for link in OPEN.iterdir():
        with contextlib.suppress(OSError):  # what lists them is closed again
            count += part in str(link.readlink())
    return count


def refuse(path: Path) -> None:
    """Check that another gateway is refused."""
    with pytest.raises(DatabaseError, match="is in use"):
        LocalGateway(path)


def copy_by_hand(path: Path) -> None:
    """Read and close a database and all files beside it."""
    shutil.copytree(path.parent, path.parent.with_name("copy"))


def open_as_another_program(path: Path) -> None:
    """Look into a database as any program may; it is locked."""
    connection = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        connection.execute("SELECT * FROM settings")
    connection.close()


def fork_and_exit(path: Path) -> None:
    """Fork a child that does nothing."""
    assert forked(lambda: "done") == "done"


DISTURBANCES = [refuse, copy_by_hand, open_as_another_program, fork_and_exit]


@needs_fork
@pytest.mark.parametrize("disturb", DISTURBANCES, ids=lambda disturb: disturb.__name__)
def test_nothing_in_its_process_takes_a_file_from_a_gateway(
    opened: LocalGateway, path: Path, disturb: Callable[[Path], None]
) -> None:
    """On POSIX a process loses its ordinary locks on a file when any part of it closes the file."""
    disturb(path)
    assert IN_USE in open_elsewhere(path)
    refuse(path)
    open_as_another_program(path)


@needs_fork
@pytest.mark.usefixtures("without_file_locks")
@pytest.mark.parametrize("disturb", DISTURBANCES, ids=lambda disturb: disturb.__name__)
def test_the_name_alone_keeps_a_file_from_other_gateways(
    path: Path, disturb: Callable[[Path], None]
) -> None:
    """If only names can be locked, as on macOS, that is enough for gateways."""
    with LocalGateway(path):
        disturb(path)
        assert IN_USE in open_elsewhere(path)
        refuse(path)
    assert open_elsewhere(path) == "opened"


def test_a_closed_gateway_gives_its_file_up(opened: LocalGateway, path: Path) -> None:
    """To the same process, and to others."""
    opened.close()
    assert open_elsewhere(path) == "opened"
    LocalGateway(path).close()


def test_a_forgotten_gateway_gives_its_file_up(path: Path) -> None:
    """Nobody has to close it."""
    gateway = LocalGateway(path)
    del gateway
    gc.collect()
    LocalGateway(path).close()


def test_a_gateway_that_cannot_be_made_gives_its_file_up(path: Path) -> None:
    """Wherever it fails."""
    path.write_bytes(b"SQLite format 3\0 and nothing more that is right")
    for _ in range(2):
        with pytest.raises(DatabaseError, match="is not a database"):
            LocalGateway(path)
    path.unlink()
    LocalGateway(path).close()


@needs_proc
def test_no_file_stays_open(path: Path) -> None:
    """Neither after closing, nor after being refused."""
    for _ in range(5):
        with LocalGateway(path):
            refuse(path)
    assert count_open(str(path)) == 0


def test_the_file_of_the_lock_stays(opened: LocalGateway, path: Path) -> None:
    """To remove it could remove the lock of another gateway."""
    opened.close()
    assert [*sorted(file.name for file in path.parent.iterdir())] == ["gate.db", "gate.db.lock"]
    assert not path.with_name("gate.db.lock").stat().st_size


@needs_fork
@pytest.mark.parametrize("way", ["link", "hard link", "other spelling"])
def test_a_file_is_the_same_by_whatever_name(opened: LocalGateway, path: Path, way: str) -> None:
    """In its own process and in others."""
    other = path.with_name("other.db")
    if way == "link":
        other.symlink_to(path)
    elif way == "hard link":
        os.link(path, other)
    else:
        other = path.parent / ".." / "data" / "gate.db"
    refuse(other)
    assert "is in use" in open_elsewhere(other)
    refuse(path)
    assert IN_USE in open_elsewhere(path)


@needs_file_locks
def test_a_renamed_file_is_still_in_use(opened: LocalGateway, path: Path) -> None:
    """And so is its old name, beside which the log lies."""
    moved = path.rename(path.with_name("moved.db"))
    refuse(moved)
    assert "is in use under another name" in open_elsewhere(moved)
    assert IN_USE in open_elsewhere(path)
    assert not path.exists()


def test_another_file_does_not_take_the_place_of_one_in_use(
    opened: LocalGateway, path: Path
) -> None:
    """They would share a log."""
    opened.backup(path.with_name("backup.db"))
    path.with_name("backup.db").replace(path)
    refuse(path)
    assert IN_USE in open_elsewhere(path)


@needs_file_locks
def test_removing_the_file_of_the_lock_gives_nothing_up(opened: LocalGateway, path: Path) -> None:
    """The database is locked as well."""
    path.with_name("gate.db.lock").unlink()
    assert "is in use" in open_elsewhere(path)
    refuse(path)


def test_a_file_that_another_program_uses_is_refused(path: Path) -> None:
    """The program does not expect another."""
    LocalGateway(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    assert "is in use under another name, or by another program" in open_elsewhere(path)
    connection.close()
    assert open_elsewhere(path) == "opened"


def test_what_a_killed_program_left_in_the_log_is_there(path: Path) -> None:
    """Any program may have used the file last; SQLite's own recovery is not hindered."""
    LocalGateway(path).close()
    script = (
        "import os, signal, sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "connection.execute('CREATE TABLE notes (text)'); connection.commit(); "
        "print(os.path.getsize(sys.argv[1] + '-wal'), flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert int(printed_by(script, path)) > 0
    assert path.with_name("gate.db-shm").exists()
    with LocalGateway(path) as gateway:
        assert gateway._state.store.database.rows("SELECT * FROM notes") == []


def test_a_killed_process_gives_its_file_up(path: Path) -> None:
    """At once, with all that was written."""
    script = (
        "import os, signal, sys; from contractgate_http.local import LocalGateway; "
        "gateway = LocalGateway(sys.argv[1]); gateway.add_org(); "
        "print(gateway.api_key, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    with LocalGateway(path) as gateway:
        assert gateway.api_key == done.stdout.strip()


@needs_fork
@pytest.mark.parametrize("end", fork_writer.ENDS)
def test_a_child_harms_nothing_however_it_ends(path: Path, end: str) -> None:
    """To close its parent's files would remove the parent's log."""
    script = Path(fork_writer.__file__)
    done = subprocess.run(
        [sys.executable, str(script), str(path), end],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(script.parent)},
    )
    assert (done.stdout, done.stderr) == ("taken\n", "")
    with LocalGateway(path) as gateway, session(gateway) as client:
        rows = rows_of(client).audit
    assert {row.number: row.passed for row in rows} == {0: True, 1: True}
    assert {*rows.values()} == {1}
    assert all(isinstance(row, Row) for row in rows)


@needs_fork
def test_a_child_can_do_nothing_with_its_parents_gateway(opened: LocalGateway, path: Path) -> None:
    """Nor with the file, as long as the parent has it open."""
    assert GatewayClosedError.__name__ in forked(opened.add_org)
    assert GatewayClosedError.__name__ in forked(lambda: opened.backup(path.with_name("copy.db")))
    assert IN_USE in forked(lambda: LocalGateway(path))
    assert forked(opened.close) == "None"
    opened.add_org()
    assert IN_USE in open_elsewhere(path)


@needs_fork
def test_a_child_does_not_wait_for_a_thread_that_it_does_not_have(opened: LocalGateway) -> None:
    """A thread of the parent may be handling a request during the fork."""
    begun, end = threading.Event(), threading.Event()

    def hold(request: object) -> bool:
        begun.set()
        return not end.wait(60)

    opened.faults.add("slow", when=hold)
    with session(opened) as client:
        thread = threading.Thread(target=client.http.get, args=("/health",))
        thread.start()
        assert begun.wait(60)
        try:
            assert forked(opened.close) == "None"
            assert GatewayClosedError.__name__ in forked(opened.add_org)
            assert forked(opened.faults.clear) == "None"
            assert forked(opened.requests.clear) == "None"
        finally:
            end.set()
            thread.join()


@pytest.fixture
def lingering(opened: LocalGateway) -> Iterator[tuple[int, int]]:
    """A child that waits for a byte; its number, and the pipe."""
    reader, writer = os.pipe()
    child = fork()
    if not child:
        signal.alarm(60)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    yield child, writer
    os.close(writer)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@needs_fork
@pytest.mark.usefixtures("lingering")
def test_a_child_that_lives_on_does_not_keep_the_file(opened: LocalGateway, path: Path) -> None:
    """The parent has released it on closing."""
    assert IN_USE in open_elsewhere(path)
    opened.close()
    assert open_elsewhere(path) == "opened"


@needs_fork
def test_a_child_that_lives_on_after_its_parent_was_killed_does_not_keep_the_file(
    path: Path,
) -> None:
    """No process is left to close it."""
    script = (
        "import os, signal, sys, time; from contractgate_http.local import LocalGateway; "
        "gateway = LocalGateway(sys.argv[1]); child = os.fork(); "
        "child or (os.close(1), os.close(2), time.sleep(60), os._exit(0)); "
        "print(child, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    child = int(printed_by(script, path))
    try:
        assert open_elsewhere(path) == "opened"
    finally:
        os.kill(child, signal.SIGKILL)


@needs_fork
@needs_file_locks
def test_a_child_may_open_the_file_when_its_parent_has_closed_it(
    opened: LocalGateway, path: Path
) -> None:
    """Although it still has copies of its parent's file descriptors."""
    parent, child = multiprocessing.Pipe()
    number = fork()
    if not number:
        signal.alarm(60)
        with contextlib.suppress(BaseException):
            child.send(forked(lambda: LocalGateway(path)))
            child.recv()
            with LocalGateway(path) as gateway:
                open_as_another_program(path)
                child.send(gateway.api_key)
        os._exit(0)
    child.close()
    assert IN_USE in parent.recv()
    opened.close()
    parent.send("closed")
    assert parent.recv() == opened.api_key
    os.waitpid(number, 0)
    parent.close()


@needs_fork
@needs_proc
def test_threads_may_open_files_while_others_fork(opened: LocalGateway, path: Path) -> None:
    """A child never gets a file that it does not know of."""
    end = threading.Event()

    def turn() -> None:
        other = path.with_name(f"{threading.get_ident()}.db")
        while not end.is_set():
            LocalGateway(other).close()

    threads = [threading.Thread(target=turn) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        told = [forked(lambda: count_open(".lock")) for _ in range(20)]
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert told == ["0"] * 20
