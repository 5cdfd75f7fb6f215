"""The types of a contract's parts, since contracts made in code may have wrong ones."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Optional, Union, get_args, get_origin

import msgspec

__all__ = ["mistyped"]


class _Types(NamedTuple):
    """The types that an attribute may have.

    Attributes:
        name: Its name.
        kinds: The types that its value may have; empty if it is not checked.
        inside: The type of the elements, if it is a tuple.
    """

    name: str
    kinds: tuple[Any, ...]
    inside: Optional[Any]


def mistyped(part: msgspec.Struct) -> Optional[str]:
    """Say which attribute of a part of a contract has the wrong type, if any."""
    for name, kinds, inside in _types(type(part)):
        value: Any = getattr(part, name)
        if not kinds or (type(value) in kinds and inside is None):
            continue
        if not isinstance(value, kinds) or (type(value) is bool and bool not in kinds):
            return f"{name}: expected {_named(kinds)}, got {type(value).__name__}"
        elements: Any = () if inside is None or value is None else value
        for index, element in enumerate(elements):
            if inside is not None and not isinstance(element, inside):
                where = f"{name}[{index}]"
                return f"{where}: expected {inside.__name__}, got {type(element).__name__}"
    return None


def _named(kinds: tuple[Any, ...]) -> str:
    names = ["None" if kind is type(None) else kind.__name__ for kind in kinds]
    return " or ".join(names)


@lru_cache(maxsize=64)
def _types(kind: type[msgspec.Struct]) -> tuple[_Types, ...]:
    return tuple(_read(field.name, field.type) for field in msgspec.structs.fields(kind))


def _read(name: str, annotation: Any) -> _Types:
    options = get_args(annotation) if get_origin(annotation) is Union else (annotation,)
    tuples = [option for option in options if get_origin(option) is tuple]
    inside = get_args(tuples[0])[0] if tuples else None
    kinds = tuple(get_origin(option) or option for option in options)
    # Allowed values, which may be of many types, are checked elsewhere.
    return _Types(name, () if Any in (*kinds, inside) else kinds, inside)
