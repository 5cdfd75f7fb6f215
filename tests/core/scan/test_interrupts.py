"""Ctrl-C and deadlines by alarm, at any moment of a scan by several processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from contractgate_core.engine.raised import raised_in
from interrupts import Moments, raise_os_error

SIZE = 100 if os.environ.get("CONTRACTGATE_TESTS", "full") == "full" else 10

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no alarms")


def test_what_a_handler_raises_comes_out_of_a_scan(tmp_path: Path) -> None:
    """Promptly, whatever the workers do, and none of them is left."""
    moments = Moments(tmp_path, seed=SIZE)
    for _ in range(SIZE):
        moments.try_one()
    assert sum(moments.came.values()) == SIZE


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
