"""The parts of a contract as values."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import msgspec
import pytest

import contractgate_core
from contractgate_core import (
    Contract,
    EgressLeakageMode,
    FieldDefinition,
    FieldType,
    MaskStyle,
    MetricDefinition,
    MetricType,
    Ontology,
    QualityRule,
    QualityRuleType,
    Transform,
    TransformKind,
)
from contractgate_core.contract.places import places_of

TEXT = """\
version: 1.0
name: user_events
description: Who did what
compliance_mode: true
ontology:
  entities:
    - name: email
      type: string
      pattern: "@"
      min_length: 3
      max_length: 254
      transform: {kind: mask, style: format_preserving}
    - {name: amount, type: number, required: false, min: 0, max: 9.5}
    - {name: kind, type: any, enum: [1, 1.0, "1", null]}
    - {name: lines, type: array, items: {name: line, type: object, properties: []}}
glossary:
  - {term: email, definition: Where to write, synonyms: [mail]}
metrics:
  - {name: total, field: amount, type: float, formula: a + b, max: 100}
quality:
  - {field: at, type: freshness, max_age_seconds: 60, scope: batch, threshold: 0.9}
"""


@pytest.fixture
def contract() -> Contract:
    """A contract that uses nearly everything."""
    return Contract.from_yaml(TEXT)


def test_parts_have_the_names_that_the_published_sdk_gave_them(contract: Contract) -> None:
    """Code that was written for it keeps working."""
    assert contract.version == "1.0"
    assert contract.name == "user_events"
    assert contract.description == "Who did what"
    assert contract.compliance_mode is True
    assert contract.entities == contract.ontology.entities
    email, amount, kind, lines = contract.entities
    assert (email.name, email.field_type, email.required) == ("email", FieldType.STRING, True)
    assert (email.pattern, email.min_length, email.max_length) == ("@", 3, 254)
    assert email.transform == Transform(TransformKind.MASK, MaskStyle.FORMAT_PRESERVING)
    assert (amount.field_type, amount.min, amount.max) == (FieldType.FLOAT, 0.0, 9.5)
    assert repr(kind.allowed_values) == "(1, 1.0, '1', None)"
    assert lines.items is not None
    assert lines.items.properties == ()
    [entry] = contract.glossary
    assert (entry.field, entry.description, entry.synonyms) == (
        "email",
        "Where to write",
        ("mail",),
    )
    [metric] = contract.metrics
    assert (metric.field, metric.metric_type, metric.min) == ("amount", MetricType.FLOAT, None)


def test_what_a_file_leaves_out_has_the_formats_defaults() -> None:
    """Not those of Python."""
    contract = Contract.from_yaml(
        "{version: 1, name: c, ontology: {entities: [{name: f, type: any}]}}"
    )
    assert contract.entities[0].required is True
    assert contract.egress_leakage_mode is EgressLeakageMode.OFF
    assert (contract.glossary, contract.metrics, contract.quality) == ((), (), ())
    assert (contract.envelope, contract.description) == (None, None)
    assert not contract.compliance_mode
    assert not contract.null_as_absent


@pytest.mark.parametrize(
    "part",
    ["", "ontology", "entities.0", "entities.0.transform", "glossary.0", "metrics.0", "quality.0"],
)
def test_no_part_can_be_changed(contract: Contract, part: str) -> None:
    """Contracts are shared by threads."""
    value: Any = contract
    for step in filter(None, part.split(".")):
        value = value[int(step)] if step.isdigit() else getattr(value, step)
    for name in value.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)


def test_a_contract_made_in_code_equals_the_one_in_a_file() -> None:
    """Lists become tuples, words their members, integers as bounds floats."""
    made = Contract(
        version="1",
        name="c",
        ontology=Ontology(entities=[FieldDefinition("f", "number", allowed_values=[1], min=3)]),  # type: ignore[arg-type]
        metrics=[MetricDefinition("m", metric_type="integer", max=2)],  # type: ignore[arg-type]
        quality=[QualityRule("f", "validity", scope="batch", threshold=1)],  # type: ignore[arg-type]
        egress_leakage_mode="fail",  # type: ignore[arg-type]
    )
    read = Contract.from_yaml(made.to_yaml())
    assert made == read
    assert hash(made) == hash(read)
    assert type(made.entities[0].min) is float
    assert made.entities[0].field_type is FieldType.FLOAT
    assert made.quality[0].rule_type is QualityRuleType.VALIDITY


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, 1.0), (1, True), (0.0, False), ([1], [1.0]), ({"a": [1]}, {"a": [True]}), ("a", "b")],
)
def test_contracts_that_allow_other_values_are_not_equal(left: Any, right: Any) -> None:
    """To the gateway 1, 1.0 and true are three values."""

    def allowing(value: Any) -> Contract:
        inner = FieldDefinition("g", FieldType.ANY, allowed_values=(value,))
        outer = FieldDefinition("f", FieldType.OBJECT, properties=(inner,), items=inner)
        return Contract(version="1", name="c", ontology=Ontology((outer,)))

    assert allowing(left) == allowing(copy.deepcopy(left))
    assert allowing(left) != allowing(right)
    assert len({allowing(1), allowing(1.0), allowing(1)}) == 2
    assert allowing(left).entities[0] != left


@pytest.mark.parametrize("value", [-1, 2**64, 1.0, True, "1"])
def test_a_length_is_an_unsigned_integer_in_code_too(value: Any) -> None:
    """What no file can hold is refused at once."""
    with pytest.raises(ValueError, match=r"min_length: expected an integer from 0 to 2\^64-1"):
        FieldDefinition("f", FieldType.ANY, min_length=value)
    with pytest.raises(ValueError, match=r"max_age_seconds: expected an integer from 0"):
        QualityRule("f", QualityRuleType.FRESHNESS, max_age_seconds=value)


def test_a_word_is_one_of_its_list_in_code_too() -> None:
    """With Python's own message."""
    with pytest.raises(ValueError, match="'strin' is not a valid FieldType"):
        FieldDefinition("f", "strin")  # type: ignore[arg-type]


def test_words_are_written_as_they_are_in_a_file() -> None:
    """On every Python."""
    assert str(FieldType.STRING) == f"{FieldType.STRING}" == "string"
    assert f"{FieldType.ANY:>5}" == "  any"
    assert repr(MaskStyle.OPAQUE) == "<MaskStyle.OPAQUE: 'opaque'>"


def test_where_a_contract_stood_is_no_part_of_it(contract: Contract, tmp_path: Path) -> None:
    """It does not affect its value, hash, pickle or `repr`."""
    file = tmp_path / "c.yaml"
    file.write_text(f"# moved\n\n{TEXT}")
    moved = Contract.from_file(file)
    field = ("ontology", "entities", 1, "max")
    assert places_of(contract).at(*field) == (13, 66)
    assert places_of(moved).at(*field) == (15, 66)
    assert moved == contract
    assert repr(moved) == repr(contract)
    assert moved.to_dict() == contract.to_dict()
    assert pickle.dumps(moved) == pickle.dumps(contract)
    for again in (pickle.loads(pickle.dumps(moved)), copy.deepcopy(moved), copy.copy(moved)):
        assert again == moved
        assert places_of(again).at(*field) is None
    changed = msgspec.structs.replace(moved, name="other")
    assert places_of(changed).at(*field) is None


def test_every_part_is_a_public_name() -> None:
    """So that contracts can be made in code."""
    for name in ["Ontology", "GlossaryEntry", "EnvelopeDefinition", "QualityScope"]:
        assert getattr(contractgate_core, name).__name__ == name
