"""Deploys a contract, on request only if that changes something. No I/O."""

from __future__ import annotations

from collections.abc import Generator
from typing import Callable, Optional

from contractgate_core.errors import ConflictError, NotFoundError
from contractgate_core.models import DeployResponse
from contractgate_core.models.meta import note_meta
from contractgate_http._arguments import check_flag
from contractgate_http._call import Timeout
from contractgate_http._contract_name import id_to_deploy
from contractgate_http._contract_text import ContractText, is_same, text_of
from contractgate_http._exchange import Begin, Flow, Outcome, Step
from contractgate_http.endpoints import contracts, versions

__all__ = ["deploy"]


def deploy(  # noqa: D417, PLR0913 - the settings of a deployment; a method needs no `begin`
    begin: Begin,
    name: str,
    yaml_content: ContractText,
    *,
    source: Optional[str] = None,
    deployed_by: Optional[str] = None,
    if_changed: bool = False,
    timeout: Optional[Timeout] = None,
) -> Flow[DeployResponse]:
    """Make a version stable in one step, and deprecate the versions that were stable before.

    The version is named by the YAML's `version`. If there is no contract of this name, it is made.
    The YAML is not compiled; `playground_validate` shows whether it compiles.

    Args:
        name: The contract's name.
        yaml_content: The contract: its text, the path of a file, or a `Contract`, which is sent as
            written by `to_yaml`.
        source: Where the events come from; the scorecard groups by it.
        deployed_by: Who deploys.
        if_changed: Do nothing if the latest stable version has the same text, or is an equal
            `Contract`; this takes two more requests. Then `meta.status` is 200, otherwise 201.
        timeout: How long to wait for each request in **seconds**, or an `httpx.Timeout`.

    Returns:
        The ids of the contract and the version; of the live version, if nothing was done.

    Raises:
        BadRequestError: Events of the contract are waiting in quarantine.
        ConflictError: The contract already has a version of this name.
        ContractGateError: With `if_changed`, several contracts have this name.
        OSError: The file cannot be read.
        TypeError: An argument has a wrong type.
        ValidationFailedError: The YAML is not a contract.
        ValueError: The file is not text.
    """
    text = text_of(yaml_content, "yaml_content")
    call = contracts.deploy(name, text, source=source, deployed_by=deployed_by, timeout=timeout)
    check_flag("if_changed", if_changed)
    if not if_changed:
        deployed: DeployResponse = yield from begin(call)
        return deployed

    def is_live(live: str) -> bool:
        return is_same(yaml_content, text, live)

    found = yield from _find_live(begin, name, is_live, timeout)
    if found is not None:
        return found
    try:
        deployed = yield from begin(call)
    except ConflictError:
        # Another process may just have deployed the same.
        found = yield from _find_live(begin, name, is_live, timeout)
        if found is None:
            raise
        return found
    return deployed


def _find_live(
    begin: Begin, name: str, is_live: Callable[[str], bool], timeout: Optional[Timeout]
) -> Generator[Step, Outcome, Optional[DeployResponse]]:
    """Return the latest stable version as a deployment, if it is the wanted one."""
    rows = yield from begin(contracts.list_contracts(timeout=timeout))
    contract_id = id_to_deploy(rows, name)
    if contract_id is None:
        return None
    try:
        version = yield from begin(versions.get_latest_stable(contract_id, timeout=timeout))
    except (ConflictError, NotFoundError):  # there is none, or the contract is gone
        return None
    if not is_live(version.yaml_content):
        return None
    found = DeployResponse(
        contract_id=contract_id,
        version=version.version,
        version_id=version.id,
        name=name,
        deployed_at=version.promoted_at,
    )
    if version.meta is not None:
        note_meta(found, version.meta)
    return found
