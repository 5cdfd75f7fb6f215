"""An organisation's usage and stored bodies, and reports.

Source: docs/spec/gateway-http.md, sections 5.14 and 6.18.
"""

from __future__ import annotations

import datetime
from typing import Optional, Union

from contractgate_core.models import (
    ContractReport,
    ContractStorage,
    PayloadStorage,
    PurgedBodies,
    Scorecard,
    Usage,
)
from contractgate_http._call import Call, Timeout, as_model
from contractgate_http.endpoints._make import fetch, submit

__all__ = [
    "get_payload_storage",
    "get_report",
    "get_scorecard",
    "purge_bodies",
    "set_contract_storage",
    "set_payload_storage",
    "usage",
]


def usage(*, timeout: Optional[Timeout] = None) -> Call[Usage]:
    """Ask how much of the plan's monthly events is used.

    Args:
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        What is used and what is left.
    """
    return fetch("/usage", as_model(Usage), timeout=timeout)


def get_report(
    contract_id: str,
    *,
    start: Optional[Union[datetime.datetime, str]] = None,
    end: Optional[Union[datetime.datetime, str]] = None,
    timeout: Optional[Timeout] = None,
) -> Call[ContractReport]:
    """Report on a contract's events in a span of time.

    Args:
        contract_id: The contract.
        start: When the span begins: an aware datetime, or an RFC 3339 text.
        end: When it ends.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The counts, and the rules that were broken most often.

    Raises:
        NotFoundError: There is no contract with this id.
        ValueError: A datetime has no time zone.
    """
    return fetch(
        "/contracts/{contract_id}/report",
        as_model(ContractReport),
        params={"from": _moment(start, "start"), "to": _moment(end, "end")},
        timeout=timeout,
        contract_id=contract_id,
    )


def _moment(moment: Optional[Union[datetime.datetime, str]], name: str) -> Optional[str]:
    if not isinstance(moment, datetime.datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"expected {name} to have a time zone, got a naive datetime")
    utc = moment.astimezone(datetime.timezone.utc)
    return utc.replace(tzinfo=None).isoformat() + "Z"


def get_scorecard(source: str, *, timeout: Optional[Timeout] = None) -> Call[Scorecard]:
    """Report on the contracts of a source.

    Args:
        source: The source that was named when they were deployed, or `(unsourced)`.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        Counts, broken rules and drift; all empty for an unknown source.
    """
    return fetch("/scorecard/{source}", as_model(Scorecard), timeout=timeout, source=source)


def get_payload_storage(*, timeout: Optional[Timeout] = None) -> Call[PayloadStorage]:
    """Ask whether the bodies of the organisation's events are kept.

    Args:
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        Whether they are kept, and whether the plan allows it.
    """
    return fetch("/settings/payload-storage", as_model(PayloadStorage), timeout=timeout)


def set_payload_storage(
    enabled: bool, *, timeout: Optional[Timeout] = None
) -> Call[PayloadStorage]:
    """Keep the bodies of the organisation's events, or keep none and remove those kept so far.

    Args:
        enabled: Whether to keep them. False removes every stored body for good.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The setting.

    Raises:
        BadRequestError: The plan does not allow it.
    """
    return submit(
        "PUT",
        "/settings/payload-storage",
        as_model(PayloadStorage),
        body={"enabled": bool(enabled)},
        timeout=timeout,
    )


def set_contract_storage(
    contract_id: str, enabled: bool, *, timeout: Optional[Timeout] = None
) -> Call[ContractStorage]:
    """Allow or forbid keeping the bodies of one contract's events.

    Args:
        contract_id: The contract.
        enabled: Whether they may be kept.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The setting.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return submit(
        "PATCH",
        "/contracts/{contract_id}/payload-storage",
        as_model(ContractStorage),
        body={"enabled": bool(enabled)},
        timeout=timeout,
        contract_id=contract_id,
    )


def purge_bodies(contract_id: str, *, timeout: Optional[Timeout] = None) -> Call[PurgedBodies]:
    """Remove the stored bodies of a contract's events for good; their rows stay.

    Args:
        contract_id: The contract.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        How many were removed.

    Raises:
        NotFoundError: There is no contract with this id.
    """
    return submit(
        "POST",
        "/contracts/{contract_id}/purge-bodies",
        as_model(PurgedBodies),
        timeout=timeout,
        contract_id=contract_id,
    )
