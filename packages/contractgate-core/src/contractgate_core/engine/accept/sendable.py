"""Whether Python values can be sent as they are, wherever the contract says nothing about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.engine.accept.bounds import (
    INT64_HIGH,
    INT64_LOW,
    certain_high,
    certain_low,
)

__all__ = ["ANY_LEVELS", "are_others_sendable", "are_sendable", "is_sendable", "is_sendable_text"]

ANY_LEVELS = 8
_LOWEST, _HIGHEST = cast("float", certain_low(None)), cast("float", certain_high(None))


def is_sendable_text(text: str) -> bool:
    """Return whether a text can be sent, which one with a lone surrogate cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def are_others_sendable(declared: frozenset[str], value: dict[Any, Any]) -> bool:
    """Return whether undeclared keys and their values can be sent, and are read back unchanged."""
    return RESERVED_KEY not in value and all(
        type(key) is str and is_sendable_text(key) and is_sendable(value[key])
        for key in value
        if key not in declared
    )


def are_sendable(values: Sequence[object], levels: int = ANY_LEVELS) -> bool:
    """Return whether `is_sendable` is true for all values."""
    return all(is_sendable(value, levels) for value in values)


def is_sendable(value: Any, levels: int = ANY_LEVELS) -> bool:
    """Return whether a value can be sent, and is read back unchanged."""
    kind = type(value)
    if kind is str:
        return value.isascii() or is_sendable_text(value)
    if kind is int:
        return bool(INT64_LOW <= value <= INT64_HIGH)
    if kind is float:
        return bool(_LOWEST <= value <= _HIGHEST)
    if kind is list and levels:
        return are_sendable(value, levels - 1)
    if kind is dict and levels:
        return RESERVED_KEY not in value and all(
            type(key) is str and is_sendable_text(key) and is_sendable(member, levels - 1)
            for key, member in value.items()
        )
    return value is None or kind is bool
