"""The gateway's store: one SQLite database, in memory or in a file."""

from __future__ import annotations

from contractgate_http.local.store.accounts import Accounts, Replies
from contractgate_http.local.store.contracts import Contracts
from contractgate_http.local.store.database import Database, open_database
from contractgate_http.local.store.events import Audit, Quarantine
from contractgate_http.local.store.failure import DatabaseError

__all__ = ["DatabaseError", "Store", "open_store"]

_EVENTS = ("audit", "quarantine", "idempotency", "usage", "buckets", "name_changes", "versions")


class Store:
    """The database and its tables.

    Attributes:
        database: The database itself.
        accounts: Organisations and keys.
        contracts: Contracts and versions.
        audit: The audit.
        quarantine: The quarantine.
        replies: Replies to requests with an idempotency key.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.accounts = Accounts(database)
        self.contracts = Contracts(database)
        self.audit = Audit(database)
        self.quarantine = Quarantine(database)
        self.replies = Replies(database)

    def clear(self) -> None:
        """Remove everything except organisations, keys and settings."""
        for table in (*_EVENTS, "contracts"):
            self.database.run(f"DELETE FROM {table}")  # noqa: S608 - names of our own


def open_store(path: str) -> Store:
    """Open the database of a gateway; see `open_database`."""
    return Store(open_database(path))
