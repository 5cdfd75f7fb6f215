"""The Unicode sets that a pattern can name, and which characters fold together.

The tables are loaded when the first pattern needs one of them.

Source: docs/spec/contract-format.md, section 4.2.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Optional

from contractgate_core.regex.classes import Ranges, merge, remembered

__all__ = ["digits", "fold", "named", "spaces", "words"]


@cache
def digits() -> Ranges:
    r"""Return the set of a Unicode `\d`."""
    return _table("nd")


@cache
def spaces() -> Ranges:
    r"""Return the set of a Unicode `\s`."""
    return _table("whitespace")


@cache
def words() -> Ranges:
    r"""Return the set of a Unicode `\w`."""
    return _table("perl word")


def named(name: str, value: Optional[str] = None) -> Optional[Ranges]:
    r"""Look up a set by the text in the braces of `\p{…}`.

    Args:
        name: A category, script or property, or the property of a value; spelling is free.
        value: The value, if there is one.

    Returns:
        The set, or None if Unicode or the gateway has no such name.
    """
    key = _normalized(name) if value is None else f"{_normalized(name)}={_normalized(value)}"
    return _table(key) if key in _index() and key not in ("fold", "perl word") else None


@remembered
def fold(ranges: Ranges) -> Ranges:
    """Add to a set everything that folds together with its characters."""
    keys, others = _folds()
    added = [
        (other, other)
        for low, high in ranges
        for index in range(bisect_left(keys, low), bisect_left(keys, high + 1))
        for other in others[index]
    ]
    return merge([*ranges, *added])


def _normalized(name: str) -> str:
    """Remove case, spaces, `_`, `-`, non-ASCII characters, and a leading `is`."""
    kept = name[2:] if name[:2].lower() == "is" and name[:2].isascii() else name
    text = "".join(c for c in kept if c.isascii() and c not in " _-").lower()
    # `isc` is a name of its own, for a property that the gateway does not know.
    return "isc" if kept is not name and text == "c" else text


@cache
def _index() -> dict[str, bytes]:
    """Load the packed tables by name."""
    import zlib
    from base64 import b64decode

    from contractgate_core.regex import _unicode

    names, _, blob = zlib.decompress(b64decode(_unicode.TABLES)).partition(b"\0")
    found, start = {}, 0
    for line in names.decode().splitlines():
        size, _, aliases = line.partition(" ")
        found.update(dict.fromkeys(aliases.split(","), blob[start : start + int(size)]))
        start += int(size)
    return found


@lru_cache(maxsize=64)
def _table(name: str) -> Ranges:
    boundaries, here = [], 0
    for distance in _numbers(_index()[name]):
        here += distance
        boundaries.append(here)
    return tuple((low, end - 1) for low, end in zip(boundaries[::2], boundaries[1::2]))


@cache
def _folds() -> tuple[list[int], list[list[int]]]:
    """Return the characters that fold with others, and those others."""
    numbers, key = _numbers(_index()["fold"]), 0
    keys, others = [], []
    for distance in numbers:
        key += distance
        signed = [next(numbers) for _ in range(next(numbers))]
        keys.append(key)
        others.append([key - (n + 1) // 2 if n % 2 else key + n // 2 for n in signed])
    return keys, others


def _numbers(packed: bytes) -> Iterator[int]:
    """Read numbers stored in seven bits per byte, the lowest first."""
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
