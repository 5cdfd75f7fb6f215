"""What the tables hold, as values."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

__all__ = [
    "AuditRow",
    "ContractRow",
    "JudgedRow",
    "KeyRow",
    "QuarantineRow",
    "StoredReply",
    "VersionRow",
]


class KeyRow(NamedTuple):
    """An API key; of the key itself only a digest is kept.

    Attributes:
        id: Its id, which names its rate bucket.
        digest: SHA-256 of the key.
        org_id: Whose it is.
        allowed: A JSON list of the contracts that it may send events to, or None.
        rate: How many requests a **second** it may send in the long run.
        burst: How many it may send at once.
    """

    id: str
    digest: bytes
    org_id: str
    allowed: Optional[str]
    rate: float
    burst: float


class ContractRow(NamedTuple):
    """A contract's identity."""

    id: str
    org_id: str
    name: str
    description: Optional[str]
    resolution: str
    stores_bodies: int
    salt: bytes
    created_at: int
    updated_at: int
    deleted_at: Optional[int]


class VersionRow(NamedTuple):
    """One version of a contract."""

    id: str
    contract_id: str
    version: str
    state: str
    yaml: str
    created_at: int
    promoted_at: Optional[int]
    deprecated_at: Optional[int]
    import_source: str
    requires_review: int


class AuditRow(NamedTuple):
    """One row of the audit.

    Attributes:
        violations: A JSON text.
        body: A JSON text; None where bodies are not kept.
        replay_of: The quarantine row that was replayed, if this is about one.
    """

    id: str
    contract_id: str
    org_id: Optional[str]
    version: Optional[str]
    passed: int
    violation_count: int
    violations: str
    body: Optional[str]
    validation_us: int
    source_ip: Optional[str]
    created_at: int
    is_summary: int
    replay_of: Optional[str]


class JudgedRow(NamedTuple):
    """What a report asks of a row of the audit."""

    version: Optional[str]
    passed: int
    violations: str


class QuarantineRow(NamedTuple):
    """One row of the quarantine.

    Attributes:
        violations: A JSON text.
        body: A JSON text; None where bodies are not kept.
        replay_of: The row whose failed replay this is, if it is one.
    """

    id: str
    contract_id: str
    org_id: str
    version: Optional[str]
    status: str
    violation_count: int
    violations: str
    body: Optional[str]
    source_ip: Optional[str]
    created_at: int
    replay_of: Optional[str]
    replayed_at: Optional[int]
    replayed_into: Optional[str]


class StoredReply(NamedTuple):
    """The reply to a request that carried an idempotency key.

    Attributes:
        digest: SHA-256 of the request's body, in hex.
    """

    digest: str
    status: int
    body: Any
