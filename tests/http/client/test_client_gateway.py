"""Every method against a gateway with state: what is written can be read."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from contractgate_core.errors import (
    BadRequestError,
    ConflictError,
    DeprecatedVersionError,
    IdempotencyConflictError,
    NotFoundError,
    ResponseDecodeError,
    ValidationFailedError,
)
from contractgate_core.models import BatchIngestResponse, EnvelopeResponse
from contractgate_http import AsyncClient, Client, LocalGateway

YAML = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"
ENVELOPE = YAML + "\nenvelope: {records_path: data}\n"


@pytest.fixture
def contract_id(client: Client) -> str:
    """A contract with one stable version."""
    return client.deploy("n", YAML, source="tests", deployed_by="me").contract_id


def test_a_contract_from_its_first_draft_to_its_end(client: Client) -> None:
    """With every step on the way."""
    made = client.create_contract("a", YAML, description="d", multi_stable_resolution="fallback")
    assert (made.name, made.description, made.multi_stable_resolution) == ("a", "d", "fallback")
    assert client.update_contract(made.id, name="b").name == "b"
    assert client.list_name_changes(made.id)[0].old_name == "a"
    assert client.get_contract(made.id).latest_stable_version is None
    with pytest.raises(ConflictError, match="no stable version"):
        client.ingest(made.id, {"n": 1})
    assert client.promote_version(made.id, "1.0.0").state == "stable"
    assert client.create_version(made.id, "2", YAML).state == "draft"
    changed = client.update_version(made.id, "2", ENVELOPE)
    assert changed.yaml_content == ENVELOPE
    client.delete_version(made.id, "2")
    with pytest.raises(NotFoundError):
        client.get_version(made.id, "2")
    probe = client.probe_version(made.id)
    assert (probe.version, len(probe.hash)) == ("1.0.0", 64)
    assert client.get_latest_stable(made.id).version == "1.0.0"
    assert [one.version for one in client.list_versions(made.id)] == ["1.0.0"]
    assert client.deprecate_version(made.id, "1.0.0").state == "deprecated"
    client.delete_contract(made.id)
    with pytest.raises(NotFoundError):
        client.get_contract(made.id)
    assert client.list_contracts() == []


def test_a_contract_by_way_of_odcs(client: Client, contract_id: str) -> None:
    """Out of the gateway, and in again."""
    document = client.export_odcs(contract_id, "1")
    assert "apiVersion" in document
    imported = client.import_odcs(document, name_override="again")
    assert (imported.import_source, imported.state) == ("odcs", "draft")
    assert client.approve_import(imported.contract_id, imported.version).requires_review is False
    with pytest.raises(BadRequestError):
        client.import_odcs("[]")


def test_conformance_is_read(answering: Callable[..., Client]) -> None:
    """The local gateway does not measure it, so the reply is the protocol's."""
    body = {
        "version": "1",
        "mandatory_fields_score": 0.8,
        "mandatory_fields_detail": {"api_version": True, "status": False},
        "extensions_detail": {"x_contractgate_version": True},
        "quality_coverage_pct": 50.0,
        "overall_score": 0.5,
    }
    client = answering(lambda request: httpx.Response(200, json=body))
    scores = client.get_odcs_conformance("c", "1")
    assert scores.mandatory_fields_detail is not None
    assert scores.mandatory_fields_detail.status is False
    assert scores.overall_score == 0.5


def test_what_a_contract_refuses(client: Client) -> None:
    """A text that is not a contract."""
    with pytest.raises(ValidationFailedError, match="Invalid contract YAML"):
        client.create_contract("a", "nonsense")
    with pytest.raises(ValidationFailedError):
        client.playground_validate("nonsense", {})


def test_batches_are_values_whatever_failed(client: Client, contract_id: str) -> None:
    """200, 207, and 422 for all or for an atomic one."""
    statuses = []
    for events, atomic in (
        ([{"n": 1}], False),
        ([{"n": 1}, {"n": "x"}], False),
        ([{"n": "x"}], False),
        ([{"n": 1}, {"n": "x"}], True),
    ):
        result = client.ingest(contract_id, events, atomic=atomic)
        assert result.meta is not None
        statuses.append((result.meta.status, result.passed, result.failed, result.atomic))
    assert statuses == [
        (200, 1, 0, False),
        (207, 1, 1, False),
        (422, 0, 1, False),
        (422, 1, 1, True),
    ]


def test_the_version_of_an_event_is_what_the_gateway_says(client: Client) -> None:
    """A fallback may accept what the newest version does not."""
    contract_id = client.create_contract("n", YAML, multi_stable_resolution="fallback").id
    client.promote_version(contract_id, "1.0.0")
    client.create_version(contract_id, "2.0.0", YAML.replace("integer", "boolean"))
    client.promote_version(contract_id, "2.0.0")
    result = client.ingest(contract_id, [{"n": 1}, {"n": True}])
    assert [one.contract_version for one in result.results] == ["1.0.0", "2.0.0"]
    assert result.resolved_version == "2.0.0"


def test_a_deprecated_pin_still_gives_its_results(client: Client, contract_id: str) -> None:
    """On both routes, as an error of its own."""
    client.deprecate_version(contract_id, "1")
    for send in (client.ingest, client.ingest_legacy, client.ingest_envelope):
        with pytest.raises(DeprecatedVersionError, match="deprecated; batch quarantined") as caught:
            send(contract_id, [{"n": 1}], version="1")
        assert [one.contract_version for one in caught.value.results] == ["1"]
        assert caught.value.status == 422
    with pytest.raises(BadRequestError, match="pin a stable version"):
        client.egress(contract_id, [{"n": 1}], version="1")


def test_one_key_is_one_batch(client: Client, contract_id: str) -> None:
    """Another batch under it is a conflict."""
    client.ingest(contract_id, [{"n": 1}], idempotency_key="k")
    with pytest.raises(IdempotencyConflictError, match="A different request body"):
        client.ingest(contract_id, [{"n": 2}], idempotency_key="k")
    assert client.stats().total_events == 1


def test_an_envelope_goes_by_the_route_that_looks_into_it(client: Client) -> None:
    """The current route judges the wrapper as one event."""
    contract_id = client.deploy("e", ENVELOPE).contract_id
    payload = {"data": [{"n": 1}, {"n": "x"}]}
    result = client.ingest_envelope(contract_id, payload)
    assert (result.passed, result.quarantined, result.violations[0].record_index) == (1, 1, 1)
    assert result.meta is not None
    assert result.meta.status == 200
    either = client.ingest_legacy(contract_id, payload, dry_run=True)
    assert isinstance(either, EnvelopeResponse)
    assert client.ingest(contract_id, payload).failed == 1


def test_without_an_envelope_the_payload_was_one_event(client: Client, contract_id: str) -> None:
    """The error says so, with the answer, since it is stored."""
    with pytest.raises(ResponseDecodeError, match="quarantined") as caught:
        client.ingest_envelope(contract_id, {"n": 1})
    assert b'"passed":1' in caught.value.body
    plain = client.ingest_legacy(contract_id, [{"n": 1}], version="1")
    assert isinstance(plain, BatchIngestResponse)
    assert plain.version_pin_source == "header"


def test_egress_rejections_are_values(client: Client, contract_id: str) -> None:
    """One failing record fails all of them."""
    for disposition, payload in (("block", []), ("fail", []), ("tag", [{"n": "x"}])):
        result = client.egress(contract_id, {"n": "x"}, disposition=disposition)
        assert (result.failed, result.payload) == (1, payload)
        assert result.meta is not None
        assert result.meta.status == 422
    with pytest.raises(BadRequestError, match="unknown variant"):
        client.egress(contract_id, [{"n": 1}], disposition="shout")


def test_from_quarantine_to_the_audit(client: Client, contract_id: str) -> None:
    """Held, inspected, judged again by a version that accepts it, and only once."""
    held = client.ingest(contract_id, [{"n": "x"}]).results[0].quarantine_id
    assert held is not None
    client.wait_until_quarantined(contract_id, [held])
    row = client.list_quarantine(contract_id)[0]
    assert (row.id, row.raw_event, row.replay_count) == (held, {"n": "x"}, 0)
    failed = client.replay(contract_id, [held])
    assert [one.outcome for one in failed.results] == ["still_quarantined"]
    client.create_version(contract_id, "2", YAML.replace("integer", "string"))
    client.promote_version(contract_id, "2")
    passed = client.replay(contract_id, [held])
    assert (passed.replayed, passed.target_version) == (1, "2")
    again = client.replay_events([held], contract_id=contract_id)
    assert [one.passed for one in again.outcomes] == [False]
    kinds = [entry.kind for entry in client.get_replay_history(contract_id, held)]
    assert kinds == ["source", "failed_replay", "passed_replay"]
    assert [one.passed for one in client.get_event_replay_history(held)] == [False, True]
    assert client.get_contract_stats(contract_id).passed_events == 1
    with pytest.raises(BadRequestError, match="at least one id"):
        client.replay(contract_id, [])


def test_what_an_organisation_keeps(client: Client, contract_id: str) -> None:
    """Bodies of events, or none."""
    assert client.get_payload_storage().enabled is True
    client.ingest(contract_id, [{"n": 1}])
    assert client.set_contract_storage(contract_id, False).enabled is False
    assert client.purge_bodies(contract_id).audit_bodies_redacted == 1
    assert client.audit(contract_id)[0].raw_event == {}
    assert client.set_payload_storage(False).enabled is False
    assert client.usage().used == 1


def test_contracts_are_compared(client: Client) -> None:
    """Field by field."""
    found = client.diff(YAML, YAML.replace("integer", "string"))
    assert [(one.kind, one.field) for one in found.changes] == [("type_changed", "n")]


def test_a_plugin_gives_clients_to_tests(
    contractgate_client: Client,
    contractgate_gateway: LocalGateway,
) -> None:
    """They use the test's own gateway."""
    assert contractgate_client.list_contracts() == []
    assert len(contractgate_gateway.requests) == 1


@pytest.mark.anyio
async def test_a_plugin_gives_async_clients_to_tests(
    contractgate_async_client: AsyncClient, contractgate_gateway: LocalGateway
) -> None:
    """In whatever event loop the test runs."""
    assert (await contractgate_async_client.health()).status == "ok"
    assert len(contractgate_gateway.requests) == 1


@pytest.mark.anyio
async def test_the_async_client_walks_the_same_way(gateway: LocalGateway) -> None:
    """From deploy to replay."""
    async with AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        contract_id = (await client.deploy("n", YAML)).contract_id
        result = await client.ingest(contract_id, [{"n": 1}, {"n": "x"}])
        held = [one.quarantine_id for one in result.results if one.quarantine_id is not None]
        await client.wait_until_quarantined(contract_id, held)
        assert (await client.replay(contract_id, held)).still_quarantined == 1
        assert [row.raw_event async for row in client.iter_quarantine()] == [{"n": "x"}]
        with pytest.raises(NotFoundError):
            await client.get_version(contract_id, "9")
