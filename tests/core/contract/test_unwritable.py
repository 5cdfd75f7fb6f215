"""What a contract made in code may not hold, since no file, request or answer can."""

from __future__ import annotations

import datetime
import enum
import math
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
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
    """By everything that would judge with it, show it or send it; the error itself can be shown."""
    contract, field = PLACES[place]
    with pytest.raises(ContractCompileError) as caught:
        VERBS[verb](contract)
    error = caught.value
    assert str(error) == f"{place}: expected text, got the lone surrogate U+D800"
    assert error.field == field
    assert f"{error} {error.field}".encode()


class Text(str):
    """A subclass of one of JSON's types."""


class Number(enum.IntEnum):
    """Another such subclass."""

    ONE = 1


WHOLE = "expected an integer from -2^63 to 2^64-1, got another one"

NO_JSON: dict[str, tuple[Any, str]] = {
    "bytes": (b"a", "expected a JSON value, got an instance of bytes"),
    "a tuple": ((1, 2), "expected a JSON value, got an instance of tuple"),
    "a set": ({1}, "expected a JSON value, got an instance of set"),
    "a date": (datetime.date(2024, 1, 1), "expected a JSON value, got an instance of date"),
    "a decimal": (Decimal(1), "expected a JSON value, got an instance of Decimal"),
    "a text's subclass": (Text("a"), "expected a JSON value, got an instance of Text"),
    "a number's subclass": (Number.ONE, "expected a JSON value, got an instance of Number"),
    "a mapping's subclass": (
        OrderedDict(a=1),
        "expected a JSON value, got an instance of OrderedDict",
    ),
    "a field": (string(), "expected a JSON value, got an instance of FieldDefinition"),
    "nan": (math.nan, "expected a finite number, got nan"),
    "an infinity": (-math.inf, "expected a finite number, got -inf"),
    "too large an integer": (2**64, WHOLE),
    "too small an integer": (-(2**63) - 1, WHOLE),
    "a key that is no text": ({1: "a"}, "expected text as a key, got an instance of int"),
    "a null key": ({None: "a"}, "expected text as a key, got an instance of NoneType"),
    "a key of a text's subclass": (
        {Text("a"): 1},
        "expected text as a key, got an instance of Text",
    ),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", NO_JSON)
def test_an_allowed_value_that_is_no_json_value_is_refused(name: str, verb: str) -> None:
    """With its place, alone and inside others."""
    value, message = NO_JSON[name]
    field = within(string(allowed_values=("a", value)))
    inside = string(allowed_values=([{"k": [value]}],))
    for contract, place, path in [
        (made(field), "ontology.entities[0].items.properties[1].enum[1]", "list[].f"),
        (made(inside), "ontology.entities[0].enum[0][0].k[0]", "f"),
    ]:
        with pytest.raises(ContractCompileError) as caught:
            VERBS[verb](contract)
        assert str(caught.value) == f"{place}: {message}"
        assert caught.value.field == path


@pytest.mark.parametrize("verb", VERBS)
def test_allowed_values_that_are_no_list_are_refused(verb: str) -> None:
    """A text as well would be walked character by character."""
    values: Any = "ab"
    with pytest.raises(ContractCompileError) as caught:
        VERBS[verb](made(string(allowed_values=values)))
    place = "ontology.entities[0].enum"
    assert str(caught.value) == f"{place}: expected a list of values, got an instance of str"


def test_json_values_of_every_type_are_allowed() -> None:
    """Up to the bounds of integers; a violation shows them all."""
    values: tuple[Any, ...] = (None, True, 2**64 - 1, -(2**63), -0.0, "é", [[], {}], {"": [None]})
    contract = made(FieldDefinition("f", FieldType.ANY, allowed_values=values))
    [violation] = contract.compile().validate({"f": "other"}).violations
    shown = (
        'null, true, 18446744073709551615, -9223372036854775808, -0.0, "é", [[],{}], {"":[null]}'
    )
    assert violation.message.endswith(f"[{shown}]")
    assert Contract.from_yaml(contract.to_yaml()) == contract


def test_a_part_that_is_shared_must_be_right_wherever_it_stands() -> None:
    """A tuple of texts is not a JSON value, although synonyms and allowed values are tuples."""
    texts = ("a", "b")
    glossary = (GlossaryEntry("f", "d", synonyms=texts),)
    assert made(string(allowed_values=texts), glossary=glossary).compile()
    with pytest.raises(ContractCompileError, match=r"entities\[1\]\.enum\[0\]: .* of tuple"):
        made(string(allowed_values=texts), string(allowed_values=(texts,))).compile()


def test_characters_beyond_ascii_are_no_surrogates() -> None:
    """Nor are those that UTF-16 writes as a pair."""
    contract = made(string("é", allowed_values=("😀", {"日本": ["\ue000", "\ud7ff"]})), name="ü")
    assert contract.compile().contract == contract
    assert Contract.from_yaml(contract.to_yaml()) == contract


def test_shared_parts_are_looked_at_once() -> None:
    """However often they would be written out; a list may even contain itself."""
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
