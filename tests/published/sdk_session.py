"""A session of the published SDK against a gateway; run in an environment that has the SDK alone.

    python sdk_session.py BASE_URL API_KEY

It deploys contracts with httpx, which the SDK stands on, since the SDK cannot. At the end it writes
what it did; anything that is not as it must be ends it with an AssertionError.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx

import contractgate
from contractgate import (
    AsyncClient,
    AuthError,
    BadRequestError,
    Client,
    ConflictError,
    HTTPError,
    NotFoundError,
    ValidationFailedError,
)

CONTRACT = """
version: "{version}"
name: sdk
ontology:
  entities:
    - {{name: user_id, type: string}}
    - {{name: event_type, type: string, enum: [{types}]}}
    - {{name: email, type: string, required: false, transform: {{kind: mask}}}}
"""
GOOD = {"user_id": "u1", "event_type": "click", "email": "jane@example.com"}
BAD = {"user_id": "u2", "event_type": "tap"}
NOBODY = "5f0c1d2e-7a8b-4c9d-8e0f-112233445566"


def deploy(base_url: str, key: str, version: str, types: str) -> str:
    """Deploy a version and give the contract's id."""
    body = {"name": "sdk", "yaml_content": CONTRACT.format(version=version, types=types)}
    reply = httpx.post(f"{base_url}/contracts/deploy", json=body, headers={"x-api-key": key})
    reply.raise_for_status()
    contract_id: str = reply.json()["contract_id"]
    return contract_id


def versions(cg: Client, contract_id: str) -> None:
    """Read contracts and versions."""
    assert [one.id for one in cg.list_contracts()] == [contract_id]
    assert cg.get_contract(contract_id).name == "sdk"
    states = {one.version: one.state for one in cg.list_versions(contract_id)}
    assert states == {"1.0.0": "deprecated", "2.0.0": "stable"}
    assert cg.get_latest_stable(contract_id).version == "2.0.0"
    assert "click" in cg.get_version(contract_id, "1.0.0").yaml_content


def ingest(cg: Client, contract_id: str) -> None:
    """Send events: plainly, dry and atomically."""
    dry = cg.ingest(contract_id=contract_id, events=[GOOD, BAD], dry_run=True)
    assert (dry.passed, dry.failed, dry.dry_run) == (1, 1, True)
    assert cg.audit(contract_id=contract_id) == []
    mixed = cg.ingest(contract_id=contract_id, events=[GOOD, BAD])
    assert [one.passed for one in mixed.results] == [True, False]
    assert mixed.results[0].transformed_event["email"] == "****"
    assert mixed.results[0].contract_version == "2.0.0"
    assert mixed.results[1].violations[0].field == "event_type"
    assert mixed.results[1].quarantine_id is not None
    pinned = cg.ingest(contract_id=contract_id, events=GOOD, version="2.0.0")
    assert pinned.version_pin_source == "query_param"
    rejected = cg.ingest(contract_id=contract_id, events=[GOOD, BAD], atomic=True)
    assert (rejected.atomic, rejected.failed) == (True, 1)
    assert not any(one.forwarded for one in rejected.results)


def audit(cg: Client, contract_id: str) -> None:
    """Read the audit of what was sent."""
    rows = cg.audit(contract_id=contract_id)
    assert [row.passed for row in rows].count(True) == 2
    assert len(rows) == 4
    assert rows[0].raw_event["batch_rejected"] is True
    stats = cg.stats()
    assert (stats.total_events, stats.passed_events) == (4, 2)
    assert len(cg.audit(limit=1, offset=1)) == 1


def egress(cg: Client, contract_id: str) -> None:
    """Send records out."""
    tagged = cg.egress(contract_id=contract_id, events=[GOOD, BAD], disposition="tag")
    assert [one.action for one in tagged.outcomes] == ["included", "tagged"]
    assert len(tagged.payload) == 2
    assert tagged.payload[0]["email"] == "****"
    blocked = cg.egress(contract_id=contract_id, events=[GOOD, BAD], dry_run=True)
    assert len(blocked.payload) == 1
    fails(ValidationFailedError, cg.egress, contract_id=contract_id, events=BAD)


def playground(cg: Client) -> None:
    """Try a contract out."""
    yaml = CONTRACT.format(version="9", types="click")
    tried = cg.playground_validate(yaml_content=yaml, event=BAD)
    assert tried["passed"] is False
    assert cg.playground_validate(yaml_content=yaml, event=GOOD)["transformed_event"] == {
        **GOOD,
        "email": "****",
    }


def fails(kind: type[HTTPError], call: Any, *arguments: Any, **options: Any) -> HTTPError:
    """Expect an error of the SDK."""
    try:
        call(*arguments, **options)
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}")


def errors(cg: Client, base_url: str, contract_id: str, draft_id: str) -> None:
    """Be refused in every way that the SDK has a name for."""
    fails(NotFoundError, cg.get_contract, NOBODY)
    fails(NotFoundError, cg.get_version, contract_id, "7.0.0")
    fails(NotFoundError, cg.ingest, contract_id=contract_id, events=GOOD, version="7.0.0")
    fails(BadRequestError, cg.ingest, contract_id=contract_id, events=[])
    fails(BadRequestError, cg.get_contract, "no-uuid")
    fails(ConflictError, cg.ingest, contract_id=draft_id, events=GOOD)
    fails(ConflictError, cg.get_latest_stable, draft_id)
    refused = fails(ValidationFailedError, cg.playground_validate, yaml_content="x", event=GOOD)
    assert "Invalid contract YAML" in str(refused)
    with Client(base_url=base_url, api_key="cg_live_unknown") as stranger:
        fails(AuthError, stranger.list_contracts)
        fails(AuthError, stranger.ingest, contract_id=contract_id, events=GOOD)
    too_large = fails(HTTPError, cg.ingest, contract_id=contract_id, events=["x" * 2**21] * 2)
    assert too_large.status == 413


async def concurrent(base_url: str, key: str, contract_id: str) -> None:
    """Do some of it with the asynchronous client."""
    async with AsyncClient(base_url=base_url, api_key=key) as cg:
        sent = await asyncio.gather(
            *(cg.ingest(contract_id=contract_id, events=[GOOD] * 5) for _ in range(10))
        )
        assert [one.passed for one in sent] == [5] * 10
        assert len(await cg.audit(contract_id=contract_id, limit=500)) == 57
        assert (await cg.get_contract(contract_id)).latest_stable_version == "2.0.0"


def main(base_url: str, key: str) -> None:
    """Go through the session."""
    deploy(base_url, key, "1.0.0", "click")
    contract_id = deploy(base_url, key, "2.0.0", "click, view")
    with Client(base_url=base_url, api_key=key) as cg:
        versions(cg, contract_id)
        ingest(cg, contract_id)
        audit(cg, contract_id)
        egress(cg, contract_id)
        playground(cg)
        body = {"name": "draft", "yaml_content": CONTRACT.format(version="1", types="click")}
        made = httpx.post(f"{base_url}/contracts", json=body, headers={"x-api-key": key})
        errors(cg, base_url, contract_id, made.json()["id"])
    asyncio.run(concurrent(base_url, key, contract_id))
    print(f"contractgate {contractgate.__version__}: the session is complete")


if __name__ == "__main__":
    main(*sys.argv[1:])
