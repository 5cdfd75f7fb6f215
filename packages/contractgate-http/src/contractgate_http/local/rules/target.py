"""Which contract and version a request is about, on the older route and that of egress.

Source: docs/spec/gateway-http.md, sections 5.7 and 5.8.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from contractgate_core.models.words import PinSource
from contractgate_http.local.context import Context
from contractgate_http.local.ids import BadUuidError, read_uuid
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules.keys import check_scope, header_org
from contractgate_http.local.rules.lookup import find_contract, resolve
from contractgate_http.local.store.rows import ContractRow, VersionRow

__all__ = ["Pin", "Target", "find_target"]


class Pin(NamedTuple):
    """The version that a request names.

    Attributes:
        version: Its name, or None.
        source: Where the request names it.
    """

    version: Optional[str]
    source: PinSource


class Target(NamedTuple):
    """What a request is about.

    Attributes:
        org_id: The organisation of the caller.
        contract: The contract.
        version: The pinned version, or the latest stable one.
        pin: The version that the request names.
    """

    org_id: Optional[str]
    contract: ContractRow
    version: VersionRow
    pin: Pin


def find_target(context: Context) -> Target:
    """Find the contract and the version, if the caller may use them."""
    contract_id, pin = _read(context)
    check_scope(context, contract_id)
    org_id = header_org(context)
    contract = find_contract(context, contract_id, org_id)
    return Target(org_id, contract, resolve(context, contract, pin.version), pin)


def _read(context: Context) -> tuple[str, Pin]:
    """Read the contract and the version from the path and the header; the header wins."""
    segment, _, suffix = context.params["contract_id"].partition("@")
    try:
        contract_id = read_uuid(segment)
    except BadUuidError:
        raise bad_request(f"invalid contract_id in path: {segment}") from None
    named = (context.request.header("x-contract-version") or "").strip()
    if named:
        return contract_id, Pin(named, PinSource.HEADER)
    if suffix:
        return contract_id, Pin(suffix, PinSource.PATH)
    return contract_id, Pin(None, PinSource.DEFAULT_STABLE)
