"""Several processes that share the segments of one file.

A worker is a fresh interpreter that imports this package from where its parent has it, so it needs
no program file and copies nothing of the parent. The parent is one of the processes: it judges
segments until the others have started, and whenever it would have to wait for them. Each free
process takes the next segment, so a process on a slower core judges fewer.

The parent uses no threads for this, since a thread that judges would keep the others from running.
Instead it checks now and then whether a worker has sent something.

A signal handler may raise anything at any time: Ctrl-C does, and so do deadlines by alarm. That
comes out of the scan at once. So faults of files and pipes are exceptions of their own here, since
an `OSError` may be a handler's; and processes are started and ended aside, where no handler runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, FileIO
from time import perf_counter
from typing import Any, BinaryIO, Callable, Optional, cast

from contractgate_core.engine.judge import Judge
from contractgate_core.errors import ContractGateError
from contractgate_core.scan.aside import aside
from contractgate_core.scan.options import Options, Progress
from contractgate_core.scan.pipes import has_data
from contractgate_core.scan.review import FailedRecord, Totals
from contractgate_core.scan.segments import ReadFault, Segment, file_identity, segments
from contractgate_core.scan.verdicts import Verdict, judge_segment
from contractgate_core.scan.wire import GREETING, Ended, receive, send, unpacked

__all__ = ["Workers"]

_FOLDER = __file__.rsplit(os.sep, len(__name__.split(".")))[0]
"""The folder that this package is imported from; without pathlib, which loads slowly."""
_START = "import sys; sys.path[:] = {path!r}; from {package}.worker import main; main()"
_AHEAD = 5
"""How many segments per process are cut before the first one is judged to its end."""
_AT_ONCE = 3
"""How many of them a worker has at once, so that it need not wait for the next one."""
_MOST_KEPT = 50_000
"""When this many failing records wait for their turn, judging pauses until it comes."""
_SECONDS_BETWEEN_LOOKS = 0.001
_NOWHERE = Segment(0, 0)
_FLAGS = {
    "isolated": "-I",
    "ignore_environment": "-E",
    "no_user_site": "-s",
    "no_site": "-S",
    "dont_write_bytecode": "-B",
}
"""Options of this interpreter that its workers get as well."""


class _Task:
    """A segment to be judged.

    Attributes:
        part: The segment.
        verdicts: The findings in it that are not yet returned to the user.
        error: Why there will be no more findings.
    """

    def __init__(self, part: Segment) -> None:
        self.part = part
        self.verdicts: deque[Verdict] = deque()
        self.error: Optional[OSError] = None


class _Worker:
    """One of the other processes.

    Args:
        process: The process, which was just started.
        job: What it needs to know to judge segments.

    Attributes:
        tasks: Its tasks, in the order in which it answers them.
        is_ready: Whether it takes tasks.
    """

    def __init__(self, process: subprocess.Popen[bytes], job: object) -> None:
        self._process = process
        self.tasks: deque[_Task] = deque()
        self.is_ready = False
        self._take: Callable[[_Worker], int] = _Worker._take_greeting
        self._job = job
        self._received = b""
        self._is_usable = True
        self._parent = os.getpid()
        # Without its buffer, since looking at the pipe does not show what is in the buffer.
        self._output = cast("FileIO", cast("BufferedReader", process.stdout).raw)

    def give(self, task: _Task) -> None:
        """Give the worker another task.

        Raises:
            ContractGateError: The worker has ended.
        """
        self.tasks.append(task)
        self._send(task.part)

    def has_message(self) -> bool:
        """Return whether the worker has sent something that was not received yet.

        Raises:
            ContractGateError: The worker has ended early; not raised if it only failed to start.
        """
        if not self._is_usable:
            return False
        # Read before its last messages are looked for.
        code = self._exit_code()
        if has_data(self._output):
            return True
        if code is not None and (self.is_ready or code < 0):
            raise self._ended()
        self._is_usable = code is None
        return False

    def _exit_code(self) -> Optional[int]:
        """Return the worker's exit code; None if it has not ended."""
        if sys.platform == "win32":  # pragma: no cover
            return self._process.poll()
        # `poll` would swallow an `OSError` of a signal handler.
        if self._process.returncode is None:
            try:
                pid, status = os.waitpid(self._process.pid, os.WNOHANG)
            except ChildProcessError:  # Something else has reaped it, so the code is lost.
                pid, status = self._process.pid, 0
            if pid:
                self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode

    def take_message(self) -> int:
        """Wait for the worker's next message; return how many failing records it brings.

        Raises:
            ContractGateError: The worker has ended.
        """
        return self._take(self)

    def _take_greeting(self) -> int:
        self._received = self._received[1 - len(GREETING) :] + self._output.read(1)
        if self._received == GREETING:
            self._send(self._job)
            self._take = _Worker._take_readiness
        return 0

    def _take_readiness(self) -> int:
        self._is_usable = self.is_ready = self._receive()
        self._take = _Worker._take_verdict
        return 0

    def _take_verdict(self) -> int:
        message = self._receive()
        if isinstance(message, OSError):
            self.tasks.popleft().error = message
            return 0
        verdict = unpacked(message)
        self.tasks[0].verdicts.append(verdict)
        if verdict.is_last:
            self.tasks.popleft()
        return len(verdict.failing)

    def _send(self, message: object) -> None:
        try:
            send(cast("BinaryIO", self._process.stdin), message)
        except Ended:
            raise self._ended() from None

    def _receive(self) -> Any:
        try:
            return receive(self._output)
        except Ended:
            raise self._ended() from None

    def _ended(self) -> ContractGateError:
        code = self._process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return ContractGateError(f"a worker process ended {how} before the scan did")

    def end(self) -> None:
        """End the worker, whatever it is doing."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                cast("BinaryIO", stream).close()
        self._process.wait()

    def kill(self) -> None:
        """Kill the worker, but not from a fork of its parent."""
        if self._parent == os.getpid():
            self._process.kill()


class Workers:
    """The processes of one scan, including this one.

    Args:
        judge: Judges by the contract.
        file: The file, which is open here.
        path: Where the other processes find the file. If they do not, or find another one, or
            cannot start, this process does everything.
        options: How the file is scanned.
        processes: How many processes there are, this one included.
    """

    def __init__(
        self,
        judge: Judge,
        file: BinaryIO,
        path: str,
        options: Options,
        processes: int,
    ) -> None:
        self._judge = judge
        self._file = file
        self._options = options
        self._workers: list[_Worker] = []
        self._tasks: deque[_Task] = deque()
        self._waiting: deque[_Task] = deque()
        self._own: Optional[_Task] = None
        self._judging: Iterator[Optional[Verdict]] = iter(())
        self._kept = 0
        job = judge, path, file_identity(file), options
        try:
            aside(lambda: self._start(processes - 1, job))
        except BaseException:
            self.close()
            raise

    def _start(self, count: int, job: object) -> None:
        for _ in range(count):
            process = _started()
            if process is None:
                break
            self._workers.append(_Worker(process, job))

    def failing(self, totals: Totals, progress: Progress) -> Iterator[FailedRecord]:
        """Judge the file, and yield the failing records in order.

        Raises:
            ContractGateError: A worker has ended.
            OSError: The file cannot be read.
        """
        parts = segments(self._file)
        lines = 0
        for _ in range(_AHEAD * (len(self._workers) + 1)):
            self._add(parts)
        while self._tasks:
            wanted, records = self._tasks[0], totals.records
            for verdict in self._verdicts(wanted):
                failing = verdict.placed(records, lines, wanted.part.start)
                yield from totals.giving(failing, records + verdict.records)
                # A last line without a line end counts as if it had one.
                size = os.fstat(self._file.fileno()).st_size
                progress(totals, min(wanted.part.start + verdict.size, size))
                if verdict.is_last:
                    lines += verdict.lines
            self._tasks.popleft()
            self._add(parts)

    def _add(self, parts: Iterator[Segment]) -> None:
        """Queue the next segment for a free process."""
        try:
            part = next(parts, None)
        except ReadFault as fault:  # raised when its turn comes
            self._tasks.append(_Task(_NOWHERE))
            self._tasks[-1].error = fault.error
            return
        if part is not None:
            self._tasks.append(_Task(part))
            self._waiting.append(self._tasks[-1])

    def _verdicts(self, wanted: _Task) -> Iterator[Verdict]:
        """Yield the findings in the first segment that was not judged to its end."""
        while True:
            while not wanted.verdicts:
                if wanted.error is not None:
                    raise wanted.error
                self._go_on(wanted)
            verdict = wanted.verdicts.popleft()
            self._kept -= len(verdict.failing)
            yield verdict
            if verdict.is_last:
                return

    def _go_on(self, wanted: _Task) -> None:
        """Judge for a moment, or wait if there is nothing to judge here; keep the workers busy."""
        if self._own is None and self._waiting:
            self._own = self._waiting.popleft()
            self._judging = judge_segment(self._judge, self._file, self._own.part, self._options)
        if self._own is not None and (self._own is wanted or self._has_room()):
            self._judge_for_a_moment(self._own)
        else:
            judging = next(worker for worker in self._workers if wanted in worker.tasks)
            self._kept += judging.take_message()
        for worker in self._workers:
            while self._has_room() and worker.has_message():
                self._kept += worker.take_message()
            while worker.is_ready and self._waiting and len(worker.tasks) < _AT_ONCE:
                worker.give(self._waiting.popleft())

    def _judge_for_a_moment(self, task: _Task) -> None:
        until = perf_counter() + _SECONDS_BETWEEN_LOOKS
        try:
            for verdict in self._judging:
                if verdict is None:
                    if perf_counter() > until:
                        return
                    continue
                task.verdicts.append(verdict)
                self._kept += len(verdict.failing)
                if not verdict.is_last:
                    return
                self._own = None  # and the iterator runs to its end, so that nothing is left in it
        except ReadFault as fault:  # raised when its turn comes
            task.error, self._own = fault.error, None

    def _has_room(self) -> bool:
        """Return whether more failing records may be kept until their turn."""
        return self._kept < _MOST_KEPT

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        try:
            aside(self._end)
        except BaseException:
            aside(self._end)  # It may never have started.
            raise

    def _end(self) -> None:
        for worker in tuple(self._workers):
            worker.kill()
        # Dropped here as well, since what a handler raises in a finalizer is lost.
        self._judging = iter(())
        while self._workers:
            self._workers.pop().end()


def _started() -> Optional[subprocess.Popen[bytes]]:
    """Start a worker; return None if that is not possible."""
    # The executable of a frozen program is that program, not an interpreter.
    if getattr(sys, "frozen", False) or not sys.executable:
        return None
    path = [entry for entry in sys.path if isinstance(entry, str) and entry]
    start = _START.format(path=[*path, _FOLDER], package=__package__)
    flags = [flag for name, flag in _FLAGS.items() if getattr(sys.flags, name)]
    try:
        with _interrupts_held():
            return subprocess.Popen(  # noqa: S603 - this interpreter
                [sys.executable, *flags, "-c", start],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL if sys.stderr is None else None,
            )
    except OSError:
        return None


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Block interrupts in this thread for now, and for good in the processes that it starts.

    An interrupt reaches a worker along with its parent, which ends it. Before the worker can ignore
    interrupts itself, its interpreter would show a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
