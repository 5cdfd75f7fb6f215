"""Errors of a database that cannot be opened, read, written or copied."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Optional, Union

from contractgate_core.errors import ContractGateError

__all__ = ["DatabaseError", "in_use", "unopened", "wrapped"]

AnyPath = Union[str, Path]


class DatabaseError(ContractGateError):
    """A gateway's database cannot be opened, read, written or copied."""


def in_use(path: Path) -> DatabaseError:
    """Return the error for a database that another gateway has open."""
    return DatabaseError(
        f"the database {path} is in use by another gateway; only one can have it open"
    )


def unopened(path: AnyPath, reason: object, file: Optional[Path] = None) -> DatabaseError:
    """Return the error for a database that cannot be opened.

    Args:
        path: The database.
        reason: The reason; of an `OSError`, only the system's text is used.
        file: The file that the reason is about, if it is not the database itself.
    """
    text = (isinstance(reason, OSError) and reason.strerror) or reason
    where = "" if file in (None, path) else f"{file}: "
    return DatabaseError(f"cannot open the database {path}: {where}{text}")


@contextlib.contextmanager
def wrapped(path: AnyPath, verb: str = "open") -> Iterator[None]:
    """Turn errors of SQLite into a `DatabaseError`.

    Args:
        path: The database.
        verb: What the code inside does with it.
    """
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "not a database" in text:
            raise DatabaseError(f"{path} is not a database") from error
        if "locked" in text:
            raise DatabaseError(f"the database {path} is in use by another program") from error
        raise DatabaseError(f"cannot {verb} the database {path}: {text}") from error
