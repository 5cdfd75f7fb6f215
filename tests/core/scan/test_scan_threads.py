"""Threads instead of processes, where they run side by side: the same output, nothing left."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.scan.options import Options, run_side_by_side
from contractgate_core.scan.scan import Scan, open_scan
from contractgate_core.scan.segments import SEGMENT_BYTES, Segment, file_identity
from contractgate_core.scan.task import Task
from contractgate_core.scan.thread import ThreadWorker
from contractgate_core.scan.workers import _NOWHERE
from contracts import compiled
from records import shown

MARKED = compiled(
    {"name": "n", "type": "integer"},
    {"name": "s", "required": False, "pattern": "^[a-z]+$", "transform": {"kind": "mask"}},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Make a file of several segments, with failing, broken and blank lines in it."""
    good = b'{"n": 1, "s": "%b"}\n' % (b"abc" * 64)
    odd = b'{"n": "x"}\n\n{"n": 1, "s": "SECRET"}\n{"n": \n\r\n'
    path = tmp_path / "events.ndjson"
    path.write_bytes((good * 200 + odd) * 100)
    assert path.stat().st_size > 3 * SEGMENT_BYTES
    return path


def shared(validator: CompiledContract, path: Path, threads: int) -> Scan:
    """Scan a file by so many threads."""
    return open_scan(validator.judge, path, Options(workers=threads, in_threads=True))


def scanned(scan: Scan) -> tuple[list[Any], Any]:
    with scan:
        return list(map(shown, scan)), scan.totals.to_dict()


def open_files() -> set[str]:
    """Name the open files of this process, where the system tells."""
    folder = Path("/proc/self/fd")
    return {one.name for one in folder.iterdir()} if folder.is_dir() else set()


def names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@contextmanager
def one_thread(path: Path) -> Iterator[ThreadWorker]:
    """Start the worker of a file."""
    with path.open("rb") as opened:
        worker = ThreadWorker(MARKED.judge, str(path), file_identity(opened), Options())
    try:
        yield worker
    finally:
        worker.end()


def test_any_number_of_threads_gives_the_same(file: Path) -> None:
    """Order, places, messages, masks and totals."""
    expected = scanned(MARKED.scan(file))
    assert len(expected[0]) == 300
    for threads in (2, 3):
        assert scanned(shared(MARKED, file, threads)) == expected


def test_threads_work_where_they_run_side_by_side(file: Path) -> None:
    """Without anything being asked for but `workers`."""
    is_locked: bool = getattr(sys, "_is_gil_enabled", lambda: True)()
    assert Options().in_threads == run_side_by_side() == (not is_locked)
    with MARKED.scan(file, workers=3) as scan:
        next(scan)
        assert ("contractgate scan" in names()) == (not is_locked)


def test_a_scan_that_is_left_early_leaves_no_thread(file: Path) -> None:
    """Nor an open file."""
    before = open_files()
    with shared(MARKED, file, 3) as scan:
        next(scan)
        assert "contractgate scan" in names()
    assert "contractgate scan" not in names()
    assert open_files() == before


def test_what_progress_raises_ends_the_threads(file: Path) -> None:
    """And comes out as it is."""

    def stop(*_: object) -> None:
        raise ZeroDivisionError

    options = Options(workers=2, in_threads=True)
    with pytest.raises(ZeroDivisionError):
        list(open_scan(MARKED.judge, file, options, stop))
    assert "contractgate scan" not in names()


def test_a_thread_judges_a_segment(file: Path) -> None:
    """With the findings of the segment in its task."""
    with one_thread(file) as worker:
        worker.give(Task(_NOWHERE))
        worker.take_message()
        assert not worker.tasks


def test_a_thread_does_nothing_with_another_file(file: Path, tmp_path: Path) -> None:
    """It is never ready, so that another one does its work."""
    other = tmp_path / "other"
    other.write_bytes(b"")
    with other.open("rb") as opened:
        identity = file_identity(opened)
    for path in (file, tmp_path / "none"):
        worker = ThreadWorker(MARKED.judge, str(path), identity, Options())
        assert not worker.is_ready
        worker.end()


def test_an_error_of_the_file_is_raised_when_its_turn_comes() -> None:
    """As it is where one process reads."""
    memory = Path("/proc/self/mem")  # of which nobody can read the first byte
    if not memory.exists():
        pytest.skip("there is no such file")
    with one_thread(memory) as worker:
        task = Task(Segment(0, 10))
        worker.give(task)
        while task.error is None:
            assert worker.take_message() == 0
        assert isinstance(task.error, OSError)
        assert not worker.tasks


def test_whatever_else_comes_out_of_a_thread_is_raised(file: Path) -> None:
    """Nothing is lost with the thread."""
    with one_thread(file) as worker:
        worker.give(Task(cast("Any", "no segment")))
        with pytest.raises(ValueError, match="values to unpack"):
            worker.take_message()
        assert not worker.has_message()
