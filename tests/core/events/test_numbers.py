"""Numbers as the gateway reads them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.events.numbers import read_float, read_integer, read_stepwise

DIGITS = st.text("0123456789", min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.5", 1.5),
        ("-0.0", -0.0),
        ("1e-225", 1.0000000000000001e-225),
        ("0.1e1", 1.0),
        ("1e308", 1e308),
        ("1e-400", 0.0),
        ("-1e-400", -0.0),
        ("0e99999999999999999999", 0.0),
        ("-1e-99999999999999999999", -0.0),
        ("0." + "0" * 400 + "1", 0.0),
        ("0." + "0" * 400 + "1e400", 0.1),
        ("1" * 400 + "e-399", float("1." + "1" * 399)),
        ("18446744073709551615.9", 18446744073709551615.0),
        ("1e00000000000000000000005", 1e5),
    ],
)
def test_decimals_are_read_in_the_gateways_steps(text: str, number: float) -> None:
    """A zero keeps its sign, and an exponent may be of any length."""
    assert repr(read_float(text)) == repr(number)


@pytest.mark.parametrize(
    "text", ["1e309", "-1e309", "1e99999999999", "1" * 310 + "e0", "0.1e2147483648"]
)
def test_what_overflows_is_no_number(text: str) -> None:
    """The gateway has no infinity."""
    with pytest.raises(OverflowError):
        read_float(text)


def by_the_letter(text: str) -> float:
    """Read a decimal digit by digit, as docs/spec/validation.md, section 1, describes."""
    mantissa, _, exponent = text.lower().partition("e")
    integer, _, fraction = mantissa.lstrip("-").partition(".")
    s, e, most = 0, 0, 2**64 - 1
    full = False
    for digit in integer:
        full = full or 10 * s + int(digit) > most
        s, e = (s, e + 1) if full else (10 * s + int(digit), e)
    for digit in fraction:
        if 10 * s + int(digit) > most:
            break
        s, e = 10 * s + int(digit), e - 1
    e += int(exponent or 0)
    f = float(s)
    while abs(e) > 308 and f:
        if e > 0:
            raise OverflowError
        f, e = f / 1e308, e + 308
    if f:
        f = f * float(f"1e{e}") if e >= 0 else f / float(f"1e{-e}")
    if math.isinf(f):
        raise OverflowError
    return -f if mantissa[0] == "-" else f


@given(st.sampled_from(["", "-"]), DIGITS, DIGITS, st.integers(-700, 700))
@example("", "1844674407370955161", "60", 0)
@example("", "18446744073709551610", "5", 0)
@example("-", "0", "0000000000000000000000000012345678901234567899", -5)
def test_every_decimal_is_read_by_the_letter(
    sign: str, integer: str, fraction: str, exponent: int
) -> None:
    """The fast way agrees with the rule written out."""
    text = f"{sign}{integer.lstrip('0') or '0'}.{fraction}e{exponent}"
    try:
        expected = repr(by_the_letter(text))
    except OverflowError:
        with pytest.raises(OverflowError):
            read_float(text)
        return
    assert repr(read_float(text)) == expected


@given(st.integers(-(10**15), 10**15), st.integers(0, 15))
def test_everyday_decimals_are_read_to_the_nearest_float(digits: int, places: int) -> None:
    """Up to fifteen digits both ways of reading agree."""
    number = float(Fraction(digits, 10**places))
    integer, fraction = divmod(abs(digits), 10**places)
    text = f"{'-' if digits < 0 else ''}{integer}.{fraction:0{places}d}"
    if places:
        assert read_float(text) == number


@pytest.mark.parametrize("number", [0, 2**64 - 1, -(2**63), 7])
def test_integers_of_64_bits_stay_integers(number: int) -> None:
    """Signed ones below zero, unsigned ones above."""
    assert read_integer(number) == number
    assert isinstance(read_integer(number), int)


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**308])
def test_longer_integers_become_floats(number: int) -> None:
    """As the gateway reads their digits."""
    assert isinstance(read_integer(number), float)
    assert read_integer(number) == pytest.approx(float(number), rel=1e-15)


@pytest.mark.parametrize(
    "number", [10**309, -(10**309), pytest.param(1 << 1_000_000, id="a million bits")]
)
def test_integers_past_every_float_are_refused(number: int) -> None:
    """However long they are, at once."""
    with pytest.raises(OverflowError):
        read_integer(number)


@given(st.sampled_from(["", "-"]), st.sampled_from(["0", ""]), DIGITS, st.one_of(st.none(), DIGITS))
def test_the_fast_ways_read_as_the_slow_one(
    sign: str, zero: str, integer: str, fraction: Optional[str]
) -> None:
    """To the bit, the sign of zero included."""
    whole = zero or integer.lstrip("0") or "0"
    text = f"{sign}{whole}" + ("" if fraction is None else f".{fraction}")
    assert read_float(text).hex() == read_stepwise(text).hex()
