"""Data that is not plain text, recognised by its first bytes."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

__all__ = ["UTF16", "Kind", "is_begun", "kind_of"]


class Kind(NamedTuple):
    """What data looks like.

    Attributes:
        name: What messages call it.
        is_packed: Whether it may contain data of another kind.
    """

    name: str
    is_packed: bool = False


UTF16 = Kind("UTF-16 text")

_KINDS: dict[bytes, Kind] = {
    b"\xff\xfe": UTF16,
    b"\xfe\xff": UTF16,
    b"\x1f\x8b": Kind("gzip data", True),
    b"\x28\xb5\x2f\xfd": Kind("Zstandard data", True),
    b"PK\x03\x04": Kind("a zip archive", True),
    b"PK\x05\x06": Kind("a zip archive", True),
    b"7z\xbc\xaf\x27\x1c": Kind("a 7z archive", True),
    b"\xfd7zXZ\0": Kind("xz data", True),
    b"\x04\x22\x4d\x18": Kind("LZ4 data", True),
    b"PAR1\x15": Kind("a Parquet file"),
    b"ARROW1\0\0": Kind("an Arrow file"),
    b"Obj\x01": Kind("an Avro file"),
    b"SQLite format 3\0": Kind("an SQLite database"),
    b"%PDF-": Kind("a PDF document"),
    b"<?xml": Kind("XML"),
    b"<!DOCTYPE": Kind("a web page"),
    b"<!doctype": Kind("a web page"),
    b"<html": Kind("a web page"),
}
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
_BZIP2_BYTES = 10
_WIDE = re.compile(rb"[{\[]\0[\t\n\r -~]\0|\0[{\[]\0[\t\n\r -~]")
"""Two ASCII characters in UTF-16 without a byte order mark."""
_TAR = re.compile(rb".{257}ustar(?:\x0000|  \0)", re.DOTALL)
_TAR_BYTES = 265
"""The name of the first member, padded with zeros, and more come before the magic bytes."""


def kind_of(head: bytes) -> Optional[Kind]:
    """Return the kind of data; None if it is text or unknown.

    Args:
        head: The first bytes of the data, or more.
    """
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            return kind
    if _BZIP2.match(head):
        return Kind("bzip2 data", True)
    if _TAR.match(head):
        return Kind("a tar archive", True)
    return UTF16 if _WIDE.match(head) else None


def is_begun(head: bytes) -> bool:
    """Return whether more bytes could still turn this beginning into one of the kinds."""
    if any(len(head) < len(magic) and magic.startswith(head) for magic in _KINDS):
        return True
    if len(head) < _BZIP2_BYTES and head.startswith(b"BZh"):
        return True
    return head in (b"{", b"[") or (len(head) < _TAR_BYTES and b"\0" in head)
