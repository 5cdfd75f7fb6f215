"""Many records through one contract: which of them fail, and how many of what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Optional

import msgspec

from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.stream import Record
from contractgate_core.results import Violation

__all__ = ["OTHER_FIELDS", "FailedRecord", "Totals", "failing_records"]

OTHER_FIELDS = "(other fields)"
"""Stands for the fields beyond the first thousand, which only hostile events name."""

_MOST_COUNTED = 1_000
_INDEX = re.compile(r"\[\d+\]")


class FailedRecord(msgspec.Struct, frozen=True):
    """A record that breaks its contract or is no JSON.

    Attributes:
        record: Which record of the input this is, from 1.
        line: The line on which it begins, from 1.
        offset: Where it begins, in bytes of the decompressed input, from 0.
        violations: Every broken rule, in the gateway's order; empty if it could not be read.
        error: Why it could not be read, with the place in the whole input, or None.
    """

    record: int
    line: int
    offset: int
    violations: list[Violation]
    error: Optional[EventDecodeError] = None


class Totals:
    """What the records that were judged so far amount to.

    Attributes:
        records: How many were judged.
        failed: How many of them broke a rule or could not be read.
        malformed: How many of those could not be read.
        violations: How often each rule was broken, by the field's path and the kind's word; the
            elements of a list are counted together, as `items[].price`.
    """

    def __init__(self) -> None:
        self.records = 0
        self.failed = 0
        self.malformed = 0
        self.violations: Counter[tuple[str, str]] = Counter()

    @property
    def passed(self) -> int:
        """How many records broke no rule."""
        return self.records - self.failed

    def count(self, failed: FailedRecord) -> None:
        """Take a failed record in, but for `records`."""
        self.failed += 1
        self.malformed += failed.error is not None
        for violation in failed.violations:
            key = (_INDEX.sub("[]", violation.field), violation.kind.value)
            if key not in self.violations and len(self.violations) >= _MOST_COUNTED:
                key = (OTHER_FIELDS, violation.kind.value)
            self.violations[key] += 1


def failing_records(
    compiled: CompiledContract,
    records: Iterable[Record],
    totals: Totals,
    *,
    now: Optional[int] = None,
) -> Iterator[FailedRecord]:
    """Judge records as one batch, one by one as they come.

    Args:
        compiled: The contract.
        records: What was read.
        totals: Counts every record before the next one is asked for.
        now: The time for freshness rules, in whole Unix seconds.

    Returns:
        The records that fail, in their order.
    """
    judge = compiled.begin_batch(now=now)
    for record in records:
        totals.records += 1
        violations = [] if record.error is not None else judge(record.value).violations
        if violations or record.error is not None:
            failed = FailedRecord(
                record.number, record.line, record.offset, violations, record.error
            )
            totals.count(failed)
            yield failed
