"""Ctrl-C and deadlines by alarm, at any moment of a scan by several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import interrupts
from contractgate_core.scan.raised import raised_in
from interrupts import raise_os_error
from sizes import scaled

SIZE = scaled(100)

SCRIPT = Path(interrupts.__file__)

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no alarms")


def test_what_a_handler_raises_comes_out_of_a_scan() -> None:
    """Promptly, whatever the workers do, and none of them is left.

    In a process of its own: what a handler raises in a finalizer, or in what other packages have
    called by the garbage collector, is lost.
    """
    command = [sys.executable, str(SCRIPT), str(SIZE), str(SIZE)]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=240)
    assert done.stderr == ""
    assert done.returncode == 0
    assert sum(int(line.split()[0]) for line in done.stdout.splitlines()) == SIZE


def test_an_error_of_a_call_is_told_from_one_of_a_handler_meanwhile() -> None:
    """Both come out of the same call, and may be of the same class."""
    with pytest.raises(OSError, match="descriptor") as of_the_call:
        os.read(-1, 1)
    assert raised_in(of_the_call.value, __name__)

    before = signal.signal(signal.SIGUSR1, raise_os_error)
    try:
        with pytest.raises(OSError, match="of the handler") as of_the_handler:
            os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not raised_in(of_the_handler.value, __name__)
