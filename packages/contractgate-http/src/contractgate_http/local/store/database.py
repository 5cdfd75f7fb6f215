"""One SQLite database, opened by one gateway at a time.

The journal is a write-ahead log: commits survive if the process is killed. Whether they survive a
loss of power depends on the disk.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote

import msgspec

from contractgate_http.local.store.copying import copy_into, new_copy
from contractgate_http.local.store.failure import DatabaseError, wrapped
from contractgate_http.local.store.files import find_file, make_private
from contractgate_http.local.store.lock import Lock
from contractgate_http.local.store.schema import APPLICATION_ID, MIGRATIONS

__all__ = ["MEMORY", "Database", "DatabaseError", "open_database"]

MEMORY = ":memory:"
"""The name of a database that is kept in memory, and is lost with its gateway."""


class Database:
    """A connection, used by one thread at a time, in the process that opened it.

    In a forked child it must not even be closed: SQLite would remove the parent's log. So nothing
    closes it there, not even the garbage collector.

    Args:
        connection: The connection, which begins no transaction by itself.
        lock: The lock on its file; None if it is in memory.
    """

    def __init__(self, connection: sqlite3.Connection, lock: Optional[Lock]) -> None:
        self._connection = connection
        self._path = None if lock is None else lock.path
        self._lock = lock
        self._process = os.getpid()
        self._kept = _Kept(connection)
        self._kept.itself = self._kept

    def row(self, sql: str, *values: Any) -> Optional[tuple[Any, ...]]:
        """Return the first row of a query's result."""
        found: Optional[tuple[Any, ...]] = self._connection.execute(sql, values).fetchone()
        return found

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query's result."""
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement, and return the number of rows that it changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> None:
        """Add rows to a table."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own
        self._connection.executemany(sql, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes made inside the block, or none if an exception leaves it."""
        self._connection.execute("BEGIN")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def compact(self) -> None:
        """Return unused space to the file system."""
        with self.wrapped("compact"):
            self._connection.execute("VACUUM")

    def new_copy(self, path: str) -> contextlib.AbstractContextManager[Path]:
        """Return the file for `copy_into`, which becomes the copy at the end; see `copying`."""
        if path == MEMORY:
            raise DatabaseError(f"expected the path of a file, got {path}")
        return new_copy(self._path, path)

    def copy_into(self, path: Path) -> None:
        """Copy everything into an empty file."""
        copy_into(path, self._connection)

    def wrapped(self, verb: str) -> contextlib.AbstractContextManager[None]:
        """Turn errors of SQLite into a `DatabaseError` that says what could not be done."""
        return wrapped(self._path or MEMORY, verb)

    def close(self) -> None:
        """Close the file and unlock it; in a forked child, do nothing."""
        if self._process != os.getpid():
            return
        try:
            self._connection.close()
        finally:
            self._kept.itself = None
            if self._lock is not None:
                self._lock.release()


class _Kept(msgspec.Struct, gc=False):
    """Keeps a connection alive: refers to itself, unseen by the garbage collector, until cut."""

    connection: sqlite3.Connection
    itself: Optional[_Kept] = None


def open_database(path: str, migrations: Sequence[str] = MIGRATIONS) -> Database:
    """Open a database, make it if there is none, and bring its schema up to date.

    Args:
        path: A file, or `:memory:`.
        migrations: The steps that build its schema; see `schema.MIGRATIONS`.

    Raises:
        DatabaseError: The file is in use, is not a gateway's, or comes from a newer version.
    """
    lock = None if path == MEMORY else Lock(find_file(path))
    try:
        return _opened(lock, migrations)
    except BaseException:
        if lock is not None:
            lock.release()
        raise


def _opened(lock: Optional[Lock], migrations: Sequence[str]) -> Database:
    path = MEMORY if lock is None else str(lock.path)
    with wrapped(path):
        connection = _connect(lock)
        database = Database(connection, lock)
        try:
            _prepare(connection, path, len(migrations))
            if lock is not None:
                make_private(lock.file, lock.path)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
            # If SQLite takes its own locks, the first write takes them.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
            _migrate(connection, migrations)
        except BaseException:
            database.close()
            raise
    return database


def _connect(lock: Optional[Lock]) -> sqlite3.Connection:
    if lock is None:
        name = MEMORY
    else:
        # `unix-none` is SQLite's usual file access without its locks, which `lock` holds.
        query = "?vfs=unix-none" if lock.replaces_sqlites else ""
        name = f"file:{quote(os.fsencode(lock.path))}{query}"
    return sqlite3.connect(
        name,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=lock is not None,
    )


def _prepare(connection: sqlite3.Connection, path: str, newest: int) -> None:
    """Check that the database is a gateway's, before changing anything in it."""
    connection.execute("PRAGMA foreign_keys = ON")
    # Before the first read, so that the log needs no index shared between processes.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    application = _pragma(connection, "application_id")
    has_tables = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    if has_tables and application != APPLICATION_ID:
        raise DatabaseError(f"{path} is a database of another program")
    version = _pragma(connection, "user_version")
    if version > newest:
        raise DatabaseError(
            f"{path} was written by a newer version: its schema is {version}, "
            f"this version knows up to {newest}"
        )


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    version = _pragma(connection, "user_version")
    for number, migration in enumerate(migrations[version:], start=version + 1):
        connection.executescript(
            f"BEGIN; {migration}; PRAGMA application_id = {APPLICATION_ID}; "
            f"PRAGMA user_version = {number}; COMMIT;"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
