"""Which texts are calendar dates."""

from __future__ import annotations

import datetime
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.engine.dates import is_calendar_date
from cost import slowness

WHITE_SPACE = [
    *map(chr, [*range(0x9, 0xE), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]),
    *map(chr, [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]),
]


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31",
        "2024-02-29",
        "2000-02-29",
        "24-1-1",
        "0-01-29",
        "0000-02-29",
        "-4-02-29",
        "-0-02-29",
        "+002024-01-01",
        " 2024- 1-31",
        "-262143-01-01",
        "+262142-12-31",
        "+2024-01-01",
        "1582-10-10",
    ],
)
def test_takes_a_date(text: str) -> None:
    """Short numbers, signed years and space before a number are fine."""
    assert is_calendar_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-02-29",
        "1900-02-29",
        "-1-02-29",
        "2024-04-31",
        "2024-00-01",
        "2024-13-01",
        "2024-01-00",
        "2024-01-32",
        "02024-01-01",
        "12024-01-01",
        "2024-001-01",
        "2024-01-001",
        "2024-+1-01",
        "2024-01--1",
        "2024-01-01 ",
        "2024-01-01\n",
        "2024 -01-01",
        "2024-01 -01",
        "+ 2024-01-01",
        "--2024-01-01",
        "2024-01-01T00:00:00",
        "20240101",
        "2024-01",
        "-262144-01-01",
        "+262143-01-01",
        "+1000000-01-01",
        "٢٠٢٤-٠١-٠١",
        "2024-01-0\u00b2",
        "\u200b2024-01-01",
        "\x1c2024-01-01",
        "\x1f2024-01-01",
    ],
)
def test_refuses_what_is_no_date(text: str) -> None:
    """Wrong days, other forms, foreign digits and space behind a number are refused."""
    assert not is_calendar_date(text)


@pytest.mark.parametrize("space", WHITE_SPACE, ids=lambda space: f"U+{ord(space):04X}")
def test_takes_white_space_before_each_number(space: str) -> None:
    """Every White_Space character may stand before a number, any number of times, never after."""
    assert is_calendar_date(f"{space}{space}2024-{space}1-{space}31")
    assert not is_calendar_date(f"2024-1-31{space}")


def test_takes_no_other_character_for_white_space() -> None:
    """No other character of the first plane may stand there."""
    others = {chr(code) for code in range(0x10000)} - {*WHITE_SPACE, "+", "-", *"0123456789"}
    assert [character for character in others if is_calendar_date(f"{character}2024-1-31")] == []


@given(st.dates())
def test_takes_every_date_of_python(date: datetime.date) -> None:
    """The ISO form of every date that Python has is a date."""
    assert is_calendar_date(date.isoformat())


@given(st.integers(1, 9999), st.integers(0, 14), st.integers(0, 33))
def test_agrees_with_the_calendar_of_python(year: int, month: int, day: int) -> None:
    """A day is a date exactly if Python's calendar has it."""
    try:
        datetime.date(year, month, day)
        exists = True
    except ValueError:
        exists = False
    assert exists == is_calendar_date(f"{year:04}-{month:02}-{day:02}")


@given(st.integers(-262143, 262142), st.integers(1, 12), st.integers(0, 32))
def test_the_calendar_repeats_every_400_years(year: int, month: int, day: int) -> None:
    """Years before and beyond Python's calendar follow the same rule."""
    same = f"{year % 400 + 2000}-{month}-{day}"
    assert is_calendar_date(same) == is_calendar_date(f"{year:+}-{month}-{day}")


@pytest.mark.parametrize(
    ("text", "is_date"),
    [
        ("9" * 1_000_000, False),
        ("+" + "9" * 1_000_000 + "-01-01", False),
        ("+" + "0" * 1_000_000 + "2024-01-01", True),
        ("+" + "0" * 1_000_000 + "2024-01-01x", False),
        ("-" + "0" * 1_000_000, False),
        (" " * 1_000_000, False),
        ("2024-" + " " * 1_000_000 + "1-" + "\u2003" * 1_000_000 + "31", True),
        ("2024-" + " " * 1_000_000 + "1-" + "\u2003" * 1_000_000 + "31 ", False),
    ],
    ids=["digits", "year", "zeros", "zeros-bad", "zeros-only", "spaces", "gaps", "gaps-bad"],
)
def test_a_huge_text_takes_little_time(text: str, is_date: bool) -> None:
    """A text of a million characters is decided at once."""
    start = time.process_time()
    assert is_date == is_calendar_date(text)
    assert time.process_time() - start < 1 * slowness()
