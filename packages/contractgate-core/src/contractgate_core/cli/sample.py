"""A sample event that a contract accepts, unless that takes more than a simple one."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from contractgate_core.contract.model import Contract, FieldDefinition, FieldType
from contractgate_core.errors import ContractGateError
from contractgate_core.regex.parse import parse
from contractgate_core.regex.tree import (
    Alternate,
    Chars,
    Literal,
    Node,
    Repeat,
    fold,
)

__all__ = ["sample_event"]

_MOST_LEVELS = 10
_MOST_CHARACTERS = 200
_LIKED = [*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1), *range(33, 127)]
"""Characters to use for a class that has one of them; the first one counts."""


def sample_event(contract: Contract) -> dict[str, Any]:
    """Make an event with all required fields.

    Types, bounds, lengths, lists of values and most patterns are respected; rules about several
    fields, or about time, are not. The engine must decide whether the event passes.
    """
    return _object(contract.ontology.entities, _MOST_LEVELS)


def _object(fields: Sequence[FieldDefinition], levels: int) -> dict[str, Any]:
    return {field.name: _value(field, levels - 1) for field in fields if field.required}


def _value(field: FieldDefinition, levels: int) -> Any:
    if field.allowed_values:
        return field.allowed_values[0]
    kind = field.field_type
    if kind in (FieldType.STRING, FieldType.DATE):
        return _text(field)
    if kind in (FieldType.INTEGER, FieldType.FLOAT):
        return _number(field)
    if kind is FieldType.OBJECT:
        return _object(field.properties or (), levels) if levels > 0 else {}
    if kind is FieldType.ARRAY:
        return [] if field.items is None or levels <= 0 else [_value(field.items, levels - 1)]
    return True


def _number(field: FieldDefinition) -> Any:
    """Return 1, or the nearest number within the bounds."""
    number: Any = 1
    if field.min is not None:
        number = max(number, field.min)
    if field.max is not None:
        number = min(number, field.max)
    is_whole = field.field_type is FieldType.INTEGER and abs(number) < 2**53
    return -int(-number // 1) if is_whole else float(number)


def _text(field: FieldDefinition) -> str:
    text = "2024-04-01" if field.field_type is FieldType.DATE else "a"
    if field.pattern is not None:
        with contextlib.suppress(ContractGateError):  # A contract that compiles raises nothing.
            text = fold(parse(field.pattern), _written)
    missing = (field.min_length or 0) - len(text.encode())
    if 0 < missing <= _MOST_CHARACTERS:
        text += text[-1:] * missing if field.pattern else "a" * missing
    return text


def _written(node: Node, parts: list[str]) -> str:
    """Write a text that matches a part of a pattern."""
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, Chars):
        return _character(node)
    if isinstance(node, Repeat):
        return (parts[0] * min(node.low, _MOST_CHARACTERS))[:_MOST_CHARACTERS]
    if isinstance(node, Alternate):
        return parts[0]
    return "".join(parts)[:_MOST_CHARACTERS]


def _character(node: Chars) -> str:
    for code in _LIKED:
        if any(first <= code <= last for first, last in node.ranges):
            return chr(code)
    return chr(node.ranges[0][0]) if node.ranges else ""
