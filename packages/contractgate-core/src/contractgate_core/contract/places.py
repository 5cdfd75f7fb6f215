"""The places of a contract's parts in its file, for messages."""

from __future__ import annotations

from functools import cached_property
from typing import Optional, Union

import msgspec

from contractgate_core.contract.nodes import Nodes, parse_nodes
from contractgate_core.contract.parts import ContractDefinition

__all__ = ["Places", "note_places", "places_of"]

_SYNONYMS = {"field": "term", "description": "definition"}


class Places:
    """Knows the place of each part of one contract.

    It keeps the text, and parses it again when it is first asked: few contracts ever are.

    Args:
        text: The text that the contract was read from, or None if it was made in code.
        filename: The name of the file.
    """

    def __init__(self, text: Optional[str] = None, filename: Optional[str] = None) -> None:
        self._text = text
        self.filename = filename

    @property
    def are_known(self) -> bool:
        """Whether the contract was read from a text."""
        return self._text is not None

    def at(self, *path: Union[str, int]) -> Optional[tuple[int, int]]:
        """Return the line and the column, both from 1, of a part.

        Args:
            path: Keys as the file spells them, and indices: `("ontology", "entities", 0, "type")`.

        Returns:
            The place of the part, or of its nearest ancestor in the file; None for a contract made
            in code.
        """
        nodes = self._nodes
        if nodes is None or not len(nodes):
            return None
        node = 0
        for step in path:
            parent = nodes.resolve(node)
            if isinstance(step, int):
                child = nodes.element(parent, step)
            else:
                child = nodes.value(parent, step, _SYNONYMS.get(step, step))
            if child is None:
                break
            node = child
        return nodes.place(node)

    @cached_property
    def _nodes(self) -> Optional[Nodes]:
        return None if self._text is None else parse_nodes(self._text)


def note_places(contract: ContractDefinition, places: Places) -> None:
    """Remember the places of a contract that was just read."""
    msgspec.structs.force_setattr(contract, "_places", places)


def places_of(contract: ContractDefinition) -> Places:
    """Return the places of a contract's parts."""
    places: Optional[Places] = getattr(contract, "_places", None)
    return places if places is not None else Places()
