"""Numbers, JSON and debug strings as the gateway's messages write them."""

from __future__ import annotations

import fractions
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.engine._debug_escapes import BOUNDARIES, UNICODE_VERSION
from contractgate_core.engine.render import debug_string, float_display, json_text

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | FLOATS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


class TestFloatDisplay:
    """How range messages show a number."""

    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            (5, "5"),
            (5.0, "5"),
            (0.1, "0.1"),
            (1e-7, "0.0000001"),
            (-1.5e-7, "-0.00000015"),
            (1e15, "1000000000000000"),
            (1e21, "1000000000000000000000"),
            (1.2345678901234568e29, "123456789012345680000000000000"),
            (-9223372036854775807, "-9223372036854776000"),
            (2**64 - 1, "18446744073709552000"),
            (-0.0, "-0"),
            (5e-324, "0." + "0" * 323 + "5"),
            (float("inf"), "inf"),
            (float("-inf"), "-inf"),
            (float("nan"), "NaN"),
        ],
    )
    def test_writes_all_digits_and_no_exponent(self, number: float, shown: str) -> None:
        """A number is written out, without an exponent and without a trailing `.0`."""
        assert shown == float_display(number)

    @given(FLOATS)
    def test_reads_back_to_the_same_number(self, number: float) -> None:
        """What is shown is the number itself, its sign included."""
        assert repr(number) == repr(float(float_display(number)))

    @given(FLOATS)
    def test_is_a_plain_decimal(self, number: float) -> None:
        """There is no exponent, no bare point, and no needless zero."""
        assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", float_display(number))

    @given(st.integers(-(2**63), 2**64 - 1))
    def test_rounds_an_integer_to_a_float(self, number: int) -> None:
        """An integer is shown as the 64-bit float that the gateway compares."""
        assert float_display(float(number)) == float_display(number)


class TestJsonText:
    """How enum messages show a value."""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "null"),
            (True, "true"),
            (False, "false"),
            (1, "1"),
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (18446744073709551615, "18446744073709551615"),
            (0.0001, "0.0001"),
            (0.00001, "0.00001"),
            (-0.000012, "-0.000012"),
            (0.0000099, "9.9e-6"),
            (1e-9, "1e-9"),
            (1e-10, "1e-10"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.2345678901234568e29, "1.2345678901234568e+29"),
            (1e100, "1e+100"),
            (float("inf"), "null"),
            ("a/é\x7f\u2028", '"a/é\x7f\u2028"'),
            ('"\\\n\t\b\f\r\x1f\0', '"\\"\\\\\\n\\t\\b\\f\\r\\u001f\\u0000"'),
            ([], "[]"),
            ({}, "{}"),
            ([1, [2, {"a": []}]], '[1,[2,{"a":[]}]]'),
            (
                {"b": 1, "a": 2, "\U00010000": 3, "\uffff": 4},
                '{"a":2,"b":1,"\uffff":4,"\U00010000":3}',
            ),
        ],
    )
    def test_is_compact_and_sorted(self, value: object, text: str) -> None:
        """Values are written without spaces, keys by code point, text raw where JSON allows it."""
        assert text == json_text(value)

    @given(JSON_VALUES)
    @example(0.00001)
    @example(-1e-7)
    @example(1e16)
    def test_reads_back_to_the_same_value(self, value: Any) -> None:
        """Another JSON reader finds the same value in the text, types and signs included."""
        assert repr(_sorted(value)) == repr(_sorted(json.loads(json_text(value))))

    @given(JSON_VALUES)
    def test_equals_the_standard_library_but_for_floats(self, value: Any) -> None:
        """Strings, keys and punctuation are those of `json.dumps` with its compact separators."""
        ours = json_text(_without_floats(value))
        theirs = json.dumps(
            _without_floats(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
        assert theirs == ours

    @pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"k": inner}])
    def test_writes_the_deepest_event(self, wrap: Any) -> None:
        """127 levels, the most that an event has, are no problem."""
        value: object = 1
        for _ in range(127):
            value = wrap(value)
        assert value == json.loads(json_text(value))


class TestDebugString:
    """How pattern, date and uniqueness messages show a text."""

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("", '""'),
            ("it's a space", '"it\'s a space"'),
            ('"\\\n\r\t\0', '"\\"\\\\\\n\\r\\t\\0"'),
            ("\x01\x1f\x7f\x80", '"\\u{1}\\u{1f}\\u{7f}\\u{80}"'),
            ("é漢😀", '"é漢😀"'),
            ("e\u0301", '"e\\u{301}"'),
            ("\u00a0\u2028\ufeff\ue000", '"\\u{a0}\\u{2028}\\u{feff}\\u{e000}"'),
            ("\u09be\uff9e", '"\\u{9be}\\u{ff9e}"'),
            ("\U0010ffff", '"\\u{10ffff}"'),
        ],
    )
    def test_escapes_what_cannot_be_seen(self, text: str, shown: str) -> None:
        """Quotes, controls, marks, foreign spaces and unassigned characters are escaped."""
        assert shown == debug_string(text)

    @given(TEXTS)
    @example("\\u{301}")
    def test_reads_back_to_the_same_text(self, text: str) -> None:
        """The escapes tell exactly which text it was."""
        assert text == _read_debug_string(debug_string(text))

    @given(st.text(st.characters(max_codepoint=0x7F)))
    def test_escapes_every_character_on_its_own(self, text: str) -> None:
        """A character is written the same wherever it stands."""
        alone = [debug_string(character)[1:-1] for character in text]
        assert f'"{"".join(alone)}"' == debug_string(text)

    def test_the_table_is_the_one_of_unicode_17(self) -> None:
        """The table names its version, and its code points ascend."""
        assert ("17.0.0", sorted(set(BOUNDARIES))) == (UNICODE_VERSION, list(BOUNDARIES))

    def test_ascii_text_does_not_load_the_table(self) -> None:
        """The table is read only when a text needs it."""
        program = (
            "import sys\n"
            "from contractgate_core.engine.render import debug_string\n"
            "table = 'contractgate_core.engine._debug_escapes'\n"
            "debug_string('plain \\x07')\n"
            "before = table in sys.modules\n"
            "debug_string('é')\n"
            "print(before, table in sys.modules)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "False True"


def _sorted(value: Any) -> Any:
    """Sort the keys of all objects, so that `repr` compares types and signs too."""
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value


def _without_floats(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_floats(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_floats(item) for key, item in value.items()}
    return None if isinstance(value, float) else value


_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", '"': '"', "\\": "\\"}


def _read_debug_string(shown: str) -> str:
    """Read a debug string, character by character; a bare quote or backslash is an error."""
    assert shown[0] == shown[-1] == '"'
    read, at, inner = [], 0, shown[1:-1]
    while at < len(inner):
        if inner[at] != "\\":
            assert inner[at] != '"'
            read.append(inner[at])
            at += 1
        elif inner[at + 1] == "u":
            close = inner.index("}", at)
            read.append(chr(int(inner[at + 3 : close], 16)))
            at = close + 1
        else:
            read.append(_SHORT_ESCAPES[inner[at + 1]])
            at += 2
    return "".join(read)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (858388815503394.25, "858388815503394.3"),
        (-858388815503394.25, "-858388815503394.3"),
        (2212993715.06640625, "2212993715.0664063"),
        (858388815503394.75, "858388815503394.8"),
        (1125899906842624.25, "1125899906842624.3"),
        (0.1 + 0.2, "0.30000000000000004"),
        (9007199254740993.0, "9007199254740992"),
        (5e-324, f"0.{'0' * 323}5"),
    ],
)
def test_a_float_with_two_shortest_texts_is_displayed_away_from_zero(
    number: float, text: str
) -> None:
    """And in JSON with the even digit."""
    assert float_display(number) == text
    assert float(text) == number
    assert json_text(number) == repr(number) or abs(number) < 1e-4


@given(st.integers(2**50, 2**53), st.integers(1, 22), st.sampled_from([1, -1]))
def test_the_display_of_a_float_is_the_farther_of_the_nearest(
    significand: int, halvings: int, sign: int
) -> None:
    """Beside the texts of as many digits next to it, by exact arithmetic."""
    number = sign * significand / 2**halvings
    step = fractions.Fraction(1, 10 ** len(repr(number).partition(".")[2]))
    near = [fractions.Fraction(repr(number)) + step * n for n in (-1, 0, 1)]
    same = [other for other in near if float(other) == number]
    exact = fractions.Fraction(number)
    farthest = max(same, key=lambda other: (-abs(other - exact), abs(other)))
    assert fractions.Fraction(float_display(number)) == farthest
