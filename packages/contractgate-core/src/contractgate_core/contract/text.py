"""Values as YAML that reads back as the same values."""

from __future__ import annotations

import math
import re
from typing import Optional

from contractgate_core.errors import ContractGateError

__all__ = ["write_block_text", "write_number", "write_scalar", "write_text"]

# Words that some YAML readers take for something other than text.
_AMBIGUOUS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./+-]| (?=[A-Za-z0-9_]))*")
_PRINTABLE = "[ -~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_ONE_LINE = re.compile(f"{_PRINTABLE}*")
_LINES = re.compile(f"(?:(?! ){_PRINTABLE}{_PRINTABLE}*\n)(?:{_PRINTABLE}*\n)*(?:{_PRINTABLE}+)?")
_ESCAPED = re.compile(f'(?!{_PRINTABLE}).|["\\\\]', re.DOTALL)
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def write_text(text: str) -> str:
    """Write a text: plain if no reader can mistake it, else quoted; no lone surrogates."""
    if _PLAIN.fullmatch(text) and text.lower() not in _AMBIGUOUS:
        return text
    if ("\\" in text or '"' in text) and _ONE_LINE.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    short = _SHORT_ESCAPES.get(character)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def write_block_text(text: str, indent: int) -> Optional[str]:
    """Write a text of several lines as a literal block, if possible.

    Args:
        text: The text.
        indent: How many spaces come before each line.

    Returns:
        What follows the key and its colon; None if the text needs quotes.
    """
    if "\n" not in text or text.endswith("\n\n") or not _LINES.fullmatch(text):
        return None
    margin = " " * indent
    lines = text[:-1] if text.endswith("\n") else text
    body = "\n".join(f"{margin}{line}" if line else "" for line in lines.split("\n"))
    return f"{'|' if text.endswith(chr(10)) else '|-'}\n{body}"


def write_number(number: float) -> str:
    """Write a bound."""
    if math.isfinite(number):
        is_short = number.is_integer() and 0 < abs(number) < 10**15
        return str(int(number)) if is_short else repr(number)
    return ".nan" if math.isnan(number) else f"{'-' if number < 0 else ''}.inf"


def write_scalar(value: object) -> str:
    """Write a JSON scalar so that it keeps its type.

    Raises:
        ContractGateError: No contract in a file can hold it.
    """
    if isinstance(value, str) and type(value) is str:
        return write_text(value)
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int and -(2**63) <= value < 2**64:
        return str(value)
    if type(value) is float and math.isfinite(value):
        return repr(value)
    raise ContractGateError(f"no contract can hold {value!r:.60}")
