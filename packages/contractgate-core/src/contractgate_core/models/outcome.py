"""The outcome of one event, and of a whole stream; errors hold these, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional

from contractgate_core._plain import required
from contractgate_core._verdict import Verdict
from contractgate_core._violation import Violation, ViolationKind
from contractgate_core.models._base import Model

__all__ = ["BrokenRule", "IngestEventResult", "IngestTotals"]

_MOST_SHOWN = 3
"""Positions in a `repr`, of which pytest shows no more than 240 characters uncut."""

_MOST_RULES = 2
_LONGEST_FIELD = 24


class IngestEventResult(Verdict, Model, frozen=True):
    """The verdict of the gateway on one event of a batch; true if the event passed.

    Attributes:
        passed: Whether no rule was broken and the pinned version is not deprecated.
        violations: Every broken rule, in the gateway's order; empty, although `passed` is false, if
            the pinned version is deprecated.
        validation_us: Duration of the check in whole **microseconds**; 0 for an event that is not
            an object.
        forwarded: Whether the event went on. The current route computes this without waiting for a
            write; the legacy route reports the write.
        contract_version: The version that decided; not always the one that was asked for.
        transformed_event: The event after the contract's transforms, whether it passed or not.
        index: The event's index in the batch, from 0; None on the legacy route.
        quarantine_id: The quarantine id of a failed event, also given in a dry run or an atomic
            rejection, which write no such row; None on the legacy route.

    Source: docs/spec/gateway-http.md, sections 5.6, 5.7 and 6.5.
    """

    passed: bool
    violations: list[Violation]
    validation_us: int = 0
    forwarded: bool = False
    contract_version: str = required("contract_version")
    transformed_event: Any = None
    index: Optional[int] = None
    quarantine_id: Optional[str] = None

    def __bool__(self) -> bool:
        return bool(self.passed)


class BrokenRule(Model, frozen=True, kw_only=True):
    """How often the events of a stream broke one rule of one field, and which event did so first.

    Attributes:
        field: The path of the field; the elements of a list count as one, such as `items[].price`.
        kind: The rule.
        count: How often it was broken.
        first_index: The position of the first event that broke it, in the whole stream.
        first: The gateway's message about that event, cut to 160 characters.

    Counted from: docs/spec/gateway-http.md, section 5.6.
    """

    field: str
    kind: ViolationKind
    count: int
    first_index: int
    first: Violation


class IngestTotals(Verdict, Model, frozen=True, kw_only=True):
    """The totals of the outcomes of a stream of events; true if none failed.

    Attributes:
        total: How many outcomes there are.
        passed: How many events conform.
        failed: How many do not.
        broken: The rules that were broken, the most frequent first; after a thousand fields, all
            others are counted as `(other fields)`.
        failed_indexes: The positions of the first 10,000 failed events in the whole stream.

    Counted from: docs/spec/gateway-http.md, section 5.6.
    """

    total: int
    passed: int
    failed: int
    broken: list[BrokenRule]
    failed_indexes: list[int]

    def __bool__(self) -> bool:
        return not self.failed

    def _failure(self) -> tuple[str, Sequence[Violation]]:
        message = f"{self.failed:,} of {self.total:,} events did not pass"
        if self.broken:
            most = self.broken[0]
            message += f"; most often {most.field}: {most.kind} ({most.count:,} times)"
        return message, [rule.first for rule in self.broken]

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # msgspec's own shows all
        shown = {
            "broken": _first(self.broken, _MOST_RULES, _in_short),
            "failed_indexes": _first(self.failed_indexes, _MOST_SHOWN, lambda index: index),
        }
        for name, value in super().__rich_repr__():
            yield name, shown.get(name, value)


def _first(values: object, most: int, shown: Callable[[Any], object]) -> object:
    """Return what is shown of the first values; `...` stands for more."""
    if not isinstance(values, list):
        return values
    more = [...] if len(values) > most else []
    return [*map(shown, values[:most]), *more]


def _in_short(rule: Any) -> object:
    if not isinstance(rule, BrokenRule):
        return rule
    field = rule.field
    field = field if len(field) <= _LONGEST_FIELD else f"{field[: _LONGEST_FIELD - 1]}…"
    return f"{field}: {rule.kind} ×{rule.count}"
