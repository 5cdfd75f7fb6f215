"""Reading a contract's text from a path, an open file or bytes, within a limit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Optional, Union

from contractgate_core.contract.parser import place_of
from contractgate_core.errors import ContractCompileError

if TYPE_CHECKING:
    from typing import Protocol

    class SupportsRead(Protocol):
        """A file that is open for reading, of text or bytes."""

        def read(self, size: int, /) -> Union[str, bytes]: ...


__all__ = ["MOST_BYTES", "decode", "read_open", "read_path"]

MOST_BYTES = 16 * 2**20
"""The greatest length of a contract in UTF-8; the gateway has no limit."""


def read_path(path: Union[str, os.PathLike[str]]) -> tuple[bytes, str]:
    """Read a file by its path; return its bytes, at most one more than is allowed, and its name.

    Raises:
        OSError: It cannot be read.
        TypeError: It is not a path.
    """
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(name, str):
        raise TypeError(f"expected a path as str or os.PathLike, got {type(path).__name__}")
    with open(name, "rb") as file:  # noqa: PTH123 - pathlib takes long to load
        # One byte more than is allowed is enough to refuse any file, even an endless one.
        return file.read(MOST_BYTES + 1), name


def read_open(file: SupportsRead) -> tuple[Union[str, bytes], Optional[str]]:
    """Read an open file; return its text, and its name if it has one.

    Raises:
        ContractCompileError: It is a text file of other bytes than its encoding has.
        TypeError: It is no open file.
    """
    try:
        read = file.read
    except Exception:  # a foreign object may raise anything
        hint = "; a path is for from_file" if isinstance(file, os.PathLike) else ""
        message = f"expected str, bytes or an open file, got {type(file).__name__}{hint}"
        raise TypeError(message) from None
    name = getattr(file, "name", None)
    filename = name if isinstance(name, str) else None
    try:
        # One character more than is allowed is enough to refuse any file, even an endless one.
        parts = list(_parts_of(read, MOST_BYTES + 1))
    except UnicodeDecodeError as error:
        message = f"expected text in {error.encoding}, got other bytes"
        raise ContractCompileError(message, filename=filename) from None
    return (b"" if parts and isinstance(parts[0], bytes) else "").join(parts), filename  # type: ignore[arg-type]


def _parts_of(read: Callable[[int], Union[str, bytes]], most: int) -> Iterator[Union[str, bytes]]:
    """Read this much of a file, which may return less at a time than it is asked for."""
    kinds: tuple[type, ...] = (str, bytes)
    while most > 0:
        part = read(most)
        if not isinstance(part, kinds):
            raise TypeError(f"expected a file of str or bytes, got {type(part).__name__} from it")
        if not part:
            return
        kinds = (type(part),)
        most -= len(part)
        yield part


def decode(text: Union[str, bytes]) -> str:
    """Give a contract's bytes as text.

    Raises:
        ContractCompileError: They are no UTF-8, or longer than `MOST_BYTES`.
    """
    if _size(text) > MOST_BYTES:
        message = f"expected a contract of at most {MOST_BYTES >> 20} MiB, got more"
        raise ContractCompileError(message)
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        line, column = place_of(before, len(before))
        from contractgate_core._kinds import kind_of  # only for a refusal

        kind = kind_of(text)
        hint = "" if kind is None else f"; it looks like {kind.name}"
        message = f"expected UTF-8 text, got the byte 0x{text[error.start]:02x}{hint}"
        raise ContractCompileError(message, line=line, column=column) from None


def _size(text: Union[str, bytes]) -> int:
    """Return the size of a text in bytes of UTF-8; it is exact only where that matters."""
    if isinstance(text, bytes) or text.isascii() or not MOST_BYTES / 4 < len(text) <= MOST_BYTES:
        return len(text)
    return len(text.encode("utf-8", "surrogatepass"))
