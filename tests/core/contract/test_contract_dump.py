"""Contracts as YAML and as plain values."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import pytest
from hypothesis import example, given

from contract_values import CONTRACTS, TEXTS
from contractgate_core import Contract, ContractGateError, FieldDefinition, FieldType, Ontology
from contractgate_core.contract.text import write_number, write_text
from pure_yaml import read_purely


def contract_of(**attributes: Any) -> Contract:
    """Make a contract with one field."""
    field = FieldDefinition("f", FieldType.ANY, **attributes)
    return Contract(version="1", name="c", ontology=Ontology((field,)))


def typed(contract: Contract) -> str:
    """Write a contract so that 1, 1.0 and true differ."""
    return json.dumps(contract.to_dict(), sort_keys=True)


@given(CONTRACTS)
def test_a_written_contract_reads_back_equal(contract: Contract) -> None:
    """Whatever it holds, down to the type of each allowed value."""
    again = Contract.from_yaml(contract.to_yaml())
    assert again == contract
    assert typed(again) == typed(contract)


@given(CONTRACTS)
def test_pickle_keeps_a_contract(contract: Contract) -> None:
    """And what is pickled is as hashable as before."""
    again = pickle.loads(pickle.dumps(contract))
    assert again == contract
    assert typed(again) == typed(contract)


def test_any_written_text_is_read_back_by_the_pure_parser() -> None:
    """The writer relies on nothing that only libyaml accepts."""
    contracts: list[Contract] = []

    @given(CONTRACTS)
    def draw(contract: Contract) -> None:
        contracts.append(contract)

    draw()
    answers = read_purely([contract.to_yaml() for contract in contracts])
    for contract, answer in zip(contracts, answers):
        assert answer == {"contract": json.loads(json.dumps(contract.to_dict()))}


@given(TEXTS)
@example("a: b")
def test_a_text_is_written_in_one_line(text: str) -> None:
    """So that it can stand anywhere."""
    assert len(write_text(text).splitlines()) <= 1 or "\u2028" not in write_text(text)
    assert "\n" not in write_text(text)


def test_a_contract_is_written_as_people_write_it() -> None:
    """In blocks, without defaults, quoted only where that is needed."""
    text = r"""version: "1.0"
name: user_events
description: |
  Two lines
  of text.
compliance_mode: true
ontology:
  entities:
    - name: user_id
      type: string
      pattern: '^\d+$'
    - name: tags
      type: array
      required: false
      items:
        name: tag
        type: any
        enum:
          - 1
          - 1.0
          - "1"
          - null
          - [a, {b: "no"}]
    - name: amount
      type: float
      min: 0.0
      max: .inf
      max_length: 5
glossary:
  - field: user_id
    description: Who it was
    synonyms: []
"""
    assert Contract.from_yaml(text).to_yaml() == text


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (5.0, "5"),
        (-5.0, "-5"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1e15, "1000000000000000.0"),
        (1e-7, "1e-07"),
        (math.inf, ".inf"),
        (-math.inf, "-.inf"),
        (math.nan, ".nan"),
    ],
)
def test_a_bound_is_written_so_that_it_reads_back(number: float, written: str) -> None:
    """Short where it is short, and never as an integer too long to read at a glance."""
    assert write_number(number) == written


def test_a_bound_that_is_no_number_is_written_too() -> None:
    """Though equality cannot be promised for it, since NaN equals nothing."""
    contract = contract_of(min=math.nan)
    bound = Contract.from_yaml(contract.to_yaml()).entities[0].min
    assert bound is not None
    assert math.isnan(bound)
    assert contract.to_dict()["ontology"]["entities"][0]["min"] is None


def test_plain_values_have_every_key_and_are_the_callers() -> None:
    """Changing them changes nothing else."""
    contract = contract_of(allowed_values=[{"a": [1]}])
    plain = contract.to_dict()
    assert list(plain) == [
        *["version", "name", "description", "compliance_mode", "ontology", "glossary"],
        *["metrics", "quality", "egress_leakage_mode", "envelope", "null_as_absent"],
    ]
    plain["glossary"].append(1)
    plain["ontology"]["entities"][0]["enum"][0]["a"].append(2)
    assert plain["metrics"] == []
    assert contract.to_dict()["ontology"]["entities"][0]["enum"] == [{"a": [1]}]


def test_plain_values_are_json() -> None:
    """An infinite bound is None, since JSON has none."""
    contract = contract_of(min=-math.inf, max=5, allowed_values=(2**64 - 1, 1.5))
    [field] = json.loads(json.dumps(contract.to_dict(), allow_nan=False))["ontology"]["entities"]
    assert field["type"] == "any"
    assert (field["min"], field["max"]) == (None, 5.0)
    assert field["enum"] == [2**64 - 1, 1.5]


def test_an_attribute_of_another_type_cannot_be_written() -> None:
    """The types in contracts made in code are checked where the contract is used."""
    description: Any = b"a"
    with pytest.raises(ContractGateError, match="description: expected str or None, got b"):
        Contract(version="1", name="c", description=description, ontology=Ontology(())).to_yaml()


def nested_lists(levels: int) -> list[object]:
    """Nest lists; iteratively, as there may be many."""
    value: list[object] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_as_many_levels_are_written_as_can_be_read() -> None:
    """Four are around the allowed values of a field."""
    deepest = contract_of(allowed_values=(nested_lists(123),))
    assert Contract.from_yaml(deepest.to_yaml()) == deepest
    for levels in (124, 1_000, 50_000):
        too_deep = contract_of(allowed_values=(nested_lists(levels),))
        with pytest.raises(ContractGateError, match="more deeply than any contract in a file"):
            too_deep.to_yaml()
        with pytest.raises(ContractGateError, match="more deeply than any contract in a file"):
            too_deep.to_dict()


def test_a_value_that_contains_itself_is_refused() -> None:
    """A contract made in code can hold one."""
    value: list[object] = []
    value.append(value)
    with pytest.raises(ContractGateError, match="more deeply than any contract in a file"):
        contract_of(allowed_values=(value,)).to_yaml()
    value.clear()


def test_what_is_shared_is_written_out_where_that_is_short() -> None:
    """Readers of a contract need not know what an alias is."""
    value = ["a", {"k": 1}]
    contract = contract_of(allowed_values=(value, value))
    assert "&" not in contract.to_yaml()
    [first, second] = contract.to_dict()["ontology"]["entities"][0]["enum"]
    assert first == second
    assert first is not second


def test_what_is_shared_stays_shared_where_it_would_grow_long() -> None:
    """Lists and mappings of allowed values, fields and lists of fields alike."""
    numbers = [*range(1_000)]
    inner = (FieldDefinition("g", FieldType.ANY, allowed_values=(numbers, {"k": numbers})),) * 60
    outer = FieldDefinition("f", FieldType.OBJECT, properties=inner)
    contract = Contract(version="1", name="c", ontology=Ontology((outer, outer)))
    text = contract.to_yaml()
    assert len(text) < 20_000
    assert "&shared1" in text
    assert "*shared1" in text
    again = Contract.from_yaml(text)
    assert again == contract
    assert typed(again) == typed(contract)
    [first, second] = contract.to_dict()["ontology"]["entities"]
    assert first is second
    assert first["properties"][0] is first["properties"][59]
    assert first["properties"][0]["enum"][0] is first["properties"][0]["enum"][1]["k"]
