"""Contracts, and their deployment.

Source: docs/spec/gateway-http.md, sections 5.2, 5.4 and 5.5.
"""

from __future__ import annotations

from typing import Optional

from contractgate_core.models import (
    ContractResponse,
    ContractSummary,
    DeployResponse,
    Listing,
    NameChange,
    VersionResponse,
)
from contractgate_http._arguments import check_text
from contractgate_http._call import Call, Timeout, as_list, as_model, as_nothing
from contractgate_http._contract_text import ContractText, text_of
from contractgate_http.endpoints._make import fetch, submit

__all__ = [
    "create_contract",
    "delete_contract",
    "deploy",
    "get_contract",
    "import_odcs",
    "list_contracts",
    "list_name_changes",
    "update_contract",
]


def list_contracts(*, timeout: Optional[Timeout] = None) -> Call[Listing[ContractSummary]]:
    """List every contract of the organisation, newest first; there are no pages.

    Args:
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contracts, without descriptions and times.
    """
    return fetch("/contracts", as_list(ContractSummary), timeout=timeout)


def create_contract(
    name: str,
    yaml_content: ContractText,
    *,
    description: Optional[str] = None,
    multi_stable_resolution: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[ContractResponse]:
    """Make a contract with a first draft, which is version `1.0.0` whatever the YAML says.

    Args:
        name: The contract's name; it need not be unique.
        yaml_content: The draft: its text, the path of a file, or a `Contract`. It is parsed but not
            compiled; `playground_validate` shows whether it compiles.
        description: Free text.
        multi_stable_resolution: `strict` or `fallback`.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract.

    Raises:
        ValidationFailedError: The YAML is not a contract.
    """
    check_text("name", name)
    _check_texts(description=description)
    body = {
        "name": name,
        "yaml_content": text_of(yaml_content, "yaml_content"),
        "description": description,
        "multi_stable_resolution": multi_stable_resolution,
    }
    return submit("POST", "/contracts", as_model(ContractResponse), body=body, timeout=timeout)


def get_contract(contract_id: str, *, timeout: Optional[Timeout] = None) -> Call[ContractResponse]:
    """Fetch a contract.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return fetch(
        "/contracts/{contract_id}",
        as_model(ContractResponse),
        timeout=timeout,
        contract_id=contract_id,
    )


def update_contract(
    contract_id: str,
    *,
    name: Optional[str] = None,
    description: Optional[str] = None,
    multi_stable_resolution: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[ContractResponse]:
    """Change the given properties of a contract; none can be set back to null.

    Args:
        contract_id: The contract.
        name: Its new name.
        description: Its new description.
        multi_stable_resolution: `strict` or `fallback`.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return submit(
        "PATCH",
        "/contracts/{contract_id}",
        as_model(ContractResponse),
        body={
            "name": name,
            "description": description,
            "multi_stable_resolution": multi_stable_resolution,
        },
        timeout=timeout,
        contract_id=contract_id,
    )


def delete_contract(contract_id: str, *, timeout: Optional[Timeout] = None) -> Call[None]:
    """Delete a contract; its audit and quarantine rows stay.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return submit(
        "DELETE", "/contracts/{contract_id}", as_nothing, timeout=timeout, contract_id=contract_id
    )


def list_name_changes(
    contract_id: str, *, timeout: Optional[Timeout] = None
) -> Call[Listing[NameChange]]:
    """List a contract's changes of name, newest first.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The changes.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return fetch(
        "/contracts/{contract_id}/name-history",
        as_list(NameChange),
        timeout=timeout,
        contract_id=contract_id,
    )


def deploy(
    name: str,
    yaml_content: str,
    *,
    source: Optional[str] = None,
    deployed_by: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[DeployResponse]:
    """Make a version stable in one step, and deprecate the versions that were stable before.

    The version is named by the YAML's `version`. If there is no contract of this name, it is made.
    The YAML is not compiled; `playground_validate` shows whether it compiles.

    Args:
        name: The contract's name.
        yaml_content: The contract.
        source: Where the events come from; the scorecard groups by it.
        deployed_by: Who deploys.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The ids of the contract and the version.

    Raises:
        BadRequestError: Events of the contract are waiting in quarantine.
        ConflictError: The contract already has a version of this name.
        ValidationFailedError: The YAML is not a contract.
    """
    check_text("name", name)
    _check_texts(source=source, deployed_by=deployed_by)
    body = {
        "name": name,
        "yaml_content": yaml_content,
        "source": source,
        "deployed_by": deployed_by,
    }
    return submit("POST", "/contracts/deploy", as_model(DeployResponse), body=body, timeout=timeout)


def import_odcs(
    odcs_yaml: str,
    *,
    name_override: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[VersionResponse]:
    """Make a contract, with a draft, from an ODCS document.

    Args:
        odcs_yaml: The document.
        name_override: The contract's name, instead of the document's.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The draft. If `requires_review` is true, it must be approved before it can be promoted.

    Raises:
        BadRequestError: The document is not ODCS, or cannot be read.
    """
    check_text("odcs_yaml", odcs_yaml)
    _check_texts(name_override=name_override)
    return submit(
        "POST",
        "/contracts/import",
        as_model(VersionResponse),
        body={"odcs_yaml": odcs_yaml, "name_override": name_override},
        timeout=timeout,
    )


def _check_texts(**texts: Optional[str]) -> None:
    for argument, text in texts.items():
        if text is not None:
            check_text(argument, text)
