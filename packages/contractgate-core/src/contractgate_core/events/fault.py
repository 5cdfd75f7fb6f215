"""Finding where a text stops being JSON, and what was expected there.

A strict JSON reader that builds nothing and does not recurse. It is slow, so it reads only texts
that the decoder has refused, and only the part near the fault of long ones (`sound.py`).

Source: docs/spec/validation.md, section 1, and RFC 8259.
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, NoReturn, Optional, cast

from contractgate_core.events.numbers import read_float

__all__ = ["Fault", "Start", "find_fault"]


def _skipping(these: bytes) -> Callable[[bytes, int], re.Match[bytes]]:
    """Make a step over as many bytes of a set as there are; it always matches."""
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


class Start(NamedTuple):
    """Where to begin reading: at the beginning, or just after a comma that follows sound members.

    Attributes:
        offset: The place, in bytes from 0.
        closers: The brackets that close the lists and objects open at that place, the outermost
            first; empty only at the beginning.
    """

    offset: int = 0
    closers: bytes = b""


SkipEscapes = Callable[[bytes, int], int]
"""Called with a text and where an escape begins; skips sound parts of the string."""


def _no_escapes(_: bytes, at: int) -> int:
    return at


class _Stop(Exception):
    """Ends the reading at a fault."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(offset, message)


def find_fault(
    text: bytes,
    most_levels: int,
    find_start: Callable[[bytes], Start] = lambda _: Start(),
    skip_escapes: SkipEscapes = _no_escapes,
) -> Optional[Fault]:
    """Find the first place where a text is not JSON.

    Args:
        text: What should be JSON in UTF-8.
        most_levels: How many lists and objects may be nested.
        find_start: Finds a place that is certainly before the first fault of a text in UTF-8.
        skip_escapes: Skips escapes that are certainly sound.

    Returns:
        The first fault, or None if there is none.
    """
    fault = None
    try:
        text.decode()
    except UnicodeDecodeError as error:
        message = f"expected UTF-8, got the byte 0x{text[error.start]:02x}"
        fault = Fault(error.start, message)
        # No fault before this one depends on what comes after it.
        text = text[: error.start]
    try:
        _Reader(text, most_levels, find_start(text), skip_escapes).read()
    except _Stop as stop:
        if fault is None or stop.fault.offset < fault.offset:
            return stop.fault
    return fault


class _Reader:
    """Reads one text."""

    def __init__(
        self, text: bytes, most_levels: int, start: Start, skip_escapes: SkipEscapes
    ) -> None:
        self._text = text
        self._most_levels = most_levels
        self._skip_escapes = skip_escapes
        self._at = start.offset
        self._closers = [bytes((closer,)) for closer in start.closers]

    def read(self) -> None:
        """Read the whole text.

        Raises:
            _Stop: It is not JSON.
        """
        self._skip_space()
        if self._closers:
            self._begin_member()
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
        """Read a scalar, or go into lists and objects until a scalar or an empty one is reached."""
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
        """Go to the value of the next list element or, after its key, object member."""
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
        """Return the exponent that makes a float of a literal; empty if the literal is one."""
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
            after = self._skip_escapes(self._text, self._at)
            if after == self._at:
                self._escape()
            else:
                self._at = after

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
