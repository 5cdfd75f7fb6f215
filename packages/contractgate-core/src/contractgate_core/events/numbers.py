"""Numbers as the gateway reads them, which is not always as the nearest 64-bit float.

Source: docs/spec/validation.md, section 1.
"""

from __future__ import annotations

import math
import re

__all__ = ["CERTAIN_LENGTH", "MOST_UNSIGNED", "read_float", "read_integer", "read_stepwise"]

MOST_UNSIGNED = 2**64 - 1

CERTAIN_LENGTH = 16
"""Numbers up to this long, without exponent, are read as the nearest float."""

_LEAST_SIGNED = -(2**63)
_DIGITS_IN_64_BITS = 19
_MOST_EXPONENT = 2**31 - 1
_LARGEST_POWER = 308
_POWERS = tuple(float(f"1e{exponent}") for exponent in range(_LARGEST_POWER + 1))
_LONGEST_FINITE_BITS = 1024
_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?")


def read_float(text: str) -> float:
    """Read a JSON number that is not a 64-bit integer.

    Args:
        text: The number as JSON writes it.

    Raises:
        OverflowError: It is too large for a 64-bit float.

    >>> read_float("1e-225"), float("1e-225")
    (1.0000000000000001e-225, 1e-225)
    """
    # With at most 15 digits and no exponent, both ways of reading find the nearest float.
    if len(text) <= CERTAIN_LENGTH and "e" not in text and "E" not in text:
        return float(text)
    # Most longer ones have all their digits in 64 bits.
    is_negative = text[:1] == "-"
    integer, _, fraction = text[is_negative:].partition(".")
    digits = f"{integer}{fraction}"
    if digits.isdecimal() and len(digits) <= _DIGITS_IN_64_BITS:
        number = float(int(digits)) / _POWERS[len(fraction)]
        return -number if is_negative else number
    return read_stepwise(text)


def read_stepwise(text: str) -> float:
    """Read any number, digit by digit, as the gateway does; the reference for the fast ways."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError("expected a JSON number")
    sign, integer, fraction, exponent_sign, exponent = match.groups()
    significand, power = _significand(integer, fraction or "")
    digits = (exponent or "").lstrip("0")
    if len(digits) > len(str(_MOST_EXPONENT)) or int(digits or 0) > _MOST_EXPONENT:
        if significand and exponent_sign != "-":
            raise OverflowError
        number = 0.0
    else:
        power += -int(digits or 0) if exponent_sign == "-" else int(digits or 0)
        number = _scaled(float(significand), power)
    return -number if sign else number


def _significand(integer: str, fraction: str) -> tuple[int, int]:
    """Return the digits that fit in 64 bits, and the power of ten that belongs to them."""
    kept = integer[:20]
    if int(kept) > MOST_UNSIGNED:
        kept = integer[:19]
    significand, power = int(kept), len(integer) - len(kept)
    if not significand:
        power -= len(fraction)
        fraction = fraction.lstrip("0")
        power += len(fraction)
    for digit in fraction[:20]:
        longer = 10 * significand + int(digit)
        if longer > MOST_UNSIGNED:
            break
        significand = longer
        power -= 1
    return significand, power


def _scaled(number: float, power: int) -> float:
    """Multiply by a power of ten in the gateway's steps, each of which rounds."""
    while abs(power) > _LARGEST_POWER:
        if not number:
            return number
        if power > 0:
            raise OverflowError
        number /= 1e308
        power += _LARGEST_POWER
    number = number * _POWERS[power] if power >= 0 else number / _POWERS[-power]
    if math.isinf(number):
        raise OverflowError
    return number


def read_integer(number: int) -> float:
    """Read an integer from its digits: as itself if it fits in 64 bits, else as a float.

    Raises:
        OverflowError: It is too large even for a float.
    """
    if _LEAST_SIGNED <= number <= MOST_UNSIGNED:
        return number
    # Checked first, since Python refuses to write very long integers.
    if number.bit_length() > _LONGEST_FINITE_BITS:
        raise OverflowError
    return read_float(f"{number}e0")
