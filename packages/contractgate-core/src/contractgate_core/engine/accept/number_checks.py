"""One generated loop that finds, among many events, those that fail or are in doubt by a number.

A number on an edge, a zero or an old timestamp is rare. A loop that only compares is the fastest
way to find the few events that have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Optional, cast

from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.struct_plan import StructPlan
from contractgate_core.engine.accept.verdict import Verdict

__all__ = ["NumberChecks", "write_number_checks"]

NumberChecks = Callable[[Sequence[Any], Optional[int]], Sequence[tuple[int, int]]]
"""Called with decoded events and the time, or None for the system's clock; returns the indexes of
the events that do not certainly conform, in order, each with its `Verdict`."""


def write_number_checks(root: StructPlan) -> NumberChecks:
    """Write the function that tests all numbers outside arrays."""
    source = Source()
    with source.function("rows, now", "find"):
        # The worst comes first, since each event gets one verdict.
        doubts = {
            verdict: condition
            for verdict in sorted(Verdict, reverse=True)
            if (condition := _either(_conditions(root, "row", verdict, source)))
        }
        if not doubts:
            return lambda rows, now: ()
        *worse, last = doubts
        said = " ".join([*(f"{one:d} if {doubts[one]} else" for one in worse), f"{last:d}"])
        is_found = _either(doubts.values())
        source.line(f"return [(index, {said}) for index, row in enumerate(rows) if {is_found}]")
    return cast("NumberChecks", source.compile("find"))


def _conditions(place: StructPlan, row: str, verdict: Verdict, source: Source) -> Iterator[str]:
    """List conditions, of which one is true if a number in a struct `row` gets a verdict."""
    for member in place.members:
        value = f"{row}.{member.name}"
        if not member.may_be_none:
            yield from _of_value(member, value, verdict, source)
            continue
        variable = source.variable()
        found = _either(_of_value(member, variable, verdict, source))
        if found:
            yield f"({variable} := {value}) is not None and {found}"


def _of_value(place: StructPlan, v: str, verdict: Verdict, source: Source) -> Iterator[str]:
    for fact in place.facts:
        if fact.is_comparison and fact.on_failure == verdict:
            yield f"not ({fact.write(v, source)})"
    yield from _conditions(place, v, verdict, source)


def _either(conditions: Iterable[str]) -> str:
    written = " or ".join(conditions)
    return f"({written})" if written else ""
