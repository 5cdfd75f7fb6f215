"""The vendor's examples, word for word except for address, key, ids and file name."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import contractgate
from contractgate import Client

PAGE = """
# Quick start: HTTP client (sync)

from contractgate import Client

cg = Client(base_url="https://gw.example.com", api_key="cg_live_...")

result = cg.ingest(
    contract_id="11111111-1111-1111-1111-111111111111",
    events=[
        {"user_id": "alice_01", "event_type": "click", "timestamp": 1712000000},
    ],
)

print(result.passed, "/", result.total, "events passed")
for r in result.results:
    if not r.passed:
        for v in r.violations:
            print(v.field, v.kind, v.message)

# Quick start: HTTP client (async)

import asyncio
from contractgate import AsyncClient

async def main():
    async with AsyncClient(base_url="...", api_key="...") as cg:
        result = await cg.ingest(contract_id="...", events=[...])

asyncio.run(main())

# Quick start: local validator

from contractgate import Contract

contract = Contract.from_yaml(open("user_events.yaml").read())
compiled = contract.compile()

vr = compiled.validate({
    "user_id": "alice_01",
    "event_type": "click",
    "timestamp": 1712000000,
})
assert vr.passed, vr.violations
"""

CONTRACT = """
version: "1.0"
name: user_events
ontology:
  entities:
    - {name: user_id, type: string, pattern: "^[a-z0-9_]+$"}
    - {name: event_type, type: string, enum: [click, view]}
    - {name: timestamp, type: integer, min: 0}
"""


def examples() -> dict[str, str]:
    """Split the page into its examples."""
    parts = re.split(r"^# Quick start: (.*)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """An address, a key and a contract."""
    url = f"local:{tmp_path}/gate.db"
    with Client(url) as client:
        contract_id = client.deploy("user_events", CONTRACT).contract_id
        key = client._config.headers["x-api-key"]
        yield url, key, contract_id


def test_the_sync_client(gate: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """It is never closed, as on the page; that leaves no warning."""
    url, key, contract_id = gate
    code = examples()["HTTP client (sync)"]
    code = code.replace("https://gw.example.com", url).replace("cg_live_...", key)
    code = code.replace("11111111-1111-1111-1111-111111111111", contract_id)
    exec(compile(code, "page", "exec"), {})
    assert capsys.readouterr().out == "1 / 1 events passed\n"
    bad = code.replace('"click"', '"tap"')
    exec(compile(bad, "page", "exec"), {})
    assert capsys.readouterr().out == (
        "0 / 1 events passed\n"
        "event_type enum_violation Field 'event_type' value \"tap\" not in allowed set: "
        '["click", "view"]\n'
    )
    gc.collect()


def test_the_async_client(gate: tuple[str, str, str]) -> None:
    """With the elided parts filled in."""
    url, key, contract_id = gate
    code = examples()["HTTP client (async)"]
    code = code.replace('base_url="..."', f'base_url="{url}"').replace('"..."', f'"{key}"', 1)
    code = code.replace('"..."', f'"{contract_id}"')
    code = code.replace("[...]", '[{"user_id": "a", "event_type": "click", "timestamp": 1}]')
    code = code.replace("        result = ", "        global result\n        result = ")
    names: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), names)
    assert names["result"].passed == 1


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the page opens it like that
def test_the_local_validator(tmp_path: Path) -> None:
    """Only the file name changes."""
    path = tmp_path / "user_events.yaml"
    path.write_text(CONTRACT, encoding="utf-8")
    code = examples()["local validator"].replace("user_events.yaml", str(path))
    names: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), names)
    assert names["vr"].passed


def test_the_caveats(gate: tuple[str, str, str]) -> None:
    """Versions come from the gateway, nothing is retried, and transforms are the gateway's."""
    url, _, contract_id = gate
    with Client(url) as cg:
        cg.update_contract(contract_id, multi_stable_resolution="fallback")
        newer = CONTRACT.replace("[click, view]", "[view]").replace('"1.0"', '"2.0"')
        cg.create_version(contract_id, "2.0", newer)
        cg.promote_version(contract_id, "2.0")
        event = {"user_id": "alice_01", "event_type": "click", "timestamp": 1712000000}
        result = cg.ingest(contract_id, [event, {**event, "event_type": "view"}])
        assert result.resolved_version == "2.0"
        assert [one.contract_version for one in result.results] == ["1.0", "2.0"]
        assert cg._config.retries is None
        masked = CONTRACT.replace('"^[a-z0-9_]+$"}', '"^[a-z0-9_]+$", transform: {kind: mask}}')
        assert contractgate.Contract.from_yaml(masked).compile().validate(event).passed
        verdict = cg.playground_validate(masked, event)
        assert verdict["transformed_event"]["user_id"] == "****"
