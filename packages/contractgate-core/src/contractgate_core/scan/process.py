"""A worker process as its parent sees it: starting it, sending tasks, taking messages, ending it.

A worker is a fresh interpreter that imports this package from where its parent has it, so it needs
no program file and copies nothing of the parent. It runs `scan/worker.py`.
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
from contractgate_core.scan.pipes import has_data
from contractgate_core.scan.task import Task
from contractgate_core.scan.wire import GREETING, Ended, receive, send, unpacked

__all__ = ["ProcessWorker", "started"]

_FOLDER = __file__.rsplit(os.sep, len(__name__.split(".")))[0]
"""The folder that this package is imported from; without pathlib, which loads slowly."""
_START = "import sys; sys.path[:] = {path!r}; from {package}.worker import main; main()"
_FLAGS = {
    "isolated": "-I",
    "ignore_environment": "-E",
    "no_user_site": "-s",
    "no_site": "-S",
    "dont_write_bytecode": "-B",
}
"""Options of this interpreter that its workers get as well."""


class ProcessWorker:
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
        self.tasks: deque[Task] = deque()
        self.is_ready = False
        self._take: Callable[[ProcessWorker], int] = ProcessWorker._take_greeting
        self._job = job
        self._received = b""
        self._is_usable = True
        self._parent = os.getpid()
        # Without its buffer, since looking at the pipe does not show what is in the buffer.
        self._output = cast("FileIO", cast("BufferedReader", process.stdout).raw)

    def give(self, task: Task) -> None:
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
            self._take = ProcessWorker._take_readiness
        return 0

    def _take_readiness(self) -> int:
        self._is_usable = self.is_ready = self._receive()
        self._take = ProcessWorker._take_verdict
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
        # An error's frames may hold this worker, and end where a signal handler may run: what that
        # raises in a finalizer is lost.
        del self._process

    def kill(self) -> None:
        """Kill the worker, but not from a fork of its parent."""
        if self._parent == os.getpid():
            self._process.kill()


def started() -> Optional[subprocess.Popen[bytes]]:
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
