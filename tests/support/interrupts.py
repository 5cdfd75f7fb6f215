"""Errors of a signal's handler at random moments of a scan by several processes.

`python tests/support/interrupts.py [MOMENTS [SEED]]` tries as many moments as wished and prints
what came of them; it fails at the first error that is lost, or late, or leaves a process behind.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Optional

from contractgate_core import ContractGateError
from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled
from processes import scan_workers

__all__ = ["Moments", "raise_os_error"]

_PROMPTLY = 10.0
"""So many **seconds** may pass on a machine that does much else; a hang is no end at all."""


class Deadline(Exception):
    """What a program of its own may raise in a handler."""


_ERRORS: tuple[Callable[[], BaseException], ...] = (
    KeyboardInterrupt,
    TimeoutError,
    Deadline,
    partial(TimeoutError, errno.ETIMEDOUT, "of the handler"),
    partial(BrokenPipeError, errno.EPIPE, "of the handler"),
    partial(OSError, errno.EIO, "of the handler"),
)


class Moments:
    """Tries moments; each is a scan that an alarm interrupts while its workers run, stop or die.

    Args:
        folder: Where the file is made that is scanned.
        seed: Where chance begins.

    Attributes:
        came: How often which end came.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.came: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._path = folder / "events.ndjson"
        bad = b'{"n": "x"}\n{"n": \n'
        self._path.write_bytes((b'{"n": 1}\n' * 2000 + bad) * 300)
        self._contract = compiled({"name": "n", "type": "integer"})
        self._is_busy = self._is_due = False
        start = time.monotonic()
        assert self._scan(self._contract, "run") == 600
        self._usual = time.monotonic() - start
        self._error: BaseException = KeyboardInterrupt()
        self._fired: Optional[float] = None

    def try_one(self) -> None:
        """Try a moment.

        Raises:
            AssertionError: What the handler raised did not come out as it should have.
        """
        self._error = self._random.choice(_ERRORS)()
        self._fired = None
        self._is_busy = self._is_due = False
        fate = self._random.choice(("run", "stop", "kill"))
        before = signal.signal(signal.SIGALRM, self._take)
        signal.setitimer(signal.ITIMER_REAL, self._random.uniform(0.0001, 1.2 * self._usual))
        try:
            end = self._end(fate)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        self.came[f"{fate}: {end}"] += 1
        left = scan_workers()
        assert not left, f"processes are left: {left}"

    def _end(self, fate: str) -> str:
        end = "came to its end"
        try:
            found = self._scan(self._contract, fate)
            assert found == 600, f"{found} of 600 failing records"
        except ContractGateError as error:
            assert fate == "kill", error
            assert "ended by signal 9" in str(error)
            end = "a worker was killed"
        except BaseException as error:
            if error is not self._error:
                raise
            assert self._fired is not None
            assert time.monotonic() - self._fired < _PROMPTLY, "late"
            return "what the handler raised came out"
        assert self._fired is None, f"lost: {self._error!r}"
        return end

    def _take(self, _: int, __: Optional[FrameType]) -> None:
        if self._is_busy:
            self._is_due = True
            return
        self._fired = time.monotonic()
        raise self._error

    def _scan(self, validator: CompiledContract, fate: str) -> int:
        hit_at = self._random.randrange(600)
        with validator.scan(self._path, workers=3) as scan:
            count = 0
            for count, _ in enumerate(scan, 1):
                if count == hit_at and fate != "run":
                    self._signal_workers(signal.SIGSTOP if fate == "stop" else signal.SIGKILL)
            return count

    def _signal_workers(self, number: signal.Signals) -> None:
        # What the handler raises here is none of the scan's business, so that comes afterwards.
        self._is_busy = True
        for pid in scan_workers():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        self._is_busy = False
        if self._is_due:
            self._is_due = False
            self._take(0, None)


def raise_os_error(_: int, __: Optional[FrameType]) -> None:
    """Raise what a file might raise too, as a signal's handler."""
    raise OSError("of the handler")


def main() -> None:
    """Try the moments that the command line asks for."""
    count, seed = map(int, [*sys.argv[1:], *("1000", "1")[len(sys.argv) - 1 :]])
    # With a second thread, which may take signals that the first one holds back.
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        moments = Moments(Path(folder), seed)
        for _ in range(count):
            moments.try_one()
    for end, times in sorted(moments.came.items()):
        print(f"{times:6} {end}")


if __name__ == "__main__":
    main()
