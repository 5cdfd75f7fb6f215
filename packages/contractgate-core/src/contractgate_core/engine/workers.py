"""Several processes that share the segments of one file.

A worker is a fresh interpreter that imports this package from where its parent has it, so that no
program has to be written for it and nothing of the parent is copied. The parent is one of the
processes: it judges segments itself until the others have begun, and while it would wait for them.
Whoever is free takes the next one, so that a process on a slower core judges fewer.

The parent has no threads for that, since one that judges would keep the others from running; now
and then it looks whether a worker has said something.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader, FileIO
from time import perf_counter
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Optional, cast

from contractgate_core.engine.pipes import has_come
from contractgate_core.engine.review import FailedRecord, Totals
from contractgate_core.engine.segments import Segment, file_identity, segments
from contractgate_core.engine.verdicts import Verdict, judge_segment
from contractgate_core.engine.wire import GREETING, receive, send, unpacked
from contractgate_core.errors import ContractGateError

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract
    from contractgate_core.engine.scan import Options, Progress

__all__ = ["Workers"]

_START = "import sys; sys.path[:] = {path!r}; from {package}.worker import main; main()"
_AHEAD = 5
"""So many segments for each process are cut before the first one is judged to its end."""
_AT_ONCE = 3
"""So many of them a worker has, so that it need not wait for the next one."""
_MOST_KEPT = 50_000
"""When so many failing records wait for their turn, no others are sought before it comes."""
_SECONDS_BETWEEN_LOOKS = 0.001


class _Task:
    """A segment to be judged.

    Attributes:
        part: The segment.
        verdicts: What was found in it and is not given to the user yet.
    """

    def __init__(self, part: Segment) -> None:
        self.part = part
        self.verdicts: deque[Verdict] = deque()


class _Worker:
    """One process more.

    Args:
        process: It was just started.
        job: What it has to know to judge segments.

    Attributes:
        process: The same.
        tasks: What it has to do; it answers in that order.
        is_ready: It takes tasks.
        hear: Waits for the next thing that it says; raises an OSError if it cannot read the file,
            and a ContractGateError if it has ended.
    """

    def __init__(self, process: subprocess.Popen[bytes], job: object) -> None:
        self.process = process
        self.tasks: deque[_Task] = deque()
        self.is_ready = False
        self.hear: Callable[[], None] = self._hear_greeting
        self._job = job
        self._heard = b""
        self._is_of_use = True
        # Without its buffer, as what stands in that is not seen by who looks at the pipe.
        self._said = cast("FileIO", cast("BufferedReader", process.stdout).raw)

    def give(self, task: _Task) -> None:
        """Give it one task more.

        Raises:
            ContractGateError: It has ended.
        """
        self.tasks.append(task)
        self._send(task.part)

    def has_spoken(self) -> bool:
        """Tell whether it has said something that was not heard yet.

        Raises:
            ContractGateError: It has ended.
        """
        if not self._is_of_use:
            return False
        # Asked before its last words are looked for.
        has_ended = self.process.poll() is not None
        if has_come(self._said):
            return True
        if has_ended:
            raise self._ended()
        return False

    def _hear_greeting(self) -> None:
        self._heard = self._heard[1 - len(GREETING) :] + self._said.read(1)
        if self._heard == GREETING:
            self._send(self._job)
            self.hear = self._hear_whether_it_can_work

    def _hear_whether_it_can_work(self) -> None:
        self._is_of_use = self.is_ready = self._receive()
        self.hear = self._hear_verdict

    def _hear_verdict(self) -> None:
        said = self._receive()
        if isinstance(said, OSError):
            raise said
        verdict = unpacked(said)
        self.tasks[0].verdicts.append(verdict)
        if verdict.is_last:
            self.tasks.popleft()

    def _send(self, message: object) -> None:
        try:
            send(cast("BinaryIO", self.process.stdin), message)
        except OSError:
            raise self._ended() from None

    def _receive(self) -> Any:
        try:
            return receive(self._said)
        except (EOFError, OSError):
            raise self._ended() from None

    def _ended(self) -> ContractGateError:
        code = self.process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return ContractGateError(f"a worker process ended {how} before the scan did")


class Workers:
    """The processes of one scan, of which this is one.

    Args:
        compiled: The contract.
        file: The file, which is open here.
        path: Where the others find it. If they do not, or find another, this process does all.
        options: How it is scanned.
        processes: How many they are.
    """

    def __init__(
        self,
        compiled: CompiledContract,
        file: BinaryIO,
        path: str,
        options: Options,
        processes: int,
    ) -> None:
        self._compiled = compiled
        self._file = file
        self._options = options
        self._workers: list[_Worker] = []
        self._tasks: deque[_Task] = deque()
        self._waiting: deque[_Task] = deque()
        self._own: Optional[_Task] = None
        self._judging: Iterator[Optional[Verdict]] = iter(())
        job = compiled, path, file_identity(file), options
        path_of_modules = [entry for entry in sys.path if entry]
        start = _START.format(path=path_of_modules, package=__package__)
        try:
            for _ in range(processes - 1):
                with _interrupts_held():
                    process = subprocess.Popen(  # noqa: S603 - this interpreter
                        [sys.executable, "-c", start],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                    )
                    self._workers.append(_Worker(process, job))
        except BaseException:
            self.close()
            raise

    def failing(self, totals: Totals, progress: Progress) -> Iterator[FailedRecord]:
        """Judge the file, and give the records that fail in their order.

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
                progress(totals, wanted.part.start + verdict.size)
                if verdict.is_last:
                    lines += verdict.lines
            self._tasks.popleft()
            self._add(parts)

    def _add(self, parts: Iterator[Segment]) -> None:
        """Let the next segment wait for a process that is free."""
        part = next(parts, None)
        if part is not None:
            self._tasks.append(_Task(part))
            self._waiting.append(self._tasks[-1])

    def _verdicts(self, wanted: _Task) -> Iterator[Verdict]:
        """Give what is found in the first segment that was not judged to its end."""
        while True:
            while not wanted.verdicts:
                self._go_on(wanted)
            verdict = wanted.verdicts.popleft()
            yield verdict
            if verdict.is_last:
                return

    def _go_on(self, wanted: _Task) -> None:
        """Judge for a moment, or wait if there is nothing to judge here; keep the workers busy."""
        if self._own is None and self._waiting:
            self._own = self._waiting.popleft()
            self._judging = judge_segment(self._compiled, self._file, self._own.part, self._options)
        if self._own is not None and (self._own is wanted or self._has_room()):
            self._judge_for_a_moment(self._own)
        else:
            next(worker for worker in self._workers if wanted in worker.tasks).hear()
        for worker in self._workers:
            while self._has_room() and worker.has_spoken():
                worker.hear()
            while worker.is_ready and self._waiting and len(worker.tasks) < _AT_ONCE:
                worker.give(self._waiting.popleft())

    def _judge_for_a_moment(self, task: _Task) -> None:
        until = perf_counter() + _SECONDS_BETWEEN_LOOKS
        for verdict in self._judging:
            if verdict is not None:
                task.verdicts.append(verdict)
                if verdict.is_last:
                    self._own = None
                return
            if perf_counter() > until:
                return

    def _has_room(self) -> bool:
        """Tell whether more failing records may be kept until their turn comes."""
        kept = [len(verdict.failing) for task in self._tasks for verdict in task.verdicts]
        return sum(kept) < _MOST_KEPT

    def close(self) -> None:
        """End the processes, whatever they do."""
        with ExitStack() as ending:
            for worker in self._workers:
                ending.callback(worker.process.communicate)
            for worker in self._workers:
                ending.callback(worker.process.kill)  # all of them first


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold interrupts back here, and in processes that are started meanwhile for good.

    A process is interrupted with its parent, which ends it. Until it can say that it ignores that,
    its interpreter would show a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
