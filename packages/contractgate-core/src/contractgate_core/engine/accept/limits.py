"""Up to where types can tell whether a value conforms."""

from __future__ import annotations

from typing import Any, Optional

from contractgate_core.engine.accept.bounds import certain_high, certain_low, int_bounds
from contractgate_core.engine.accept.demands import NUMBERS
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.plan import FieldPlan

__all__ = ["float_edges", "is_decoded_as_date", "passing", "utf8_length", "whole_numbers"]

_ISO_DATE_BYTES = len("2024-01-01")


def utf8_length(text: str) -> int:
    """Count the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def is_decoded_as_date(planned: FieldPlan) -> bool:
    """Return whether msgspec checks that a string is a date; it takes the long form alone."""
    return (
        planned.is_date
        and planned.pattern is None
        and planned.allowed is None
        and not planned.is_unique
        and planned.min_bytes <= _ISO_DATE_BYTES
        and (planned.max_bytes is None or planned.max_bytes >= _ISO_DATE_BYTES)
    )


def passing(planned: FieldPlan) -> list[Any]:
    """List the values of an enum that pass all other checks too, but for null."""
    return [
        value
        for value in planned.allowed or ()
        if type(value) in planned.kinds
        and planned.conforms_exactly(value)
        and _is_within_rules(planned, value)
    ]


def _is_within_rules(planned: FieldPlan, value: Any) -> bool:
    """Return whether a value satisfies what rules may demand besides its field."""
    if type(value) is str:
        return utf8_length(value) >= planned.min_bytes
    low, high, number = planned.low, planned.high, float(value)
    return (low is None or number >= low) and (high is None or number <= high)


def whole_numbers(planned: FieldPlan, observed: Observed) -> tuple[int, int]:
    """Return the least and the greatest integer that is accepted; 1 and 0 if none is.

    Where only integers pass, a zero is on the edge: it may be written as `-0`, which is none.
    """
    least, most = int_bounds(planned.low, planned.high)
    if float not in planned.kinds and not observed.has_edge_values:
        least, most = least or 1, most or -1
    return least, most


def float_edges(planned: FieldPlan, observed: Observed) -> tuple[Optional[float], Optional[float]]:
    """Return below and above which floats, among those accepted, the text must be looked at.

    Each is None if no float that is accepted needs it.
    """
    is_typed = planned.allowed is None and planned.kinds == NUMBERS and not planned.is_raw
    if not (is_typed and observed.has_edge_values):
        return None, None
    low, high = certain_low(planned.low), certain_high(planned.high)
    return (
        None if planned.low in (None, low) else low,
        None if planned.high in (None, high) else high,
    )
