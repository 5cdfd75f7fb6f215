"""Inputs that are not JSON at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Optional

from contractgate_core._kinds import UTF16, Kind, is_begun, kind_of
from contractgate_core.errors import ContractGateError
from contractgate_core.events.broken import BrokenDataError

__all__ = ["check_kind"]

_Read = Callable[[int], bytes]

_PACKED = "JSON, as it is or compressed once, by gzip or Zstandard"
_JSON = "JSON (one event a line, an array, or one object)"
_UTF8 = "JSON in UTF-8"
_YAML = Kind("YAML, such as a contract")

_MOST_YAML = 4096
"""How many bytes are needed to tell YAML from lines of a log."""
_YAML_KEY = re.compile(rb"""(["']?)[A-Za-z_][\w.-]*\1[ \t]*:(?:[ \t].*)?""", re.DOTALL)
_YAML_MORE = re.compile(rb"[ \t#-]|\.\.\.|%YAML|$")


def check_kind(head: bytes, read: _Read, size: int) -> tuple[bytes, Optional[BrokenDataError]]:
    """Refuse an input in which nothing can be an event.

    Args:
        head: Its first bytes, decompressed.
        read: Reads more of it: at most as many bytes as it is asked for, none only at the end.
        size: How many bytes are read at a time.

    Returns:
        What was read: the head and perhaps more; and the error that ended reading early, if any.

    Raises:
        ContractGateError: It is of another kind; the text says which, and what to do.
    """
    broken = None
    while True:
        kind, is_certain = _kind_of(head)
        if is_certain:
            break
        try:
            more = read(size)
        except BrokenDataError as error:
            broken, more = error, b""
        if not more:
            kind, _ = _kind_of(head + b"\n")  # The last line may lack its end.
            break
        head += more
    if kind is not None:
        expected = _PACKED if kind.is_packed else _UTF8 if kind is UTF16 else _JSON
        raise ContractGateError(f"expected {expected}, got what looks like {kind.name}")
    return head, broken


def _kind_of(head: bytes) -> tuple[Optional[Kind], bool]:
    """Return the wrong kind that data seems to be, if any, and whether that is certain."""
    kind = kind_of(head)
    if kind is not None:
        return kind, True
    return (None, False) if is_begun(head) else _yaml(head)


def _yaml(head: bytes) -> tuple[Optional[Kind], bool]:
    """Recognise YAML by its keys: each of its first lines is a key, or belongs to one."""
    if head[:1] == b'"' or head[:1].isspace():  # JSON may begin so too
        return None, True
    lines = head[:_MOST_YAML].split(b"\n")
    keys = 0
    for line in lines[:-1]:
        text = line.rstrip(b"\r")
        is_key = _YAML_KEY.fullmatch(text) is not None
        if not is_key and not _YAML_MORE.match(text):
            return None, True
        keys += is_key
    return (_YAML if keys > 1 else None), len(head) >= _MOST_YAML
