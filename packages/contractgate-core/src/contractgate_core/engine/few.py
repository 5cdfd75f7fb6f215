"""Fewer violations than an event has, where no more are asked for: a hostile one has a million."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Optional

from contractgate_core.engine.counts import Counted, count_one, place_of
from contractgate_core.results import Violation

__all__ = ["Few", "breaks", "others_of"]

Report = Callable[[Any, Optional[int], list[Violation]], None]
"""Called with what the exact reader has read, the time, and what takes the violations."""


class _FoundError(Exception):
    """Ends the checks, since one violation is enough."""


class _First(list[Violation]):
    """Takes no violation."""

    def append(self, _: Violation) -> None:
        raise _FoundError

    def __iadd__(self, more: Iterable[Violation]) -> _First:  # type: ignore[override,misc]
        for one in more:
            self.append(one)
        return self


def breaks(report: Report, value: Any, now: Optional[int]) -> bool:
    """Return whether an event breaks a rule; ends with the first one.

    Args:
        report: Appends every broken rule of the event to a list.
        value: What the exact reader has read.
        now: The time for freshness rules, or None for the system's clock.
    """
    try:
        report(value, now, _First())
    except _FoundError:
        return True
    return False


class Few(list[Violation]):
    """Keeps the first violations of an event, and counts the others.

    Args:
        most: So many are kept.

    Attributes:
        others: How many more there are, by their places.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.others: Counter[Counted] = Counter()
        self._most = most

    @classmethod
    def of(cls, kept: list[Violation], others: Counter[Counted]) -> Few:
        """Make one of what was kept, and of the number of the others."""
        few = cls(len(kept))
        list.extend(few, kept)
        few.others = others
        return few

    def __bool__(self) -> bool:
        return bool(len(self) or self.others)

    def append(self, one: Violation) -> None:
        """Take one more."""
        if len(self) < self._most:
            super().append(one)
        else:
            count_one(self.others, place_of(one), 1)

    def __iadd__(self, more: Iterable[Violation]) -> Few:  # type: ignore[override,misc]
        for one in more:
            self.append(one)
        return self


def others_of(violations: list[Violation]) -> Optional[Counter[Counted]]:
    """Tell how many violations there are beyond those that were kept; None if all were."""
    return (violations.others or None) if type(violations) is Few else None
