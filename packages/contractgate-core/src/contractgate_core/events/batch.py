"""Batches of Python objects as the JSON array that is sent for them, at the speed of C.

`encode_event` walks every value in Python. Nearly all batches consist of JSON's own types, and for
these msgspec alone writes the same text; so it writes it, once a look at all values, in C too, has
shown that there is nothing else. On any doubt `encode_event` decides, and words the error.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Optional, Union, cast

import msgspec

from contractgate_core.events.encode import encode_event
from contractgate_core.events.reserved import says_reserved

__all__ = ["encode_batch"]

_encode = msgspec.json.Encoder().encode

_MOST = sys.float_info.max
_Finite = Annotated[float, msgspec.Meta(ge=-_MOST, le=_MOST)]  # no NaN, which would become null
_Small = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
_Scalar = Union[str, _Small, _Finite, bool, None]
_Inner = Union[_Scalar, list[_Scalar], dict[str, _Scalar]]
_Outer = Union[_Scalar, list[_Inner], dict[str, _Inner]]

_FLAT: Any = list[dict[str, _Scalar]]
_NESTED: Any = list[dict[str, _Outer]]


_ALIKE_FROM = 32
"""From so many events on it pays to ask whether all have the same keys."""

_MOST_KEYS = 200


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
    batch = events if isinstance(events, list) else list(events)
    if not _is_plain(batch):
        return encode_event(batch)
    try:
        body = _encode(batch)
    except (TypeError, ValueError):
        # A lone surrogate, or a subclass of a type that seemed to be one of JSON's own.
        return encode_event(batch)
    return encode_event(batch) if says_reserved(body) else body


def _is_plain(batch: list[Any]) -> bool:
    """Tell whether a batch has small values of JSON's own types, in a few levels, and no others.

    Decimals are taken for floats here, but are not written as such.
    """
    if _are_alike(batch):
        return True
    if _converted(batch, _FLAT) is not None:
        return True
    nested = _converted(batch, _NESTED)
    try:
        # Sets and tuples would be taken for lists, but are not equal to them.
        return nested is not None and bool(nested == batch)
    except Exception:  # as there
        return False


def _converted(batch: list[Any], kind: Any) -> Optional[list[Any]]:
    """Convert a batch to a type; None if it is none of it."""
    try:
        return cast("list[Any]", msgspec.convert(batch, kind))
    except Exception:  # a foreign object may raise anything when it is looked at
        return None


def _are_alike(batch: list[Any]) -> bool:
    """Tell whether all events have the keys of the first, and small values of JSON's own types.

    It is what `_FLAT` asks for, and twice as fast: structs are made faster than dicts.
    """
    if len(batch) < _ALIKE_FROM or type(batch[0]) is not dict or len(batch[0]) > _MOST_KEYS:
        return False
    keys = tuple(batch[0])
    rows = _rows(keys) if set(map(type, keys)) == {str} else None
    return rows is not None and _converted(batch, rows) is not None


@functools.lru_cache(maxsize=64)
def _rows(keys: tuple[str, ...]) -> Any:
    """Make the type of a list of objects with these keys; None if msgspec cannot have them."""
    names = {f"field_{number}": key for number, key in enumerate(keys)}
    try:
        row: Any = msgspec.defstruct(
            "Row",
            [(name, _Scalar) for name in names],
            rename=names,
            forbid_unknown_fields=True,
            gc=False,
        )
    except ValueError:  # a key that is not written as it stands
        return None
    return list[row]
