"""The words of the protocol, as open enums: unknown words are kept, not refused.

Each member is its wire word: `VersionState.DRAFT == "draft"`, and prints as it.
"""

from __future__ import annotations

from contractgate_core._words import OpenWord

__all__ = [
    "ChangeKind",
    "EgressAction",
    "EgressDisposition",
    "ImportSource",
    "MultiStableResolution",
    "PinSource",
    "QuarantineStatus",
    "ReplayKind",
    "ReplayResult",
    "TargetSource",
    "VersionState",
]


class VersionState(OpenWord):
    """The state of a version; it only ever moves down this list (section 6.24)."""

    DRAFT = "draft"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class MultiStableResolution(OpenWord):
    """Which of several stable versions may accept an event (section 6.4)."""

    STRICT = "strict"
    FALLBACK = "fallback"


class ImportSource(OpenWord):
    """Where a version's YAML came from (section 3)."""

    NATIVE = "native"
    ODCS = "odcs"
    ODCS_STRIPPED = "odcs_stripped"
    PUBLICATION = "publication"


class PinSource(OpenWord):
    """What decided the version of an ingest (section 6.3)."""

    QUERY_PARAM = "query_param"
    HEADER = "header"
    PATH = "path"
    DEFAULT_STABLE = "default_stable"
    PINNED_DEPRECATED = "pinned_deprecated"


class TargetSource(OpenWord):
    """What decided the version of a replay (section 6.3)."""

    EXPLICIT = "explicit"
    DEFAULT_STABLE = "default_stable"


class EgressDisposition(OpenWord):
    """What becomes of failed records on egress (section 6.22)."""

    BLOCK = "block"
    FAIL = "fail"
    TAG = "tag"


class EgressAction(OpenWord):
    """What became of one record on egress (section 6.22)."""

    INCLUDED = "included"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    TAGGED = "tagged"


class QuarantineStatus(OpenWord):
    """The status of a quarantined event (section 6.20)."""

    PENDING = "pending"
    REVIEWED = "reviewed"
    REPLAYED = "replayed"
    PURGED = "purged"


class ReplayResult(OpenWord):
    """What became of one id of a replay (section 5.11)."""

    REPLAYED = "replayed"
    STILL_QUARANTINED = "still_quarantined"
    ALREADY_REPLAYED = "already_replayed"
    NOT_FOUND = "not_found"
    WRONG_CONTRACT = "wrong_contract"
    PURGED = "purged"
    REDACTED = "redacted"


class ReplayKind(OpenWord):
    """What an entry of a replay history stands for (section 5.11)."""

    SOURCE = "source"
    FAILED_REPLAY = "failed_replay"
    PASSED_REPLAY = "passed_replay"


class ChangeKind(OpenWord):
    """What differs between two contracts (section 5.12)."""

    FIELD_ADDED = "field_added"
    FIELD_REMOVED = "field_removed"
    TYPE_CHANGED = "type_changed"
    REQUIRED_CHANGED = "required_changed"
    PATTERN_CHANGED = "pattern_changed"
    CONSTRAINT_CHANGED = "constraint_changed"
    ENUM_VALUE_ADDED = "enum_value_added"
    ENUM_VALUE_REMOVED = "enum_value_removed"
