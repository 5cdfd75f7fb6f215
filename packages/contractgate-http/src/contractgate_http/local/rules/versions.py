"""Makes new contracts and drafts, and the response for a version."""

from __future__ import annotations

import os
from typing import Optional

from contractgate_core.models.contracts import VersionResponse
from contractgate_core.models.words import ImportSource, VersionState
from contractgate_http.local.context import Context
from contractgate_http.local.ids import new_id
from contractgate_http.local.refusals import database_error
from contractgate_http.local.rules.keys import header_org
from contractgate_http.local.rules.lookup import check_storable, read_stored_contract
from contractgate_http.local.store.rows import ContractRow, VersionRow
from contractgate_http.local.times import optional_time, timestamp

__all__ = ["new_contract", "new_draft", "version_response"]

_SALT_BYTES = 32


def new_contract(
    context: Context, name: str, description: Optional[str] = None, resolution: str = "strict"
) -> ContractRow:
    """Store a new contract, without a version, for the caller's organisation."""
    org_id = header_org(context)
    if org_id is None or context.store.accounts.org(org_id) is None:
        raise database_error()
    check_storable(name, description)
    contract = ContractRow(
        new_id(),
        org_id,
        name,
        description,
        resolution,
        1,
        os.urandom(_SALT_BYTES),
        context.now,
        context.now,
        None,
    )
    context.store.contracts.add(contract)
    return contract


def new_draft(
    context: Context,
    contract_id: str,
    version: str,
    yaml: str,
    *,
    source: str = "native",
    requires_review: bool = False,
) -> VersionRow:
    """Make the row of a new draft."""
    return VersionRow(
        new_id(),
        contract_id,
        version,
        "draft",
        yaml,
        context.now,
        None,
        None,
        source,
        int(requires_review),
    )


def version_response(context: Context, version: VersionRow) -> VersionResponse:
    """Return a version in the form in which the gateway answers it."""
    contract = read_stored_contract(context, version.yaml).contract
    return VersionResponse(
        id=version.id,
        contract_id=version.contract_id,
        version=version.version,
        state=VersionState(version.state),
        yaml_content=version.yaml,
        created_at=timestamp(version.created_at),
        promoted_at=optional_time(version.promoted_at),
        deprecated_at=optional_time(version.deprecated_at),
        compliance_mode=contract.compliance_mode,
        egress_leakage_mode=str(contract.egress_leakage_mode),
        import_source=ImportSource(version.import_source),
        requires_review=bool(version.requires_review),
    )
