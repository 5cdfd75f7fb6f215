"""Shortens how long a thread waits for the interpreter while another does long work."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

__all__ = ["short_turns"]

_SECONDS = 0.0005
"""After how many **seconds** a busy thread is asked to let others run; Python's default is ten
times as long. Answering a request takes a dozen turns, in several threads."""


class _Interval:
    """The switch interval of this process, shortened while anyone asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._usual = self._short = 0.0

    def shorten(self) -> None:
        with self._lock:
            if not self._number:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(self._usual, _SECONDS))
                self._short = sys.getswitchinterval()
            self._number += 1

    def restore(self) -> None:
        with self._lock:
            self._number -= 1
            if not self._number and sys.getswitchinterval() == self._short:
                sys.setswitchinterval(self._usual)

    def restore_in_child(self) -> None:
        """Forget who asked for it: their threads do not exist in a forked child."""
        self._lock = threading.Lock()
        if self._number:
            self._number = 1
            self.restore()


_interval = _Interval()


@contextlib.contextmanager
def short_turns() -> Iterator[None]:
    """Let the threads of this process take shorter turns inside the block.

    If other code sets the switch interval inside the block, its value stays.
    """
    _interval.shorten()
    try:
        yield
    finally:
        _interval.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_interval.restore_in_child)
