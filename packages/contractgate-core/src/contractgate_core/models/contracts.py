"""Contracts as the gateway stores them: an identity with versions."""

from __future__ import annotations

from typing import Optional

from contractgate_core.models._base import Model, Timestamp
from contractgate_core.models.words import (
    ImportSource,
    MultiStableResolution,
    VersionState,
)

__all__ = [
    "ContractResponse",
    "ContractSummary",
    "DeployResponse",
    "NameChange",
    "VersionProbe",
    "VersionResponse",
    "VersionSummary",
]


class ContractResponse(Model, frozen=True):
    """One contract.

    Attributes:
        id: The contract's id.
        name: Its name, which need not be unique or equal the name in any version's YAML.
        description: Free text, if it has one.
        multi_stable_resolution: Which of several stable versions may accept an event.
        created_at: When it was created.
        updated_at: When it was last changed.
        version_count: How many versions it has, in all states.
        latest_stable_version: The stable version that was promoted last, if there is one.

    Source: docs/spec/gateway-http.md, section 3.
    """

    id: str
    name: str
    description: Optional[str] = None
    multi_stable_resolution: MultiStableResolution = MultiStableResolution.STRICT
    created_at: Optional[Timestamp] = None
    updated_at: Optional[Timestamp] = None
    version_count: Optional[int] = None
    latest_stable_version: Optional[str] = None


class ContractSummary(Model, frozen=True, kw_only=True):
    """One contract in the list of all, without its description and times.

    Attributes:
        id: The contract's id.
        name: Its name, which need not be unique.
        multi_stable_resolution: Which of several stable versions may accept an event.
        latest_stable_version: The stable version that was promoted last, if there is one.
        version_count: How many versions it has, in all states.
        store_event_payloads: Whether bodies of its events may be kept; see section 6.18.

    Source: docs/spec/gateway-http.md, section 3.
    """

    id: str
    name: str
    multi_stable_resolution: MultiStableResolution = MultiStableResolution.STRICT
    latest_stable_version: Optional[str] = None
    version_count: Optional[int] = None
    store_event_payloads: Optional[bool] = None

    @property
    def description(self) -> None:
        """None: the list does not have it; kept for code written for version 0.4.0."""

    @property
    def created_at(self) -> None:
        """None, as above."""

    @property
    def updated_at(self) -> None:
        """None, as above."""


class NameChange(Model, frozen=True, kw_only=True):
    """One renaming of a contract.

    Attributes:
        id: The id of this entry.
        contract_id: The contract.
        old_name: The name before.
        new_name: The name after.
        changed_at: When it was renamed.

    Source: docs/spec/gateway-http.md, section 5.2.
    """

    old_name: str
    new_name: str
    id: Optional[str] = None
    contract_id: Optional[str] = None
    changed_at: Optional[Timestamp] = None


class VersionResponse(Model, frozen=True):
    """One version of a contract, with its YAML.

    Attributes:
        id: The version's id.
        contract_id: The contract.
        version: Its name: any text, even if the YAML has another.
        state: Its state.
        yaml_content: The contract as it was submitted; rewritten after an ODCS import.
        created_at: When it was created.
        promoted_at: When it became stable, if it did.
        deprecated_at: When it was deprecated, if it was.
        compliance_mode: Whether the YAML refuses undeclared keys.
        egress_leakage_mode: What the YAML says about undeclared keys on egress: `off`, `strip` or
            `fail`.
        import_source: Where the YAML came from.
        requires_review: Whether an import must be approved before this version can be promoted.

    Source: docs/spec/gateway-http.md, section 3.
    """

    id: str
    contract_id: str
    version: str
    state: VersionState
    yaml_content: str
    created_at: Optional[Timestamp] = None
    promoted_at: Optional[Timestamp] = None
    deprecated_at: Optional[Timestamp] = None
    compliance_mode: Optional[bool] = None
    egress_leakage_mode: Optional[str] = None
    import_source: Optional[ImportSource] = None
    requires_review: Optional[bool] = None


class VersionSummary(Model, frozen=True):
    """One version in the list of a contract's versions, without id and YAML.

    Attributes:
        version: Its name.
        state: Its state.
        created_at: When it was created.
        promoted_at: When it became stable, if it did.
        deprecated_at: When it was deprecated, if it was.
        import_source: Where the YAML came from.
        requires_review: Whether an import must be approved before this version can be promoted.

    Source: docs/spec/gateway-http.md, section 3.
    """

    version: str
    state: VersionState
    created_at: Optional[Timestamp] = None
    promoted_at: Optional[Timestamp] = None
    deprecated_at: Optional[Timestamp] = None
    import_source: Optional[ImportSource] = None
    requires_review: Optional[bool] = None


class VersionProbe(Model, frozen=True, kw_only=True):
    """Which version is the latest stable one, and a digest that changes with its text.

    Attributes:
        version: The latest stable version.
        hash: The SHA-256 of its YAML's bytes, in lower-case hex digits.

    Source: docs/spec/gateway-http.md, section 5.3.
    """

    version: str
    hash: str


class DeployResponse(Model, frozen=True, kw_only=True):
    """A version that was deployed: it is stable at once, and its predecessors are deprecated.

    Attributes:
        contract_id: The contract with this name, created if there was none.
        version_id: The new version's id.
        name: The name of the request.
        version: The version, as the YAML spells it.
        source: The source of the request, if it named one.
        deployed_by: Who deployed, if the request said so.
        deployed_at: When it was deployed.
        deprecated_count: How many stable versions it deprecated; None if it was already live and
            `deploy(if_changed=True)` did nothing.

    Source: docs/spec/gateway-http.md, sections 5.4 and 6.25.
    """

    contract_id: str
    version: str
    version_id: Optional[str] = None
    name: Optional[str] = None
    source: Optional[str] = None
    deployed_by: Optional[str] = None
    deployed_at: Optional[Timestamp] = None
    deprecated_count: Optional[int] = None
