"""Processes that tests start."""

from __future__ import annotations

import signal

__all__ = ["take_interrupts"]


def take_interrupts() -> None:
    """Let a process that is about to begin be interrupted, as `preexec_fn` of `Popen`.

    Whoever runs the tests in the background may have them, and so all that they start, ignore it.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
