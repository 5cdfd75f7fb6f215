"""The alphabet of one automaton: characters that are in the same sets share a symbol."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence

from contractgate_core.regex.classes import Ranges

__all__ = ["Alphabet"]

_MOST_REMEMBERED = 4_096


class Alphabet(dict[str, int]):
    """Maps each character to its symbol, a number from 0, and remembers the characters seen.

    Args:
        sets: The sets.
        take_room: Called with the number of further entries that it remembers.

    Attributes:
        size: How many symbols there are.
        sets: For each symbol, a mask of the sets that its characters are in.
    """

    __slots__ = ("_starts", "_symbols", "_take_room", "sets", "size")

    def __init__(
        self, sets: Sequence[Ranges], take_room: Callable[[int], None] = lambda _: None
    ) -> None:
        super().__init__()
        self._take_room = take_room
        self._starts: list[int] = []
        self._symbols: list[int] = []
        numbers: dict[int, int] = {}
        around = 0
        for point, changes in sorted(boundaries(sets).items()):
            for index in changes:
                around ^= 1 << index
            self._starts.append(point)
            self._symbols.append(numbers.setdefault(around, len(numbers)))
        self.size = len(numbers)
        self.sets = list(numbers)

    def __missing__(self, char: str) -> int:
        symbol = self._symbols[bisect_right(self._starts, ord(char)) - 1]
        if len(self) < _MOST_REMEMBERED:
            self._take_room(1)
            self[char] = symbol
        return symbol


def boundaries(sets: Sequence[Ranges]) -> dict[int, list[int]]:
    """Return the code points at which sets begin or end, each with the indexes of those sets."""
    found: dict[int, list[int]] = defaultdict(list)
    found[0] = []
    for index, ranges in enumerate(sets):
        for low, high in ranges:
            found[low].append(index)
            found[high + 1].append(index)
    return found
