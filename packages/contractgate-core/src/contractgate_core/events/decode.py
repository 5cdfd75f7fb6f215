"""Strict JSON text to values, exactly as the gateway reads it.

msgspec does the work. What it reads differently (docs/spec/validation.md, section 10) is found
beforehand, in cheap passes: negative zeros and integers beyond 64 bits are handed to it as floats,
and nesting is measured. `find_fault` explains what it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Optional, Union

import msgspec

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.brackets import (
    MOST_LEVELS,
    may_nest_too_deeply,
    nests_too_deeply,
    without_escapes,
)
from contractgate_core.events.numbers import CERTAIN_LENGTH, MOST_UNSIGNED, read_float
from contractgate_core.events.place import Place
from contractgate_core.events.reserved import may_have_reserved_key, refuse_reserved_key

__all__ = [
    "MOST_LEVELS",
    "MSGSPEC_ERRORS",
    "JsonText",
    "decode_event",
    "decoder_of",
    "fault_in",
    "has_long_number",
    "has_negative_zero",
    "has_number_in_doubt",
    "is_json",
    "read_exactly",
    "utf8_bytes",
]

JsonText = Union[str, bytes, bytearray, memoryview]
"""A JSON text; bytes are UTF-8."""

_decode = msgspec.json.Decoder().decode
_decode_exactly = msgspec.json.Decoder(float_hook=read_float).decode

# The fixed first two characters make it fast.
_find_negative_zero = re.compile(rb"-0(?![.eE0-9])(?<![eE]-0)").search
_NUMBERS_AS_ZEROS = bytes.maketrans(b"0123456789.E", b"00000000000e")
_DIGITS_AS_ZEROS = bytes.maketrans(b"0123456789", b"0000000000")
_LARGE_INTEGER = b"0" * len(str(2**63))
"""Integers of fewer digits fit in 64 bits."""
_LONG_NUMBER, _EXPONENT = b"0" * CERTAIN_LENGTH, b"0e"
_BEFORE_NUMBERS = frozenset(b":,[ \t\n\r")
_NUMBER_WINDOW = 32
"""How far back from an exponent the beginning of its number is looked for."""
_MOST_WORDS = 8
"""How many long runs of hexadecimal digits are checked for being numbers, which is slow."""

_STRING_OR_NUMBER = re.compile(rb'"[^"]*"?|(-?[0-9]+)([.eE][-+.eE0-9]*)?')

MSGSPEC_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, OverflowError, RecursionError)
"""What the decoder raises for a text that it refuses."""


def decode_event(data: JsonText) -> object:
    """Read one JSON text.

    Args:
        data: The text; bytes must be UTF-8.

    Returns:
        None, a bool, an int of 64 bits, a float, a str, or a list or dict of these. If a key is
        repeated, its last value counts.

    Raises:
        EventDecodeError: It is not JSON as the gateway reads it, or has the reserved key; the error
            says where.
    """
    text = data if type(data) is bytes else utf8_bytes(data)
    try:
        return read_exactly(text)
    except MSGSPEC_ERRORS as error:
        fault = fault_in(text)
        if fault is None:  # refused by msgspec alone; no test has found such a text
            fault = EventDecodeError(f"the text is refused: {type(error).__name__}")
        raise fault from None


def read_exactly(text: bytes) -> object:
    """Read one JSON text as `decode_event` does, but do not explain what is wrong with a bad one.

    Explaining it costs several times as much as reading it.

    Raises:
        One of `MSGSPEC_ERRORS`: It is not JSON as the gateway reads it.
        EventDecodeError: It has the reserved key; the error says where.
    """
    value = _read_any(text)
    if may_have_reserved_key(text):
        refuse_reserved_key(text)
    return value


def _read_any(text: bytes) -> object:
    """Read one JSON text, whatever its keys."""
    # Deeper nesting must not reach the decoder: it recurses, and nothing bounds its depth where
    # somebody has raised Python's recursion limit.
    if nests_too_deeply(text):
        raise RecursionError
    read = _reader_of(text)
    return _decode_exactly(_with_floats(text)) if read is None else read(text)


def decoder_of(texts: Sequence[bytes], together: bytes) -> Callable[[bytes], object]:
    """Check many JSON texts at once, and return the fastest function that reads each of them.

    Args:
        texts: The texts.
        together: All of them, one per line.

    Returns:
        A function that does the same as `read_exactly`.
    """
    is_to_be_looked_at = may_have_reserved_key(together) or any(map(may_nest_too_deeply, texts))
    return (None if is_to_be_looked_at else _reader_of(together)) or read_exactly


def utf8_bytes(data: JsonText) -> bytes:
    """Return a JSON text as bytes; a lone surrogate becomes invalid UTF-8.

    Raises:
        TypeError: It is not a text.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode() if data.isascii() else data.encode("utf-8", "surrogatepass")
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"expected a JSON text as str or bytes, got {type(data).__name__}")


def _reader_of(text: bytes) -> Optional[Callable[[bytes], object]]:
    """Return a function that reads a text exactly, if the text can be read unchanged."""
    zeros = text.translate(_NUMBERS_AS_ZEROS)
    if has_negative_zero(text):
        return None
    if not _has_long_run(zeros):
        return _decode_exactly if _has_exponent(zeros) else _decode
    # Mostly what is long are floats, which the decoder hands over.
    may_be_large = text.translate(_DIGITS_AS_ZEROS).rfind(_LARGE_INTEGER) >= 0
    return None if may_be_large else _decode_exactly


def _with_floats(text: bytes) -> bytes:
    """Give integers that the gateway reads as floats an exponent of zero."""
    pieces, done = [], 0
    for match in _STRING_OR_NUMBER.finditer(without_escapes(text)):
        integer, rest = match.groups()
        if integer is not None and rest is None and _is_read_as_float(integer):
            pieces += [text[done : match.end()], b"e0"]
            done = match.end()
    return b"".join([*pieces, text[done:]])


def has_negative_zero(text: bytes) -> bool:
    """Return whether a text may have a `-0` that the gateway reads as a float; False is certain."""
    return text.rfind(b"-0") >= 0 and _find_negative_zero(text) is not None


def has_long_number(text: bytes) -> bool:
    """Return whether a text may have a number that is not read as the nearest float.

    False is certain if all numbers are short and have no exponent.
    """
    zeros = text.translate(_NUMBERS_AS_ZEROS)
    return _has_long_run(zeros) or _has_exponent(zeros)


def has_number_in_doubt(text: bytes) -> bool:
    """Return whether a text may have a number of either kind; False is certain."""
    zeros = text.translate(_NUMBERS_AS_ZEROS)
    # Most texts have nothing that looks like one, which is found out without a call.
    return (
        (zeros.rfind(_LONG_NUMBER) >= 0 and _has_long_run(zeros))
        or (zeros.rfind(_EXPONENT) >= 0 and _has_exponent(zeros))
        or has_negative_zero(text)
    )


def _has_long_run(zeros: bytes) -> bool:
    """Return whether a long run of digits may begin where a number can."""
    begin = len(zeros)
    for _ in range(_MOST_WORDS):
        # `rfind` is faster than `in`, and much faster than an expression.
        found = zeros.rfind(_LONG_NUMBER, 0, begin)
        if found < 0:
            return False
        begin = len(zeros[:found].rstrip(b"0-"))
        if not begin or zeros[begin - 1] in _BEFORE_NUMBERS:
            break
    return True


def _has_exponent(zeros: bytes) -> bool:
    """Return whether a number may have an exponent.

    Words of hexadecimal digits look like that everywhere, so what is before the digits matters.
    """
    found = zeros.rfind(_EXPONENT)
    while found >= 0:
        begin = found - _NUMBER_WINDOW if found > _NUMBER_WINDOW else 0
        before = zeros[begin:found].rstrip(b"0-")
        if not before or before[-1] in _BEFORE_NUMBERS:
            return True
        found = zeros.rfind(_EXPONENT, 0, found)
    return False


def _is_read_as_float(literal: bytes) -> bool:
    if literal == b"-0" or len(literal) > len(str(MOST_UNSIGNED)):
        return True
    return not -(2**63) <= int(literal) <= MOST_UNSIGNED


def fault_in(text: bytes) -> Optional[EventDecodeError]:
    """Return what is wrong with a refused text, and where; None if it is JSON."""
    from contractgate_core.events.fault import find_fault
    from contractgate_core.events.sound import sound_escapes, sound_start

    fault = find_fault(
        text,
        MOST_LEVELS,
        lambda text: sound_start(text, is_json),
        lambda text, at: sound_escapes(text, at, is_json),
    )
    return None if fault is None else Place().after(text[: fault.offset]).error(fault.message)


def is_json(text: bytes) -> bool:
    """Return whether a text is JSON, with or without the reserved key."""
    try:
        _read_any(text)
    except MSGSPEC_ERRORS:
        return False
    return True
