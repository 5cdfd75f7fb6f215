"""Parsing the text of a pattern into its tree, or refusing it with the place and the reason.

Source: docs/spec/contract-format.md, section 4.1.
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, Optional

from contractgate_core.regex.classes import EVERYTHING, Ranges, set_of
from contractgate_core.regex.cursor import Cursor, Flags, is_space
from contractgate_core.regex.effort import BOUNDLESS, RANGES_A_STEP, Effort
from contractgate_core.regex.parse_class import MOST_LEVELS, fold_case, parse_class
from contractgate_core.regex.parse_escape import Assertion, Char, parse_escape
from contractgate_core.regex.parse_group import parse_opening
from contractgate_core.regex.tree import (
    Literal,
    LookKind,
    Node,
    alternate,
    capture,
    chars,
    concat,
    look,
    repeat,
)

__all__ = ["parse"]

_MOST_REPEATS = 2**32 - 1

_LF, _CR = 0x0A, 0x0D
_ALL_BUT_LF: Ranges = ((0, _LF - 1), (_LF + 1, EVERYTHING[0][1]))
_ALL_BUT_CRLF: Ranges = ((0, _LF - 1), (_LF + 1, _CR - 1), (_CR + 1, EVERYTHING[0][1]))

_STEPS_OF_PATTERN, _STEPS_OF_ITEM = 80, 14
"""The steps of a pattern, and of each item or branch in it, through all of compiling."""

_read_literals = re.compile(r"[^\\.+*?()|\[\]{}^$]{3,}").match
"""Matches a run of characters that are all literals."""

_NOTHING_TO_REPEAT = "there is nothing to repeat before this (for a literal, escape it)"


class _Item(NamedTuple):
    """One item of a sequence.

    Attributes:
        node: Its tree, or None for a directive that only switches flags.
        levels: How many levels of the gateway's syntax tree it has.
    """

    node: Optional[Node]
    levels: int


_DIRECTIVE = _Item(None, 0)


class _Group:
    """A group that is not closed yet; the outermost one is the whole pattern.

    Attributes:
        start: The position of its parenthesis.
        flags: The flags that held before it and are restored after it.
        index: Its number if it is a capturing group, else 0.
        items: The branch that is being parsed.
        branches: The earlier branches.
    """

    __slots__ = ("branches", "flags", "index", "items", "start")

    def __init__(self, start: int, flags: Flags, index: int) -> None:
        self.start = start
        self.flags = flags
        self.index = index
        self.items: list[_Item] = []
        self.branches: list[_Item] = []

    def end_branch(self) -> None:
        """Finish the current branch; two or more items make a level of their own."""
        items, self.items = self.items, []
        levels = max((item.levels for item in items), default=0)
        node = concat(item.node for item in items if item.node is not None)
        self.branches.append(_Item(node, levels + (len(items) > 1)))

    def finish(self) -> _Item:
        """Finish the content of the group; two or more branches make a level of their own."""
        self.end_branch()
        if len(self.branches) == 1:
            return self.branches[0]
        levels = 1 + max(branch.levels for branch in self.branches)
        nodes = [branch.node for branch in self.branches if branch.node is not None]
        return _Item(alternate(nodes), levels)


def parse(pattern: str, effort: Optional[Effort] = None) -> Node:
    """Parse a pattern of the gateway's dialect.

    Args:
        pattern: Its text.
        effort: The steps that may be spent on it.

    Returns:
        The tree, in the shape that the gateway's engine gives it.

    Raises:
        PatternError: The text is not in the dialect, or takes too many steps.
    """
    effort = effort or Effort(BOUNDLESS)
    effort.spend(_STEPS_OF_PATTERN + len(pattern))
    cursor = Cursor(pattern)
    if not pattern.isascii():
        _refuse_surrogates(cursor)
    return _Parser(cursor, effort).parse()


def _refuse_surrogates(cursor: Cursor) -> None:
    try:
        cursor.pattern.encode()
    except UnicodeEncodeError as error:
        reason = "a lone surrogate is no character: no text has one"
        raise cursor.refusal(reason, error.start) from None


class _Parser:
    """Parses item after item into the innermost open group."""

    def __init__(self, cursor: Cursor, effort: Effort) -> None:
        self._cursor = cursor
        self._effort = effort
        self._groups = [_Group(0, cursor.flags, 0)]
        self._captures = 0
        self._names: set[str] = set()

    def parse(self) -> Node:
        cursor, pattern = self._cursor, self._cursor.pattern
        while True:
            if cursor.flags.x:
                cursor.skip_space()
            if cursor.at >= len(pattern):
                break
            char = pattern[cursor.at]
            read = _READERS.get(char)
            if read is not None:
                read(self)
            else:
                self._read_literal(char)
        if len(self._groups) > 1:
            reason = "the group is not closed (for a literal, write \\()"
            raise cursor.refusal(reason, self._groups[-1].start)
        node, levels = self._groups[0].finish()
        if levels > MOST_LEVELS:
            reason = f"the pattern is nested {levels} levels deep; the gateway allows {MOST_LEVELS}"
            raise cursor.refusal(reason, 0)
        return concat([]) if node is None else node

    def _add(self, node: Node, levels: int = 0) -> None:
        self._effort.spend(_STEPS_OF_ITEM)
        self._groups[-1].items.append(_Item(node, levels))

    def _add_set(self, ranges: Ranges, levels: int = 0) -> None:
        self._effort.spend(len(ranges) // RANGES_A_STEP)
        self._add(chars(ranges), levels)

    def _read_literal(self, char: str) -> None:
        cursor = self._cursor
        found = (
            None if cursor.flags.i or cursor.flags.x else _read_literals(cursor.pattern, cursor.at)
        )
        if found is None:
            cursor.at += 1
            self._add(self._char_node(char))
            return
        cursor.at = found.end()
        # The last literal is left out, since a repetition may follow it.
        self._add(Literal(found[0][:-1]))
        self._add(Literal(found[0][-1]))

    def _char_node(self, char: str) -> Node:
        flags = self._cursor.flags
        if not flags.i:
            return Literal(char)
        return chars(fold_case(self._cursor, set_of(char)))

    def _read_opening(self) -> None:
        start, outer = self._cursor.at, self._cursor.flags
        opening = parse_opening(self._cursor, self._names)
        self._cursor.flags = opening.flags
        if opening.is_directive:
            self._groups[-1].items.append(_DIRECTIVE)
            return
        self._captures += opening.is_capture
        index = self._captures if opening.is_capture else 0
        self._groups.append(_Group(start, outer, index))

    def _read_closing(self) -> None:
        if len(self._groups) == 1:
            raise self._cursor.refusal("no group is open here (for a literal, write \\))")
        group = self._groups.pop()
        node, levels = group.finish()
        self._cursor.flags = group.flags
        self._cursor.at += 1
        inner = concat([]) if node is None else node
        self._add(capture(inner, group.index) if group.index else inner, levels + 1)

    def _read_bar(self) -> None:
        self._effort.spend(_STEPS_OF_ITEM)
        self._groups[-1].end_branch()
        self._cursor.at += 1

    def _read_class(self) -> None:
        self._add_set(*parse_class(self._cursor, self._effort))

    def _read_dot(self) -> None:
        flags = self._cursor.flags
        if not flags.u:
            reason = "under (?-u) a dot could match half a character: write it with (?u)"
            raise self._cursor.refusal(reason)
        self._cursor.at += 1
        if flags.s:
            self._add(chars(EVERYTHING))
        else:
            self._add(chars(_ALL_BUT_CRLF if flags.R else _ALL_BUT_LF))

    def _read_caret(self) -> None:
        self._read_line_edge(LookKind.TEXT_START, LookKind.LINE_START_LF, LookKind.LINE_START_CRLF)

    def _read_dollar(self) -> None:
        self._read_line_edge(LookKind.TEXT_END, LookKind.LINE_END_LF, LookKind.LINE_END_CRLF)

    def _read_line_edge(self, text: LookKind, line: LookKind, crlf: LookKind) -> None:
        flags = self._cursor.flags
        self._cursor.at += 1
        self._add(look((crlf if flags.R else line) if flags.m else text))

    def _read_escape(self) -> None:
        cursor = self._cursor
        found = parse_escape(cursor)
        if isinstance(found, Assertion):
            self._add(look(found.kind))
        elif isinstance(found, Char):
            if found.is_byte and found.point > 0x7F and not cursor.flags.u:
                reason = "under (?-u) this is a byte, half a character: write \\u{…}"
                raise cursor.refusal(reason, found.start)
            self._add(self._char_node(chr(found.point)))
        else:
            self._add_set(found.ranges)

    def _repeated(self) -> tuple[Node, int]:
        """Take back the item that a repetition applies to."""
        items = self._groups[-1].items
        if not items or items[-1].node is None:
            raise self._cursor.refusal(_NOTHING_TO_REPEAT)
        node, levels = items.pop()
        return concat([]) if node is None else node, levels

    def _add_repetition(self, item: tuple[Node, int], low: int, high: Optional[int]) -> None:
        """Add a repetition, which is parsed except for a possible lazy mark."""
        node, levels = item
        is_lazy = self._cursor.take("?")
        is_greedy = is_lazy == self._cursor.flags.U
        self._add(repeat(node, low, high, is_greedy=is_greedy), levels + 1)

    def _read_operator(self) -> None:
        item = self._repeated()
        low, high = _OPERATORS[self._cursor.char]
        self._cursor.at += 1
        self._add_repetition(item, low, high)

    def _read_counts(self) -> None:
        cursor, start = self._cursor, self._cursor.at
        item = self._repeated()
        cursor.bump_and_skip()
        low = high = self._read_count(start)
        if cursor.char == ",":
            cursor.bump_and_skip()
            is_open = cursor.char == "}"
            high = None if is_open else self._read_count(start)
            if low is None:
                raise cursor.refusal("a count has a lower bound: write {0,…}", start)
            if high is None and not is_open:
                raise cursor.refusal(_counts_expected(cursor), start)
        if low is None or cursor.char != "}":
            raise cursor.refusal(_counts_expected(cursor), start)
        if high is not None and low > high:
            raise cursor.refusal(f"from {low} to {high} counts backwards", start)
        cursor.bump_and_skip()
        self._add_repetition(item, low, high)

    def _read_count(self, start: int) -> Optional[int]:
        """Parse a number with the space around it; return None if there is none."""
        cursor = self._cursor
        while is_space(cursor.char):
            cursor.bump()
        digits = []
        while "0" <= cursor.char <= "9":
            digits.append(cursor.char)
            cursor.bump_and_skip()
        while is_space(cursor.char):
            cursor.bump_and_skip()
        if not digits:
            return None
        # Only a short number without its leading zeros is converted, however many digits there are.
        text = "".join(digits).lstrip("0") or "0"
        count = int(text) if len(text) <= 10 else _MOST_REPEATS + 1
        if count > _MOST_REPEATS:
            raise cursor.refusal("a count is below 4294967296", start)
        return count


def _counts_expected(cursor: Cursor) -> str:
    what = "a count was expected in the braces" if cursor.char else "the brace is not closed"
    return what + ": write {n}, {n,} or {n,m}, or \\{ for a literal"


_OPERATORS: dict[str, tuple[int, Optional[int]]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}

_READERS: dict[str, Callable[[_Parser], None]] = {
    "(": _Parser._read_opening,
    ")": _Parser._read_closing,
    "|": _Parser._read_bar,
    "[": _Parser._read_class,
    ".": _Parser._read_dot,
    "^": _Parser._read_caret,
    "$": _Parser._read_dollar,
    "\\": _Parser._read_escape,
    "{": _Parser._read_counts,
    "?": _Parser._read_operator,
    "*": _Parser._read_operator,
    "+": _Parser._read_operator,
}
