"""Lone surrogates in a contract that was made in code: no file, request or answer can hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import pytest

from contractgate_core import (
    Contract,
    ContractCompileError,
    EnvelopeDefinition,
    FieldDefinition,
    FieldType,
    GlossaryEntry,
    MetricDefinition,
    Ontology,
    QualityRule,
    QualityRuleType,
)

LONE = "a\ud800"


def made(*fields: FieldDefinition, **parts: Any) -> Contract:
    """Make a contract."""
    given = {"version": "1", "name": "c", "ontology": Ontology(fields), **parts}
    return Contract(**given)


def string(name: str = "f", **attributes: Any) -> FieldDefinition:
    """Make a field for strings."""
    return FieldDefinition(name, FieldType.STRING, **attributes)


def within(field: FieldDefinition) -> FieldDefinition:
    """Make a field of an object in a list."""
    wrapped = FieldDefinition("each", FieldType.OBJECT, properties=(string("ok"), field))
    return FieldDefinition("list", FieldType.ARRAY, items=wrapped)


PLACES: dict[str, tuple[Contract, Optional[str]]] = {
    "version": (made(version=LONE), None),
    "name": (made(name=LONE), None),
    "description": (made(description=LONE), None),
    "ontology.entities[1].name": (made(string(), string(LONE)), r"a\ud800"),
    "ontology.entities[0].pattern": (made(string(pattern=LONE)), "f"),
    "ontology.entities[0].enum[1]": (made(string(allowed_values=("b", LONE))), "f"),
    "ontology.entities[0].enum[0][0].k": (made(string(allowed_values=([{"k": LONE}],))), "f"),
    "ontology.entities[0].enum[0]": (made(string(allowed_values=({LONE: 1},))), "f"),
    "ontology.entities[0].items.properties[1].pattern": (
        made(within(string(pattern=LONE))),
        "list[].f",
    ),
    "glossary[0].description": (made(glossary=(GlossaryEntry("f", LONE),)), None),
    "glossary[0].synonyms[0]": (made(glossary=(GlossaryEntry("f", "d", synonyms=(LONE,)),)), None),
    "metrics[0].field": (made(metrics=(MetricDefinition("m", field=LONE),)), None),
    "quality[0].field": (made(quality=(QualityRule(LONE, QualityRuleType.COMPLETENESS),)), None),
    "envelope.records_path": (made(envelope=EnvelopeDefinition(LONE)), None),
}

VERBS: dict[str, Callable[[Contract], object]] = {
    "compile": Contract.compile,
    "to_yaml": Contract.to_yaml,
    "to_dict": Contract.to_dict,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("place", PLACES)
def test_a_lone_surrogate_is_refused_with_its_place(place: str, verb: str) -> None:
    """By all that would judge with it, show it or send it; the error itself can be shown."""
    contract, field = PLACES[place]
    with pytest.raises(ContractCompileError) as caught:
        VERBS[verb](contract)
    error = caught.value
    assert str(error) == f"{place}: expected text, got the lone surrogate U+D800"
    assert error.field == field
    assert f"{error} {error.field}".encode()


def test_characters_beyond_ascii_are_no_surrogates() -> None:
    """Nor are those that UTF-16 writes as a pair."""
    contract = made(string("é", allowed_values=("😀", {"日本": ["\ue000", "\ud7ff"]})), name="ü")
    assert contract.compile().contract == contract
    assert Contract.from_yaml(contract.to_yaml()) == contract


def test_shared_parts_are_looked_at_once() -> None:
    """However often they would be written out; a list may even hold itself."""
    value: list[Any] = ["b"]
    for _ in range(100):
        value = [value, value]
    field = string(allowed_values=(value, LONE))
    for _ in range(30):
        field = FieldDefinition("o", FieldType.OBJECT, properties=(field, field))
    endless: list[Any] = []
    endless.append(endless)
    for contract in (made(field), made(string(allowed_values=(endless, LONE)))):
        with pytest.raises(ContractCompileError, match="the lone surrogate"):
            contract.compile()
