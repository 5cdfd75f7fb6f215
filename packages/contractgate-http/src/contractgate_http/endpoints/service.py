"""Whether the gateway is up. Source: docs/spec/gateway-http.md, section 5.1."""

from __future__ import annotations

from typing import Optional

import msgspec

from contractgate_core.models import Health, Readiness
from contractgate_http._call import Call, Timeout, as_model
from contractgate_http.endpoints._make import fetch

__all__ = ["health", "ready"]

_DEGRADED = frozenset({503})


def health(*, timeout: Optional[Timeout] = None) -> Call[Health]:
    """Ask whether the gateway's process answers; this does not involve its database.

    Args:
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        Its state and its version.
    """
    return fetch("/health", as_model(Health), timeout=timeout)


def ready(*, timeout: Optional[Timeout] = None) -> Call[Readiness]:
    """Ask whether the gateway reaches its database.

    Args:
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        Its state: `ready`, or `degraded`, which raises no error.
    """
    call = fetch("/ready", as_model(Readiness), timeout=timeout)
    return msgspec.structs.replace(call, value_statuses=_DEGRADED)
