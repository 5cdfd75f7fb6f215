"""The query of a request, read strictly.

Source: docs/spec/gateway-http.md, section 1.2 (texts Q1 to Q6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from contractgate_core.models import Timestamp
from contractgate_http.local.ids import BadUuidError, read_uuid
from contractgate_http.local.refusals import RefusalError, text_refusal
from contractgate_http.local.times import micros_of

__all__ = ["QueryShape", "boolean", "one_of", "text", "time", "uuid", "whole_number"]

Reader = Callable[[str], Any]
"""Checks a value and returns it; raises `ValueError` with the gateway's reason."""

_MOST, _LEAST = 2**63 - 1, -(2**63)


class QueryShape:
    """The shape of a route's query; unknown names are ignored.

    Args:
        required: The names that must be present.
        readers: The reader of each name.
    """

    def __init__(self, *required: str, **readers: Reader) -> None:
        self._required = required
        self._readers = readers

    def read(self, query: bytes) -> dict[str, Any]:
        """Read the query; the result leaves out names that are missing.

        Raises:
            RefusalError: It has another shape.
        """
        found: dict[str, Any] = {}
        for pair in query.split(b"&") if query else ():
            raw_name, _, raw_value = pair.partition(b"=")
            name = _decoded(raw_name)
            if name not in self._readers:
                continue
            if name in found:
                raise _refused(f"duplicate field `{name}`")
            try:
                found[name] = self._readers[name](_decoded(raw_value))
            except ValueError as error:
                raise _refused(f"{name}: {error}") from None
        for name in self._required:
            if name not in found:
                raise _refused(f"missing field `{name}`")
        return found


def _decoded(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def _refused(reason: str) -> RefusalError:
    return text_refusal(400, f"Failed to deserialize query string: {reason}")


def text(value: str) -> str:
    """Accept any text."""
    return value


def boolean(value: str) -> bool:
    """Accept only `true` or `false`."""
    if value not in ("true", "false"):
        raise ValueError("provided string was not `true` or `false`")
    return value == "true"


def whole_number(value: str) -> int:
    """Accept an integer of 64 bits."""
    if not value:
        raise ValueError("cannot parse integer from empty string")
    digits = value[1:] if value[0] in "+-" else value
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("invalid digit found in string")
    is_negative = value[0] == "-"
    # A longer text is out of range, and Python refuses to read very long ones.
    number = int(digits) if len(digits.lstrip("0")) < 20 else 2**64
    number = -number if is_negative else number
    if not _LEAST <= number <= _MOST:
        raise ValueError(f"number too {'small' if is_negative else 'large'} to fit in target type")
    return number


def uuid(value: str) -> str:
    """Accept a UUID in any spelling."""
    try:
        return read_uuid(value)
    except BadUuidError as error:
        raise ValueError(f"UUID parsing failed: {error}") from None


def time(value: str) -> int:
    """Accept an RFC 3339 time, and return it in **microseconds** since 1970."""
    return micros_of(Timestamp(value))


def one_of(*words: str) -> Reader:
    """Accept one of these words."""
    expected = ", ".join(f"`{word}`" for word in words)

    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"unknown variant `{value}`, expected one of {expected}")
        return value

    return read
