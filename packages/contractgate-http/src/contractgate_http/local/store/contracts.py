"""Contracts and their versions in the database."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from contractgate_http.local.store.database import Database
from contractgate_http.local.store.rows import ContractRow, VersionRow

__all__ = ["Contracts", "Listed"]

_CONTRACT = ", ".join(ContractRow._fields)
_VERSION = ", ".join(VersionRow._fields)


class Listed(NamedTuple):
    """A summary of a contract's versions."""

    number: int
    latest_stable: Optional[str]


class Contracts:
    """The tables `contracts`, `name_changes` and `versions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, contract_id: str, org_id: Optional[str]) -> Optional[ContractRow]:
        """Find a contract that is not deleted.

        Args:
            contract_id: Its id.
            org_id: The organisation it must belong to, if any.
        """
        found = self.find_any(contract_id)
        if found is None or found.deleted_at is not None or org_id not in (None, found.org_id):
            return None
        return found

    def find_any(self, contract_id: str) -> Optional[ContractRow]:
        """Find a contract of any organisation, deleted or not."""
        sql = f"SELECT {_CONTRACT} FROM contracts WHERE id = ?"  # noqa: S608
        row = self._database.row(sql, contract_id)
        return None if row is None else ContractRow(*row)

    def find_by_name(self, name: str) -> Optional[ContractRow]:
        """Find the oldest contract with a name, of any organisation, deleted or not."""
        sql = f"SELECT {_CONTRACT} FROM contracts WHERE name = ? ORDER BY seq LIMIT 1"  # noqa: S608
        row = self._database.row(sql, name)
        return None if row is None else ContractRow(*row)

    def of_org(self, org_id: Optional[str]) -> list[ContractRow]:
        """List the contracts that are not deleted, newest first."""
        whose, values = ("", ()) if org_id is None else (" AND org_id = ?", (org_id,))
        sql = f"SELECT {_CONTRACT} FROM contracts WHERE deleted_at IS NULL{whose}"  # noqa: S608
        rows = self._database.rows(f"{sql} ORDER BY created_at DESC, seq DESC", *values)
        return [ContractRow(*row) for row in rows]

    def add(self, contract: ContractRow) -> None:
        """Add a contract."""
        self._database.insert("contracts", [contract], ContractRow._fields)

    def update(self, contract_id: str, **columns: Any) -> None:
        """Set columns of a contract."""
        names = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE contracts SET {names} WHERE id = ?"  # noqa: S608
        self._database.run(sql, *columns.values(), contract_id)

    def note_name(self, change: tuple[str, str, str, str, int]) -> None:
        """Add a change of name: id, contract, old name, new name, time."""
        columns = ("id", "contract_id", "old_name", "new_name", "changed_at")
        self._database.insert("name_changes", [change], columns)

    def names(self, contract_id: str) -> list[tuple[Any, ...]]:
        """List the changes of a contract's name, newest first."""
        return self._database.rows(
            "SELECT id, contract_id, old_name, new_name, changed_at FROM name_changes"
            " WHERE contract_id = ? ORDER BY changed_at DESC, seq DESC",
            contract_id,
        )

    def listed(self, contract_id: str) -> Listed:
        """Count the versions of a contract and name its latest stable one."""
        sql = "SELECT count(*) FROM versions WHERE contract_id = ?"
        row = self._database.row(sql, contract_id)
        stable = self.latest_stable(contract_id)
        return Listed(row[0] if row else 0, None if stable is None else stable.version)

    def version(self, contract_id: str, version: str) -> Optional[VersionRow]:
        """Find a version."""
        sql = f"SELECT {_VERSION} FROM versions WHERE contract_id = ? AND version = ?"  # noqa: S608
        row = self._database.row(sql, contract_id, version)
        return None if row is None else VersionRow(*row)

    def latest_stable(self, contract_id: str) -> Optional[VersionRow]:
        """Find the stable version that was promoted last."""
        stable = self.stable(contract_id)
        return stable[0] if stable else None

    def stable(self, contract_id: str) -> list[VersionRow]:
        """List the stable versions, last promoted first."""
        rows = self._database.rows(
            f"SELECT {_VERSION} FROM versions WHERE contract_id = ? AND state = 'stable'"  # noqa: S608
            " ORDER BY promoted_at DESC, seq DESC",
            contract_id,
        )
        return [VersionRow(*row) for row in rows]

    def versions(self, contract_id: str) -> list[VersionRow]:
        """List all versions, newest first."""
        rows = self._database.rows(
            f"SELECT {_VERSION} FROM versions WHERE contract_id = ?"  # noqa: S608
            " ORDER BY created_at DESC, seq DESC",
            contract_id,
        )
        return [VersionRow(*row) for row in rows]

    def add_version(self, version: VersionRow) -> None:
        """Add a version."""
        self._database.insert("versions", [version], VersionRow._fields)

    def update_version(self, version_id: str, **columns: Any) -> None:
        """Set columns of a version."""
        names = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE versions SET {names} WHERE id = ?"  # noqa: S608
        self._database.run(sql, *columns.values(), version_id)

    def deprecate_stable(self, contract_id: str, now: int) -> int:
        """Deprecate all stable versions, and return their number."""
        return self._database.run(
            "UPDATE versions SET state = 'deprecated', deprecated_at = ?"
            " WHERE contract_id = ? AND state = 'stable'",
            now,
            contract_id,
        )

    def remove_version(self, version_id: str) -> None:
        """Remove a version."""
        self._database.run("DELETE FROM versions WHERE id = ?", version_id)
