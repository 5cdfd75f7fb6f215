"""One SQLite database, opened by one process at a time.

The journal is a write-ahead log: what was committed before the process was killed is there when
the file is opened again. Whether it outlives a loss of power is up to the disk.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Optional

from contractgate_core.errors import ContractGateError
from contractgate_http.local.store.schema import APPLICATION_ID, MIGRATIONS

__all__ = ["MEMORY", "Database", "DatabaseError", "open_database"]

MEMORY = ":memory:"
"""The name of a database that lives in memory and dies with its gateway."""


class DatabaseError(ContractGateError):
    """A gateway's database cannot be opened."""


class Database:
    """A connection, used by one thread at a time.

    Args:
        connection: It begins no transaction by itself.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def row(self, sql: str, *values: Any) -> Optional[tuple[Any, ...]]:
        """Give the first row that a query finds."""
        found: Optional[tuple[Any, ...]] = self._connection.execute(sql, values).fetchone()
        return found

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Give all rows that a query finds."""
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> int:
        """Change something; give the number of rows that were changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> None:
        """Add rows to a table."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own
        self._connection.executemany(sql, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is changed inside, or nothing if an exception leaves it."""
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
        """Give room that is no longer used back to the file system."""
        self._connection.execute("VACUUM")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def open_database(path: str, migrations: Sequence[str] = MIGRATIONS) -> Database:
    """Open a database, make it if there is none, and bring it up to date.

    Args:
        path: A file, or `:memory:`.
        migrations: How it comes to be; see `schema.MIGRATIONS`.

    Raises:
        DatabaseError: The file is in use, is something else, or comes from a newer version.
    """
    if path != MEMORY:
        _make_private(path)
    connection = sqlite3.connect(
        path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        _prepare(connection, path)
        _migrate(connection, path, migrations)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise DatabaseError(_explained(path, error)) from error
        raise
    return Database(connection)


def _make_private(path: str) -> None:
    """Make the file, readable by its owner alone: it holds events and the gateway's key."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseError(f"cannot open the database {path}: {error.strerror}") from error


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    if path != MEMORY:
        # The lock is taken with the first write and kept until the end, however that comes.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection, path: str, migrations: Sequence[str]) -> None:
    version = _pragma(connection, "user_version")
    application = _pragma(connection, "application_id")
    has_tables = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    if has_tables and application != APPLICATION_ID:
        raise DatabaseError(f"{path} is a database of another program")
    if version > len(migrations):
        raise DatabaseError(
            f"{path} was written by a newer version: its schema is {version}, "
            f"this version knows up to {len(migrations)}"
        )
    for number, migration in enumerate(migrations[version:], start=version + 1):
        connection.executescript(
            f"BEGIN; {migration}; PRAGMA application_id = {APPLICATION_ID}; "
            f"PRAGMA user_version = {number}; COMMIT;"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _explained(path: str, error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return f"the database {path} is in use by another gateway; only one can have it open"
    if "not a database" in text:
        return f"{path} is not a database"
    return f"cannot open the database {path}: {text}"
