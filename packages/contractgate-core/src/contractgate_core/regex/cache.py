"""A cache of compiled patterns: each text is compiled once while its pattern is in use.

A pattern is found as long as any contract has it. Beyond that, the latest patterns are kept within
a limit on their cost, since contracts are often recompiled; all others are left to the garbage
collector.
"""

from __future__ import annotations

from _thread import allocate_lock  # `threading` takes longer to load than a contract
from collections import OrderedDict
from typing import Generic, Optional, Protocol, TypeVar
from weakref import WeakValueDictionary

from contractgate_core.regex.effort import Price

__all__ = ["PatternCache"]


class _Priced(Protocol):
    """What the cache has to know about a pattern."""

    pattern: str
    price: Price


P = TypeVar("P", bound=_Priced)


class PatternCache(Generic[P]):
    """Finds patterns by their text; threads may share it.

    Args:
        most_steps: How many steps all kept patterns together may have cost. This bounds their
            memory too: a step leaves at most some hundred bytes.
    """

    def __init__(self, most_steps: int) -> None:
        self._most = most_steps
        self._lock = allocate_lock()
        self._alive: WeakValueDictionary[str, P] = WeakValueDictionary()
        self._kept: OrderedDict[str, P] = OrderedDict()
        self._steps = 0

    def find(self, text: str) -> Optional[P]:
        """Return the pattern for a text, or None if it has to be compiled."""
        with self._lock:
            pattern = self._alive.get(text)
            if pattern is not None:
                self._keep(pattern)
            return pattern

    def add(self, pattern: P) -> P:
        """Add a pattern; return the one to use, which another thread may have added first."""
        with self._lock:
            pattern = self._alive.setdefault(pattern.pattern, pattern)
            self._keep(pattern)
            return pattern

    def _keep(self, pattern: P) -> None:
        steps = pattern.price.total
        if pattern.pattern in self._kept:
            self._kept.move_to_end(pattern.pattern)
            return
        if steps > self._most:
            return
        self._kept[pattern.pattern] = pattern
        self._steps += steps
        while self._steps > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._steps -= oldest.price.total

    @property
    def steps(self) -> int:
        """How many steps the kept patterns took to compile."""
        return self._steps
