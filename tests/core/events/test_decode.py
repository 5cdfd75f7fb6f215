"""One JSON text, read as the gateway reads it."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any, Union

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import MOST_LEVELS, decode_event
from contractgate_core.events.fault import find_fault
from contractgate_core.events.numbers import read_float, read_integer
from json_values import JSON_TEXTS


def place(error: EventDecodeError) -> tuple[int, int, int]:
    """Take the place out of an error."""
    return error.line, error.column, error.offset


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0", -0.0),
        ("[-0, -0.0, 0, -1]", [-0.0, -0.0, 0, -1]),
        ('"-0"', "-0"),
        ("[1e-0, -0]", [1.0, -0.0]),
        ('{"day": "2024-01-05", "n": -0}', {"day": "2024-01-05", "n": -0.0}),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 18446744073709552000.0),
        ("-9223372036854775808", -(2**63)),
        ("-9223372036854775809", -9223372036854775808.0),
        ('["\\"-0", -0, "\\\\", -0]', ['"-0', -0.0, "\\", -0.0]),
        (
            '["12345678901234567890123", 12345678901234567890123]',
            ["12345678901234567890123", 1.2345678901234568e22],
        ),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('"\\ud83d\\ude00"', "😀"),
        (b'"\xf0\x9f\x98\x80"', "😀"),
        (bytearray(b" [1]\n"), [1]),
        (memoryview(b"\t{}\r"), {}),
    ],
)
def test_a_text_is_read_as_the_gateway_reads_it(text: Any, value: object) -> None:
    """Where other JSON readers may read something else."""
    assert repr(decode_event(text)) == repr(value)


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", (1, 1, 0), "expected a JSON value, got the end of the text"),
        ("[1,\n 2", (2, 3, 6), "expected `,` or `]`, got the end of the text"),
        ('{"a" 1}', (1, 6, 5), "expected `:` after the key, got `1`"),
        ("{1: 2}", (1, 2, 1), "expected a key in double quotes, got `1`"),
        ("[1,]", (1, 4, 3), "expected a JSON value, got `]`"),
        ('{"a":1,}', (1, 8, 7), "expected a key in double quotes, got `}`"),
        ("NaN", (1, 1, 0), "expected a JSON value, got `N`; JSON has no NaN"),
        ("-Infinity", (1, 2, 1), "expected a digit, got `I`"),
        ("{'a': 1}", (1, 2, 1), "expected a key in double quotes, got `'`"),
        ("True", (1, 1, 0), "expected a JSON value, got `T`; JSON writes `true`"),
        ("nul", (1, 4, 3), "expected `null`, got the end of the text"),
        ("[1, 01]", (1, 6, 5), "expected a number without leading zeros, got `1`"),
        ("1.", (1, 3, 2), "expected a digit, got the end of the text"),
        (
            '["é", 1e999]',
            (1, 7, 7),
            "expected a number that a 64-bit float can hold, got a larger one",
        ),
        ("9" * 400, (1, 1, 0), "expected a number that a 64-bit float can hold, got a larger one"),
        ("9" * 5000, (1, 1, 0), "expected a number that a 64-bit float can hold, got a larger one"),
        ("1 2", (1, 3, 2), "expected the end of the text, got `2`"),
        ("\ufeff1", (1, 1, 0), "expected a JSON value, got a byte order mark"),
        (
            '"a\nb"',
            (1, 3, 2),
            'expected the closing `"` of a text or an escape such as `\\n`, got the byte 0x0a',
        ),
        ('"\\x"', (1, 3, 2), 'expected one of `" \\ / b f n r t u` after the backslash, got `x`'),
        ('"\\u12g4"', (1, 6, 5), "expected four hexadecimal digits after `\\u`, got `g`"),
        ('"é\\ud800"', (1, 3, 3), "expected a pair of surrogates, got a lone one"),
        ('"\\udc00"', (1, 2, 1), "expected a pair of surrogates, got a lone one"),
        ('"\\ud800\\u0041"', (1, 2, 1), "expected a pair of surrogates, got a lone one"),
        ('"\ud800"', (1, 2, 1), "expected UTF-8, got the byte 0xed"),
        (b'["a", "\xff"]', (1, 8, 7), "expected UTF-8, got the byte 0xff"),
        (b'{"\xff": 1}', (1, 3, 2), "expected UTF-8, got the byte 0xff"),
        (b"\xff", (1, 1, 0), "expected UTF-8, got the byte 0xff"),
        ("\x00", (1, 1, 0), "expected a JSON value, got the byte 0x00"),
        (
            "[" * 128 + "]" * 128,
            (1, 128, 127),
            "expected at most 127 levels of lists and objects, got more",
        ),
    ],
)
def test_an_error_says_what_was_expected_what_came_and_where(
    text: Union[str, bytes], where: tuple[int, int, int], message: str
) -> None:
    """Lines and columns count characters from 1, the offset counts bytes from 0."""
    with pytest.raises(EventDecodeError) as caught:
        decode_event(text)
    assert caught.value.message == message
    assert place(caught.value) == where


def test_only_texts_are_read() -> None:
    """An object in place of its text is a mistake in the caller's code."""
    with pytest.raises(TypeError, match="expected a JSON text as str or bytes, got dict"):
        decode_event({})  # type: ignore[arg-type]  # it is refused


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [126, 127])
def test_127_levels_are_read(opening: str, levels: int) -> None:
    """The innermost list or object counts."""
    closing = "]" if opening == "[" else "}"
    decode_event(opening * (levels - 1) + "[]" + closing * (levels - 1))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 128 + "]" * 128,
        '{"a":' * 127 + "[]" + "}" * 127,
        '["]",' * 127 + '["["]' + "]" * 127,
        '["\\"]",' * 127 + "[]" + "]" * 127,
        "[" * 1_000_000,
        '{"a":' * 200_000,
        "[{}," * 300_000,
    ],
)
def test_more_levels_are_refused(text: str) -> None:
    """Whatever brackets in texts pretend; and thousands end neither Python nor the process."""
    with pytest.raises(EventDecodeError, match="127 levels"):
        decode_event(text)


def test_deep_texts_do_no_harm_where_pythons_limit_was_raised() -> None:
    """They never reach the decoder."""
    caught: list[EventDecodeError] = []

    def read() -> None:
        with pytest.raises(EventDecodeError) as error:
            decode_event("[" * 500_000)
        caught.append(error.value)

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before)
    assert caught[0].offset == MOST_LEVELS


def test_brackets_in_texts_are_no_levels() -> None:
    """Nor are those of neighbours."""
    assert decode_event('["' + "[" * 1000 + '"]') == ["[" * 1000]
    assert decode_event('["\\"' + "[" * 1000 + '"]') == ['"' + "[" * 1000]
    assert decode_event("[" + "[]," * 1000 + "{}]") == [*([[]] * 1000), {}]


def by_python(text: str) -> object:
    """Read a text with the standard library, with its gaps closed by hand."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    def integer(digits: str) -> Union[int, float]:
        return -0.0 if digits == "-0" else read_integer(int(digits))

    value = json.loads(text, parse_float=read_float, parse_int=integer, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode()
    return value


@given(JSON_TEXTS)
@example("-0")
@example("[-0, 1e-0]")
@example('["-0", -0.0e1]')
@example("[1,]")
@example('"\\ud800"')
@example("1e999")
@example("\x0b1")
def test_it_agrees_with_the_standard_library(text: str) -> None:
    """On every text, sound or a little broken."""
    try:
        expected = repr(by_python(text))
    except (ValueError, OverflowError):
        with pytest.raises(EventDecodeError):
            decode_event(text)
        return
    assert repr(decode_event(text)) == expected


@given(JSON_TEXTS)
def test_a_text_has_a_fault_exactly_if_it_is_refused(text: str) -> None:
    """So the place of an error is never a guess."""
    data = text.encode("utf-8", "surrogatepass")
    fault = find_fault(data, MOST_LEVELS)
    try:
        decode_event(data)
    except EventDecodeError as error:
        assert fault is not None
        assert (fault.offset, fault.message) == (error.offset, error.message)
    else:
        assert fault is None


@given(st.binary())
@example(b'"\xed\xa0\x80"')
@example(b"[\xef\xbb\xbf]")
def test_no_bytes_give_anything_but_a_value_or_the_error(data: bytes) -> None:
    """And the error's place is in the text."""
    try:
        decode_event(data)
    except EventDecodeError as error:
        assert 0 <= error.offset <= len(data)
        assert error.line >= 1
        assert error.column >= 1
