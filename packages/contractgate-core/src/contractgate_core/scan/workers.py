"""Several processes that share the segments of one file; or threads, where they run side by side.

The parent is one of them: it judges segments until the others have started, and whenever it would
have to wait for them. Each free process takes the next segment, so a process on a slower core
judges fewer.

The parent uses no thread of its own to wait for the others, since a thread that judges may keep it
from running. Instead it checks now and then whether a worker has sent something.

A signal handler may raise anything at any time: Ctrl-C does, and so do deadlines by alarm. That
comes out of the scan at once. So faults of files and pipes are exceptions of their own here, since
an `OSError` may be a handler's; and processes are started and ended aside, where no handler runs.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from time import perf_counter
from typing import BinaryIO, Optional

from contractgate_core.engine.judge import Judge
from contractgate_core.scan.aside import aside
from contractgate_core.scan.options import Options, Progress
from contractgate_core.scan.process import ProcessWorker, started
from contractgate_core.scan.segments import ReadFault, Segment, file_identity, segments
from contractgate_core.scan.task import Task, Worker
from contractgate_core.scan.thread import ThreadWorker
from contractgate_core.scan.totals import FailedRecord, Totals
from contractgate_core.scan.verdicts import Verdict, judge_segment

__all__ = ["Workers"]

_AHEAD = 5
"""How many segments per process are cut before the first one is judged to its end."""
_AT_ONCE = 3
"""How many of them a worker has at once, so that it need not wait for the next one."""
_MOST_KEPT = 50_000
"""When this many failing records wait for their turn, judging pauses until it comes."""
_SECONDS_BETWEEN_LOOKS = 0.001
_NOWHERE = Segment(0, 0)


class Workers:
    """The processes of one scan, including this one.

    Args:
        judge: Judges by the contract.
        file: The file, which is open here.
        path: Where the other processes find the file. If they do not, or find another one, or
            cannot start, this process does everything.
        options: How the file is scanned.
        count: How many processes or threads there are, this one included.
    """

    def __init__(
        self,
        judge: Judge,
        file: BinaryIO,
        path: str,
        options: Options,
        count: int,
    ) -> None:
        self._judge = judge
        self._file = file
        self._options = options
        self._workers: list[Worker] = []
        self._tasks: deque[Task] = deque()
        self._waiting: deque[Task] = deque()
        self._own: Optional[Task] = None
        self._judging: Iterator[Optional[Verdict]] = iter(())
        self._kept = 0
        job = judge, path, file_identity(file), options
        try:
            aside(lambda: self._start(count - 1, job))
        except BaseException:
            self.close()
            raise

    def _start(self, count: int, job: tuple[Judge, str, tuple[int, int], Options]) -> None:
        for _ in range(count):
            if self._options.in_threads:
                self._workers.append(ThreadWorker(*job))
                continue
            process = started()
            if process is None:
                break
            self._workers.append(ProcessWorker(process, job))

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
            self._tasks.append(Task(_NOWHERE))
            self._tasks[-1].error = fault.error
            return
        if part is not None:
            self._tasks.append(Task(part))
            self._waiting.append(self._tasks[-1])

    def _verdicts(self, wanted: Task) -> Iterator[Verdict]:
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

    def _go_on(self, wanted: Task) -> None:
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

    def _judge_for_a_moment(self, task: Task) -> None:
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
