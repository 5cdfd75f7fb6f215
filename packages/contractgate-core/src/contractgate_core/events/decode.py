"""Strict JSON text to values, exactly as the gateway reads it.

msgspec does the work. What it reads in another way (docs/spec/validation.md, section 10) is found
beforehand, in passes that cost little: a zero with a minus sign and integers past 64 bits are given
to it as floats, and nesting is measured. What it refuses is explained by `find_fault`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Optional, Union

import msgspec

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.numbers import CERTAIN_LENGTH, MOST_UNSIGNED, read_float
from contractgate_core.events.place import Place
from contractgate_core.events.reserved import may_have_reserved_key, refuse_reserved_key

__all__ = [
    "MOST_LEVELS",
    "MSGSPEC_ERRORS",
    "JsonText",
    "decode_event",
    "decoder_of",
    "has_long_number",
    "has_negative_zero",
    "utf8_bytes",
]

JsonText = Union[str, bytes, bytearray, memoryview]
"""A JSON text; bytes are UTF-8."""

MOST_LEVELS = 127
"""So many lists and objects may be inside each other."""

_decode = msgspec.json.Decoder().decode
_decode_exactly = msgspec.json.Decoder(float_hook=read_float).decode

# That it begins with two certain characters makes it fast.
_find_negative_zero = re.compile(rb"-0(?![.eE0-9])(?<![eE]-0)").search
_NUMBERS_AS_ZEROS = bytes.maketrans(b"0123456789.E", b"00000000000e")
_LONG_NUMBER, _EXPONENT = b"0" * CERTAIN_LENGTH, b"0e"
_BEFORE_NUMBERS = frozenset(b":,[- \t\n\r")
_MOST_WORDS = 8
"""So many long words of hexadecimal digits are told from numbers, which takes a while."""

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_STRING_OR_NUMBER = re.compile(rb'"[^"]*"?|(-?[0-9]+)([.eE][-+.eE0-9]*)?')
_BRACKETS_AS_LISTS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SURELY_SHALLOW = 2 * MOST_LEVELS
"""A text of so many bytes cannot be nested too deeply."""
_SURELY_FEW_OBJECTS = len('{"":') * MOST_LEVELS
"""An object that begins before this byte cannot be the innermost of too many."""

MSGSPEC_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, OverflowError, RecursionError)
"""What the decoder raises for a text that it refuses."""


def decode_event(data: JsonText) -> object:
    """Read one JSON text.

    Args:
        data: The text; bytes must be UTF-8.

    Returns:
        None, a bool, an int of 64 bits, a float, a str, or a list or dict of these. Of a key that
        is given twice the last value stands.

    Raises:
        EventDecodeError: It is not JSON as the gateway reads it, or has the reserved key; the error
            says where.
    """
    text = data if type(data) is bytes else utf8_bytes(data)
    try:
        # More than these must not reach the decoder: it recurses, and nothing bounds its depth
        # where somebody has raised Python's limit.
        if len(text) > _SURELY_SHALLOW and not _is_shallow(text) and _levels(text) > MOST_LEVELS:
            raise RecursionError
        read = _reader_of(text)
        value = _decode_exactly(_with_floats(text)) if read is None else read(text)
    except MSGSPEC_ERRORS as error:
        raise _explained(text, error) from None
    if may_have_reserved_key(text):
        refuse_reserved_key(text)
    return value


def decoder_of(texts: Sequence[bytes], together: bytes) -> Callable[[bytes], object]:
    """Look at many JSON texts at once, and give what reads each of them as fast as can be.

    Args:
        texts: The texts.
        together: All of them, in lines.

    Returns:
        What does the same as `decode_event`, but may raise one of `MSGSPEC_ERRORS` where that
        raises an `EventDecodeError`.
    """
    if may_have_reserved_key(together):
        return decode_event
    deep = [text for text in texts if len(text) > _SURELY_SHALLOW and not _is_shallow(text)]
    return (None if deep else _reader_of(together)) or decode_event


def utf8_bytes(data: JsonText) -> bytes:
    """Give a JSON text as bytes; a lone surrogate becomes bytes that are no UTF-8.

    Raises:
        TypeError: It is no text.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode() if data.isascii() else data.encode("utf-8", "surrogatepass")
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"expected a JSON text as str or bytes, got {type(data).__name__}")


def _reader_of(text: bytes) -> Optional[Callable[[bytes], object]]:
    """Give what reads a text exactly, if it can be read as it is."""
    zeros = text.translate(_NUMBERS_AS_ZEROS)
    if _has_long_run(zeros) or _find_negative_zero(text) is not None:
        return None
    return _decode if zeros.rfind(_EXPONENT) < 0 else _decode_exactly


def _is_shallow(text: bytes) -> bool:
    """Tell whether a text has too few brackets to be nested too deeply."""
    # To look for the last one is much faster than to count.
    if text.rfind(b"[") >= 0:
        return text.count(b"[") + text.count(b"{") <= MOST_LEVELS
    return text.rfind(b"{") < _SURELY_FEW_OBJECTS or text.count(b"{") <= MOST_LEVELS


def _levels(text: bytes) -> int:
    """Count the levels of lists and objects; for a text that is no JSON, any number."""
    strings_cut = _without_escapes(text).split(b'"')[::2]
    brackets = b"".join(strings_cut).translate(_BRACKETS_AS_LISTS, _NO_BRACKETS)
    for level in range(MOST_LEVELS + 1):
        if not brackets:
            return level
        brackets = brackets.replace(b"[]", b"")
    return MOST_LEVELS + 1


def _without_escapes(text: bytes) -> bytes:
    """Overwrite escapes, so that every quote left begins or ends a string."""
    return _ESCAPE.sub(b"__", text) if b"\\" in text else text


def _with_floats(text: bytes) -> bytes:
    """Give integers that the gateway reads as floats an exponent of nought."""
    pieces, done = [], 0
    for match in _STRING_OR_NUMBER.finditer(_without_escapes(text)):
        integer, rest = match.groups()
        if integer is not None and rest is None and _is_read_as_float(integer):
            pieces += [text[done : match.end()], b"e0"]
            done = match.end()
    return b"".join([*pieces, text[done:]])


def has_negative_zero(text: bytes) -> bool:
    """Tell whether a text may have a `-0` that the gateway reads as a float; no if it has none."""
    return _find_negative_zero(text) is not None


def has_long_number(text: bytes) -> bool:
    """Tell whether a text may have a number that is not read as the float nearest to it.

    No if all numbers are short and have no exponent.
    """
    zeros = text.translate(_NUMBERS_AS_ZEROS)
    return _has_long_run(zeros) or zeros.rfind(_EXPONENT) >= 0


def _has_long_run(zeros: bytes) -> bool:
    """Tell whether a long run of digits may begin where a number can."""
    begin = len(zeros)
    for _ in range(_MOST_WORDS):
        # `rfind` is faster than `in`, and much faster than an expression.
        found = zeros.rfind(_LONG_NUMBER, 0, begin)
        if found < 0:
            return False
        begin = len(zeros[:found].rstrip(b"0"))
        if not begin or zeros[begin - 1] in _BEFORE_NUMBERS:
            break
    return True


def _is_read_as_float(literal: bytes) -> bool:
    if literal == b"-0" or len(literal) > len(str(MOST_UNSIGNED)):
        return True
    return not -(2**63) <= int(literal) <= MOST_UNSIGNED


def _explained(text: bytes, error: Exception) -> EventDecodeError:
    from contractgate_core.events.fault import find_fault

    fault = find_fault(text, MOST_LEVELS)
    if fault is None:  # msgspec alone refuses it, which no test has found
        return EventDecodeError(f"the text is refused: {type(error).__name__}")
    offset, message = fault
    return Place().after(text[:offset]).error(message)
