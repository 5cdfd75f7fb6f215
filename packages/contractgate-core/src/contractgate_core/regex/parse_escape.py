r"""What follows a backslash: characters, sets and assertions.

Source: docs/spec/contract-format.md, sections 4.1 to 4.3.
"""

from __future__ import annotations

from typing import NamedTuple, Union

from contractgate_core._excerpt import excerpt
from contractgate_core.regex import unicode
from contractgate_core.regex.classes import LAST, Ranges, complement
from contractgate_core.regex.cursor import Cursor
from contractgate_core.regex.tree import LookKind

__all__ = ["ASCII_SETS", "Assertion", "Char", "CharSet", "Primitive", "parse_escape"]


class Char(NamedTuple):
    r"""One character, and whether it was written as a byte, `\xHH`."""

    start: int
    point: int
    is_byte: bool = False


class CharSet(NamedTuple):
    r"""The set for `\d`, `\p{…}` and the like."""

    start: int
    ranges: Ranges


class Assertion(NamedTuple):
    """An assertion."""

    start: int
    kind: LookKind


Primitive = Union[Char, CharSet, Assertion]

ASCII_SETS: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "s": ((0x09, 0x0D), (0x20, 0x20)),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
}
r"""The ASCII sets for `\d`, `\s` and `\w` under `(?-u)`."""

_PERL_SETS = {"d": unicode.digits, "s": unicode.spaces, "w": unicode.words}

_CONTROLS = {"a": 0x07, "f": 0x0C, "t": 0x09, "n": 0x0A, "r": 0x0D, "v": 0x0B}

_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}

# Each assertion in its Unicode and its ASCII kind.
_LOOKS = {
    "A": (LookKind.TEXT_START, LookKind.TEXT_START),
    "z": (LookKind.TEXT_END, LookKind.TEXT_END),
    "b": (LookKind.WORD, LookKind.ASCII_WORD),
    "B": (LookKind.NOT_WORD, LookKind.ASCII_NOT_WORD),
    "<": (LookKind.WORD_START, LookKind.ASCII_WORD_START),
    ">": (LookKind.WORD_END, LookKind.ASCII_WORD_END),
}
_WORD_LOOKS = {
    "start": (LookKind.WORD_START, LookKind.ASCII_WORD_START),
    "end": (LookKind.WORD_END, LookKind.ASCII_WORD_END),
    "start-half": (LookKind.WORD_START_HALF, LookKind.ASCII_WORD_START_HALF),
    "end-half": (LookKind.WORD_END_HALF, LookKind.ASCII_WORD_END_HALF),
}

_HINTS = {
    "Z": r"write \z for the end of the text",
    "G": "a pattern is searched for anywhere",
    "K": "only whether a pattern matches is asked",
    "h": r"write [\t ] for blanks",
    "R": r"write (?:\r\n|\n|\r) for a line end",
    "N": "write . for all but line ends",
    "Q": "escape the characters one by one",
    "E": "escape the characters one by one",
    "e": r"write \x1B for the escape character",
    "k": "a match must not depend on what a group matched: that cannot be linear in time",
    "g": "a match must not depend on what a group matched: that cannot be linear in time",
}


def parse_escape(cursor: Cursor) -> Primitive:
    """Parse an escape, from its backslash to just after it."""
    start = cursor.at
    if not cursor.bump():
        raise cursor.refusal("a backslash ends the pattern: write two for a backslash", start)
    letter = cursor.char
    if letter in "xuU":
        return _parse_hex(cursor, start)
    if letter in "pP":
        return CharSet(start, _parse_property(cursor, start))
    cursor.bump()
    if letter in "dswDSW":
        return CharSet(start, _perl_set(cursor, letter, start))
    if letter in _CONTROLS:
        return Char(start, _CONTROLS[letter])
    if letter in _LOOKS:
        kinds = _parse_word_look(cursor, start) if letter == "b" else _LOOKS[letter]
        return Assertion(start, kinds[not cursor.flags.u])
    if letter.isascii() and not letter.isalnum():
        return Char(start, ord(letter))
    raise cursor.refusal(_why_not(letter), start)


def _why_not(letter: str) -> str:
    if letter in "0123456789":
        return (
            f"\\{letter} would refer back to a group, which is not part of the gateway's dialect; "
            "it guarantees linear time (a character by its number is \\x41)"
        )
    if not letter.isascii():
        return "only ASCII characters can be escaped: leave the backslash out"
    hint = f": {_HINTS[letter]}" if letter in _HINTS else ""
    return f"\\{letter} is not part of the gateway's dialect{hint}"


def _perl_set(cursor: Cursor, letter: str, start: int) -> Ranges:
    name = letter.lower()
    ranges = _PERL_SETS[name]() if cursor.flags.u else ASCII_SETS[name]
    if name == letter:
        return ranges
    if not cursor.flags.u:
        reason = f"\\{letter} under (?-u) could match half a character: write it with (?u)"
        raise cursor.refusal(reason, start)
    return complement(ranges)


def _parse_word_look(cursor: Cursor, start: int) -> tuple[LookKind, LookKind]:
    r"""Parse what follows `\b`: a name in braces; leave anything else, such as a repetition."""
    brace = cursor.at
    if cursor.char != "{":
        return _LOOKS["b"]
    if not cursor.bump_and_skip():
        raise cursor.refusal(r"the { after \b is not closed", brace)
    if not _is_name_char(cursor.char):
        cursor.at = brace
        return _LOOKS["b"]
    name = ""
    while _is_name_char(cursor.char):
        name += cursor.char
        cursor.bump_and_skip()
    if cursor.char != "}" or name not in _WORD_LOOKS:
        known = ", ".join(_WORD_LOOKS)
        raise cursor.refusal(rf"\b{{…}} has one of {known} in its braces", start)
    cursor.bump()
    return _WORD_LOOKS[name]


def _is_name_char(char: str) -> bool:
    return char == "-" or (char.isascii() and char.isalpha())


def _parse_hex(cursor: Cursor, start: int) -> Char:
    letter = cursor.char
    if not cursor.bump_and_skip():
        raise cursor.refusal(f"\\{letter} needs hexadecimal digits", start)
    is_braced = cursor.char == "{"
    digits = _braced_digits(cursor, start) if is_braced else _fixed_digits(cursor, letter, start)
    cursor.bump_and_skip()
    # Only a short number without its leading zeros is converted, however many digits there are.
    digits = digits.lstrip("0") or "0"
    point = int(digits, 16) if len(digits) <= 6 else LAST + 1
    if point > LAST or 0xD800 <= point <= 0xDFFF:
        raise cursor.refusal(f"{digits[:8]} is not the number of a character", start)
    return Char(start, point, is_byte=letter == "x" and not is_braced)


def _braced_digits(cursor: Cursor, start: int) -> str:
    digits = []
    while cursor.bump_and_skip() and cursor.char != "}":
        if not _is_hex(cursor.char):
            raise cursor.refusal("a hexadecimal digit was expected here")
        digits.append(cursor.char)
    if not cursor.char:
        raise cursor.refusal("the brace is not closed", start)
    if not digits:
        raise cursor.refusal("hexadecimal digits were expected in the braces", start)
    return "".join(digits)


def _fixed_digits(cursor: Cursor, letter: str, start: int) -> str:
    """Parse exactly as many digits as the letter needs, and stop at the last of them."""
    count = _HEX_DIGITS[letter]
    digits = ""
    while True:
        if not _is_hex(cursor.char):
            reason = f"\\{letter} needs {count} hexadecimal digits, or some in braces"
            raise cursor.refusal(reason, start)
        digits += cursor.char
        if len(digits) == count:
            return digits
        cursor.bump_and_skip()


def _is_hex(char: str) -> bool:
    return char.isascii() and char.isalnum() and char.lower() <= "f"


def _parse_property(cursor: Cursor, start: int) -> Ranges:
    letter = cursor.char
    if not cursor.bump_and_skip():
        raise cursor.refusal(f"\\{letter} needs a name", start)
    text = _braced_name(cursor, start) if cursor.char == "{" else _one_letter(cursor, start)
    name, sign, value = _parts_of_name(text)
    ranges = unicode.named(name, value if sign else None)
    if not cursor.flags.u:
        raise cursor.refusal(f"\\{letter} is for Unicode: not under (?-u)", start)
    if ranges is None:
        reason = (
            f"the gateway knows no Unicode category, script or property {excerpt(text, most=40)!r}"
        )
        raise cursor.refusal(reason, start)
    if cursor.flags.i:
        ranges = unicode.fold(ranges)
    return complement(ranges) if (letter == "P") != (sign == "!=") else ranges


def _one_letter(cursor: Cursor, start: int) -> str:
    name = cursor.char
    if name == "\\":
        raise cursor.refusal(r"\p needs a name", start)
    cursor.bump_and_skip()
    return name


def _braced_name(cursor: Cursor, start: int) -> str:
    name = []
    while cursor.bump_and_skip() and cursor.char != "}":
        name.append(cursor.char)
    if not cursor.char:
        raise cursor.refusal("the brace is not closed", start)
    cursor.bump()
    return "".join(name)


def _parts_of_name(text: str) -> tuple[str, str, str]:
    """Split `gc!=Lu` into property, sign and value; a name alone has no sign."""
    for sign in ("!=", ":", "="):
        parts = text.partition(sign)
        if parts[1]:
            return parts
    return text, "", ""
