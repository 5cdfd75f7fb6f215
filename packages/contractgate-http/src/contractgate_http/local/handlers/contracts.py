"""Contracts: creating, reading, changing and deleting them.

Source: docs/spec/gateway-http.md, section 5.2.
"""

from __future__ import annotations

from typing import Any

from contractgate_core.models import ContractResponse, ContractSummary, NameChange
from contractgate_core.models.words import MultiStableResolution
from contractgate_http.local.bodies import BodyShape, one_of, text
from contractgate_http.local.context import Context
from contractgate_http.local.ids import new_id
from contractgate_http.local.message import Response, empty_response, json_response
from contractgate_http.local.rules.lookup import check_storable, find_contract, read_contract
from contractgate_http.local.rules.versions import new_contract, new_draft
from contractgate_http.local.store.rows import ContractRow
from contractgate_http.local.times import timestamp

__all__ = [
    "create_contract",
    "delete_contract",
    "get_contract",
    "list_contracts",
    "name_history",
    "patch_contract",
]


_RESOLUTION = one_of("strict", "fallback")
_CREATE = BodyShape(
    "CreateContractRequest",
    "name",
    "yaml_content",
    name=text,
    description=text,
    yaml_content=text,
    multi_stable_resolution=_RESOLUTION,
)
_PATCH = BodyShape(
    "PatchContractRequest",
    name=text,
    description=text,
    multi_stable_resolution=_RESOLUTION,
)


def create_contract(context: Context) -> Response:
    """Make a contract, and its first draft, which is always called 1.0.0."""
    body = context.json_in_handler(_CREATE)
    read_contract(context, body["yaml_content"])
    resolution = body.get("multi_stable_resolution", "strict")
    contract = new_contract(context, body["name"], body.get("description"), resolution)
    context.store.contracts.add_version(
        new_draft(context, contract.id, "1.0.0", body["yaml_content"])
    )
    return json_response(_response(context, contract), 201)


def list_contracts(context: Context) -> Response:
    """List the contracts, newest first."""
    rows = context.store.contracts.of_org(context.caller.org_id)
    return json_response([_summary(context, row) for row in rows])


def get_contract(context: Context) -> Response:
    """Read a contract."""
    contract = find_contract(context, context.uuid("id"))
    return json_response(_response(context, contract))


def patch_contract(context: Context) -> Response:
    """Change a contract; properties that are missing or null stay as they are."""
    contract_id = context.uuid("id")
    body = context.json(_PATCH)
    contract = find_contract(context, contract_id)
    changes: dict[str, Any] = {"updated_at": context.now}
    for key, column in _PATCH_COLUMNS:
        if key in body:
            check_storable(body[key])
            changes[column] = body[key]
    contracts = context.store.contracts
    contracts.update(contract.id, **changes)
    changed = contract._replace(**changes)
    if changed.name != contract.name:
        contracts.note_name((new_id(), contract.id, contract.name, changed.name, context.now))
    return json_response(_response(context, changed))


_PATCH_COLUMNS = (
    ("name", "name"),
    ("description", "description"),
    ("multi_stable_resolution", "resolution"),
)


def delete_contract(context: Context) -> Response:
    """Hide a contract; its versions and rows stay."""
    contract = find_contract(context, context.uuid("id"))
    context.store.contracts.update(contract.id, deleted_at=context.now)
    return empty_response(204)


def name_history(context: Context) -> Response:
    """List the changes of a contract's name, newest first."""
    contract = find_contract(context, context.uuid("id"))
    changes = [
        NameChange(
            id=row_id,
            contract_id=contract_id,
            old_name=old,
            new_name=new,
            changed_at=timestamp(changed_at),
        )
        for row_id, contract_id, old, new, changed_at in context.store.contracts.names(contract.id)
    ]
    return json_response(changes)


def _response(context: Context, contract: ContractRow) -> ContractResponse:
    listed = context.store.contracts.listed(contract.id)
    return ContractResponse(
        id=contract.id,
        name=contract.name,
        description=contract.description,
        multi_stable_resolution=MultiStableResolution(contract.resolution),
        created_at=timestamp(contract.created_at),
        updated_at=timestamp(contract.updated_at),
        version_count=listed.number,
        latest_stable_version=listed.latest_stable,
    )


def _summary(context: Context, contract: ContractRow) -> ContractSummary:
    listed = context.store.contracts.listed(contract.id)
    return ContractSummary(
        id=contract.id,
        name=contract.name,
        multi_stable_resolution=MultiStableResolution(contract.resolution),
        latest_stable_version=listed.latest_stable,
        version_count=listed.number,
        store_event_payloads=bool(contract.stores_bodies),
    )
