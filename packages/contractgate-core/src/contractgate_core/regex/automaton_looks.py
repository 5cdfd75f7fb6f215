"""When the assertions of a pattern hold, given the characters on both sides.

A side is a number made of flags: the kind of character there, or that the text ends there.

Source: docs/spec/contract-format.md, section 4.3.
"""

from __future__ import annotations

from typing import Callable

from contractgate_core.regex.classes import Ranges
from contractgate_core.regex.tree import LookKind
from contractgate_core.regex.unicode import words

__all__ = ["EDGE", "flags_read", "holds", "sets_read"]

EDGE, LF, CR, WORD, ASCII_WORD = 1, 2, 4, 8, 16
"""The text begins or ends here; the character is U+000A, U+000D, in `\\w`, in the ASCII `\\w`."""

_BREAK = EDGE | LF
_ASCII_WORDS: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))

_Rule = Callable[[int, int], bool]


def _word_rules(word: int) -> tuple[_Rule, ...]:
    """Return the rules of the six assertions about words, in the order of `LookKind`."""
    return (
        lambda before, after: (before ^ after) & word != 0,
        lambda before, after: (before ^ after) & word == 0,
        lambda before, after: not before & word and after & word != 0,
        lambda before, after: before & word != 0 and not after & word,
        lambda before, _: not before & word,
        lambda _, after: not after & word,
    )


_LINE_RULES: tuple[_Rule, ...] = (
    lambda before, _: before & EDGE != 0,
    lambda _, after: after & EDGE != 0,
    lambda before, _: before & _BREAK != 0,
    lambda _, after: after & _BREAK != 0,
    lambda before, after: before & _BREAK != 0 or (before & CR != 0 and not after & LF),
    lambda before, after: after & (EDGE | CR) != 0 or (after & LF != 0 and not before & CR),
)

_RULES: dict[LookKind, _Rule] = dict(
    zip(LookKind, _LINE_RULES + _word_rules(WORD) + _word_rules(ASCII_WORD))
)


def holds(kind: LookKind, before: int, after: int) -> bool:
    """Return whether an assertion holds between two sides."""
    return _RULES[kind](before, after)


def flags_read(kind: LookKind) -> int:
    """Return the flags that an assertion depends on, on either side."""
    if kind in (LookKind.TEXT_START, LookKind.TEXT_END):
        return EDGE
    if kind in (LookKind.LINE_START_LF, LookKind.LINE_END_LF):
        return _BREAK
    if kind in (LookKind.LINE_START_CRLF, LookKind.LINE_END_CRLF):
        return _BREAK | CR
    return ASCII_WORD if kind.name.startswith("ASCII_") else WORD


def sets_read(flags: int) -> dict[int, Ranges]:
    """Return, for each of some flags except `EDGE`, the set of the characters that have it."""
    sets: dict[int, Ranges] = {}
    if flags & LF:
        sets[LF] = ((0x0A, 0x0A),)
    if flags & CR:
        sets[CR] = ((0x0D, 0x0D),)
    if flags & WORD:
        sets[WORD] = words()
    if flags & ASCII_WORD:
        sets[ASCII_WORD] = _ASCII_WORDS
    return sets
