"""Which texts the gateway accepts as calendar dates.

Source: docs/spec/validation.md, section 7.
"""

from __future__ import annotations

import re

__all__ = ["is_calendar_date"]

# White_Space (a smaller set than Python's `\s`) may stand before each number, but not after it.
# The year's leading zeros are matched apart from its at most six other digits, so that no number of
# unbounded length is ever converted.
_DATE = re.compile(
    r"""
    {space}* (?: ([0-9]{{1,4}}) | ([+-]) 0*? ([0-9]{{1,6}}) )
    - {space}* ([0-9]{{1,2}})
    - {space}* ([0-9]{{1,2}})
    """.format(space=r"[\t-\r\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"),
    re.VERBOSE,
)
_FIRST_YEAR, _LAST_YEAR = -262143, 262142
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_calendar_date(text: str) -> bool:
    """Return whether a text is a date of the Gregorian calendar as the gateway reads it.

    Args:
        text: The whole text; `YYYY-MM-DD`, with the liberties that the gateway takes: white space
            before each number, short numbers, a sign and more digits for the year.

    >>> is_calendar_date("2024-02-29"), is_calendar_date("24-2-9"), is_calendar_date("2023-02-29")
    (True, True, False)
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    plain, sign, signed, month_text, day_text = match.groups()
    year = int(plain or signed)
    if sign == "-":
        year = -year
    month, day = int(month_text), int(day_text)
    return (
        _FIRST_YEAR <= year <= _LAST_YEAR
        and 1 <= month <= len(_DAYS) - 1
        and 1 <= day <= _days(year, month)
    )


def _days(year: int, month: int) -> int:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and is_leap else _DAYS[month]
