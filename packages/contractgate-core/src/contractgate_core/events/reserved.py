"""Finding the reserved key in JSON texts, wherever it is and however it is written.

This should cost next to nothing on clean texts. Each character of the key may be an escape, but the
first one, a dollar sign, can only be itself or one escape, which has no letters. What follows it is
then an `s` or a backslash. Single bytes are searched first, which is as fast as memory.
"""

from __future__ import annotations

import re

import msgspec

from contractgate_core._reserved import REFUSAL, RESERVED_KEY
from contractgate_core.events.place import Place

__all__ = ["BACKSLASH", "DOLLAR", "may_have_reserved_key", "refuse_reserved_key", "says_reserved"]

DOLLAR, BACKSLASH = b"$\\"
"""A text that has neither of these bytes does not have the key."""

_KEY = RESERVED_KEY.encode()
_LONGEST = len(r"\u0024") * len(_KEY)
_strings = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"([ \t\r\n]*:)?', re.DOTALL).finditer


def says_reserved(text: bytes) -> bool:
    """Return whether a text has the key unescaped, either as a key or as part of a value."""
    return DOLLAR in text and text.rfind(_KEY) >= 0


def may_have_reserved_key(text: bytes) -> bool:
    """Return whether a text may have the key: False is certain, True is seldom wrong."""
    # `rfind` is several times faster than `find` or a regular expression.
    if DOLLAR in text and (text.rfind(b'"$s') >= 0 or text.rfind(b'"$\\') >= 0):
        return True
    return BACKSLASH in text and text.rfind(b'"\\u0024') >= 0


def refuse_reserved_key(text: bytes) -> None:
    """Refuse a JSON text that has the key.

    Args:
        text: A text that has been read as JSON.

    Raises:
        EventDecodeError: The text has the key; the error says where.
    """
    for string in _strings(text):
        written, colon = string.groups()
        if colon is not None and _is_key(written):
            raise Place().after(text[: string.start()]).error(REFUSAL)


def _is_key(written: bytes) -> bool:
    if BACKSLASH not in written:
        return written == _KEY
    return len(written) <= _LONGEST and msgspec.json.decode(b'"%b"' % written) == RESERVED_KEY
