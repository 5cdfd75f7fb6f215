"""Interrupts of the command line at a certain moment."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType
from typing import Optional

import pytest

from contractgate_core.contract.source import read_path
from contractgate_core.events.sources import open_source


@pytest.fixture
def interrupted_open() -> Iterator[None]:
    """Interrupt this process as soon as it waits for a file to be opened."""
    waiting = (open_source.__code__, read_path.__code__)

    def interrupt(_: int, frame: Optional[FrameType]) -> None:
        if frame is not None and frame.f_code in waiting:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
