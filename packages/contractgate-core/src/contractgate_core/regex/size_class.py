"""The cost of a set of characters in the gateway's program, counted as its compiler builds it.

A set beyond ASCII becomes states over the bytes of UTF-8. The compiler shares equal states through
a table of fixed size, in which a newer entry displaces an older one. The slot of an entry depends
on the numbers of the states, so the cost of a set varies a little with its position.

Source: the crate regex-automata 0.4, nfa/thompson/{compiler,map}.rs, and regex-syntax 0.8.5,
utf8.rs: `Utf8Compiler`, `Utf8BoundedMap`, `Utf8SuffixMap`, `Utf8Sequences`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from contractgate_core.regex.classes import Ranges

__all__ = ["BYTES_OF_STATE", "Cost", "SetCost", "is_ascii"]

BYTES_OF_STATE = 32

_PLACES = range(1, 300_000, 29_989)
_LEAST_MARGIN = 100

_FORWARD_SLOTS = 10_000
_BACKWARD_SLOTS = 1_000
_LAST_OF_LENGTH = (0x7F, 0x7FF, 0xFFFF)
_HASH_START, _HASH_PRIME, _HASH_MASK = 14695981039346656037, 1099511628211, 2**64 - 1

_ByteRange = tuple[int, int]
_Transition = tuple[int, int, int]


class Cost(NamedTuple):
    """The cost of a part of a program.

    Attributes:
        states: How many states.
        heap: How many bytes there are beside the states themselves.
    """

    states: int
    heap: int


def is_ascii(ranges: Ranges) -> bool:
    """Return whether a set has only ASCII characters; the empty set counts."""
    return not ranges or ranges[-1][1] <= 0x7F


class SetCost:
    """The costs of one set beyond ASCII in both programs, by its position.

    Args:
        ranges: The set.
    """

    def __init__(self, ranges: Ranges) -> None:
        self._sequences = _sequences(ranges)
        self._at_start = (self._forward(0), self._backward(0))

    def at_start(self, *, is_backward: bool) -> Cost:
        """Return its cost at the very start of a program."""
        return self._at_start[is_backward]

    def at(self, first: int, *, is_backward: bool) -> Cost:
        """Count its cost if its first state has this number."""
        return self._backward(first) if is_backward else self._forward(first)

    def bounds(self, *, is_backward: bool) -> tuple[Cost, Cost]:
        """Estimate the lower and the upper bound of its average cost over many positions.

        They are taken from a few positions, and widened by as much as these differ.
        """
        costs = [self.at(first, is_backward=is_backward) for first in _PLACES]
        sizes = [BYTES_OF_STATE * cost.states + cost.heap for cost in costs]
        least, most = min(sizes), max(sizes)
        margin = most - least + most // _LEAST_MARGIN
        return Cost(0, least - margin), Cost(0, most + margin)

    def _forward(self, first: int) -> Cost:
        trie = _Utf8Trie(first)
        for sequence in self._sequences:
            trie.add(sequence)
        return trie.finish()

    def _backward(self, first: int) -> Cost:
        end_of_all, states = first + 1, 2
        slots: dict[int, tuple[_Transition, int]] = {}
        for sequence in self._sequences:
            end = end_of_all
            for low, high in sequence:
                key = (end, low, high)
                slot = _hash(key) % _BACKWARD_SLOTS
                known = slots.get(slot)
                if known is not None and known[0] == key:
                    end = known[1]
                else:
                    end = first + states
                    states += 1
                    slots[slot] = (key, end)
        return Cost(states, 4 * len(self._sequences))


class _Utf8Trie:
    """Builds the states of a set from its sequences of bytes, in order (Daciuk's algorithm).

    The path to the last sequence is open; states that left it are shared through the slots.
    """

    def __init__(self, first: int) -> None:
        self._target = first
        self._cost = Cost(1, 0)
        self._slots: dict[int, tuple[list[_Transition], int]] = {}
        self._open: list[list[_Transition]] = [[]]
        self._path: list[_ByteRange] = []

    def add(self, sequence: tuple[_ByteRange, ...]) -> None:
        shared = 0
        while shared < len(self._path) and self._path[shared] == sequence[shared]:
            shared += 1
        self._close(shared)
        self._path.extend(sequence[shared:])
        self._open.extend([] for _ in sequence[shared + 1 :])

    def finish(self) -> Cost:
        self._close(0)
        self._state_of(self._open[0])
        return self._cost

    def _close(self, kept: int) -> None:
        """Turn the path beyond its first `kept` steps into states."""
        after = self._target
        while len(self._path) > kept:
            transitions = self._open[len(self._path) - 1]
            transitions.append((*self._path.pop(), after))
            if len(self._path) > kept:
                after = self._state_of(self._open.pop())

    def _state_of(self, transitions: list[_Transition]) -> int:
        slot = _hash([number for transition in transitions for number in transition])
        slot %= _FORWARD_SLOTS
        known = self._slots.get(slot)
        if known is not None and known[0] == transitions:
            return known[1]
        number = self._target + self._cost.states
        self._cost = Cost(self._cost.states + 1, self._cost.heap + 8 * len(transitions))
        self._slots[slot] = (transitions, number)
        return number


def _hash(numbers: tuple[int, ...] | list[int]) -> int:
    """Hash as FNV-1a does, one number at a time."""
    value = _HASH_START
    for number in numbers:
        value = ((value ^ number) * _HASH_PRIME) & _HASH_MASK
    return value


def _sequences(ranges: Ranges) -> tuple[tuple[_ByteRange, ...], ...]:
    """Return the sequences of byte ranges that are the UTF-8 of a set, in order."""
    return tuple(sequence for low, high in ranges for sequence in _split(low, high))


def _split(low: int, high: int) -> Iterator[tuple[_ByteRange, ...]]:
    waiting = [(low, high)]
    while waiting:
        low, high = waiting.pop()
        if low > high:
            continue
        middle = _break(low, high)
        if middle is None:
            starts, ends = chr(low).encode(), chr(high).encode()
            yield tuple(zip(starts, ends))
        else:
            waiting.append((middle[1], high))
            waiting.append((low, middle[0]))


def _break(low: int, high: int) -> _ByteRange | None:
    """Return where a range must be split: the end of its first part, and the start of the rest."""
    if low < 0xE000 and high > 0xD7FF:
        return 0xD7FF, 0xE000
    for last in _LAST_OF_LENGTH:
        if low <= last < high:
            return last, last + 1
    if high <= 0x7F:
        return None
    for bits in (6, 12, 18):
        mask = (1 << bits) - 1
        if low & ~mask != high & ~mask:
            if low & mask:
                return low | mask, (low | mask) + 1
            if high & mask != mask:
                return (high & ~mask) - 1, high & ~mask
    return None
