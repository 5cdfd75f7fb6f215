"""Counts the outcomes of a stream, in bounded memory. No I/O."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any, Optional

from contractgate_core._excerpt import excerpt
from contractgate_core.engine.counts import Counted, place_of, slot_of
from contractgate_core.errors import IngestInterruptedError
from contractgate_core.models import BrokenRule, IngestEventResult, IngestTotals
from contractgate_core.results import Violation, ViolationKind

__all__ = ["MOST_INDEXES", "Tally"]

MOST_INDEXES = 10_000
"""How many positions of failed events are kept."""


class Tally:
    """Counts outcomes; an `IngestInterruptedError` that leaves its `with` block gets the totals."""

    def __init__(self) -> None:
        self._passed = 0
        self._failed = 0
        self._indexes: list[int] = []
        self._counts: Counter[Counted] = Counter()
        self._firsts: dict[Counted, tuple[int, Violation]] = {}

    def add(self, outcome: IngestEventResult) -> None:
        """Count one outcome, whose `index` is its position in the whole stream."""
        if outcome.passed:
            self._passed += 1
            return
        index: Any = outcome.index  # a stream sets the position of every outcome
        self._failed += 1
        if len(self._indexes) < MOST_INDEXES:
            self._indexes.append(index)
        for violation in outcome.violations:
            place = slot_of(self._counts, place_of(violation))
            self._counts[place] += 1
            if place not in self._firsts:
                self._firsts[place] = (index, _short(violation))

    def totals(self) -> IngestTotals:
        """Return the totals so far; the rules broken most often come first."""
        return IngestTotals(
            total=self._passed + self._failed,
            passed=self._passed,
            failed=self._failed,
            broken=[
                BrokenRule(
                    field=place[0],
                    kind=ViolationKind(place[1]),
                    count=count,
                    first_index=self._firsts[place][0],
                    first=self._firsts[place][1],
                )
                for place, count in self._counts.most_common()
            ],
            failed_indexes=list(self._indexes),
        )

    def __enter__(self) -> Tally:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if isinstance(error, IngestInterruptedError):
            for outcome in error.outcomes:
                self.add(outcome)
            error.totals = self.totals()


def _short(violation: Violation) -> Violation:
    """Shorten the message, which may quote a value of a megabyte."""
    message = excerpt(violation.message)
    if message == violation.message:
        return violation
    return Violation(violation.field, message, violation.kind)
