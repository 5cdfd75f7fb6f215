"""What the gateway accepts in a contract although it cannot be meant: it is known, with places."""

from __future__ import annotations

import pickle

import pytest

from contractgate_core import Contract
from contractgate_core.contract.doubts import doubts_of

HEAD = "version: 1\nname: a\n"


def doubts(text: str) -> list[tuple[str, int, int]]:
    found = doubts_of(Contract.from_yaml(HEAD + text))
    return [(one.message, one.line, one.column) for one in found]


def of_fields(*fields: str) -> list[tuple[str, int, int]]:
    """The doubts about some fields; the first one stands at line 5, column 7."""
    lines = "".join(f"    - {field}\n" for field in fields)
    return doubts(f"ontology:\n  entities:\n{lines}")


@pytest.mark.parametrize(
    ("field", "message", "at"),
    [
        ("{name: b, type: integer, min: 10, max: 1}", "`min` 10 is above `max` 1 in `b`", "10,"),
        ("{name: b, type: any, max: -1, min: 1e3}", "`min` 1e3 is above `max` -1 in `b`", "1e3"),
        (
            "{name: b, type: string, min_length: 2, max_length: 1}",
            "`min_length` 2 is above `max_length` 1 in `b`",
            "2,",
        ),
        ("{name: b, type: string, enum: []}", "`enum` is empty in `b`", "[]"),
        (
            "{name: b, type: object, properties: [{name: c, type: any, enum: [ ]}]}",
            "`enum` is empty in `c`",
            "[ ]",
        ),
        (
            "{name: b, type: array, items: {name: c, type: integer, min: 1, max: 0}}",
            "`min` 1 is above `max` 0 in `c`",
            "1,",
        ),
        (
            "{name: b, type: object, properties: [{name: c, type: any}, {type: any, name: c}]}",
            "the field `c` is declared again",
            "{type: any, name: c}",
        ),
    ],
)
def test_what_can_never_pass_or_is_said_twice_is_known(field: str, message: str, at: str) -> None:
    """With its place, at every depth."""
    assert of_fields(field) == [(message, 5, 7 + field.index(at))]


def test_metrics_have_ranges_too() -> None:
    """They are read by another rule."""
    text = "metrics: [{name: m, field: b, min: 2, max: 1.5}]\nontology: {entities: []}\n"
    assert doubts(text) == [("`min` 2 is above `max` 1.5 in `m`", 3, 36)]


def test_a_name_is_told_each_time_that_it_is_declared_again() -> None:
    """The gateway applies all; the first is no doubt, and other objects may have the same name."""
    one, two = "{name: b, type: string}", "{name: b, type: integer}"
    inner = "{name: c, type: object, properties: [{name: b, type: string}]}"
    message = "the field `b` is declared again"
    assert of_fields(one, two, inner, one) == [(message, 6, 7), (message, 8, 7)]


@pytest.mark.parametrize(
    "field",
    [
        "{name: b, type: integer, min: 1, max: 1}",
        "{name: b, type: integer, min: 5}",
        "{name: b, type: integer, max: -5}",
        "{name: b, type: float, min: .nan, max: 1}",
        "{name: b, type: string, min_length: 0, max_length: 0}",
        "{name: b, type: string, enum: ~}",
        "{name: b, type: string, enum: ['']}",
        "{name: b, type: array, items: {name: b, type: string}}",
    ],
)
def test_what_some_value_passes_is_no_doubt(field: str) -> None:
    """However narrow it is."""
    assert of_fields(field) == []


def test_what_an_alias_repeats_is_told_once() -> None:
    """Where it stands; a field that is named again is told where it is."""
    text = (
        "x-f: [&f {name: b, type: string, enum: []}]\n"
        "ontology: {entities: [*f, {name: c, type: array, items: *f}, *f]}\n"
    )
    again = ("the field `b` is declared again", 4, 62)
    assert doubts(text) == [("`enum` is empty in `b`", 3, 40), again]


def test_they_are_no_part_of_the_contract() -> None:
    """In no comparison, no text and no pickle."""
    text = HEAD + "ontology: {entities: [{name: b, type: string, enum: []}]}\n"
    contract = Contract.from_yaml(text)
    made = Contract(version="1", name="a", ontology=contract.ontology)
    assert len(doubts_of(contract)) == 1
    assert (contract, hash(contract), contract.to_yaml()) == (made, hash(made), made.to_yaml())
    assert doubts_of(made) == doubts_of(pickle.loads(pickle.dumps(contract))) == ()


def test_a_file_of_nothing_else_does_not_fill_the_memory() -> None:
    """The first thousand are enough to say so."""
    assert len(of_fields(*["{name: b, type: string, enum: []}"] * 1_500)) == 1_000
