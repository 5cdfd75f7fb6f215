"""Whether values of a user's can be sent as they are, for all that no contract says of them."""

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

__all__ = ["ANY_LEVELS", "are_others_plain", "are_plain", "is_plain", "is_text"]

ANY_LEVELS = 8
_LOWEST, _HIGHEST = cast("float", certain_low(None)), cast("float", certain_high(None))


def is_text(text: str) -> bool:
    """Return whether a text has no lone surrogate, so that it can be sent."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def are_others_plain(declared: frozenset[str], value: dict[Any, Any]) -> bool:
    """Return whether undeclared keys and their values can be sent, and are read as they are."""
    return RESERVED_KEY not in value and all(
        type(key) is str and is_text(key) and is_plain(value[key])
        for key in value
        if key not in declared
    )


def are_plain(values: Sequence[object], levels: int = ANY_LEVELS) -> bool:
    """Return whether `is_plain` is true of all values."""
    return all(is_plain(value, levels) for value in values)


def is_plain(value: Any, levels: int = ANY_LEVELS) -> bool:
    """Return whether a value can be sent, and is read as it is, whatever else it is."""
    kind = type(value)
    if kind is str:
        return value.isascii() or is_text(value)
    if kind is int:
        return bool(INT64_LOW <= value <= INT64_HIGH)
    if kind is float:
        return bool(_LOWEST <= value <= _HIGHEST)
    if kind is list and levels:
        return are_plain(value, levels - 1)
    if kind is dict and levels:
        return RESERVED_KEY not in value and all(
            type(key) is str and is_text(key) and is_plain(member, levels - 1)
            for key, member in value.items()
        )
    return value is None or kind is bool
