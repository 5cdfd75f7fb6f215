"""The meaning of a YAML scalar's text, given the type that is expected of it.

Source: docs/spec/contract-format.md, sections 1.1 and 1.2.
"""

from __future__ import annotations

import math
import re
from typing import Optional, Union

__all__ = [
    "BOOLEANS",
    "NULL_WORDS",
    "OutOfRangeError",
    "parse_float",
    "parse_integer",
    "parse_plain",
    "parse_unsigned",
]

NULL_WORDS = frozenset({"null", "Null", "NULL", "~"})

BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

# No two neighbouring parts can match the same text, so a mismatch is found in linear time.
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"([+-]?)(?:0x([0-9a-fA-F]+)|0o([0-7]+)|0b([01]+)|(0|[1-9][0-9]*))")
_LEADING_ZEROS = re.compile(r"[+-]?0[0-9]+")
_SPECIAL_FLOATS = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_MOST_DIGITS = 128
"""More significant digits than this, in any base, cannot make an integer of 128 bits."""


class OutOfRangeError(ValueError):
    """An integer beyond 64 but within 128 bits: the gateway can hold it but not use it."""


def parse_float(text: str) -> Optional[float]:
    """Read a number as the nearest 64-bit float; return None if it is not one or overflows."""
    if _FLOAT.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    return _SPECIAL_FLOATS.get(text)


def parse_unsigned(text: str) -> Optional[int]:
    """Read an integer from 0 to 2^64-1; return None if the text is not one, as `-0` is not."""
    value = None if text.startswith("-") else _parse_any_integer(text)
    return value if value is not None and value < 2**64 else None


def parse_integer(text: str) -> Optional[int]:
    """Read an integer of at most 64 bits; return None if it is not one or exceeds 128 bits.

    Raises:
        OutOfRangeError: It is in between.
    """
    value = _parse_any_integer(text)
    if value is None or -(2**63) <= value < 2**64:
        return value
    if -(2**127) <= value < 2**128:
        raise OutOfRangeError(text)
    return None


def _parse_any_integer(text: str) -> Optional[int]:
    match = _INTEGER.fullmatch(text)
    if match is None:
        return None
    sign, *digits = match.groups()
    for base, written in zip((16, 8, 2, 10), digits):
        if written is not None:
            significant = written.lstrip("0") or "0"
            # Python refuses to read very long integers, and takes quadratic time for long ones.
            if len(significant) > _MOST_DIGITS:
                return None
            value = int(significant, base)
            return -value if sign == "-" else value
    return None


def parse_plain(text: str) -> Union[None, bool, int, float, str]:
    """Read an untagged plain scalar as a JSON value (section 1.2).

    Raises:
        OutOfRangeError: It is an integer that the gateway refuses.
    """
    first = text[:1]
    if first.isalpha() or first in "~":
        if not first or text in NULL_WORDS:
            return None
        return BOOLEANS.get(text, text)
    integer = parse_integer(text)
    if integer is not None:
        return integer
    if _LEADING_ZEROS.fullmatch(text):
        return text
    number = parse_float(text)
    if number is None:
        return text
    return number if math.isfinite(number) else None
