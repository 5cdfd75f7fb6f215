"""How soon a thread that waits for the interpreter gets it while another one does long work."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

__all__ = ["short_turns"]

_SECONDS = 0.0005
"""A thread that computes is asked to let others run after so many seconds; Python's default is ten
times as many. And a request needs a dozen turns, in several threads, to be answered."""


class _Interval:
    """The switch interval of this process; shortened while there is somebody who asks for it."""

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
        """Forget who asked for it: in a forked child their threads are not there."""
        self._lock = threading.Lock()
        if self._number:
            self._number = 1
            self.restore()


_interval = _Interval()


@contextlib.contextmanager
def short_turns() -> Iterator[None]:
    """Let the threads of this process take turns sooner meanwhile.

    What somebody else sets the switch interval to meanwhile stays.
    """
    _interval.shorten()
    try:
        yield
    finally:
        _interval.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_interval.restore_in_child)
