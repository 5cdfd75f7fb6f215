"""Processes that tests start."""

from __future__ import annotations

import os
import signal
import subprocess

__all__ = ["scan_workers", "take_interrupts"]


def scan_workers() -> set[int]:
    """List the workers of scans that this process has started and that have not ended."""
    found = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in found.stdout.splitlines()]
    return {
        int(pid)
        for pid, parent, command in rows
        if int(parent) == os.getpid() and "engine.worker " in command
    }


def take_interrupts() -> None:
    """Let a process that is about to begin be interrupted, as `preexec_fn` of `Popen`.

    Whoever runs the tests in the background may have them, and so all that they start, ignore it.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
