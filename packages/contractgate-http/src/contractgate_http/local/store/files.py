"""The files of a database: finds them, and makes them readable only by their owner."""

from __future__ import annotations

import errno
import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from contractgate_http.local.store.failure import DatabaseError, unopened

__all__ = [
    "check_content",
    "check_path",
    "companions",
    "find_file",
    "make_private",
    "open_file",
    "set_mode",
]

_COMPANIONS = ("-wal", "-journal", "-shm")  # two kinds of logs, and an index of one

_MAGIC = b"SQLite format 3\0"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

# Windows has none of these flags; there, file descriptors are not inherited by default.
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

_log = logging.getLogger("contractgate_http.local")


def check_path(path: str) -> None:
    """Check that a text can be the path of a file.

    Raises:
        DatabaseError: It is empty, or has characters that no file system accepts.
    """
    try:
        if path and b"\0" not in os.fsencode(path):
            return
    except UnicodeEncodeError:
        pass
    raise DatabaseError(f"expected the path of a file, got {path!r}")


def companions(path: Path) -> Iterator[Path]:
    """Name the files that SQLite may have beside a database."""
    for end in _COMPANIONS:
        yield path.with_name(path.name + end)


def find_file(path: str) -> Path:
    """Find the real path of a database, which need not exist yet, from any path to it.

    Raises:
        DatabaseError: There is something other than a file, or a link to nothing.
    """
    check_path(path)
    real = Path(os.path.realpath(path))
    try:
        status = real.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        return real if status.st_nlink == 1 else _one_name(real, status.st_ino)
    except FileNotFoundError:
        # If we made the target of a link, its author could choose where files are created.
        if Path(path).is_symlink():
            raise unopened(path, f"it is a link to {real}, which does not exist") from None
        return real
    except OSError as error:
        raise unopened(path, error) from error


def _one_name(path: Path, number: int) -> Path:
    """Choose among hard links the one with a log, which lies beside one name only."""
    names = sorted(
        path.with_name(entry.name)
        for entry in os.scandir(path.parent)
        if entry.inode() == number and entry.is_file(follow_symlinks=False)
    )
    if len(names) < path.stat().st_nlink:
        raise unopened(
            path, "it has a hard link in another folder, where its log may be; remove the link"
        )
    with_log = (name for name in names if any(log.exists() for log in companions(name)))
    return next(with_log, names[0])


def open_file(path: Path) -> int:
    """Open a file to read and write; create it, readable only by its owner, if it is missing.

    Raises:
        OSError: It cannot be opened, or is a link or something other than a file.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT | _SAFELY, 0o600)
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        if not status.st_size and stat.S_IMODE(status.st_mode) != 0o600:
            set_mode(number, 0o600)  # whatever the umask; it is still empty
    except BaseException:
        os.close(number)
        raise
    return number


def check_content(path: Path) -> None:
    """Refuse a file that is certainly not a SQLite database, before changing anything.

    Raises:
        DatabaseError: It is not a database, cannot be read, or has a log that is a link.
    """
    for companion in companions(path):
        if companion.is_symlink():
            raise unopened(path, "it is a link", companion)
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise unopened(path, error) from error
    if head and head != _MAGIC:
        raise DatabaseError(f"{path} is not a database")


def make_private(number: int, path: Path) -> None:
    """Let only the owner of a database read it and its logs, and log a warning if others could.

    Args:
        number: The file descriptor of the open database.
        path: Its path.

    Raises:
        DatabaseError: Others can read it, and that cannot be changed.
    """
    _keep_from_others(number, path)
    for companion in companions(path):
        opened = _opened(companion)
        if opened is not None:
            try:
                _keep_from_others(opened, companion)
            finally:
                os.close(opened)


def _opened(path: Path) -> Optional[int]:
    try:
        return os.open(path, os.O_RDONLY | _SAFELY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unopened(path, error) from error


def _keep_from_others(number: int, path: Path) -> None:
    mode = stat.S_IMODE(os.fstat(number).st_mode)
    if sys.platform == "win32" or not mode & _OTHERS:
        return
    try:
        set_mode(number, mode & ~_OTHERS)
    except OSError as error:
        raise unopened(
            path, f"others can use it (mode {mode:04o}), which cannot be changed: {error.strerror}"
        ) from error
    _log.warning(
        "others could use %s (mode %04o); now only its owner can (mode %04o)",
        path,
        mode,
        mode & ~_OTHERS,
    )


def set_mode(number: int, mode: int) -> None:
    """Set the permissions of an open file."""
    if sys.platform != "win32":  # Windows does not use modes for permissions
        os.fchmod(number, mode)
