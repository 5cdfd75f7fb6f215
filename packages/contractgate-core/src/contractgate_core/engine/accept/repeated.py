"""Caches of checks, since most values repeat from event to event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from contractgate_core.engine.exact import Check
from contractgate_core.results import Violation

__all__ = ["LONGEST_CACHED_TEXT", "CheckCache", "CheckCaches", "FindIndexes", "skip_passed"]

FindIndexes = Callable[[Sequence[Any]], Sequence[int]]
"""Called with values of a field; returns the indexes of those that fail, in any order."""

_MOST_VALUES = 256
_MOST_PATHS = 64
LONGEST_CACHED_TEXT = 1_024
"""Longer texts must not be looked up, since hashing takes time in proportion to the length."""


class CheckCache(dict[Any, list[Violation]]):
    """The violations of a field's values, which are texts and integers.

    Looking up a new value checks it. Events share the violations, which are immutable. When the
    cache is full, it is emptied.

    Args:
        check: The check of the field.
        path: The path of the field.
    """

    def __init__(self, check: Check, path: str) -> None:
        super().__init__()
        self._check = check
        self._path = path

    def find(self, value: object) -> list[Violation]:
        """Check a value without keeping it."""
        found: list[Violation] = []
        self._check(value, self._path, found)
        return found

    def __missing__(self, value: Any) -> list[Violation]:
        found = self.find(value)
        if len(self) >= _MOST_VALUES:
            self.clear()
        self[value] = found
        return found


class CheckCaches(dict[str, CheckCache]):
    """A cache for each of some paths, such as those of an array's elements.

    Args:
        check: The check of the values at all these paths.
    """

    def __init__(self, check: Check) -> None:
        super().__init__()
        self._check = check

    def __missing__(self, path: str) -> CheckCache:
        if len(self) >= _MOST_PATHS:
            self.clear()
        self[path] = cache = CheckCache(self._check, path)
        return cache


def skip_passed(find: FindIndexes) -> FindIndexes:
    """Wrap a function that finds failing strings, so that it is not called if all passed before.

    If the strings are too many or too long to be kept, none are kept from then on.

    Args:
        find: Finds the failing strings.
    """
    passed: set[str] = set()
    is_worth_it = True

    def find_new(values: Sequence[Any]) -> Sequence[int]:
        nonlocal is_worth_it
        # Ends at the first new string.
        if is_worth_it and all(map(passed.__contains__, values)):
            return ()
        found = find(values)
        if is_worth_it and not found:
            new = set(values) - passed
            are_few = len(passed) + len(new) <= _MOST_VALUES
            is_worth_it = are_few and max(map(len, new), default=0) <= LONGEST_CACHED_TEXT
            if is_worth_it:
                passed.update(new)
            else:
                passed.clear()
        return found

    return find_new
