"""Several processes: the same output, a clear end, and nothing left behind."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import ContractGateError
from contractgate_core.engine import segments as segments_module
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.engine.review import FailedRecord, Totals
from contractgate_core.engine.scan import Options
from contractgate_core.engine.segments import Segment, SegmentChunks, segments
from contractgate_core.engine.workers import Workers
from contracts import compiled
from processes import take_interrupts

MARKED = compiled(
    {"name": "n", "type": "integer"},
    {"name": "s", "required": False, "pattern": "^[a-z]+$", "transform": {"kind": "mask"}},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of some segments, with failing, broken and blank lines in it."""
    good = b'{"n": 1, "s": "abc"}\n'
    odd = b'{"n": "x"}\n\n{"n": 1, "s": "SECRET"}\n{"n": \n\r\n'
    path = tmp_path / "events.ndjson"
    path.write_bytes((good * 2000 + odd) * 300)
    return path


def scanned(judge: CompiledContract, source: Any, workers: int) -> tuple[list[Any], Any]:
    with judge.scan(source, workers=workers) as scan:
        found = [
            (
                failed.record,
                failed.line,
                failed.offset,
                [(one.field, one.message, one.kind, one.safe_message) for one in failed.violations],
                str(failed.error),
            )
            for failed in scan
        ]
        totals = scan.totals
    counts = (totals.records, totals.passed, totals.failed, totals.malformed)
    return found, (counts, totals.violations.most_common())


@contextmanager
def shared_by_two(path: Path) -> Iterator[Iterator[FailedRecord]]:
    """Begin to judge a file in two processes, of which this is one."""
    shared = Workers(MARKED, str(path), Options("ndjson", 2, 2**20, None, None), 2)
    try:
        with path.open("rb") as opened:
            parts = segments(opened, path.stat().st_size)
            yield shared.failing(parts, Totals(), lambda _, __: None)
    finally:
        shared.close()


def test_any_number_of_processes_gives_the_same(file: Path) -> None:
    """Order, places, messages, masks and totals."""
    assert file.stat().st_size > 2 * segments_module.SEGMENT_BYTES
    expected = scanned(MARKED, file, 1)
    assert len(expected[0]) == 900
    for workers in (2, 3):
        assert scanned(MARKED, file, workers) == expected


def test_a_short_file_is_read_by_one(tmp_path: Path) -> None:
    """No more processes are started than there are parts of it."""
    path = tmp_path / "events"
    path.write_bytes(b'{"n": 1}\n{"n": "x"}\n')
    with MARKED.scan(path, workers=9) as scan:
        next(scan)
        assert not workers()
    path.write_bytes(b'{"n": 1}\n' * (segments_module.SEGMENT_BYTES // 5) + b'{"n": "x"}\n')
    with MARKED.scan(path, workers=9) as scan:
        next(scan)
        assert len(workers()) == 1


@pytest.mark.parametrize("form", ["gzip", "file", "array", "uniqueness", "pipe"])
def test_what_cannot_be_divided_is_read_by_one(tmp_path: Path, form: str) -> None:
    """With the same output."""
    judge, data = MARKED, b'{"n": 1}\n' * 100 + b'{"n": "x"}\n'
    path = tmp_path / "events"
    path.write_bytes(data)
    source: Any = path
    if form == "gzip":
        path.write_bytes(gzip.compress(data))
    elif form == "array":
        path.write_bytes(b"[" + b",".join(data.split(b"\n")[:-1]) + b"]")
    elif form == "file":
        source = BytesIO(data)
    elif form == "uniqueness":
        judge = compiled(
            {"name": "n", "type": "any"}, quality=[{"type": "uniqueness", "field": "n"}]
        )
    elif form == "pipe":
        source = iter([data])
    found, totals = scanned(judge, source, 4)
    assert totals[0][0] == 101
    assert len(found) == (99 if form == "uniqueness" else 1)


def test_an_empty_file_needs_no_work(tmp_path: Path) -> None:
    """And passes."""
    path = tmp_path / "events"
    path.write_bytes(b"")
    assert scanned(MARKED, path, 2)[1][0] == (0, 0, 0, 0)


def workers() -> set[int]:
    """List the worker processes that this one has started and that have not ended."""
    found = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in found.stdout.splitlines()]
    return {
        int(pid)
        for pid, parent, command in rows
        if int(parent) == os.getpid() and "engine.workers" in command
    }


def test_a_scan_that_is_left_early_leaves_no_process(file: Path) -> None:
    """Nor does one that comes to its end."""
    with MARKED.scan(file, workers=2) as scan:
        next(scan)
        assert len(workers()) == 1
    assert not workers()
    with MARKED.scan(file, workers=2) as scan:
        assert len(list(scan)) == 900
        assert not workers()


def test_a_worker_that_is_killed_is_told(file: Path) -> None:
    """With what happened to it."""
    file.write_bytes(file.read_bytes() * 6)  # so that there is work left
    with MARKED.scan(file, workers=2) as scan:
        next(scan)
        for pid in workers():
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ContractGateError, match="a worker process ended by signal 9"):
            list(scan)


def test_a_worker_that_is_only_beginning_lets_its_parent_take_an_interrupt(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its interpreter has hardly started, and would show a traceback."""
    with shared_by_two(file) as failing:
        for pid in workers():
            os.kill(pid, signal.SIGINT)
        assert len(list(failing)) == 900
    assert capfd.readouterr().err == ""


def test_a_worker_that_never_begins_is_not_waited_for(file: Path) -> None:
    """Its parent does the work alone."""
    with shared_by_two(file) as failing:
        for pid in workers():
            os.kill(pid, signal.SIGSTOP)
        assert len(list(failing)) == 900


def test_a_worker_that_cannot_open_the_file_says_why(file: Path) -> None:
    """As its parent would."""
    big = file.with_name("big")
    big.write_bytes(file.read_bytes() * 8)
    with shared_by_two(big) as failing:
        big.unlink()
        with pytest.raises(FileNotFoundError, match="big"):
            list(failing)


def test_an_interrupted_command_leaves_nothing_behind(tmp_path: Path, file: Path) -> None:
    """It says so, with the exit code of an interrupt."""
    contract = tmp_path / "c.yaml"
    contract.write_text(MARKED.contract.to_yaml(), encoding="utf-8")
    big = tmp_path / "big.ndjson"
    big.write_bytes(file.read_bytes() * 20)
    command = [sys.executable, "-m", "contractgate_core", "test", "--workers", "2"]
    process = subprocess.Popen(
        [*command, "--contract", str(contract), "--data", str(big), "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=take_interrupts,
    )
    assert process.stdout is not None
    process.stdout.read(1000)  # it is at work
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert out.rstrip().endswith(b"}")
    for _ in range(50):
        if not _group(process.pid):
            break
        time.sleep(0.1)
    assert not _group(process.pid)


def _group(pgid: int) -> bool:
    try:
        os.killpg(pgid, 0)
    except ProcessLookupError:
        return False
    return True


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=50))
def test_segments_are_whole_lines_and_all_of_them(data: bytes, most: int) -> None:
    """Each ends where the next begins, behind an end of line."""
    file = BytesIO(data)
    parts = list(segments(file, len(data), most))
    assert b"".join(b"".join(SegmentChunks(file, part)) for part in parts) == data
    for part in parts[:-1]:
        assert data[part.end - 1 : part.end] == b"\n"
    assert all(isinstance(part, Segment) and part.end > part.start for part in parts)
