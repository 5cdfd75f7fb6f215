"""Patterns by other means than `re`: many values at once, or the bytes of one.

To look for a pattern in many values at once is several times faster than a call for each.

The values are joined by a character that the pattern cannot match. Where every place of a match has
one set of Latin-1, and these sets do not overlap, each set becomes one character, and what comes of
the values is compared with what must come; a single repeated set is simply taken away. One atomic
repetition of the pattern goes over the values of most other patterns. What is left of a value then,
or is another text than must come, tells which values are not matched.

All of that is done with what the pattern looks for first. If that is not the whole of the pattern
and does not match all, each value is asked for. What was matched is kept while it is little, since
many values, as names are, repeat; but not where mapping bytes is as fast.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import filterfalse
from typing import Any, NamedTuple, Optional
from weakref import WeakKeyDictionary

from contractgate_core.engine.accept.repeated import FindIndexes, new_ones
from contractgate_core.regex import Pattern
from contractgate_core.regex.matcher import Plan
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

__all__ = ["BytesTest", "bytes_test", "find_unmatched"]

FindAtOnce = Callable[[Sequence[Any]], Optional[Sequence[int]]]
"""Does the same; gives None if some are not matched, and it cannot tell which."""

_SEPARATOR = "\n"
_find_texts = re.compile(rb"[^\n]+").finditer
_LONGEST_SHAPE = 200
_HAS_ATOMIC_GROUPS = sys.version_info >= (3, 11, 5)
"""Before 3.11.5, `re` could err in a possessive repetition of what backtracks (gh-106052)."""


def find_unmatched(pattern: Pattern, *, is_secret: bool) -> FindIndexes:
    """Make a function that finds the strings, among many, that a pattern does not match.

    The strings must have lengths that the pattern allows, which msgspec has seen to.

    Args:
        pattern: The pattern.
        is_secret: The strings are personal, so that nothing of them may be kept.
    """
    find = _find(pattern)
    # To map the bytes of all is as fast as to look each of them up.
    return find if is_secret or bytes_test(pattern) is not None else new_ones(find)


def _find(pattern: Pattern) -> FindIndexes:
    one_by_one = _one_by_one(pattern)
    is_decided = pattern.fallback is None
    # Made when it is asked for: single events do without it.
    at_once: list[Optional[FindAtOnce]] = []

    def find(values: Sequence[Any]) -> Sequence[int]:
        if not at_once:
            at_once.append(_at_once(pattern.plan))
        found = at_once[0](values) if at_once[0] is not None else None
        return one_by_one(values) if found is None or (found and not is_decided) else found

    return find


def _never(_: str) -> bool:
    return False


def _one_by_one(pattern: Pattern) -> FindIndexes:
    matcher, fallback, is_matched = pattern.matcher, pattern.fallback, pattern.predicate

    def find(values: Sequence[Any]) -> Sequence[int]:
        others: Iterable[Any] = filterfalse(matcher, values)
        if all(map(fallback or _never, others)):
            return ()
        return [index for index, value in enumerate(values) if not is_matched(value)]

    return find


class BytesTest(NamedTuple):
    """A test of one value that is twice as fast as `re`, since it only maps bytes.

    Attributes:
        table: What each byte of the value in UTF-8 becomes.
        shape: The value is matched if this comes of it; None if letters alone must come of it.
        low: The least length that is matched, for the caller to look at if there is no shape.
        high: The greatest one, or None.
    """

    table: bytes
    shape: Optional[bytes]
    low: int
    high: Optional[int]

    def write(self, value: str, bind: Callable[[object], str]) -> str:
        """Write what is true of a value that is matched, apart from its length.

        Args:
            value: The name of the value.
            bind: Gives a constant a name.
        """
        mapped = f"{value}.encode().translate({bind(self.table)})"
        return f"{mapped}.isalpha()" if self.shape is None else f"{mapped} == {bind(self.shape)}"


_tests: WeakKeyDictionary[Pattern, Optional[BytesTest]] = WeakKeyDictionary()


def bytes_test(pattern: Pattern) -> Optional[BytesTest]:
    """Give a test of one value for what a pattern looks for first; see `_bytes_test`."""
    # It is asked for several times for each field, and very many fields may share a long pattern.
    if pattern not in _tests:
        _tests[pattern] = _bytes_test(pattern)
    return _tests[pattern]


def _bytes_test(pattern: Pattern) -> Optional[BytesTest]:
    """Make a test of one value for what a pattern looks for first.

    Returns:
        The test; None if the pattern is not one of sets of ASCII, of which either one alone is
        repeated or each has its places.
    """
    body = _between_the_ends(pattern.plan)
    if body is None:
        return None
    members = _codes(body.node) if isinstance(body, Repeat) else None
    if isinstance(body, Repeat) and members is not None and members.isascii():
        table = bytes(ord("a") if code in members else 0 for code in range(256))
        return BytesTest(table, None, body.low, body.high)
    by_sets = _mapping(body)
    if by_sets is None or not by_sets[1].isascii():
        return None
    table, shape = by_sets
    return BytesTest(table, shape, len(shape), len(shape))


def _at_once(planned: Plan) -> Optional[FindAtOnce]:
    """Look for what a pattern looks for first; None if that cannot be done at once."""
    body = _between_the_ends(planned)
    if body is None or _can_match(body, _SEPARATOR):
        return None
    return _by_one_set(body) or _by_sets(body) or _by_re(body, planned)


def _between_the_ends(planned: Plan) -> Optional[Node]:
    """Give what the whole of a text must be for a pattern's first try; None for other patterns."""
    parts = between_the_ends(planned.first)
    return None if parts is None else _without_looks(parts)


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


def _by_one_set(body: Node) -> Optional[FindAtOnce]:
    """Serve patterns like `^[a-z_]{3,64}$`."""
    if not isinstance(body, Repeat):
        return None
    members = _codes(body.node)
    if members is None:
        return None

    def find(values: Sequence[Any]) -> Optional[Sequence[int]]:
        left = _joined(values).translate(None, members)
        # A separator is left of each value.
        return () if len(left) == len(values) else _not_empty(left, len(values))

    return find


def _not_empty(joined: bytes, count: int) -> Optional[Sequence[int]]:
    """Find which texts are not empty; None if they are not so many."""
    found: list[int] = []
    more = 0
    # Quicker than to split them, since few are.
    for match in _find_texts(joined):
        found.append(match.start() - more)
        more += match.end() - match.start()
    return found if len(joined) - more == count else None


def _unlike(expected: bytes, joined: bytes, count: int) -> Optional[Sequence[int]]:
    """Find what differs from what is expected; None if it is not so many texts."""
    texts = joined.split(_SEPARATOR.encode())
    if texts.pop() or len(texts) != count:
        return None
    return [index for index, text in enumerate(texts) if text != expected]


def _by_sets(body: Node) -> Optional[FindAtOnce]:
    """Serve patterns like `^[A-Z]{2}-[0-9]{4}$`."""
    by_sets = _mapping(body)
    if by_sets is None:
        return None
    table, shape = by_sets
    line = shape + _SEPARATOR.encode()

    def find(values: Sequence[Any]) -> Optional[Sequence[int]]:
        shapes = _joined(values).translate(table)
        return () if shapes == line * len(values) else _unlike(shape, shapes, len(values))

    return find


def _mapping(body: Node) -> Optional[tuple[bytes, bytes]]:
    """Map each character to one that stands for its set; tell what the whole text must become."""
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
    return bytes(table), bytes(members[0] for members in places)


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


def _by_re(body: Node, planned: Plan) -> Optional[FindAtOnce]:
    """Serve the patterns that `re` serves for texts of any length."""
    if planned.longest is not None or not _HAS_ATOMIC_GROUPS:
        return None
    # Atomic, so that one value that fails does not make the ones before it be tried again.
    match = re.compile(f"(?>(?:{translate(body)}){_SEPARATOR})*+", FLAGS).fullmatch

    def find(values: Sequence[Any]) -> Optional[Sequence[int]]:
        joined = _SEPARATOR.join([*values, ""])
        is_one_each = joined.count(_SEPARATOR) == len(values)
        return () if is_one_each and match(joined) is not None else None

    return find
