"""The sample event: made from a contract, and accepted by it wherever a simple one is."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import Contract
from contractgate_core.cli.sample import sample_event
from contractgate_core.errors import ContractGateError
from pairs import random_contract

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))


def contract_of(*fields: dict[str, Any]) -> Contract:
    """Make a contract of fields."""
    text = {"version": "1", "name": "c", "ontology": {"entities": list(fields)}}
    return Contract.from_yaml(yaml.safe_dump(text))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_the_examples_accept_theirs(path: Path) -> None:
    """These are the examples that a newcomer tries."""
    contract = Contract.from_file(path)
    assert contract.compile().validate(sample_event(contract)).violations == []


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "pattern": "^(EUR|USD)-[0-9a-f]{8}$"},
        {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$"},
        {"type": "string", "pattern": r"^\d{4}-\p{Lu}\W?(?:x{0}|y)*$"},
        {"type": "string", "pattern": "^[a-z]+$", "min_length": 7, "max_length": 9},
        {"type": "string", "pattern": "^(?i)ab[A-Z]$"},
        {"type": "string", "min_length": 60},
        {"type": "string", "enum": ["DE", "FR"]},
        {"type": "date"},
        {"type": "integer", "min": 1.5},
        {"type": "integer", "max": -3},
        {"type": "integer", "min": 10**15},
        {"type": "float", "min": 0.25, "max": 0.5},
        {"type": "boolean"},
        {"type": "any"},
        {"type": "array"},
        {
            "type": "array",
            "items": {"name": "i", "type": "array", "items": {"name": "j", "type": "date"}},
        },
        {"type": "object", "properties": [{"name": "b", "type": "integer", "min": 2}]},
        {"type": "object"},
    ],
    ids=str,
)
def test_each_kind_of_field_gets_a_value(field: dict[str, Any]) -> None:
    """Within its bounds; fields that are not required are left out."""
    contract = contract_of(
        {"name": "a", **field}, {"name": "b", "type": "string", "required": False}
    )
    event = sample_event(contract)
    assert list(event) == ["a"]
    assert contract.compile().validate(event).violations == []


@given(st.integers(0, 10**9))
def test_any_contract_gets_an_event(seed: int) -> None:
    """An object with the required fields, whatever the bounds are."""
    try:
        contract = Contract.from_yaml(yaml.safe_dump(random_contract(random.Random(seed))))
    except ContractGateError:
        return
    event = sample_event(contract)
    required = [one.name for one in contract.ontology.entities if one.required]
    assert set(event) == set(required)


def test_a_hostile_contract_gets_a_small_one() -> None:
    """With a long pattern, many levels, and bounds that JSON cannot write."""
    field: dict[str, Any] = {"name": "a", "type": "string", "pattern": "^(?:(?:a{90}){90}){9}$"}
    for _ in range(50):
        field = {"name": "a", "type": "object", "properties": [field]}
    endless = {"name": "b", "type": "integer", "min": float("inf")}
    event = sample_event(contract_of(field, endless))
    assert len(repr(event)) < 500
