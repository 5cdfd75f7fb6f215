"""Where a text stops being JSON, and what should stand there.

A strict reader of JSON that builds nothing and does not recurse. It is slow and runs only on texts
that the decoder has refused.

Source: docs/spec/validation.md, section 1, and RFC 8259.
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, NoReturn, Optional, cast

from contractgate_core.events.numbers import read_float

__all__ = ["Fault", "find_fault"]


def _skipping(these: bytes) -> Callable[[bytes, int], re.Match[bytes]]:
    """Make a step over bytes of a set, as many as there are; it matches always."""
    return cast("Callable[[bytes, int], re.Match[bytes]]", re.compile(b"[%b]*" % these).match)


_skip_space = _skipping(rb" \t\r\n")
_skip_digits = _skipping(rb"0-9")
_skip_plain = _skipping(rb'^"\\\x00-\x1f')
_HEX = b"0123456789abcdefABCDEF"
_CLOSERS = {b"[": b"]", b"{": b"}"}
_WORDS = {b"t": b"true", b"f": b"false", b"n": b"null"}
_ESCAPED = b'"\\/bfnrt'
_HINTS = {
    b"N": "; JSON has no NaN",
    b"I": "; JSON has no Infinity",
    b"T": "; JSON writes `true`",
    b"F": "; JSON writes `false`",
    b"'": "; JSON writes texts in double quotes",
}


class Fault(NamedTuple):
    """What is wrong with a text.

    Attributes:
        offset: Where it begins, in bytes from 0.
        message: What was expected and what came.
    """

    offset: int
    message: str


class _Stop(Exception):
    """Ends the reading at a fault."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(offset, message)


def find_fault(text: bytes, most_levels: int) -> Optional[Fault]:
    """Find the first place where a text is no JSON.

    Args:
        text: What should be JSON in UTF-8.
        most_levels: So many lists and objects may be inside each other.

    Returns:
        The first fault, or None if there is none.
    """
    fault = None
    try:
        _Reader(text, most_levels).read()
    except _Stop as stop:
        fault = stop.fault
    try:
        text.decode()
    except UnicodeDecodeError as error:
        if fault is None or error.start <= fault.offset:
            return Fault(error.start, f"expected UTF-8, got the byte 0x{text[error.start]:02x}")
    return fault


class _Reader:
    """Goes over one text."""

    def __init__(self, text: bytes, most_levels: int) -> None:
        self._text = text
        self._most_levels = most_levels
        self._at = 0
        self._closers: list[bytes] = []

    def read(self) -> None:
        """Go over the whole text.

        Raises:
            _Stop: It is no JSON.
        """
        self._skip_space()
        self._open_or_scalar()
        while self._closers:
            self._skip_space()
            closer = self._closers[-1]
            if self._here() == closer:
                self._at += 1
                self._closers.pop()
                continue
            if self._here() != b",":
                self._stop(f"`,` or `{closer.decode()}`")
            self._at += 1
            self._begin_member()
            self._open_or_scalar()
        self._skip_space()
        if self._at < len(self._text):
            self._stop("the end of the text")

    def _open_or_scalar(self) -> None:
        """Go over a scalar, or into lists and objects until a scalar or an empty one."""
        while self._here() in _CLOSERS:
            if len(self._closers) == self._most_levels:
                message = f"expected at most {self._most_levels} levels of lists and objects"
                raise _Stop(self._at, f"{message}, got more")
            self._closers.append(_CLOSERS[self._here()])
            self._at += 1
            self._skip_space()
            if self._here() == self._closers[-1]:
                return
            self._begin_member()
        self._scalar()

    def _begin_member(self) -> None:
        """Go to the value of a list's element or, past its key, of an object's member."""
        self._skip_space()
        if self._closers[-1] == b"}":
            if self._here() != b'"':
                self._stop("a key in double quotes")
            self._string()
            self._skip_space()
            if self._here() != b":":
                self._stop("`:` after the key")
            self._at += 1
            self._skip_space()

    def _scalar(self) -> None:
        first = self._here()
        if first == b'"':
            self._string()
        elif first in _WORDS:
            self._word(_WORDS[first])
        elif first == b"-" or first.isdigit():
            self._number()
        else:
            self._stop("a JSON value", _HINTS.get(first, ""))

    def _word(self, word: bytes) -> None:
        for byte in word:
            if self._here() != bytes((byte,)):
                self._stop(f"`{word.decode()}`")
            self._at += 1

    def _number(self) -> None:
        start = self._at
        self._at += self._here() == b"-"
        if self._here() == b"0":
            self._at += 1
            if self._here().isdigit():
                self._stop("a number without leading zeros")
        else:
            self._digits()
        if self._here() == b".":
            self._at += 1
            self._digits()
        if self._here() in (b"e", b"E"):
            self._at += 1
            self._at += self._here() in (b"+", b"-")
            self._digits()
        try:
            read_float(self._text[start : self._at].decode() + self._exponent(start))
        except OverflowError:
            message = "expected a number that a 64-bit float can hold, got a larger one"
            raise _Stop(start, message) from None

    def _exponent(self, start: int) -> str:
        """Complete an integer to a float."""
        return "" if re.search(rb"[.eE]", self._text[start : self._at]) else "e0"

    def _digits(self) -> None:
        end = _skip_digits(self._text, self._at).end()
        if end == self._at:
            self._stop("a digit")
        self._at = end

    def _string(self) -> None:
        self._at += 1
        while True:
            self._at = _skip_plain(self._text, self._at).end()
            if self._here() == b'"':
                self._at += 1
                return
            if self._here() != b"\\":
                self._stop('the closing `"` of a text or an escape such as `\\n`')
            self._escape()

    def _escape(self) -> None:
        start = self._at
        self._at += 1
        if self._here() == b"u":
            unit = self._code_unit()
            if 0xD800 <= unit < 0xDC00 and self._text[self._at : self._at + 2] == b"\\u":
                self._at += 1
                if 0xDC00 <= self._code_unit() < 0xE000:
                    return
            if 0xD800 <= unit < 0xE000:
                raise _Stop(start, "expected a pair of surrogates, got a lone one")
        elif self._here() and self._here() in _ESCAPED:
            self._at += 1
        else:
            self._stop('one of `" \\ / b f n r t u` after the backslash')

    def _code_unit(self) -> int:
        for _ in range(4):
            self._at += 1
            if not self._here() or self._here() not in _HEX:
                self._stop("four hexadecimal digits after `\\u`")
        self._at += 1
        return int(self._text[self._at - 4 : self._at], 16)

    def _here(self) -> bytes:
        return self._text[self._at : self._at + 1]

    def _skip_space(self) -> None:
        self._at = _skip_space(self._text, self._at).end()

    def _stop(self, expected: str, hint: str = "") -> NoReturn:
        raise _Stop(self._at, f"expected {expected}, got {self._described()}{hint}")

    def _described(self) -> str:
        here = self._here()
        if not here:
            return "the end of the text"
        if self._text.startswith(b"\xef\xbb\xbf", self._at):
            return "a byte order mark"
        return f"`{here.decode()}`" if b" " < here <= b"~" else f"the byte 0x{here[0]:02x}"
