"""Equality of JSON values, stricter than Python's."""

from __future__ import annotations

from typing import Any

__all__ = ["have_same_types"]


def have_same_types(left: Any, right: Any) -> bool:
    """Return whether two equal values are the same JSON: to Python, 1, 1.0 and True are equal.

    Args:
        left: A JSON value, or a tuple of them.
        right: A value that equals it.
    """
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return all(map(have_same_types, left, right))
    return not isinstance(left, dict) or all(have_same_types(left[key], right[key]) for key in left)
