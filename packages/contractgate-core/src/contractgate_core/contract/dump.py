"""`Contract` to plain values and to YAML.

Parts that a file shares by aliases are one object in the contract. They are written out in full
where that is short, and stay shared where it would be long.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, NamedTuple, Optional, TypeVar, cast

import msgspec

from contractgate_core.contract.reading import MOST_LEVELS
from contractgate_core.contract.stack import with_room
from contractgate_core.contract.text import (
    write_block_text,
    write_number,
    write_scalar,
    write_text,
)
from contractgate_core.contract.unwritable import refuse_unwritable
from contractgate_core.contract.words import Word
from contractgate_core.errors import ContractGateError

__all__ = ["as_dict", "as_json", "as_yaml"]

T = TypeVar("T")

_MOST_INLINED = 100_000
"""How many values may be written out in full; above this, shared parts stay shared."""

_LONGEST_KEY = 1_000
"""YAML readers look no further than 1,024 characters for the colon after a key."""

_TOO_DEEP = "the contract nests more deeply than any contract in a file can"


def as_dict(part: msgspec.Struct) -> dict[str, Any]:
    """Return a contract or a part of one as plain values; see `Contract.to_dict`."""
    return _with_room(part, lambda: _PlainValues(_shared_parts(part)).struct(part))


def as_json(part: msgspec.Struct) -> str:
    """Return a contract or a part of one as JSON; see `Contract.to_json`."""
    if _with_room(part, lambda: _shared_parts(part)):
        message = f"the contract's aliases make more than {_MOST_INLINED:,} values of it"
        raise ContractGateError(f"{message}; `to_yaml` keeps them")
    return msgspec.json.encode(as_dict(part)).decode()


def as_yaml(contract: msgspec.Struct) -> str:
    """Write a contract as block YAML; see `Contract.to_yaml`."""
    return _with_room(contract, lambda: _YamlWriter(_shared_parts(contract)).write(contract))


def _with_room(part: msgspec.Struct, work: Callable[[], T]) -> T:
    """Run recursive work on a contract, after a check that it can be written.

    Raises:
        ContractCompileError: It holds a lone surrogate, or an allowed value that is not JSON.
        ContractGateError: It nests more deeply than any contract in a file can.
    """
    try:
        with_room(lambda: refuse_unwritable(part))
        return with_room(work)
    except RecursionError:
        raise ContractGateError(_TOO_DEEP) from None


@lru_cache(maxsize=32)
def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return tuple(msgspec.structs.fields(struct))


class _Extent(NamedTuple):
    """How much a part holds.

    Attributes:
        values: How many values there are; those of shared parts count each time.
        levels: How many lists and mappings are nested.
    """

    values: int
    levels: int


def _shared_parts(part: msgspec.Struct) -> Collection[int]:
    """Choose the parts that stay shared, and return their ids.

    Raises:
        ContractGateError: The contract nests more deeply than any contract in a file can.
    """
    extents: dict[int, _Extent] = {}
    uses: Counter[int] = Counter()
    whole = _measure(part, extents, uses)
    if whole.levels > MOST_LEVELS:
        raise ContractGateError(_TOO_DEEP)
    return {part for part in uses if uses[part] > 1} if whole.values > _MOST_INLINED else ()


def _measure(value: Any, extents: dict[int, _Extent], uses: Counter[int]) -> _Extent:
    """Measure a part and all parts in it, each once, and count the uses of each."""
    parts = _parts(value)
    if parts is None:
        return _Extent(1, 0)
    uses[id(value)] += 1
    if id(value) not in extents:
        inside = [_measure(part, extents, uses) for part in parts]
        extents[id(value)] = _Extent(
            1 + sum(part.values for part in inside),
            1 + max((part.levels for part in inside), default=0),
        )
    return extents[id(value)]


def _parts(value: Any) -> Optional[Iterable[Any]]:
    """Return the parts in a part; None for a scalar, and for `()`, of which Python has only one."""
    if isinstance(value, msgspec.Struct):
        return [getattr(value, field.name) for field in _fields(type(value))]
    if type(value) is dict:
        return cast("dict[str, Any]", value).values()
    if type(value) is list or (type(value) is tuple and value):
        return cast("Iterable[Any]", value)
    return None


class _PlainValues:
    """Turns parts into plain values.

    Args:
        shared: The ids of the parts that are copied only once.
    """

    def __init__(self, shared: Collection[int]) -> None:
        self._shared = shared
        self._known: dict[int, Any] = {}

    def struct(self, part: msgspec.Struct) -> dict[str, Any]:
        return {
            field.encode_name: self._attribute(field.name, getattr(part, field.name))
            for field in _fields(type(part))
        }

    def _attribute(self, name: str, value: Any) -> Any:
        if isinstance(value, tuple):
            make = self._json if name == "allowed_values" else self._part
            return self._once(value, lambda: [*map(make, cast("Iterable[Any]", value))])
        return self._part(value)

    def _part(self, value: Any) -> Any:
        if isinstance(value, msgspec.Struct):
            return self._once(value, lambda: self.struct(value))
        if isinstance(value, Word):
            return str(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return value

    def _json(self, value: Any) -> Any:
        if type(value) is list:
            return self._once(value, lambda: [*map(self._json, cast("Iterable[Any]", value))])
        if type(value) is dict:
            pairs = cast("dict[str, Any]", value).items()
            return self._once(value, lambda: {key: self._json(inner) for key, inner in pairs})
        return value

    def _once(self, value: Any, make: Callable[[], T]) -> T:
        if id(value) not in self._shared:
            return make()
        if id(value) not in self._known:
            self._known[id(value)] = make()
        return cast("T", self._known[id(value)])


class _YamlWriter:
    """Writes one contract.

    Args:
        shared: The ids of the parts that get anchors and aliases.
    """

    def __init__(self, shared: Collection[int]) -> None:
        self._shared = shared
        self._lines: list[str] = []
        self._anchors: dict[int, str] = {}

    def write(self, contract: msgspec.Struct) -> str:
        self._struct(contract, "", 0)
        return "\n".join([*self._lines, ""])

    def _struct(self, part: msgspec.Struct, lead: str, indent: int) -> None:
        """Write the keys of a part; `lead` goes before the first of them."""
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
        for element in cast("Iterable[Any]", value):
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
        """Write a JSON value on one line."""
        if type(value) is not list and type(value) is not dict:
            return write_scalar(value)
        mark, is_written = self._mark(value)
        if is_written:
            return mark
        return f"{mark} {self._collection(value)}".lstrip()

    def _collection(self, value: Any) -> str:
        if type(value) is dict:
            mapping: dict[Any, Any] = value
            return f"{{{', '.join(self._pair(key, inner) for key, inner in mapping.items())}}}"
        return f"[{', '.join(map(self._flow, value))}]"

    def _pair(self, key: Any, value: Any) -> str:
        written = write_text(key)
        # An explicit key, since readers stop looking for the colon after a very long one.
        explicit = "? " if len(written) > _LONGEST_KEY else ""
        return f"{explicit}{written}: {self._flow(value)}"

    def _mark(self, value: Any) -> tuple[str, bool]:
        """Return a part's anchor or alias, if it needs one, and whether it is already written."""
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
