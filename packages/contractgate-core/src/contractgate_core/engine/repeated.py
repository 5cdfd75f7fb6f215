"""Violations that repeat: what is wrong with events is mostly wrong with many in the same way."""

from __future__ import annotations

from typing import Any

from contractgate_core.engine.exact import Check
from contractgate_core.results import Violation

__all__ = ["LONGEST_TEXT", "Repeated"]

_MOST_VALUES = 256
LONGEST_TEXT = 1_024
"""Longer texts are not to be looked up, since that takes as long as they are."""


class Repeated(dict[Any, list[Violation]]):
    """What the check of a field finds in its values, which are all of one immutable type.

    To look a value up checks it, unless it has been looked up before. Events share the violations,
    which are immutable; after so many values it begins anew.

    Args:
        check: The check.
        path: The path of the field.
    """

    def __init__(self, check: Check, path: str) -> None:
        super().__init__()
        self._check = check
        self._path = path

    def find(self, value: object) -> list[Violation]:
        """Check a value, and keep nothing."""
        found: list[Violation] = []
        self._check(value, self._path, found)
        return found

    def __missing__(self, value: Any) -> list[Violation]:
        found = self.find(value)
        if len(self) >= _MOST_VALUES:
            self.clear()
        self[value] = found
        return found
