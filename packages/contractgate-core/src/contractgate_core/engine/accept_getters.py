"""Written functions that get an attribute of many structs; others take twice as long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from contractgate_core.engine.accept_plan import Spot
from contractgate_core.engine.accept_types import attribute
from contractgate_core.engine.written import Names

__all__ = ["Attribute", "attributes", "get_outside", "get_values"]


class Attribute(NamedTuple):
    """An attribute of a struct.

    Attributes:
        name: Its name.
        may_be_none: What it stands for may be absent.
    """

    name: str
    may_be_none: bool


def attributes(spot: Spot) -> list[tuple[Attribute, Spot]]:
    """List the attributes of an object's struct, and the places they stand for."""
    members = enumerate((spot.members or {}).values())
    return [
        (Attribute(attribute(index), member.nullable or not member.required), member)
        for index, member in members
    ]


def get_values(path: Sequence[Attribute]) -> Callable[[Sequence[Any]], list[Any]]:
    """Write a function that gets the values at a path from structs, where they are there."""
    get = _written(path, "rows", "")
    return cast("Callable[[Sequence[Any]], list[Any]]", get)


def get_outside(path: Sequence[Attribute]) -> Callable[[Sequence[Any], int, int], list[Any]]:
    """Write a function that gets those of them alone that are not between two integers."""
    get = _written(path, "rows, low, high", " if not low <= {value} <= high")
    return cast("Callable[[Sequence[Any], int, int], list[Any]]", get)


def _written(path: Sequence[Attribute], parameters: str, test: str) -> Any:
    value, conditions = "row", ""
    for place, one in enumerate(path):
        value = f"{value}.{one.name}"
        if one.may_be_none:
            conditions += f" if (v{place} := {value}) is not None"
            value = f"v{place}"
    conditions += test.format(value=value)
    source = f"def get({parameters}): return [{value} for row in rows{conditions}]"
    return Names().compile(source, "get")
