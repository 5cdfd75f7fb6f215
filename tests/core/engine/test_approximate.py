"""Events that are read approximately: a verdict on them is the exact one, or there is none.

Source: docs/spec/validation.md, sections 1 and 10.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Optional

import pytest

from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.decode import decode_event
from contractgate_core.results import Violation
from contracts import compiled
from cost import count_calls
from law import found_approximately

NOW = 1712000100


def prepared(*fields: dict[str, Any], **keys: Any) -> CompiledContract:
    validator = compiled(*fields, **keys)
    validator.judge.prepare()
    return validator


def approximately(validator: CompiledContract, text: str) -> Optional[list[Violation]]:
    """Judge a text read approximately; if that gives a verdict, it is the exact one."""
    assert validator.judge.failing.reader is not None
    return found_approximately(validator, text.encode(), NOW)


def values(
    validator: CompiledContract, *written: str, beside: str = '"z":1e0,'
) -> list[Optional[int]]:
    """Count the violations of values of `a`; None where the exact reader has to say.

    Beside each there is a number that may be read in two ways; else both readers read all alike.
    """
    found = [approximately(validator, f'{{{beside}"a":{value}}}') for value in written]
    return [None if one is None else len(one) for one in found]


def test_texts_integers_and_what_is_missing_are_judged() -> None:
    """They are read in only one way."""
    validator = prepared(
        {"name": "a", "type": "integer", "min": 1, "max": 9},
        {"name": "b", "pattern": "^x$"},
        {"name": "c", "type": "boolean", "required": False},
    )
    for text, count in (
        ('{"a":5,"b":"x"}', 0),
        ('{"a":10,"b":"y","c":true}', 2),
        ('{"a":-9223372036854775808,"b":"x","c":null}', 2),
        ('{"a":"5","b":null}', 2),
        ('{"a":5.5,"b":"x","c":[1.5]}', 2),
        ("{}", 2),
    ):
        found = approximately(validator, text)
        assert found is not None
        assert len(found) == count


def test_a_nought_may_have_had_a_sign() -> None:
    """`-0` is a float, which matters for the type and in a message."""
    validator = prepared({"name": "a", "type": "integer"})
    assert values(validator, "0", "-0", "1", beside='"z":-0,') == [None, None, 0]
    assert values(validator, "0", "-0", "1") == [0, None, 0]
    validator = prepared({"name": "a"})
    assert values(validator, "0", "-0", "0.0", beside='"z":-0,') == [None, None, 1]
    assert values(prepared({"name": "a", "type": "float", "min": 1}), "0", "-0") == [None, None]
    assert values(prepared({"name": "a", "type": "float", "min": 0}), "0", "-0") == [0, 0]
    validator = prepared({"name": "a", "type": "any", "enum": [0, 1]})
    assert values(validator, "0", "-0", "1", "2", "false") == [None, None, 0, 1, 1]


def test_a_float_that_fails_or_is_on_an_edge_is_read_again() -> None:
    """Another reader may find the next float, which fails or not, or is written differently."""
    validator = prepared({"name": "a", "type": "float", "max": 100})
    assert values(validator, "99.5", "100.0", "100.5", "101") == [0, None, None, 1]
    assert values(prepared({"name": "a", "type": "integer"}), "1.5") == [1]


def test_a_text_in_which_both_readers_read_all_numbers_alike_is_not_read_again() -> None:
    """All numbers are short, and none is `-0`."""
    validator = prepared({"name": "a", "type": "float", "max": 100})
    found = values(validator, "100.0", "100.5", "100.500000000000000000", "1e3", "-0", beside="")
    assert found == [0, 1, None, None, 0]
    validator = prepared({"name": "a", "type": "integer"})
    assert values(validator, "0", "-0", "1.0", beside="") == [0, None, 1]


def decodes_in(call: Callable[[], object]) -> int:
    """Count the calls of decoders while something is done."""
    calls = 0

    def count(_: object, event: str, function: object) -> None:
        nonlocal calls
        calls += event == "c_call" and getattr(function, "__name__", "") == "decode"

    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("are_structs", [False, True], ids=["dicts", "structs"])
@pytest.mark.parametrize(
    "value",
    [
        *("100.5", "100.0", "0.5", "101", "0", "-0", "1e2", "1E5", "5e-1", "null", '"x"'),
        *("100.00000000000000000001", "99.99999999999999999999", "18446744073709551616"),
    ],
)
def test_a_doubtful_number_costs_two_decodes_at_most(value: str, are_structs: bool) -> None:
    """The text itself shows whether both readers read it alike, or is read exactly at once."""
    validator = compiled(
        {"name": "a", "type": "float", "max": 100, "min": 0},
        {"name": "b", "type": "integer", "required": False, "min": 1},
    )
    good, text = b'{"a":1.5}', b'{"a":%b,"b":2}' % value.encode()
    validator.judge.prepare([{"a": 1.5}])
    if are_structs:
        validator.judge.failing.prepare([text])
    for turn in range(60):  # Whether it comes first, after good ones, or after many of its kind.
        calls = decodes_in(lambda: validator.validate_json(text, now=NOW))
        assert 1 <= calls <= 2, turn
        if turn % 20 > 10:
            validator.validate_json(good, now=NOW)


@pytest.mark.parametrize(
    "value",
    ["1e400", "1.7976931348623158e308", "1" + "0" * 400, "[" * 128 + "]" * 128, '"\\ud800"'],
)
def test_what_the_gateway_may_refuse_is_not_judged_wherever_it_stands(value: str) -> None:
    """An undeclared key, and the first of two equal keys, are parts of the text, too."""
    validator = prepared({"name": "a"})
    for text in (
        f'{{"a":{value}}}',
        f'{{"a":1,"x":{value}}}',
        f'{{"x":{value},"x":1}}',
        f'{{"a":1,"x":[{value}]}}',
    ):
        assert approximately(validator, text) is None


def test_lists_and_objects_with_a_failing_part_are_gone_through() -> None:
    """Only the failing elements and members matter."""
    items = {"name": "a", "type": "array", "items": {"name": "i", "type": "float", "max": 9}}
    validator = prepared(items)
    assert values(validator, "[1,2.5]", '["x",8.5]', "[10,null]", "[10.5]", "5") == [
        0,
        1,
        2,
        None,
        1,
    ]
    deep = {"name": "i", "type": "array", "items": {"name": "i", "type": "integer"}}
    validator = prepared({"name": "a", "type": "array", "items": deep})
    assert values(validator, '[[1],["x",2,true],0.5]', "[[0],[1]]", '[["x"],[-0]]') == [
        3,
        None,
        None,
    ]
    members = [{"name": "b", "type": "string"}, {"name": "c", "type": "float", "required": False}]
    one = {"name": "i", "type": "object", "properties": members}
    validator = prepared({"name": "a", "type": "array", "items": one})
    assert values(validator, '[{"b":"x","c":1.5},{"c":0.5},7]', '[{"b":"x"},{"b":0}]') == [2, None]
    members = [{"name": "b", "type": "string"}, {"name": "c", "type": "string"}]
    validator = prepared({"name": "a", "type": "object", "properties": members})
    assert values(validator, '{"b":1,"c":"x"}', '{"b":0,"c":"x"}', '{"b":[0.5]}') == [1, None, 2]


def test_lists_of_a_name_that_is_declared_twice_are_left_to_both_checks() -> None:
    """Their elements have two plans."""
    kinds = ("string", "boolean")
    fields = [
        {"name": "a", "type": "array", "items": {"name": "i", "type": kind}} for kind in kinds
    ]
    validator = prepared(*fields)
    for value in ([True], ["x"], [1]):
        exact = validator.judge.exact_violations({"a": value}, NOW)
        assert validator.judge.value({"a": value}, NOW) == exact != []


def test_metrics_and_freshness_are_judged_where_no_number_decides() -> None:
    """A text in place of a number is a violation, whatever the text."""
    rules = {
        "metrics": [{"name": "m", "field": "a", "max": 10}],
        "quality": [{"type": "freshness", "field": "t", "max_age_seconds": 60}],
    }
    validator = prepared({"name": "t", "type": "integer", "required": False}, **rules)
    assert values(validator, '"x"', "11", "10.5", "9.5", '[1],"t":5') == [1, 1, None, 0, None]
    assert values(validator, '5,"t":1712000099', '5,"t":1', '5,"t":0', '5,"t":1.5') == [
        0,
        1,
        None,
        None,
    ]


def test_values_of_an_enum_that_types_cannot_express_are_read_again() -> None:
    """The exact checks compare them, and texts are the same however they are read."""
    validator = prepared({"name": "a", "type": "any", "enum": [1.5, [0], "x"]})
    assert values(validator, '"x"', '"y"', "1.5", "[0]", "true") == [0, 1, None, None, 1]


@pytest.mark.parametrize("text", ["", "[]", "5", "null", '{"a":"x"', '{"a":"x"}]', "\xff"])
def test_what_is_no_object_is_not_judged(text: str) -> None:
    """Nor is what is not JSON; the exact reader has an error for it."""
    assert found_approximately(prepared({"name": "a"}), text.encode("latin-1"), NOW) is None


def test_events_that_must_be_read_exactly_are_not_read_twice_for_long() -> None:
    """The next ones go straight to the exact reader."""
    validator = prepared({"name": "a", "type": "float", "max": 1})
    body = b'{"a":1.5}\n' * 8000

    def scan() -> None:
        assert sum(1 for _ in validator.scan(body, now=NOW)) == 8000

    scan()
    calls = count_calls(scan)
    validator.judge.failing.reader = None
    assert calls < 1.3 * count_calls(scan)


def test_events_are_read_approximately_again_after_some_that_must_not() -> None:
    """Nothing is given up for good."""
    validator = prepared({"name": "a", "type": "float", "max": 1})
    text = b'{"a":1.00000000000000000001}'
    assert [found_approximately(validator, text, NOW) for _ in range(40)] == [None] * 40
    assert any(found_approximately(validator, b'{"a":"x"}', NOW) for _ in range(40))


UNDECLARED = {"compliance_mode": True}
FRESH = {"field": "b", "type": "freshness", "max_age_seconds": 2**30}


@pytest.mark.untraced
@pytest.mark.parametrize("more", [{}, UNDECLARED, {"null_as_absent": True}])
@pytest.mark.parametrize("path", ["b", "b.c", "a.b", "b.c.d"])
@pytest.mark.parametrize(
    "rule",
    [
        {"quality": [{"type": "freshness", "max_age_seconds": 2**62}]},
        {"quality": [{"type": "freshness"}]},
        {"quality": [{"type": "completeness"}]},
        {"metrics": [{"name": "m", "min": 1, "max": 2}]},
        {"metrics": [{"name": "m", "max": -1e-5}]},
    ],
    ids=["freshness", "no freshness", "completeness", "between", "below"],
)
def test_a_rule_looks_at_no_value_in_doubt_declared_or_not(
    path: str, rule: dict[str, Any], more: dict[str, Any]
) -> None:
    """Whatever the rest of the event is like: there is no verdict, or it is the exact one."""
    keys = {key: [{**one, "field": path} for one in rules] for key, rules in rule.items()}
    validator = prepared({"name": "a", "type": "object", "required": False}, **keys, **more)
    for value in (*EDGES, f"[{EDGES[0]}]", f'{{"c":{EDGES[0]}}}', "null", '""', "true"):
        for name in path.split(".")[::-1]:
            value = f'{{"{name}":{value}}}'  # noqa: PLW2901 - one level around the other
        # Made anew, since after some that are in doubt others are not tried.
        validator.judge.prepare()
        if validator.judge.failing.reader is None:
            assert "." in path
            assert "quality" in rule
            return
        approximately(validator, value)
        approximately(validator, value[:-1] + ',"z":1}')
        assert approximately(validator, '{"z":true}') is not None


EDGES = [
    "-0", "0", "-0.0", "0e5", "1e-400", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
    "858388815503394.25", "1.0", "1.0000000000000000001", "1712000100",
]  # fmt: skip


@pytest.mark.parametrize("value", EDGES)
def test_a_timestamp_that_nobody_declared_is_judged_alike_cold_and_warm(value: str) -> None:
    """One event after another, a scan, a body and an envelope give the same verdict at any time."""
    validator = compiled(quality=[FRESH], envelope={"records_path": "r"}, **UNDECLARED)
    text = f'{{"b":{value}}}'
    exact = [one.message for one in validator.judge.exact_violations(decode_event(text), NOW)]
    assert len(exact) > 1 or value == "1712000100"
    for _ in range(40):
        assert [one.message for one in validator.validate_json(text, now=NOW).violations] == exact
        [failed] = validator.scan(text.encode(), format="ndjson", now=NOW)
        assert [one.message for one in failed.violations] == exact
        [result] = validator.validate_batch_json(f"[{text}]", now=NOW)
        assert [one.message for one in result.violations] == exact
        [result] = validator.validate_batch_json(text, ndjson=True, now=NOW)
        assert [one.message for one in result.violations] == exact
        found = validator.validate_envelope_json(f'{{"r":[{text}]}}', now=NOW)
        assert [one.message for one in found.violations] == exact
