"""The meaning of a scalar's text, by the type that is asked for."""

from __future__ import annotations

import math
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.contract.scalars import (
    OutOfRangeError,
    parse_float,
    parse_integer,
    parse_plain,
    parse_unsigned,
)

HUGE = "9" * 100_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("5", 5.0), ("017", 17.0), ("-0", -0.0), ("+1", 1.0), ("1.", 1.0), (".5", 0.5)],
        *[("1e3", 1000.0), ("1E-3", 0.001), ("18446744073709551616", 2.0**64)],
        *[(".inf", math.inf), ("+.INF", math.inf), ("-.Inf", -math.inf)],
        *[("0x1F", None), ("0o17", None), ("1_000", None), ("1e400", None), (HUGE, None)],
        *[("+-1", None), ("-+1", None), ("++1", None), ("1e", None), (".", None), ("", None)],
        *[("inf", None), ("nan", None), ("Infinity", None), ("+.nan", None), ("-.nan", None)],
        *[("٣", None), ("1 ", None), ("1\n", None)],
    ],
)
def test_a_number_is_decimal(text: str, value: Optional[float]) -> None:
    """Or an infinity in YAML's spelling; nothing else."""
    assert repr(parse_float(text)) == repr(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_has_three_spellings(text: str) -> None:
    """And no sign."""
    value = parse_float(text)
    assert value is not None
    assert math.isnan(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_to_the_nearest_float(number: float) -> None:
    """So that its shortest digits read back to it, unlike those in events."""
    assert parse_float(repr(number)) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("5", 5), ("+5", 5), ("0", 0), ("+0", 0), ("0x1F", 31), ("0xff", 255), ("0o17", 15)],
        *[("0b11", 3), ("+0x1F", 31), ("0x00000000000000000001", 1), (str(2**64 - 1), 2**64 - 1)],
        *[("0b" + "0" * 100_000 + "1", 1), (hex(2**64 - 1), 2**64 - 1)],
        *[("-0", None), ("-5", None), ("017", None), ("00", None), ("5.0", None), ("1e2", None)],
        *[(str(2**64), None), (str(2**200), None), (HUGE, None), ("0X1F", None), ("0x", None)],
        *[("0x-1", None), ("0x1_0", None), ("1_0", None), ("٣", None), ("", None), ("5 ", None)],
    ],
)
def test_a_length_is_an_unsigned_integer(text: str, value: Optional[int]) -> None:
    """In any of four bases, up to 64 bits."""
    assert parse_unsigned(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("-5", -5), ("-0", 0), ("-0x1F", -31), ("-0o7", -7), (str(-(2**63)), -(2**63))],
        *[(str(2**128), None), (str(-(2**127) - 1), None), ("a", None), ("-", None), (HUGE, None)],
    ],
)
def test_an_integer_has_64_bits(text: str, value: Optional[int]) -> None:
    """Beyond 128 bits it is not an integer, and so a float."""
    assert parse_integer(text) == value


@pytest.mark.parametrize("number", [2**64, 2**128 - 1, -(2**63) - 1, -(2**127)])
def test_an_integer_between_64_and_128_bits_is_refused(number: int) -> None:
    """The gateway's reader can hold it, and its JSON cannot."""
    with pytest.raises(OutOfRangeError):
        parse_integer(str(number))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            ("", None),
            ("~", None),
            ("null", None),
            ("Null", None),
            ("NULL", None),
            ("nULL", "nULL"),
        ],
        *[("true", True), ("FALSE", False), ("tRUE", "tRUE"), ("yes", "yes"), ("no", "no")],
        *[("1", 1), ("1.0", 1.0), ("-0", 0), ("0x1F", 31), ("017", "017"), ("-01", "-01")],
        *[(str(2**128), 2.0**128), (".inf", None), (".nan", None), ("1e400", "1e400")],
        *[("12:30:45", "12:30:45"), ("2024-01-31", "2024-01-31"), ("1_000", "1_000")],
        *[("0X1f", "0X1f"), ("0O17", "0O17"), ("inf", "inf"), ("<<", "<<"), ("=", "="), (".", ".")],
    ],
)
def test_an_allowed_value_is_what_its_text_looks_like(text: str, value: object) -> None:
    """By the gateway's rules, which are not YAML's."""
    assert repr(parse_plain(text)) == repr(value)


@given(st.text(st.sampled_from("0123456789+-.eExobinfaNInulTtrue~_")))
def test_no_text_is_taken_for_two_things(text: str) -> None:
    """What is an integer is read as one, else a number as a number, else the text stays."""
    try:
        value = parse_plain(text)
    except OutOfRangeError:
        assert parse_unsigned(text) is None
        return
    if isinstance(value, bool) or value is None:
        assert parse_integer(text) is None
    elif isinstance(value, int):
        assert parse_integer(text) == value
    elif isinstance(value, float):
        assert parse_float(text) == value
    else:
        assert value == text
