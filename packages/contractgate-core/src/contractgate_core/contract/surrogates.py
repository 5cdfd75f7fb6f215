"""Contracts that were made in code may hold what no file can: lone surrogates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Optional, cast

import msgspec

from contractgate_core.contract.model import Contract, FieldDefinition
from contractgate_core.contract.places import places_of
from contractgate_core.errors import ContractCompileError

__all__ = ["refuse_surrogates"]

_SURROGATE = re.compile("[\ud800-\udfff]")

_Trail = list[tuple[Any, Any]]
"""Each part on the way to a text, and the step from it: a key, an index, or None for its key."""


def refuse_surrogates(contract: Contract) -> None:
    """Refuse a contract of which some text could be neither shown nor sent.

    Raises:
        ContractCompileError: It holds a lone surrogate; the error says where.
        RecursionError: It nests too deeply to be walked.
    """
    if places_of(contract).are_known:
        return
    trail: _Trail = []
    text = _find(contract, trail, set())
    if text is not None:
        code = ord(_SURROGATE.findall(text)[0])
        message = f"expected text, got the lone surrogate U+{code:04X}"
        field = _field_path(trail[::-1]) or None
        raise ContractCompileError(f"{_place(trail[::-1])}: {message}", field=field)


def _find(value: Any, trail: _Trail, seen: set[int]) -> Optional[str]:
    """Find a text with a lone surrogate in a part; `trail` then has the way to it, backwards."""
    if type(value) is str:
        return value if not value.isascii() and _SURROGATE.search(value) else None
    # Parts may be shared, so that there are many more ways than parts.
    if not isinstance(value, (msgspec.Struct, tuple, list, dict)) or id(value) in seen:
        return None
    seen.add(id(value))
    for step, part in _steps(value):
        text = None if part is None else _find(part, trail, seen)
        if text is not None:
            trail.append((value, step))
            return text
    return None


def _steps(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, msgspec.Struct):
        return zip(value.__struct_encode_fields__, msgspec.structs.astuple(value))
    if isinstance(value, dict):
        mapping: dict[Any, Any] = value
        return [*((None, key) for key in mapping), *mapping.items()]
    return enumerate(cast("Iterable[Any]", value))


def _place(trail: _Trail) -> str:
    steps = [step for _, step in trail if step is not None]
    place = "".join(f"[{step}]" if type(step) is int else f".{step}" for step in steps)
    return place.lstrip(".")


def _field_path(trail: _Trail) -> str:
    """Write the path of the innermost field on the way, as events have it."""
    path, is_element = "", False
    for part, step in trail:
        if type(part) is FieldDefinition:
            # What an element is called means nothing.
            name = "" if is_element else part.name.encode("utf-8", "backslashreplace").decode()
            is_element = step == "items"
            path = f"{path}{'.' if path and name else ''}{name}{'[]' if is_element else ''}"
    return path
