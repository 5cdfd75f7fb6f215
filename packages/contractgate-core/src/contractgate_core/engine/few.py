"""Fewer violations than an event has, for callers that need no more: there may be a million."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Optional

from contractgate_core.engine.counts import Counted, count_one, place_of
from contractgate_core.results import Violation

__all__ = ["Few", "breaks", "others_of"]

Report = Callable[[Any, Optional[int], list[Violation]], None]
"""Called with a value from the exact reader, the time, and the list that takes violations."""


class _FoundError(Exception):
    """Ends the checks at the first violation."""


class _First(list[Violation]):
    """A list that raises `_FoundError` at the first violation."""

    def append(self, _: Violation) -> None:
        raise _FoundError

    def __iadd__(self, more: Iterable[Violation]) -> _First:  # type: ignore[override,misc]
        for one in more:
            self.append(one)
        return self


def breaks(report: Report, value: Any, now: Optional[int]) -> bool:
    """Return whether an event breaks a rule, stopping at the first violation.

    Args:
        report: Appends every broken rule of the event to a list.
        value: The event, as the exact reader read it.
        now: The time for freshness rules, or None for the system's clock.
    """
    try:
        report(value, now, _First())
    except _FoundError:
        return True
    return False


class Few(list[Violation]):
    """A list that keeps the first violations of an event, and counts the others.

    Args:
        most: How many are kept.

    Attributes:
        others: How many more there are at each place.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.others: Counter[Counted] = Counter()
        self._most = most

    @classmethod
    def of(cls, kept: list[Violation], others: Counter[Counted]) -> Few:
        """Make a list from the violations that were kept and the counts of the others."""
        few = cls(len(kept))
        list.extend(few, kept)
        few.others = others
        return few

    def __bool__(self) -> bool:
        return bool(len(self) or self.others)

    def append(self, one: Violation) -> None:
        """Keep or count one more violation."""
        if len(self) < self._most:
            super().append(one)
        else:
            count_one(self.others, place_of(one), 1)

    def __iadd__(self, more: Iterable[Violation]) -> Few:  # type: ignore[override,misc]
        for one in more:
            self.append(one)
        return self


def others_of(violations: list[Violation]) -> Optional[Counter[Counted]]:
    """Return how many violations there are beyond those that were kept; None if all were kept."""
    return (violations.others or None) if type(violations) is Few else None
