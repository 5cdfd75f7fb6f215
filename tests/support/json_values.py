"""Random JSON: values, and texts that are JSON or nearly so."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

__all__ = ["JSON_TEXTS", "JSON_VALUES", "KEYS"]

KEYS = st.one_of(st.sampled_from(["a", "b", "a.b", "", "é", "a b"]), st.text(max_size=5))

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
)

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)

_NUMBERS = st.from_regex(r"\A-?(?:0|[1-9][0-9]{0,25})(?:\.[0-9]{1,25})?(?:[eE][+-]?[0-9]{1,4})?\Z")
_TOKENS = st.one_of(
    st.sampled_from(
        [
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            " ",
            "\n",
            "\t",
            "-0",
            "true",
            "nul",
            '"',
            "\\",
            '"a"',
            "\x0b",
        ]
    ),
    st.sampled_from(['"\\ud800"', '"\\ud83d\\ude00"', '"\\u00e9\\n"', "\ufeff", "NaN", "1.", "01"]),
    _NUMBERS,
    st.text(max_size=3),
)


@st.composite
def _broken(draw: st.DrawFn) -> str:
    """Change a sound text in one place."""
    text = json.dumps(draw(JSON_VALUES), ensure_ascii=draw(st.booleans()))
    start = draw(st.integers(0, len(text)))
    return text[:start] + draw(_TOKENS) + text[start + draw(st.integers(0, 2)) :]


JSON_TEXTS: st.SearchStrategy[str] = st.one_of(
    JSON_VALUES.map(lambda value: json.dumps(value, ensure_ascii=False)),
    JSON_VALUES.map(lambda value: json.dumps(value, indent=1)),
    _NUMBERS,
    _broken(),
    st.lists(_TOKENS, max_size=12).map("".join),
)
