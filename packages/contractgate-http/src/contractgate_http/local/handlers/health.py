"""Whether the gateway is up.

Source: docs/spec/gateway-http.md, section 5.1.
"""

from __future__ import annotations

from contractgate_core.models import Health, Pool, Readiness
from contractgate_http.local.context import Context
from contractgate_http.local.message import Response, json_response

__all__ = ["READY_PATH", "degraded", "health", "ready"]

READY_PATH = b"/ready"

_VERSION = "0.1.0"
"""The version of the gateway that this one imitates."""


def health(context: Context) -> Response:
    """Answer that the process runs."""
    return json_response(Health(status="ok", version=_VERSION, service="contractgate"))


def degraded() -> Response:
    """Answer, instead of `ready`, that the database cannot be read."""
    return json_response({"status": "degraded", "db": "error"}, 503)


def ready(context: Context) -> Response:
    """Answer that the database can be read."""
    context.store.database.row("SELECT 1")
    pool = Pool(size=1, idle=0)
    return json_response(Readiness(status="ready", db="ok", version=_VERSION, pool=pool))
