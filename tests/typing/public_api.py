"""What mypy and pyright infer for every method in a user's code. Checked, never run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Optional, TextIO, Union

from typing_extensions import assert_type

from contractgate import (
    AsyncClient,
    AsyncLLMGate,
    AuditEntry,
    BatchIngestResponse,
    BrokenRule,
    Client,
    Contract,
    ContractReplayResponse,
    ContractReport,
    ContractResponse,
    ContractStorage,
    ContractSummary,
    DeployResponse,
    DiffResponse,
    EgressResponse,
    EnvelopeResponse,
    Health,
    InferResponse,
    IngestEventResult,
    IngestionStats,
    IngestTotals,
    Listing,
    LLMGate,
    LLMGateResult,
    LocalGateway,
    NameChange,
    OdcsConformance,
    PayloadStorage,
    Playground,
    PurgedBodies,
    QuarantinedEvent,
    Readiness,
    ReplayHistoryEntry,
    ReplayOutcome,
    ReplayResponse,
    ResponseMeta,
    RetryPolicy,
    ScaffoldResponse,
    Scorecard,
    Usage,
    ValidationResult,
    VersionProbe,
    VersionResponse,
    VersionSummary,
    Violation,
    contract,
    exceptions,
    models,
)


def sync_calls(cg: Client) -> None:
    """The value of each method of `Client`."""
    assert_type(cg.health(), Health)
    assert_type(cg.ready(), Readiness)
    assert_type(cg.list_contracts(), Listing[ContractSummary])
    assert_type(cg.create_contract("n", "y", description="d"), ContractResponse)
    assert_type(cg.get_contract("c"), ContractResponse)
    assert_type(cg.update_contract("c", name="n"), ContractResponse)
    cg.delete_contract("c")
    assert_type(cg.list_name_changes("c"), Listing[NameChange])
    assert_type(cg.deploy("n", "y", source="s", deployed_by="d"), DeployResponse)
    assert_type(cg.deploy("n", Path("c.yaml"), if_changed=True), DeployResponse)
    assert_type(cg.import_odcs("y", name_override="n"), VersionResponse)
    assert_type(cg.list_versions("c"), Listing[VersionSummary])
    assert_type(cg.create_version("c", "1", "y"), VersionResponse)
    assert_type(cg.get_version("c", "1"), VersionResponse)
    assert_type(cg.get_latest_stable("c"), VersionResponse)
    assert_type(cg.update_version("c", "1", "y"), VersionResponse)
    cg.delete_version("c", "1")
    assert_type(cg.promote_version("c", "1"), VersionResponse)
    assert_type(cg.deprecate_version("c", "1"), VersionResponse)
    assert_type(cg.probe_version("c"), VersionProbe)
    assert_type(cg.export_odcs("c", "1"), str)
    assert_type(cg.approve_import("c", "1"), VersionResponse)
    assert_type(cg.get_odcs_conformance("c", "1"), OdcsConformance)
    assert_type(cg.ingest("c", [{}], version="1", timeout=1.0), BatchIngestResponse)
    assert_type(cg.ingest_envelope("c", {}, atomic=True), EnvelopeResponse)
    assert_type(cg.ingest_legacy("c", [{}]), Union[BatchIngestResponse, EnvelopeResponse])
    assert_type(cg.egress("c", [{}], disposition="tag"), EgressResponse)
    assert_type(cg.playground_validate("y", {}), Playground)
    assert_type(cg.audit("c", limit=1, offset=2), Listing[AuditEntry])
    assert_type(cg.stats(), IngestionStats)
    assert_type(cg.get_contract_stats("c"), IngestionStats)
    assert_type(cg.list_quarantine("c", limit=1), Listing[QuarantinedEvent])
    assert_type(cg.replay("c", ["q"], target_version="1"), ContractReplayResponse)
    assert_type(cg.replay_events(["q"]), ReplayResponse)
    assert_type(cg.get_replay_history("c", "q"), Listing[ReplayHistoryEntry])
    assert_type(cg.get_event_replay_history("q", limit=1), Listing[ReplayOutcome])
    assert_type(cg.infer("n", [{}]), InferResponse)
    assert_type(cg.infer_avro("n", schema="{}"), InferResponse)
    assert_type(cg.infer_csv("n", "a,b", delimiter=","), InferResponse)
    assert_type(cg.infer_openapi("n", "o", schema_name="s"), InferResponse)
    assert_type(cg.infer_proto("n", "p", message="m"), InferResponse)
    assert_type(cg.infer_url("n", "https://x", headers={"a": "b"}), InferResponse)
    assert_type(cg.scaffold("n", samples=[{}], fast=True), ScaffoldResponse)
    assert_type(cg.diff("a", "b"), DiffResponse)
    assert_type(cg.usage(), Usage)
    assert_type(cg.get_report("c", start="2026-11-24T00:00:00Z"), ContractReport)
    assert_type(cg.get_scorecard("s"), Scorecard)
    assert_type(cg.get_payload_storage(), PayloadStorage)
    assert_type(cg.set_payload_storage(True), PayloadStorage)
    assert_type(cg.set_contract_storage("c", False), ContractStorage)
    assert_type(cg.purge_bodies("c"), PurgedBodies)
    assert_type(cg.ingest_all("c", ({"n": n} for n in range(3)), in_flight=2), IngestTotals)
    cg.wait_until_quarantined("c", ["q"], within=1.0)


def sync_streams(cg: Client) -> None:
    """What iterators give, and what copies are."""
    for outcome in cg.ingest_many("c", ({"n": n} for n in range(3)), in_flight=2, batch_size=10):
        assert_type(outcome, IngestEventResult)
    for entry in cg.iter_audit("c", page_size=1):
        assert_type(entry, AuditEntry)
    for event in cg.iter_quarantine():
        assert_type(event, QuarantinedEvent)
    with cg.with_options(retries=RetryPolicy(), timeout=1) as copied:
        assert_type(copied, Client)


async def async_calls(cg: AsyncClient) -> None:
    """The same, awaited."""
    assert_type(await cg.health(), Health)
    assert_type(await cg.ready(), Readiness)
    assert_type(await cg.list_contracts(), Listing[ContractSummary])
    assert_type(await cg.create_contract("n", "y", description="d"), ContractResponse)
    assert_type(await cg.get_contract("c"), ContractResponse)
    assert_type(await cg.update_contract("c", name="n"), ContractResponse)
    await cg.delete_contract("c")
    assert_type(await cg.list_name_changes("c"), Listing[NameChange])
    assert_type(await cg.deploy("n", "y", source="s", deployed_by="d"), DeployResponse)
    assert_type(await cg.deploy("n", Contract.from_yaml("y"), if_changed=True), DeployResponse)
    assert_type(await cg.import_odcs("y", name_override="n"), VersionResponse)
    assert_type(await cg.list_versions("c"), Listing[VersionSummary])
    assert_type(await cg.create_version("c", "1", "y"), VersionResponse)
    assert_type(await cg.get_version("c", "1"), VersionResponse)
    assert_type(await cg.get_latest_stable("c"), VersionResponse)
    assert_type(await cg.update_version("c", "1", "y"), VersionResponse)
    await cg.delete_version("c", "1")
    assert_type(await cg.promote_version("c", "1"), VersionResponse)
    assert_type(await cg.deprecate_version("c", "1"), VersionResponse)
    assert_type(await cg.probe_version("c"), VersionProbe)
    assert_type(await cg.export_odcs("c", "1"), str)
    assert_type(await cg.approve_import("c", "1"), VersionResponse)
    assert_type(await cg.get_odcs_conformance("c", "1"), OdcsConformance)
    assert_type(
        await cg.ingest("c", [{}], version="1", timeout=1.0),
        BatchIngestResponse,
    )
    assert_type(await cg.ingest_envelope("c", {}, atomic=True), EnvelopeResponse)
    assert_type(await cg.ingest_legacy("c", [{}]), Union[BatchIngestResponse, EnvelopeResponse])
    assert_type(await cg.egress("c", [{}], disposition="tag"), EgressResponse)
    assert_type(await cg.playground_validate("y", {}), Playground)
    assert_type(await cg.audit("c", limit=1, offset=2), Listing[AuditEntry])
    assert_type(await cg.stats(), IngestionStats)
    assert_type(await cg.get_contract_stats("c"), IngestionStats)
    assert_type(await cg.list_quarantine("c", limit=1), Listing[QuarantinedEvent])
    assert_type(await cg.replay("c", ["q"], target_version="1"), ContractReplayResponse)
    assert_type(await cg.replay_events(["q"]), ReplayResponse)
    assert_type(await cg.get_replay_history("c", "q"), Listing[ReplayHistoryEntry])
    assert_type(await cg.get_event_replay_history("q", limit=1), Listing[ReplayOutcome])
    assert_type(await cg.infer("n", [{}]), InferResponse)
    assert_type(await cg.infer_avro("n", schema="{}"), InferResponse)
    assert_type(await cg.infer_csv("n", "a,b", delimiter=","), InferResponse)
    assert_type(await cg.infer_openapi("n", "o", schema_name="s"), InferResponse)
    assert_type(await cg.infer_proto("n", "p", message="m"), InferResponse)
    assert_type(await cg.infer_url("n", "https://x", headers={"a": "b"}), InferResponse)
    assert_type(await cg.scaffold("n", samples=[{}], fast=True), ScaffoldResponse)
    assert_type(await cg.diff("a", "b"), DiffResponse)
    assert_type(await cg.usage(), Usage)
    assert_type(await cg.get_report("c", start="2026-11-24T00:00:00Z"), ContractReport)
    assert_type(await cg.get_scorecard("s"), Scorecard)
    assert_type(await cg.get_payload_storage(), PayloadStorage)
    assert_type(await cg.set_payload_storage(True), PayloadStorage)
    assert_type(await cg.set_contract_storage("c", False), ContractStorage)
    assert_type(await cg.purge_bodies("c"), PurgedBodies)
    assert_type(await cg.ingest_all("c", [{}], max_wait=1.0), IngestTotals)
    await cg.wait_until_quarantined("c", ["q"], within=1.0)


async def async_streams(cg: AsyncClient) -> None:
    """What async iterators give, and what copies are."""
    async for outcome in cg.ingest_many("c", [{}]):
        assert_type(outcome, IngestEventResult)
    async for entry in cg.iter_audit("c"):
        assert_type(entry, AuditEntry)
    async for event in cg.iter_quarantine():
        assert_type(event, QuarantinedEvent)
    async with cg.with_options(api_key="k") as copied:
        assert_type(copied, AsyncClient)


def counted(totals: IngestTotals) -> None:
    """What is counted of a stream."""
    assert_type(totals.passed, int)
    assert_type(totals.broken, list[BrokenRule])
    assert_type(totals.broken[0].first, Violation)
    assert_type(totals.failed_indexes, list[int])


def parts(result: BatchIngestResponse, client: Client, contracts: Listing[ContractSummary]) -> None:
    """What stands in results."""
    assert_type(result.meta, Optional[ResponseMeta])
    assert_type(contracts.meta, Optional[ResponseMeta])
    assert_type(contracts[0], ContractSummary)
    assert_type(result.results[0].violations, list[Violation])
    assert_type(result.results[0].quarantine_id, Optional[str])
    assert_type(client.playground_validate("y", {})["passed"], bool)


def plain(
    result: ValidationResult, batch: BatchIngestResponse, gated: LLMGateResult, file: TextIO
) -> None:
    """Results as plain values, and what the standard library does with them."""
    assert_type(result.to_dict(), dict[str, Any])
    assert_type(result.to_json(), str)
    assert_type(batch.to_json(), str)
    assert_type(gated.to_dict(), dict[str, Any])
    assert_type(dataclasses.asdict(result), dict[str, Any])
    assert_type(dataclasses.replace(batch, total=1), BatchIngestResponse)
    assert_type(IngestEventResult(True, [], 1, False, "1.0", {}), IngestEventResult)
    contract = Contract.from_yaml(file)
    assert_type(contract.to_json(), str)
    assert_type(Contract.from_yaml(file.read()), Contract)


async def gates(gate: LLMGate, other: AsyncLLMGate, response: Any) -> None:
    """The guard for language models."""
    assert_type(gate.completion("m", [{"role": "user", "content": "x"}]), LLMGateResult)
    assert_type(gate.response("m", "x"), LLMGateResult)
    assert_type(await other.validate_only(response), LLMGateResult)


def made() -> None:
    """What a client takes."""
    Client()
    Client("https://gw", "key", timeout=3, retries=RetryPolicy(attempts=2), headers={"a": "b"})
    with LocalGateway() as gateway:
        Client(transport=gateway.transport, base_url=gateway.url, api_key=gateway.api_key)
        AsyncClient(transport=gateway.transport, base_url=gateway.url, api_key=gateway.api_key)


def refused(cg: Client) -> None:
    """What a type checker must refuse."""
    cg.get_contract(7)  # type: ignore[arg-type]
    cg.ingest("c")  # type: ignore[call-arg]
    cg.deploy("n", b"y")  # type: ignore[arg-type]
    cg.audit(limit="1")  # type: ignore[arg-type]
    Client(retries=3)  # type: ignore[arg-type]


def names_of_the_published_modules() -> None:
    """What they hand on is known to type checkers, though it is named in core alone."""
    assert_type(exceptions.ConnectionError("no"), exceptions.ConnectionError)
    assert_type(contract.Contract.from_yaml(""), Contract)
    assert_type(models.ViolationKind("unknown_metric"), models.ViolationKind)
    assert_type(models.DeployResponse.__name__, str)
