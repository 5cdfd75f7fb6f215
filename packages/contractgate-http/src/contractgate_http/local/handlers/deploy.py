"""Deployment: a version becomes stable at once, and replaces all stable ones.

Source: docs/spec/gateway-http.md, sections 5.4 and 6.25.
"""

from __future__ import annotations

from contractgate_core.models import DeployResponse
from contractgate_http.local.bodies import BodyShape, text
from contractgate_http.local.context import Context
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.refusals import bad_request, version_conflict
from contractgate_http.local.rules.lookup import check_storable, read_contract
from contractgate_http.local.rules.versions import new_contract, new_draft
from contractgate_http.local.store.rows import ContractRow
from contractgate_http.local.times import timestamp

__all__ = ["deploy"]

_DEPLOY = BodyShape(
    "DeployContractRequest",
    "name",
    "yaml_content",
    name=text,
    yaml_content=text,
    source=text,
    deployed_by=text,
)


def deploy(context: Context) -> Response:
    """Make a version stable in place of the others, unless events are waiting in quarantine.

    The contract is found by name alone, even a deleted one or another organisation's. This is
    surprising, but what the gateway does.
    """
    body = context.json_in_handler(_DEPLOY)
    version = read_contract(context, body["yaml_content"]).contract.version
    name, source, deployed_by = body["name"], body.get("source"), body.get("deployed_by")
    check_storable(name, version, source, deployed_by)
    contract = context.store.contracts.find_by_name(name)
    if contract is not None:
        _check_free(context, contract, version)
    else:
        contract = new_contract(context, name)
    deprecated = context.store.contracts.deprecate_stable(contract.id, context.now)
    draft = new_draft(context, contract.id, version, body["yaml_content"])
    stable = draft._replace(state="stable", promoted_at=context.now)
    context.store.contracts.add_version(stable)
    answer = DeployResponse(
        contract_id=contract.id,
        version_id=stable.id,
        name=name,
        version=version,
        source=source,
        deployed_by=deployed_by,
        deployed_at=timestamp(context.now),
        deprecated_count=deprecated,
    )
    return json_response(answer, 201)


def _check_free(context: Context, contract: ContractRow, version: str) -> None:
    pending = context.store.quarantine.count_pending(contract.id)
    if pending:
        raise bad_request(
            f"contract '{contract.name}' has {pending} pending quarantine event(s); "
            "resolve them before deploying a new version"
        )
    if context.store.contracts.version(contract.id, version) is not None:
        raise version_conflict(contract.id, version)
