"""Fields against values: what the recordings leave open, and examples worth reading."""

from __future__ import annotations

import threading
import tracemalloc
from typing import Any

import pytest

from contractgate_core import Contract, ContractCompileError
from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled


def messages(validator: CompiledContract, event: object) -> list[str]:
    """List the messages of an event's violations."""
    return [violation.message for violation in validator.validate(event).violations]


def paths(validator: CompiledContract, event: object) -> list[str]:
    """List the paths of an event's violations."""
    return [violation.field for violation in validator.validate(event).violations]


def test_what_is_no_object_is_one_violation_at_the_root() -> None:
    """Nothing else runs, and no time is measured."""
    result = compiled({"name": "a"}, metrics=[{"name": "m", "field": "x", "min": 1}]).validate([1])
    assert result.validation_us == 0
    assert [(v.field, v.kind.value, v.message) for v in result.violations] == [
        ("<root>", "type_mismatch", "Event must be a JSON object")
    ]


def test_a_missing_field_is_named_by_its_path_and_in_the_message_by_its_name() -> None:
    """The message of a nested field does not hold the path."""
    validator = compiled(
        {"name": "a", "type": "object", "properties": [{"name": "b", "type": "date"}]}
    )
    (violation,) = validator.validate({"a": {}}).violations
    assert violation.field == "a.b"
    assert violation.message == "Required field 'b' is missing"


def test_a_wrong_type_hides_the_other_faults_of_a_value() -> None:
    """Only the mismatch is reported, although the enum is broken as well."""
    validator = compiled({"name": "a", "type": "integer", "enum": [1], "min": 1})
    assert messages(validator, {"a": True}) == ["Field 'a' expected type Integer, got boolean"]


def test_all_faults_of_a_value_of_the_right_type_are_reported_in_order() -> None:
    """Length, pattern and enum are three checks."""
    validator = compiled({"name": "a", "min_length": 3, "pattern": "^b", "enum": ["x"]})
    assert messages(validator, {"a": "a"}) == [
        "Field 'a' length 1 is below minimum 3",
        "Field 'a' value \"a\" does not match required pattern",
        'Field \'a\' value "a" not in allowed set: ["x"]',
    ]


def test_lengths_count_bytes() -> None:
    """An accented letter has two."""
    validator = compiled({"name": "a", "max_length": 3})
    assert messages(validator, {"a": "éé"}) == ["Field 'a' length 4 exceeds maximum 3"]


@pytest.mark.parametrize(
    ("allowed", "value", "is_allowed"),
    [
        ([1], 1, True),
        ([1], 1.0, False),
        ([1], True, False),
        ([{"a": [1, {"b": None}]}], {"a": [1, {"b": None}]}, True),
        ([{"a": [1, {"b": None}]}], {"a": [1.0, {"b": None}]}, False),
        ([{"a": 1, "b": 2}], {"b": 2, "a": 1}, True),
        ([[1, 2]], [2, 1], False),
        ([0.0], -0.0, True),
    ],
)
def test_enums_compare_json_values_with_their_types(
    allowed: list[Any], value: object, is_allowed: bool
) -> None:
    """Objects and arrays are compared by value, numbers by kind and value."""
    validator = compiled({"name": "a", "type": "any", "enum": allowed})
    assert validator.is_valid({"a": value}) is is_allowed


def test_items_are_counted_in_the_path_and_named_below() -> None:
    """The name that `items` itself has is in no path."""
    item = {"name": "x", "type": "object", "properties": [{"name": "p", "type": "integer"}]}
    validator = compiled({"name": "a", "type": "array", "items": item})
    assert paths(validator, {"a": [{"p": 1}, None, {"p": "1"}, {}]}) == ["a[1]", "a[2].p", "a[3].p"]


def test_a_null_counts_as_absent_if_the_contract_says_so_but_not_in_a_list() -> None:
    """A list's null stays an element."""
    item = {"name": "x", "type": "string"}
    validator = compiled(
        {"name": "a", "required": False},
        {"name": "b", "type": "array", "items": item},
        null_as_absent=True,
    )
    assert messages(validator, {"a": None, "b": [None]}) == [
        "Field 'b[0]' expected type String, got null"
    ]


def test_compliance_mode_reports_undeclared_keys_in_ascending_order() -> None:
    """Only the top level is checked."""
    validator = compiled({"name": "a", "type": "object", "properties": []}, compliance_mode=True)
    assert paths(validator, {"é": 1, "z": 1, "a": {"x": 1}, "b": 1}) == ["b", "z", "é"]
    assert validator.declared_top_level_fields == {"a"}


def test_nothing_is_declared_without_compliance_mode() -> None:
    """The set is empty, and nothing is refused."""
    validator = compiled({"name": "a"})
    assert validator.declared_top_level_fields == frozenset()
    assert validator.is_valid({"a": "", "b": 1})


def test_fields_with_one_path_text_share_the_pattern_compiled_last() -> None:
    """As in the gateway, also for a field that declares none."""
    nested = {"name": "a", "type": "object", "properties": [{"name": "b", "type": "string"}]}
    validator = compiled(nested, {"name": "a.b", "pattern": "^x"})
    assert paths(validator, {"a": {"b": "y"}, "a.b": "x"}) == ["a.b"]


def test_a_pattern_below_items_is_not_enforced() -> None:
    """The gateway does not enter `items` when it compiles patterns."""
    validator = compiled(
        {"name": "a", "type": "array", "items": {"name": "x", "type": "string", "pattern": "("}}
    )
    assert validator.is_valid({"a": ["anything"]})
    assert dict(validator.patterns) == {}


def test_a_refused_pattern_says_where_it_stands() -> None:
    """The text is the gateway's; the place is ours."""
    refused = Contract.from_yaml(
        "version: '1'\nname: c\nontology:\n"
        "  entities:\n  - name: a\n    type: string\n    pattern: '('\n"
    )
    with pytest.raises(ContractCompileError) as caught:
        refused.compile()
    assert caught.value.message.startswith("Invalid regex '(' for field 'a': ")
    assert str(caught.value).startswith("<contract>:7:14: Invalid regex '('")
    assert caught.value.field == "a"


def test_a_transform_needs_a_string() -> None:
    """The text is the gateway's, word for word."""
    with pytest.raises(ContractCompileError) as caught:
        compiled({"name": "a", "type": "integer", "transform": {"kind": "mask"}})
    assert caught.value.message == (
        "Field 'a' declares a PII transform but has type 'Integer' — transforms are only supported "
        "on string fields. If this field holds PII, change its type to 'string'."
    )
    assert caught.value.field == "a"


def test_patterns_are_compiled_before_transforms_are_looked_at() -> None:
    """Of two faults in a contract, the gateway reports the pattern's."""
    with pytest.raises(ContractCompileError, match="Invalid regex"):
        compiled(
            {"name": "a", "type": "integer", "transform": {"kind": "mask"}},
            {"name": "b", "pattern": "("},
        )


def test_many_threads_may_share_a_compiled_contract() -> None:
    """Each gets the verdicts on its own events."""
    validator = compiled({"name": "a", "type": "integer", "min": 0, "max": 499})
    wrong: list[int] = []

    def run(start: int) -> None:
        for number in range(start, 1000, 8):
            if validator.is_valid({"a": number}) is not (number < 500):
                wrong.append(number)

    threads = [threading.Thread(target=run, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_enum_that_aliases_multiply_is_compiled_as_small_as_it_is_written() -> None:
    """A file of a few kilobytes may stand for millions of values."""
    levels = ["&x0 [1, 1]", *(f"&x{n} [*x{n - 1}, *x{n - 1}]" for n in range(1, 18))]
    padding = ", ".join(["0"] * 6_000)
    text = (
        "{version: 1, name: c, ontology: {entities: [{name: a, type: any, "
        f"enum: [{padding}, {', '.join(levels)}]}}]}}}}"
    )
    contract = Contract.from_yaml(text)
    tracemalloc.start()
    try:
        validator = contract.compile()
        assert validator.is_valid({"a": [[1, 1], [1, 1]]})
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
