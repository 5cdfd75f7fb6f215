"""The versions of a contract. Source: docs/spec/gateway-http.md, sections 5.3, 5.5 and 6.24."""

from __future__ import annotations

from typing import Optional

from contractgate_core.models import (
    Listing,
    OdcsConformance,
    VersionProbe,
    VersionResponse,
    VersionSummary,
)
from contractgate_http._call import Call, Timeout, as_list, as_model, as_nothing, as_text
from contractgate_http._contract_text import ContractText, text_of
from contractgate_http.endpoints._make import fetch, submit

__all__ = [
    "approve_import",
    "create_version",
    "delete_version",
    "deprecate_version",
    "export_odcs",
    "get_latest_stable",
    "get_odcs_conformance",
    "get_version",
    "list_versions",
    "probe_version",
    "promote_version",
    "update_version",
]

_ALL = "/contracts/{contract_id}/versions"
_ONE = "/contracts/{contract_id}/versions/{version}"


def list_versions(
    contract_id: str, *, timeout: Optional[Timeout] = None
) -> Call[Listing[VersionSummary]]:
    """List every version of a contract, newest first; there are no pages.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The versions, without their YAML.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return fetch(_ALL, as_list(VersionSummary), timeout=timeout, contract_id=contract_id)


def create_version(
    contract_id: str, version: str, yaml_content: ContractText, *, timeout: Optional[Timeout] = None
) -> Call[VersionResponse]:
    """Add a draft to a contract.

    Args:
        contract_id: The contract.
        version: The draft's name: any text, even if the YAML's `version` is different.
        yaml_content: The draft: its text, the path of a file, or a `Contract`. It is parsed but not
            compiled.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The draft.

    Raises:
        NotFoundError: There is no contract with this id.
        ConflictError: There already is a version of this name.
        ValidationFailedError: The YAML is not a contract.
        ValueError: The name is empty: no path could address such a version.
    """
    if not version:
        raise ValueError("expected version to be a text, got an empty one")
    return submit(
        "POST",
        _ALL,
        as_model(VersionResponse),
        body={"version": version, "yaml_content": text_of(yaml_content, "yaml_content")},
        timeout=timeout,
        contract_id=contract_id,
    )


def get_latest_stable(
    contract_id: str, *, timeout: Optional[Timeout] = None
) -> Call[VersionResponse]:
    """Fetch the stable version that was promoted last.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The version.

    Raises:
        NotFoundError: There is no contract with this id.
        ConflictError: It has no stable version.
    """
    route = f"{_ALL}/latest-stable"
    return fetch(route, as_model(VersionResponse), timeout=timeout, contract_id=contract_id)


def get_version(
    contract_id: str, version: str, *, timeout: Optional[Timeout] = None
) -> Call[VersionResponse]:
    """Fetch a version.

    Args:
        contract_id: The contract.
        version: The version.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The version.

    Raises:
        NotFoundError: There is no such contract, or no such version of it.
    """
    return fetch(
        _ONE, as_model(VersionResponse), timeout=timeout, contract_id=contract_id, version=version
    )


def update_version(
    contract_id: str, version: str, yaml_content: ContractText, *, timeout: Optional[Timeout] = None
) -> Call[VersionResponse]:
    """Replace the YAML of a draft.

    Args:
        contract_id: The contract.
        version: The draft.
        yaml_content: Its new YAML: a text, the path of a file, or a `Contract`. It is parsed but
            not compiled.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The draft.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: It is not a draft.
        ValidationFailedError: The YAML is not a contract.
    """
    return submit(
        "PATCH",
        _ONE,
        as_model(VersionResponse),
        body={"yaml_content": text_of(yaml_content, "yaml_content")},
        timeout=timeout,
        contract_id=contract_id,
        version=version,
    )


def delete_version(
    contract_id: str, version: str, *, timeout: Optional[Timeout] = None
) -> Call[None]:
    """Delete a draft.

    Args:
        contract_id: The contract.
        version: The draft.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: It is not a draft.
    """
    return submit(
        "DELETE", _ONE, as_nothing, timeout=timeout, contract_id=contract_id, version=version
    )


def promote_version(
    contract_id: str, version: str, *, timeout: Optional[Timeout] = None
) -> Call[VersionResponse]:
    """Make a draft stable; other stable versions stay stable.

    Args:
        contract_id: The contract.
        version: The draft.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The version.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: It is not a draft, or is an import that must be approved first.
    """
    return _turn("promote", contract_id, version, timeout)


def deprecate_version(
    contract_id: str, version: str, *, timeout: Optional[Timeout] = None
) -> Call[VersionResponse]:
    """Deprecate a stable version: from now on, events that pin it are quarantined unchecked.

    Args:
        contract_id: The contract.
        version: The version.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The version.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: It is not stable.
    """
    return _turn("deprecate", contract_id, version, timeout)


def approve_import(
    contract_id: str, version: str, *, timeout: Optional[Timeout] = None
) -> Call[VersionResponse]:
    """Approve a draft that was imported from ODCS, so that it can be promoted.

    Args:
        contract_id: The contract.
        version: The draft.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The draft.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: It is not a draft.
    """
    return _turn("approve-import", contract_id, version, timeout)


def _turn(
    verb: str, contract_id: str, version: str, timeout: Optional[Timeout]
) -> Call[VersionResponse]:
    return submit(
        "POST",
        f"{_ONE}/{verb}",
        as_model(VersionResponse),
        timeout=timeout,
        contract_id=contract_id,
        version=version,
    )


def probe_version(contract_id: str, *, timeout: Optional[Timeout] = None) -> Call[VersionProbe]:
    """Ask which version is the latest stable one, with a digest that changes with its text.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The version's name and digest, a cheap way to notice a change.

    Raises:
        NotFoundError: There is no contract with this id.
        ConflictError: It has no stable version.
    """
    route = "/v1/contracts/{contract_id}/version"
    return fetch(route, as_model(VersionProbe), timeout=timeout, contract_id=contract_id)


def export_odcs(contract_id: str, version: str, *, timeout: Optional[Timeout] = None) -> Call[str]:
    """Write a version as an ODCS document.

    Args:
        contract_id: The contract.
        version: The version.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The document, in YAML.

    Raises:
        NotFoundError: There is no such version.
    """
    return fetch(
        f"{_ONE}/export", as_text, timeout=timeout, contract_id=contract_id, version=version
    )


def get_odcs_conformance(
    contract_id: str, version: str, *, timeout: Optional[Timeout] = None
) -> Call[OdcsConformance]:
    """Measure how well ODCS can express a version.

    Args:
        contract_id: The contract.
        version: The version.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The scores.

    Raises:
        NotFoundError: There is no such version.
    """
    return fetch(
        f"{_ONE}/odcs-conformance",
        as_model(OdcsConformance),
        timeout=timeout,
        contract_id=contract_id,
        version=version,
    )
