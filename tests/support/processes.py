"""Processes that tests start."""

from __future__ import annotations

import os
import signal
import subprocess
import warnings
from collections.abc import Callable

__all__ = ["MOST_SECONDS", "fork", "forked", "scan_workers", "take_interrupts"]

MOST_SECONDS = 60
"""How long anybody waits for a process."""


def scan_workers() -> set[int]:
    """List the workers of scans that this process has started and that have not ended."""
    found = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in found.stdout.splitlines()]
    return {
        int(pid)
        for pid, parent, command in rows
        if int(parent) == os.getpid() and "scan.worker " in command
    }


def take_interrupts() -> None:
    """Let a process that is about to begin be interrupted, as `preexec_fn` of `Popen`.

    Whoever runs the tests in the background may have them, and so all that they start, ignore it.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def fork() -> int:
    """Fork; Python 3.12 and later warn if a thread of another test still runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def forked(action: Callable[[], object]) -> str:
    """Do something in a forked child, and give the result, or the exception, as a text.

    A child that hangs is ended.
    """
    reader, writer = os.pipe()
    child = fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(MOST_SECONDS)
        try:
            told = str(action())
        except BaseException as error:  # nothing may unwind in a child
            told = f"{type(error).__name__}: {error}"
        os.write(writer, told.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told
