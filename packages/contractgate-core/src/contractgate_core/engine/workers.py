"""Several processes that share the segments of one file.

A worker is a fresh interpreter that imports this package from where its parent has it, so that no
program has to be written for it and nothing of the parent is copied. A thread of the parent keeps
it busy, so that a worker on a slower core gets fewer segments.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO, Optional, Union, cast

from contractgate_core.engine.review import FailedRecord, Reviewer, Totals
from contractgate_core.engine.segments import Segment, SegmentChunks
from contractgate_core.engine.wire import Verdict, receive, send, unpacked, verdict
from contractgate_core.errors import ContractGateError
from contractgate_core.events.lines import read_blocks

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract
    from contractgate_core.engine.scan import Options, Progress

__all__ = ["Workers", "main"]

_START = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"
_AHEAD = 3
"""So many segments for each worker are given out before the first answer is used."""
_AT_ONCE = 2
"""So many of them are given to a worker, so that it need not wait for the next one."""

_Answer = SimpleQueue[Union[Verdict, Exception]]
"""What a worker says of a segment, or why it says nothing; it comes once."""
_Task = tuple[_Answer, Segment]


class Workers:
    """The processes of one scan.

    Args:
        compiled: The contract.
        path: The file.
        options: How it is scanned.
    """

    def __init__(self, compiled: CompiledContract, path: str, options: Options) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[Thread] = []
        self._tasks: SimpleQueue[Optional[_Task]] = SimpleQueue()
        path_of_modules = [entry for entry in sys.path if entry]
        start = _START.format(path=path_of_modules, module=__name__)
        try:
            for _ in range(options.workers):
                with _interrupts_held():
                    process = subprocess.Popen(  # noqa: S603 - this interpreter
                        [sys.executable, "-c", start],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                    )
                    self._processes.append(process)
            for process in self._processes:
                self._send(process, (compiled, path, options))
        except BaseException:
            self.close()
            raise

    def failing(
        self, parts: Iterator[Segment], totals: Totals, progress: Progress
    ) -> Iterator[FailedRecord]:
        """Judge the segments of the file, and give the records that fail in their order."""
        for process in self._processes:
            self._threads.append(Thread(target=self._keep_busy, args=(process,), daemon=True))
            self._threads[-1].start()
        given: deque[_Task] = deque()
        lines = 0
        for _ in range(_AHEAD * len(self._processes)):
            self._give(parts, given)
        while given:
            answer, part = given.popleft()
            found = answer.get()
            if isinstance(found, Exception):
                raise found
            self._give(parts, given)
            records = totals.records
            failing = [unpacked(packed, records, lines, part.start) for packed in found.failing]
            yield from totals.giving(failing, records + found.records)
            lines += found.lines
            progress(totals, part.end)

    def _give(self, parts: Iterator[Segment], given: deque[_Task]) -> None:
        """Give the next segment to the worker that is free first."""
        part = next(parts, None)
        if part is not None:
            given.append((SimpleQueue(), part))
            self._tasks.put(given[-1])

    def _keep_busy(self, process: subprocess.Popen[bytes]) -> None:
        """Give a worker segments and take its answers, until there are no more."""
        given: deque[_Answer] = deque()
        try:
            while self._has_work(process, given):
                found = self._receive(process)
                given.popleft().put(found)
        except Exception as error:  # raised where the answer is waited for
            given.popleft().put(error)

    def _has_work(self, process: subprocess.Popen[bytes], given: deque[_Answer]) -> bool:
        """Give a worker what it can take, and wait for it if it has nothing; False at the end."""
        try:
            while len(given) < _AT_ONCE:
                task = self._tasks.get(block=not given)
                if task is None:
                    return False
                given.append(task[0])
                self._send(process, task[1])
        except Empty:
            pass
        return True

    def _send(self, process: subprocess.Popen[bytes], message: object) -> None:
        try:
            send(cast("BinaryIO", process.stdin), message)
        except OSError:
            raise self._ended(process) from None

    def _receive(self, process: subprocess.Popen[bytes]) -> Any:
        try:
            answer = receive(cast("BinaryIO", process.stdout))
        except (EOFError, OSError):
            raise self._ended(process) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ended(self, process: subprocess.Popen[bytes]) -> ContractGateError:
        code = process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return ContractGateError(f"a worker process ended {how} before its work was done")

    def close(self) -> None:
        """End the processes, whatever they do."""
        for process in self._processes:
            process.kill()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.communicate()


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
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    compiled, path, options = receive(stdin)
    with open(path, "rb") as file:  # noqa: PTH123
        while True:
            try:
                part = receive(stdin)
            except EOFError:
                return
            send(stdout, _judged(compiled, file, part, options))


def _judged(compiled: CompiledContract, file: BinaryIO, part: Segment, options: Options) -> object:
    try:
        reviewer = Reviewer(compiled, max_bytes=options.max_record_bytes, now=options.now)
        blocks = read_blocks(SegmentChunks(file, part), options.max_record_bytes)
        failing = [failed for block in blocks for failed in reviewer.block(block)]
    except OSError as error:
        return error
    return verdict(failing, reviewer.totals, reviewer.place.line - 1)
