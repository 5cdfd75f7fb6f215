"""Finds contracts and versions for a caller.

Source: docs/spec/gateway-http.md, sections 6.2, 6.3 and 6.8.
"""

from __future__ import annotations

from typing import Optional

from contractgate_http.local.context import Context
from contractgate_http.local.prepared import BadContractError, Prepared
from contractgate_http.local.refusals import (
    contract_not_found,
    database_error,
    invalid_contract,
    no_stable_version,
    version_not_found,
)
from contractgate_http.local.store.rows import ContractRow, VersionRow

__all__ = [
    "check_compiles",
    "check_storable",
    "find_contract",
    "find_version",
    "prepare",
    "read_contract",
    "read_stored_contract",
    "resolve",
]

_WORK_A_CHARACTER = 16
"""How much more work it is to read and compile a character of a contract than to judge by it."""


def find_contract(context: Context, contract_id: str, org_id: Optional[str] = None) -> ContractRow:
    """Find a contract of the caller's organisation.

    Args:
        context: The request.
        contract_id: The contract.
        org_id: The organisation it must belong to, if the caller's key does not say.
    """
    whose = context.caller.org_id if context.state.auth else org_id
    found = context.store.contracts.find(contract_id, whose)
    if found is None:
        raise contract_not_found(contract_id)
    return found


def find_version(context: Context, contract_id: str, version: str) -> VersionRow:
    """Find a version of a contract of the caller's organisation, even of a deleted contract."""
    check_storable(version)
    contract = context.store.contracts.find_any(contract_id)
    is_theirs = contract is not None and context.caller.org_id in (None, contract.org_id)
    found = context.store.contracts.version(contract_id, version) if is_theirs else None
    if found is None:
        raise version_not_found(contract_id, version)
    return found


def resolve(context: Context, contract: ContractRow, pin: Optional[str]) -> VersionRow:
    """Find the pinned version, or the latest stable one."""
    if pin is not None:
        check_storable(pin)
        pinned = context.store.contracts.version(contract.id, pin)
        if pinned is None:
            raise version_not_found(contract.id, pin)
        return pinned
    stable = context.store.contracts.latest_stable(contract.id)
    if stable is None:
        raise no_stable_version(contract.id)
    return stable


def check_storable(*texts: Optional[str]) -> None:
    """Refuse texts with U+0000, which the gateway's database cannot hold."""
    if any(text is not None and "\0" in text for text in texts):
        raise database_error()


def read_contract(context: Context, yaml: str) -> Prepared:
    """Read a contract sent by the caller."""
    try:
        return read_stored_contract(context, yaml)
    except BadContractError as error:
        raise invalid_contract(error.reason) from None


def read_stored_contract(context: Context, yaml: str) -> Prepared:
    """Read a contract.

    Raises:
        BadContractError: The text is not a contract.
    """
    prepared = context.contract(yaml)
    if not prepared.is_read:
        size = len(yaml) * _WORK_A_CHARACTER
        context.slowly(("read", yaml), size, lambda: prepared.contract, is_shared=True)
    _ = prepared.contract
    return prepared


def prepare(context: Context, version: VersionRow) -> Prepared:
    """Make a stored version ready to judge."""
    prepared = read_stored_contract(context, version.yaml)
    about = f"could not compile contract {version.contract_id}@{version.version}: "
    check_compiles(context, prepared, about)
    return prepared


def check_compiles(context: Context, prepared: Prepared, about: str = "") -> None:
    """Refuse a contract that does not compile."""
    yaml = prepared.yaml
    try:
        if not prepared.is_compiled:
            size = len(yaml) * _WORK_A_CHARACTER
            context.slowly(("compile", yaml), size, lambda: prepared.compiled, is_shared=True)
        _ = prepared.compiled
    except BadContractError as error:
        raise invalid_contract(about + error.reason) from None
