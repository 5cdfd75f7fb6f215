"""Patterns matched by faster means than one call of `re` for each value.

Matching many values at once is several times faster than a call for each. The values are joined by
a character that the pattern cannot match, and then searched in one of three ways:

- A pattern that repeats one set of Latin-1 characters: all characters of the set are deleted. A
  value with characters left is not matched.
- A pattern with one such set for each position, if the sets do not overlap: each character is
  mapped to one that stands for its set. A value is matched if the result is the expected text.
- Most other patterns: one atomic repetition of the pattern must match the whole joined text.

Only the pattern's first try is searched for so. If it is not the whole pattern, and some values are
not matched, each value is matched by itself. Matched values are kept while they are few and short,
since many values, such as names, repeat; but not where mapping bytes is just as fast.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import filterfalse
from typing import Any, NamedTuple, Optional
from weakref import WeakKeyDictionary

from contractgate_core.engine.accept.repeated import FindIndexes, skip_passed
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
"""Does the same as `FindIndexes`; returns None if some fail and it does not know which."""

_SEPARATOR = "\n"
_find_texts = re.compile(rb"[^\n]+").finditer
_LONGEST_SHAPE = 200
_HAS_ATOMIC_GROUPS = sys.version_info >= (3, 11, 5)
"""Before 3.11.5, `re` could err in possessive repetitions of what backtracks (gh-106052)."""


def find_unmatched(pattern: Pattern, *, is_secret: bool) -> FindIndexes:
    """Make a function that finds, among many strings, those that a pattern does not match.

    The strings must have lengths that the pattern allows, which msgspec has checked.

    Args:
        pattern: The pattern.
        is_secret: Whether the strings are personal, so that none of them may be kept.
    """
    find = _find(pattern)
    # Mapping all bytes is as fast as looking up each string.
    return find if is_secret or bytes_test(pattern) is not None else skip_passed(find)


def _find(pattern: Pattern) -> FindIndexes:
    one_by_one = _one_by_one(pattern)
    is_decided = pattern.fallback is None
    # Made on the first call: single events do not need it.
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
        table: What each UTF-8 byte of the value is mapped to.
        shape: The result for a matched value; None if the result must be letters only.
        low: The least length of a matched value, which the caller checks if there is no shape.
        high: The greatest length, or None.
    """

    table: bytes
    shape: Optional[bytes]
    low: int
    high: Optional[int]

    def write(self, value: str, bind: Callable[[object], str]) -> str:
        """Return source that is true for a matched value, apart from its length.

        Args:
            value: The name of the value.
            bind: Binds a constant to a name, which it returns.
        """
        mapped = f"{value}.encode().translate({bind(self.table)})"
        return f"{mapped}.isalpha()" if self.shape is None else f"{mapped} == {bind(self.shape)}"


_tests: WeakKeyDictionary[Pattern, Optional[BytesTest]] = WeakKeyDictionary()


def bytes_test(pattern: Pattern) -> Optional[BytesTest]:
    """Return the test of one value for the first try of a pattern; see `_bytes_test`."""
    # Called several times for each field, and very many fields may share a long pattern.
    if pattern not in _tests:
        _tests[pattern] = _bytes_test(pattern)
    return _tests[pattern]


def _bytes_test(pattern: Pattern) -> Optional[BytesTest]:
    """Make a test of one value for the first try of a pattern.

    Returns:
        The test; None unless the pattern repeats one set of ASCII characters, or has one such set
        for each position.
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
    """Return a function that searches many values at once for a first try; None if none can."""
    body = _between_the_ends(planned)
    if body is None or _can_match(body, _SEPARATOR):
        return None
    return _by_one_set(body) or _by_sets(body) or _by_re(body, planned)


def _between_the_ends(planned: Plan) -> Optional[Node]:
    """Return what a pattern's first try demands of a whole text; None for other patterns."""
    parts = between_the_ends(planned.first)
    return None if parts is None else _without_looks(parts)


def _without_looks(parts: Sequence[Node]) -> Optional[Node]:
    """Join what a pattern demands of the whole text into one tree; None if it also looks around."""
    body = concat(parts)
    return None if fold(body, lambda part, below: isinstance(part, Look) or any(below)) else body


def _can_match(body: Node, char: str) -> bool:
    """Return whether a character can be part of a match."""

    def combine(part: Node, below: list[bool]) -> bool:
        if isinstance(part, Literal):
            return char in part.text
        if isinstance(part, Chars):
            return any(low <= ord(char) <= high for low, high in part.ranges)
        return any(below)

    return fold(body, combine)


def _joined(values: Iterable[Any]) -> bytes:
    """Join values, with a separator after each; empty if they are not all Latin-1."""
    try:
        return _SEPARATOR.join([*values, ""]).encode("latin-1")
    except UnicodeEncodeError:
        return b""


def _codes(node: Node) -> Optional[bytes]:
    """List the members of a set of Latin-1 characters; None if the node is something else."""
    if isinstance(node, Chars) and node.ranges and node.ranges[-1][1] <= 0xFF:
        return bytes(code for low, high in node.ranges for code in range(low, high + 1))
    return None


def _by_one_set(body: Node) -> Optional[FindAtOnce]:
    """Make the function for patterns like `^[a-z_]{3,64}$`; None for others."""
    if not isinstance(body, Repeat):
        return None
    members = _codes(body.node)
    if members is None:
        return None

    def find(values: Sequence[Any]) -> Optional[Sequence[int]]:
        left = _joined(values).translate(None, members)
        # One separator is left for each value.
        return () if len(left) == len(values) else _not_empty(left, len(values))

    return find


def _not_empty(joined: bytes, count: int) -> Optional[Sequence[int]]:
    """Return the indexes of the texts that are not empty; None if the number of texts is wrong."""
    found: list[int] = []
    more = 0
    # Faster than splitting, since few texts are not empty.
    for match in _find_texts(joined):
        found.append(match.start() - more)
        more += match.end() - match.start()
    return found if len(joined) - more == count else None


def _unlike(expected: bytes, joined: bytes, count: int) -> Optional[Sequence[int]]:
    """Return the indexes of the unexpected texts; None if the number of texts is wrong."""
    texts = joined.split(_SEPARATOR.encode())
    if texts.pop() or len(texts) != count:
        return None
    return [index for index, text in enumerate(texts) if text != expected]


def _by_sets(body: Node) -> Optional[FindAtOnce]:
    """Make the function for patterns like `^[A-Z]{2}-[0-9]{4}$`; None for others."""
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
    """Return a table that maps each character to one for its set, and the text that must result."""
    places = _places(body)
    if places is None:
        return None
    sets = set(places)
    if sum(map(len, sets)) != len(set().union(*sets)):
        return None
    # The first member of a set stands for it; no character outside the set is mapped to that.
    table = bytearray(range(256))
    for members in sets:
        for code in members:
            table[code] = members[0]
    return bytes(table), bytes(members[0] for members in places)


def _places(body: Node) -> Optional[list[bytes]]:
    """List the set of each position of a matching text; None if the pattern is not so simple."""
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
    """Make the function for patterns that `re` searches in texts of any length; None for others."""
    if planned.longest is not None or not _HAS_ATOMIC_GROUPS:
        return None
    # Atomic, so that one failing value does not make `re` try those before it again.
    match = re.compile(f"(?>(?:{translate(body)}){_SEPARATOR})*+", FLAGS).fullmatch

    def find(values: Sequence[Any]) -> Optional[Sequence[int]]:
        joined = _SEPARATOR.join([*values, ""])
        is_one_each = joined.count(_SEPARATOR) == len(values)
        return () if is_one_each and match(joined) is not None else None

    return find
