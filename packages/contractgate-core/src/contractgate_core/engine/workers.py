"""Several processes that share the segments of one file.

A worker is a fresh interpreter that imports this package from where its parent has it, so that no
program has to be written for it and nothing of the parent is copied. The parent is one of the
processes: it judges segments itself until the others have begun, and while it would wait for them.
Whoever is free takes the next one, so that a process on a slower core judges fewer.

The parent has no threads for that, since one that judges would keep the others from running; now
and then it looks whether a worker has answered.
"""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from time import perf_counter
from typing import TYPE_CHECKING, BinaryIO, Optional, Union, cast

from contractgate_core.engine.pipes import has_come
from contractgate_core.engine.review import FailedRecord, Reviewer, Totals
from contractgate_core.engine.segments import Segment, SegmentChunks
from contractgate_core.engine.wire import Readable, Verdict, packed, receive, send, unpacked
from contractgate_core.errors import ContractGateError
from contractgate_core.events.lines import read_blocks

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract
    from contractgate_core.engine.scan import Options, Progress

__all__ = ["Workers", "main"]

_START = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"
_AHEAD = 5
"""So many segments for each process are given out before the first answer is used."""
_AT_ONCE = 3
"""So many of them are given to a worker, so that it need not wait for the next one."""
_SECONDS_BETWEEN_LOOKS = 0.001
_OBJECTS_OF_A_VERDICT = 50_000

_Found = Union[Verdict, Exception]
"""What is said of a segment, or why nothing is."""


class _Task:
    """A segment, and what is said of it when it was judged."""

    def __init__(self, part: Segment) -> None:
        self.part = part
        self.found: Optional[_Found] = None


class _Worker:
    """One process, and the tasks that it has."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.tasks: deque[_Task] = deque()
        self.has_begun = False
        # What stood in a buffer already would not be noticed as something that has come.
        self.answers = cast("Readable", cast("BufferedReader", process.stdout).raw)

    def give(self, task: _Task) -> None:
        """Give it one task more."""
        self.tasks.append(task)
        self.send(task.part)

    def send(self, message: object) -> None:
        """Send it a message.

        Raises:
            ContractGateError: It has ended.
        """
        try:
            send(cast("BinaryIO", self.process.stdin), message)
        except OSError:
            raise self._ended() from None

    def take_answer(self) -> None:
        """Wait for what it says of its next task, or that it has begun.

        Raises:
            ContractGateError: It has ended.
            OSError: It cannot open the file.
        """
        try:
            answer = receive(self.answers)
        except (EOFError, OSError):
            raise self._ended() from None
        if self.has_begun:
            found = answer if isinstance(answer, Exception) else unpacked(answer)
            self.tasks.popleft().found = found
        elif isinstance(answer, Exception):
            raise answer
        self.has_begun = True

    def take_what_has_come(self) -> None:
        """Do so without waiting; raise the same errors."""
        while has_come(self.answers):
            self.take_answer()
        if self.process.poll() is not None:
            raise self._ended()

    def _ended(self) -> ContractGateError:
        code = self.process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return ContractGateError(f"a worker process ended {how} before its work was done")


class Workers:
    """The processes of one scan, of which this is one.

    Args:
        compiled: The contract.
        path: The file.
        options: How it is scanned.
        processes: How many they are.
    """

    def __init__(
        self, compiled: CompiledContract, path: str, options: Options, processes: int
    ) -> None:
        self._judge = _SegmentJudge(compiled, path, options)
        self._workers: list[_Worker] = []
        self._waiting: deque[_Task] = deque()
        self._own: Optional[_Task] = None
        self._judging: Iterator[Optional[_Found]] = iter(())
        path_of_modules = [entry for entry in sys.path if entry]
        start = _START.format(path=path_of_modules, module=__name__)
        try:
            for _ in range(processes - 1):
                with _interrupts_held():
                    process = subprocess.Popen(  # noqa: S603 - this interpreter
                        [sys.executable, "-c", start],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                    )
                    self._workers.append(_Worker(process))
            for worker in self._workers:
                worker.send((compiled, path, options))
        except BaseException:
            self.close()
            raise

    def failing(
        self, parts: Iterator[Segment], totals: Totals, progress: Progress
    ) -> Iterator[FailedRecord]:
        """Judge the segments of the file, and give the records that fail in their order.

        Raises:
            ContractGateError: A worker has ended.
            OSError: The file cannot be read.
        """
        tasks: deque[_Task] = deque()
        lines = 0
        for _ in range(_AHEAD * (len(self._workers) + 1)):
            self._add(parts, tasks)
        while tasks:
            task = tasks.popleft()
            while task.found is None:
                self._go_on(task)
            if isinstance(task.found, Exception):
                raise task.found
            self._add(parts, tasks)
            records = totals.records
            failing = task.found.placed(records, lines, task.part.start)
            yield from totals.giving(failing, records + task.found.records)
            lines += task.found.lines
            progress(totals, task.part.end)

    def _add(self, parts: Iterator[Segment], tasks: deque[_Task]) -> None:
        """Let the next segment wait for a process that is free."""
        part = next(parts, None)
        if part is not None:
            tasks.append(_Task(part))
            self._waiting.append(tasks[-1])

    def _go_on(self, wanted: _Task) -> None:
        """Judge for a moment, or wait if there is nothing to judge here; keep the workers busy."""
        if self._own is None and self._waiting:
            self._own = self._waiting.popleft()
            self._judging = self._judge.judged(self._own.part)
        if self._own is None:
            next(worker for worker in self._workers if wanted in worker.tasks).take_answer()
        else:
            self._judge_for_a_moment(self._own)
        for worker in self._workers:
            worker.take_what_has_come()
            while worker.has_begun and self._waiting and len(worker.tasks) < _AT_ONCE:
                worker.give(self._waiting.popleft())

    def _judge_for_a_moment(self, task: _Task) -> None:
        until = perf_counter() + _SECONDS_BETWEEN_LOOKS
        for found in self._judging:
            if found is not None:
                task.found, self._own = found, None
                return
            if perf_counter() > until:
                return

    def close(self) -> None:
        """End the processes, whatever they do."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.communicate()
        self._judge.close()


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


def main() -> None:
    """Judge segments in a process of its own until there are no more."""
    # The parent is interrupted, too, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stdin, stdout = cast("BufferedReader", sys.stdin.buffer), sys.stdout.buffer
    try:
        judge = _SegmentJudge(*receive(stdin))
    except OSError as error:
        send(stdout, error)
        return
    # A verdict is made of very many objects, none of which is garbage before it is sent.
    gc.set_threshold(_OBJECTS_OF_A_VERDICT)
    send(stdout, None)
    while True:
        try:
            part = receive(stdin)
        except EOFError:
            return
        for found in judge.judged(part):
            if found is not None:
                send(stdout, found if isinstance(found, Exception) else packed(found))


class _SegmentJudge:
    """Judges segments of a file, each for itself.

    Args:
        compiled: The contract.
        path: The file.
        options: How it is scanned.
    """

    def __init__(self, compiled: CompiledContract, path: str, options: Options) -> None:
        self._compiled = compiled
        self._options = options
        self._file = open(path, "rb")  # noqa: PTH123, SIM115 - closed below

    def judged(self, part: Segment) -> Iterator[Optional[_Found]]:
        """Judge a segment: give None now and then, and in the end what is said of it."""
        most = self._options.max_record_bytes
        reviewer = Reviewer(self._compiled, max_bytes=most, now=self._options.now)
        failing: list[FailedRecord] = []
        try:
            for block in read_blocks(SegmentChunks(self._file, part), most):
                failing += reviewer.block(block)
                yield None
        except OSError as error:
            yield error
        else:
            yield Verdict.of(failing, reviewer.totals.records, reviewer.place.line - 1)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
