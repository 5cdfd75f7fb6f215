"""The tables, and the migrations from older databases.

Times are microseconds since 1970. Ids are texts. `seq` numbers rows in the order of writing.
"""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "MIGRATIONS"]

APPLICATION_ID = 0x43474154
"""Marks a SQLite file as a gateway's: the letters `CGAT`."""

_FIRST = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE orgs (
    id TEXT PRIMARY KEY,
    plan TEXT NOT NULL,
    stores_bodies INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE keys (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    digest BLOB NOT NULL,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    allowed TEXT,
    rate REAL NOT NULL,
    burst REAL NOT NULL,
    revoked INTEGER NOT NULL
);
CREATE INDEX keys_by_prefix ON keys (prefix);

CREATE TABLE usage (
    org_id TEXT NOT NULL,
    month TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (org_id, month)
) WITHOUT ROWID;

CREATE TABLE buckets (
    name TEXT PRIMARY KEY,
    tokens REAL NOT NULL,
    filled_at REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE contracts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    description TEXT,
    resolution TEXT NOT NULL,
    stores_bodies INTEGER NOT NULL DEFAULT 1,
    salt BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE INDEX contracts_by_name ON contracts (name);
CREATE INDEX contracts_by_org ON contracts (org_id);

CREATE TABLE name_changes (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    old_name TEXT NOT NULL,
    new_name TEXT NOT NULL,
    changed_at INTEGER NOT NULL
);
CREATE INDEX name_changes_by_contract ON name_changes (contract_id);

CREATE TABLE versions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    version TEXT NOT NULL,
    state TEXT NOT NULL,
    yaml TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    promoted_at INTEGER,
    deprecated_at INTEGER,
    import_source TEXT NOT NULL,
    requires_review INTEGER NOT NULL,
    UNIQUE (contract_id, version)
);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    org_id TEXT,
    version TEXT,
    passed INTEGER NOT NULL,
    violation_count INTEGER NOT NULL,
    violations TEXT NOT NULL,
    body TEXT,
    validation_us INTEGER NOT NULL,
    source_ip TEXT,
    created_at INTEGER NOT NULL,
    is_summary INTEGER NOT NULL,
    replay_of TEXT
);
CREATE INDEX audit_by_org ON audit (org_id, created_at);
CREATE INDEX audit_by_contract ON audit (contract_id, created_at);
CREATE INDEX audit_by_source ON audit (replay_of) WHERE replay_of IS NOT NULL;

CREATE TABLE quarantine (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    contract_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    version TEXT,
    status TEXT NOT NULL,
    violation_count INTEGER NOT NULL,
    violations TEXT NOT NULL,
    body TEXT,
    source_ip TEXT,
    created_at INTEGER NOT NULL,
    replay_of TEXT,
    replayed_at INTEGER,
    replayed_into TEXT
);
CREATE INDEX quarantine_by_org ON quarantine (org_id, created_at);
CREATE INDEX quarantine_by_contract ON quarantine (contract_id, created_at);
CREATE INDEX quarantine_by_source ON quarantine (replay_of) WHERE replay_of IS NOT NULL;

CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
"""

MIGRATIONS: tuple[str, ...] = (_FIRST,)
"""Each turns a database of the version before into its own version; the first, an empty one."""
