"""How an input is scanned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

import msgspec

from contractgate_core.events.stream import Form
from contractgate_core.scan.totals import Shown, Totals

__all__ = ["Options", "Progress"]

Progress = Callable[[Totals, int], object]
"""Called now and then with the totals so far and the bytes that were read."""


class Options(msgspec.Struct, frozen=True):
    """How an input is scanned; see `CompiledContract.scan`."""

    form: Form
    workers: int
    max_record_bytes: int
    window: Optional[int]
    now: Optional[int]
    shown: Shown = Shown()
