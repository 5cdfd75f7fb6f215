"""Inputs that are no JSON at all, told by their first bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Optional

from contractgate_core.errors import ContractGateError
from contractgate_core.events.broken import BrokenDataError

__all__ = ["check_kind"]

_Read = Callable[[int], bytes]

_PACKED = "JSON, as it is or compressed by gzip or Zstandard"
_JSON = "JSON (one event a line, an array, or one object)"
_UTF8 = "JSON in UTF-8"
_UTF16 = "UTF-16 text"

_KINDS: dict[bytes, tuple[str, str]] = {
    b"\xff\xfe": (_UTF16, _UTF8),
    b"\xfe\xff": (_UTF16, _UTF8),
    b"PK\x03\x04": ("a zip archive", _PACKED),
    b"PK\x05\x06": ("a zip archive", _PACKED),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _PACKED),
    b"\xfd7zXZ\0": ("xz data", _PACKED),
    b"\x04\x22\x4d\x18": ("LZ4 data", _PACKED),
    b"PAR1\x15": ("a Parquet file", _JSON),
    b"ARROW1\0\0": ("an Arrow file", _JSON),
    b"Obj\x01": ("an Avro file", _JSON),
    b"SQLite format 3\0": ("an SQLite database", _JSON),
    b"%PDF-": ("a PDF document", _JSON),
    b"<?xml": ("XML", _JSON),
    b"<!DOCTYPE": ("a web page", _JSON),
    b"<!doctype": ("a web page", _JSON),
    b"<html": ("a web page", _JSON),
}
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
_BZIP2_BYTES = 10
_WIDE = re.compile(rb"[{\[]\0[\t\n\r -~]\0|\0[{\[]\0[\t\n\r -~]")
_WIDE_BYTES = 4
"""Two characters of UTF-16 without the mark that says so."""

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
        came, expected = kind
        raise ContractGateError(f"expected {expected}, got what looks like {came}")
    return head, broken


def _kind_of(head: bytes) -> tuple[Optional[tuple[str, str]], bool]:
    """Tell what begins so, as far as that is a wrong kind, and whether more could change it."""
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            return kind, True
    if _BZIP2.match(head):
        return ("bzip2 data", _PACKED), True
    if _WIDE.match(head):
        return (_UTF16, _UTF8), True
    if _is_begun(head):
        return None, False
    return _yaml(head)


def _is_begun(head: bytes) -> bool:
    """Return whether an input could still become a wrong kind if more of it is read."""
    if any(len(head) < len(magic) and magic.startswith(head) for magic in _KINDS):
        return True
    if len(head) < _BZIP2_BYTES and head.startswith(b"BZh"):
        return True
    return head in (b"{", b"[") or (len(head) < _WIDE_BYTES and b"\0" in head)


def _yaml(head: bytes) -> tuple[Optional[tuple[str, str]], bool]:
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
    kind = ("YAML, such as a contract", _JSON) if keys > 1 else None
    return kind, len(head) >= _MOST_YAML
