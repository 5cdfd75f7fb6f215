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
"""Reads a value; raises `ValueError` with the gateway's reason."""

_MOST, _LEAST = 2**63 - 1, -(2**63)


class QueryShape:
    """What a route takes in its query; what it does not know it ignores.

    Args:
        required: The names that must be there.
        readers: What each name takes.
    """

    def __init__(self, *required: str, **readers: Reader) -> None:
        self._required = required
        self._readers = readers

    def read(self, query: bytes) -> dict[str, Any]:
        """Read the query; names that are not in it are not in the result.

        Raises:
            RefusalError: Something in it is not what it should be.
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
    """Take any text."""
    return value


def boolean(value: str) -> bool:
    """Take `true` or `false`, and nothing else."""
    if value not in ("true", "false"):
        raise ValueError("provided string was not `true` or `false`")
    return value == "true"


def whole_number(value: str) -> int:
    """Take an integer of 64 bits."""
    if not value:
        raise ValueError("cannot parse integer from empty string")
    digits = value[1:] if value[0] in "+-" else value
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("invalid digit found in string")
    is_negative = value[0] == "-"
    # A text that long is out of range, and Python refuses to read very long ones.
    number = int(digits) if len(digits.lstrip("0")) < 20 else 2**64
    number = -number if is_negative else number
    if not _LEAST <= number <= _MOST:
        raise ValueError(f"number too {'small' if is_negative else 'large'} to fit in target type")
    return number


def uuid(value: str) -> str:
    """Take a UUID in any spelling."""
    try:
        return read_uuid(value)
    except BadUuidError as error:
        raise ValueError(f"UUID parsing failed: {error}") from None


def time(value: str) -> int:
    """Take an RFC 3339 time; give it in **microseconds** since 1970."""
    return micros_of(Timestamp(value))


def one_of(*words: str) -> Reader:
    """Take one of some words."""
    expected = ", ".join(f"`{word}`" for word in words)

    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"unknown variant `{value}`, expected one of {expected}")
        return value

    return read
