"""The audit and the quarantine in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from contractgate_http.local.store.database import Database
from contractgate_http.local.store.rows import AuditRow, JudgedRow, QuarantineRow

__all__ = ["Audit", "Quarantine"]

_AUDIT = ", ".join(AuditRow._fields)
_QUARANTINE = ", ".join(QuarantineRow._fields)
_NEWEST_FIRST = "ORDER BY created_at DESC, seq"
"""Rows of one batch have the same time; the gateway returns them in the order of writing."""
_MOST_VALUES = 500
"""How many values go into one statement; SQLite's own limit differs between builds."""


def _where(**columns: Any) -> tuple[str, list[Any]]:
    """Write a condition for rows with these values; None matches any value."""
    wanted = {name: value for name, value in columns.items() if value is not None}
    terms = [f"{name} = ?" for name in wanted]
    return f"WHERE {' AND '.join(terms)}" if terms else "", [*wanted.values()]


class Audit:
    """The table `audit`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Sequence[AuditRow]) -> None:
        """Add rows."""
        self._database.insert("audit", rows, AuditRow._fields)

    def page(
        self, org_id: Optional[str], contract_id: Optional[str], limit: int, offset: int
    ) -> list[AuditRow]:
        """List rows, newest first."""
        where, values = _where(org_id=org_id, contract_id=contract_id)
        sql = f"SELECT {_AUDIT} FROM audit {where} {_NEWEST_FIRST} LIMIT ? OFFSET ?"  # noqa: S608
        return [AuditRow(*row) for row in self._database.rows(sql, *values, limit, offset)]

    def durations(
        self, org_id: Optional[str] = None, contract_id: Optional[str] = None
    ) -> list[tuple[int, int]]:
        """Return the duration and the verdict of every row, sorted by duration."""
        where, values = _where(org_id=org_id, contract_id=contract_id)
        sql = f"SELECT validation_us, passed FROM audit {where} ORDER BY validation_us"  # noqa: S608
        return [(duration, passed) for duration, passed in self._database.rows(sql, *values)]

    def judged(
        self, contract_id: str, since: Optional[int], until: Optional[int]
    ) -> list[JudgedRow]:
        """Return the verdicts on a contract's events between two times."""
        bounds = [("created_at >= ?", since), ("created_at <= ?", until)]
        given = [(term, value) for term, value in bounds if value is not None]
        terms = "".join(f" AND {term}" for term, _ in given)
        columns = ", ".join(JudgedRow._fields)
        sql = f"SELECT {columns} FROM audit WHERE contract_id = ?{terms}"  # noqa: S608
        rows = self._database.rows(sql, contract_id, *(value for _, value in given))
        return [JudgedRow(*row) for row in rows]

    def count_from(self, since: int, org_id: Optional[str]) -> int:
        """Count the rows from a time on."""
        where, values = _where(org_id=org_id)
        sql = f"SELECT count(*) FROM audit {where or 'WHERE 1'} AND created_at >= ?"  # noqa: S608
        row = self._database.row(sql, *values, since)
        return row[0] if row else 0

    def replays_of(self, quarantine_id: str) -> list[AuditRow]:
        """List the rows of passed replays, oldest first."""
        sql = f"SELECT {_AUDIT} FROM audit WHERE replay_of = ? ORDER BY created_at, seq"  # noqa: S608
        return [AuditRow(*row) for row in self._database.rows(sql, quarantine_id)]

    def redact(self, contract_id: str) -> int:
        """Remove the bodies of a contract's events, and return their number."""
        return self._database.run(
            "UPDATE audit SET body = NULL"
            " WHERE contract_id = ? AND body IS NOT NULL AND NOT is_summary",
            contract_id,
        )

    def remove(self, before: Optional[int], contract_id: Optional[str]) -> int:
        """Remove rows, and return their number."""
        return _remove(self._database, "audit", before, contract_id)


class Quarantine:
    """The table `quarantine`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Sequence[QuarantineRow]) -> None:
        """Add rows."""
        self._database.insert("quarantine", rows, QuarantineRow._fields)

    def page(
        self, org_id: Optional[str], contract_id: Optional[str], limit: int, offset: int
    ) -> list[QuarantineRow]:
        """List rows other than failed replays, newest first."""
        where, values = _where(org_id=org_id, contract_id=contract_id)
        rows = self._database.rows(
            f"SELECT {_QUARANTINE} FROM quarantine {where or 'WHERE 1'}"  # noqa: S608
            f" AND replay_of IS NULL {_NEWEST_FIRST} LIMIT ? OFFSET ?",
            *values,
            limit,
            offset,
        )
        return [QuarantineRow(*row) for row in rows]

    def find(self, ids: Sequence[str]) -> dict[str, QuarantineRow]:
        """Find rows by their ids."""
        found: dict[str, QuarantineRow] = {}
        for start in range(0, len(ids), _MOST_VALUES):
            part = ids[start : start + _MOST_VALUES]
            marks = ", ".join("?" * len(part))
            sql = f"SELECT {_QUARANTINE} FROM quarantine WHERE id IN ({marks})"  # noqa: S608
            found.update((row[0], QuarantineRow(*row)) for row in self._database.rows(sql, *part))
        return found

    def replays_of(self, quarantine_id: str) -> list[QuarantineRow]:
        """List the rows of failed replays, oldest first."""
        rows = self._database.rows(
            f"SELECT {_QUARANTINE} FROM quarantine"  # noqa: S608
            " WHERE replay_of = ? ORDER BY created_at, seq",
            quarantine_id,
        )
        return [QuarantineRow(*row) for row in rows]

    def count_pending(self, contract_id: str) -> int:
        """Count a contract's pending rows, including failed replays."""
        sql = "SELECT count(*) FROM quarantine WHERE contract_id = ? AND status = 'pending'"
        row = self._database.row(sql, contract_id)
        return row[0] if row else 0

    def mark_replayed(self, quarantine_id: str, audit_id: str, now: int) -> None:
        """Record that a row passed a replay."""
        self._database.run(
            "UPDATE quarantine SET status = 'replayed', replayed_at = ?, replayed_into = ?"
            " WHERE id = ?",
            now,
            audit_id,
            quarantine_id,
        )

    def redact(self, contract_id: str) -> int:
        """Remove the bodies of a contract's events, and return their number."""
        sql = "UPDATE quarantine SET body = NULL WHERE contract_id = ? AND body IS NOT NULL"
        return self._database.run(sql, contract_id)

    def remove(self, before: Optional[int], contract_id: Optional[str]) -> int:
        """Remove rows, and return their number."""
        return _remove(self._database, "quarantine", before, contract_id)


def _remove(
    database: Database, table: str, before: Optional[int], contract_id: Optional[str]
) -> int:
    where, values = _where(contract_id=contract_id)
    earlier, times = ("", []) if before is None else (" AND created_at < ?", [before])
    sql = f"DELETE FROM {table} {where or 'WHERE 1'}{earlier}"  # noqa: S608
    return database.run(sql, *values, *times)
