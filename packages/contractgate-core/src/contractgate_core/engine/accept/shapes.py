"""How written source gets at the members of an object: of a dict, or of a struct.

Objects of users and of the exact reader are dicts. Failing lines are decoded as structs
(`accept.lenient`), which takes less time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.plan import FieldPlan

__all__ = ["DICT", "NO_SHAPES", "Shape", "Shapes"]


class Shape(NamedTuple):
    """What the objects at a place are.

    Attributes:
        kind: Their type: dict or a struct.
        attributes: The attribute of each declared key, for structs. Its value is `UNSET` if the key
            is absent.
        undeclared: The attribute of each other key.
    """

    kind: type
    attributes: Mapping[str, str]
    undeclared: Mapping[str, str]

    def type_name(self, source: Source) -> str:
        """Return the name of the type in source."""
        return "dict" if self.kind is dict else source.bind(self.kind)

    @contextmanager
    def member(self, source: Source, o: str, key: str) -> Iterator[None]:
        """Write a block for a member `v` of an object, if it is present.

        Args:
            source: The source.
            o: The name of the object.
            key: The key of the member.
        """
        if self.kind is dict:
            name = source.bind(key)
            with source.block(f"if {name} in {o}:"):
                source.line(f"v = {o}[{name}]")
                yield
            return
        source.line(f"v = {o}.{self.attributes[key]}")
        with source.block("if v is not UNSET:"):
            yield

    def are_none_undeclared(self, o: str) -> str:
        """Return a condition that is true of a struct with no undeclared key."""
        return " and ".join(f"{o}.{name} is UNSET" for name in self.undeclared.values()) or "True"


DICT = Shape(dict, {}, {})

Shapes = Mapping[FieldPlan, Shape]
"""The shape of objects at some places; those at all other places are dicts."""

NO_SHAPES: Shapes = {}
