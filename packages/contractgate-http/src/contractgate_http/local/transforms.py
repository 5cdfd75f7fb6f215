"""Transforms personal values before an event is stored or forwarded.

Source: docs/spec/gateway-http.md, section 6.21.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from typing import Any

from contractgate_core.contract.model import Contract, FieldDefinition, MaskStyle, TransformKind
from contractgate_http.local.chacha import chacha12_block

__all__ = ["PLAYGROUND_SALT", "Transforms"]

PLAYGROUND_SALT = b""
"""Makes the results the same everywhere."""

_BLOCKS_KEPT = 16

Change = Callable[[str, bytes], Any]
"""Called with a text and the contract's salt."""


class Transforms:
    """The transforms of one contract.

    Args:
        contract: The contract; only its top-level fields count.
    """

    def __init__(self, contract: Contract) -> None:
        self._changes = [
            (field.name, _change(field)) for field in contract.entities if field.transform
        ]
        names = {field.name for field in contract.entities}
        self._kept = names if contract.compliance_mode else None

    def apply(self, event: Any, salt: bytes) -> Any:
        """Return a transformed copy of an event, whether it passed or not."""
        if type(event) is not dict or (not self._changes and self._kept is None):
            return event
        result = dict(event)
        for name, change in self._changes:
            if type(result.get(name)) is str:
                changed = change(result.pop(name), salt)
                if changed is not None:
                    result[name] = changed
        if self._kept is not None:
            result = {name: value for name, value in result.items() if name in self._kept}
        return result


def _change(field: FieldDefinition) -> Change:
    assert field.transform is not None  # noqa: S101 - the caller has checked
    kind, style = field.transform.kind, field.transform.style
    if kind is TransformKind.DROP:
        return lambda text, salt: None
    if kind is TransformKind.REDACT:
        return lambda text, salt: "<REDACTED>"
    if kind is TransformKind.HASH:
        return _hash
    if style is MaskStyle.FORMAT_PRESERVING:
        name = field.name.encode()
        return lambda text, salt: _mask(text, name, salt)
    return lambda text, salt: "****"


def _hash(text: str, salt: bytes) -> str:
    return "hmac-sha256:" + hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()


def _mask(text: str, field: bytes, salt: bytes) -> str:
    """Replace digits by digits and letters by letters; keep everything else."""
    digits = _Digits(salt, field)
    return "".join([digits.replace(char) if char.isascii() else char for char in text])


class _Digits:
    """Draws from the beginning of a field's stream."""

    def __init__(self, salt: bytes, field: bytes) -> None:
        self._words = _stream(salt, field).words()

    def replace(self, char: str) -> str:
        if "0" <= char <= "9":
            return chr(ord("0") + self._below(10))
        if "A" <= char <= "Z":
            return chr(ord("A") + self._below(26))
        if "a" <= char <= "z":
            return chr(ord("a") + self._below(26))
        return char

    def _below(self, bound: int) -> int:
        zone = (bound << (32 - bound.bit_length())) - 1
        while True:
            product = next(self._words) * bound
            if product & 0xFFFFFFFF <= zone:
                return product >> 32


class _Stream:
    """One field's stream; its first blocks are kept, since every value starts there."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._first: dict[int, list[int]] = {}

    def words(self) -> Iterator[int]:
        for number in count():
            block = self._first.get(number) or chacha12_block(self._seed, number)
            if number < _BLOCKS_KEPT:
                self._first[number] = block
            yield from block


@lru_cache(maxsize=64)
def _stream(salt: bytes, field: bytes) -> _Stream:
    """Return the stream for a salt and a field; it is cached, since making it is slow."""
    return _Stream(hmac.new(salt, field, hashlib.sha256).digest())
