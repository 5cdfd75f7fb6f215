"""Copies a database in use; a copy appears complete, or not at all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from contractgate_http.local.store.failure import DatabaseError
from contractgate_http.local.store.files import check_path, companions, set_mode
from contractgate_http.local.store.lock import lock_of

__all__ = ["copy_into", "new_copy"]

_PREFIX, _SUFFIX = ".contractgate-", ".part"
"""The suffix of a copy while it is written."""

_TAKEN = "there already is a file of that name"


@contextlib.contextmanager
def new_copy(source: Optional[Path], path: str) -> Iterator[Path]:
    """Yield a file to copy a database to; afterwards, the file gets its final name.

    Args:
        source: The file of the database; None if it lives in memory.
        path: The copy, which must not exist yet; only its owner can read it.

    Raises:
        DatabaseError: There already is a file of that name, or the copy cannot be written.
    """
    check_path(path)
    copy = Path(path)
    copy = Path(os.path.realpath(copy.parent)) / copy.name
    _check_free(source, copy)
    try:
        with _renamed_when_done(copy) as part:
            yield part
    except FileExistsError as error:
        raise _unwritten(copy, _TAKEN) from error
    except OSError as error:
        raise _unwritten(copy, str(error.strerror)) from error
    except sqlite3.Error as error:
        raise _unwritten(copy, str(error)) from error


@contextlib.contextmanager
def _renamed_when_done(path: Path) -> Iterator[Path]:
    number, name = tempfile.mkstemp(_SUFFIX, _PREFIX, path.parent)
    part = Path(name)
    try:
        try:
            set_mode(number, 0o600)  # whatever the umask
            yield part
            os.fsync(number)
        finally:
            os.close(number)
        _publish(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _check_free(source: Optional[Path], path: Path) -> None:
    """Refuse a name that is taken, or that belongs to a database beside it."""
    if os.path.lexists(path):
        raise _unwritten(path, _TAKEN)
    if source is not None and path in (*companions(source), lock_of(source)):
        raise _unwritten(path, f"the name belongs to {source}")
    for log in companions(path):
        if os.path.lexists(log):
            raise _unwritten(path, f"{log}, from another database, would be taken for its log")


def _unwritten(path: Path, reason: str) -> DatabaseError:
    return DatabaseError(f"cannot write the copy {path}: {reason}")


def copy_into(path: Path, connection: sqlite3.Connection) -> None:
    """Copy a database, outside any transaction, into an empty file."""
    copy = sqlite3.connect(path, isolation_level=None)
    try:
        # A copy that fails is not kept, so it needs no safety.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        connection.backup(copy)
        # Without a log beside it, the file can be read from anywhere.
        copy.execute("PRAGMA locking_mode = EXCLUSIVE")
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()


def _publish(part: Path, path: Path) -> None:
    """Give the copy its name, but never replace another file."""
    if os.name == "nt":
        part.rename(path)
        return
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        part.replace(path)
