"""`Contract` to plain values and to YAML.

Parts that a file shares by aliases are one object in the contract. Both ways keep them shared,
since written out in full a small hostile file could fill any memory.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Optional, TypeVar

import msgspec

from contractgate_core.contract.model import Contract
from contractgate_core.contract.text import (
    write_block_text,
    write_number,
    write_scalar,
    write_text,
)
from contractgate_core.contract.words import Word
from contractgate_core.errors import ContractGateError

__all__ = ["as_dict", "as_yaml"]

T = TypeVar("T")

_MOST_INLINED = 100_000
"""So many values are written out in full; above it, shared parts become anchors and aliases."""

_LONGEST_KEY = 1_000
"""YAML readers look for the colon after a key no further than 1,024 characters."""


def as_dict(contract: Contract) -> dict[str, Any]:
    """Give a contract as plain values; see `Contract.to_dict`."""
    return _within_stack(lambda: _PlainValues().struct(contract))


def as_yaml(contract: Contract) -> str:
    """Write a contract as block YAML; see `Contract.to_yaml`."""
    return _within_stack(lambda: _YamlWriter(contract).write(contract))


def _within_stack(work: Callable[[], T]) -> T:
    try:
        return work()
    except RecursionError:
        message = "the contract nests more deeply than any contract in a file can"
        raise ContractGateError(message) from None


@lru_cache(maxsize=None)
def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return tuple(msgspec.structs.fields(struct))


class _PlainValues:
    """Makes plain values, one for each shared part."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}

    def struct(self, part: msgspec.Struct) -> dict[str, Any]:
        return {
            field.encode_name: self._attribute(field.name, getattr(part, field.name))
            for field in _fields(type(part))
        }

    def _attribute(self, name: str, value: Any) -> Any:
        if isinstance(value, tuple):
            make = self._json if name == "allowed_values" else self._part
            return self._shared(value, lambda: [make(element) for element in value])
        return self._part(value)

    def _part(self, value: Any) -> Any:
        if isinstance(value, msgspec.Struct):
            return self._shared(value, lambda: self.struct(value))
        if isinstance(value, Word):
            return str(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return value

    def _json(self, value: Any) -> Any:
        if type(value) is list:
            return self._shared(value, lambda: [self._json(element) for element in value])
        if type(value) is dict:
            return self._shared(value, lambda: {key: self._json(value[key]) for key in value})
        write_scalar(value)
        return value

    def _shared(self, value: object, make: Callable[[], T]) -> T:
        if id(value) not in self._known:
            self._known[id(value)] = make()
        known: T = self._known[id(value)]
        return known


class _YamlWriter:
    """Writes one contract, with anchors only where it would grow too long without.

    Args:
        contract: What will be written.
    """

    def __init__(self, contract: Contract) -> None:
        self._lines: list[str] = []
        sizes: dict[int, int] = {}
        uses: Counter[int] = Counter()
        total = _measure(contract, sizes, uses)
        self._shared = {key for key in uses if uses[key] > 1} if total > _MOST_INLINED else set()
        self._anchors: dict[int, str] = {}

    def write(self, contract: Contract) -> str:
        self._struct(contract, "", 0)
        return "\n".join([*self._lines, ""])

    def _struct(self, part: msgspec.Struct, lead: str, indent: int) -> None:
        """Write the keys of a part; `lead` stands before the first of them."""
        for field in _fields(type(part)):
            value = getattr(part, field.name)
            if field.required or value != field.default:
                self._entry(f"{lead}{field.encode_name}:", field.name, value, indent)
                lead = " " * indent

    def _entry(self, head: str, name: str, value: Any, indent: int) -> None:
        if not isinstance(value, (tuple, msgspec.Struct)):
            self._lines.append(f"{head} {_written(value, indent + 2)}")
            return
        mark, is_written = self._mark(value)
        if is_written or value == ():
            self._lines.append(f"{head} {mark if is_written else '[]'}")
            return
        self._lines.append(f"{head} {mark}".rstrip())
        if isinstance(value, msgspec.Struct):
            self._struct(value, " " * (indent + 2), indent + 2)
            return
        for element in value:
            self._element(element, name == "allowed_values", indent + 2)

    def _element(self, value: Any, is_json: bool, indent: int) -> None:
        dash = f"{' ' * indent}- "
        if not isinstance(value, msgspec.Struct) or is_json:
            self._lines.append(dash + self._flow(value))
            return
        mark, is_written = self._mark(value)
        if mark:
            self._lines.append(dash + mark)
            dash = " " * (indent + 2)
        if not is_written:
            self._struct(value, dash, indent + 2)

    def _flow(self, value: Any) -> str:
        """Write a JSON value in one line."""
        if type(value) is not list and type(value) is not dict:
            return write_scalar(value)
        mark, is_written = self._mark(value)
        if is_written:
            return mark
        if type(value) is list:
            text = f"[{', '.join(map(self._flow, value))}]"
        else:
            text = f"{{{', '.join(self._pair(key, value[key]) for key in value)}}}"
        return f"{mark} {text}" if mark else text

    def _pair(self, key: Any, value: Any) -> str:
        if type(key) is not str:
            raise ContractGateError(f"no contract can hold {key!r:.60} as a key of an object")
        written = write_text(key)
        # An explicit key, since a reader gives up looking for the colon after a very long one.
        explicit = "? " if len(written) > _LONGEST_KEY else ""
        return f"{explicit}{written}: {self._flow(value)}"

    def _mark(self, value: Any) -> tuple[str, bool]:
        """Give a part's anchor or alias, if it needs one, and whether it is written already."""
        if id(value) not in self._shared:
            return "", False
        if id(value) in self._anchors:
            return f"*{self._anchors[id(value)]}", True
        self._anchors[id(value)] = f"shared{len(self._anchors) + 1}"
        return f"&{self._anchors[id(value)]}", False


def _written(value: Any, indent: int) -> str:
    """Write the value of a key that is neither a list nor a mapping."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, str):
        return write_block_text(value, indent) or write_text(value)
    return write_number(value) if isinstance(value, float) else write_scalar(value)


def _measure(value: Any, sizes: dict[int, int], uses: Counter[int]) -> int:
    """Count the values in a part, those of shared parts each time, and who uses each part."""
    parts = _parts(value)
    if parts is None:
        return 1
    uses[id(value)] += 1
    if id(value) not in sizes:
        sizes[id(value)] = 1 + sum(_measure(part, sizes, uses) for part in parts)
    return sizes[id(value)]


def _parts(value: Any) -> Optional[Iterable[Any]]:
    if isinstance(value, msgspec.Struct):
        return [getattr(value, field.name) for field in _fields(type(value))]
    if type(value) is dict:
        return value.values()
    return value if type(value) in (list, tuple) and value else None
