"""A contract as msgspec types that decode an event only if it passes all but a few checks.

Where msgspec and the gateway differ is in docs/spec/validation.md, section 10.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta

from contractgate_core.engine.accept.approximate import SHORT_KEY, any_value_type
from contractgate_core.engine.accept.bounds import ENDLESS, certain_high, certain_low
from contractgate_core.engine.accept.limits import (
    accepted_integers,
    float_edges,
    is_decoded_as_date,
    passing_values,
)
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.plan import FieldPlan, Inexpressible

__all__ = ["attribute", "event_type", "is_plain_key", "ordered_keys"]

_ANY_LEVELS = 3
_FIXED_LENGTHS = range(2, 65)
_SURELY_LONG = 2**40
# To a type checker, types that are made at run time are values.
_LIST: Any = list
_TUPLE: Any = tuple
_DICT: Any = dict
_UNION: Any = Union
_NEVER = Annotated[int, Meta(ge=1, le=0)]


def attribute(index: int) -> str:
    """Return the name of the attribute for the member of an object with that index."""
    return f"f{index}"


def event_type(root: FieldPlan, observed: Observed, *, is_plain: bool) -> Any:
    """Make the type of an event.

    Args:
        root: The plan of the whole event.
        observed: What the events so far have shown.
        is_plain: Whether the texts are plain, so that a string has as many characters as bytes.
            Otherwise strings that are too short or too long in bytes may be decoded.

    Raises:
        Inexpressible: A key cannot be the key of a struct.
    """
    return _struct(root, observed, is_plain)


def _struct(planned: FieldPlan, observed: Observed, is_plain: bool) -> Any:
    members = planned.members or {}
    attributes = {key: attribute(index) for index, key in enumerate(members)}
    fields: dict[str, tuple[Any, ...]] = {}
    for key, member in members.items():
        made = _type(member, observed.member(key), is_plain)
        fields[key] = (attributes[key], made) if member.required else (attributes[key], made, None)
    if planned.is_open:
        extra = (key for key in observed.keys if key not in members and is_plain_key(key))
        value = _any(observed)
        fields.update((key, (f"x{index}", value, None)) for index, key in enumerate(extra))
    if not all(map(is_plain_key, members)):
        raise Inexpressible("a key that JSON writes with an escape")
    return msgspec.defstruct(
        "Event",
        [fields[key] for key in ordered_keys(list(members), observed.keys) if key in fields],
        rename={field[0]: key for key, field in fields.items()},
        # Skipped values would not be checked.
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def is_plain_key(key: str) -> bool:
    """Return whether a key is written in JSON as it is, as the keys of structs must be."""
    return '"' not in key and "\\" not in key and all(char >= " " for char in key)


def ordered_keys(declared: list[str], keys: list[str]) -> list[str]:
    """Add to the keys that were seen the declared ones that were not, each after its neighbour."""
    ordered = list(keys)
    for before, key in zip(["", *declared], declared):
        if key not in ordered:
            ordered.insert(ordered.index(before) + 1 if before in ordered else 0, key)
    return ordered


def _type(planned: FieldPlan, observed: Observed, is_plain: bool) -> Any:
    if planned.is_raw:
        return msgspec.Raw
    parts = list(_parts(planned, observed, is_plain)) or [_NEVER]
    return _UNION[tuple([*parts, None] if planned.nullable else parts)]


def _parts(planned: FieldPlan, observed: Observed, is_plain: bool) -> Iterator[Any]:
    """List the types of the values that pass, except null."""
    if planned.allowed is not None:
        values = passing_values(planned)
        if values:
            yield Literal[tuple(values)]
        return
    if bool in planned.kinds:
        yield bool
    yield from _numbers(planned, observed)
    if str in planned.kinds:
        yield datetime.date if is_decoded_as_date(planned) else _string(planned, observed, is_plain)
    if list in planned.kinds:
        yield (
            _LIST[_any(observed)]
            if planned.item is None
            else _array(planned.item, observed, is_plain)
        )
    if dict in planned.kinds:
        yield (
            _open_object(observed)
            if planned.members is None
            else _struct(planned, observed, is_plain)
        )


def _open_object(observed: Observed) -> Any:
    return _DICT[str if observed.has_long_keys else SHORT_KEY, _any(observed)]


def _any(observed: Observed) -> Any:
    """Make the type of values inside a place about which the contract says nothing."""
    return any_value_type(_ANY_LEVELS, str if observed.has_long_keys else SHORT_KEY)


def _array(item: FieldPlan, observed: Observed, is_plain: bool) -> Any:
    """Make the type of the arrays that `observed` describes."""
    made, length = _type(item, observed.of_item(), is_plain), observed.length or 0
    # A sequence of known length is read faster.
    if length in _FIXED_LENGTHS and not item.kinds & {list, dict}:
        return _TUPLE[(made,) * length]
    return _LIST[made]


def _numbers(planned: FieldPlan, observed: Observed) -> Iterator[Any]:
    if int not in planned.kinds:
        return
    least, most = accepted_integers(planned, observed)
    whole = Annotated[int, Meta(ge=least, le=most)]
    if float not in planned.kinds:
        yield whole
        return
    low, high = certain_low(planned.low), certain_high(planned.high)
    is_exact = low == planned.low and high == planned.high
    # An integer at a bound is certain even where a float is not.
    if not is_exact and (planned.low is not None or planned.high is not None) and least <= most:
        yield whole
    low_edge, high_edge = float_edges(planned, observed)
    low = low if low_edge is None else planned.low
    high = high if high_edge is None else planned.high
    if low is not None and high is not None and low <= high:
        yield Annotated[float, Meta(ge=low, le=high)]


def _string(planned: FieldPlan, observed: Observed, is_plain: bool) -> Any:
    least, most = planned.min_bytes, ENDLESS if planned.max_bytes is None else planned.max_bytes
    # A character has at most four bytes, and one byte in a plain text.
    if not is_plain and observed.has_edge_values:
        least = (least + 3) // 4
    elif not is_plain:
        most = most // 4
    low = max(least, planned.min_chars)
    high = most if planned.max_chars is None else min(most, planned.max_chars)
    if low >= ENDLESS or low > high:
        return _NEVER
    return Annotated[str, Meta(min_length=low, max_length=high if high < _SURELY_LONG else None)]
