"""The recorded renderings: texts, numbers, dates and the characters that are escaped."""

from __future__ import annotations

from typing import Any

import pytest

from contractgate_core.engine.dates import is_calendar_date
from contractgate_core.engine.render import debug_string, float_display, json_text
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from recordings import Case, cases, for_each
from sizes import some

HANGUL_FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0}


@for_each(cases("str"))
def test_text_is_written_as_recorded(case: Case) -> None:
    """A text has the recorded debug string, JSON text and length."""
    text = case["s"]
    written = {
        "debug": debug_string(text),
        "json": json_text(text),
        "bytes": len(text.encode()),
    }
    assert case["expect"] == written


@for_each(cases("float"))
def test_number_is_written_as_recorded(case: Case) -> None:
    """A number is read as the recorded kind and written as recorded, or refused."""
    assert _without_reason(case["expect"]) == _read_and_write(case["text"])


def _without_reason(expected: dict[str, Any]) -> dict[str, Any]:
    return {"error": True} if "error" in expected else expected


def _read_and_write(text: str) -> dict[str, Any]:
    number: Any
    try:
        number = decode_event(text)
    except EventDecodeError:
        return {"error": True}
    return {"display": float_display(number), "json": json_text(number), "kind": _kind(number)}


def _kind(number: float) -> str:
    if isinstance(number, float):
        return "f64"
    return "i64" if number < 2**63 else "u64"


@for_each(cases("date"))
def test_date_is_decided_as_recorded(case: Case) -> None:
    """A text is a date exactly if the gateway took it for one."""
    assert case["expect"]["valid"] == is_calendar_date(case["s"])


@pytest.mark.untraced
def test_characters_are_escaped_as_recorded() -> None:
    """Of all characters from U+0080, debug strings escape exactly the recorded ones.

    Where the tests are small, of every tenth, and of those at the edges of what is recorded.

    The table was recorded before the gateway's toolchain, Rust 1.98, began to escape four fillers;
    `fresh` has recordings of these.
    """
    [table] = [case for case in cases("chars") if case.get("table") == "debug_escaped"]
    recorded = {code for low, high in table["ranges"] for code in range(low, high + 1)}
    assert not recorded & HANGUL_FILLERS
    edges = {code for low, high in table["ranges"] for code in (low - 1, low, high, high + 1)}
    characters = [*range(0x80, 0xD800), *range(0xE000, 0x110000)]
    tried = {*some(characters), *edges.intersection(characters), *HANGUL_FILLERS}
    escaped = {code for code in tried if debug_string(chr(code)) != f'"{chr(code)}"'}
    assert (recorded | HANGUL_FILLERS) & tried == escaped
