"""Violations that repeat: what is wrong with events is mostly wrong with many in the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contractgate_core.engine.exact import Check, Step
from contractgate_core.results import Violation

__all__ = ["remembering"]

_MOST_VALUES = 256
_LONGEST_TEXT = 1_024


def remembering(step: Step, path: str) -> Callable[[Any, list[Violation]], None]:
    """Make the check of a field's value that keeps what it found in short texts and in integers.

    It is called with a value that is there and the list to which violations are appended. Events
    share the violations, which are immutable; after so many values it begins anew. Of a field that
    holds personal values nothing is kept.

    Args:
        step: The checks of the field.
        path: The path of the field.
    """
    check = step.check_value
    if step.is_secret:
        return lambda value, out: check(value, path, out)
    texts: dict[str, list[Violation]] = {}
    integers: dict[int, list[Violation]] = {}

    def check_value(value: Any, out: list[Violation]) -> None:
        kind = type(value)
        # Numbers of other types may be equal, and are written in another way.
        known: Any = None
        if kind is int:
            known = integers
        elif kind is str and len(value) <= _LONGEST_TEXT:
            known = texts
        if known is None:
            check(value, path, out)
            return
        found = known.get(value)
        if found is None:
            found = _found(check, value, path)
            if len(known) >= _MOST_VALUES:
                known.clear()
            known[value] = found
        out.extend(found)

    return check_value


def _found(check: Check, value: object, path: str) -> list[Violation]:
    found: list[Violation] = []
    check(value, path, found)
    return found
