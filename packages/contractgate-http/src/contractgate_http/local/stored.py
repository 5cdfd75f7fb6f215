"""JSON as it comes back from the gateway's database.

The gateway keeps JSON in a column whose numbers are decimals: they come back written out in full,
and are parsed again. Here the texts are kept as they are, and read with the same result.

Source: docs/spec/gateway-http.md, section 6.26.
"""

from __future__ import annotations

import re
from typing import Any, Union

import msgspec

from contractgate_core.engine.render import float_digits
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_http.local.message import encode_sorted

__all__ = ["has_nul", "raw", "read_stored"]

_LEAST_WHOLE = 1e16
"""From this size on, the gateway writes floats with an exponent, which the database expands."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def has_nul(text: bytes) -> bool:
    r"""Return whether a JSON text holds U+0000, which the gateway's database cannot.

    >>> has_nul(b'"\\u0000"'), has_nul(b'"\\\\u0000"')
    (True, False)
    """
    return b"\\u0000" in text and _NUL.search(text) is not None


def read_stored(text: Union[str, bytes]) -> Any:
    """Read a stored JSON text.

    >>> read_stored("[1e16, -0.0, 1.0, 1e300, 4]")
    [10000000000000000, 0.0, 1.0, 1e+300, 4]
    """
    return _rewritten(msgspec.json.decode(text))


def raw(text: str) -> msgspec.Raw:
    """Read stored JSON and write it as the gateway does."""
    return msgspec.Raw(encode_sorted(read_stored(text)))


def _rewritten(value: Any) -> Any:
    if type(value) is float:
        return _number(value)
    if type(value) is list:
        return [_rewritten(item) for item in value]
    if type(value) is dict:
        return {key: _rewritten(item) for key, item in value.items()}
    return value


def _number(value: float) -> object:
    if not value:
        return 0.0
    decimal = float_digits(value)
    is_whole = "." not in decimal
    # A smaller whole number keeps the fraction that it was written with.
    text = f"{decimal}.0" if is_whole and abs(value) < _LEAST_WHOLE else decimal
    try:
        return decode_event(text)
    except EventDecodeError:  # near the largest float, the gateway's reader overflows
        return value
