"""A contract as msgspec types that decode an event only if it conforms, but for a few checks.

Source of the traps: docs/spec/validation.md, section 10.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Optional, Union

import msgspec
from msgspec import Meta

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.engine.accept.approximate import SHORT_KEY, any_value
from contractgate_core.engine.accept.bounds import certain_high, certain_low, int_bounds
from contractgate_core.engine.accept.plan import NUMBERS, FieldPlan, Inexpressible
from contractgate_core.engine.dates import is_calendar_date

__all__ = [
    "KeyOrder",
    "attribute",
    "event_type",
    "float_edges",
    "is_decoded_as_date",
    "passing",
    "reads_long_keys",
    "utf8_length",
    "whole_numbers",
]

_ANY_LEVELS = 3
_MOST_EXTRA = 64
_MOST_ELEMENTS = 64
_FIXED_LENGTHS = range(2, 65)
_VARYING = -1
_ISO_DATE_BYTES = len("2024-01-01")
_ENDLESS = 2**62
_SURELY_LONG = 2**40
# Types that are put together at run time are values to a type checker.
_LIST: Any = list
_TUPLE: Any = tuple
_DICT: Any = dict
_UNION: Any = Union
_NEVER = Annotated[int, Meta(ge=1, le=0)]


class KeyOrder:
    """Which keys the objects at one place have, in the order in which the data has them.

    Reading is fastest where fields are declared in the order of the data; and keys that nobody
    declared must be read like the others, since what msgspec skips it does not check.

    Attributes:
        keys: The keys in their order.
        inside: What was seen at each of them.
        length: How many elements the arrays there have; _VARYING if not all have as many.
    """

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.inside: dict[str, KeyOrder] = {}
        self.length: Optional[int] = None

    def learn(self, planned: FieldPlan, value: object) -> None:
        """Take in an event, or a part of it that stands at a place."""
        if _is_on_edge(planned, value):
            planned.has_edge_values = True
        if not planned.has_long_keys and any(map(_has_long_key, _unplanned(planned, value))):
            planned.has_long_keys = True
        if type(value) is list and planned.item is not None:
            self.length = len(value) if self.length in (None, len(value)) else _VARYING
            for element in value[:_MOST_ELEMENTS]:
                self.learn(planned.item, element)
        if type(value) is not dict or planned.members is None:
            return
        place = 0
        for key, member in value.items():
            if key in self.inside:
                place = self.keys.index(key) + 1
            elif key in planned.members or len(self.keys) < len(planned.members) + _MOST_EXTRA:
                self.keys.insert(place, key)
                self.inside[key] = KeyOrder()
                place += 1
            if key in planned.members and key in self.inside:
                self.inside[key].learn(planned.members[key], member)

    def is_in_order(self, event: Mapping[str, object]) -> bool:
        """Tell whether an event's own keys come in this order."""
        places = [self.keys.index(key) for key in event if key in self.inside]
        return places == sorted(places)


def attribute(index: int) -> str:
    """Name the attribute of the member with that index among its object's members."""
    return f"f{index}"


def event_type(root: FieldPlan, key_order: KeyOrder, *, is_plain: bool) -> Any:
    """Make the type of an event.

    Args:
        root: The place of the whole event.
        key_order: The keys of earlier events, in their order.
        is_plain: The texts to be read are ASCII without escapes, so that a string has as many
            characters as bytes. Otherwise strings may be too short or too long by their bytes.

    Raises:
        Inexpressible: A key cannot be the key of a struct.
    """
    return _struct(root, key_order, is_plain)


def reads_long_keys(planned: FieldPlan) -> bool:
    """Return whether there may be the reserved key in what is read at a place, or inside it."""
    inside = [*(planned.members or {}).values(), *([] if planned.item is None else [planned.item])]
    return planned.has_long_keys or any(map(reads_long_keys, inside))


def is_decoded_as_date(planned: FieldPlan) -> bool:
    """Tell whether msgspec checks that a string is a date; it takes the long form alone."""
    return (
        planned.is_date
        and planned.pattern is None
        and planned.allowed is None
        and not planned.is_unique
        and planned.min_bytes <= _ISO_DATE_BYTES
        and (planned.max_bytes is None or planned.max_bytes >= _ISO_DATE_BYTES)
    )


def utf8_length(text: str) -> int:
    """Count the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def _struct(planned: FieldPlan, key_order: KeyOrder, is_plain: bool) -> Any:
    members = planned.members or {}
    attributes = {key: attribute(index) for index, key in enumerate(members)}
    fields: dict[str, tuple[Any, ...]] = {}
    for key, member in members.items():
        made = _type(member, key_order.inside.get(key) or KeyOrder(), is_plain)
        fields[key] = (attributes[key], made) if member.required else (attributes[key], made, None)
    if planned.is_open:
        extra = (key for key in key_order.keys if key not in members and _is_writable(key))
        value = _any(planned)
        fields.update((key, (f"x{index}", value, None)) for index, key in enumerate(extra))
    if not all(map(_is_writable, members)):
        raise Inexpressible("a key that JSON writes with an escape")
    return msgspec.defstruct(
        "Event",
        [fields[key] for key in _ordered(list(members), key_order.keys) if key in fields],
        rename={field[0]: key for key, field in fields.items()},
        # What is skipped is not checked, so nothing may be.
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def _is_writable(key: str) -> bool:
    return '"' not in key and "\\" not in key and all(char >= " " for char in key)


def _ordered(declared: list[str], key_order: list[str]) -> list[str]:
    """Put keys that were not seen yet behind their neighbour in the contract."""
    ordered = list(key_order)
    for before, key in zip(["", *declared], declared):
        if key not in ordered:
            ordered.insert(ordered.index(before) + 1 if before in ordered else 0, key)
    return ordered


def _type(planned: FieldPlan, key_order: KeyOrder, is_plain: bool) -> Any:
    if planned.is_raw:
        return msgspec.Raw
    parts = list(_parts(planned, key_order, is_plain)) or [_NEVER]
    return _UNION[tuple([*parts, None] if planned.nullable else parts)]


def _parts(planned: FieldPlan, key_order: KeyOrder, is_plain: bool) -> Iterator[Any]:
    """List the types of the values that pass, but for null."""
    if planned.allowed is not None:
        values = passing(planned)
        if values:
            yield Literal[tuple(values)]
        return
    if bool in planned.kinds:
        yield bool
    yield from _numbers(planned)
    if str in planned.kinds:
        yield datetime.date if is_decoded_as_date(planned) else _string(planned, is_plain)
    if list in planned.kinds:
        yield (
            _LIST[_any(planned)]
            if planned.item is None
            else _array(planned.item, key_order, is_plain)
        )
    if dict in planned.kinds:
        yield (
            _open_object(planned)
            if planned.members is None
            else _struct(planned, key_order, is_plain)
        )


def _open_object(planned: FieldPlan) -> Any:
    return _DICT[str if planned.has_long_keys else SHORT_KEY, _any(planned)]


def _any(planned: FieldPlan) -> Any:
    """Make the type of the values at a place of which the contract says nothing."""
    return any_value(_ANY_LEVELS, str if planned.has_long_keys else SHORT_KEY)


def _array(item: FieldPlan, key_order: KeyOrder, is_plain: bool) -> Any:
    made, length = _type(item, key_order, is_plain), key_order.length or 0
    # A list of a length that is known beforehand is read faster.
    if length in _FIXED_LENGTHS and not item.kinds & {list, dict}:
        return _TUPLE[(made,) * length]
    return _LIST[made]


def passing(planned: FieldPlan) -> list[Any]:
    """List the values of an enum that pass all other checks too, but for null."""
    return [value for value in planned.allowed or () if _passes(planned, value)]


def _passes(planned: FieldPlan, value: Any) -> bool:
    """Tell whether a value of an enum passes all other checks."""
    if type(value) not in planned.kinds:
        return False
    if type(value) is int:
        above = planned.low is None or float(value) >= planned.low
        return above and (planned.high is None or float(value) <= planned.high)
    size = utf8_length(value)
    return (
        planned.min_bytes <= size
        and (planned.max_bytes is None or size <= planned.max_bytes)
        and (planned.pattern is None or planned.pattern.search(value))
        and (not planned.is_date or is_calendar_date(value))
    )


def whole_numbers(planned: FieldPlan) -> tuple[int, int]:
    """Tell between which integers one at a place must be; 1 and 0 if there is none.

    Where only integers pass, a nought is on the edge: it may be written as `-0`, which is none.
    """
    least, most = int_bounds(planned.low, planned.high)
    if float not in planned.kinds and not planned.has_edge_values:
        least, most = least or 1, most or -1
    return least, most


def float_edges(planned: FieldPlan) -> tuple[Optional[float], Optional[float]]:
    """Tell beyond which floats, downwards and upwards, the text of one must be looked at.

    Each is None if no float is accepted that needs it.
    """
    is_typed = planned.allowed is None and planned.kinds == NUMBERS and not planned.is_raw
    if not (is_typed and planned.has_edge_values):
        return None, None
    low, high = certain_low(planned.low), certain_high(planned.high)
    return None if planned.low in (None, low) else low, None if planned.high in (
        None,
        high,
    ) else high


def _is_on_edge(planned: FieldPlan, value: object) -> bool:
    """Tell whether a value that passed may not have been accepted for where it stands."""
    if type(value) is float:
        low, high = certain_low(planned.low), certain_high(planned.high)
        return low is not None and high is not None and not low <= value <= high
    if type(value) is str:
        most = _ENDLESS if planned.max_bytes is None else planned.max_bytes
        return not planned.min_bytes <= len(value) <= most // 4
    return type(value) is int and value == 0 and float not in planned.kinds


def _numbers(planned: FieldPlan) -> Iterator[Any]:
    if int not in planned.kinds:
        return
    least, most = whole_numbers(planned)
    whole = Annotated[int, Meta(ge=least, le=most)]
    if float not in planned.kinds:
        yield whole
        return
    low, high = certain_low(planned.low), certain_high(planned.high)
    is_exact = low == planned.low and high == planned.high
    # An integer as large as a bound is certain even where a float is not.
    if not is_exact and (planned.low is not None or planned.high is not None) and least <= most:
        yield whole
    low_edge, high_edge = float_edges(planned)
    low = low if low_edge is None else planned.low
    high = high if high_edge is None else planned.high
    if low is not None and high is not None and low <= high:
        yield Annotated[float, Meta(ge=low, le=high)]


def _string(planned: FieldPlan, is_plain: bool) -> Any:
    least, most = planned.min_bytes, _ENDLESS if planned.max_bytes is None else planned.max_bytes
    # A character has at most four bytes, and in a plain text one.
    if not is_plain and planned.has_edge_values:
        least = (least + 3) // 4
    elif not is_plain:
        most = most // 4
    low = max(least, planned.min_chars)
    high = most if planned.max_chars is None else min(most, planned.max_chars)
    if low >= _ENDLESS or low > high:
        return _NEVER
    return Annotated[str, Meta(min_length=low, max_length=high if high < _SURELY_LONG else None)]


def _unplanned(planned: FieldPlan, value: object) -> Iterator[Any]:
    """List the values at a place, or in an object there, of which the contract says nothing."""
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
