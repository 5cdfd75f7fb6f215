"""Options of a scan."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Optional

import msgspec

from contractgate_core.events.stream import MAX_RECORD_BYTES, Form
from contractgate_core.scan.totals import Shown, Totals

__all__ = ["Options", "Progress"]

Progress = Callable[[Totals, int], object]
"""Called now and then with the totals and the number of bytes read so far."""


def run_side_by_side() -> bool:
    """Return whether threads of this Python run Python code at the same time."""
    is_locked = getattr(sys, "_is_gil_enabled", None)  # from Python 3.13 on
    return is_locked is not None and not is_locked()


class Options(msgspec.Struct, frozen=True):
    """Options of a scan; see `CompiledContract.scan`.

    Attributes:
        shown: How much of the failing records is kept, besides their number.
        in_threads: Whether the workers are threads of this process.
    """

    form: Form = "auto"
    workers: int = 1
    max_record_bytes: int = MAX_RECORD_BYTES
    window: Optional[int] = None
    now: Optional[int] = None
    shown: Shown = Shown()
    in_threads: bool = msgspec.field(default_factory=run_side_by_side)
