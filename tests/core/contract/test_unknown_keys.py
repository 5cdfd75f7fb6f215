"""Keys that mean nothing to the gateway: it ignores them, and so do we, but not silently."""

from __future__ import annotations

import pickle
import time

import pytest

from contractgate_core import Contract
from cost import slowness

HEAD = "version: 1\nname: a\n"
FIELDS = "ontology:\n  entities:\n    - {name: b, type: string}\n"


def keys(text: str) -> list[tuple[str, str, int, int]]:
    found = Contract.from_yaml(text).unknown_keys
    return [(one.key, one.inside, one.line, one.column) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + FIELDS, []),
        (f"{HEAD}qualty: []\n{FIELDS}", [("qualty", "the contract", 3, 1)]),
        (f"{HEAD}x-anything: 1\n{FIELDS}", []),
        (
            f"{HEAD}ontology: {{entities: [], entites: []}}\n",
            [("entites", "the ontology", 3, 26)],
        ),
        (
            f"{HEAD}metrics: [{{name: m, minimum: 1}}]\n{FIELDS}",
            [("minimum", "a metric", 3, 21)],
        ),
        (
            f"{HEAD}{FIELDS}    - {{name: c, type: array, items: {{name: d, type: any, é: 1}}}}\n",
            [("é", "a field", 6, 58)],
        ),
    ],
)
def test_each_is_known_with_its_place(text: str, expected: list[tuple[str, str, int, int]]) -> None:
    """In every kind of mapping, except for those that are meant to be ignored."""
    assert keys(text) == expected


def test_one_that_is_shared_by_an_alias_is_told_once() -> None:
    """Where it stands."""
    text = HEAD + "x: [&f {name: c, type: string, patern: a}, *f]\nontology: {entities: [*f, *f]}\n"
    assert keys(text) == [("x", "the contract", 3, 1), ("patern", "a field", 3, 32)]


def test_one_that_an_alias_repeats_in_another_role_is_told_once() -> None:
    """A field that stands in a list, and as the elements of another field."""
    text = (
        "x-f: &f {name: c, type: string, patern: a}\n"
        "ontology: {entities: [*f, {name: d, type: array, items: *f}]}\n"
    )
    assert keys(HEAD + text) == [("patern", "a field", 3, 33)]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_many_in_one_line_and_in_many_have_their_places(line_break: str) -> None:
    """They are found in one walk through the text, whatever ends its lines."""
    field = "    - {é: 1, name: c, ö: 2, type: any}\n"
    text = f"{HEAD}é1: 1\nz: {{}}\n\n{FIELDS}{field * 2}"
    found = keys(text.replace("\n", line_break))
    assert [(key, line, column) for key, _, line, column in found] == [
        ("é1", 3, 1),
        ("z", 4, 1),
        ("é", 9, 8),
        ("ö", 9, 23),
        ("é", 10, 8),
        ("ö", 10, 23),
    ]


@pytest.mark.parametrize("field", ["{name: b, type: any, q: 1}", "{name: b, type: any, enum: []}"])
def test_a_thousand_behind_a_long_text_take_no_longer_than_the_text(field: str) -> None:
    """Unknown keys, and doubts alike: the text is not walked through for each."""
    text = "#\n" * 100_000 + HEAD + "ontology:\n  entities:\n" + f"    - {field}\n" * 1_000
    started = time.process_time()
    Contract.from_yaml(text)
    assert time.process_time() - started < 3 * slowness()


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("requred", "required"),
        ("patern", "pattern"),
        ("maxLength", "max_length"),
        ("max-length", "max_length"),
        ("minimum", "min"),
        ("format", None),
        ("x" * 60, None),
    ],
)
def test_what_was_perhaps_meant_is_suggested(key: str, meant: str) -> None:
    """From the keys that are known there, however their words are joined."""
    (found,) = Contract.from_yaml(
        f"{HEAD}{FIELDS}    - {{name: c, type: string, {key}: 1}}"
    ).unknown_keys
    assert found.suggestion == meant


def test_they_are_no_part_of_the_contract() -> None:
    """Not of comparisons, texts or pickles."""
    clean = Contract.from_yaml(HEAD + FIELDS)
    contract = Contract.from_yaml(f"{HEAD}qualty: []\n{FIELDS}")
    assert contract == clean
    assert hash(contract) == hash(clean)
    assert contract.to_dict() == clean.to_dict()
    assert contract.to_yaml() == clean.to_yaml()
    assert "qualty" not in repr(contract)
    assert pickle.loads(pickle.dumps(contract)).unknown_keys == ()
    assert Contract(version="1", name="a", ontology=contract.ontology).unknown_keys == ()


def test_a_file_of_nothing_else_does_not_fill_the_memory() -> None:
    """The first thousand are enough."""
    many = "".join(f"k{number}: 1\n" for number in range(3_000))
    assert len(Contract.from_yaml(HEAD + many + FIELDS).unknown_keys) == 1_000
