"""One process more, as its parent sees it: how it is started, fed, heard and ended.

A worker is a fresh interpreter that imports this package from where its parent has it, so that no
program has to be written for it and nothing of the parent is copied. It runs `scan/worker.py`.
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
from typing import Any, BinaryIO, Callable, Optional, cast

from contractgate_core.errors import ContractGateError
from contractgate_core.scan.pipes import has_come
from contractgate_core.scan.segments import Segment
from contractgate_core.scan.verdicts import Verdict
from contractgate_core.scan.wire import GREETING, Ended, receive, send, unpacked

__all__ = ["Task", "Worker", "started"]

_FOLDER = __file__.rsplit(os.sep, len(__name__.split(".")))[0]
"""What this package is imported from; without pathlib, which loads slowly."""
_START = "import sys; sys.path[:] = {path!r}; from {package}.worker import main; main()"
_FLAGS = {
    "isolated": "-I",
    "ignore_environment": "-E",
    "no_user_site": "-s",
    "no_site": "-S",
    "dont_write_bytecode": "-B",
}
"""What this interpreter was told, and its workers are told, too."""


class Task:
    """A segment to be judged.

    Attributes:
        part: The segment.
        verdicts: What was found in it and is not given to the user yet.
        error: Why there will be no more.
    """

    def __init__(self, part: Segment) -> None:
        self.part = part
        self.verdicts: deque[Verdict] = deque()
        self.error: Optional[OSError] = None


class Worker:
    """One process more.

    Args:
        process: It was just started.
        job: What it has to know to judge segments.

    Attributes:
        tasks: What it has to do; it answers in that order.
        is_ready: It takes tasks.
    """

    def __init__(self, process: subprocess.Popen[bytes], job: object) -> None:
        self._process = process
        self.tasks: deque[Task] = deque()
        self.is_ready = False
        self._hear: Callable[[Worker], int] = Worker._hear_greeting
        self._job = job
        self._heard = b""
        self._is_of_use = True
        self._parent = os.getpid()
        # Without its buffer, as what stands in that is not seen by who looks at the pipe.
        self._said = cast("FileIO", cast("BufferedReader", process.stdout).raw)

    def give(self, task: Task) -> None:
        """Give it one task more.

        Raises:
            ContractGateError: It has ended.
        """
        self.tasks.append(task)
        self._send(task.part)

    def has_spoken(self) -> bool:
        """Return whether it has said something that was not heard yet.

        Raises:
            ContractGateError: It has ended. Of one that could not begin nothing is expected.
        """
        if not self._is_of_use:
            return False
        # Asked before its last words are looked for.
        code = self._exit_code()
        if has_come(self._said):
            return True
        if code is not None and (self.is_ready or code < 0):
            raise self._ended()
        self._is_of_use = code is None
        return False

    def _exit_code(self) -> Optional[int]:
        """Return what it has ended with; None if it has not."""
        if sys.platform == "win32":  # pragma: no cover
            return self._process.poll()
        # `poll` would pass over an `OSError` of a signal's handler.
        if self._process.returncode is None:
            try:
                pid, status = os.waitpid(self._process.pid, os.WNOHANG)
            except ChildProcessError:  # The program lets nobody wait, and so nobody can say.
                pid, status = self._process.pid, 0
            if pid:
                self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode

    def hear(self) -> int:
        """Wait for the next thing that it says; return how many failing records that brings.

        Raises:
            ContractGateError: It has ended.
        """
        return self._hear(self)

    def _hear_greeting(self) -> int:
        self._heard = self._heard[1 - len(GREETING) :] + self._said.read(1)
        if self._heard == GREETING:
            self._send(self._job)
            self._hear = Worker._hear_whether_it_can_work
        return 0

    def _hear_whether_it_can_work(self) -> int:
        self._is_of_use = self.is_ready = self._receive()
        self._hear = Worker._hear_verdict
        return 0

    def _hear_verdict(self) -> int:
        said = self._receive()
        if isinstance(said, OSError):
            self.tasks.popleft().error = said
            return 0
        verdict = unpacked(said)
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
            return receive(self._said)
        except Ended:
            raise self._ended() from None

    def _ended(self) -> ContractGateError:
        code = self._process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return ContractGateError(f"a worker process ended {how} before the scan did")

    def end(self) -> None:
        """End it, whatever it does."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                cast("BinaryIO", stream).close()
        self._process.wait()

    def kill(self) -> None:
        """Kill it, but not if this is a fork of its parent."""
        if self._parent == os.getpid():
            self._process.kill()


def started() -> Optional[subprocess.Popen[bytes]]:
    """Start a worker; None if that cannot be done."""
    # The executable of a frozen program is that program.
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
    """Hold interrupts back in this thread, and in processes that are started meanwhile for good.

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
