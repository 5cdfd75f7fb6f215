"""Organisations, keys, usage, rate buckets, idempotent replies and settings in the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Optional

from contractgate_http.local.store.database import Database
from contractgate_http.local.store.rows import KeyRow, StoredReply

__all__ = ["Accounts", "Org", "Replies"]

_KEY = ", ".join(KeyRow._fields)


class Org(NamedTuple):
    """An organisation.

    Attributes:
        id: Its id.
        plan: `free`, `growth` or `enterprise`.
        stores_bodies: Whether the bodies of its events are kept.
    """

    id: str
    plan: str
    stores_bodies: int


class Accounts:
    """The tables `settings`, `orgs`, `keys`, `usage` and `buckets`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def setting(self, name: str) -> Optional[str]:
        """Read a setting."""
        row = self._database.row("SELECT value FROM settings WHERE name = ?", name)
        return None if row is None else row[0]

    def set(self, name: str, value: str) -> None:
        """Write a setting."""
        self._database.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)

    def org(self, org_id: str) -> Optional[Org]:
        """Find an organisation."""
        sql = "SELECT id, plan, stores_bodies FROM orgs WHERE id = ?"
        row = self._database.row(sql, org_id)
        return None if row is None else Org(*row)

    def put_org(self, org: Org) -> None:
        """Add an organisation, or change one."""
        self._database.run(
            "INSERT INTO orgs VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET plan = excluded.plan, stores_bodies = excluded.stores_bodies",
            *org,
        )

    def contracts_of(self, org_id: str) -> list[str]:
        """List the ids of an organisation's contracts, deleted ones included."""
        rows = self._database.rows("SELECT id FROM contracts WHERE org_id = ?", org_id)
        return [row[0] for row in rows]

    def key(self, prefix: str) -> Optional[KeyRow]:
        """Find the unrevoked key that begins with a prefix."""
        sql = f"SELECT {_KEY} FROM keys WHERE prefix = ? AND NOT revoked ORDER BY seq LIMIT 1"  # noqa: S608
        row = self._database.row(sql, prefix)
        return None if row is None else KeyRow(*row)

    def add_key(self, key: KeyRow, prefix: str, *, revoked: bool) -> None:
        """Add a key."""
        columns = (*KeyRow._fields, "prefix", "revoked")
        self._database.insert("keys", [(*key, prefix, revoked)], columns)

    def used(self, org_id: str, month: str) -> Optional[int]:
        """Return how many events an organisation has used in a month; None if not counted yet."""
        sql = "SELECT used FROM usage WHERE org_id = ? AND month = ?"
        row = self._database.row(sql, org_id, month)
        return None if row is None else row[0]

    def set_used(self, org_id: str, month: str, used: int) -> None:
        """Set how many events an organisation has used in a month."""
        self._database.run("INSERT OR REPLACE INTO usage VALUES (?, ?, ?)", org_id, month, used)

    def buckets(self) -> list[tuple[str, float, float]]:
        """Return each rate bucket's name, its tokens, and the Unix time of their count."""
        return [
            (name, tokens, at) for name, tokens, at in self._database.rows("SELECT * FROM buckets")
        ]

    def set_buckets(self, buckets: Iterable[tuple[str, float, float]]) -> None:
        """Write all rate buckets."""
        self._database.run("DELETE FROM buckets")
        self._database.insert("buckets", buckets, ("name", "tokens", "filled_at"))


class Replies:
    """The table `idempotency`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str, contract_id: str, now: int) -> Optional[StoredReply]:
        """Find the reply to an earlier request with this key."""
        row = self._database.row(
            "SELECT digest, status, body FROM idempotency"
            " WHERE key = ? AND contract_id = ? AND expires_at > ?",
            key,
            contract_id,
            now,
        )
        return None if row is None else StoredReply(*row)

    def put(self, key: str, contract_id: str, reply: StoredReply, expires_at: int) -> None:
        """Store a reply.

        Only the key identifies a reply: one of another contract is overwritten, but keeps that
        contract.
        """
        self._database.run(
            "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE"
            " SET digest = excluded.digest, status = excluded.status, body = excluded.body,"
            " expires_at = excluded.expires_at",
            key,
            contract_id,
            *reply,
            expires_at,
        )

    def remove_expired(self, now: int) -> int:
        """Remove expired replies, and return their number."""
        return self._database.run("DELETE FROM idempotency WHERE expires_at <= ?", now)
