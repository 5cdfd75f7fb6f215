"""What a gateway must remember of the events that it answered, told from its answers alone.

Every event carries a number of its own in `n`, so that each row can be traced to one event.
Source of what is written: docs/spec/gateway-http.md, section 6.19.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from gateway_tools import Session

__all__ = ["CONTRACTS", "Ledger", "Row", "Seen", "rows_of"]

CONTRACTS = {
    "numbers": """
version: "1.0"
name: numbers
ontology:
  entities:
    - {name: n, type: integer}
    - {name: v, type: integer}
""",
    "texts": """
version: "2.0"
name: texts
ontology:
  entities:
    - {name: n, type: integer}
    - {name: v, type: string}
""",
    "unique": """
version: "3.0"
name: unique
ontology:
  entities:
    - {name: n, type: integer}
    - {name: v, type: any, required: false}
quality:
  - {field: v, type: uniqueness}
""",
}
"""Contracts that differ in which `v` they take."""


class Row(NamedTuple):
    """A row of the audit or of the quarantine, as far as it must be right.

    Attributes:
        contract_id: The contract.
        number: The event's number, or what stands in its place in the row of a batch.
        passed: Whether it passed; always false in the quarantine.
    """

    contract_id: str
    number: Any
    passed: bool


class Seen(NamedTuple):
    """All rows that one organisation sees."""

    audit: Counter[Row]
    quarantine: Counter[Row]


class Ledger:
    """The rows that one organisation must see."""

    def __init__(self) -> None:
        self.audit: Counter[Row] = Counter()
        self.quarantine: Counter[Row] = Counter()
        self.quarantined: list[tuple[str, str]] = []
        """Contract and id of each event that went to the quarantine by the current route."""

    def copy(self) -> Ledger:
        """Make an independent copy."""
        other = Ledger()
        other.audit, other.quarantine = self.audit.copy(), self.quarantine.copy()
        return other

    def add_ingest(
        self, contract_id: str, events: list[Any], reply: Any, *, is_legacy: bool = False
    ) -> None:
        """Note what an answered ingest has written."""
        batch = reply.get("batch", reply)
        if "results" not in batch or batch["dry_run"]:
            return
        if batch["version_pin_source"] == "pinned_deprecated":
            self.quarantine.update(Row(contract_id, event["n"], False) for event in events)
            if is_legacy:
                self._add_summary(contract_id)
            return
        if batch["atomic"] and batch["failed"]:
            self._add_summary(contract_id)
            return
        for event, result in zip(events, batch["results"]):
            row = Row(contract_id, event["n"], result["passed"])
            self.audit[row] += 1
            if not result["passed"]:
                self.quarantine[row] += 1
                if not is_legacy:
                    self.quarantined.append((contract_id, result["quarantine_id"]))

    def _add_summary(self, contract_id: str) -> None:
        self.audit[Row(contract_id, "batch", False)] += 1

    def check(self, client: Session) -> None:
        """Compare with what a gateway shows."""
        seen = rows_of(client)
        assert seen.audit == self.audit
        assert seen.quarantine == self.quarantine


def rows_of(client: Session) -> Seen:
    """Read everything that a client can see."""
    audit = Counter(
        Row(row["contract_id"], row["raw_event"].get("n", "batch"), row["passed"])
        for row in _pages(client, "/audit")
    )
    quarantine = Counter(
        Row(row["contract_id"], row["raw_event"]["n"], False)
        for row in _pages(client, "/quarantine")
    )
    return Seen(audit, quarantine)


def _pages(client: Session, path: str) -> list[Any]:
    rows: list[Any] = []
    while True:
        page = client.http.get(path, params={"limit": 500, "offset": len(rows)}).json()
        rows += page
        if len(page) < 500:
            return rows
