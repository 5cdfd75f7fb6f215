"""Events read in one pass of msgspec: exactly, except for some numbers.

msgspec finds the float nearest to a text, and reads `-0` as an integer, where the gateway does not
(docs/spec/validation.md, section 10). Finding out whether a text has such numbers takes as long as
reading it. A verdict seldom depends on them, and the function that finds violations sees when it
does.

This module defines what such a reading may not decide. A value is in doubt if it is a float, which
may be another float; the integer 0, which may be a float; or a list or object, which may hold one
of these. Only two things are certain about it: its JSON type, unless it is 0; and that it conforms,
if every value that it may be conforms. A check or rule that depends on the value itself is not
asked about it: the event is read again, exactly. `accept/source` writes that for each place of the
contract's plan, and rules look only at places that the plan has.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Union

import msgspec
from msgspec import Meta

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.engine.accept.bounds import (
    INT64_HIGH,
    INT64_LOW,
    certain_high,
    certain_low,
)
from contractgate_core.events.reserved import BACKSLASH, DOLLAR, may_have_reserved_key

__all__ = ["IN_DOUBT", "SHORT_KEY", "UNSURE_INTEGER", "any_value_type", "approximate_decoder"]

IN_DOUBT = frozenset({float, list, dict})
"""The types of values that may be other values, or may hold such values."""
UNSURE_INTEGER = 0
"""The integer that may be a float."""

SHORT_KEY: Any = Annotated[str, Meta(max_length=len(RESERVED_KEY) - 1)]
"""A key that is certainly not the reserved key."""

_LEVELS = 4
# To a type checker, types that are made at run time are values.
_LIST: Any = list
_DICT: Any = dict
_UNION: Any = Union


def any_value_type(levels: int, key: Any = str) -> Any:
    """Make the type of any JSON value, with bounds for its levels and numbers.

    Args:
        levels: How many levels of lists and objects it may have.
        key: The type of the keys of objects.
    """
    scalars = (
        None,
        bool,
        str,
        Annotated[int, Meta(ge=INT64_LOW, le=INT64_HIGH)],
        # The gateway refuses a text with a larger float anywhere in it.
        Annotated[float, Meta(ge=certain_low(None), le=certain_high(None))],
    )
    if not levels:
        return _UNION[scalars]
    inner = any_value_type(levels - 1, key)
    return _UNION[(*scalars, _LIST[inner], _DICT[key, inner])]


@lru_cache(maxsize=1)
def approximate_decoder() -> Callable[[bytes], dict[str, Any]]:
    """Return the function that reads an object of few levels from a JSON text.

    It raises one of `MSGSPEC_ERRORS` if the text is something else, or may not be JSON to the
    gateway. In a text with escapes it accepts only keys shorter than the reserved key, since a
    search for that key among escapes takes longer.
    """
    decode = msgspec.json.Decoder(_DICT[str, any_value_type(_LEVELS)]).decode
    decode_short = msgspec.json.Decoder(_DICT[SHORT_KEY, any_value_type(_LEVELS, SHORT_KEY)]).decode

    def read(text: bytes) -> Any:
        if BACKSLASH in text:
            return decode_short(text)
        if DOLLAR in text and may_have_reserved_key(text):
            raise msgspec.DecodeError
        return decode(text)

    return read
