"""A gateway and a client for it, and the few requests that most tests begin with."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any, Optional

import httpx

from contractgate_http.local import LocalGateway

__all__ = ["CONTRACT", "SECRET", "Session", "session"]

SECRET = "jane.doe@example.com"
"""A personal value that must not be seen where it does not belong."""

CONTRACT = """
version: "1.0"
name: orders
ontology:
  entities:
    - {name: id, type: integer}
    - {name: state, type: string, required: false, enum: [new, paid]}
    - {name: email, type: string, required: false, transform: {kind: mask}}
"""


class Session:
    """A client of a gateway, with a key.

    Args:
        gateway: The gateway.
        key: The key, if it is not the gateway's own.
    """

    def __init__(self, gateway: LocalGateway, key: Optional[str] = None) -> None:
        self.gateway = gateway
        headers = {"x-api-key": key or gateway.api_key, "x-org-id": gateway.org_id}
        self.http = httpx.Client(
            transport=gateway.transport, base_url=gateway.url, headers=headers, timeout=2
        )

    def deploy(self, yaml: str = CONTRACT, name: str = "orders") -> str:
        """Deploy a contract and give its id."""
        reply = self.http.post("/contracts/deploy", json={"name": name, "yaml_content": yaml})
        assert reply.status_code == 201, reply.text
        contract_id: str = reply.json()["contract_id"]
        return contract_id

    def create(self, yaml: str = CONTRACT, name: str = "orders") -> str:
        """Create a contract with its draft 1.0.0 and give its id."""
        reply = self.http.post("/contracts", json={"name": name, "yaml_content": yaml})
        assert reply.status_code == 201, reply.text
        contract_id: str = reply.json()["id"]
        return contract_id

    def add_version(
        self, contract_id: str, version: str, yaml: str, *, stable: bool = True
    ) -> None:
        """Add a version, and promote it unless it is to stay a draft."""
        body = {"version": version, "yaml_content": yaml}
        assert self.http.post(f"/contracts/{contract_id}/versions", json=body).status_code == 201
        if stable:
            self.promote(contract_id, version)

    def promote(self, contract_id: str, version: str = "1.0.0") -> None:
        """Make a version stable."""
        path = f"/contracts/{contract_id}/versions/{version}/promote"
        assert self.http.post(path).status_code == 200

    def ingest(self, contract_id: str, events: Any, **options: Any) -> httpx.Response:
        """Send events by the current route."""
        return self.http.post(f"/v1/ingest/{contract_id}", content=json.dumps(events), **options)

    def audit(self, **params: Any) -> list[dict[str, Any]]:
        """Read the audit."""
        rows: list[dict[str, Any]] = self.http.get("/audit", params=params).json()
        return rows

    def quarantine(self, **params: Any) -> list[dict[str, Any]]:
        """Read the quarantine."""
        rows: list[dict[str, Any]] = self.http.get("/quarantine", params=params).json()
        return rows


@contextlib.contextmanager
def session(gateway: LocalGateway, key: Optional[str] = None) -> Iterator[Session]:
    """Open a session."""
    opened = Session(gateway, key)
    with opened.http:
        yield opened
