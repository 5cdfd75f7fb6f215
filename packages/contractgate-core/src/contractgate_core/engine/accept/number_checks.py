"""Events that a few comparisons of numbers show to fail or to be in doubt, among many.

A number on an edge, a nought or an old timestamp is rare: one written loop over the events, which
compares and does no more, is the fastest way to find the few that have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Optional, cast

from contractgate_core.engine.accept.checks import FAILS, MAY_BE_ZERO, ON_EDGE, may_be_zero
from contractgate_core.engine.accept.codegen import ASK_CLOCK, Names
from contractgate_core.engine.accept.getters import attributes
from contractgate_core.engine.accept.moments import fresh_spans
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.types import float_edges

__all__ = ["NumberChecks", "write_number_checks"]

NumberChecks = Callable[[Sequence[Any], Optional[int]], Sequence[tuple[int, int]]]
"""Called with decoded events and the time, or None for the system's clock; gives the indexes of the
events that fail or that there is doubt about, in their order, each with FAILS or the doubt."""

_Compare = Callable[[FieldPlan, str], Iterator[str]]


def write_number_checks(root: FieldPlan) -> NumberChecks:
    """Write the function that finds number_checks by all numbers that are not inside an array."""
    writer = _Writer()
    # The worst comes first, as one verdict is all that is said of an event.
    found = {
        verdict: writer.conditions(root, "row", compare)
        for verdict, compare in (
            (FAILS, writer.stale),
            (ON_EDGE, writer.on_edge),
            (MAY_BE_ZERO, writer.zero),
        )
    }
    found = {verdict: conditions for verdict, conditions in found.items() if conditions}
    if not found:
        return lambda rows, now: ()
    *worse, last = found
    verdicts = [f"{verdict} if {_any(found[verdict])} else" for verdict in worse]
    condition = _any([one for conditions in found.values() for one in conditions])
    return writer.compiled(" ".join([*verdicts, str(last)]), condition)


class _Writer:
    """Writes conditions, each with the values that it needs."""

    def __init__(self) -> None:
        self._names = Names()
        self._variables = 0
        self._spans: list[str] = []

    def compiled(self, verdict: str, condition: str) -> NumberChecks:
        """Compile the function."""
        lines = ["def find(rows, now):", *([f" {ASK_CLOCK}"] if self._spans else []), *self._spans]
        found = f"[(index, {verdict}) for index, row in enumerate(rows) if {condition}]"
        lines.append(f" return {found}")
        return cast("NumberChecks", self._names.compile("\n".join(lines), "find"))

    def conditions(self, planned: FieldPlan, row: str, compare: _Compare) -> list[str]:
        """Write what is true of an object `row` if one of the values in it is suspect."""
        conditions: list[str] = []
        for attribute, member in attributes(planned):
            value = f"{row}.{attribute.name}"
            if not attribute.may_be_none:
                conditions += self._of_value(member, value, compare)
                continue
            self._variables += 1
            variable = f"v{self._variables}"
            found = self._of_value(member, variable, compare)
            if found:
                conditions.append(f"({variable} := {value}) is not None and {_any(found)}")
        return conditions

    def _of_value(self, planned: FieldPlan, value: str, compare: _Compare) -> list[str]:
        if planned.is_raw:
            return []
        return [*compare(planned, value), *self.conditions(planned, value, compare)]

    def stale(self, planned: FieldPlan, value: str) -> Iterator[str]:
        """Write what is true of a timestamp that is not fresh."""
        for max_age in planned.max_ages:
            number = len(self._spans)
            first, last, first_milli, last_milli = (f"{name}{number}" for name in "abcd")
            spans = self._names.bind(partial(fresh_spans, max_age))
            self._spans.append(f" {first}, {last}, {first_milli}, {last_milli} = {spans}(now)")
            yield f"not ({first} <= {value} <= {last} or {first_milli} <= {value} <= {last_milli})"

    def on_edge(self, planned: FieldPlan, value: str) -> Iterator[str]:
        """Write what is true of a float on an edge."""
        for sign, edge in zip("<>", float_edges(planned)):
            if edge is not None:
                yield f"{value} {sign} {edge!r}"

    def zero(self, planned: FieldPlan, value: str) -> Iterator[str]:
        """Write what is true of a nought that may be no integer."""
        if may_be_zero(planned):
            yield f"{value} == 0"


def _any(conditions: Sequence[str]) -> str:
    return f"({' or '.join(conditions)})"
