"""Inputs that are no JSON at all."""

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
"""So many bytes tell YAML from lines of a log."""
_YAML_KEY = re.compile(rb"""(["']?)[A-Za-z_][\w.-]*\1[ \t]*:(?:[ \t].*)?""", re.DOTALL)
_YAML_MORE = re.compile(rb"[ \t#-]|\.\.\.|%YAML|$")


def check_kind(head: bytes, read: _Read, size: int) -> tuple[bytes, Optional[BrokenDataError]]:
    """Refuse an input of which nothing can be an event.

    Args:
        head: How it begins, decompressed.
        read: Reads some more of it; at most so many bytes, none only at the end.
        size: How many bytes are read at a time.

    Returns:
        What was read: the head and perhaps more. And what ended the reading, if it broke off.

    Raises:
        ContractGateError: It is of another kind; the text says of which, and what to do.
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
            kind, _ = _kind_of(head + b"\n")  # What is not ended by a line's end is by that.
            break
        head += more
    if kind is not None:
        expected = _PACKED if kind.is_packed else _UTF8 if kind is UTF16 else _JSON
        raise ContractGateError(f"expected {expected}, got what looks like {kind.name}")
    return head, broken


def _kind_of(head: bytes) -> tuple[Optional[Kind], bool]:
    """Tell what begins so, as far as that is a wrong kind, and whether more could change it."""
    kind = kind_of(head)
    if kind is not None:
        return kind, True
    return (None, False) if is_begun(head) else _yaml(head)


def _yaml(head: bytes) -> tuple[Optional[Kind], bool]:
    """Tell YAML by its keys: all of its first lines are such, or stand within them."""
    if head[:1] == b'"' or head[:1].isspace():  # as JSON begins, too, which is not looked at
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
