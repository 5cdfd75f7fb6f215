"""What follows an opening parenthesis: names, flags, and syntax of other dialects.

Source: docs/spec/contract-format.md, section 4.1.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, Optional

from contractgate_core._excerpt import excerpt
from contractgate_core.regex import unicode
from contractgate_core.regex.classes import Ranges, contains
from contractgate_core.regex.cursor import Cursor, Flags

__all__ = ["Opening", "parse_opening"]

_LOOK_AROUND = (
    "{0} is not part of the gateway's dialect; it guarantees linear time, and a look at the text "
    "around would break that: {1}"
)
_LOOK_AHEAD = "say with a class or with alternatives what may come, or make two fields of it"
_LOOK_BEHIND = "match what comes before as part of the pattern, which is searched for anywhere"

_LOOKS = {
    "?=": _LOOK_AROUND.format("look-ahead", _LOOK_AHEAD),
    "?!": _LOOK_AROUND.format("negative look-ahead", _LOOK_AHEAD),
    "?<=": _LOOK_AROUND.format("look-behind", _LOOK_BEHIND),
    "?<!": _LOOK_AROUND.format("negative look-behind", _LOOK_BEHIND),
}

_OTHER_DIALECTS = {
    "?>": "an atomic group is not part of the gateway's dialect: it never backtracks, write (?:…)",
    "?#": "a comment is written under (?x), from # to the end of the line",
    "?P=": "a back-reference is not part of the gateway's dialect; it guarantees linear time",
    "?P>": "a pattern cannot call itself: that is not part of the gateway's dialect",
    "?&": "a pattern cannot call itself: that is not part of the gateway's dialect",
    "?'": "a group is named as in (?<name>…)",
    "?|": "groups cannot share numbers: write (?:…), numbers make no difference here",
    "?(": "a condition is not part of the gateway's dialect: write both cases as alternatives",
    "?a": "under (?-u) the classes \\w, \\d and \\s are ASCII; there is no flag a",
    "?L": "there is no flag L: nothing depends on a locale",
}


class Opening(NamedTuple):
    """The beginning of a group.

    Attributes:
        flags: The flags inside it; for a directive, the flags from there on.
        is_capture: Whether it is a capturing group.
        is_directive: Whether it only switches flags and is no group: `(?i)`.
    """

    flags: Flags
    is_capture: bool
    is_directive: bool = False


def parse_opening(cursor: Cursor, names: set[str]) -> Opening:
    """Parse from the opening parenthesis to where the content of the group begins.

    Args:
        cursor: A cursor at the parenthesis.
        names: The names of earlier groups, to which this group's name is added.
    """
    start = cursor.at
    cursor.bump_and_skip()
    if cursor.char != "?":
        return Opening(cursor.flags, is_capture=True)
    for prefix, reason in _LOOKS.items():
        if cursor.pattern.startswith(prefix, cursor.at):
            raise cursor.refusal(reason, start)
    if cursor.take("?P<") or cursor.take("?<"):
        _parse_name(cursor, start, names)
        return Opening(cursor.flags, is_capture=True)
    for prefix, reason in _OTHER_DIALECTS.items():
        if cursor.pattern.startswith(prefix, cursor.at):
            raise cursor.refusal(reason, start)
    cursor.bump()
    return _parse_flags(cursor, start)


def _parse_name(cursor: Cursor, start: int, names: set[str]) -> None:
    name_start = cursor.at
    end = cursor.pattern.find(">", name_start)
    name = cursor.pattern[name_start : end if end >= 0 else len(cursor.pattern)]
    wrong = next((i for i, char in enumerate(name) if not _is_name_char(char, i == 0)), None)
    if wrong is not None:
        reason = "a group's name is a letter or _, then letters, digits and _ . [ ]"
        raise cursor.refusal(reason, name_start + wrong)
    if end < 0:
        raise cursor.refusal("the name of the group is not closed with >", start)
    if not name:
        raise cursor.refusal("the name of the group is empty", name_start)
    if name in names:
        raise cursor.refusal(
            f"another group is named {excerpt(name, most=40)!r} already", name_start
        )
    names.add(name)
    cursor.at = end + 1


def _is_name_char(char: str, is_first: bool) -> bool:
    if char == "_":
        return True
    if not is_first and char in ".[]":
        return True
    if char.isascii():
        return char.isalpha() or (not is_first and char.isdigit())
    letters, digits = _name_sets()
    point = ord(char)
    return contains(letters, point) or (not is_first and contains(digits, point))


@cache
def _name_sets() -> tuple[Ranges, Ranges]:
    return unicode.named("alphabetic") or (), unicode.named("n") or ()


def _parse_flags(cursor: Cursor, start: int) -> Opening:
    """Parse letters up to the colon of a group, or the parenthesis that ends a directive."""
    letters_start = cursor.at
    switched: dict[str, bool] = {}
    minus: Optional[int] = None
    while cursor.char not in (":", ")"):
        letter = cursor.char
        if not letter:
            raise cursor.refusal("the group is not closed", start)
        if letter == "-":
            if minus is not None:
                raise cursor.refusal("flags are negated once: (?im-sx)")
            minus = cursor.at
        elif letter not in Flags._fields:
            raise cursor.refusal(f"there is no flag {letter!r}: the flags are i m s R U u x")
        elif letter in switched:
            raise cursor.refusal(f"the flag {letter!r} stands here twice")
        else:
            switched[letter] = minus is None
        cursor.bump()
    if minus is not None and minus == cursor.at - 1:
        raise cursor.refusal("a flag was expected after the -", minus)
    is_directive = cursor.char == ")"
    if is_directive and cursor.at == letters_start:
        raise cursor.refusal("(?) says nothing: a flag was expected, or : and a group", start)
    cursor.bump()
    flags = cursor.flags._replace(**switched)
    return Opening(flags, is_capture=False, is_directive=is_directive)
