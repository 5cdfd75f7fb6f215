"""Several processes that share the segments of one file.

A worker is a fresh interpreter that imports this package from where its parent has it, so that no
program has to be written for it and nothing of the parent is copied.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from contractgate_core.engine.review import FailedRecord, Reviewer, Totals
from contractgate_core.engine.segments import Segment, SegmentChunks
from contractgate_core.engine.wire import receive, send, unpacked, verdict
from contractgate_core.errors import ContractGateError
from contractgate_core.events.lines import read_blocks

if TYPE_CHECKING:
    from contractgate_core.engine.compiled import CompiledContract
    from contractgate_core.engine.scan import Options, Progress

__all__ = ["Workers", "main"]

_START = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"
_AHEAD = 3
"""So many segments are given to a worker before its first answer is read."""


class Workers:
    """The processes of one scan.

    Args:
        compiled: The contract.
        path: The file.
        options: How it is scanned.
    """

    def __init__(self, compiled: CompiledContract, path: str, options: Options) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
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
        turns = cycle(self._processes)
        given: list[tuple[Any, Segment]] = []
        lines = 0
        for _ in range(_AHEAD * len(self._processes)):
            self._give(turns, parts, given)
        while given:
            process, part = given.pop(0)
            found = self._receive(process)
            self._give(turns, parts, given)
            records = totals.records
            failing = [unpacked(packed, records, lines, part.start) for packed in found.failing]
            yield from totals.giving(failing, records + found.records)
            lines += found.lines
            progress(totals, part.end)

    def _give(
        self, turns: Iterator[Any], parts: Iterator[Segment], given: list[tuple[Any, Segment]]
    ) -> None:
        """Give the next segment to the worker whose turn it is."""
        part = next(parts, None)
        if part is not None:
            process = next(turns)
            self._send(process, part)
            given.append((process, part))

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
