"""Contracts are deployed from texts, files and objects, on request only if they have changed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from contractgate_core import Contract
from contractgate_core.errors import (
    BadRequestError,
    BatchTooLargeError,
    ConflictError,
    ContractGateError,
)
from contractgate_core.models import DeployResponse
from contractgate_http import AsyncClient, Client, LocalGateway

YAML = """# kept as it is
version: "1"
name: orders
ontology:
  entities:
    - {name: id, type: string}
"""
CHANGED = YAML.replace('"1"', '"2"').replace("string", "integer")
Deploy = Callable[..., DeployResponse]


def deploy_sync(gateway: LocalGateway, *arguments: Any, **options: Any) -> DeployResponse:
    """Deploy with the sync client."""
    with Client(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        return client.deploy(*arguments, **options)


def deploy_async(gateway: LocalGateway, *arguments: Any, **options: Any) -> DeployResponse:
    """Deploy with the async client."""

    async def use() -> DeployResponse:
        async with AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport) as client:
            return await client.deploy(*arguments, **options)

    return anyio.run(use)


@pytest.fixture(params=[deploy_sync, deploy_async])
def deploy(request: pytest.FixtureRequest, gateway: LocalGateway) -> Deploy:
    """Deploys with either client at one gateway."""

    def run(*arguments: Any, **options: Any) -> DeployResponse:
        deployed: DeployResponse = request.param(gateway, *arguments, **options)
        return deployed

    return run


def asked(gateway: LocalGateway) -> list[str]:
    """List the requests so far."""
    return [f"{one.method} {one.path}" for one in gateway.requests]


def live(client: Client, contract_id: str) -> str:
    """Return the live text."""
    return client.get_latest_stable(contract_id).yaml_content


def test_a_file_is_sent_as_it_is(deploy: Deploy, client: Client, tmp_path: Path) -> None:
    """With its comments and its line ends."""
    path = tmp_path / "orders.yaml"
    path.write_bytes(YAML.replace("\n", "\r\n").encode())
    assert live(client, deploy("orders", path).contract_id) == YAML.replace("\n", "\r\n")


def test_a_contract_is_sent_as_it_is_written(deploy: Deploy, client: Client) -> None:
    """Which reads back as an equal one."""
    contract = Contract.from_yaml(YAML)
    text = live(client, deploy("orders", contract).contract_id)
    assert text == contract.to_yaml()
    assert Contract.from_yaml(text) == contract


@pytest.mark.parametrize(
    ("wrong", "what"),
    [(b"version: 1", "bytes"), ({"version": "1"}, "dict"), (None, "NoneType"), (7, "int")],
)
def test_what_is_no_contract_is_named(wrong: Any, what: str, deploy: Deploy) -> None:
    """With the argument, and what it may be."""
    expected = f"expected yaml_content to be a Contract, a path or a text, got {what}"
    with pytest.raises(TypeError, match=expected):
        deploy("orders", wrong)


@pytest.mark.parametrize("name", ["orders.yaml", "contracts/orders.yml", "o.json"])
def test_the_name_of_a_file_is_no_text(name: str, deploy: Deploy) -> None:
    """The gateway would only say that it is not a mapping."""
    with pytest.raises(ValueError, match=r"got what looks like the name of a file; pass a pathlib"):
        deploy("orders", name)


def test_other_arguments_are_named_too(deploy: Deploy, client: Client) -> None:
    """Of this call and of its neighbours."""
    for options in ({"source": 7}, {"deployed_by": Path("x")}, {"if_changed": "no"}):
        with pytest.raises(TypeError, match=f"expected {next(iter(options))} to be a (str|bool)"):
            deploy("orders", YAML, **options)
    with pytest.raises(TypeError, match="expected name to be a str, got NoneType"):
        deploy(None, YAML)
    with pytest.raises(TypeError, match="expected odcs_yaml to be a str, got pathlib"):
        client.import_odcs(Path("x"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected name to be JSON, got object"):
        client.update_contract("c", name=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected name to be JSON, got bytes"):
        client.update_contract("c", name=b"orders")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected yaml_content to be Unicode text"):
        deploy("orders", "a: \ud800")


def test_a_file_that_is_none_is_refused(deploy: Deploy, tmp_path: Path) -> None:
    """It is missing, too long, or in another encoding; nothing is sent."""
    path = tmp_path / "orders.yaml"
    with pytest.raises(FileNotFoundError, match=r"orders\.yaml"):
        deploy("orders", path)
    path.write_bytes(b"a: \xff")
    with pytest.raises(ValueError, match="to be a file in UTF-8, got an invalid byte at 3"):
        deploy("orders", path)
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(BatchTooLargeError, match="yaml_content of at most 1048576 bytes"):
        deploy("orders", path)


def test_every_call_that_brings_a_contract_takes_all_of_these(
    client: Client, tmp_path: Path
) -> None:
    """Drafts, the playground and comparisons."""
    path = tmp_path / "orders.yaml"
    path.write_text(YAML, "utf-8")
    contract = Contract.from_yaml(YAML)
    made = client.create_contract("orders", path)
    assert client.get_version(made.id, "1.0.0").yaml_content == YAML
    client.create_version(made.id, "1", contract)
    client.update_version(made.id, "1", path)
    assert client.get_version(made.id, "1").yaml_content == YAML
    assert client.playground_validate(path, {"id": "x"})["passed"]
    assert client.playground_validate(contract, {"id": 7})["passed"] is False
    assert client.diff(path, contract).changes == []
    takes = [
        name
        for name, method in inspect.getmembers(Client, inspect.isfunction)
        if "ContractText" in str(inspect.signature(method))
    ]
    assert takes == [
        *("create_contract", "create_version", "deploy", "diff"),
        *("playground_validate", "update_version"),
    ]


def test_a_live_text_is_not_deployed_again(deploy: Deploy, gateway: LocalGateway) -> None:
    """So a service can deploy when it starts; it gets the live version."""
    first = deploy("orders", YAML, if_changed=True)
    assert asked(gateway) == ["GET /contracts", "POST /contracts/deploy"]
    assert first.meta is not None
    assert first.meta.status == 201
    before = len(gateway.requests)
    again = deploy("orders", YAML, if_changed=True, source="s", deployed_by="d")
    latest = f"/contracts/{first.contract_id}/versions/latest-stable"
    assert asked(gateway)[before:] == ["GET /contracts", f"GET {latest}"]
    assert again == DeployResponse(
        contract_id=first.contract_id,
        version="1",
        version_id=first.version_id,
        name="orders",
        deployed_at=first.deployed_at,
    )
    assert again.meta is not None
    assert again.meta.status == 200


def test_a_text_that_has_changed_is_deployed(deploy: Deploy, client: Client) -> None:
    """Even if only a comment has changed; then it needs a new version, as always."""
    first = deploy("orders", YAML)
    second = deploy("orders", CHANGED, if_changed=True)
    assert (second.contract_id, second.version) == (first.contract_id, "2")
    assert second.deprecated_count == 1
    assert live(client, first.contract_id) == CHANGED
    with pytest.raises(ConflictError, match="Version 2 already exists"):
        deploy("orders", CHANGED + "# more", if_changed=True)
    with pytest.raises(ConflictError, match="Version 1 already exists"):
        deploy("orders", YAML, if_changed=True)  # it was live once


def test_a_contract_is_compared_as_such(deploy: Deploy, tmp_path: Path) -> None:
    """Its text would change with each change of how contracts are written."""
    path = tmp_path / "orders.yaml"
    path.write_text(YAML, "utf-8")
    first = deploy("orders", path)
    again = deploy("orders", Contract.from_file(path), if_changed=True)
    assert again.version_id == first.version_id
    changed = Contract.from_yaml(CHANGED)
    assert deploy("orders", changed, if_changed=True).version == "2"
    assert deploy("orders", changed, if_changed=True).deprecated_count is None


def test_events_in_quarantine_do_not_matter_where_nothing_changes(
    deploy: Deploy, client: Client
) -> None:
    """They only prevent the gateway from deploying anything else."""
    first = deploy("orders", YAML)
    result = client.ingest(first.contract_id, [{"id": 7}])
    held = [str(one.quarantine_id) for one in result.results]
    client.wait_until_quarantined(first.contract_id, held)
    assert deploy("orders", YAML, if_changed=True).version == "1"
    with pytest.raises(BadRequestError, match="1 pending quarantine event"):
        deploy("orders", CHANGED, if_changed=True)


def test_a_contract_without_a_stable_version_gets_one(deploy: Deploy, client: Client) -> None:
    """The existing draft stays a draft."""
    made = client.create_contract("orders", YAML.replace('"1"', '"0"'))
    assert deploy("orders", YAML, if_changed=True).contract_id == made.id


def test_a_name_that_is_not_unique_is_refused(deploy: Deploy, client: Client) -> None:
    """Nobody can know which of them is meant; plain `deploy` takes any."""
    ids = [client.create_contract("orders", YAML).id for _ in range(2)]
    with pytest.raises(ContractGateError, match="2 contracts are named 'orders'") as caught:
        deploy("orders", YAML, if_changed=True)
    assert all(one in str(caught.value) for one in ids)


ID = "11111111-1111-4111-8111-111111111111"


def racing(text: str) -> Callable[[httpx.Request], httpx.Response]:
    """Answer as if another process deployed a text between looking and deploying."""
    state = {"deployed": False}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            state["deployed"] = True
            return httpx.Response(409, json={"error": "Version 1 already exists", "status": 409})
        if request.url.path == "/contracts":
            return httpx.Response(200, json=[{"id": ID, "name": "orders"}])
        if not state["deployed"]:
            return httpx.Response(409, json={"error": "no stable version yet", "status": 409})
        version = {"id": "v", "contract_id": ID, "version": "1", "state": "stable"}
        return httpx.Response(200, json={**version, "yaml_content": text})

    return answer


def test_two_that_start_at_once_both_succeed() -> None:
    """The gateway serves one of them; the other finds its own text live."""
    with Client("https://gw", "", transport=httpx.MockTransport(racing(YAML))) as client:
        assert client.deploy("orders", YAML, if_changed=True).version_id == "v"
    with (
        Client("https://gw", "", transport=httpx.MockTransport(racing(CHANGED))) as client,
        pytest.raises(ConflictError, match="Version 1 already exists"),
    ):
        client.deploy("orders", YAML, if_changed=True)
    broken = httpx.MockTransport(racing("version: ["))
    with (
        Client("https://gw", "", transport=broken) as client,
        pytest.raises(ConflictError, match="Version 1 already exists"),
    ):
        client.deploy("orders", Contract.from_yaml(YAML), if_changed=True)
