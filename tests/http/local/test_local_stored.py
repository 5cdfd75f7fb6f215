"""Numbers as they come back from the gateway's database."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.events.decode import decode_event
from contractgate_http.local.stored import has_nul, read_stored

floats = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1e16", "10000000000000000"),
        ("-1e16", "-10000000000000000"),
        ("1.2345678901234567e+19", "12345678901234567000"),
        ("1.7976931348623157e+308", "1.7976931348623157e+308"),
        ("18446744073709551616.0", "1.8446744073709552e+19"),
        ("1e300", "1e+300"),
        ("-0.0", "0.0"),
        ("1.0", "1.0"),
        ("9999999999999998.0", "9999999999999998.0"),
        ("1e-7", "1e-07"),
        ("858388815503394.25", "858388815503394.2"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("18446744073709551615", "18446744073709551615"),
    ],
)
def test_numbers_come_back_in_another_form(written: str, read: str) -> None:
    assert repr(read_stored(written)) == read


@given(floats)
def test_a_number_is_read_again_as_the_gateway_reads_its_decimal(number: float) -> None:
    read = read_stored(json.dumps(number))
    assert type(read) is (int if abs(number) >= 1e16 and -(2**63) <= read < 2**64 else float)
    assert read == pytest.approx(number, rel=1e-15)


@given(
    st.recursive(
        st.one_of(st.text(), st.integers(-(2**63), 2**64 - 1), st.none(), st.booleans()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    )
)
def test_everything_else_comes_back_as_it_was(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert read_stored(text) == value == decode_event(text)


@given(st.text(alphabet='\\\0u0a"'))
def test_a_nul_is_found_where_there_is_one(text: str) -> None:
    assert has_nul(json.dumps(text).encode()) == ("\0" in text)
