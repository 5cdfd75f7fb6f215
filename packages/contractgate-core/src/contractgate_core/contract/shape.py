"""How a mapping becomes a struct: the keys it may and must have, and what each holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn, Optional

import msgspec

from contractgate_core.contract.doubts import DOUBTS
from contractgate_core.contract.nodes import MAPPING, PLAIN, Nodes
from contractgate_core.contract.parts import FieldDefinition
from contractgate_core.contract.readers import suggest
from contractgate_core.contract.reading import Reader, Reading, RefusalError, shorten

__all__ = ["Shape"]

_MOST_COMPARED = 100
_UNKNOWN: tuple[str, Optional[Reader]] = ("", None)


class Shape:
    """A reader for one kind of mapping; names and defaults are those of its struct.

    Args:
        title: What messages call the mapping.
        struct: What it becomes.
        readers: The reader of each attribute of the struct.
        synonyms: Other spellings of keys.
    """

    def __init__(
        self,
        title: str,
        struct: type[msgspec.Struct],
        readers: dict[str, Reader],
        synonyms: Optional[dict[str, str]] = None,
    ) -> None:
        self._title = title
        self._struct = struct
        self._doubt = DOUBTS.get(struct)
        # `structs.fields` would return the same, but evaluate the types of all fields for it.
        names, keys = struct.__struct_fields__, struct.__struct_encode_fields__
        defaults = struct.__struct_defaults__
        defaults = (msgspec.NODEFAULT,) * (len(names) - len(defaults)) + defaults
        self._keys = {key: (name, readers[name]) for name, key in zip(names, keys)}
        self._required = {
            name: key
            for name, key, default in zip(names, keys, defaults)
            if default is msgspec.NODEFAULT
        }
        self._twins: dict[str, str] = {}
        for synonym, key in (synonyms or {}).items():
            self._keys[synonym] = self._keys[key]
            self._twins.update({synonym: key, key: synonym})

    def read(self, reading: Reading, node: int, depth: int) -> Any:
        """Read a mapping; a `Reader`."""
        # Few calls per level, since contracts may nest 128 levels deep.
        found: dict[str, Any] = {}
        others: list[tuple[str, int]] = []
        try:
            for key, place in self._entries(reading, node, depth):
                name, reader = self._keys.get(key, _UNKNOWN)
                if reader is None:
                    others.append((key, place))
                    continue
                if name in found:
                    self._refuse_second(key, place)
                try:
                    found[name] = reading.read(reader, place + 1, depth + 1)
                except RefusalError as refusal:
                    refusal.path.append(key)
                    raise
            self._check_required(found, others, node)
        except RefusalError as refusal:
            if self._struct is FieldDefinition:
                _note_name(refusal, reading.nodes, node)
            raise
        if others:
            reading.pass_over(others, self._title, self._keys)
        part = self._struct(**found)
        if self._doubt is not None:
            self._doubt(reading, node, part)
        return part

    def _entries(self, reading: Reading, node: int, depth: int) -> Iterator[tuple[str, int]]:
        """Yield the keys with their numbers; the value of each is the next node."""
        nodes = reading.nodes
        if nodes.kinds[node] != MAPPING:
            if nodes.kinds[node] != PLAIN or nodes.texts[node]:
                reading.refuse(f"a mapping ({self._title})", node)
            return
        inside = reading.enter(node, depth)
        child = inside.start
        while child < inside.stop:
            yield reading.key(child), child
            child = nodes.after(child + 1)

    def _refuse_second(self, key: str, place: int) -> NoReturn:
        names = f"`{key}`" if key not in self._twins else f"`{key}` or `{self._twins[key]}`"
        raise RefusalError(f"expected {names} once, got it again", place)

    def _check_required(
        self, found: dict[str, Any], others: list[tuple[str, int]], node: int
    ) -> None:
        for name, key in self._required.items():
            if name not in found:
                names = [other for other, _ in others[:_MOST_COMPARED]]
                hint = _suggest_for_missing(key, names)
                message = f"expected the key `{key}` in {self._title}, got none{hint}"
                raise RefusalError(message, node)


def _suggest_for_missing(key: str, others: list[str]) -> str:
    """Ask whether an unknown key is a misspelling of a missing one."""
    for other in others:
        if suggest(other, [key]):
            return f"; is `{shorten(other)}` a misspelling of it?"
    return ""


def _note_name(refusal: RefusalError, nodes: Nodes, node: int) -> None:
    """Add the name of the field that was being read, if it has one."""
    if refusal.path[-1:] == ["items"] and refusal.names:
        refusal.names[-1] = None
    value = nodes.value(node, "name")
    name = "" if value is None else nodes.texts[nodes.resolve(value)]
    refusal.names.append(shorten(name) or "?")
