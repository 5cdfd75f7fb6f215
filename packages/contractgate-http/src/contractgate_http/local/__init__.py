"""A gateway inside the process, which speaks a ContractGate gateway's protocol without a server.

>>> import httpx
>>> from contractgate_http.local import LocalGateway
>>> with LocalGateway() as gateway:
...     with httpx.Client(transport=gateway.transport, base_url=gateway.url) as client:
...         client.get("/health").json()
{'status': 'ok', 'version': '0.1.0', 'service': 'contractgate'}
"""

from __future__ import annotations

from contractgate_http.local.faults import Fault, FaultKind, Faults, Injected
from contractgate_http.local.gateway import LocalGateway
from contractgate_http.local.recorded import RecordedRequest, RequestLog
from contractgate_http.local.store import DatabaseError
from contractgate_http.local.transport import GatewayClosedError, LocalTransport

__all__ = [
    "DatabaseError",
    "Fault",
    "FaultKind",
    "Faults",
    "GatewayClosedError",
    "Injected",
    "LocalGateway",
    "LocalTransport",
    "RecordedRequest",
    "RequestLog",
]
