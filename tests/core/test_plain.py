"""Results, models and parts of contracts as plain values, for users and for other libraries."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import pickle
import pprint
import subprocess
import sys
from typing import Any, Optional

import msgspec
import orjson
import pydantic
import pytest

import contractgate_core
from contractgate_core import (
    Contract,
    EventDecodeError,
    FailedRecord,
    FieldDefinition,
    FieldType,
    Ontology,
    ValidationResult,
    Violation,
    ViolationKind,
    models,
)
from contractgate_core.models.meta import note_meta
from contracts import compiled

YAML = """
version: "1.0"
name: orders
ontology:
  entities:
    - {name: id, type: integer, min: 1}
    - name: lines
      type: array
      items: {name: line, type: object, properties: [{name: sku, type: string}]}
"""
VIOLATION = Violation("email", "got 'jane@example.com'", ViolationKind.PATTERN_MISMATCH)
RESULT = ValidationResult(False, [VIOLATION], 3)
WIRE = {
    "passed": False,
    "violations": [
        {"field": "email", "message": "got 'jane@example.com'", "kind": "pattern_mismatch"}
    ],
    "validation_us": 3,
}
EVENT = {
    **WIRE,
    "forwarded": False,
    "contract_version": "1.0",
    "transformed_event": {"email": "jane@example.com", "none": None},
    "index": 0,
    "quarantine_id": None,
}
BATCH = {
    "total": 1,
    "passed": 0,
    "failed": 1,
    "dry_run": False,
    "atomic": False,
    "resolved_version": "1.0",
    "version_pin_source": "default_stable",
    "results": [EVENT],
}
STRUCTS = sorted(
    {
        value
        for module in (contractgate_core, models)
        for value in (getattr(module, name) for name in module.__all__)
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    }
    - {contractgate_core.UnknownKey},
    key=lambda kind: kind.__name__,
)
PARTS = [kind for kind in STRUCTS if kind.__module__.startswith("contractgate_core.contract.")]
MODELS = [kind for kind in STRUCTS if kind not in PARTS]


class Broken:
    """An object whose `repr` raises an error."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def of(kind: Any, value: object) -> Any:
    """Make a struct that holds the value everywhere."""
    return kind(**dict.fromkeys(kind.__struct_fields__, value))


def test_a_result_is_given_as_it_is_on_the_wire() -> None:
    """Including personal values, which the `repr` hides."""
    assert RESULT.to_dict() == WIRE
    assert json.loads(RESULT.to_json()) == WIRE
    assert "jane" not in repr(RESULT)
    batch = models.BatchIngestResponse.from_dict(BATCH)
    assert batch.to_dict() == json.loads(batch.to_json()) == BATCH
    assert models.BatchIngestResponse.from_dict(batch.to_dict()) == batch
    assert type(batch.to_dict()["version_pin_source"]) is str


def test_names_on_the_wire_are_those_of_the_gateway() -> None:
    """Even if the attribute has another name, and for words and times."""
    window = models.ReportWindow(start=models.Timestamp("2026-11-24T00:00:00Z"))
    assert window.to_dict() == {"from": "2026-11-24T00:00:00Z", "to": None}
    assert type(window.to_dict()["from"]) is str
    field = FieldDefinition("a", FieldType.STRING, allowed_values=("x",))
    assert (field.to_dict()["type"], field.to_dict()["enum"]) == ("string", ["x"])
    contract = Contract.from_yaml(YAML)
    assert json.loads(contract.to_json()) == contract.to_dict()
    assert Contract.from_yaml(contract.to_json()) == contract


def test_what_json_does_not_have_is_refused() -> None:
    """Only code can have put it there."""
    odd: Any = ValidationResult(False, [object()])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="expected values that JSON has, got object"):
        odd.to_json()


def test_what_a_scan_gives_is_plain_too() -> None:
    """A record that breaks rules, one that is not JSON, and the totals."""
    with compiled({"name": "a", "type": "integer"}).scan(b'{"a": 1}\n{"a": "x"}\n{\n') as scan:
        failed = [json.loads(one.to_json()) for one in scan]
    assert [one["record"] for one in failed] == [2, 3]
    assert failed[0]["violations"][0]["kind"] == "type_mismatch"
    assert (failed[0]["error"], failed[1]["error"]["line"]) == (None, 3)
    assert json.loads(scan.totals.to_json()) == {
        "records": 3,
        "passed": 1,
        "failed": 2,
        "malformed": 1,
        "violations": [{"field": "a", "kind": "type_mismatch", "count": 1}],
    }


def test_json_that_would_grow_without_end_is_refused() -> None:
    """Aliases in a short file may stand for very many values."""
    inner = (FieldDefinition("g", FieldType.ANY, allowed_values=(0,) * 1_000),) * 200
    field = FieldDefinition("f", FieldType.OBJECT, properties=inner)
    contract = Contract(version="1", name="c", ontology=Ontology((field,)))
    with pytest.raises(contractgate_core.ContractGateError, match="more than 100,000 values"):
        contract.to_json()
    with pytest.raises(contractgate_core.ContractGateError, match="more than 100,000 values"):
        field.to_json()


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("value", [None, 7, "text", b"\xff", [Broken()], Broken()], ids=type)
def test_nothing_that_code_makes_of_them_has_a_repr_that_raises(kind: Any, value: object) -> None:
    """Tests make them from whatever is at hand."""
    made = of(kind, value)
    assert repr(made).startswith(f"{kind.__name__}(")
    if hasattr(made, "__rich_repr__"):
        list(made.__rich_repr__())


def test_a_truth_is_one_of_two() -> None:
    """Even if `passed` is not a bool."""
    assert bool(ValidationResult(1)) is True  # type: ignore[arg-type]
    for kind in MODELS:
        if "passed" in kind.__struct_fields__ and hasattr(kind, "__bool__"):
            assert bool(of(kind, 0)) in (True, False)


def test_a_repr_of_what_nests_without_end_ends() -> None:
    """However deep, and in a circle."""
    nested: list[Any] = []
    nested.append(ValidationResult(False, nested))
    assert repr(nested[0]).startswith("ValidationResult(")
    deep: Any = None
    for _ in range(5_000):
        deep = ValidationResult(False, [deep])
    assert repr(deep).startswith("ValidationResult(")


def test_a_violation_of_a_plain_text_is_shown() -> None:
    """As code for 0.4.0 makes them in tests."""
    odd: Any = Violation("a", "b", "c")  # type: ignore[arg-type]
    assert repr(odd) == "Violation(field='a', kind='c', message=<hidden>)"
    assert odd.to_dict() == {"field": "a", "message": "b", "kind": "c"}
    with pytest.raises(contractgate_core.InvalidEventError, match="a: c"):
        ValidationResult(False, [odd]).raise_for_violations()


def test_a_failed_result_without_violations_raises_as_any_other() -> None:
    """As code makes them."""
    with pytest.raises(contractgate_core.InvalidEventError, match="did not pass"):
        ValidationResult(False).raise_for_violations()


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_each_is_a_dataclass_to_those_who_ask(kind: Any) -> None:
    """With the same fields; a new kind must have all of this, too."""
    assert bool(dataclasses.is_dataclass(kind))
    assert [field.name for field in dataclasses.fields(kind)] == list(kind.__struct_fields__)
    if kind in PARTS:
        return
    made = of(kind, "x")
    assert vars(made) == dict.fromkeys(kind.__struct_fields__, "x")
    assert dataclasses.asdict(made) == vars(made)
    if vars(made):
        name = kind.__struct_fields__[0]
        assert getattr(dataclasses.replace(made, **{name: "y"}), name) == "y"
        assert getattr(made.__replace__(**{name: "y"}), name) == "y"
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == copy.copy(made) == made


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_the_fields_without_a_default_are_those_that_must_be_given(kind: Any) -> None:
    """For `dataclasses`, and so for pydantic, as in the constructor."""
    nothing = {dataclasses.MISSING}
    needed = [
        field.name
        for field in dataclasses.fields(kind)
        if {field.default, field.default_factory} == nothing
    ]
    kind(**dict.fromkeys(needed, "x"))
    for name in needed:
        with pytest.raises(TypeError, match=r"[Mm]issing required"):
            kind(**dict.fromkeys([one for one in needed if one != name], "x"))


def test_what_dataclasses_give_of_a_result_is_what_they_gave_of_0_4_0() -> None:
    """Nested ones as dicts, too."""
    given = dataclasses.asdict(RESULT)
    assert given == WIRE
    assert dataclasses.astuple(RESULT) == (
        False,
        [("email", VIOLATION.message, "pattern_mismatch")],
        3,
    )
    passed = dataclasses.replace(RESULT, passed=True, violations=[])
    assert passed == ValidationResult(True, [], 3)
    contract = Contract.from_yaml(YAML)
    renamed = dataclasses.replace(contract, name="other")
    assert (renamed.name, renamed.ontology) == ("other", contract.ontology)
    assert json.loads(orjson.dumps(RESULT)) == WIRE


def test_copy_replace_makes_a_changed_copy() -> None:
    """Python 3.13 has a function for it; before, only the method that it calls."""
    replace: Any = vars(copy).get("replace", ValidationResult.__replace__)
    assert replace(RESULT, passed=True) == ValidationResult(True, [VIOLATION], 3)
    with pytest.raises(TypeError):
        replace(RESULT, nothing=True)


def test_what_others_show_of_dataclasses_is_the_repr() -> None:
    """Not the fields, with which pytest and `pprint` would show what a `repr` hides."""
    entry = models.AuditEntry("i", "c", None, True, raw_event={"email": "jane@example.com"})
    assert pprint.pformat(entry, width=10_000) == repr(entry)
    assert not any(field.compare or field.repr for field in dataclasses.fields(entry))


def test_models_of_0_4_0_take_arguments_by_position_in_its_order() -> None:
    """Even if a required field comes after others."""
    result = models.IngestEventResult(True, [], 1, False, "1.0", {"a": 1})
    assert (result.contract_version, result.index) == ("1.0", None)
    models.BatchIngestResponse(1, 1, 0, False, False, "1.0", models.PinSource.HEADER, [result])
    outcome = models.EgressOutcome(0, True, [], 1, models.EgressAction.INCLUDED)
    disposition = models.EgressDisposition.BLOCK
    models.EgressResponse(1, 1, 0, False, disposition, "1.0", [{"a": 1}], [outcome])
    entry = models.AuditEntry("i", "c", None, True)
    assert (entry.passed, entry.violation_details) == (True, [])
    with pytest.raises(TypeError, match="missing required field `contract_version`"):
        models.IngestEventResult(True, [])


def test_what_is_missing_in_an_answer_is_named_with_its_place() -> None:
    """A missing required field is reported wherever it should be."""
    broken = {**BATCH, "results": [EVENT, {**EVENT, "contract_version": None}]}
    place = r"missing required field `contract_version` - at `\$\.results\[1\]`"
    with pytest.raises(msgspec.ValidationError, match=place):
        models.BatchIngestResponse.from_dict(broken)
    with pytest.raises(msgspec.ValidationError, match=place):
        models.read(msgspec.json.encode(broken), models.BatchIngestResponse)
    listed: Any = list[models.AuditEntry]
    with pytest.raises(msgspec.ValidationError, match=r"`passed` - at `\$\[0\]`"):
        models.read(b'[{"id": "i", "contract_id": "c"}]', listed)
    with pytest.raises(msgspec.ValidationError, match=r"missing required field `results`$"):
        models.BatchIngestResponse.from_dict(
            {"total": 1, "passed": 0, "failed": 1, "resolved_version": "1"}
        )


def test_what_a_reply_says_beside_its_body_is_no_field() -> None:
    """It is not in comparisons, dicts or pickles."""
    batch, other = (models.BatchIngestResponse.from_dict(BATCH) for _ in range(2))
    note_meta(batch, models.ResponseMeta(200, {"a": "b"}))
    assert batch.meta is not None
    assert batch.meta.to_dict() == {"status": 200, "headers": {"a": "b"}}
    assert batch == other
    assert vars(batch) == vars(other)
    assert pickle.loads(pickle.dumps(batch)).meta is None


def unpickled(kind: Any, **fields: Any) -> Any:
    """Do what `pickle` does for a dataclass: make one without arguments, and set its state."""
    made = kind.__new__(kind)
    made.__setstate__(fields)
    return made


def test_pickles_of_0_4_0_are_read() -> None:
    """With the default for what did not exist yet."""
    result = unpickled(ValidationResult, passed=False, violations=[VIOLATION], validation_us=3)
    assert result == RESULT
    fields = {"index": 0, "passed": True, "violations": [], "validation_us": 3}
    outcome = unpickled(models.EgressOutcome, **fields, action="included")
    assert outcome == models.EgressOutcome(0, True, [], 3, models.EgressAction.INCLUDED)
    today = Contract.from_yaml(YAML)
    head = {"version": "1.0", "name": "orders", "description": None, "compliance_mode": False}
    entities = list(today.entities)
    assert unpickled(Contract, **head, entities=entities, glossary=[], metrics=[]) == today


class Report(pydantic.BaseModel):
    """A user's own model that holds ours."""

    result: ValidationResult
    batch: Optional[models.BatchIngestResponse] = None
    rows: models.Listing[models.ContractSummary] = models.Listing()
    contract: Optional[Contract] = None


def test_pydantic_takes_results_models_and_contracts() -> None:
    """As values, from dicts and from JSON; and writes them as they are on the wire."""
    rows = models.Listing([models.ContractSummary(id="1", name="n")])
    batch = models.BatchIngestResponse.from_dict(BATCH)
    contract = Contract.from_yaml(YAML)
    report = Report(result=RESULT, batch=batch, rows=rows, contract=contract)
    assert report.result is RESULT
    dumped = json.loads(report.model_dump_json())
    assert dumped["result"] == WIRE
    assert dumped["batch"] == BATCH
    assert Report.model_validate(dumped) == report
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert isinstance(Report.model_validate(dumped).rows, models.Listing)
    slim = report.model_dump(mode="json", include={"result"}, exclude_none=True)
    assert slim == {"result": WIRE}
    odd = {**WIRE, "violations": [{**WIRE["violations"][0], "kind": "moon_phase"}], "new": 1}  # type: ignore[index]
    assert Report(result=odd).result.violations[0].kind == ViolationKind("moon_phase")  # type: ignore[arg-type]
    with pytest.raises(pydantic.ValidationError, match=r"result\.passed\n"):
        Report(result={"passed": "perhaps"})  # type: ignore[arg-type]


def test_pydantic_reads_a_contract_as_the_gateway_does() -> None:
    """Not by its own rules, which read "yes" as true."""
    adapter = pydantic.TypeAdapter(Contract)
    plain = Contract.from_yaml(YAML).to_dict()
    assert adapter.validate_python(plain) == Contract.from_yaml(YAML)
    plain["ontology"]["entities"][0]["required"] = "yes"
    with pytest.raises(pydantic.ValidationError, match=r"entities\[0\]\.required: expected"):
        adapter.validate_python(plain)


def test_a_row_of_a_list_serves_where_the_whole_is_declared() -> None:
    """0.4.0 gave contracts in a list as `ContractResponse`."""
    adapter = pydantic.TypeAdapter(list[models.ContractResponse])
    assert adapter.validate_python([models.ContractSummary(id="1", name="n")]) == [
        models.ContractResponse("1", "n")
    ]


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_schemas_say_what_is_on_the_wire(mode: Any) -> None:
    """Names, types, defaults, and words that may have further values in future."""
    schema = pydantic.TypeAdapter(models.IngestEventResult).json_schema(mode=mode)
    assert schema["title"] == "IngestEventResult"
    assert schema["required"] == ["passed", "violations", "contract_version"]
    assert schema["properties"]["validation_us"] == {
        "default": 0,
        "title": "Validation Us",
        "type": "integer",
    }
    assert schema["properties"]["violations"]["items"] == {"$ref": "#/$defs/Violation"}
    kind = schema["$defs"]["Violation"]["properties"]["kind"]
    assert "type_mismatch" in kind["anyOf"][0]["enum"]
    assert kind["anyOf"][1] == {"type": "string"}
    window = pydantic.TypeAdapter(models.ReportWindow).json_schema(mode=mode)
    assert list(window["properties"]) == ["from", "to"]
    entities = pydantic.TypeAdapter(FieldDefinition).json_schema(mode=mode)
    assert "enum" in entities["$defs"]["FieldDefinition"]["properties"]


@pytest.mark.parametrize(
    "kind", [*STRUCTS, contractgate_core.Totals], ids=lambda kind: kind.__name__
)
def test_each_has_a_schema(kind: Any) -> None:
    """FastAPI needs one for everything that annotates an endpoint."""
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(kind)
    modes: Any = ("validation", "serialization")
    for mode in modes:
        assert "title" in str(adapter.json_schema(mode=mode))


def test_a_failed_record_is_given_by_pydantic_as_its_dict() -> None:
    """Even if it holds an error, which is not a plain value."""
    error = EventDecodeError("no JSON", line=3)
    failed = FailedRecord(2, 3, 7, [], error)
    given = pydantic.TypeAdapter(FailedRecord).dump_python(failed)
    assert given == failed.to_dict()
    assert given["error"] == {"message": "no JSON", "line": 3, "column": 1, "offset": 0}


def test_nothing_of_it_is_loaded_before_someone_asks() -> None:
    """Neither `dataclasses` nor pydantic."""
    code = (
        "import sys, contractgate_core.models as m; "
        "r = m.IngestEventResult(True, [], 1, False, '1'); r.to_json(), vars(r), repr(r); "
        "print(sorted({'dataclasses', 'pydantic', 'pydantic_core'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("binary", [True, False])
def test_a_contract_is_read_from_an_open_file(tmp_path: Any, binary: bool) -> None:
    """Which stays open; errors name it."""
    path = tmp_path / "orders.yaml"
    path.write_text(YAML, encoding="utf-8")
    with open(path, "rb" if binary else "r", **({} if binary else {"encoding": "utf-8"})) as file:  # type: ignore[call-overload]
        assert Contract.from_yaml(file) == Contract.from_yaml(YAML)
        assert not file.closed
    path.write_text("name: x\n", encoding="utf-8")
    with (
        open(path, encoding="utf-8") as file,
        pytest.raises(contractgate_core.ContractCompileError) as caught,
    ):
        Contract.from_yaml(file)
    assert caught.value.filename == str(path)
    assert Contract.from_yaml(io.StringIO(YAML)) == Contract.from_yaml(io.BytesIO(YAML.encode()))


def test_an_open_file_that_holds_no_text_is_refused_with_a_sentence(tmp_path: Any) -> None:
    """As are objects that are no files, and endless files."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe")
    with (
        open(path, encoding="utf-8") as file,
        pytest.raises(
            contractgate_core.ContractCompileError, match="expected text in utf-8, got other bytes"
        ),
    ):
        Contract.from_yaml(file)
    with pytest.raises(TypeError, match="got PosixPath; a path is for from_file"):
        Contract.from_yaml(path)

    class Odd:
        def read(self, size: int, /) -> Any:
            return [size]

    with pytest.raises(TypeError, match="expected a file of str or bytes, got list from it"):
        Contract.from_yaml(Odd())
    with (
        open("/dev/zero", "rb") as endless,
        pytest.raises(contractgate_core.ContractCompileError, match="at most 16 MiB"),
    ):
        Contract.from_yaml(endless)
