"""Code written for version 0.4.0 of the published SDK keeps working."""

from __future__ import annotations

import doctest
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contractgate import (
    AuditEntry,
    BatchIngestResponse,
    Client,
    ConnectionError,  # noqa: A004 - its name
    Contract,
    ContractGateError,
    ContractResponse,
    EgressResponse,
    HTTPError,
    IngestionStats,
    NotFoundError,
    ServerError,
    ValidationFailedError,
    ValidationResult,
    VersionResponse,
    VersionSummary,
    Violation,
    ViolationKind,
)
from contractgate.exceptions import raise_for_status, status_to_exception
from contractgate.validator import validate

YAML = """
version: "1.0"
name: user_events
description: clicks
compliance_mode: true
ontology:
  entities:
    - {name: user_id, type: string, pattern: "^[a-z0-9_]+$", transform: {kind: mask, style: opaque}}
    - {name: amount, type: float, required: false, min: 0, max: 10}
glossary:
  - {field: user_id, description: who}
metrics:
  - {name: amount, field: amount, type: float, min: 0}
"""
ID = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
def cg() -> Iterator[Client]:
    """A client of an embedded gateway."""
    with Client(base_url="local:") as client:
        yield client


def test_the_calls_with_their_keywords(cg: Client) -> None:
    """Each as its documentation showed it, including a timeout of None."""
    contract_id = cg.deploy("user_events", YAML).contract_id
    result = cg.ingest(
        contract_id=contract_id,
        events=[{"user_id": "alice_01", "amount": 1.5}, {"user_id": "X", "amount": 2.0}],
        version=None,
        dry_run=False,
        atomic=False,
        timeout=None,
    )
    assert (result.total, result.passed, result.failed) == (2, 1, 1)
    assert result.resolved_version == "1.0"
    assert result.version_pin_source == "default_stable"
    assert result.results[1].violations[0].kind == ViolationKind.PATTERN_MISMATCH
    assert result.results[1].violations[0].kind.value == "pattern_mismatch"
    assert result.results[0].transformed_event == {"user_id": "****", "amount": 1.5}
    out = cg.egress(
        contract_id=contract_id,
        events=[{"user_id": "a", "amount": 1.5}],
        version="1.0",
        disposition="tag",
        dry_run=True,
        timeout=5.0,
    )
    assert (out.disposition, out.outcomes[0].action, out.payload) == (
        "tag",
        "included",
        [{"user_id": "****", "amount": 1.5}],
    )
    audit = cg.audit(contract_id=contract_id, limit=10, offset=0, timeout=None)
    assert isinstance(audit, list)
    assert str(audit[0].created_at)[:4].isdigit()
    assert cg.stats(timeout=None).total_events == 2
    assert cg.get_contract(contract_id).description is None
    row = cg.list_contracts()[0]
    assert (row.name, row.description, row.created_at) == ("user_events", None, None)
    assert cg.list_versions(contract_id)[0].state == "stable"
    assert cg.get_version(contract_id, "1.0").yaml_content == YAML
    assert cg.get_latest_stable(contract_id).promoted_at is not None


def test_the_playground_gives_a_plain_dict(cg: Client) -> None:
    """So that it can be written as JSON."""
    verdict = cg.playground_validate(yaml_content=YAML, event={"user_id": "X"})
    assert type(verdict) is dict
    assert json.loads(json.dumps(verdict))["violations"][0]["kind"] == "pattern_mismatch"


def test_errors_have_their_classes_statuses_and_bodies(cg: Client) -> None:
    """And one base class."""
    with pytest.raises(NotFoundError) as caught:
        cg.get_contract(ID)
    error = caught.value
    assert isinstance(error, HTTPError)
    assert isinstance(error, ContractGateError)
    assert error.status == 404
    assert error.body == {"error": f"Contract not found: {ID}", "status": 404}
    assert str(error) == f"Contract not found: {ID}"
    with (
        Client(base_url="http://127.0.0.1:9", timeout=5.0) as nowhere,
        pytest.raises(ConnectionError),
    ):
        nowhere.stats()


def test_errors_can_be_made_by_status() -> None:
    """As with its functions."""
    raise_for_status(207, None)
    assert status_to_exception(503) is ServerError
    assert status_to_exception(418) is HTTPError
    with pytest.raises(ValidationFailedError, match="no good") as caught:
        raise_for_status(422, {"error": "no good"})
    assert caught.value.body == {"error": "no good"}
    with pytest.raises(HTTPError, match="HTTP 418"):
        raise_for_status(418, None)
    with pytest.raises(HTTPError, match="mine"):
        raise_for_status(400, {"error": "theirs"}, "mine")
    made = HTTPError("x", status=400, body=None)
    assert (made.status, made.body) == (400, None)


RESULT = {
    "passed": False,
    "violations": [{"field": "a", "message": "m", "kind": "type_mismatch"}],
    "validation_us": 3,
    "forwarded": False,
    "contract_version": "1",
    "transformed_event": {"a": 1},
}
MODELS: list[tuple[Any, dict[str, Any]]] = [
    (Violation, {"field": "a", "message": "m", "kind": "type_mismatch"}),
    (ValidationResult, {"passed": True, "violations": [], "validation_us": 2}),
    (
        BatchIngestResponse,
        {
            "total": 1,
            "passed": 0,
            "failed": 1,
            "dry_run": False,
            "atomic": False,
            "resolved_version": "1",
            "version_pin_source": "header",
            "results": [RESULT],
        },
    ),
    (
        EgressResponse,
        {
            "total": 0,
            "passed": 0,
            "failed": 0,
            "dry_run": False,
            "disposition": "block",
            "resolved_version": "1",
            "payload": [],
            "outcomes": [],
        },
    ),
    (
        AuditEntry,
        {
            "id": "i",
            "contract_id": "c",
            "contract_version": None,
            "passed": True,
            "violation_count": 0,
            "violation_details": [],
            "raw_event": {},
            "validation_us": 1,
            "source_ip": None,
            "created_at": "2026-11-24T00:00:00Z",
        },
    ),
    (
        IngestionStats,
        {
            "total_events": 1,
            "passed_events": 1,
            "failed_events": 0,
            "pass_rate": 1.0,
            "avg_validation_us": 2.0,
            "p50_validation_us": 1,
            "p95_validation_us": 1,
            "p99_validation_us": 1,
        },
    ),
    (
        ContractResponse,
        {
            "id": "i",
            "name": "n",
            "description": None,
            "multi_stable_resolution": "strict",
            "created_at": None,
            "updated_at": None,
            "version_count": 1,
            "latest_stable_version": None,
        },
    ),
    (
        VersionResponse,
        {
            "id": "i",
            "contract_id": "c",
            "version": "1",
            "state": "draft",
            "yaml_content": "y",
            "created_at": "2026-11-24T00:00:00Z",
            "promoted_at": None,
            "deprecated_at": None,
            "compliance_mode": False,
        },
    ),
    (
        VersionSummary,
        {
            "version": "1",
            "state": "stable",
            "created_at": "2026-11-24T00:00:00Z",
            "promoted_at": None,
            "deprecated_at": None,
        },
    ),
]


@pytest.mark.parametrize(("kind", "data"), MODELS, ids=[kind.__name__ for kind, _ in MODELS])
def test_models_are_read_from_dicts_and_made_by_keywords(kind: Any, data: dict[str, Any]) -> None:
    """With the attributes that the dicts have as keys."""
    read = kind.from_dict(data)
    for name, value in data.items():
        if not isinstance(value, list):
            assert getattr(read, name) == value
    flat = {name: value for name, value in data.items() if not isinstance(value, list)}
    lists = {name: getattr(read, name) for name, value in data.items() if isinstance(value, list)}
    assert kind(**flat, **lists) == read
    with pytest.raises(AttributeError):
        setattr(read, next(iter(data)), None)


def test_the_local_validator(cg: Client) -> None:
    """Its attributes, and the function beside the method."""
    contract = Contract.from_yaml(YAML)
    assert (contract.version, contract.name, contract.description) == (
        "1.0",
        "user_events",
        "clicks",
    )
    assert contract.compliance_mode is True
    field = contract.entities[0]
    assert (field.name, field.field_type.value, field.required) == ("user_id", "string", True)
    assert field.transform is not None
    assert field.transform.kind.value == "mask"
    assert contract.glossary[0].description == "who"
    metric_type = contract.metrics[0].metric_type
    assert metric_type is not None
    assert metric_type.value == "float"
    compiled = contract.compile()
    assert list(compiled.patterns) == ["user_id"]
    assert set(compiled.declared_top_level_fields) == {"user_id", "amount"}
    verdict = compiled.validate({"user_id": "X", "amount": 1, "extra": 1})
    assert [one.kind for one in verdict.violations] == ["pattern_mismatch", "undeclared_field"]
    assert validate(compiled, {"user_id": "a", "amount": 2.5}).passed


def test_the_examples_of_the_page_of_changes_run() -> None:
    """Exactly as written."""
    page = Path(__file__).parents[2] / "docs/migration-from-0.4.md"
    done = doctest.testfile(str(page), module_relative=False)
    assert (done.attempted, done.failed) == (4, 0)


def test_a_transport_can_be_given() -> None:
    """For tests, as before."""

    def answer(request: httpx.Request) -> httpx.Response:
        counts = {"total_events": 0, "passed_events": 0, "failed_events": 0}
        return httpx.Response(200, json=counts)

    transport = httpx.MockTransport(answer)
    with Client(base_url="http://x", api_key="k", org_id="o", transport=transport) as client:
        assert client.stats().total_events == 0
