"""Code for version 0.4.0 of the published SDK, a few lines for each of its public names.

Each function is one snippet. `run_snippets.py` runs them all, once beside the published SDK and
once beside ours, and `test_snippets.py` compares what they return or raise. A snippet gets what its
arguments name: `cg` is a client, `gw` the gateway behind it with the contracts of this run.

`differs` marks a snippet of which something else comes out here on purpose, with words from the
page that says so and what to write instead: docs/migration-from-0.4.md.
"""
# mypy: ignore-errors

from __future__ import annotations

import asyncio
import copy
import dataclasses
import datetime
import io
import json
import os
import pickle
import tempfile
import warnings

import httpx

import contractgate
from contractgate import (
    AsyncClient,
    AuditEntry,
    AuthError,
    BadRequestError,
    BatchIngestResponse,
    Client,
    CompiledContract,
    ConflictError,
    ConnectionError,  # noqa: A004 - its name
    Contract,
    ContractCompileError,
    ContractGateError,
    ContractResponse,
    EgressOutcome,
    EgressResponse,
    FieldDefinition,
    FieldType,
    HTTPError,
    IngestEventResult,
    IngestionStats,
    MaskStyle,
    MetricDefinition,
    MetricType,
    NotFoundError,
    ServerError,
    Transform,
    TransformKind,
    ValidationFailedError,
    ValidationResult,
    VersionResponse,
    VersionSummary,
    Violation,
    ViolationKind,
)
from contractgate.contract import GlossaryEntry
from contractgate.exceptions import raise_for_status, status_to_exception
from contractgate.llm import (
    MAX_RETRIES_CAP,
    AsyncLLMGate,
    LLMGate,
    LLMGateResult,
    LLMResponseError,
    extract_json,
)
from contractgate.validator import validate

YAML = """
version: "1.0"
name: users
description: who they are
compliance_mode: true
ontology:
  entities:
    - {name: user_id, type: string, pattern: "^[a-z0-9]+$", min_length: 2, max_length: 8}
    - {name: email, type: string, required: false, transform: {kind: mask, style: opaque}}
    - {name: age, type: integer, required: false, min: 0, max: 150}
    - {name: plan, type: string, required: false, enum: [free, paid]}
    - {name: score, type: number, required: false}
    - {name: tags, type: array, required: false, items: {name: tag, type: string}}
    - {name: home, type: object, required: false, properties: [{name: city, type: string}]}
glossary:
  - {field: user_id, description: the login, synonyms: [login]}
metrics:
  - {name: age, field: age, type: integer, min: 18}
"""
GOOD = {"user_id": "jane", "email": "jane@example.com", "age": 30}
BAD = {"user_id": "j", "age": 7, "plan": "gold", "extra": 1}
NOBODY = "5f0c1d2e-7a8b-4c9d-8e0f-112233445566"

VIOLATION = Violation("email", "got 'jane@example.com'", ViolationKind.PATTERN_MISMATCH)
RESULT = ValidationResult(False, [VIOLATION], 3)
RAW_VIOLATION = {"field": "a", "message": "m", "kind": "type_mismatch"}
RAW_EVENT = {
    "passed": False,
    "violations": [RAW_VIOLATION],
    "validation_us": 3,
    "forwarded": False,
    "contract_version": "1.0",
    "transformed_event": {"a": 1},
    "index": 0,
    "quarantine_id": "q",
}
RAW_BATCH = {
    "total": 1,
    "passed": 0,
    "failed": 1,
    "dry_run": False,
    "atomic": False,
    "resolved_version": "1.0",
    "version_pin_source": "default_stable",
    "results": [RAW_EVENT],
}
RAW_OUTCOME = {
    "index": 0,
    "passed": True,
    "violations": [],
    "validation_us": 3,
    "action": "included",
}
RAW_VERSION = {
    "id": "v",
    "contract_id": "c",
    "version": "1.0",
    "state": "stable",
    "yaml_content": "...",
    "created_at": "2026-11-24T01:02:03Z",
    "promoted_at": None,
    "deprecated_at": None,
    "compliance_mode": True,
}


def judged(event):
    """Give what the validator says of an event."""
    verdict = Contract.from_yaml(YAML).compile().validate(event)
    return verdict.passed, [(one.field, one.kind, one.message) for one in verdict.violations]


def chat(event):
    """Make an answer of a chat."""
    return {"choices": [{"message": {"role": "assistant", "content": json.dumps(event)}}]}


class Model:
    """A provider's client that gives one answer after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.chat = self.completions = self.messages = self

    def create(self, **asked):
        return self.answers.pop(0)


class AsyncModel(Model):
    """The same, awaited."""

    async def create(self, **asked):
        return self.answers.pop(0)


def differs(words):
    """Mark a snippet of which something else comes out here; the page has these words on it."""

    def mark(snippet):
        snippet.differs = words
        return snippet

    return mark


# What follows is one snippet each.
_BEFORE = set(globals())


# --- Violations and results -----------------------------------------------------------------------


def violation_by_position():
    made = Violation("a", "m", ViolationKind.TYPE_MISMATCH)
    return made.field, made.message, made.kind


def violation_by_keywords():
    return vars(Violation(field="a", message="m", kind=ViolationKind.UNKNOWN_FIELD))


def violation_from_dict():
    read = Violation.from_dict(RAW_VIOLATION)
    return read.kind is ViolationKind.TYPE_MISMATCH, read == Violation.from_dict(RAW_VIOLATION)


@differs("unknown rules are kept")
def violation_of_an_unknown_kind():
    return Violation.from_dict({**RAW_VIOLATION, "kind": "moon_phase"}).kind


def violation_is_a_key():
    return {VIOLATION: "seen"}[Violation(VIOLATION.field, VIOLATION.message, VIOLATION.kind)]


def violation_of_a_plain_text():
    return repr(Violation("a", "b", "c")).startswith("Violation(field='a'")


@differs("`repr` shows events and messages")
def violation_repr():
    return "jane@example.com" in repr(VIOLATION)


def violation_replaced():
    return dataclasses.replace(VIOLATION, message="hidden").message


def violation_cannot_be_changed():
    try:
        VIOLATION.field = "other"
    except AttributeError:
        return "refused"


@differs("`dataclasses.FrozenInstanceError`")
def violation_cannot_be_changed_by_its_error():
    try:
        VIOLATION.field = "other"
    except dataclasses.FrozenInstanceError:
        return "refused"


@differs("`object.__setattr__(result, …)`")
def violation_changed_by_force():
    copied = copy.copy(VIOLATION)
    object.__setattr__(copied, "field", "other")
    return copied.field


def violation_for_a_match_statement():
    return Violation.__match_args__, ValidationResult.__match_args__


def result_with_defaults():
    made = ValidationResult(True)
    return made.passed, made.violations, made.validation_us


def result_from_dict():
    read = ValidationResult.from_dict({"passed": False, "violations": [RAW_VIOLATION]})
    return read.passed, read.violations[0].field, read.validation_us


def result_as_dict():
    return dataclasses.asdict(RESULT)


def result_as_dict_as_json():
    return json.dumps(dataclasses.asdict(RESULT), sort_keys=True)


def result_as_tuple():
    return dataclasses.astuple(RESULT)


def result_vars():
    return sorted(vars(RESULT)), vars(RESULT)["passed"]


def result_replaced():
    return dataclasses.replace(RESULT, passed=True, violations=[]).passed


def result_fields():
    return dataclasses.is_dataclass(RESULT), [one.name for one in dataclasses.fields(RESULT)]


def result_copied_and_pickled():
    return copy.deepcopy(RESULT) == pickle.loads(pickle.dumps(RESULT)) == RESULT


@differs("`if result is not None:`")
def result_as_a_condition():
    return "there" if RESULT else "not there"


@differs("`weakref.ref(result)`")
def result_by_a_weak_reference():
    import weakref

    return weakref.ref(RESULT)() is RESULT


def result_by_pydantic():
    from pydantic import TypeAdapter

    adapter = TypeAdapter(ValidationResult)
    return adapter.dump_python(RESULT, mode="json"), adapter.validate_python(
        {"passed": False, "violations": [RAW_VIOLATION]}
    ).violations[0].kind


def result_of_an_endpoint():
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/verdict")
    async def verdict() -> ValidationResult:
        return RESULT

    @app.get("/plain")
    async def plain():
        return {"verdict": RESULT}

    @app.post("/echo")
    async def echo(batch: BatchIngestResponse) -> BatchIngestResponse:
        return batch

    async def ask():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            yield (await client.get("/verdict")).json()
            yield (await client.get("/plain")).json()
            yield (await client.post("/echo", json=RAW_BATCH)).json()
            yield (await client.post("/echo", json={})).status_code

    async def collect():
        return [one async for one in ask()]

    return asyncio.run(collect())


def result_in_openapi():
    from pydantic import TypeAdapter

    schema = TypeAdapter(IngestEventResult).json_schema()
    types = {name: one.get("type") for name, one in schema["properties"].items()}
    violation = schema["$defs"]["Violation"]
    return schema["title"], types, sorted(violation["properties"]), violation["required"]


@differs("if more words may come, the schema is open")
def kind_in_openapi():
    from pydantic import TypeAdapter

    return TypeAdapter(Violation).json_schema()["$defs"]["ViolationKind"]["type"]


def result_subclassed():
    class Mine(ValidationResult):
        def first(self):
            return self.violations[0].field

    mine = Mine(False, [VIOLATION])
    return mine.first(), mine.passed, isinstance(mine, ValidationResult)


@differs("a dataclass on top of a result")
def result_subclassed_by_a_dataclass():
    @dataclasses.dataclass(frozen=True)
    class Mine(ValidationResult):
        note: str = ""

    return Mine(True, note="mine").note


def kind_is_a_text():
    kind = ViolationKind("range_violation")
    return kind == "range_violation", kind.value, kind.name, json.dumps({"kind": kind})


@differs("`str(kind)` is `ViolationKind.TYPE_MISMATCH`")
def kind_as_str():
    return str(ViolationKind.TYPE_MISMATCH)


@differs("knows nine rules")
def kinds():
    return [kind.name for kind in ViolationKind]


# --- Models ---------------------------------------------------------------------------------------


def event_result_by_position():
    made = IngestEventResult(True, [], 3, False, "1.0", {"a": 1})
    return vars(made)


def event_result_from_dict():
    read = IngestEventResult.from_dict(RAW_EVENT)
    return read.quarantine_id, read.violations[0].kind, dataclasses.asdict(read) == RAW_EVENT


def batch_by_position():
    event = IngestEventResult.from_dict(RAW_EVENT)
    made = BatchIngestResponse(1, 0, 1, False, False, "1.0", "default_stable", [event])
    return made == BatchIngestResponse.from_dict(RAW_BATCH), made.version_pin_source


def batch_as_dict():
    return dataclasses.asdict(BatchIngestResponse.from_dict(RAW_BATCH))


@differs("`if result is not None:`")
def batch_as_a_condition():
    return bool(BatchIngestResponse.from_dict(RAW_BATCH))


@differs("fills in missing values")
def batch_without_results():
    raw = {key: value for key, value in RAW_BATCH.items() if key != "results"}
    return BatchIngestResponse.from_dict(raw).results


@differs("fills in missing values")
def batch_without_a_count():
    try:
        BatchIngestResponse.from_dict({"passed": 1})
    except KeyError as error:
        return error.args


def outcome_by_position():
    made = EgressOutcome(0, True, [], 3, "included")
    return made.index, made.passed, made.violations, made.validation_us, made.action


@differs("keys that 0.4.0 did not have")
def outcome_as_dict():
    return dataclasses.asdict(EgressOutcome.from_dict(RAW_OUTCOME))


def egress_by_position():
    made = EgressResponse(1, 1, 0, False, "block", "1.0", [{"a": 1}], [])
    return made.total, made.disposition, made.resolved_version, made.payload, made.outcomes


def egress_from_dict():
    counts = {"total": 1, "passed": 1, "failed": 0, "resolved_version": "1.0"}
    raw = {**counts, "payload": [{"a": 1}], "outcomes": [RAW_OUTCOME]}
    read = EgressResponse.from_dict(raw)
    return read.dry_run, read.disposition, read.outcomes[0].action


def contract_response_by_position():
    made = ContractResponse("i", "n", None, "strict", "2026", "2026", 1, None)
    return vars(made), made.multi_stable_resolution, made.updated_at


def contract_response_from_dict():
    read = ContractResponse.from_dict({"id": "i", "name": "n", "version_count": 2})
    return dataclasses.asdict(read)


@differs("fills in missing values")
def contract_response_without_a_count():
    return ContractResponse.from_dict({"id": "i", "name": "n"}).version_count


def version_by_position():
    made = VersionResponse(*RAW_VERSION.values())
    return made.state, made.created_at[:10], made == VersionResponse.from_dict(RAW_VERSION)


def version_summary_by_position():
    made = VersionSummary("1.0", "draft", "2026", None, None)
    return made.version, made.state, made.created_at, made.promoted_at


def version_summary_from_dict():
    read = VersionSummary.from_dict(RAW_VERSION)
    return read.version, read.state == "stable", f"{read.state}", read.deprecated_at


def audit_entry_by_position():
    return vars(AuditEntry("i", "c", "1.0", True, 0, [], {"a": 1}, 3, None, "2026"))


def audit_entry_from_dict():
    raw = {"id": "i", "contract_id": "c", "passed": True, "created_at": "2026-11-24T00:00:00Z"}
    read = AuditEntry.from_dict(raw)
    return read.passed, read.violation_count, read.raw_event, read.source_ip, read.created_at[:4]


def stats_by_position():
    return vars(IngestionStats(3, 2, 1, 0.5, 1.5, 1, 2, 3))


def stats_from_dict():
    read = IngestionStats.from_dict({"total_events": 3, "passed_events": 2, "failed_events": 1})
    durations = (read.p50_validation_us, read.p95_validation_us, read.p99_validation_us)
    return read.pass_rate, read.avg_validation_us, durations


@differs("fills in missing values")
def stats_of_texts():
    counts = {"total_events": "3", "passed_events": "2", "failed_events": "1"}
    return IngestionStats.from_dict(counts).total_events


# --- Contracts ------------------------------------------------------------------------------------


def contract_from_text():
    read = Contract.from_yaml(YAML)
    return read.version, read.name, read.description, read.compliance_mode, len(read.entities)


def contract_from_bytes():
    return Contract.from_yaml(YAML.encode()).name


def contract_from_a_text_file():
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:
        file.write(YAML)
        file.seek(0)
        return Contract.from_yaml(file).name


def contract_from_a_binary_file():
    return Contract.from_yaml(io.BytesIO(YAML.encode())).name


def contract_from_json():
    raw = {"version": "1", "name": "n", "ontology": {"entities": [{"name": "a", "type": "any"}]}}
    return Contract.from_yaml(json.dumps(raw)).entities[0].field_type


def contract_field():
    field = Contract.from_yaml(YAML).entities[0]
    return vars(field)


def contract_field_bounds():
    field = Contract.from_yaml(YAML).entities[2]
    return field.field_type, field.required, field.min, field.max


@differs("`list(field.allowed_values)`")
def contract_lists():
    read = Contract.from_yaml(YAML)
    return read.entities[3].allowed_values == ["free", "paid"], isinstance(read.entities, list)


def contract_parts():
    entities = Contract.from_yaml(YAML).entities
    return entities[5].items.field_type, entities[6].properties[0].name, entities[1].transform


def contract_glossary():
    entry = Contract.from_yaml(YAML).glossary[0]
    return entry.field, entry.description, entry.constraints, list(entry.synonyms)


def contract_metrics():
    metric = Contract.from_yaml(YAML).metrics[0]
    return vars(metric), metric.metric_type, metric.formula


def contract_replaced():
    return dataclasses.replace(Contract.from_yaml(YAML), name="others").name


@differs("`replace(contract, ontology=Ontology(entities))`")
def contract_with_other_fields():
    field = FieldDefinition("a", FieldType.ANY)
    return len(dataclasses.replace(Contract.from_yaml(YAML), entities=[field]).entities)


def contract_field_made_by_hand():
    made = FieldDefinition("tag", FieldType.STRING)
    return Contract.from_yaml(YAML).entities[5].items == made, {made: 1}[made]


def contract_equality():
    return Contract.from_yaml(YAML) == Contract.from_yaml(YAML), Contract.from_yaml(YAML) == 1


@differs("it is read with `from_yaml` or `from_file`")
def contract_by_position():
    return Contract("1.0", "n", None, False, [FieldDefinition("a", FieldType.ANY)]).name


@differs("`contract.to_dict()`")
def contract_as_dict():
    return sorted(dataclasses.asdict(Contract.from_yaml(YAML)))


def contract_without_a_name():
    try:
        Contract.from_yaml("version: '1'")
    except ContractCompileError:
        return "refused"


def contract_that_is_no_yaml():
    try:
        Contract.from_yaml("a: [")
    except ContractGateError as error:
        return type(error).__name__


def contract_with_a_bad_pattern():
    try:
        Contract.from_yaml(YAML.replace("^[a-z0-9]+$", "(")).compile()
    except ContractCompileError:
        return "refused"


def contract_with_a_transform_of_a_number():
    try:
        Contract.from_yaml(YAML.replace("email, type: string", "email, type: integer")).compile()
    except ContractCompileError as error:
        return "only supported on string fields" in str(error)


@differs("reads a contract by PyYAML's and its own rules")
def contract_with_a_version_that_is_a_number():
    return Contract.from_yaml(YAML.replace('"1.0"', "1.0")).version


@differs("reads a contract by PyYAML's and its own rules")
def contract_with_a_type_in_capitals():
    return Contract.from_yaml(YAML.replace("type: number", "type: Number")).entities[4].field_type


def field_by_position():
    return dataclasses.asdict(FieldDefinition("a", FieldType.STRING, False, "^x"))


def field_defaults():
    return vars(FieldDefinition(name="a", field_type=FieldType.OBJECT))


@differs("`FieldDefinition.from_yaml(mapping)`")
def field_from_a_mapping():
    return FieldDefinition.from_yaml({"name": "a", "type": "string"}).name


@differs("`FieldDefinition.from_yaml(mapping)`")
def field_type_from_a_word():
    return FieldType.from_yaml("number")


@differs("no `date`")
def field_types():
    return [one.value for one in FieldType]


def metric_by_position():
    return dataclasses.asdict(MetricDefinition("m", "a", MetricType.FLOAT, None, 1, 2))


@differs("`FieldDefinition.from_yaml(mapping)`")
def metric_from_a_mapping():
    return MetricDefinition.from_yaml({"name": "m", "field": "a"}).field


def metric_types():
    return [one.value for one in MetricType]


def glossary_by_position():
    return dataclasses.asdict(GlossaryEntry("a", "what it is", None))


@differs("`FieldDefinition.from_yaml(mapping)`")
def glossary_from_a_mapping():
    return GlossaryEntry.from_yaml({"term": "a", "definition": "what it is"}).field


def transform_by_position():
    return dataclasses.asdict(Transform(TransformKind.MASK, MaskStyle.FORMAT_PRESERVING))


@differs("`FieldDefinition.from_yaml(mapping)`")
def transform_from_a_mapping():
    return Transform.from_yaml({"kind": "hash"}).kind


def transform_words():
    return [one.value for one in TransformKind], [one.value for one in MaskStyle]


def words_by_their_names():
    return (
        (FieldType.STRING, FieldType.INTEGER, FieldType.FLOAT, FieldType.BOOLEAN),
        (FieldType.OBJECT, FieldType.ARRAY, FieldType.ANY, MetricType.INTEGER, MetricType.FLOAT),
        (TransformKind.MASK, TransformKind.HASH, TransformKind.DROP, TransformKind.REDACT),
        (MaskStyle.OPAQUE, MaskStyle.FORMAT_PRESERVING),
    )


def kinds_by_their_names():
    return (
        (ViolationKind.MISSING_REQUIRED_FIELD, ViolationKind.TYPE_MISMATCH),
        (ViolationKind.PATTERN_MISMATCH, ViolationKind.ENUM_VIOLATION),
        (ViolationKind.RANGE_VIOLATION, ViolationKind.LENGTH_VIOLATION),
        (ViolationKind.METRIC_RANGE_VIOLATION, ViolationKind.UNKNOWN_FIELD),
        ViolationKind.UNDECLARED_FIELD,
    )


# --- The local validator --------------------------------------------------------------------------


def compiled_attributes():
    made = Contract.from_yaml(YAML).compile()
    return made.contract.name, sorted(made.patterns), sorted(made.declared_top_level_fields)


def compiled_pattern():
    pattern = Contract.from_yaml(YAML).compile().patterns["user_id"]
    return pattern.pattern, bool(pattern.search("jane")), bool(pattern.search("J!"))


@differs("`compiled.patterns` holds `re.Pattern`")
def compiled_pattern_of_re():
    return bool(Contract.from_yaml(YAML).compile().patterns["user_id"].match("jane"))


def compiled_sets():
    return Contract.from_yaml(YAML).compile().declared_top_level_fields >= {"user_id", "age"}


@differs("a frozen set and a read-only mapping")
def compiled_sets_changed():
    Contract.from_yaml(YAML).compile().declared_top_level_fields.add("extra")
    return "changed"


@differs("`contract.compile()`")
def compiled_by_hand():
    return CompiledContract(Contract.from_yaml(YAML), {}, set()).contract.name


def compiled_without_compliance():
    lax = YAML.replace("compliance_mode: true", "compliance_mode: false")
    return len(Contract.from_yaml(lax).compile().declared_top_level_fields)


def validated_as_good():
    return judged(GOOD)


def validated_as_bad():
    return judged(BAD)


def validated_without_a_field():
    return judged({"age": 30})


def validated_by_types():
    return judged({"user_id": 1, "age": "x", "score": "x", "tags": {}, "home": []})


def validated_inside():
    return judged({"user_id": "jane", "tags": ["a", 1], "home": {"city": 1}})


def validated_by_pattern():
    return judged({"user_id": "JANE", "age": 200})


def validated_what_is_no_object():
    return judged(["user_id"])


def validated_by_the_function():
    verdict = validate(Contract.from_yaml(YAML).compile(), GOOD)
    return verdict.passed, isinstance(verdict.validation_us, int)


@differs("the local validator never raises")
def validated_what_cannot_be_sent():
    return judged({"user_id": "jane", "score": float("nan")})[0]


# --- Errors ---------------------------------------------------------------------------------------


def errors_are_related():
    kinds = [AuthError, BadRequestError, ConflictError, NotFoundError, ServerError]
    kinds += [ValidationFailedError]
    roots = [ConnectionError, ContractCompileError, HTTPError, LLMResponseError]
    return [issubclass(one, HTTPError) for one in kinds], [
        issubclass(one, ContractGateError) for one in roots
    ]


def error_by_hand():
    error = NotFoundError("no such thing", status=404, body={"error": "x"})
    return str(error), error.status, error.body, error.args


def error_of_the_local_side():
    return str(ContractCompileError("wrong")), str(ConnectionError("down"))


def error_without_a_body():
    return HTTPError("m", status=418).body


def exceptions_of_statuses():
    return [status_to_exception(one).__name__ for one in (400, 401, 404, 409, 418, 422, 500, 503)]


@differs("statuses 403, 413 and 429 raise a bare `HTTPError`")
def exceptions_of_other_statuses():
    return [status_to_exception(one).__name__ for one in (403, 413, 429)]


def raised_for_a_status():
    raise_for_status(200, None)
    try:
        raise_for_status(409, {"error": "no stable version"})
    except ConflictError as error:
        return str(error), error.status, error.body


def raised_with_a_message():
    try:
        raise_for_status(404, None, "my own words")
    except NotFoundError as error:
        return str(error)


@differs("can be a code")
def raised_with_a_code():
    body = {"error": "rate_limit_exceeded", "detail": "Too many requests", "retry_after_ms": 5}
    try:
        raise_for_status(429, body)
    except HTTPError as error:
        return str(error)


@differs("both are also subclasses of the built-in ones")
def connection_error_is_none_of_python():
    return issubclass(ConnectionError, OSError)


# --- The client -----------------------------------------------------------------------------------


def client_in_a_block(gw):
    with Client(base_url=gw.url, api_key=gw.key, org_id=None, timeout=10.0) as cg:
        return cg.get_contract(gw.contract_id).name == gw.name


def client_without_a_time_limit(gw):
    with Client(base_url=gw.url, api_key=gw.key, timeout=None) as cg:
        return cg.get_contract(gw.contract_id, timeout=None).version_count


def client_closed(gw):
    cg = Client(base_url=gw.url + "/", api_key=gw.key)
    cg.close()
    try:
        cg.stats()
    except RuntimeError:
        return "refused"


def client_with_a_transport():
    def answer(request):
        given = {"id": request.headers["x-api-key"], "name": str(request.url)}
        return httpx.Response(200, json={**given, "version_count": 1})

    transport = httpx.MockTransport(answer)
    with Client(base_url="http://gw/", api_key="k", transport=transport) as cg:
        return vars(cg.get_contract("c"))


@differs("`base_url` has to be given")
def client_without_a_url():
    os.environ["CONTRACTGATE_BASE_URL"] = "http://gw"
    try:
        return Client(api_key="k").close()
    finally:
        del os.environ["CONTRACTGATE_BASE_URL"]


def client_without_a_gateway():
    with Client(base_url="http://127.0.0.1:9", api_key="k") as cg:
        try:
            cg.stats()
        except ConnectionError as error:
            return isinstance(error, HTTPError)


def client_without_a_gateway_says_why():
    with Client(base_url="http://127.0.0.1:9", api_key="k") as cg:
        try:
            cg.stats()
        except ConnectionError as error:
            return isinstance(error.__cause__, httpx.ConnectError)


def client_out_of_patience():
    def answer(request):
        raise httpx.ReadTimeout("slow", request=request)

    with Client(base_url="http://gw", transport=httpx.MockTransport(answer)) as cg:
        try:
            cg.stats()
        except ConnectionError as error:
            return isinstance(error.__cause__, httpx.TimeoutException)


def client_with_a_time_limit_of_httpx(gw):
    with Client(base_url=gw.url, api_key=gw.key, timeout=httpx.Timeout(5)) as cg:
        return cg.get_contract(gw.contract_id).version_count


def client_of_a_stranger(gw):
    with Client(base_url=gw.url, api_key="cg_live_unknown") as cg:
        try:
            cg.list_contracts()
        except AuthError as error:
            return error.status, isinstance(error.body, dict)


def ingested_one(cg, gw):
    done = cg.ingest(contract_id=gw.contract_id, events=GOOD)
    return done.total, done.passed, done.failed, done.results[0].transformed_event


def ingested_many(cg, gw):
    done = cg.ingest(contract_id=gw.contract_id, events=[GOOD, BAD])
    failed = done.results[1]
    return (
        [one.passed for one in done.results],
        [(one.field, one.kind, one.message) for one in failed.violations],
        (failed.index, failed.quarantine_id is not None, failed.contract_version),
        (done.resolved_version, done.version_pin_source, done.dry_run, done.atomic),
    )


def ingested_dry(cg, gw):
    return cg.ingest(contract_id=gw.contract_id, events=[GOOD], dry_run=True).dry_run


def ingested_at_once(cg, gw):
    done = cg.ingest(contract_id=gw.contract_id, events=[GOOD, BAD], atomic=True, timeout=None)
    return done.atomic, done.failed, [one.forwarded for one in done.results]


def ingested_into_a_version(cg, gw):
    done = cg.ingest(contract_id=gw.contract_id, events=[GOOD], version="2.0")
    return done.resolved_version, done.version_pin_source


def ingested_with_the_version_in_the_id(cg, gw):
    return cg.ingest(contract_id=f"{gw.contract_id}@2.0", events=[GOOD]).version_pin_source


def ingested_a_tuple(cg, gw):
    return cg.ingest(contract_id=gw.contract_id, events=(GOOD, GOOD), dry_run=True).total


def ingested_words_and_tuples(cg, gw):
    event = {**GOOD, "user_id": ViolationKind.TYPE_MISMATCH, "tags": ("a", "b")}
    [done] = cg.ingest(contract_id=gw.contract_id, events=[event], dry_run=True).results
    return done.transformed_event["tags"], [one.field for one in done.violations]


@differs("keys that are not texts are written as text")
def ingested_numbers_as_keys(cg, gw):
    event = {**GOOD, 1: "one"}
    return cg.ingest(contract_id=gw.contract_id, events=[event], dry_run=True).failed


@differs("an argument of a wrong type is sent as it is")
def ingested_a_text(cg, gw):
    return cg.ingest(contract_id=gw.contract_id, events="jane", dry_run=True).failed


@differs("an argument of a wrong type is sent as it is")
def audited_by_texts(cg):
    return len(cg.audit(limit="1"))


def ingested_nothing(cg, gw):
    try:
        cg.ingest(contract_id=gw.contract_id, events=[])
    except BadRequestError as error:
        return error.status


def ingested_into_nothing(cg):
    try:
        cg.ingest(contract_id=NOBODY, events=[GOOD])
    except NotFoundError as error:
        return error.status, str(error)


def ingested_into_a_draft(cg, gw):
    try:
        cg.ingest(contract_id=gw.draft_id, events=[GOOD])
    except ConflictError as error:
        return error.status


@differs("`DeprecatedVersionError`, with `results`")
def ingested_into_a_deprecated_version(cg, gw):
    try:
        cg.ingest(contract_id=gw.contract_id, events=[GOOD], version="1.0")
    except KeyError as error:
        return type(error).__name__


@differs("`BatchTooLargeError`")
def ingested_too_many(cg, gw):
    try:
        cg.ingest(contract_id=gw.contract_id, events=[GOOD] * 1001)
    except BadRequestError as error:
        return error.status


@differs("a `datetime` a `TypeError`")
def ingested_a_datetime(cg, gw):
    event = {**GOOD, "user_id": datetime.date(2026, 11, 24)}
    return cg.ingest(contract_id=gw.contract_id, events=[event], dry_run=True).failed


@differs("`NaN` is a `ValueError`")
def ingested_nan(cg, gw):
    try:
        cg.ingest(contract_id=gw.contract_id, events=[{"score": float("nan")}])
    except ValueError as error:
        return type(error).__name__


@differs("an empty version is sent")
def ingested_into_an_empty_version(cg, gw):
    try:
        cg.ingest(contract_id=gw.contract_id, events=[GOOD], version="")
    except HTTPError as error:
        return error.status


def egressed(cg, gw):
    done = cg.egress(contract_id=gw.contract_id, events=[GOOD, BAD])
    return (
        (done.total, done.passed, done.failed, done.disposition, done.resolved_version),
        done.payload,
        [(one.index, one.passed, one.action) for one in done.outcomes],
    )


def egressed_with_tags(cg, gw):
    done = cg.egress(contract_id=gw.contract_id, events=[GOOD, BAD], disposition="tag")
    return len(done.payload), [one.action for one in done.outcomes]


def egressed_dry_from_a_version(cg, gw):
    done = cg.egress(contract_id=gw.contract_id, events=GOOD, version="2.0", dry_run=True)
    return done.dry_run, done.resolved_version


@differs("`egress` raises if every record failed")
def egressed_only_bad(cg, gw):
    try:
        return cg.egress(contract_id=gw.contract_id, events=[BAD]).failed
    except ValidationFailedError as error:
        return "raised", error.status


def audited(cg, gw):
    rows = cg.audit(contract_id=gw.contract_id, limit=500)
    first = rows[-1]
    details = [one.violation_details for one in rows if not one.passed]
    assert details[0], "a failed event has details"
    return first.passed, first.raw_event, first.contract_version, first.created_at[:2]


def audited_in_pages(cg, gw):
    pages = [cg.audit(contract_id=gw.contract_id, limit=1, offset=one) for one in (0, 1)]
    return [len(page) for page in pages], pages[0][0].id != pages[1][0].id


@differs("a negative `limit`")
def audited_backwards(cg):
    try:
        cg.audit(limit=-1)
    except ServerError as error:
        return error.status


def counted(cg):
    stats = cg.stats()
    return stats.total_events >= stats.passed_events > 0, 0 < stats.pass_rate <= 1


def contract_by_id(cg, gw):
    read = cg.get_contract(gw.contract_id)
    return read.name == gw.name, read.latest_stable_version, read.version_count, read.description


def contract_by_a_bad_id(cg):
    try:
        cg.get_contract("no-uuid")
    except BadRequestError as error:
        return error.status


def contracts_listed(cg, gw):
    [row] = [one for one in cg.list_contracts() if one.name == gw.name]
    return row.id == gw.contract_id, row.description, row.created_at, row.version_count


@differs("returns rows of their own type")
def contracts_listed_by_type(cg):
    return isinstance(cg.list_contracts()[0], ContractResponse)


def versions_listed(cg, gw):
    return sorted((one.version, f"{one.state}") for one in cg.list_versions(gw.contract_id))


def version_read(cg, gw):
    read = cg.get_version(gw.contract_id, "1.0")
    return read.version, read.state, "user_id" in read.yaml_content, read.compliance_mode


def version_that_is_not_there(cg, gw):
    try:
        cg.get_version(gw.contract_id, "7.0")
    except NotFoundError as error:
        return error.status, str(error).replace(gw.contract_id, "ID")


def latest_stable(cg, gw):
    return cg.get_latest_stable(gw.contract_id).version


def playground(cg):
    given = cg.playground_validate(yaml_content=YAML, event=BAD)
    return type(given).__name__, given["passed"], given["violations"], given["transformed_event"]


def playground_with_a_bad_contract(cg):
    try:
        cg.playground_validate(yaml_content="x", event=GOOD)
    except ValidationFailedError as error:
        return error.status, str(error)


def asynchronously(gw):
    async def use():
        async with AsyncClient(base_url=gw.url, api_key=gw.key) as cg:
            sent, out, rows, stats, read = await asyncio.gather(
                cg.ingest(contract_id=gw.contract_id, events=[GOOD, BAD], dry_run=True),
                cg.egress(contract_id=gw.contract_id, events=[GOOD], dry_run=True),
                cg.audit(contract_id=gw.contract_id, limit=1),
                cg.stats(),
                cg.get_contract(gw.contract_id),
            )
            return sent.failed, out.passed, len(rows), stats.total_events > 0, read.name == gw.name

    return asyncio.run(use())


def asynchronously_the_rest(gw):
    async def use():
        cg = AsyncClient(base_url=gw.url, api_key=gw.key, timeout=10.0)
        try:
            listed = [one.name for one in await cg.list_contracts()]
            versions = [one.version for one in await cg.list_versions(gw.contract_id)]
            version = await cg.get_version(gw.contract_id, "2.0")
            stable = await cg.get_latest_stable(gw.contract_id)
            tried = await cg.playground_validate(yaml_content=YAML, event=GOOD)
            return gw.name in listed, sorted(versions), version == stable, tried["passed"]
        finally:
            await cg.aclose()

    return asyncio.run(use())


def asynchronously_refused(gw):
    async def use():
        async with AsyncClient(base_url=gw.url, api_key=gw.key) as cg:
            try:
                await cg.get_contract(NOBODY)
            except NotFoundError as error:
                return error.status

    return asyncio.run(use())


# --- The guard for language models ----------------------------------------------------------------


def json_of_texts():
    return extract_json('{"a": 1}'), extract_json('```json\n{"a": 2}\n```'), extract_json({"a": 3})


def json_of_a_chat():
    call = {"function": {"arguments": '{"b": 1}'}}
    return extract_json(chat({"a": 1})), extract_json(
        {"choices": [{"message": {"tool_calls": [call]}}]}
    )


def json_of_a_message():
    block = {"type": "tool_use", "name": "t", "input": {"a": 1}}
    return extract_json({"content": [{"type": "text", "text": "x"}, block]})


def json_of_a_response():
    class Response:
        output_parsed = {"a": 1}  # noqa: RUF012

    return extract_json(Response())


def json_of_no_json():
    try:
        extract_json("I would rather not")
    except LLMResponseError as error:
        return isinstance(error, ContractGateError)


def json_of_a_stream():
    try:
        extract_json(iter(["a"]))
    except LLMResponseError:
        return "refused"


@differs("the first is taken")
def json_of_two_choices():
    return extract_json({"choices": chat({"a": 1})["choices"] + chat({"a": 2})["choices"]})


def gate_result_by_position():
    made = LLMGateResult(True, {"a": 1}, [], 1, None)
    made.payload = {"a": 2}
    return dataclasses.asdict(made)


@differs("`if result is not None:`")
def gate_result_as_a_condition():
    return bool(LLMGateResult(False, {}, [], 1, None))


def gate_alone(cg, gw):
    gate = LLMGate(api_key=gw.key, contract_id=gw.contract_id, client=cg)
    good, bad = gate.validate_only(GOOD), gate.validate_only(BAD)
    fields = [one.field for one in bad.violations]
    return good.ok, good.payload, good.attempts, bad.ok, fields, bad.repair_hints


def gate_dry(cg, gw):
    gate = LLMGate(api_key=gw.key, contract_id=gw.contract_id, client=cg, max_retries=-1)
    return gate.validate_only(chat(GOOD), dry_run=True).ok


def gate_of_its_own(gw):
    with LLMGate(api_key=gw.key, base_url=gw.url, contract_id=gw.name, version="2.0") as gate:
        return gate.validate_only(json.dumps(GOOD)).ok


def gate_with_a_chat(cg, gw):
    gate = LLMGate(api_key=gw.key, contract_id=gw.name, llm=Model(chat(BAD), chat(GOOD)), client=cg)
    done = gate.completion(model="m", messages=[{"role": "user", "content": "x"}], auto_repair=True)
    return done.ok, done.attempts, done.payload, len(done.repair_hints)


def gate_with_messages(cg, gw):
    answer = {"content": [{"type": "tool_use", "name": "t", "input": GOOD}]}
    gate = LLMGate(
        api_key=gw.key,
        contract_id=gw.contract_id,
        llm=Model(answer),
        disposition="block",
        repair_prompt=lambda violations: "again",
        client=cg,
    )
    done = gate.message(model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}])
    return done.ok, done.raw_response == answer


def gate_without_a_model(cg, gw):
    gate = LLMGate(api_key=gw.key, contract_id=gw.contract_id, client=cg)
    try:
        gate.completion(model="m", messages=[])
    except ValueError:
        return "refused"


def gate_with_a_stream(cg, gw):
    gate = LLMGate(api_key=gw.key, contract_id=gw.contract_id, llm=Model(), client=cg)
    try:
        gate.completion(model="m", messages=[], stream=True)
    except LLMResponseError:
        return "refused"


def gate_with_too_many_retries(cg, gw):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        LLMGate(api_key=gw.key, contract_id=gw.contract_id, client=cg, max_retries=9)
    return MAX_RETRIES_CAP, len(caught)


def gate_of_an_unknown_name(cg, gw):
    gate = LLMGate(api_key=gw.key, contract_id="no such contract", client=cg)
    try:
        gate.validate_only(GOOD)
    except ContractGateError as error:
        return "no such contract" in str(error)


def gate_that_masks(cg, gw):
    gate = LLMGate(api_key=gw.key, contract_id=gw.contract_id, client=cg)
    return gate.mask_prompt(GOOD, prompt_contract_id=gw.name)


def gate_asynchronously(gw):
    async def use():
        async with AsyncLLMGate(
            api_key=gw.key, base_url=gw.url, contract_id=gw.name, llm=AsyncModel(chat(GOOD))
        ) as gate:
            alone = await gate.validate_only(BAD)
            asked = await gate.completion(model="m", messages=[{"role": "user", "content": "x"}])
            return alone.ok, asked.ok, asked.payload

    return asyncio.run(use())


def gate_asynchronously_with_messages(gw):
    async def use():
        answer = {"content": [{"type": "text", "text": json.dumps(GOOD)}]}
        gate = AsyncLLMGate(
            api_key=gw.key, base_url=gw.url, contract_id=gw.contract_id, llm=AsyncModel(answer)
        )
        try:
            done = await gate.message(model="m", messages=[{"role": "user", "content": "x"}])
            masked = await gate.mask_prompt(GOOD, prompt_contract_id=gw.contract_id)
            return done.ok, masked["email"]
        finally:
            await gate.aclose()

    return asyncio.run(use())


# --- Modules --------------------------------------------------------------------------------------


def names_of_the_package():
    names = """
        AsyncClient AuditEntry AuthError BadRequestError BatchIngestResponse Client
        CompiledContract ConflictError ConnectionError Contract ContractCompileError
        ContractGateError ContractResponse EgressOutcome EgressResponse FieldDefinition FieldType
        HTTPError IngestEventResult IngestionStats MaskStyle MetricDefinition MetricType
        NotFoundError ServerError Transform TransformKind ValidationFailedError ValidationResult
        VersionResponse VersionSummary Violation ViolationKind __version__
    """
    return sorted(set(names.split()) - set(contractgate.__all__))


def names_of_the_modules():
    from contractgate import async_client, client, contract, exceptions, models

    return (
        (async_client.AsyncClient is AsyncClient, client.Client is Client),
        (contract.Contract is Contract, exceptions.HTTPError is HTTPError),
        models.Violation is Violation,
    )


@differs("`contractgate.__version__`")
def version_of_the_package():
    return contractgate.__version__


SNIPPETS = {name: value for name, value in globals().items() if name not in {"_BEFORE", *_BEFORE}}
