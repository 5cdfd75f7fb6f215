"""A worker that is a thread of this process, for Pythons without the global interpreter lock.

It is used as a worker process is (`scan/process.py`), but starts at once and packs nothing.
"""

from __future__ import annotations

import copy
import threading
from collections import deque
from queue import SimpleQueue
from typing import Optional, Union

from contractgate_core.engine.judge import Judge
from contractgate_core.scan.options import Options
from contractgate_core.scan.segments import ReadFault, Segment, opened
from contractgate_core.scan.task import Task
from contractgate_core.scan.verdicts import Verdict, judge_segment

__all__ = ["ThreadWorker"]

_Message = Union[Verdict, BaseException]


class ThreadWorker:
    """One of the other threads.

    Args:
        judge: Judges by the contract; the thread has its own one.
        path: Where the file is found.
        identity: What distinguishes it from others under that name.
        options: How the file is scanned.

    Attributes:
        tasks: Its tasks, in the order in which it answers them.
        is_ready: Whether it takes tasks.
    """

    def __init__(
        self, judge: Judge, path: str, identity: tuple[int, int], options: Options
    ) -> None:
        self.tasks: deque[Task] = deque()
        self._judge = judge
        self._options = options
        self._parts: SimpleQueue[Optional[Segment]] = SimpleQueue()
        self._messages: SimpleQueue[_Message] = SimpleQueue()
        self._is_killed = False
        # Its own, since each of those who read a file moves its position.
        self._file = opened(path, identity)
        self.is_ready = self._file is not None
        self._thread = threading.Thread(target=self._serve, name="contractgate scan", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        judge = copy.copy(self._judge)  # What it learns is its own, so that nobody waits for it.
        while (part := self._parts.get()) is not None:
            try:
                self._answer(judge, part)
            except ReadFault as fault:
                self._messages.put(fault.error)
            except BaseException as error:
                self._messages.put(error)

    def _answer(self, judge: Judge, part: Segment) -> None:
        if self._file is None:
            return
        for verdict in judge_segment(judge, self._file, part, self._options):
            if self._is_killed:
                return
            if verdict is not None:
                self._messages.put(verdict)

    def give(self, task: Task) -> None:
        """Give the worker another task."""
        self.tasks.append(task)
        self._parts.put(task.part)

    def has_message(self) -> bool:
        """Return whether the worker has sent something that was not received yet."""
        return not self._messages.empty()

    def take_message(self) -> int:
        """Wait for the worker's next message; return how many failing records it brings.

        Raises:
            BaseException: What came out of the thread, unless the file cannot be read.
        """
        message = self._messages.get()
        if isinstance(message, OSError):
            self.tasks.popleft().error = message
            return 0
        if isinstance(message, BaseException):
            raise message
        self.tasks[0].verdicts.append(message)
        if message.is_last:
            self.tasks.popleft()
        return len(message.failing)

    def end(self) -> None:
        """End the worker, which stops after the block that it is judging."""
        self.kill()
        self._thread.join()
        if self._file is not None:
            self._file.close()

    def kill(self) -> None:
        """Tell the worker to end."""
        self._is_killed = True
        self._parts.put(None)
