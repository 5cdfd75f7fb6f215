"""Values that repeat: what is right or wrong with one event is mostly so with many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from contractgate_core.engine.exact import Check
from contractgate_core.results import Violation

__all__ = ["LONGEST_TEXT", "FindIndexes", "Repeated", "new_ones"]

FindIndexes = Callable[[Sequence[Any]], Sequence[int]]
"""Called with values of a field; gives the indexes of those that fail, in any order."""

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


def new_ones(find: FindIndexes) -> FindIndexes:
    """Let what finds failing strings be asked only where some have not passed before.

    So many strings are remembered; where there are more, or long ones, none are from then on.

    Args:
        find: Finds the strings that fail.
    """
    passed: set[str] = set()
    is_worth_it = True

    def find_new(values: Sequence[Any]) -> Sequence[int]:
        nonlocal is_worth_it
        # Ends at the first one that is new.
        if is_worth_it and all(map(passed.__contains__, values)):
            return ()
        found = find(values)
        if is_worth_it and not found:
            new = set(values) - passed
            are_few = len(passed) + len(new) <= _MOST_VALUES
            is_worth_it = are_few and max(map(len, new), default=0) <= LONGEST_TEXT
            if is_worth_it:
                passed.update(new)
            else:
                passed.clear()
        return found

    return find_new
