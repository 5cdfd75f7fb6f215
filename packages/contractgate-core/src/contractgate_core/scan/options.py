"""Options of a scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

import msgspec

from contractgate_core.events.stream import Form
from contractgate_core.scan.totals import Shown, Totals

__all__ = ["Options", "Progress"]

Progress = Callable[[Totals, int], object]
"""Called now and then with the totals and the number of bytes read so far."""


class Options(msgspec.Struct, frozen=True):
    """Options of a scan; see `CompiledContract.scan`."""

    form: Form
    workers: int
    max_record_bytes: int
    window: Optional[int]
    now: Optional[int]
    shown: Shown = Shown()
