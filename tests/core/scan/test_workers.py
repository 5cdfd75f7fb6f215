"""Several processes: the same output, a clear end, and nothing left behind."""

from __future__ import annotations

import gc
import gzip
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, BytesIO, FileIO
from itertools import repeat
from pathlib import Path
from typing import Any, BinaryIO, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import ContractGateError
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.chunks import CHUNK_BYTES
from contractgate_core.scan.options import Options
from contractgate_core.scan.process import ProcessWorker, started
from contractgate_core.scan.segments import SEGMENT_BYTES, SegmentChunks, segments
from contractgate_core.scan.task import Task
from contractgate_core.scan.totals import FailedRecord, Totals
from contractgate_core.scan.verdicts import _MANY
from contractgate_core.scan.workers import _MOST_KEPT, _NOWHERE, Workers
from contracts import compiled
from processes import scan_workers, take_interrupts
from records import shown

MARKED = compiled(
    {"name": "n", "type": "integer"},
    {"name": "s", "required": False, "pattern": "^[a-z]+$", "transform": {"kind": "mask"}},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Make a file of several segments, with failing, broken and blank lines in it."""
    good = b'{"n": 1, "s": "%b"}\n' % (b"abc" * 64)  # long lines: it is their bytes that count
    odd = b'{"n": "x"}\n\n{"n": 1, "s": "SECRET"}\n{"n": \n\r\n'
    path = tmp_path / "events.ndjson"
    path.write_bytes((good * 200 + odd) * 300)
    return path


def scanned(validator: CompiledContract, source: Any, workers: int) -> tuple[list[Any], Any]:
    with validator.scan(source, workers=workers) as scan:
        found = list(map(shown, scan))
        totals = scan.totals
    counts = (totals.records, totals.passed, totals.failed, totals.malformed)
    return found, (counts, totals.violations.most_common())


class Shared:
    """A file that two processes judge, including this one."""

    def __init__(self, path: Path, opened: BinaryIO) -> None:
        options = Options("ndjson", 2, 2**20, None, None)
        self.workers = Workers(MARKED.judge, opened, str(path), options, 2)
        self.most_kept = 0

    def leave_to_others(self) -> None:
        """Keep this process busy with something else for ever."""
        self.workers._own = Task(_NOWHERE)
        self.workers._judging = repeat(None)

    def failing(self) -> Iterator[FailedRecord]:
        """Judge the file, and yield what fails."""
        return self.workers.failing(Totals(), self._look)

    def found(self) -> list[Any]:
        """Judge the file, and return what fails."""
        return list(map(shown, self.failing()))

    def _look(self, _: Totals, __: int) -> None:
        kept = [len(one.failing) for task in self.workers._tasks for one in task.verdicts]
        self.most_kept = max(self.most_kept, sum(kept))


@contextmanager
def shared_by_two(path: Path) -> Iterator[Shared]:
    """Begin to judge a file."""
    with path.open("rb") as opened:
        shared = Shared(path, opened)
        try:
            yield shared
        finally:
            shared.workers.close()


def test_any_number_of_processes_gives_the_same(file: Path) -> None:
    """Order, places, messages, masks and totals."""
    assert file.stat().st_size > 2 * SEGMENT_BYTES
    expected = scanned(MARKED, file, 1)
    assert len(expected[0]) == 900
    for workers in (2, 3):
        assert scanned(MARKED, file, workers) == expected


def test_what_another_process_finds_is_the_same(file: Path) -> None:
    """Even if this one judges nothing."""
    with shared_by_two(file) as shared:
        shared.leave_to_others()
        assert shared.found() == scanned(MARKED, file, 1)[0]


def test_a_worker_finds_what_it_needs_although_others_print_in_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it begins, as a site's own start-up code may."""
    (tmp_path / "sitecustomize.py").write_text("print('hello' * 99, flush=True)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with shared_by_two(file) as shared:
        shared.leave_to_others()
        assert len(shared.found()) == 900


@pytest.mark.untraced
def test_failing_records_that_wait_for_their_turn_are_not_very_many(tmp_path: Path) -> None:
    """Otherwise a short file of very short lines would take gigabytes."""
    path = tmp_path / "events"
    line = b'{"n":"x"}\n'
    records = 2 * SEGMENT_BYTES // len(line)
    path.write_bytes(line * records)
    with shared_by_two(path) as shared:
        count = 0
        for count, _ in enumerate(shared.failing(), 1):
            # Who takes what fails is slow, so the other process is ahead.
            if count % _MANY == 0 and count < records // 2:
                time.sleep(0.05)
        assert count == records
    most_in_a_block = CHUNK_BYTES // len(line)
    assert shared.most_kept < _MOST_KEPT + 2 * (_MANY + most_in_a_block)


def test_a_short_file_is_read_by_one(tmp_path: Path) -> None:
    """No more processes are started than there are parts of it."""
    path = tmp_path / "events"
    path.write_bytes(b'{"n": 1}\n{"n": "x"}\n')
    with MARKED.scan(path, workers=9) as scan:
        next(scan)
        assert not scan_workers()
    path.write_bytes(b'{"n": 1}\n' * (SEGMENT_BYTES // 5) + b'{"n": "x"}\n')
    with MARKED.scan(path, workers=9) as scan:
        next(scan)
        assert len(scan_workers()) == 1


@pytest.mark.untraced
@pytest.mark.parametrize("form", ["gzip", "file", "array", "uniqueness", "pipe"])
def test_what_cannot_be_divided_is_read_by_one(tmp_path: Path, form: str) -> None:
    """With the same output."""
    validator, good = MARKED, SEGMENT_BYTES // 50
    data = (b'{"n": 1}'.ljust(90) + b"\n") * good + b'{"n": "x"}\n'
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
        validator = compiled(
            {"name": "n", "type": "any"}, quality=[{"type": "uniqueness", "field": "n"}]
        )
    elif form == "pipe":
        source = iter([data])
    with validator.scan(source, workers=4) as scan:
        assert next(scan).record == (2 if form == "uniqueness" else good + 1)
        assert not scan_workers()
        assert len(list(scan)) == (good - 2 if form == "uniqueness" else 0)
        assert scan.totals.records == good + 1


def test_an_empty_file_needs_no_work(tmp_path: Path) -> None:
    """And passes."""
    path = tmp_path / "events"
    path.write_bytes(b"")
    assert scanned(MARKED, path, 2)[1][0] == (0, 0, 0, 0)


def test_a_scan_that_is_left_early_leaves_no_process(file: Path) -> None:
    """And neither does one that comes to its end."""
    with MARKED.scan(file, workers=2) as scan:
        next(scan)
        assert len(scan_workers()) == 1
    assert not scan_workers()
    with MARKED.scan(file, workers=2) as scan:
        assert len(list(scan)) == 900
        assert not scan_workers()


def test_a_worker_that_is_killed_is_told(file: Path) -> None:
    """With what happened to it."""
    file.write_bytes(file.read_bytes() * 6)  # so that there is work left
    with MARKED.scan(file, workers=2) as scan:
        next(scan)
        for pid in scan_workers():
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ContractGateError, match="a worker process ended by signal 9"):
            list(scan)


def test_a_worker_that_is_only_beginning_lets_its_parent_take_an_interrupt(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its interpreter has hardly started, and would show a traceback."""
    with shared_by_two(file) as shared:
        for pid in scan_workers():
            os.kill(pid, signal.SIGINT)
        shared.leave_to_others()
        assert len(shared.found()) == 900
    assert capfd.readouterr().err == ""


def test_a_worker_that_never_begins_is_not_waited_for(file: Path) -> None:
    """Its parent does the work alone."""
    with shared_by_two(file) as shared:
        for pid in scan_workers():
            os.kill(pid, signal.SIGSTOP)
        assert len(shared.found()) == 900


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_was_moved_is_judged_by_who_has_it_open(file: Path, is_replaced: bool) -> None:
    """Whatever has taken its place is another file."""
    with shared_by_two(file) as shared:
        (pid,) = scan_workers()
        os.kill(pid, signal.SIGSTOP)
        file.rename(file.with_name("moved"))
        if is_replaced:
            file.write_bytes(b'{"n": "x"}\n' * 2**20)
        os.kill(pid, signal.SIGCONT)
        assert len(shared.found()) == 900


@pytest.mark.parametrize("executable", [None, "", "/nowhere/python", "/bin/false"])
def test_without_an_interpreter_that_can_work_one_process_does_all(
    file: Path, monkeypatch: pytest.MonkeyPatch, executable: Optional[str]
) -> None:
    """As when Python is embedded in a program."""
    monkeypatch.setattr(sys, "executable", executable)
    assert len(list(MARKED.scan(file, workers=3))) == 900


def test_a_frozen_program_does_not_start_itself(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its executable is not an interpreter."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with MARKED.scan(file, workers=2) as scan:
        next(scan)
        assert not scan_workers()
        assert len(list(scan)) == 899


def test_workers_are_told_what_this_interpreter_was_told(file: Path, tmp_path: Path) -> None:
    """So an isolated one runs nothing from the environment."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.stderr.write('EVIL')")
    code = (
        f"import sys; sys.path += {sys.path!r}; from contractgate_core import Contract; "
        f"judge = Contract.from_yaml({MARKED.contract.to_yaml()!r}).compile(); "
        f"print(sum(1 for _ in judge.scan({str(file)!r}, workers=2)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert (done.stdout, done.stderr) == (b"900\n", b"")


def test_an_error_of_a_signals_handler_is_not_taken_for_a_workers_end(file: Path) -> None:
    """`TimeoutError` is an OSError, and the worker is alive."""
    file.write_bytes(file.read_bytes() * 3)

    def take_too_long(_: int, __: object) -> None:
        raise TimeoutError("too long")

    with shared_by_two(file) as shared:
        shared.leave_to_others()
        failing = shared.workers.failing(Totals(), lambda _, __: None)
        next(failing)
        (pid,) = scan_workers()
        os.kill(pid, signal.SIGSTOP)
        shared.workers._own = None
        before = signal.signal(signal.SIGALRM, take_too_long)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        try:
            with pytest.raises(TimeoutError, match="too long"):
                list(failing)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def test_a_fork_of_the_parent_takes_nothing_from_it(file: Path) -> None:
    """When it leaves the scan."""
    with MARKED.scan(file, workers=2) as scan:
        for _ in range(450):
            next(scan)
        child = os.fork()
        if not child:
            scan.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert len(list(scan)) == 450


class Torn(BufferedReader):
    """A file of which the end cannot be read, or where no lines can be found in it.

    The error comes out of C, as those of files do.
    """

    def __init__(self, path: Path, torn: str) -> None:
        super().__init__(FileIO(str(path)))
        self._torn = torn

    def __getattribute__(self, name: str) -> Any:
        if name != "_torn" and name == self._torn and self.tell() > 2.5 * SEGMENT_BYTES:
            return partial(os.read, -1)
        return super().__getattribute__(name)


@pytest.mark.parametrize(("torn", "good_segments"), [("read", 2.5), ("readline", 2)])
def test_an_error_in_reading_comes_behind_what_fails_before_it(
    file: Path, torn: str, good_segments: float
) -> None:
    """Segments are not always read in order."""
    found: list[int] = []
    with Torn(file, torn) as opened:
        shared = Workers(
            MARKED.judge, opened, str(file), Options("ndjson", 1, 2**20, None, None), 1
        )
        failing = shared.failing(Totals(), lambda _, __: None)
        with pytest.raises(OSError, match="Bad file descriptor"):
            found.extend(failed.offset for failed in failing)
    assert abs(max(found) - good_segments * SEGMENT_BYTES) < 2**17


@pytest.mark.untraced
@pytest.mark.parametrize("count", [1, 2])
def test_progress_does_not_go_back_and_comes_to_the_end(tmp_path: Path, count: int) -> None:
    """Even if the last line has no end."""
    path = tmp_path / "events"
    line = b"12".ljust(99) + b"\n"
    path.write_bytes(line * 12_000 + b"12")
    seen: list[tuple[int, bool, int]] = []

    def progress(totals: Totals, size: int) -> None:
        seen.append((size, totals.are_complete, totals.records))

    with MARKED.scan(path, workers=count, progress=progress) as scan:
        assert len(list(scan)) == 12_001
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert not any(is_complete for _, is_complete, _ in seen[:-1])
    assert seen[-1] == (path.stat().st_size, True, 12_001)


@pytest.mark.parametrize("after", [1, 4])
def test_what_progress_raises_ends_the_other_processes(file: Path, after: int) -> None:
    """It comes out as it is, even if it is what a file that cannot be read would raise."""
    told: list[int] = []

    def progress(_: Totals, size: int) -> None:
        told.append(size)
        if len(told) == after:
            raise OSError("enough")

    scan = MARKED.scan(file, workers=2, progress=progress)
    with pytest.raises(OSError, match=r"^enough$"):
        list(scan)
    assert len(told) == after
    assert not scan.so_far.are_complete
    assert list(scan) == []
    assert not scan_workers()


def test_a_path_is_that_of_the_beginning(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program goes meanwhile."""
    monkeypatch.chdir(file.parent)
    with MARKED.scan(file.name, workers=2) as scan:
        monkeypatch.chdir("/")
        assert len(list(scan)) == 900


def test_a_file_that_grows_is_read_to_its_new_end(file: Path) -> None:
    """A line that was still being written is not a broken one."""
    with file.open("ab") as growing:
        growing.write(b'{"n": 1, "s":')
        growing.flush()
        with MARKED.scan(file, workers=2) as scan:
            next(scan)
            growing.write(b' "abc"}\n' + b'{"n": "x"}\n' * 7)
            growing.flush()
            assert len(list(scan)) == 906


def test_a_parent_that_is_killed_leaves_nothing_behind(tmp_path: Path, file: Path) -> None:
    """Nor does its worker complain."""
    with command_at_work(tmp_path, file) as process:
        process.kill()
        _, err = process.communicate(timeout=30)
    assert err == b""
    assert_has_ended(process.pid)


def test_an_interrupted_command_leaves_nothing_behind(tmp_path: Path, file: Path) -> None:
    """It says so, with the exit code of an interrupt."""
    with command_at_work(tmp_path, file) as process:
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert out.rstrip().endswith(b"}")
    assert_has_ended(process.pid)


@contextmanager
def command_at_work(tmp_path: Path, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Test a large file with the command line, in its own process group."""
    contract = tmp_path / "c.yaml"
    contract.write_text(MARKED.contract.to_yaml(), encoding="utf-8")
    big = tmp_path / "big.ndjson"
    big.write_bytes(file.read_bytes() * 20)
    command = [sys.executable, "-m", "contractgate_core", "test", "--workers", "2"]
    with subprocess.Popen(
        [*command, "--contract", str(contract), "--data", str(big), "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=take_interrupts,
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1000)
        yield process


def assert_has_ended(group: int) -> None:
    for _ in range(50):
        if not _group(group):
            break
        time.sleep(0.1)
    assert not _group(group)


def _group(pgid: int) -> bool:
    try:
        os.killpg(pgid, 0)
    except ProcessLookupError:
        return False
    return True


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=50))
def test_segments_are_whole_lines_and_all_of_them(data: bytes, most: int) -> None:
    """Each ends where the next begins, after a line end; the last one is open."""
    file = BytesIO(data)
    parts = list(segments(file, most))
    assert b"".join(b"".join(SegmentChunks(file, part)) for part in parts) == data
    for part, after in zip(parts, parts[1:]):
        assert part.end is not None
        assert data[part.end - 1 : part.end] == b"\n"
        assert part.start < part.end == after.start
    assert parts[-1].end is None


def test_an_ended_worker_leaves_no_process_to_be_finalized() -> None:
    """Where a signal's handler may run then, what it raises would be lost."""
    process = started()
    assert process is not None
    kept = weakref.ref(process)
    worker = ProcessWorker(process, None)
    del process
    worker.end()
    gc.collect()
    assert kept() is None
