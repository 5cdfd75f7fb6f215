"""Bracketed classes: `[…]` with ranges, nested classes and set operations.

Source: docs/spec/contract-format.md, section 4.1.
"""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional

from contractgate_core.regex import unicode
from contractgate_core.regex.classes import (
    Ranges,
    complement,
    difference,
    intersection,
    merge,
    symmetric_difference,
)
from contractgate_core.regex.cursor import Cursor
from contractgate_core.regex.effort import Effort
from contractgate_core.regex.parse_escape import (
    ASCII_SETS,
    Char,
    CharSet,
    Primitive,
    parse_escape,
)

__all__ = ["MOST_LEVELS", "fold_case", "parse_class"]

MOST_LEVELS = 250
"""How many levels the gateway's syntax tree may have."""

_STEPS_OF_ITEM = 2
_RANGES_A_STEP = 2
_MOST_UNSORTED = 20_000

_POSIX_SETS: dict[str, Ranges] = {
    "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    "alpha": ((0x41, 0x5A), (0x61, 0x7A)),
    "ascii": ((0x00, 0x7F),),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "cntrl": ((0x00, 0x1F), (0x7F, 0x7F)),
    "digit": ASCII_SETS["d"],
    "graph": ((0x21, 0x7E),),
    "lower": ((0x61, 0x7A),),
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ASCII_SETS["s"],
    "upper": ((0x41, 0x5A),),
    "word": ASCII_SETS["w"],
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}

_LONGEST_POSIX = max(map(len, _POSIX_SETS)) + 1

_OPERATIONS: dict[str, Callable[[Ranges, Ranges], Ranges]] = {
    "&&": intersection,
    "--": difference,
    "~~": symmetric_difference,
}

_HALF = "under (?-u) this class could match half a character: write it with (?u)"


class _Set(NamedTuple):
    """A finished part of a class, and how many levels of the gateway's tree it has."""

    ranges: Ranges
    levels: int


class _Level:
    """One open bracket.

    Attributes:
        start: The position of its bracket.
        effort: The steps that are left.
        is_negated: Whether a `^` follows the bracket.
        ranges: The items side by side since the last operation.
        most_ranges: How many ranges may gather before they are merged.
        count: How many items there are since the last operation.
        levels: How many levels of the gateway's tree the deepest of these has.
        left: What comes before the last operation, or None if there is none yet.
        operation: The last operation.
    """

    __slots__ = (
        "count",
        "effort",
        "is_negated",
        "left",
        "levels",
        "most_ranges",
        "operation",
        "ranges",
        "start",
    )

    def __init__(self, start: int, effort: Effort) -> None:
        self.start = start
        self.effort = effort
        self.is_negated = False
        self.ranges: list[tuple[int, int]] = []
        self.most_ranges = _MOST_UNSORTED
        self.count = 0
        self.levels = 0
        self.left: Optional[_Set] = None
        self.operation = ""

    def add(self, item: _Set) -> None:
        self.effort.spend(_STEPS_OF_ITEM + len(item.ranges) // _RANGES_A_STEP)
        self.ranges += item.ranges
        if len(self.ranges) > self.most_ranges:
            self.ranges = list(merge(self.ranges))
            self.most_ranges = max(_MOST_UNSORTED, 2 * len(self.ranges))
        self.count += 1
        self.levels = max(self.levels, item.levels)

    def add_point(self, point: int) -> None:
        self.add(_Set(((point, point),), 0))

    def side_by_side(self) -> _Set:
        """Finish the items side by side; two or more make a level of their own."""
        return _Set(merge(self.ranges), self.levels + (self.count > 1))


def parse_class(cursor: Cursor, effort: Effort) -> tuple[Ranges, int]:
    """Parse a class from its bracket to just after the closing one.

    Returns:
        The set, and how many levels of the gateway's syntax tree it has.
    """
    # A class that ends with the first bracket has often been parsed before.
    start = cursor.at
    end = cursor.pattern.find("]", start + 2) + 1
    key = (cursor.pattern[start:end], cursor.flags)
    found: Optional[_Set] = effort.part(key)
    if found is not None:
        cursor.at = end
        return found
    since = effort.steps
    read = _read_class(cursor, effort)
    return effort.keep(key, read, since) if cursor.at == end else read


def _read_class(cursor: Cursor, effort: Effort) -> _Set:
    levels = [_open(cursor, effort)]
    while True:
        cursor.skip_space()
        level = levels[-1]
        operation = cursor.pattern[cursor.at : cursor.at + 2]
        if not cursor.char:
            raise _unclosed(cursor, level)
        if operation in _OPERATIONS:
            cursor.at += 2
            _operate(cursor, level, operation)
        elif cursor.char == "[":
            posix = _take_posix(cursor)
            if posix is not None:
                level.add(posix)
            elif len(levels) == MOST_LEVELS:
                reason = f"classes are nested more than {MOST_LEVELS} levels deep"
                raise cursor.refusal(reason)
            else:
                levels.append(_open(cursor, effort))
        elif cursor.char == "]":
            closed = _close(cursor, levels.pop())
            if not levels:
                return closed
            levels[-1].add(closed)
        else:
            level.add(_parse_item(cursor, level))


def fold_case(cursor: Cursor, ranges: Ranges) -> Ranges:
    """Add all characters that fold together with a set's, if the flags ask for it."""
    if not cursor.flags.i:
        return ranges
    if cursor.flags.u:
        return unicode.fold(ranges)
    upper, lower = _POSIX_SETS["upper"], _POSIX_SETS["lower"]
    down = [(low + 32, high + 32) for low, high in intersection(ranges, upper)]
    up = [(low - 32, high - 32) for low, high in intersection(ranges, lower)]
    return merge([*ranges, *down, *up])


def _open(cursor: Cursor, effort: Effort) -> _Level:
    """Parse an opening bracket, and what is literal only because it comes right after it."""
    level = _Level(cursor.at, effort)
    is_more = cursor.bump_and_skip()
    if cursor.char == "^":
        level.is_negated = True
        is_more = cursor.bump_and_skip()
    while cursor.char == "-":
        level.add_point(ord("-"))
        is_more = cursor.bump_and_skip()
    if cursor.char == "]" and not level.count:
        level.add_point(ord("]"))
        is_more = cursor.bump_and_skip()
    if not is_more:
        raise _unclosed(cursor, level)
    return level


def _unclosed(cursor: Cursor, level: _Level) -> Exception:
    hint = r" (a literal [ is written \[, and a ] right after the [ is a literal)"
    return cursor.refusal("the class is not closed" + hint, level.start)


def _operate(cursor: Cursor, level: _Level, operation: str) -> None:
    level.left = _combined(cursor, level)
    level.operation = operation
    level.ranges, level.count, level.levels = [], 0, 0


def _combined(cursor: Cursor, level: _Level) -> _Set:
    """Apply the last operation to what comes before and after it."""
    right = level.side_by_side()
    if level.left is None:
        return right
    level.effort.spend((len(level.left.ranges) + len(right.ranges)) // _RANGES_A_STEP)
    folded = fold_case(cursor, level.left.ranges), fold_case(cursor, right.ranges)
    ranges = _OPERATIONS[level.operation](*folded)
    count = 1 + max(level.left.levels, right.levels)
    if count > MOST_LEVELS:
        raise cursor.refusal(f"more than {MOST_LEVELS} operations in a class", level.start)
    return _Set(ranges, count)


def _close(cursor: Cursor, level: _Level) -> _Set:
    cursor.bump()
    ranges, levels = _combined(cursor, level)
    level.effort.spend(len(ranges) // _RANGES_A_STEP)
    ranges = fold_case(cursor, ranges)
    if level.is_negated:
        if not cursor.flags.u:
            raise cursor.refusal(_HALF, level.start)
        ranges = complement(ranges)
    return _Set(ranges, levels + 1)


def _take_posix(cursor: Cursor) -> Optional[_Set]:
    """Parse `[:name:]` if it is here; else leave it to be parsed as a nested class."""
    start = cursor.at
    is_negated = cursor.pattern.startswith("[:^", start)
    name_start = start + (3 if is_negated else 2)
    name_end = cursor.pattern.find(":", name_start, name_start + _LONGEST_POSIX)
    name = cursor.pattern[name_start : max(name_end, name_start)]
    if not cursor.pattern.startswith("[:", start) or name not in _POSIX_SETS:
        return None
    if not cursor.pattern.startswith(":]", name_end):
        return None
    if is_negated and not cursor.flags.u:
        raise cursor.refusal(_HALF, start)
    cursor.at = name_end + 2
    ranges = fold_case(cursor, _POSIX_SETS[name])
    return _Set(complement(ranges) if is_negated else ranges, 0)


def _parse_item(cursor: Cursor, level: _Level) -> _Set:
    """Parse a character, a range or a set."""
    first = _parse_primitive(cursor)
    cursor.skip_space()
    if not cursor.char:
        raise _unclosed(cursor, level)
    if cursor.char != "-" or cursor.peek_past_space() in ("-", "]"):
        if isinstance(first, CharSet):
            return _Set(first.ranges, 0)
        point = _point(cursor, first)
        return _Set(((point, point),), 0)
    if not cursor.bump_and_skip():
        raise _unclosed(cursor, level)
    low, high = _point(cursor, first), _point(cursor, _parse_primitive(cursor))
    if low > high:
        raise cursor.refusal("the range runs backwards: it ends before it starts", first.start)
    return _Set(((low, high),), 0)


def _parse_primitive(cursor: Cursor) -> Primitive:
    if cursor.char == "\\":
        return parse_escape(cursor)
    char = Char(cursor.at, ord(cursor.char))
    cursor.bump()
    return char


def _point(cursor: Cursor, primitive: Primitive) -> int:
    """Return the code point of an item that must be a character."""
    if isinstance(primitive, CharSet):
        raise cursor.refusal("a range runs from a character to a character", primitive.start)
    if not isinstance(primitive, Char):
        reason = "an assertion cannot stand in a class (for a literal, leave out the backslash)"
        raise cursor.refusal(reason, primitive.start)
    if not cursor.flags.u and primitive.point > 0x7F:
        raise cursor.refusal("under (?-u) a class is of ASCII characters", primitive.start)
    return primitive.point
