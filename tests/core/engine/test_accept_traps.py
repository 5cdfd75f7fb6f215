"""What msgspec reads in another way than the gateway: each trap, and what is safe beside it.

Source: docs/spec/validation.md, sections 1 and 10.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Optional

import pytest

from contractgate_core import Contract
from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.engine.judge import Judge
from contractgate_core.events.decode import decode_event
from contracts import compiled

NOW = 1712000100

Accepts = Callable[[str], bool]

MANY = 40
"""So many lines are tested together in another way than few."""


def accepting(validator: CompiledContract, *examples: str) -> Accepts:
    """Make a function that tells whether a text is accepted, alone, in a line and in many alike.

    What is accepted must conform; and where one way accepts, so must the other.
    """
    acceptor = Acceptor(validator.judge.plan, longest_backoff=0)
    for example in examples:
        acceptor.learn(decode_event(example))
    acceptor.prepare()

    def accepts(text: str) -> bool:
        data = text.encode("utf-8", "surrogatepass")
        alone = acceptor.accept(data, NOW) is not None
        for count in (1, MANY):
            rows = acceptor.accept_lines((data + b"\n") * count, NOW).by_line()
            assert [row is not None for row in rows] == [alone] * count
        if alone:
            assert validator.check_value(decode_event(data), now=NOW).passed
        return alone

    return accepts


def field(kind: str, **rules: Any) -> Accepts:
    """Accept events with one field `a`.

    Args:
        kind: Its type.
        rules: What else the contract says of it; and `contract`, keys of the contract, and `seen`,
            a value of `a` in an event that was seen before.
    """
    keys, seen = rules.pop("contract", {}), rules.pop("seen", None)
    examples = [] if seen is None else [f'{{"a":{seen}}}']
    return accepting(compiled({"name": "a", "type": kind, **rules}, **keys), *examples)


def texts(accepts: Accepts, *values: str) -> list[bool]:
    return [accepts(f'{{"a":{value}}}') for value in values]


def test_a_zero_with_a_sign_is_no_integer() -> None:
    """`-0` is a float to the gateway; a plain nought is not doubted because of it."""
    accepts = field("integer")
    assert texts(accepts, "0", "-0", "-0.0", "-1", "0 ", "-0 ") == [
        True,
        False,
        False,
        True,
        True,
        False,
    ]
    assert not accepts('{"a":0,"a":-0}')
    assert texts(field("integer", min=1), "1", "-0", "0") == [True, False, False]
    assert texts(field("float"), "-0", "0", "-0.0") == [True, True, True]
    assert texts(field("float", enum=[0]), "0", "-0") == [True, False]
    items = field("array", items={"name": "i", "type": "integer"})
    assert texts(items, "[0,1]", "[1,-0]") == [True, False]


@pytest.mark.parametrize("bounds", [{}, {"min": 0}, {"max": 0}, {"min": 0, "max": 0}])
@pytest.mark.parametrize("kind", ["integer", "float", "any"])
def test_a_zero_with_a_sign_is_not_the_zero_of_an_enum(kind: str, bounds: dict[str, int]) -> None:
    """Whatever the bounds say of zeros besides."""
    accepts = field(kind, enum=[0], **bounds)
    assert texts(accepts, "0", "-0", "0.0", "-0.0") == [True, False, False, False]


def test_a_zero_with_a_sign_is_found_in_its_line_alone() -> None:
    """The other lines of a chunk are accepted."""
    acceptor = Acceptor(compiled({"name": "a", "type": "integer"}).judge.plan)
    acceptor.prepare()
    partition = acceptor.accept_lines(b'{"a":0}\n{"a":-0}\n{"a":-1}\n', None)
    assert list(partition.refused) == [1]
    assert [row.f0 for row in partition.rows] == [0, -1]
    assert list(partition.lines) == [b'{"a":0}\n', b'{"a":-0}\n', b'{"a":-1}\n']


def test_an_integer_is_written_without_point_and_exponent() -> None:
    """`1.0` and `1e3` are floats."""
    assert texts(field("integer"), "1", "1.0", "1e3", "true") == [True, False, False, False]


def test_integers_past_64_bits_are_floats() -> None:
    """Up to 2^63-1 they are certain, from there to 2^64-1 the exact reader says."""
    accepts = field("integer")
    assert texts(accepts, str(2**63 - 1), str(-(2**63))) == [True, True]
    assert texts(accepts, str(2**63), str(2**64), str(-(2**63) - 1)) == [False, False, False]
    assert texts(field("float"), str(2**64), "9" * 300, "9" * 310) == [True, True, False]
    assert texts(field("any"), str(2**64), "9" * 310, "9" * 5000) == [True, False, False]


@pytest.mark.parametrize("kind", ["float", "any"])
def test_a_float_that_overflows_is_no_json(kind: str) -> None:
    """Next to the largest float the gateway's arithmetic overflows before msgspec's does."""
    accepts = field(kind)
    assert texts(accepts, "1e308", "1.5e308") == [True, True]
    assert texts(accepts, "1e999", "1.7976931348623157e308", "17976931348623157e292") == [False] * 3


def test_bounds_are_certain_only_away_from_them() -> None:
    """The gateway reads `100.000000000000007105` as more than 100, msgspec as 100."""
    accepts = field("float", min=0.5, max=100)
    assert texts(accepts, "99.99", "100", "0.6", "100.0") == [True, True, True, False]
    assert texts(accepts, "100.000000000000007105", "0.49", "101") == [False] * 3
    assert texts(field("float", min=0), "0", "0.0", "-0.0", "-1e-400") == [True] * 4
    assert texts(field("float", min=0), "-5e-324", "-2.4703282292062328e-324") == [False, False]


def test_bounds_of_integers_are_compared_as_floats() -> None:
    """2^53+1 is 2^53 to the gateway."""
    assert texts(field("integer", max=2**53), str(2**53), str(2**53 + 1)) == [True, False]
    assert texts(field("integer", min=0.5), "0", "1") == [False, True]
    assert texts(field("integer", min=1e300), "1") == [False]


@pytest.mark.parametrize("bound", [".inf", "-.inf", ".nan"])
def test_bounds_that_are_no_finite_numbers(bound: str) -> None:
    """An infinite bound is a bound; one that is no number is none."""
    for key in ("min", "max"):
        entity = f"{{name: a, type: float, {key}: {bound}}}"
        yaml = f"{{version: 1.0, name: c, ontology: {{entities: [{entity}]}}}}"
        validator = Contract.from_yaml(yaml).compile()
        accepts = accepting(validator)
        assert accepts('{"a":1.5}') is validator.validate_json('{"a":1.5}').passed


def test_undeclared_keys_are_read_and_not_skipped() -> None:
    """What msgspec skips it does not check: invalid UTF-8, overflow, depth."""
    validator = compiled({"name": "a"})
    unknown = accepting(validator)
    assert not unknown('{"a":"x","b":1}')
    known = accepting(validator, '{"a":"x","b":1}')
    assert known('{"a":"x","b":1}')
    assert known('{"b":{"c":[1,"é",null,{"d":2}]},"a":"x"}')
    for value in ("1e999", '"\ud800"', '"\\ud800"', "[" * 127 + "]" * 127, "9" * 400, "01", "NaN"):
        assert not known(f'{{"a":"x","b":{value}}}')


def test_bytes_that_are_no_utf8_are_no_json() -> None:
    """In values and in keys, of declared and undeclared fields."""
    acceptor = Acceptor(compiled({"name": "a", "type": "any"}).judge.plan)
    acceptor.learn({"a": 1, "b": 2})
    acceptor.prepare()
    assert acceptor.accept(b'{"a":"x","b":"y"}', None) is not None
    for text in (
        b'{"a":"\xff"}',
        b'{"b":"\xff"}',
        b'{"\xff":1}',
        b'{"a":{"\xff":1}}',
        b'\xef\xbb\xbf{"a":1}',
    ):
        assert acceptor.accept(text, None) is None


def test_deep_values_are_left_to_the_exact_reader() -> None:
    """However deep they are, nothing recurses."""
    accepts = field("any")
    assert texts(accepts, "[[1]]", '{"b":{"c":[1]}}') == [True, True]
    for depth in (5, 126, 127, 100_000):
        assert texts(accepts, "[" * depth + "]" * depth) == [False]


def test_lengths_count_bytes() -> None:
    """msgspec counts characters."""
    short = field("string", max_length=4, seen='"éé"')
    assert texts(short, '"abcd"', '"éé"', '"😀"', '"abcde"') == [True, True, True, False]
    assert texts(short, '"ééé"', '"\\u00e9\\u00e9\\u00e9"', '"abcé"') == [False] * 3
    long = field("string", min_length=3, seen='"李"')
    assert texts(long, '"abc"', '"李"', '"\\u674e"', '"é"', '"ab"') == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert texts(field("string", max_length=2**64 - 1), '"a"') == [True]
    assert texts(field("string", min_length=2**64 - 1), '"a"') == [False]


def test_lengths_are_certain_for_as_many_characters_until_others_are_seen() -> None:
    """Four bytes a character are enough, and so is one; ASCII alone has one each."""
    accepts = field("string", min_length=3, max_length=8)
    assert texts(accepts, '"abc"', '"abcdefgh"', '"ab"', '"abcdefghi"') == [
        True,
        True,
        False,
        False,
    ]
    assert texts(accepts, '"éé"', '"ééé"', '"ab\\n"') == [False] * 3
    accepts = field("string", min_length=1, max_length=8)
    assert texts(accepts, '"éé"', '"é"', '"ééé"') == [True, True, False]


def test_values_on_an_edge_are_accepted_when_some_were_seen() -> None:
    """Then the text of the number says whether they pass."""
    whole = {"min": 0, "max": 100}
    assert texts(field("integer", **whole), "1", "100", "0") == [True, True, False]
    seen = field("integer", **whole, seen="0")
    assert texts(seen, "0", "1", "100", "-0", "101") == [True, True, True, False, False]
    exact = field("float", min=-0.1, max=100, seen="100.0")
    assert texts(exact, "100.0", "100", "-0.1", "99.5", "0") == [True] * 5
    # These are not short enough to be read as the nearest float by everyone.
    assert texts(exact, "100.00000000000", "1e2", "100.0000000000000071", "1.0E2") == [
        True,
        False,
        False,
        False,
    ]
    assert texts(exact, "100.1", "-0.11", "-0.1000000000000000000001") == [False] * 3


def test_a_place_left_to_the_exact_checks_has_no_edges() -> None:
    """A name that is declared twice is read as it stands."""
    twin = {"name": "a", "type": "float", "max": 100}
    accepts = accepting(compiled(twin, {**twin, "min": 1}), '{"a":100.0}')
    assert texts(accepts, "100.0", "1", "0", "100.5") == [True, True, False, False]


def test_values_on_an_edge_are_learnt_from_the_data() -> None:
    """The types are made anew when events that pass were not accepted."""
    acceptor = Acceptor(compiled({"name": "a", "type": "float", "max": 100}).judge.plan)
    for _ in range(16):
        acceptor.learn({"a": 1.5})
    assert acceptor.accept(b'{"a":100.0}', None) is None
    for _ in range(16):
        acceptor.learn({"a": 100.0})
    assert acceptor.accept(b'{"a":100.0}', None) is not None


def test_a_value_on_an_edge_that_comes_late_is_learnt_soon() -> None:
    """Each time the types were made it takes longer until they are made again."""
    acceptor = Acceptor(compiled({"name": "a", "type": "integer", "min": 0}).judge.plan)
    acceptor.prepare()
    for _ in range(3):
        acceptor.learn({"a": 0})
        assert acceptor.accept(b'{"a":0}', None) is None
    acceptor.learn({"a": 0})
    assert acceptor.accept(b'{"a":0}', None) is not None


def test_of_events_without_end_few_are_read_to_learn_from() -> None:
    """However many pass that are not accepted."""
    acceptor = Acceptor(compiled({"name": "a"}).judge.plan)
    read: list[bytes] = []

    def reading(text: bytes) -> object:
        read.append(text)
        return decode_event(text)

    for _ in range(100_000):
        acceptor.learn(b'{"a":"x"}', reading)
    assert len(read) < 250


def test_lengths_and_patterns_of_strings_under_any() -> None:
    """Other values have none."""
    accepts = field("any", min_length=2, max_length=3, pattern="^[a-z]+$")
    assert (
        texts(accepts, '"ab"', "1", "null", "[]", '"a"', '"AB"', '"abcd"')
        == [True] * 4 + [False] * 3
    )


@pytest.mark.parametrize("value", ["", "a\n", "a\nb", "ab", "a", "é", "a" * 50])
@pytest.mark.parametrize(
    "pattern",
    [
        "^a$",
        "^[a-z]{1,3}$",
        "^[a-z]{2}$",
        "a",
        "^$",
        "^(a|ab)*$",
        "^[^b]+$",
        "^.a?$",
        "^a-[0-9]{2}$",
    ],
)
def test_patterns_are_the_gateways(pattern: str, value: str) -> None:
    """`$` is the end and not before a last newline; values are tried alone and in columns."""
    validator = compiled(
        {"name": "a", "pattern": pattern}, {"name": "b", "pattern": pattern, "required": False}
    )
    accepts = accepting(validator)
    text = json.dumps({"a": value})
    assert accepts(text) is validator.validate_json(text).passed
    acceptor = Acceptor(validator.judge.plan)
    acceptor.prepare()
    lines = [json.dumps({"a": other, "b": value}) for other in ("a", value, "ab", "é")]
    rows = acceptor.accept_lines("".join(f"{line}\n" for line in lines).encode(), None).by_line()
    assert [row is not None for row in rows] == [
        validator.validate_json(line).passed for line in lines
    ]


def test_an_enum_compares_with_types() -> None:
    """1, 1.0 and true are three values; objects and arrays are compared by value."""
    whole = field("any", enum=[1, "x", None])
    assert texts(whole, "1", '"x"', "null", "1.0", "true", '"y"') == [True] * 3 + [False] * 3
    mixed = field("any", enum=[True, 0.5, [1, {"b": None}], "x"])
    values = ("true", "0.5", '[1,{"b":null}]', '"x"', "1", "[1.0]", "false", '{"b":null}')
    assert texts(mixed, *values) == [True] * 4 + [False] * 4
    assert texts(field("any", enum=[]), "1", "null") == [False, False]
    assert texts(field("string", enum=["a", "bb"], min_length=2), '"bb"', '"a"') == [True, False]
    assert texts(field("integer", enum=[5, 7], max=6), "5", "7") == [True, False]


def test_a_value_left_to_the_exact_checks_hides_none_before_it() -> None:
    """An earlier value under the same key is read by nobody, so it must not be there."""
    accepts = field("any", enum=[0.5])
    assert accepts('{"a":0.5}')
    for text in ('{"a":1e999,"a":0.5}', '{"\\u0061":1e999,"a":0.5}', '{"a":0.5,"a":0.5}'):
        assert not accepts(text)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_elements_that_are_left_to_the_exact_checks_hide_nothing_either(levels: int) -> None:
    """However deep in arrays they are: such contracts are left to the exact reader."""
    items: dict[str, Any] = {"name": "i", "type": "any", "enum": [0.5]}
    for _ in range(levels - 1):
        items = {"name": "i", "type": "array", "items": items}
    accepts = field("array", items=items)
    assert not accepts('{"a":[1e999],"a":[]}')
    properties = [{**items, "name": "p", "required": False}]
    nested = field("array", items={"name": "i", "type": "object", "properties": properties})
    assert not nested('{"a":[{"p":1e999}],"a":[]}')


def test_the_last_of_equal_keys_counts() -> None:
    """The earlier ones are checked too, so that a refusal of them proves nothing."""
    accepts = field("integer", required=False, contract={"null_as_absent": True})
    assert [
        accepts(text) for text in ('{"a":1,"a":2}', '{"a":1,"a":null}', '{"a":null,"a":1}')
    ] == [True] * 3
    assert not accepts('{"a":"x","a":1}')
    required = field("integer", contract={"null_as_absent": True})
    assert [required(text) for text in ('{"a":null,"a":1}', '{"a":1,"a":null}')] == [False, False]


def test_null_is_absent_only_where_the_contract_says_so() -> None:
    """A null element of an array is never absent."""
    assert texts(field("string", required=False), "null") == [False]
    assert texts(field("any"), "null") == [True]
    naa = {"null_as_absent": True}
    assert texts(field("string", required=False, contract=naa), "null") == [True]
    assert texts(field("any", contract=naa), "null") == [False]
    assert texts(field("any", enum=[1.5], contract=naa), "null", "1.5") == [False, True]
    assert texts(field("any", required=False, enum=[1], contract=naa), "null") == [True]
    items = field("array", items={"name": "i", "type": "string", "required": False}, contract=naa)
    assert texts(items, '["x"]', "[null]") == [True, False]


def test_dates_in_the_long_form_are_certain() -> None:
    """What else the gateway takes for a date, the exact reader says."""
    accepts = field("date")
    assert texts(accepts, '"2024-02-29"', '"2023-02-29"', '"2024-02-29T00:00:00Z"') == [
        True,
        False,
        False,
    ]
    assert texts(accepts, '" 2024-2-1"', '"0000-01-01"', '"2024-02-29 "', "1") == [False] * 4
    assert texts(
        field("date", pattern="^2024"), '"2024-02-29"', '"2023-02-28"', '"2024-02-30"'
    ) == [True, False, False]
    assert texts(field("date", max_length=9), '"2024-02-29"', '"2024-2-29"') == [False, True]
    assert texts(field("date", enum=["2024-02-29", "x"]), '"2024-02-29"', '"x"') == [True, False]


@pytest.mark.parametrize("name", ["a.b", "é", "", "0", "class", "f0", "\u2028", "a" * 300])
def test_any_name_can_be_a_key(name: str) -> None:
    """Names are never names of Python."""
    accepts = accepting(compiled({"name": name, "pattern": "^x$"}))
    assert accepts(json.dumps({name: "x"}, ensure_ascii=False))
    assert accepts(json.dumps({name: "x"}))
    assert not accepts(json.dumps({name: "y"}))


@pytest.mark.parametrize("name", ['"', "\\", "\n", "\x00"])
def test_names_that_json_escapes_are_left_to_the_exact_reader(name: str) -> None:
    """msgspec cannot have them as keys of a struct."""
    assert not accepting(compiled({"name": name}))(json.dumps({name: "x"}))


def test_two_fields_with_one_name_must_both_be_satisfied() -> None:
    """The exact checks of both look at the value."""
    accepts = accepting(compiled({"name": "a", "max_length": 3}, {"name": "a", "pattern": "^x"}))
    assert texts(accepts, '"xy"', '"yx"', '"xyzz"', "1") == [True, False, False, False]


def test_fields_with_one_path_text_share_a_pattern() -> None:
    """A literal dot in a name makes the path of a nested field."""
    validator = compiled(
        {"name": "o", "type": "object", "properties": [{"name": "p", "type": "string"}]},
        {"name": "o.p", "pattern": "^x$", "required": False},
    )
    accepts = accepting(validator)
    assert accepts('{"o":{"p":"x"}}')
    assert not accepts('{"o":{"p":"y"}}')


def test_a_pattern_on_a_name_like_an_element_is_left_to_the_exact_reader() -> None:
    """The element has the same path text."""
    validator = compiled(
        {"name": "o", "type": "array", "items": {"name": "i", "type": "string"}},
        {"name": "o[0]", "pattern": "^x$", "required": False},
    )
    assert not accepting(validator)('{"o":["x"]}')


def test_metrics_demand_a_number() -> None:
    """Also on an optional field, and on one that nobody declared."""
    metric = {"metrics": [{"name": "m", "field": "a.n", "min": 1, "max": 9}]}
    inner = [{"name": "n", "type": "float", "required": False, "max": 5}]
    accepts = field("object", required=False, properties=inner, contract=metric)
    assert [accepts(text) for text in ('{"a":{"n":5}}', '{"a":{"n":1.5}}')] == [True, True]
    for text in ("{}", '{"a":{}}', '{"a":{"n":0.5}}', '{"a":{"n":6}}', '{"a":{"n":null}}'):
        assert not accepts(text)
    undeclared = accepting(compiled(metrics=[{"name": "m", "field": "x.y", "min": 1}]))
    assert [undeclared(text) for text in ('{"x":{"y":1}}', '{"x":{"y":0}}', "{}")] == [
        True,
        False,
        False,
    ]


def test_completeness_demands_a_value_that_is_not_empty() -> None:
    """An empty string is not enough, an empty list is."""
    rule = {"quality": [{"type": "completeness", "field": "a"}]}
    assert texts(field("string", required=False, contract=rule), '"x"', '""') == [True, False]
    assert not field("string", required=False, contract=rule)("{}")
    assert texts(field("any", contract=rule), "[]", "0", '""', "null") == [True, True, False, False]


@pytest.mark.parametrize(
    ("stamp", "is_fresh"),
    [
        (f"{NOW}", True),
        (f"{NOW - 60}", True),
        (f"{NOW - 61}", False),
        (f"{NOW + 1}", False),
        (f"{NOW * 1000 + 999}", True),
        (f"{(NOW - 61) * 1000}", False),
        (f"{NOW}.0", False),
        ("null", False),
        ('"x"', False),
        ("-0", False),
        ("0", False),
        (str(-(2**63)), False),
    ],
)
@pytest.mark.parametrize("kind", ["integer", "any"])
def test_freshness_is_a_matter_of_the_clock(kind: str, stamp: str, is_fresh: bool) -> None:
    """In seconds, or from 1.7e12 on in milliseconds."""
    rule = {"quality": [{"type": "freshness", "field": "a", "max_age_seconds": 60}]}
    accepts = field(kind, required=False, contract=rule)
    assert accepts("{}")
    assert texts(accepts, stamp) == [is_fresh]


def test_compliance_mode_forbids_other_keys_at_the_top_alone() -> None:
    """Inside objects they pass."""
    validator = compiled({"name": "o", "type": "object", "properties": []}, compliance_mode=True)
    accepts = accepting(validator, '{"o":{"x":1}}')
    assert accepts('{"o":{"x":2}}')
    assert not accepts('{"o":{},"x":1}')


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        (b'{"a":"x"}\n{"a":"y"}\n', [True, True]),
        (b'{"a":"x"}\r\n{"a":"y"}\r\n', [True, True]),
        (b'{"a":\n"x"}\n', [False, False]),
        (b'{"a":"x"}\n\n{"a":"y"}\n', [True, False, True]),
        (b'\n{"a":\n"x"}\n{"a":"y"}\n', [False, False, False, True]),
        (b'{"a":"x"} {"a":"y"}\n', [False]),
        (b'{"a":1}\n{"a":"y"}\n{"a":2}\n', [False, True, False]),
        (b'{"a":1}\n' * 9 + b'{"a":"y"}\n', [False] * 9 + [True]),
        (b"{\n", [False]),
        (b"\n", [False]),
        # Another mark than that of a line's end.
        (b'{"a":\n"x"}\n{"a":"x"}"\x7f"{"a":"y"}\n', [False, False, False]),
        (b'{"a":"\\\n","a":"x"}\n{"a":"x"}"\\u007f"{"a":"y"}\n', [False, False, False]),
        (b'{"a":"\\\n","a":"x"}\n{"a":"x"}7777777777777777777{"a":"y"}\n', [False] * 3),
        (b'{"a":"x\n"}\n{"a":"x"}7777777777777777777{"a":"y"}\n', [False] * 3),
    ],
)
def test_a_line_is_one_event(chunk: bytes, expected: list[bool]) -> None:
    """A value on two lines is none, and what is not accepted does not shift what is."""
    acceptor = Acceptor(compiled({"name": "a"}).judge.plan, longest_backoff=0)
    acceptor.prepare()
    partition = acceptor.accept_lines(chunk, None)
    assert [row is not None for row in partition.by_line()] == expected
    assert list(partition.lines) == ([] if all(expected) else chunk.splitlines(keepends=True))


def rows_accepted(acceptor: Acceptor, texts: list[bytes], now: Optional[int] = None) -> int:
    return sum(acceptor.accept(text, now) is not None for text in texts)


def test_a_stream_in_which_nothing_is_accepted_is_soon_not_tried() -> None:
    """And is tried again now and then, so that a better stream is noticed."""
    acceptor = Acceptor(compiled({"name": "a"}).judge.plan)
    acceptor.prepare()
    assert rows_accepted(acceptor, [b'{"a":1}'] * 1000) == 0
    assert 400 < rows_accepted(acceptor, [b'{"a":"x"}'] * 1000) < 1000
    assert rows_accepted(acceptor, [b'{"a":"x"}'] * 1000) == 1000
    assert rows_accepted(acceptor, [b'{"a":"x"}', b'{"a":1}'] * 500) == 500


def test_types_are_made_when_some_events_have_passed() -> None:
    """A few are not worth it; events with a new key teach it."""
    validator = compiled({"name": "a"})
    acceptor = Acceptor(validator.judge.plan, longest_backoff=0)
    for _ in range(15):
        acceptor.learn({"b": 1, "a": "x"})
    assert acceptor.accept(b'{"a":"x"}', None) is None
    acceptor.learn({"b": 1, "a": "x"})
    assert acceptor.accept(b'{"a":"x","b":2}', None) is not None
    assert acceptor.accept(b'{"a":"x","c":2}', None) is None
    for _ in range(16):
        acceptor.learn({"c": 1, "a": "x"})
    assert acceptor.accept(b'{"a":"x","c":2}', None) is not None


def test_arrays_of_another_length_than_all_before_are_learnt_from_the_data() -> None:
    """A length that was always the same is taken for granted, but by the exact reader."""
    items = {"name": "i", "type": "float", "max": 9}
    validator = compiled({"name": "a", "type": "array", "items": items})
    acceptor = Acceptor(validator.judge.plan, longest_backoff=0)
    for _ in range(16):
        acceptor.learn({"a": [1.5, 2]})
    assert rows_accepted(acceptor, [b'{"a":[1,2.5]}', b'{"a":[1]}', b'{"a":[1,10]}']) == 1
    for _ in range(16):
        acceptor.learn({"a": [1.5]})
    assert rows_accepted(acceptor, [b'{"a":[1,2.5]}', b'{"a":[]}', b'{"a":[1,2,10]}']) == 2


def test_another_order_of_keys_is_learnt() -> None:
    """The first line of a chunk tells it now and then."""
    validator = compiled({"name": "a"}, {"name": "b"})
    acceptor = Acceptor(validator.judge.plan)
    for _ in range(16):
        acceptor.learn({"a": "x", "b": "x"})
    assert not acceptor.accept_lines(b'{"b":"x","a":"x"}\n', None).rows
    for _ in range(16):
        acceptor.learn({"b": "x", "a": "x"})
    rows = acceptor.accept_lines(b'{"b":"x","a":"x"}\n', None).rows
    assert rows[0].__struct_encode_fields__ == ("b", "a")


def certainly_conforms(validator: Judge, event: object) -> bool:
    """Whether the fast way alone finds that an object conforms."""
    return validator.object(event, None, lambda *_: None) is not None


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        1.7976931348623157e308,
        "\ud800",
        {"a"},
        b"a",
        {1: 2},
        {"\ud800": 1},
        [float("nan")],
        {"b": {"c": object()}},
        2**70,
    ],
)
@pytest.mark.parametrize("key", ["a", "undeclared"])
def test_objects_that_cannot_be_sent_never_conform(key: str, value: Any) -> None:
    """Wherever they stand; and what is sent as something else is left to the encoder."""
    validator = compiled({"name": "a", "type": "any", "required": False}).judge
    validator.prepare()
    assert certainly_conforms(validator, {key: 1})
    assert not certainly_conforms(validator, {key: value})


def test_objects_of_other_types_are_left_to_the_encoder() -> None:
    """A subclass may be sent as something else, and an endless object is not walked."""
    validator = compiled({"name": "a", "type": "any"}).judge
    validator.prepare()
    endless: list[Any] = []
    endless.append(endless)
    for value in (endless, (1, 2), True.__class__, type("Text", (str,), {})("x")):
        assert not certainly_conforms(validator, {"a": value})
    assert certainly_conforms(validator, {"a": [1, {"b": [None, True, 1.5, "é"]}]})


def test_a_rule_on_an_undeclared_key_holds_under_compliance_mode_too() -> None:
    """Its violation stands before that of the key itself."""
    validator = compiled(
        compliance_mode=True,
        quality=[{"type": "freshness", "field": "t", "max_age_seconds": 60}],
    ).judge
    validator.prepare()
    found = validator.value({"t": 1}, NOW)
    assert [one.kind.value for one in found] == ["freshness_violation", "undeclared_field"]
    assert validator.value({}, NOW) == []
