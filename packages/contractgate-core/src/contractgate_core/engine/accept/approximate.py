"""Events read in one pass of msgspec: exact but for numbers that may have to be looked at.

msgspec finds the float nearest to a text, and reads `-0` as an integer, where the gateway does not
(docs/spec/validation.md, section 10). To know beforehand whether a text has such numbers takes as
long as to read it. A verdict seldom depends on them, and what finds violations sees when it does.

What such a reading may not decide is said here alone. A value is in doubt if it is a float, which
may be another one; the integer 0, which may be a float; or a list or object, which may hold such.
Only two things are certain of it: its JSON type, but for a 0; and that it conforms, where all the
values do that it may be. So no check and no rule is asked about one whose own value matters to it:
the event is read again, exactly. `accept/source` writes that for each place of the contract's plan,
and a rule looks at no place that the plan does not have.
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

__all__ = ["IN_DOUBT", "SHORT_KEY", "UNSURE_INTEGER", "any_value", "approximate_decoder"]

IN_DOUBT = frozenset({float, list, dict})
"""The types of the values that may be other ones, or hold such."""
UNSURE_INTEGER = 0
"""The integer that may be a float."""

SHORT_KEY: Any = Annotated[str, Meta(max_length=len(RESERVED_KEY) - 1)]
"""A key that is certainly not the reserved one."""

_LEVELS = 4
# Types that are put together at run time are values to a type checker.
_LIST: Any = list
_DICT: Any = dict
_UNION: Any = Union


def any_value(levels: int, key: Any = str) -> Any:
    """Make the type of any JSON value that has no more levels inside, nor numbers too large.

    Args:
        levels: How many it may have.
        key: The type of the keys of objects.
    """
    scalars = (
        None,
        bool,
        str,
        Annotated[int, Meta(ge=INT64_LOW, le=INT64_HIGH)],
        # The gateway refuses a text with a larger float, wherever it stands.
        Annotated[float, Meta(ge=certain_low(None), le=certain_high(None))],
    )
    if not levels:
        return _UNION[scalars]
    inner = any_value(levels - 1, key)
    return _UNION[(*scalars, _LIST[inner], _DICT[key, inner])]


@lru_cache(maxsize=1)
def approximate_decoder() -> Callable[[bytes], dict[str, Any]]:
    """Give what reads an object of few levels from a JSON text.

    It raises one of `MSGSPEC_ERRORS` where a text is something else, or where it might be none. To
    look for the reserved key among escapes takes longer than to read short keys alone, so of texts
    with escapes it reads no others.
    """
    decode = msgspec.json.Decoder(_DICT[str, any_value(_LEVELS)]).decode
    decode_short = msgspec.json.Decoder(_DICT[SHORT_KEY, any_value(_LEVELS, SHORT_KEY)]).decode

    def read(text: bytes) -> Any:
        if BACKSLASH in text:
            return decode_short(text)
        if DOLLAR in text and may_have_reserved_key(text):
            raise msgspec.DecodeError
        return decode(text)

    return read
