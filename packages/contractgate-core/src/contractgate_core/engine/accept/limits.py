"""How far types can decide whether a value conforms."""

from __future__ import annotations

from typing import Any, Optional

from contractgate_core.engine.accept.bounds import certain_high, certain_low, int_bounds
from contractgate_core.engine.accept.demands import NUMBERS
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.plan import FieldPlan

__all__ = [
    "ISO_DATE_LENGTH",
    "accepted_integers",
    "float_edges",
    "is_decoded_as_date",
    "passing_values",
    "utf8_length",
]

ISO_DATE_LENGTH = len("2024-01-01")
"""The length of a date in its usual form, in characters and bytes."""


def utf8_length(text: str) -> int:
    """Count the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def is_decoded_as_date(planned: FieldPlan) -> bool:
    """Return whether msgspec checks that a string is a date; it accepts only the usual form."""
    return (
        planned.is_date
        and planned.pattern is None
        and planned.allowed is None
        and not planned.is_unique
        and planned.min_bytes <= ISO_DATE_LENGTH
        and (planned.max_bytes is None or planned.max_bytes >= ISO_DATE_LENGTH)
    )


def passing_values(planned: FieldPlan) -> list[Any]:
    """List the allowed values, except null, that pass all other checks of a place too."""
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


def accepted_integers(planned: FieldPlan, observed: Observed) -> tuple[int, int]:
    """Return the least and the greatest integer that is accepted; 1 and 0 if none is.

    Where only integers pass, zero is on an edge: it may be written as `-0`, a float.
    """
    least, most = int_bounds(planned.low, planned.high)
    if float not in planned.kinds and not observed.has_edge_values:
        least, most = least or 1, most or -1
    return least, most


def float_edges(planned: FieldPlan, observed: Observed) -> tuple[Optional[float], Optional[float]]:
    """Return the floats below and above which an accepted float is certain only by its text.

    Each is None if the text of no accepted float needs a look on that side.
    """
    is_typed = planned.allowed is None and planned.kinds == NUMBERS and not planned.is_raw
    if not (is_typed and observed.has_edge_values):
        return None, None
    low, high = certain_low(planned.low), certain_high(planned.high)
    return (
        None if planned.low in (None, low) else low,
        None if planned.high in (None, high) else high,
    )
