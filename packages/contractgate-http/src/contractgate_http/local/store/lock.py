"""Who has a database: one gateway of all processes, until it is closed or its process ends.

A database of SQLite is a name and a file: the log lies beside the name, what it is written into in
the end is the file. So both are locked, the name by a file of its own beside the database.

SQLite's own locks are not enough, and neither is anything made of the same locks (`fcntl`): they
are the process's, and gone as soon as any part of it closes the file, be it to make a copy. The
locks here belong to one opening of a file (`flock`, and `F_OFD_SETLK` where the system has it).
These pass on to forked children; so a child closes its copies at once, which leaves the lock with
its parent.

The file beside the database stays for ever: whoever took it away could take the lock from somebody
who has just opened it.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
import threading
from pathlib import Path
from typing import Optional

from contractgate_http.local.store.failure import DatabaseError, in_use, unopened
from contractgate_http.local.store.files import check_content, open_file

_SET_LOCK: Optional[int] = None
"""The command that locks bytes of a file for one opening of it; Linux has it."""

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

    if sys.platform == "linux":
        _SET_LOCK = getattr(fcntl, "F_OFD_SETLK", None)

__all__ = ["OPENING", "Lock", "lock_of"]

_SQLITES_BYTES = 0x40000000, 512
"""Where SQLite's own locks are (https://sqlite.org/fileformat2.html#the_lock_byte_page)."""

_FAR = 0x40000000
"""A byte behind the end of a lock file: Windows lets nobody read what is locked."""

_TRIES = 100

OPENING = threading.RLock()
"""Held while a database is opened or given up; garbage collection may do so in its midst."""

_held: set[Lock] = set()


def lock_of(path: Path) -> Path:
    """Name the file that locks the name of a database."""
    return path.with_name(f"{path.name}.lock")


class Lock:
    """The right to a database.

    Args:
        path: The one name of the database, which is made if there is none.

    Attributes:
        path: The name.
        file: The database, open; to open and close it elsewhere takes SQLite's own locks away.
        replaces_sqlites: SQLite's own locks are held, too, and SQLite is to take none.

    Raises:
        DatabaseError: Somebody else has it, or it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: list[int] = []
        with OPENING:
            if any(lock._is_on(path) for lock in _held):
                raise in_use(path)
            check_content(path)
            try:
                self._name = self._lock_name()
                self.file = self._opened(path)
                self.replaces_sqlites = self._lock_file()
            except BaseException:
                self._close()
                raise
            _held.add(self)

    def _is_on(self, path: Path) -> bool:
        try:
            return os.path.samestat(path.stat(), os.fstat(self.file))
        except OSError:
            return False

    def _opened(self, path: Path) -> int:
        try:
            number = open_file(path)
        except OSError as error:
            raise unopened(self.path, error, path) from error
        self._open.append(number)
        return number

    def _lock_name(self) -> int:
        name = lock_of(self.path)
        for _ in range(_TRIES):
            number = self._opened(name)
            try:
                _lock_whole(number)
            except OSError as error:
                raise self._refusal(error, in_use(self.path)) from error
            if _is_still_at(name, number):
                return number
            self._close()  # somebody took the file away, and others will lock another one
        raise unopened(self.path, f"{name} does not stay where it is")

    def _lock_file(self) -> bool:
        if _SET_LOCK is None:
            return False
        try:
            _lock_bytes(self.file, _SET_LOCK)
        except OSError as error:
            if error.errno == errno.EINVAL:  # this system or file system cannot
                return False
            other = f"the database {self.path} is in use under another name, or by another program"
            raise self._refusal(error, DatabaseError(other)) from error
        return True

    def _refusal(self, error: OSError, taken: DatabaseError) -> DatabaseError:
        is_taken = error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
        return taken if is_taken else unopened(self.path, f"cannot lock it: {error.strerror}")

    def release(self) -> None:
        """Give the right up; again, or in a forked child, which has none, nothing happens."""
        with OPENING:
            if self in _held:
                _held.remove(self)
                try:
                    # A child that was made behind Python's back may have copies of the files.
                    if self.replaces_sqlites and _SET_LOCK is not None:
                        _lock_bytes(self.file, _SET_LOCK, unlock=True)
                    _lock_whole(self._name, unlock=True)
                finally:
                    self._close()

    def _close(self) -> None:
        """Close the files, which unlocks them unless another process has copies."""
        while self._open:
            os.close(self._open.pop())


def _is_still_at(name: Path, number: int) -> bool:
    try:
        return os.path.samestat(name.stat(), os.fstat(number))
    except FileNotFoundError:
        return False


def _lock_whole(number: int, *, unlock: bool = False) -> None:
    if sys.platform == "win32":
        os.lseek(number, _FAR, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_UNLCK if unlock else msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(number, fcntl.LOCK_UN if unlock else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock_bytes(number: int, command: int, *, unlock: bool = False) -> None:
    if sys.platform != "win32":
        kind = fcntl.F_UNLCK if unlock else fcntl.F_WRLCK
        # A `struct flock` with wide offsets.
        lock = struct.pack("hhqqi4x", kind, os.SEEK_SET, *_SQLITES_BYTES, 0)
        fcntl.fcntl(number, command, lock)


def _forget_all() -> None:
    """Leave everything that was locked to the parent of this process, which was just forked."""
    for lock in _held:
        lock._close()
    _held.clear()
    OPENING.release()


if hasattr(os, "register_at_fork"):
    # Nobody forks between the opening of a file and its entry among those that a child closes.
    os.register_at_fork(
        before=OPENING.acquire,
        after_in_parent=OPENING.release,
        after_in_child=_forget_all,
    )
