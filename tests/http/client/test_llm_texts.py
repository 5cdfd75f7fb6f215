"""The one JSON object in a language model's text."""

from __future__ import annotations

import gc
import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import EventDecodeError
from contractgate_http import LLMResponseError, extract_json

OBJECT = '{"a": 1}'


@pytest.mark.parametrize(
    "text",
    [
        OBJECT,
        f"  {OBJECT}\n",
        f"\ufeff{OBJECT}",
        f"```json\n{OBJECT}\n```",
        f"```\n{OBJECT}```",
        f"  ```JSON {OBJECT} ```  ",
        f"````json\n{OBJECT}\n````",
        f"~~~json\n{OBJECT}\n~~~",
        f"```json5\n{OBJECT}\n```",
        f"```javascript\n{OBJECT}\n```",
        f"```json\n{OBJECT}",
        f"{OBJECT}```",
        f"Here is the JSON:\n```json\n{OBJECT}\n```",
        f"```json\n{OBJECT}\n```\nLet me know!",
        f"Sure! {OBJECT} Anything else?",
        f'He said "ok" [1]: {OBJECT} (see [2](https://example.com)).',
        f"Fill in {{name}} and {{place}}: {OBJECT}",
        f'<think>perhaps {{"a": 0}}?</think>{OBJECT}',
        f"<Think>{{ [ }} </think>\n\n{OBJECT}",
        f"<reasoning>no braces</reasoning>{OBJECT}",
        f'perhaps {{"a": 0}}, or {{ </think> {OBJECT}',
        f"It holds for [0, 1], and no </b>. {OBJECT} :-]",
    ],
)
def test_one_object_is_found_whatever_stands_around_it(text: str) -> None:
    """Prose, fences of all kinds, thoughts, a byte order mark."""
    assert extract_json(text) == {"a": 1}
    assert extract_json(text.encode()) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    ['{"a": "```"}', '{"a": "</think>"}', '{"a": "<think>"}', r'{"a": "\"}{"}', '{"a": "}"}'],
)
def test_what_a_text_in_the_object_says_is_no_sign(text: str) -> None:
    """Neither without nor within a fence."""
    for around in (text, f"````json\n{text}\n````"):
        assert extract_json(around) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("alice said no", "got no JSON: a text without an object", "no_json"),
        ("", "got no JSON: an empty text", "no_json"),
        ("NaN", "got no JSON", "no_json"),
        ("[1]", "got a list", "no_json"),
        (f"[{OBJECT}]", "got a list", "no_json"),
        (f"Here: [{OBJECT}, {OBJECT}]", "got a list", "no_json"),
        ("7", "got a number", "no_json"),
        ("null", "got null", "no_json"),
        ('"alice"', "got a text in quotes", "no_json"),
        (
            f"{OBJECT} {OBJECT}",
            "got more than one: at line 1, column 1 and at line 1, column 10",
            "several_objects",
        ),
        (f"```json\n{OBJECT}\n```\nor\n```json\n{OBJECT}\n```", "line 6, column 1", "several_obj"),
        ("\ud800", "lone surrogate", "no_json"),
        ('{"a": "\ud800"}', "lone surrogate", "no_json"),
        (f"<think> so {OBJECT}", "thoughts that does not end", "no_json"),
        ('{"a": 1e999}', r"\(line 1, column 7, byte 6\)", "no_json"),
        ('{"a": NaN}', "JSON has no NaN", "no_json"),
        ("{'a': 1}", "expected a key in double quotes", "no_json"),
        ('{"a":' * 200 + "1" + "}" * 200, "at most 127 levels", "no_json"),
    ],
)
def test_the_error_says_what_came_instead(text: str, error: str, reason: str) -> None:
    """But quotes nothing of it."""
    with pytest.raises(LLMResponseError, match=error) as caught:
        extract_json(text)
    assert caught.value.reason.startswith(reason)
    assert caught.value.response == text
    assert "alice" not in f"{caught.value}{caught.value!r}{caught.value.__cause__}"


@pytest.mark.parametrize(
    "text",
    [
        '{"order": {"a": 1}, ',
        '[{"a": 1}, {"a"',
        '["x", {"a": 1}, ',
        'Here: {"order": [{"a": 1}',
        "{order: {\"a\": 1}, 'x'",
        '"order": {"a": 1}}',
        '{"a": 1}]',
        '{"a": 1, "b": {"c": 2},} {"d": 3}',
        'Such as {"a": 1}:\n```json\n{"a": 2,}\n```',
    ],
)
def test_a_piece_is_never_taken_for_the_whole(text: str) -> None:
    """Nor is another object taken for a broken one."""
    with pytest.raises(LLMResponseError, match="got no JSON"):
        extract_json(text)


def test_places_count_in_the_text_as_it_came() -> None:
    """Even before a fence, in lines, characters and bytes."""
    text = '\ufeffé:\n```json\n{\n "é": 1,\n}\n```'
    with pytest.raises(LLMResponseError, match=r"\(line 5, column 1, byte 27\)") as caught:
        extract_json(text)
    cause = caught.value.__cause__
    assert isinstance(cause, EventDecodeError)
    assert (cause.line, cause.column, cause.offset) == (5, 1, 27)
    assert text.encode()[27:28] == b"}"


def test_a_fence_of_another_language_is_named() -> None:
    """If that is why it cannot be read."""
    with pytest.raises(LLMResponseError, match="the fence is marked json5, but only strict JSON"):
        extract_json("```json5\n{a: 1}\n```")
    with pytest.raises(LLMResponseError) as caught:
        extract_json("```alice\n{a: 1}\n```")
    assert "alice" not in str(caught.value)


PROSE = st.text(st.sampled_from("ab `~\n\"'.,:1"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@given(PROSE, OBJECTS, PROSE, st.sampled_from([None, 1]))
def test_any_object_is_found_in_any_prose(
    before: str, event: object, after: str, indent: int
) -> None:
    """Unchanged."""
    assert extract_json(before + json.dumps(event, indent=indent) + after) == event


@given(PROSE, OBJECTS, st.data())
def test_a_part_of_an_object_is_no_object(before: str, event: object, data: st.DataObject) -> None:
    """Wherever it was cut, at its end or at its beginning."""
    text = json.dumps({"a": event, "b": {}})
    cut = data.draw(st.integers(1, len(text) - 1))
    for part in (text[:cut], text[cut:]):
        with pytest.raises(LLMResponseError):
            extract_json(before + part)


UNITS = ["{", "[", "}", "{}", "{x}", '{"x"}', "```json\n", "~~~\n{", '{"', '{"a":', '{"a":[', "[{"]
UNITS += ["<think>", "</think>", "<think></think>", '"', "\\", '{"\\', " [", '{"a":1,', '{\n"']


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_texts_cost_what_their_length_says(unit: str) -> None:
    """A text eight times as long costs at most twenty times as much."""

    def cost(length: int, tries: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        best = float("inf")
        for _ in range(tries):
            began = time.process_time()
            with pytest.raises(LLMResponseError):
                extract_json(text)
            best = min(best, time.process_time() - began)
        return best

    # The least of some, since the machine may do something else meanwhile, which is no excuse for
    # the long text; and without collecting garbage, which costs what else the tests have made.
    gc.disable()
    try:
        ratios = (cost(131_072, 1) / max(cost(16_384, 3), 0.0005) for _ in range(5))
        assert any(ratio < 20 for ratio in ratios)
    finally:
        gc.enable()


def test_no_expression_looks_far_back() -> None:
    """The tokens of a text are found one after the other, each once."""
    from contractgate_http import _answer_text

    text = '{"a": "' + "x" * 10_000
    tokens = [token[0] for token in re.finditer(_answer_text._INSIDE, text)]
    assert tokens == ["{", '"a"', '"' + "x" * 10_000]
