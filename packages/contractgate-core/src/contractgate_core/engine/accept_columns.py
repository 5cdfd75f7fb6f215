"""One pattern over many values at once, which is several times faster than a call for each.

The values are joined by a character that the pattern cannot match. Where every place of a match has
one set of Latin-1, and these sets do not overlap, each set becomes one character, and what comes of
the values is compared with what must come; a single repeated set is simply taken away. One atomic
repetition of the pattern goes over the values of most other patterns.

All of that is done with what the pattern looks for first. If that is not the whole of the pattern
and does not match all, it is asked again of the values of ASCII, and the whole of each other one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import filterfalse
from typing import Any, Optional

from contractgate_core.regex import Pattern
from contractgate_core.regex.matcher import Matcher, Plan, build_whole
from contractgate_core.regex.texts import between_the_ends
from contractgate_core.regex.translate import FLAGS, translate
from contractgate_core.regex.tree import (
    Chars,
    Concat,
    Literal,
    Look,
    Node,
    Repeat,
    concat,
    fold,
)

__all__ = ["match_all"]

Column = Callable[[Sequence[Any]], bool]

_SEPARATOR = "\n"
_LONGEST_SHAPE = 200
_HAS_ATOMIC_GROUPS = sys.version_info >= (3, 11, 5)
"""Before 3.11.5, `re` could err in a possessive repetition of what backtracks (gh-106052)."""


def match_all(pattern: Pattern) -> Column:
    """Make a function that tells whether a pattern matches each of many strings.

    The strings must have lengths that the pattern allows, which msgspec has seen to.

    Args:
        pattern: The pattern.
    """
    planned = pattern.plan
    at_once = _at_once(planned)
    if at_once is None:
        return _one_by_one(pattern)
    return at_once if planned.is_decided else _by_alphabet(at_once, _beyond_ascii(planned))


def _one_by_one(pattern: Pattern) -> Column:
    matcher, fallback = pattern.matcher, pattern.fallback
    if fallback is None:
        return lambda values: all(map(matcher, values))
    return lambda values: all(map(fallback, filterfalse(matcher, values)))


def _beyond_ascii(planned: Plan) -> Column:
    """Test strings that are not of ASCII; made for the first ones, since that takes a while."""
    matcher: Optional[Matcher] = None

    def test(values: Sequence[Any]) -> bool:
        nonlocal matcher
        if matcher is None:
            matcher = build_whole(planned)
        return all(map(matcher, values))

    return test


def _by_alphabet(at_once: Column, beyond_ascii: Column) -> Column:
    def test(values: Sequence[Any]) -> bool:
        if at_once(values):
            return True
        others = [value for value in values if not value.isascii()]
        if not others or not beyond_ascii(others):
            return False
        ascii_ones = [value for value in values if value.isascii()]
        return not ascii_ones or at_once(ascii_ones)

    return test


def _at_once(planned: Plan) -> Optional[Column]:
    """Test for what a pattern looks for first; None if that cannot be done at once."""
    parts = between_the_ends(planned.first)
    body = None if parts is None else _without_looks(parts)
    if body is None or _can_match(body, _SEPARATOR):
        return None
    return _by_one_set(body) or _by_sets(body) or _by_re(body, planned)


def _without_looks(parts: Sequence[Node]) -> Optional[Node]:
    """Make one tree of what a pattern demands of the whole text; None if it also looks around."""
    body = concat(parts)
    return None if fold(body, lambda part, below: isinstance(part, Look) or any(below)) else body


def _can_match(body: Node, char: str) -> bool:
    """Tell whether a character can be part of a match."""

    def combine(part: Node, below: list[bool]) -> bool:
        if isinstance(part, Literal):
            return char in part.text
        if isinstance(part, Chars):
            return any(low <= ord(char) <= high for low, high in part.ranges)
        return any(below)

    return fold(body, combine)


def _joined(values: Iterable[Any]) -> bytes:
    """Join values, with a separator behind each; empty if they are not all of Latin-1."""
    try:
        return _SEPARATOR.join([*values, ""]).encode("latin-1")
    except UnicodeEncodeError:
        return b""


def _codes(node: Node) -> Optional[bytes]:
    """List the members of a set of Latin-1 characters; None if it is none."""
    if isinstance(node, Chars) and node.ranges and node.ranges[-1][1] <= 0xFF:
        return bytes(code for low, high in node.ranges for code in range(low, high + 1))
    return None


def _by_one_set(body: Node) -> Optional[Column]:
    """Serve patterns like `^[a-z_]{3,64}$`."""
    if not isinstance(body, Repeat):
        return None
    members = _codes(body.node)
    if members is None:
        return None

    def test(values: Sequence[Any]) -> bool:
        return len(_joined(values).translate(None, members)) == len(values)

    return test


def _by_sets(body: Node) -> Optional[Column]:
    """Serve patterns like `^[A-Z]{2}-[0-9]{4}$`."""
    places = _places(body)
    if places is None:
        return None
    sets = set(places)
    if sum(map(len, sets)) != len(set().union(*sets)):
        return None
    # A set's first member stands for it, which no character outside can become.
    table = bytearray(range(256))
    for members in sets:
        for code in members:
            table[code] = members[0]
    shape = bytes(members[0] for members in places) + _SEPARATOR.encode()

    def test(values: Sequence[Any]) -> bool:
        return _joined(values).translate(table) == shape * len(values)

    return test


def _places(body: Node) -> Optional[list[bytes]]:
    """List the set of each place of a text that matches; None if that cannot be done."""
    places: list[bytes] = []
    for part in body.nodes if isinstance(body, Concat) else (body,):
        node, count = (part.node, part.low) if isinstance(part, Repeat) else (part, 1)
        if isinstance(part, Repeat) and part.high != part.low:
            return None
        if isinstance(node, Literal) and max(node.text) <= "\xff":
            places += [bytes([ord(char)]) for char in node.text] * count
        else:
            members = _codes(node)
            if members is None:
                return None
            places += [members] * count
        if len(places) > _LONGEST_SHAPE:
            return None
    return places


def _by_re(body: Node, planned: Plan) -> Optional[Column]:
    """Serve the patterns that `re` serves for texts of any length."""
    if planned.longest is not None or not _HAS_ATOMIC_GROUPS:
        return None
    # Atomic, so that one value that fails does not make the ones before it be tried again.
    match = re.compile(f"(?>(?:{translate(body)}){_SEPARATOR})*+", FLAGS).fullmatch

    def test(values: Sequence[Any]) -> bool:
        joined = _SEPARATOR.join([*values, ""])
        return joined.count(_SEPARATOR) == len(values) and match(joined) is not None

    return test
