"""Generated functions that get an attribute of many structs, twice as fast as generic ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from contractgate_core.engine.accept.codegen import Source

__all__ = ["get_values"]


@lru_cache(maxsize=256)
def get_values(name: str, *, may_be_none: bool) -> Callable[[Sequence[Any]], list[Any]]:
    """Write a function that gets the present values of an attribute from structs.

    Contracts share these functions, since attributes are numbered.
    """
    value = f"row.{name}"
    found = f"v for row in rows if (v := {value}) is not None"
    source = Source()
    with source.function("rows", "get"):
        source.line(f"return [{found if may_be_none else f'{value} for row in rows'}]")
    return cast("Callable[[Sequence[Any]], list[Any]]", source.compile("get"))
