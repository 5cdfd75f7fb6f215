"""Where the parts of a contract stand in its file."""

from __future__ import annotations

from typing import Optional, Union

import pytest

from contractgate_core import Contract, ContractCompileError, Ontology
from contractgate_core.contract.places import places_of

TEXT = """\
version: "1"
name: c
shared: &fields
  - {name: a, type: string}
ontology:
  entities:
    - name: o
      type: object
      properties: *fields
    - ? name
      : p
      type: any
glossary: [{term: a, definition: b}]
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("name",), (2, 7)),
        (("ontology", "entities", 0), (7, 7)),
        (("ontology", "entities", 0, "type"), (8, 13)),
        (("ontology", "entities", 0, "properties"), (9, 19)),
        (("ontology", "entities", 0, "properties", 0, "name"), (4, 12)),
        (("ontology", "entities", 1, "name"), (11, 9)),
        (("glossary", 0, "field"), (13, 19)),
        (("glossary", 0, "description"), (13, 34)),
        # The nearest ancestor of what is not there.
        (("ontology", "entities", 0, "pattern"), (7, 7)),
        (("ontology", "entities", 7, "pattern"), (7, 5)),
        (("ontology", 3), (6, 3)),
        (("ontology", "entities", "name"), (7, 5)),
        (("name", "x"), (2, 7)),
    ],
)
def test_a_part_stands_where_its_value_begins(
    path: tuple[Union[str, int], ...], place: tuple[int, int]
) -> None:
    """Aliases are followed, to what they mean."""
    assert places_of(Contract.from_yaml(TEXT)).at(*path) == place


def test_a_contract_made_in_code_stands_nowhere() -> None:
    """And has no file."""
    contract = Contract(version="1", name="c", ontology=Ontology(()))
    places = places_of(contract)
    assert places.at("name") is None
    assert places.filename is None


@pytest.mark.parametrize(
    ("entity", "place"),
    [
        ("{name: a, type: string, pattern: '('}", (4, 38)),
        ("{name: a, type: any, transform: {kind: mask}}", (4, 37)),
    ],
)
def test_a_refusal_to_compile_tells_the_place(
    entity: str, place: Optional[tuple[int, int]]
) -> None:
    """And its message is the gateway's, as far as that is fixed."""
    text = f"version: 1\nname: c\nontology: {{entities: [\n    {entity}]}}"
    with pytest.raises(ContractCompileError) as caught:
        Contract.from_yaml(text).compile()
    error = caught.value
    assert (error.line, error.column) == place
    assert error.message.startswith(
        ("Invalid regex '(' for field 'a': ", "Field 'a' declares a PII")
    )
    assert str(error) == f"<contract>:4:{error.column}: {error.message}"
