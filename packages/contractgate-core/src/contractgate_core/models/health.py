"""Whether the gateway is up and able to work."""

from __future__ import annotations

from typing import Optional

from contractgate_core.models._base import Model

__all__ = ["Health", "Pool", "Readiness"]


class Health(Model, frozen=True, kw_only=True):
    """The gateway's process answers; its database is not checked.

    Attributes:
        status: `ok`.
        version: The version of the gateway's software.
        service: `contractgate`.

    Source: docs/spec/gateway-http.md, section 5.1.
    """

    status: str
    version: Optional[str] = None
    service: Optional[str] = None


class Pool(Model, frozen=True, kw_only=True):
    """The gateway's connections to its database.

    Attributes:
        size: How many are open.
        idle: How many of these are free.

    Source: docs/spec/gateway-http.md, section 5.1.
    """

    size: Optional[int] = None
    idle: Optional[int] = None


class Readiness(Model, frozen=True, kw_only=True):
    """Whether the gateway reaches its database.

    Attributes:
        status: `ready`, or `degraded` under status 503.
        db: `ok` or `error`.
        version: The version of the gateway's software; None when degraded.
        pool: The connections to the database; None when degraded.

    Source: docs/spec/gateway-http.md, section 5.1.
    """

    status: str
    db: Optional[str] = None
    version: Optional[str] = None
    pool: Optional[Pool] = None
