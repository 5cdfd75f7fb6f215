"""Keys of a contract file that mean nothing to the gateway, which passes over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Optional

import msgspec

from contractgate_core.contract.nodes import Nodes

__all__ = ["UnknownKey", "described", "note_unknown", "unknown_keys_of"]

_LONGEST_COMPARED = 50
_MERGE_HINT = "it is not merged in contracts"


class UnknownKey(msgspec.Struct, frozen=True):
    """A key of a contract file that means nothing to the gateway.

    Attributes:
        key: The key.
        inside: What it stands in, such as `a field`.
        line: The line, from 1.
        column: The column in characters, from 1.
        known: The keys that mean something there.
    """

    key: str
    inside: str
    line: int
    column: int
    known: tuple[str, ...] = ()

    @property
    def suggestion(self) -> Optional[str]:
        """The key that was perhaps meant, or None."""
        # What is much longer than any key is none of them, and comparing it takes time.
        if len(self.key) > _LONGEST_COMPARED:
            return None
        import difflib  # only for the few contracts that have such keys

        plain = {_plain(name): name for name in self.known}
        close = difflib.get_close_matches(_plain(self.key), plain, n=1, cutoff=0.6)
        return plain[close[0]] if close else None

    def __str__(self) -> str:
        return described(self)


def described(key: UnknownKey, where: str = "") -> str:
    """Return what the key is, where it stands, and then what may help."""
    meant = key.suggestion
    hint = _MERGE_HINT if key.key == "<<" else meant and f"did you mean `{meant}`?"
    return f"`{key.key}`{where} ({hint})" if hint else f"`{key.key}`{where}"


def _plain(key: str) -> str:
    """Leave only what tells keys apart, however their words are joined, as in `minLength`."""
    return key.lower().replace("_", "").replace("-", "")


def note_unknown(
    contract: msgspec.Struct, nodes: Nodes, found: Iterable[tuple[int, str, Collection[str]]]
) -> None:
    """Remember the unknown keys of a contract that was just read.

    Args:
        contract: The contract.
        nodes: What it was read from.
        found: The node of each key, what it stands in, and the keys that are known there.
    """
    # What an alias repeats in another role is read again.
    by_node = {node: (inside, known) for node, inside, known in found}
    places = nodes.places(by_node)
    keys = [
        UnknownKey(nodes.texts[nodes.resolve(node)], inside, *places[node], tuple(known))
        for node, (inside, known) in by_node.items()
    ]
    ordered = tuple(sorted(keys, key=lambda key: (key.line, key.column)))
    msgspec.structs.force_setattr(contract, "_unknown_keys", ordered)


def unknown_keys_of(contract: msgspec.Struct) -> tuple[UnknownKey, ...]:
    """Look up the unknown keys of a contract; there are none in one that was made in code."""
    keys: tuple[UnknownKey, ...] = getattr(contract, "_unknown_keys", ())
    return keys
