"""Written functions that get an attribute of many structs; others take twice as long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from contractgate_core.engine.accept.codegen import Names
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.types import attribute

__all__ = ["Attribute", "attributes", "get_values"]


class Attribute(NamedTuple):
    """An attribute of a struct.

    Attributes:
        name: Its name.
        may_be_none: What it stands for may be absent.
    """

    name: str
    may_be_none: bool


def attributes(planned: FieldPlan) -> list[tuple[Attribute, FieldPlan]]:
    """List the attributes of an object's struct, and the places they stand for."""
    members = enumerate((planned.members or {}).values())
    return [
        (Attribute(attribute(index), member.nullable or not member.required), member)
        for index, member in members
    ]


@lru_cache(maxsize=256)
def get_values(one: Attribute) -> Callable[[Sequence[Any]], list[Any]]:
    """Write a function that gets the values of an attribute from structs, where they are there.

    It is the same for all contracts, since attributes are numbered.
    """
    value = f"row.{one.name}"
    found = f"v for row in rows if (v := {value}) is not None"
    source = found if one.may_be_none else f"{value} for row in rows"
    get = Names().compile(f"def get(rows): return [{source}]", "get")
    return cast("Callable[[Sequence[Any]], list[Any]]", get)
