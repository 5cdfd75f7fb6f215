"""An organisation's usage, and which bodies are kept.

Source: docs/spec/gateway-http.md, sections 5.14 and 6.18.
"""

from __future__ import annotations

from typing import Optional

from contractgate_core.models import ContractStorage, PayloadStorage, PurgedBodies, Usage
from contractgate_http.local.bodies import BodyShape, boolean
from contractgate_http.local.context import Context
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules.limits import is_paid, plan_limit, used_events
from contractgate_http.local.rules.lookup import find_contract
from contractgate_http.local.store.accounts import Org
from contractgate_http.local.times import month_start, timestamp

__all__ = [
    "contract_storage",
    "get_storage",
    "purge_bodies",
    "put_storage",
    "usage",
]

_ENABLED = BodyShape("PayloadStorageRequest", "enabled", enabled=boolean)
_SELF_HOST = PayloadStorage(enabled=True, plan="self_host", eligible=True)


def usage(context: Context) -> Response:
    """Report how much of the month's events is used."""
    org = _org(context)
    start = month_start(context.now)
    if org is None:
        plan, used = "free", context.store.audit.count_from(start, None)
    else:
        plan, used = org.plan, used_events(context, org.id)
    limit = plan_limit(plan)
    answer = Usage(
        plan=plan,
        period_start=timestamp(start),
        used=used,
        limit=limit,
        remaining=None if limit is None else max(0, limit - used),
        pct=None if limit is None else used / limit * 100,
        unlimited=limit is None,
    )
    return json_response(answer)


def _org(context: Context) -> Optional[Org]:
    org_id = context.caller.org_id
    return None if org_id is None else context.store.accounts.org(org_id)


def get_storage(context: Context) -> Response:
    """Report whether bodies are kept."""
    return json_response(_storage(_org(context)))


def _storage(org: Optional[Org]) -> PayloadStorage:
    if org is None:
        return _SELF_HOST
    return PayloadStorage(
        enabled=bool(org.stores_bodies), plan=org.plan, eligible=is_paid(org.plan)
    )


def put_storage(context: Context) -> Response:
    """Switch the keeping of bodies on or off; off removes those kept so far."""
    enabled = context.json(_ENABLED)["enabled"]
    org = _org(context)
    if org is None:
        return json_response(_SELF_HOST)
    if enabled and not is_paid(org.plan):
        about = "event payload storage is a paid-plan feature"
        raise bad_request(f"{about}; upgrade to Growth or Enterprise")
    changed = org._replace(stores_bodies=int(enabled))
    context.store.accounts.put_org(changed)
    if not enabled:
        for contract_id in context.store.accounts.contracts_of(org.id):
            context.store.quarantine.redact(contract_id)
            context.store.audit.redact(contract_id)
    return json_response(_storage(changed))


def contract_storage(context: Context) -> Response:
    """Switch the keeping of one contract's bodies on or off."""
    contract_id = context.uuid("id")
    enabled = context.json(_ENABLED)["enabled"]
    contract = find_contract(context, contract_id)
    context.store.contracts.update(contract.id, stores_bodies=int(enabled))
    return json_response(ContractStorage(enabled=enabled))


def purge_bodies(context: Context) -> Response:
    """Remove the bodies of one contract's events."""
    contract = find_contract(context, context.uuid("id"))
    answer = PurgedBodies(
        quarantine_bodies_redacted=context.store.quarantine.redact(contract.id),
        audit_bodies_redacted=context.store.audit.redact(contract.id),
    )
    return json_response(answer)
