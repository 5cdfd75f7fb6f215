"""Work that must not be left half done, whatever a signal handler raises meanwhile."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from typing import Optional

from contractgate_core.scan.raised import raised_in

__all__ = ["aside"]


def aside(work: Callable[[], None]) -> None:
    """Run a function in its own thread, where no signal handler runs, and wait for it.

    Blocking signals would not be enough: another thread of the program may receive them, and their
    handlers still run in the main thread.

    Args:
        work: The function. If a handler raises something meanwhile, this is passed on only when the
            function has ended, or will never begin.

    Raises:
        Exception: Whatever the function raises.
    """
    job = _Job(work)
    try:
        _thread.start_new_thread(job.run, ())
        job.done.wait()
    except RuntimeError as error:
        if not raised_in(error, __name__):
            job.give_up()
            raise
        job.run()  # The interpreter is exiting, or there are too many threads.
    except BaseException:
        job.give_up()
        raise
    if job.error is not None:
        raise job.error


class _Job:
    """One function that runs in its own thread.

    Attributes:
        done: Set when the function has ended.
        error: What the function raised.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self.done = threading.Event()
        self.error: Optional[BaseException] = None
        self._work = work
        self._beginning = threading.Lock()
        self._has_begun = False
        self._is_given_up = False

    def run(self) -> None:
        with self._beginning:
            if self._is_given_up:
                return
            self._has_begun = True
        try:
            self._work()
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def give_up(self) -> None:
        """Keep the function from starting, or wait for its end if it has started."""
        with self._beginning:
            self._is_given_up = True
        if self._has_begun:
            self.done.wait()
