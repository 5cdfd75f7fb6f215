"""Makes UUIDs, and reads them as the gateway does.

Source: docs/spec/gateway-http.md, sections 1 and 1.2.
"""

from __future__ import annotations

import re
import uuid

__all__ = ["NIL", "BadUuidError", "new_id", "read_uuid"]

NIL = "00000000-0000-0000-0000-000000000000"

_SIMPLE = re.compile("[0-9a-fA-F]{32}")
_HYPHENATED = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_DIGIT = re.compile("[^0-9a-fA-F-]")
_WRAPPINGS = {36: (0, 36), 38: (1, 37), 45: (9, 45)}


class BadUuidError(ValueError):
    """A text is not a UUID; the message says why, without `UUID parsing failed: `."""


def new_id() -> str:
    """Make a random id."""
    return str(uuid.uuid4())


def read_uuid(text: str) -> str:
    """Read an id in any spelling: hyphenated, bare, `urn:uuid:…` or `{…}`.

    Returns:
        The id in lower case, hyphenated.

    Raises:
        BadUuidError: It is not a UUID.

    >>> read_uuid("{5F0C1D2E-7A8B-4C9D-8E0F-112233445566}")
    '5f0c1d2e-7a8b-4c9d-8e0f-112233445566'
    """
    if len(text) == 32 and _SIMPLE.fullmatch(text):
        return str(uuid.UUID(text))
    bare = _unwrapped(text)
    if _HYPHENATED.fullmatch(bare):
        return bare.lower()
    raise BadUuidError(_reason(text, bare))


def _unwrapped(text: str) -> str:
    if len(text) == 38 and not (text[0] == "{" and text[-1] == "}"):
        return text
    if len(text) == 45 and not text.startswith("urn:uuid:"):
        return text
    start, end = _WRAPPINGS.get(len(text), (0, len(text)))
    return text[start:end]


def _reason(text: str, bare: str) -> str:
    found = _NO_DIGIT.search(bare)
    if found:
        return f"invalid character: found `{found.group()}` at {found.start()}"
    groups = bare.count("-") + 1
    if groups not in (1, 5):
        return f"invalid group count: expected 5, found {groups}"
    return f"invalid length: found {len(text.encode('utf-8', 'surrogatepass'))}"
