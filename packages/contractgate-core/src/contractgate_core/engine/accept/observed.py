"""What the events so far have shown of each place, from which the types are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Optional

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.engine.accept.bounds import ENDLESS, certain_high, certain_low
from contractgate_core.engine.accept.plan import FieldPlan

__all__ = ["Observed"]

_MOST_EXTRA = 64
_MOST_ELEMENTS = 64
_VARYING = -1


class Observed:
    """What the values at one place have been like.

    Reading is fastest if fields are declared in the order of the data. Undeclared keys must be read
    like the others, since msgspec does not check what it skips.

    Attributes:
        keys: The keys of objects, in their order.
        members: What was observed at each key.
        item: What was observed of array elements; None if there were none.
        length: How many elements all arrays have; None before the first array, negative if it
            varies.
        has_edge_values: Whether there were values that types cannot decide: numbers on an edge, and
            strings whose bytes must be counted. Until then, such values are not accepted.
        has_long_keys: Whether values about which the contract says nothing had keys as long as the
            reserved key. Until then, such values are not accepted.
    """

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.members: dict[str, Observed] = {}
        self.item: Optional[Observed] = None
        self.length: Optional[int] = None
        self.has_edge_values = False
        self.has_long_keys = False

    def learn(self, planned: FieldPlan, value: object) -> None:
        """Learn from an event that passed, or from its value at a place."""
        self.has_edge_values = self.has_edge_values or _is_on_edge(planned, value)
        self.has_long_keys = self.has_long_keys or any(
            map(_has_long_key, _unplanned_values(planned, value))
        )
        if type(value) is list and planned.item is not None:
            self.length = len(value) if self.length in (None, len(value)) else _VARYING
            self.item = self.item or Observed()
            for element in value[:_MOST_ELEMENTS]:
                self.item.learn(planned.item, element)
        elif type(value) is dict and planned.members is not None:
            self._learn_members(planned.members, value)

    def _learn_members(self, planned: Mapping[str, FieldPlan], value: dict[str, Any]) -> None:
        at = 0
        for key, member in value.items():
            if key in self.members:
                at = self.keys.index(key) + 1
            elif key in planned or len(self.keys) < len(planned) + _MOST_EXTRA:
                self.keys.insert(at, key)
                self.members[key] = Observed()
                at += 1
            if key in planned and key in self.members:
                self.members[key].learn(planned[key], member)

    def member(self, key: str) -> Observed:
        """Return what was observed at a key; it may be nothing yet."""
        return self.members.get(key) or Observed()

    def of_item(self) -> Observed:
        """Return what was observed of elements; it may be nothing yet."""
        return self.item or Observed()

    def accepts_long_keys(self) -> bool:
        """Return whether keys as long as the reserved key are accepted here or further inside."""
        inside = [*self.members.values(), *([] if self.item is None else [self.item])]
        return self.has_long_keys or any(one.accepts_long_keys() for one in inside)

    def is_in_order(self, event: Mapping[str, object]) -> bool:
        """Return whether the keys of an event come in the order of `keys`."""
        positions = [self.keys.index(key) for key in event if key in self.members]
        return positions == sorted(positions)


def _is_on_edge(planned: FieldPlan, value: object) -> bool:
    """Return whether a value that passed may not have been accepted, since it is on an edge."""
    if type(value) is float:
        low, high = certain_low(planned.low), certain_high(planned.high)
        return low is not None and high is not None and not low <= value <= high
    if type(value) is str:
        most = ENDLESS if planned.max_bytes is None else planned.max_bytes
        return not planned.min_bytes <= len(value) <= most // 4
    return type(value) is int and value == 0 and float not in planned.kinds


def _unplanned_values(planned: FieldPlan, value: object) -> Iterator[Any]:
    """List the values at a place, or in an object there, about which the contract says nothing."""
    if type(value) is list and planned.item is None:
        yield value
    elif type(value) is dict:
        members = planned.members
        yield from (
            [value]
            if members is None
            else (member for key, member in value.items() if key not in members)
        )


def _has_long_key(value: Any) -> bool:
    if type(value) is dict:
        return max(map(len, value), default=0) >= len(RESERVED_KEY) or any(
            map(_has_long_key, value.values())
        )
    return type(value) is list and any(map(_has_long_key, value))
