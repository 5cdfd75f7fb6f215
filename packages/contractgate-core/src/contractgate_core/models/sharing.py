"""Contracts that were published, imported or forked."""

from __future__ import annotations

from typing import Any, Optional

from contractgate_core.models._base import Model, Timestamp

__all__ = [
    "CatalogEntry",
    "Fork",
    "ImportStatus",
    "PublicContract",
    "Publication",
    "PublishedContract",
    "PublishedImport",
    "Revocation",
]


class PublishedContract(Model, frozen=True, kw_only=True):
    """A published version, as anyone who may read it sees it.

    Attributes:
        publication_ref: The reference under which it is published.
        yaml_content: The contract.
        contract_name: The contract's name.
        contract_version: The version.
        visibility: `public`, `link` or `org`.
        published_at: When it was published.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    publication_ref: str
    yaml_content: str
    contract_name: Optional[str] = None
    contract_version: Optional[str] = None
    visibility: Optional[str] = None
    published_at: Optional[Timestamp] = None


class CatalogEntry(Model, frozen=True, kw_only=True):
    """One public publication that is not revoked.

    Attributes:
        publication_ref: The reference under which it is published.
        contract_name: The contract's name.
        contract_version: The version.
        published_by: Who published it, if that is known.
        published_at: When it was published.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    publication_ref: str
    contract_name: Optional[str] = None
    contract_version: Optional[str] = None
    published_by: Optional[str] = None
    published_at: Optional[Timestamp] = None


class PublicContract(Model, frozen=True, kw_only=True):
    """A contract over public data.

    Attributes:
        id: Its id.
        name: Its name.
        description: Free text, if it has one.
        source_format: `json`, `json_rows` or `csv`.
        version: Its version.
        created_at: When it was created.
        updated_at: When it was last changed.
        source_url: Where the data is; None in the list of all contracts.
        contract_yaml: The contract; None in the list of all contracts.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    id: str
    name: str
    description: Optional[str] = None
    source_format: Optional[str] = None
    version: Optional[str] = None
    created_at: Optional[Timestamp] = None
    updated_at: Optional[Timestamp] = None
    source_url: Optional[str] = None
    contract_yaml: Optional[str] = None


class Publication(Model, frozen=True, kw_only=True):
    """A version that was just published.

    Attributes:
        publication_ref: The reference under which it is published: 24 hex digits.
        visibility: `public`, `link` or `org`.
        link_token: The secret of a link, 32 hex digits; None for other visibilities.
        contract_name: The contract's name.
        contract_version: The version.
        published_at: When it was published.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    publication_ref: str
    visibility: Optional[str] = None
    link_token: Optional[str] = None
    contract_name: Optional[str] = None
    contract_version: Optional[str] = None
    published_at: Optional[Timestamp] = None


class Revocation(Model, frozen=True, kw_only=True):
    """A publication that was revoked.

    Attributes:
        publication_ref: The reference.
        revoked_at: When it was revoked.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    publication_ref: str
    revoked_at: Optional[Timestamp] = None


class PublishedImport(Model, frozen=True, kw_only=True):
    """A contract that was made from a publication.

    Attributes:
        contract_id: The new contract.
        version: Its version.
        import_mode: `snapshot` or `subscribe`.
        imported_from_ref: The publication.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    contract_id: str
    version: Optional[str] = None
    import_mode: Optional[str] = None
    imported_from_ref: Optional[str] = None


class ImportStatus(Model, frozen=True, kw_only=True):
    """How an imported contract relates to its publication.

    Attributes:
        source_revoked: Whether the publication was revoked.
        update_available: Whether a newer version is published.
        import_mode: `snapshot` or `subscribe`; None if the contract was not imported.
        publication_ref: The publication.
        latest_published_version: The newest version there.
        imported_version: The version here.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    source_revoked: bool = False
    update_available: bool = False
    import_mode: Optional[str] = None
    publication_ref: Optional[str] = None
    latest_published_version: Optional[str] = None
    imported_version: Optional[str] = None


class Fork(Model, frozen=True, kw_only=True):
    """A contract that was made from a public one.

    Attributes:
        contract_id: The new contract.
        name: Its name.
        parent_public_contract_id: The public one.
        fork_filter: Which rows of the public data belong to it, as the user's own JSON.
        created_at: When it was created.

    Source: docs/spec/gateway-http.md, section 5.13.
    """

    contract_id: str
    name: Optional[str] = None
    parent_public_contract_id: Optional[str] = None
    fork_filter: Optional[dict[str, Any]] = None
    created_at: Optional[Timestamp] = None
