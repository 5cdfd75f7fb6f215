"""What the gateway accepts in a contract although it cannot be meant.

That is an empty range, an empty list of allowed values, and a name that is declared twice. Whether
rules that are sound one by one can be kept together is not asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Union

import msgspec

from contractgate_core.contract.nodes import Nodes
from contractgate_core.contract.parts import FieldDefinition, MetricDefinition
from contractgate_core.contract.reading import Reading, shorten

__all__ = ["DOUBTS", "Doubt", "doubt_names", "doubts_of", "note_doubts"]


class Doubt(msgspec.Struct, frozen=True):
    """Something in a contract file that cannot be meant.

    Attributes:
        message: What it is.
        line: The line, from 1.
        column: The column in characters, from 1.
    """

    message: str
    line: int
    column: int


def _doubt_field(reading: Reading, node: int, field: FieldDefinition) -> None:
    """Remember what no value of a field can keep."""
    _doubt_range(reading, node, field)
    least, most = field.min_length, field.max_length
    if least is not None and most is not None and least > most:
        _doubt_bounds(reading, node, field.name, "min_length", "max_length")
    if field.allowed_values == ():
        message = f"`enum` is empty in `{shorten(field.name)}`"
        reading.doubt(message, _value(reading.nodes, node, "enum"))


def _doubt_range(
    reading: Reading, node: int, part: Union[FieldDefinition, MetricDefinition]
) -> None:
    """Remember a range of numbers that is empty."""
    if part.min is not None and part.max is not None and part.min > part.max:
        _doubt_bounds(reading, node, part.name, "min", "max")


def _doubt_bounds(reading: Reading, node: int, name: str, least: str, most: str) -> None:
    nodes = reading.nodes
    ends = _value(nodes, node, least), _value(nodes, node, most)
    low, high = (shorten(nodes.texts[nodes.resolve(end)]) for end in ends)
    reading.doubt(f"`{least}` {low} is above `{most}` {high} in `{shorten(name)}`", ends[0])


def _value(nodes: Nodes, node: int, key: str) -> int:
    """Find the value of a key; the mapping itself stands for one that it does not have."""
    value = nodes.value(node, key)
    return node if value is None else value


DOUBTS: dict[type[msgspec.Struct], Callable[[Reading, int, Any], None]] = {
    FieldDefinition: _doubt_field,
    MetricDefinition: _doubt_range,
}
"""What remembers, of each kind of part, what cannot be meant: of a part and its node."""


def doubt_names(reading: Reading, node: int, fields: Sequence[FieldDefinition]) -> None:
    """Remember which fields of one object have a name that an earlier one has."""
    names = {field.name for field in fields}
    if len(names) == len(fields):
        return
    child = node + 1
    for field in fields:
        if field.name in names:
            names.remove(field.name)
        else:
            reading.doubt(f"the field `{shorten(field.name)}` is declared again", child)
        child = reading.nodes.after(child)


def note_doubts(contract: msgspec.Struct, nodes: Nodes, found: Iterable[tuple[int, str]]) -> None:
    """Remember the doubts about a contract that was just read.

    Args:
        contract: The contract.
        nodes: What it was read from.
        found: The node and the message of each.
    """
    different = dict.fromkeys(found)  # what an alias repeats in another role is read again
    places = nodes.places(node for node, _ in different)
    doubts = [Doubt(message, *places[node]) for node, message in different]
    ordered = tuple(sorted(doubts, key=lambda doubt: (doubt.line, doubt.column)))
    msgspec.structs.force_setattr(contract, "_doubts", ordered)


def doubts_of(contract: Any) -> tuple[Doubt, ...]:
    """Look up the doubts about a contract; there are none about one that was made in code."""
    doubts: tuple[Doubt, ...] = getattr(contract, "_doubts", ())
    return doubts
