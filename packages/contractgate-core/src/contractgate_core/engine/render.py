"""Numbers, JSON and debug strings, written exactly as the gateway's messages write them.

Source: docs/spec/validation.md, section 7.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Union

import msgspec

__all__ = ["debug_string", "float_digits", "float_display", "json_text"]

_LONGEST_WITHOUT_TIES = 16
"""Only a float with at least 16 digits can have two shortest texts that are equally near."""


def float_display(number: Union[float, int]) -> str:
    """Write a number as range messages show it: all digits, no exponent, no trailing `.0`.

    Args:
        number: A float, or an integer, which is rounded to a 64-bit float first.

    >>> float_display(5), float_display(1e-7), float_display(1e21), float_display(-0.0)
    ('5', '0.0000001', '1000000000000000000000', '-0')

    Of two shortest texts that are equally near, it is the one further from zero:

    >>> float_display(858388815503394.25), repr(858388815503394.25)
    ('858388815503394.3', '858388815503394.2')
    """
    text = repr(float(number))
    if len(text) > _LONGEST_WITHOUT_TIES:
        text = _away_from_zero(float(number), text)
    return _plain(text)


def float_digits(number: float) -> str:
    """Write a number like `float_display`, but with the digits that JSON uses.

    >>> float_digits(858388815503394.25), float_digits(1e21)
    ('858388815503394.2', '1000000000000000000000')
    """
    return _plain(repr(number))


def _plain(text: str) -> str:
    """Write the `repr` of a float without its exponent and a trailing `.0`."""
    if text.endswith(".0"):
        return text[:-2]
    if "e" in text:
        return _positional(text)
    return "NaN" if text == "nan" else text


def _away_from_zero(number: float, text: str) -> str:
    """Return the equally short and equally near text that is further from zero, if there is one.

    Args:
        number: A finite float.
        text: Its `repr`; of two such texts, this is the one whose last digit is even.
    """
    mantissa, is_scientific, exponent = text.partition("e")
    integer, _, fraction = mantissa.lstrip("-").partition(".")
    power = int(exponent or 0) - len(fraction)
    numerator, denominator = abs(number).as_integer_ratio()
    # A tie lies half a unit beyond the last digit shown, so it has one fraction digit more, and as
    # many halvings. This cannot tell for a large whole number, where too many halves are whole.
    if power > 0 or denominator.bit_length() != 2 - power:
        return text
    if 2 * numerator * 10**-power != (2 * int(integer + fraction) + 1) * denominator:
        return text
    other = f"{mantissa[:-1]}{int(mantissa[-1]) + 1}{is_scientific}{exponent}"
    return other if float(other) == number else text


def _positional(text: str) -> str:
    """Write the `repr` of a float without its exponent."""
    # A float whose `repr` has an exponent has no fraction, or no integer part.
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa[0] == "-" else ""
    integer, _, fraction = mantissa.lstrip("-").partition(".")
    digits, shift = integer + fraction, int(exponent)
    if shift < 0:
        return f"{sign}0.{'0' * (-shift - 1)}{digits}"
    return sign + digits.ljust(shift + 1, "0")


def json_text(value: object) -> str:
    """Write a decoded JSON value as the gateway does: compact, with its keys in ascending order.

    Args:
        value: What a JSON decoder returns; at most 127 levels of lists and objects, so this may
            recurse.

    >>> json_text({"b": [1, 1.0, None], "a": "é"})
    '{"a":"é","b":[1,1.0,null]}'
    """
    return _WRITERS[type(value)](value)


def _json_float(number: float) -> str:
    text = repr(number)
    mantissa, is_scientific, exponent = text.partition("e")
    if not is_scientific:
        return text if math.isfinite(number) else "null"
    if exponent == "-05":
        return _positional(text)
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"


def _json_string(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _json_list(items: list[Any]) -> str:
    return f"[{','.join(map(json_text, items))}]"


def _json_object(members: dict[str, Any]) -> str:
    # Ascending by code point is ascending by UTF-8 bytes.
    written = [f"{_json_string(key)}:{json_text(members[key])}" for key in sorted(members)]
    return f"{{{','.join(written)}}}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _json_float,
    str: _json_string,
    list: _json_list,
    dict: _json_object,
}

_SHORT_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\0": "\\0",
}


def debug_string(text: str) -> str:
    r"""Write a text in double quotes, with invisible characters escaped.

    Args:
        text: A text without surrogates.

    >>> print(debug_string('a "b"\n\u0301'))
    "a \"b\"\n\u{301}"
    """
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    escapes = {ord(char): escape for char in set(text) if (escape := _escape(char)) != char}
    return f'"{text.translate(escapes)}"'


def _escape(char: str) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    code = ord(char)
    is_escaped = _is_escaped(code) if code > 0x7F else not char.isprintable()
    return f"\\u{{{code:x}}}" if is_escaped else char


def _is_escaped(code: int) -> bool:
    # Imported here, since few processes ever show a text that is not ASCII.
    from contractgate_core.engine._debug_escapes import BOUNDARIES

    return bisect_right(BOUNDARIES, code) % 2 == 0
