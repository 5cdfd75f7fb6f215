"""Refusing contracts made in code that no file could hold, with the place of the fault.

Such contracts hold lone surrogates, allowed values that are not JSON or have the reserved key, or
values of the wrong type.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Optional, cast

import msgspec

from contractgate_core._reserved import REFUSAL, RESERVED_KEY
from contractgate_core.contract.types import mistyped
from contractgate_core.errors import ContractCompileError

__all__ = ["refuse_unwritable"]

_SURROGATE = re.compile("[\ud800-\udfff]")

_Trail = list[tuple[Any, Any]]
"""Each part on the way to a value, with the step from it: a key, an index, or None for a key."""


_Check = Callable[[Any], Optional[str]]
"""Says what is wrong with a value itself, not with what is inside it."""


def refuse_unwritable(contract: msgspec.Struct) -> None:
    """Refuse a contract that no file can hold, and that could be neither shown nor sent.

    Args:
        contract: The contract, or a part of one.

    Raises:
        ContractCompileError: A text holds a lone surrogate, an allowed value is not JSON, or
            something has the wrong type; the error says where.
        RecursionError: It nests too deeply to walk.
    """
    trail: _Trail = []
    message = _find(contract, _check_part, trail, set())
    if message is not None:
        field = _field_path(trail[::-1]) or None
        raise ContractCompileError(f"{_place(trail[::-1])}: {message}", field=field)


def _find(value: Any, check: _Check, trail: _Trail, seen: set[tuple[int, _Check]]) -> Optional[str]:
    """Say what is wrong with a value or inside it; `trail` gets the way to it, innermost first."""
    message = check(value)
    if message is not None or not isinstance(value, (msgspec.Struct, tuple, list, dict)):
        return message
    # Parts may be shared, so there may be many more ways than parts.
    if (id(value), check) in seen:
        return None
    seen.add((id(value), check))
    for step, part in _steps(value):
        message = _find(part, _check_inside(value, check, step), trail, seen)
        if message is not None:
            trail.append((value, step))
            return message
    return None


def _check_inside(value: Any, check: _Check, step: Any) -> _Check:
    if check is not _check_part:
        return _check_key if step is None else _check_json
    return _check_allowed_values if step == "enum" and _is_field(value) else _check_part


def _is_field(part: Any) -> bool:
    """Return whether a part describes a field: only fields have allowed values."""
    return isinstance(part, msgspec.Struct) and "allowed_values" in part.__struct_fields__


def _steps(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, msgspec.Struct):
        return zip(value.__struct_encode_fields__, msgspec.structs.astuple(value))
    if isinstance(value, dict):
        mapping: dict[Any, Any] = value
        return [*((None, key) for key in mapping), *mapping.items()]
    return enumerate(cast("Iterable[Any]", value))


def _check_part(value: Any) -> Optional[str]:
    if isinstance(value, msgspec.Struct):
        return mistyped(value)
    return _check_text(value) if type(value) is str else None


def _check_text(text: str) -> Optional[str]:
    match = None if text.isascii() else _SURROGATE.search(text)
    if match is None:
        return None
    return f"expected text, got the lone surrogate U+{ord(match.group()):04X}"


def _check_allowed_values(value: Any) -> Optional[str]:
    is_list = value is None or type(value) is tuple
    return None if is_list else f"expected a list of values, got {_described(value)}"


def _check_key(value: Any) -> Optional[str]:
    if value == RESERVED_KEY:
        return REFUSAL
    if type(value) is str:
        return _check_text(value)
    return f"expected text as a key, got {_described(value)}"


def _check_json(value: Any) -> Optional[str]:
    if type(value) is str:
        return _check_text(value)
    if type(value) is int:
        fits = -(2**63) <= value < 2**64
        return None if fits else "expected an integer from -2^63 to 2^64-1, got another one"
    if type(value) is float:
        return None if math.isfinite(value) else f"expected a finite number, got {value}"
    # The engine takes an instance of a subclass for another type.
    is_json = value is None or type(value) in (bool, list, dict)
    return None if is_json else f"expected a JSON value, got {_described(value)}"


def _described(value: object) -> str:
    return f"an instance of {type(value).__name__}"


def _place(trail: _Trail) -> str:
    steps = [step for _, step in trail if step is not None]
    place = "".join(f"[{step}]" if type(step) is int else f".{step}" for step in steps)
    return place.lstrip(".")


def _field_path(trail: _Trail) -> str:
    """Write the path of the innermost field on the way, as events spell it."""
    path, is_element = "", False
    for part, step in trail:
        if _is_field(part):
            # The name of an array's element means nothing.
            name = "" if is_element else part.name.encode("utf-8", "backslashreplace").decode()
            is_element = step == "items"
            path = f"{path}{'.' if path and name else ''}{name}{'[]' if is_element else ''}"
    return path
