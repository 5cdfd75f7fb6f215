"""The rows of the tables, as values."""

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
    """An API key; only a digest of the key itself is kept.

    Attributes:
        id: Its id, which names its rate bucket.
        digest: SHA-256 of the key.
        org_id: The organisation it belongs to.
        allowed: A JSON list of the contracts that it may send events to; None for all.
        rate: How many requests per **second** it may send in the long run.
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
        body: A JSON text; None if it is not kept.
        replay_of: The quarantine row that was replayed, if this is a replay.
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
    """The columns of the audit that a report needs."""

    version: Optional[str]
    passed: int
    violations: str


class QuarantineRow(NamedTuple):
    """One row of the quarantine.

    Attributes:
        violations: A JSON text.
        body: A JSON text; None if it is not kept.
        replay_of: The row that was replayed, if this is a failed replay.
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
