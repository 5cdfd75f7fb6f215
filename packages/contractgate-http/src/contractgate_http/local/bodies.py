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
"""Checks a decoded value and returns it; raises `WrongShapeError`."""


class WrongShapeError(ValueError):
    """A body is JSON, but not of the shape that the route takes.

    Attributes:
        path: The place in the body, such as `event_ids[0]`; empty for the body itself.
        reason: What is wrong there.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path

    def inside(self, path: str) -> WrongShapeError:
        """Return the same error with a path before its own."""
        joined = path if not self.path else f"{path}{'' if self.path[0] == '[' else '.'}{self.path}"
        return WrongShapeError(self.reason, joined)


class BodyShape:
    """The shape of a route's body; unknown keys are ignored.

    Args:
        struct: The gateway's name for it, used in error texts.
        required: The names that must be present.
        readers: The reader of each name, in the gateway's order. A name that is not required may
            also be null.
    """

    def __init__(self, struct: str, *required: str, **readers: Reader) -> None:
        self._struct = struct
        self._required = required
        self._readers = readers

    def read(self, value: Any) -> dict[str, Any]:
        """Read a decoded body; the result leaves out names that are missing or null.

        Raises:
            WrongShapeError: It has another shape.
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
        """Read a list as the fields in order, which the gateway accepts by accident."""
        wanted = len(self._readers)
        if len(values) != wanted:
            elements = f"{wanted} element{'' if wanted == 1 else 's'}"
            raise WrongShapeError(
                f"invalid length {len(values)}, expected struct {self._struct} with {elements}"
            )
        return dict(zip(self._readers, values))


def _described(value: Any) -> str:
    """Describe a JSON value as the gateway's error texts do."""
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
    """Accept a text."""
    if type(value) is not str:
        raise WrongShapeError(f"invalid type: {_described(value)}, expected a string")
    return value


def boolean(value: Any) -> bool:
    """Accept a boolean."""
    if type(value) is not bool:
        raise WrongShapeError(f"invalid type: {_described(value)}, expected a boolean")
    return value


def anything(value: Any) -> Any:
    """Accept any value, even null."""
    return value


def one_of(*words: str) -> Reader:
    """Accept one of two words."""
    expected = " or ".join(f"`{word}`" for word in words)

    def read(value: Any) -> str:
        if value not in words:
            raise WrongShapeError(f"unknown variant `{text(value)}`, expected {expected}")
        return text(value)

    return read


def uuid(value: Any) -> str:
    """Accept a UUID in any spelling."""
    try:
        return read_uuid(text(value))
    except BadUuidError as error:
        raise WrongShapeError(f"UUID parsing failed: {error}") from None


def list_of(reader: Reader) -> Reader:
    """Accept a list."""

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
