"""FastAPI takes results and models: as bodies, as results of endpoints, and in its schema."""

from __future__ import annotations

import asyncio
from typing import Any

import fastapi
import httpx

from contractgate_core import Contract, ValidationResult, Violation, ViolationKind
from contractgate_core.models import (
    BatchIngestResponse,
    ContractResponse,
    ContractSummary,
    IngestEventResult,
    Listing,
    ReportWindow,
)
from contractgate_http import Client, LLMGateResult

WIRE = {
    "passed": False,
    "violations": [{"field": "a", "message": "m", "kind": "type_mismatch"}],
    "validation_us": 3,
}
RESULT = ValidationResult.from_dict(WIRE)
app = fastapi.FastAPI()


@app.get("/verdict")
async def verdict() -> ValidationResult:
    return RESULT


@app.get("/undeclared")
async def undeclared() -> Any:
    return {"verdict": RESULT, "all": [RESULT]}


@app.post("/batch")
async def batch(body: BatchIngestResponse) -> BatchIngestResponse:
    assert isinstance(body, BatchIngestResponse)
    return body


@app.get("/slim", response_model_exclude_none=True, response_model_exclude={"violations"})
async def slim() -> IngestEventResult:
    return IngestEventResult(True, [], 1, False, "1.0", {"a": 1})


@app.get("/contracts")
async def contracts() -> list[ContractResponse]:
    with Client("local:") as cg:
        yaml = "{version: '1', name: orders, ontology: {entities: [{name: a, type: string}]}}"
        cg.deploy("orders", yaml)
        rows: Any = cg.list_contracts()  # in 0.4.0 these were of the declared type
        return rows  # type: ignore[no-any-return]


@app.get("/rows")
async def rows() -> Listing[ContractSummary]:
    return Listing([ContractSummary(id="1", name="n")])


@app.get("/window")
async def window() -> ReportWindow:
    return ReportWindow()


@app.get("/gate")
async def gate() -> LLMGateResult:
    return LLMGateResult(True, {"a": 1}, [], 1, None)


@app.post("/contract")
async def contract(body: Contract) -> Contract:
    return body


def ask(method: str, path: str, json: Any = None) -> httpx.Response:
    """Send one request to the application."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.request(method, path, json=json)

    return asyncio.run(send())


def test_an_endpoint_gives_a_result() -> None:
    """Declared or not, alone or nested."""
    assert ask("GET", "/verdict").json() == WIRE
    assert ask("GET", "/undeclared").json() == {"verdict": WIRE, "all": [WIRE]}
    assert ask("GET", "/gate").json()["payload"] == {"a": 1}


def test_what_an_endpoint_leaves_out_is_left_out() -> None:
    """By FastAPI's own means."""
    assert ask("GET", "/slim").json() == {
        "passed": True,
        "validation_us": 1,
        "forwarded": False,
        "contract_version": "1.0",
        "transformed_event": {"a": 1},
    }


def test_an_endpoint_gives_lists_of_models() -> None:
    """Also summary rows where the full model is declared, as in 0.4.0."""
    [listed] = ask("GET", "/contracts").json()
    assert (listed["name"], listed["description"]) == ("orders", None)
    assert ask("GET", "/rows").json()[0]["id"] == "1"


def test_an_endpoint_takes_a_model() -> None:
    """Even with a word and a key that this version does not know."""
    violation = {"field": "a", "message": "m", "kind": "moon_phase"}
    event = {"passed": False, "violations": [violation], "contract_version": "1", "new": 1}
    counts = {"total": 1, "passed": 0, "failed": 1, "resolved_version": "1"}
    given = ask("POST", "/batch", {**counts, "results": [event]}).json()
    assert given["results"][0]["violations"] == [violation]
    assert given["dry_run"] is False
    refused = ask("POST", "/batch", {**counts, "total": "many", "results": []})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", "total"]


def test_an_endpoint_takes_a_contract() -> None:
    """By the gateway's rules; an invalid one is the caller's mistake."""
    entity = {"name": "a", "type": "number"}
    body = {"version": "1", "name": "n", "ontology": {"entities": [entity]}}
    assert ask("POST", "/contract", body).json()["ontology"]["entities"][0]["type"] == "float"
    refused = ask("POST", "/contract", {**body, "ontology": {}})
    assert refused.status_code == 422
    assert "expected the key `entities`" in refused.json()["detail"][0]["msg"]


def test_names_are_those_on_the_wire() -> None:
    """Even if an attribute has another name."""
    assert ask("GET", "/window").json() == {"from": None, "to": None}


def test_the_openapi_schema_has_each_type_by_its_name() -> None:
    """Once, or once for bodies and once for answers, as FastAPI does for recursive types."""
    schemas = app.openapi()["components"]["schemas"]
    names = {name.partition("-")[0] for name in schemas if schemas[name]["type"] == "object"}
    assert {"BatchIngestResponse", "Contract", "ContractResponse", "FieldDefinition"} <= names
    assert {"IngestEventResult", "LLMGateResult", "ValidationResult", "Violation"} <= set(schemas)


def test_the_openapi_schema_is_right() -> None:
    """Required attributes, defaults, and words of which there may be more in future."""
    openapi = app.openapi()
    schemas = openapi["components"]["schemas"]
    answer = openapi["paths"]["/verdict"]["get"]["responses"]["200"]["content"]
    assert answer["application/json"]["schema"] == {"$ref": "#/components/schemas/ValidationResult"}
    assert schemas["ValidationResult"]["required"] == ["passed"]
    properties = schemas["ValidationResult"]["properties"]
    assert properties["violations"]["items"] == {"$ref": "#/components/schemas/Violation"}
    assert properties["validation_us"]["default"] == 0
    words = schemas["Violation"]["properties"]["kind"]["anyOf"]
    assert words == [
        {"type": "string", "enum": [kind.value for kind in ViolationKind]},
        {"type": "string"},
    ]
    assert list(schemas["ReportWindow"]["properties"]) == ["from", "to"]
    assert "enum" in schemas["FieldDefinition-Output"]["properties"]
    assert RESULT.violations == [Violation("a", "m", ViolationKind.TYPE_MISMATCH)]
