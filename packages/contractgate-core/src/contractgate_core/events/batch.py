"""Batches of Python objects as the JSON array that is sent for them, at the speed of C.

`encode_event` walks every value in Python. Nearly all batches consist of JSON's own types, and for
these msgspec alone writes the same text; so it writes first, and what it cannot be trusted with is
then looked for in bulk. On any doubt `encode_event` decides, and words the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec

from contractgate_core.events.decode import MOST_LEVELS
from contractgate_core.events.encode import encode_event

__all__ = ["encode_batch"]

_encode = msgspec.json.Encoder().encode

_LEAVES = frozenset({str, int, float, bool, type(None)})
_LISTS = frozenset({list, tuple})
_PLAIN = _LEAVES | _LISTS | {dict}

# A float holds no integer of more digits than 309; so many digits in a row may be one.
_ANY_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_TOO_MANY_DIGITS = b"0" * 309


def encode_batch(events: Sequence[object]) -> bytes:
    """Write events as one JSON array: the body of an ingest request.

    Args:
        events: Python objects.

    Returns:
        Compact JSON in UTF-8: what `encode_event` makes of the list.

    Raises:
        EventEncodeError: Something in an event cannot be sent; `path` says where, such as
            `$[3].price`.
    """
    batch = list(events)
    try:
        text = _encode(batch)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return encode_event(batch)
    return text if _is_certain(batch, text) else encode_event(batch)


def _is_certain(batch: list[Any], text: bytes) -> bool:
    """Whether msgspec wrote what `encode_event` would: never true where that would refuse."""
    nulls = 0
    values = batch
    for _ in range(MOST_LEVELS):
        kinds = set(map(type, values))
        if not kinds <= _PLAIN:
            return False
        if type(None) in kinds:
            nulls += values.count(None)
        if kinds <= _LEAVES:
            # msgspec writes `null` for NaN; more nulls than None may also stand in texts.
            nulls_are_none = text.count(b"null") == nulls
            return nulls_are_none and _TOO_MANY_DIGITS not in text.translate(_ANY_DIGIT)
        values = _inner(values, kinds)
        if values is None:
            return False
    return False


def _inner(values: list[Any], kinds: set[type]) -> Any:
    """Give the values inside lists and objects; None if a key is more than a plain text."""
    inner: list[Any] = []
    if dict in kinds:
        objects = values if len(kinds) == 1 else [value for value in values if type(value) is dict]
        if not set(map(type, set(chain.from_iterable(objects)))) <= {str}:
            return None
        inner.extend(chain.from_iterable(map(dict.values, objects)))
    if not _LISTS.isdisjoint(kinds):
        is_one = kinds <= _LISTS
        lists = values if is_one else [value for value in values if type(value) in _LISTS]
        inner.extend(chain.from_iterable(lists))
    return inner
