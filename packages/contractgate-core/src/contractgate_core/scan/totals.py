"""Results for many records: the failing ones, and totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import attrgetter, length_hint
from typing import Any, NamedTuple, Optional

import msgspec

from contractgate_core._plain import Plain, Told, plain
from contractgate_core._tracebacks import guarded
from contractgate_core.engine.counts import Counted, count_one, place_at
from contractgate_core.errors import EventDecodeError
from contractgate_core.results import Violation, ViolationKind

__all__ = ["EVERYTHING", "FailedRecord", "Shown", "Totals"]

_MOST_COUNTED = 1_000
"""How many fields and kinds are counted together, at most, before those of lists are joined."""
_MOST_AT_ONCE = 50_000
_get_field_and_kind = attrgetter("field", "kind")


class FailedRecord(Told, Plain, msgspec.Struct, frozen=True):
    """A record that breaks its contract or is not JSON.

    Attributes:
        record: The number of the record, from 1.
        line: The line on which it begins, from 1.
        offset: Where it begins, in bytes of the decompressed input, from 0.
        violations: Every broken rule, in the gateway's order; empty if it could not be read.
        error: Why it could not be read, with the place in the whole input, or None.
        others: Counts of the further rules that it breaks, by the field's path and the kind's word,
            if not all violations were asked for, as on the command line; else None.
    """

    record: int
    line: int
    offset: int
    violations: list[Violation]
    error: Optional[EventDecodeError] = None
    others: Optional[Counter[Counted]] = None

    @guarded
    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON; unlike the `repr`, this hides nothing."""
        return {
            **{name: getattr(self, name) for name in ("record", "line", "offset")},
            "violations": plain(self.violations),
            "error": None if self.error is None else _told(self.error),
            "others": None if self.others is None else _listed(self.others),
        }


class Shown(NamedTuple):
    """How much of the failing records is kept; of the rest, only their number.

    Attributes:
        records: How many failing records keep their violations; None for all.
        violations: How many violations each of them keeps; None for all.
    """

    records: Optional[int] = None
    violations: Optional[int] = None

    def most(self, failed: int) -> Optional[int]:
        """Return how many violations a record keeps if this many have failed before it."""
        return 0 if self.records is not None and failed >= self.records else self.violations


EVERYTHING = Shown()


class Totals(Told):
    """The totals of the records judged so far.

    Attributes:
        are_complete: Whether all records of the input were judged.
    """

    def __init__(self) -> None:
        self.are_complete = False
        self._records = 0
        self._records_then = 0
        self._failed = 0
        self._malformed = 0
        self._violations: Counter[tuple[str, str]] = Counter()
        # Fields and kinds as they are in violations, which are counted at the speed of C.
        self._counted: Counter[tuple[str, ViolationKind]] = Counter()
        # Failed records are counted in groups, which is several times faster.
        self._failing: Sequence[FailedRecord] = ()
        self._giving: Iterator[FailedRecord] = iter(())

    @property
    def records(self) -> int:
        """How many records were judged."""
        self.settle()
        return self._records

    @property
    def failed(self) -> int:
        """How many of the records broke a rule or could not be read."""
        self.settle()
        return self._failed

    @property
    def passed(self) -> int:
        """How many records broke no rule."""
        return self.records - self.failed

    @property
    def malformed(self) -> int:
        """How many records could not be read."""
        self.settle()
        return self._malformed

    @property
    def violations(self) -> Counter[tuple[str, str]]:
        """How often each rule was broken, by the field's path and the kind's word.

        The elements of a list count as one field, such as `items[].price`.
        """
        self.settle()
        self._count_places()
        return self._violations

    def add(self, other: Totals) -> None:
        """Add the totals of another input."""
        self._records_then = self._records = self.records + other.records
        self._failed += other.failed
        self._malformed += other.malformed
        self._count_places()
        for place, count in other.violations.items():
            count_one(self._violations, place, count)

    @guarded
    def to_dict(self) -> dict[str, Any]:
        """Return all totals as plain values for JSON."""
        return {
            "records": self.records,
            "passed": self.passed,
            "failed": self.failed,
            "malformed": self.malformed,
            "violations": _listed(self.violations),
        }

    def giving(self, failing: Sequence[FailedRecord], records: int) -> Iterator[FailedRecord]:
        """Yield failed records, each of which is counted when it is yielded.

        Args:
            failing: The next failed records; all earlier ones must have been yielded.
            records: The number of records judged once all of these have been yielded.
        """
        self.settle()
        self._failing, self._giving, self._records_then = failing, iter(failing), records
        return self._giving

    def settle(self) -> None:
        """Count the records that were yielded but not counted yet, and release them."""
        if not self._failing:
            self._records = self._records_then
            return
        given = len(self._failing) - length_hint(self._giving)
        failing, self._failing = self._failing[:given], self._failing[given:]
        if not self._failing:
            self._records = self._records_then
        elif failing:
            self._records = failing[-1].record
        if not failing:
            return
        self._failed += len(failing)
        self._malformed += sum([failed.error is not None for failed in failing])
        # One by one, in order, if some violations were not kept.
        are_whole = [failed.others for failed in failing].count(None) == len(failing)
        for group in (failing,) if are_whole else [[failed] for failed in failing]:
            self._count(group)

    def _count(self, failing: Sequence[FailedRecord]) -> None:
        every = chain.from_iterable([failed.violations for failed in failing])
        while some := list(map(_get_field_and_kind, islice(every, _MOST_AT_ONCE))):
            self._counted.update(some)
            if len(self._counted) > _MOST_COUNTED:
                self._count_places()
        others = failing[-1].others
        if others:
            self._count_places()  # They come before these.
            for place, count in others.items():
                count_one(self._violations, place, count)

    def _count_places(self) -> None:
        counted, self._counted = self._counted, Counter()
        for (field, kind), count in counted.items():
            count_one(self._violations, place_at(field, kind), count)


def _told(error: EventDecodeError) -> dict[str, Any]:
    places = {name: getattr(error, name) for name in ("line", "column", "offset")}
    return {"message": error.message, **places}


def _listed(counts: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """List how often each rule was broken, the most frequent first."""
    return [
        {"field": field, "kind": str(kind), "count": count}
        for (field, kind), count in counts.most_common()
    ]
