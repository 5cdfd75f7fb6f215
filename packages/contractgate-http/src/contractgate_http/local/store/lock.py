"""Locks a database for one gateway, among all processes, until it or its process ends.

A SQLite database is a name and a file: its log lies beside the name, and is finally written into
the file. So both are locked, the name by a lock file beside the database.

SQLite's own locks are not enough, nor are others of the same kind (`fcntl`). They belong to the
process, and are lost as soon as any part of it closes the file, for example after copying it. The
locks here belong to one open file description (`flock`, and `F_OFD_SETLK` where the system has
it). Forked children inherit these, so a child closes its copies at once, which leaves the lock
with its parent.

The lock file is never removed: to remove it could take the lock from a gateway that has just opened
it.
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
"""The command that locks bytes of a file for one open file description; Linux has it."""

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
"""A byte past the end of a lock file: Windows lets nobody read locked bytes."""

_TRIES = 100

OPENING = threading.RLock()
"""Held while a database is locked or released; reentrant, since garbage collection may release."""

_held: set[Lock] = set()


def lock_of(path: Path) -> Path:
    """Return the path of the lock file of a database."""
    return path.with_name(f"{path.name}.lock")


class Lock:
    """The lock on a database.

    Args:
        path: The real path of the database, which is made if there is none.

    Attributes:
        path: The real path.
        file: The open database; opening and closing it elsewhere loses SQLite's own locks.
        replaces_sqlites: SQLite's own locks are held too, and SQLite must take none.

    Raises:
        DatabaseError: Another gateway or program has it, or it cannot be opened.
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
            self._close()  # the lock file was removed, and others will lock a new one
        raise unopened(self.path, f"{name} is removed again and again")

    def _lock_file(self) -> bool:
        if _SET_LOCK is None:
            return False
        try:
            _lock_bytes(self.file, _SET_LOCK)
        except OSError as error:
            if error.errno == errno.EINVAL:  # not supported by this system or file system
                return False
            other = f"the database {self.path} is in use under another name, or by another program"
            raise self._refusal(error, DatabaseError(other)) from error
        return True

    def _refusal(self, error: OSError, taken: DatabaseError) -> DatabaseError:
        is_taken = error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
        return taken if is_taken else unopened(self.path, f"cannot lock it: {error.strerror}")

    def release(self) -> None:
        """Release the lock; a second time, or in a forked child, this does nothing."""
        with OPENING:
            if self in _held:
                _held.remove(self)
                try:
                    # A child that was not forked by Python may have copies of the files.
                    if self.replaces_sqlites and _SET_LOCK is not None:
                        _lock_bytes(self.file, _SET_LOCK, unlock=True)
                    _lock_whole(self._name, unlock=True)
                finally:
                    self._close()

    def _close(self) -> None:
        """Close the files, which unlocks them if no other process has copies."""
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
    """In a process that was just forked, leave all locks to its parent."""
    for lock in _held:
        lock._close()
    _held.clear()
    OPENING.release()


if hasattr(os, "register_at_fork"):
    # No fork may come between opening a file and listing it among those that a child closes.
    os.register_at_fork(
        before=OPENING.acquire,
        after_in_parent=OPENING.release,
        after_in_child=_forget_all,
    )
