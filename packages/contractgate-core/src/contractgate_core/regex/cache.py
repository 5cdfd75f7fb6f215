"""Patterns that were compiled before, so that each text is compiled once while it is in use.

A pattern is found as long as any contract has it. Beyond that the latest few are kept, as many as
were cheap to make, since contracts are often compiled anew; nothing else is held back from garbage.
"""

from __future__ import annotations

from _thread import allocate_lock  # `threading` takes longer to load than a contract
from collections import OrderedDict
from typing import Generic, Optional, Protocol, TypeVar
from weakref import WeakValueDictionary

from contractgate_core.regex.effort import Price

__all__ = ["PatternCache"]


class _Priced(Protocol):
    """What the cache has to know of a pattern."""

    pattern: str
    price: Price


P = TypeVar("P", bound=_Priced)


class PatternCache(Generic[P]):
    """Finds patterns by their texts; threads may share it.

    Args:
        most_steps: What all patterns that are kept may have taken to compile, by which their
            memory is bounded, too: a step leaves some hundred bytes at most.
    """

    def __init__(self, most_steps: int) -> None:
        self._most = most_steps
        self._lock = allocate_lock()
        self._alive: WeakValueDictionary[str, P] = WeakValueDictionary()
        self._kept: OrderedDict[str, P] = OrderedDict()
        self._steps = 0

    def find(self, text: str) -> Optional[P]:
        """Give the pattern of a text, or None if it has to be compiled."""
        with self._lock:
            pattern = self._alive.get(text)
            if pattern is not None:
                self._keep(pattern)
            return pattern

    def add(self, pattern: P) -> P:
        """Remember a pattern; give the one to use, which another thread may have made sooner."""
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
        """Tell what the patterns that are kept have taken to compile."""
        return self._steps
