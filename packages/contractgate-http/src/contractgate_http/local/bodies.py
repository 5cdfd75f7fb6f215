"""JSON bodies of a known shape.

Source: docs/spec/gateway-http.md, section 1.2 (texts B1 to B5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contractgate_http.local.ids import BadUuidError, read_uuid

__all__ = [
    "BodyShape",
    "WrongShapeError",
    "anything",
    "boolean",
    "list_of",
    "one_of",
    "text",
    "uuid",
]

Reader = Callable[[Any], Any]
"""Reads a decoded value; raises `WrongShapeError`."""


class WrongShapeError(ValueError):
    """A body is JSON, but not what the route takes.

    Attributes:
        path: Where in the body, such as `event_ids[0]`; empty for the body itself.
        reason: What is wrong there.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path

    def inside(self, path: str) -> WrongShapeError:
        """Say where the body is that this is wrong in."""
        joined = path if not self.path else f"{path}{'' if self.path[0] == '[' else '.'}{self.path}"
        return WrongShapeError(self.reason, joined)


class BodyShape:
    """What a route takes as its body; keys that it does not know it ignores.

    Args:
        struct: The gateway's name of it, for texts.
        required: The names that must be there.
        readers: What each name takes, in the gateway's order. A name that is not required may
            also be null.
    """

    def __init__(self, struct: str, *required: str, **readers: Reader) -> None:
        self._struct = struct
        self._required = required
        self._readers = readers

    def read(self, value: Any) -> dict[str, Any]:
        """Read a decoded body; names that are missing or null are not in the result.

        Raises:
            WrongShapeError: It is something else.
        """
        if type(value) is list:
            value = self._from_list(value)
        if type(value) is not dict:
            raise WrongShapeError(
                f"invalid type: {_described(value)}, expected struct {self._struct}"
            )
        found: dict[str, Any] = {}
        for name, reader in self._readers.items():
            if name in value and (name in self._required or value[name] is not None):
                try:
                    found[name] = reader(value[name])
                except WrongShapeError as error:
                    raise error.inside(name) from None
        for name in self._required:
            if name not in found:
                raise WrongShapeError(f"missing field `{name}`")
        return found

    def _from_list(self, values: list[Any]) -> dict[str, Any]:
        """Read a list as the fields in their order, which the gateway does by accident."""
        wanted = len(self._readers)
        if len(values) != wanted:
            elements = f"{wanted} element{'' if wanted == 1 else 's'}"
            raise WrongShapeError(
                f"invalid length {len(values)}, expected struct {self._struct} with {elements}"
            )
        return dict(zip(self._readers, values))


def _described(value: Any) -> str:
    """Name a JSON value as the gateway's texts do."""
    if value is None:
        return "null"
    if type(value) is bool:
        return f"boolean `{'true' if value else 'false'}`"
    if type(value) is int:
        return f"integer `{value}`"
    if type(value) is float:
        return f"floating point `{value}`"
    if type(value) is str:
        return f'string "{value}"'
    return "sequence" if type(value) is list else "map"


def text(value: Any) -> str:
    """Take a text."""
    if type(value) is not str:
        raise WrongShapeError(f"invalid type: {_described(value)}, expected a string")
    return value


def boolean(value: Any) -> bool:
    """Take a boolean."""
    if type(value) is not bool:
        raise WrongShapeError(f"invalid type: {_described(value)}, expected a boolean")
    return value


def anything(value: Any) -> Any:
    """Take any value, null included."""
    return value


def one_of(*words: str) -> Reader:
    """Take one of two words."""
    expected = " or ".join(f"`{word}`" for word in words)

    def read(value: Any) -> str:
        if value not in words:
            raise WrongShapeError(f"unknown variant `{text(value)}`, expected {expected}")
        return text(value)

    return read


def uuid(value: Any) -> str:
    """Take a UUID in any spelling."""
    try:
        return read_uuid(text(value))
    except BadUuidError as error:
        raise WrongShapeError(f"UUID parsing failed: {error}") from None


def list_of(reader: Reader) -> Reader:
    """Take a list."""

    def read(values: Any) -> list[Any]:
        if type(values) is not list:
            raise WrongShapeError(f"invalid type: {_described(values)}, expected a sequence")
        found = []
        for index, value in enumerate(values):
            try:
                found.append(reader(value))
            except WrongShapeError as error:
                raise error.inside(f"[{index}]") from None
        return found

    return read
