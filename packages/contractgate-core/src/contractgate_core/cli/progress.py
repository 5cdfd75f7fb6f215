"""The progress of long work, on standard error and only if a person is watching."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Optional, TextIO

if TYPE_CHECKING:
    from contractgate_core.scan.totals import Totals

__all__ = ["ProgressLine"]

_SECONDS_BETWEEN = 0.2
_CLEAR = "\r\x1b[K"


class ProgressLine:
    """One line that is rewritten over and over, and erased when something else is written.

    Args:
        is_shown: Whether the line is wanted.
    """

    def __init__(self, *, is_shown: bool = True) -> None:
        self._is_wanted = is_shown
        self._is_shown = False
        self._next = time.monotonic() + _SECONDS_BETWEEN

    def update(self, totals: Totals, read: int) -> None:
        """Show the counts so far, unless they were shown a moment ago.

        Args:
            totals: The totals so far.
            read: How many bytes were read.
        """

        def text() -> str:
            megabytes = read / 2**20
            return f"{totals.records:,} events, {totals.failed:,} failed, {megabytes:,.1f} MiB"

        self.show(text)

    def show(self, text: Callable[[], str]) -> None:
        """Show what a function returns, unless the line was shown a moment ago."""
        now = time.monotonic()
        if now < self._next or not self._is_wanted:
            return
        stream = _terminal()
        if stream is None:
            return
        self._next = now + _SECONDS_BETWEEN
        self._is_shown = True
        _write(stream, f"{_CLEAR}{text()}")

    def clear(self) -> None:
        """Erase the line."""
        stream = _terminal() if self._is_shown else None
        if stream is not None:
            _write(stream, _CLEAR)
        self._is_shown = False


def _terminal() -> Optional[TextIO]:
    stream = sys.stderr
    return stream if stream is not None and stream.isatty() else None


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        pass  # nobody is watching any more
