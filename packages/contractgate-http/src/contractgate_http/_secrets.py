"""Hides a request's key and other credentials in texts, however they are written.

A server that refuses a request may quote it, as it is or escaped for the place of the quote. So may
a proxy, or a library that we use. No I/O.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterable, Iterator
from typing import Optional

__all__ = ["SHORTEST", "Secrets", "shortened"]

SHORTEST = 8
"""Shorter keys are not hidden: only tests use them, and they occur in many innocent texts."""

_SHORTEST_PASSWORD = 4
_SURELY_NO_WORD = 20
"""A secret of at least this length is hidden within longer words, too."""

_MASK = "***"
_LONGEST_TEXT = 500

_SECRET_HEADER = re.compile(r"auth|cookie|credential|key|passw|secret|session|signature|token")
_NO_SECRET = frozenset({"idempotency-key"})
_SCHEMES = frozenset({"apikey", "basic", "bearer", "digest", "token"})

_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_BEHIND_ESCAPE = (
    r"(?:(?<![0-9A-Za-z_])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt0])"
    r"|(?<=\\x[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4}))"
)
_BACKSLASHES = re.compile(r"\\+")
_ESCAPING = r"(?:\\|%(?:25){0,4}5[cC]|&#0{0,6}92;){0,8}"
"""Backslashes before a quote or a slash, as JSON and Python write them."""
_QUOTED_BYTES = re.compile(
    r"""(?:bytearray\()?\bb(?:'(?:[^'\\]|\\.)*(?:'\)?|$)|"(?:[^"\\]|\\.)*(?:"\)?|$))""", re.DOTALL
)


class Secrets:
    """The secrets of one request, as its headers have them.

    Args:
        headers: Names and values of the headers.
    """

    def __init__(self, headers: Iterable[tuple[str, str]]) -> None:
        found: dict[str, bool] = {}
        for name, value in headers:
            lower = name.lower()
            if lower not in _NO_SECRET and _SECRET_HEADER.search(lower):
                found.update(_in_header(lower, value))
        # A secret that contains another is hidden first.
        longest_first = sorted(found.items(), key=lambda item: -len(item[0]))
        self._secrets = [
            secret
            for secret, is_password in longest_first
            if len(secret) >= (_SHORTEST_PASSWORD if is_password else SHORTEST)
        ]

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._secrets)}>"

    def hidden(self, text: str) -> str:
        """Return a text with asterisks in place of each secret."""
        has_escapes = any(sign in text for sign in "%&\\")
        for secret in self._secrets:
            if has_escapes or secret in text:
                text = _pattern(secret).sub(_MASK, text)
        return text

    def clean(self, error: Optional[BaseException]) -> bool:
        """Hide the secrets in the texts of an error from a library, and of its causes.

        Returns:
            Whether all could be hidden; if not, the error must not be shown.
        """
        return sum(not self._clean(one) for one in _chain(error)) == 0

    def _clean(self, error: BaseException) -> bool:
        is_below = type(error).__module__.partition(".")[0] in ("httpcore", "httpx", "h11", "h2")
        args = tuple(
            self.hidden(_without_quotes(part) if is_below else part)
            if isinstance(part, str)
            else part
            for part in error.args
        )
        if args != error.args:
            error.args = args
        if isinstance(error, OSError) and isinstance(error.strerror, str):
            error.strerror = self.hidden(error.strerror)
        shown = f"{error} {error!r}"
        return self.hidden(shown) == shown


def shortened(text: str) -> str:
    """Shorten a text that is too long for an error, once its secrets are hidden."""
    line = " ".join(text.split()) if len(text) > _LONGEST_TEXT else text
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"


def _in_header(name: str, value: str) -> Iterator[tuple[str, bool]]:
    """Yield the secrets in a header, each with whether it is a password, and so may be short."""
    yield value, False
    if name == "cookie":
        yield from ((pair.partition("=")[2].strip(), False) for pair in value.split(";"))
    scheme, _, rest = value.partition(" ")
    if scheme.lower() not in _SCHEMES or not rest:
        return
    bare = rest.strip().rstrip("=")
    yield from ((bare, False), (bare.translate(str.maketrans("+/", "-_")), False))
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(rest).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
        user, _, password = pair.partition(":")
        yield from ((pair, True), (user, not password), (password, True))


def _chain(error: Optional[BaseException]) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]


def _without_quotes(text: str) -> str:
    """Leave out bytes of an answer that a library quotes; they may hold anything."""
    return _QUOTED_BYTES.sub("…", text)


@functools.lru_cache(maxsize=32)
def _pattern(secret: str) -> re.Pattern[str]:
    """Make a pattern that finds a secret however it is written."""
    # Any number of backslashes counts as one, since they may have been doubled.
    written = "".join(map(_written, _BACKSLASHES.sub(r"\\", secret)))
    if len(secret) >= _SURELY_NO_WORD:
        return re.compile(written)
    return re.compile(f"{_BEHIND_ESCAPE}{written}(?![0-9A-Za-z_])")


def _written(character: str) -> str:
    """Match a character as it is, or escaped for a URL, JSON, Python or HTML, even twice."""
    code = f"{ord(character):02x}"
    named = f"|{_NAMED[character]}" if character in _NAMED else ""
    ways = [
        re.escape(character),
        f"%(?:25){{0,4}}(?i:{code})",
        rf"\\{{1,8}}(?i:(?:u00|x){code})",
        f"&(?:amp;){{0,4}}(?:#0{{0,6}}{ord(character)}|#[xX]0{{0,6}}(?i:{code}){named});",
    ]
    if character == " ":
        ways.append(r"\+")
    many = "{1,64}" if character == "\\" else ""
    before = _ESCAPING if character in "\"'/" else ""
    return f"{before}(?:{'|'.join(ways)}){many}"
