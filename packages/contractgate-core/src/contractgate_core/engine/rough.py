"""Events in one pass of msgspec, roughly: exact but for numbers that may have to be looked at.

msgspec finds the float nearest to a text, and reads `-0` as an integer, where the gateway does not
(docs/spec/validation.md, section 10). To know beforehand whether a text has such numbers takes as
long as to read it. A verdict seldom depends on them, and what finds violations sees when it does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Union, cast

import msgspec
from msgspec import Meta

from contractgate_core.engine.accept.bounds import (
    INT64_HIGH,
    INT64_LOW,
    certain_high,
    certain_low,
)

__all__ = ["any_value", "rough_decoder"]

_LEVELS = 4
# Types that are put together at run time are values to a type checker.
_LIST: Any = list
_DICT: Any = dict
_UNION: Any = Union


def any_value(levels: int) -> Any:
    """Make the type of any JSON value that has no more levels inside, nor numbers too large."""
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
    inner = any_value(levels - 1)
    return _UNION[(*scalars, _LIST[inner], _DICT[str, inner])]


@lru_cache(maxsize=1)
def rough_decoder() -> Callable[[bytes], dict[str, Any]]:
    """Give what reads an object of few levels from a JSON text.

    It raises one of `MSGSPEC_ERRORS` where a text is something else, or where it might be none.
    """
    decoder = msgspec.json.Decoder(_DICT[str, any_value(_LEVELS)])
    return cast("Callable[[bytes], dict[str, Any]]", decoder.decode)
