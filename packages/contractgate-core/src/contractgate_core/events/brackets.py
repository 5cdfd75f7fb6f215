"""The strings and brackets of a JSON text, found at the speed of C."""

from __future__ import annotations

__all__ = [
    "MOST_LEVELS",
    "may_nest_too_deeply",
    "nests_too_deeply",
    "only_brackets",
    "unmatched",
    "without_escapes",
]

MOST_LEVELS = 127
"""How many lists and objects may be nested."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_AS_LISTS = bytes.maketrans(b"{}", b"[]")
_SURELY_SHALLOW = 2 * MOST_LEVELS
"""A text of at most this many bytes cannot nest too deeply."""
_SURELY_FEW_OBJECTS = len('{"":') * MOST_LEVELS
"""An object that begins before this byte cannot be the innermost of too many."""


def may_nest_too_deeply(text: bytes) -> bool:
    """Return whether a text has enough brackets to be nested too deeply."""
    if len(text) <= _SURELY_SHALLOW:
        return False
    # Looking for the last bracket is much faster than counting.
    if text.rfind(b"[") >= 0:
        return text.count(b"[") + text.count(b"{") > MOST_LEVELS
    return text.rfind(b"{") >= _SURELY_FEW_OBJECTS and text.count(b"{") > MOST_LEVELS


def nests_too_deeply(text: bytes) -> bool:
    """Return whether a text, JSON or not, has too many levels."""
    if not may_nest_too_deeply(text):
        return False
    strings_cut = without_escapes(text).split(b'"')[::2]
    brackets = only_brackets(b"".join(strings_cut)).translate(_AS_LISTS)
    for _ in range(MOST_LEVELS):
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def without_escapes(text: bytes) -> bytes:
    """Overwrite escaped quotes and backslashes: every remaining quote bounds a string."""
    return text.replace(b"\\\\", b"__").replace(b'\\"', b"__") if b"\\" in text else text


def only_brackets(text: bytes) -> bytes:
    """Return the brackets of a text without strings."""
    return text.translate(None, _NO_BRACKETS)


def unmatched(brackets: bytes) -> bytes:
    """Return the brackets that are left when matching pairs are taken away."""
    left = brackets.replace(b"[]", b"").replace(b"{}", b"")
    while len(left) < len(brackets):
        brackets, left = left, left.replace(b"[]", b"").replace(b"{}", b"")
    return left
