"""The reserved key in JSON texts: found wherever it stands, and however it is written.

Clean texts are to pay next to nothing for it. Each character may be an escape; but the first one, a
dollar sign, has no other form than itself and one escape, which has no letter. What follows it is
then an `s` or a backslash. Single bytes are looked for first, which is as fast as memory.
"""

from __future__ import annotations

import re

import msgspec

from contractgate_core._reserved import REFUSAL, RESERVED_KEY
from contractgate_core.events.place import Place

__all__ = ["BACKSLASH", "DOLLAR", "may_have_reserved_key", "refuse_reserved_key", "says_reserved"]

DOLLAR, BACKSLASH = b"$\\"
"""A text that has neither of these bytes has no such key."""

_KEY = RESERVED_KEY.encode()
_LONGEST = len(r"\u0024") * len(_KEY)
_strings = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"([ \t\r\n]*:)?', re.DOTALL).finditer


def says_reserved(text: bytes) -> bool:
    """Return whether the key is in a text as it is, be it as a key or as part of a value."""
    return DOLLAR in text and text.rfind(_KEY) >= 0


def may_have_reserved_key(text: bytes) -> bool:
    """Return whether the key may be in a text: never False if it is, and seldom True if not."""
    # `rfind` is several times faster than `find`, and than an expression.
    if DOLLAR in text and (text.rfind(b'"$s') >= 0 or text.rfind(b'"$\\') >= 0):
        return True
    return BACKSLASH in text and text.rfind(b'"\\u0024') >= 0


def refuse_reserved_key(text: bytes) -> None:
    """Refuse a JSON text that has the key.

    Args:
        text: What has been read as JSON.

    Raises:
        EventDecodeError: The key is in it; the error says where.
    """
    for string in _strings(text):
        written, colon = string.groups()
        if colon is not None and _is_key(written):
            raise Place().after(text[: string.start()]).error(REFUSAL)


def _is_key(written: bytes) -> bool:
    if BACKSLASH not in written:
        return written == _KEY
    return len(written) <= _LONGEST and msgspec.json.decode(b'"%b"' % written) == RESERVED_KEY
