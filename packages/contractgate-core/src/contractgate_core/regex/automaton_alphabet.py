"""The characters as one automaton sees them: those that no set of it tells apart are one symbol."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from contractgate_core.regex.classes import Ranges

__all__ = ["Alphabet"]

_MOST_REMEMBERED = 4_096


class Alphabet(dict[str, int]):
    """Gives each character its symbol, a number from 0; it remembers those that it was asked for.

    Attributes:
        size: How many symbols there are.
        members: For each of the sets, the symbols of the characters in it.
    """

    __slots__ = ("_starts", "_symbols", "members", "size")

    def __init__(self, sets: Sequence[Ranges]) -> None:
        super().__init__()
        self._starts: list[int] = []
        self._symbols: list[int] = []
        numbers: dict[frozenset[int], int] = {}
        members: list[set[int]] = [set() for _ in sets]
        around: set[int] = set()
        for point, changes in sorted(_boundaries(sets).items()):
            for index in changes:
                around ^= {index}
            symbol = numbers.setdefault(frozenset(around), len(numbers))
            for index in around:
                members[index].add(symbol)
            self._starts.append(point)
            self._symbols.append(symbol)
        self.size = len(numbers)
        self.members = [frozenset(symbols) for symbols in members]

    def __missing__(self, char: str) -> int:
        symbol = self._symbols[bisect_right(self._starts, ord(char)) - 1]
        if len(self) < _MOST_REMEMBERED:
            self[char] = symbol
        return symbol


def _boundaries(sets: Sequence[Ranges]) -> dict[int, list[int]]:
    """Return the code points at which sets begin or end, with the indexes of those that do."""
    boundaries: dict[int, list[int]] = defaultdict(list)
    boundaries[0] = []
    for index, ranges in enumerate(sets):
        for low, high in ranges:
            boundaries[low].append(index)
            boundaries[high + 1].append(index)
    return boundaries
