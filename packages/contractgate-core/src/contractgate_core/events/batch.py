"""Batches of Python objects as the JSON array that is sent for them, at the speed of C.

`encode_event` walks every value in Python. Nearly all batches consist of JSON's own types, for
which msgspec alone writes the same text. So msgspec writes them, after a check, in C too, that
there are no other values. In doubt `encode_event` decides, and words the error.
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
"""From this many events on it pays to ask whether all have the same keys."""

_MOST_KEYS = 200


def encode_batch(events: Sequence[object]) -> bytes:
    """Write events as one JSON array: the body of an ingest request.

    Args:
        events: Python objects.

    Returns:
        Compact JSON in UTF-8: what `encode_event` returns for the list.

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
        # A lone surrogate, or a subclass of one of JSON's own types.
        return encode_event(batch)
    return encode_event(batch) if says_reserved(body) else body


def _is_plain(batch: list[Any]) -> bool:
    """Return whether a batch has only small values of JSON's own types, in a few levels.

    Decimals pass as floats here, but are not written as floats.
    """
    if _are_alike(batch):
        return True
    if _converted(batch, _FLAT) is not None:
        return True
    nested = _converted(batch, _NESTED)
    try:
        # Sets and tuples are converted to lists, but are not equal to them.
        return nested is not None and bool(nested == batch)
    except Exception:  # as there
        return False


def _converted(batch: list[Any], kind: Any) -> Optional[list[Any]]:
    """Convert a batch to a type; return None if it does not fit."""
    try:
        return cast("list[Any]", msgspec.convert(batch, kind))
    except Exception:  # a foreign object's own code may raise anything
        return None


def _are_alike(batch: list[Any]) -> bool:
    """Return whether all events have the first one's keys, and small values of JSON's own types.

    This checks the same as `_FLAT`, twice as fast: structs are made faster than dicts.
    """
    if len(batch) < _ALIKE_FROM or type(batch[0]) is not dict or len(batch[0]) > _MOST_KEYS:
        return False
    keys = tuple(batch[0])
    rows = _rows(keys) if set(map(type, keys)) == {str} else None
    return rows is not None and _converted(batch, rows) is not None


@functools.lru_cache(maxsize=64)
def _rows(keys: tuple[str, ...]) -> Any:
    """Make the type of a list of objects with these keys; None if msgspec cannot represent them."""
    names = {f"field_{number}": key for number, key in enumerate(keys)}
    try:
        row: Any = msgspec.defstruct(
            "Row",
            [(name, _Scalar) for name in names],
            rename=names,
            forbid_unknown_fields=True,
            gc=False,
        )
    except ValueError:  # a key that msgspec would have to escape
        return None
    return list[row]
