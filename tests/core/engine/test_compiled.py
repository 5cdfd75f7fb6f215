"""`CompiledContract`: what it takes, what it returns, and how it is copied."""

from __future__ import annotations

import inspect
import pickle
import sys
from typing import Any, Optional

import pytest

from contractgate_core import (
    ContractCompileError,
    ContractGateError,
    EventDecodeError,
    EventEncodeError,
    FieldDefinition,
    FieldType,
    InvalidEventError,
)
from contractgate_core.events.decode import decode_event
from contracts import compiled, contract


def nested(levels: int) -> Any:
    """Make an object with this many levels of objects."""
    event: Any = {}
    for _ in range(levels - 1):
        event = {"a": event}
    return event


def test_an_event_may_nest_127_levels_alone_and_126_in_a_batch() -> None:
    """A batch is an array around its events."""
    validator = compiled()
    assert validator.validate(nested(127)).passed
    assert validator.validate_batch([nested(126)])[0].passed
    with pytest.raises(EventEncodeError):
        validator.validate(nested(128))
    with pytest.raises(EventEncodeError) as caught:
        validator.validate_batch([{}, nested(127)])
    assert caught.value.path.startswith("$[1].a.a")


def test_a_batch_with_one_event_that_cannot_be_sent_gives_no_partial_result() -> None:
    """The place begins with the event's index."""
    with pytest.raises(EventEncodeError) as caught:
        compiled().validate_batch([{}, {}, {"items": [{"price": float("nan")}]}])
    assert caught.value.path == "$[2].items[0].price"


@pytest.mark.parametrize("events", [{"a": 1}, "[]", b"[]"])
def test_a_batch_is_a_list_of_events(events: Any) -> None:
    """One event, or a text, in its place is a mistake in the caller's code."""
    with pytest.raises(TypeError, match="expected a list of events, got"):
        compiled().validate_batch(events)


@pytest.mark.parametrize("body", ["{}", "[{}]", b"[{}]", bytearray(b"[{}]"), memoryview(b"[{}]")])
def test_a_body_is_an_array_or_one_event(body: Any) -> None:
    """As text or as bytes of any kind."""
    assert [result.passed for result in compiled().validate_batch_json(body)] == [True]


def test_what_is_no_json_is_an_error_with_its_place() -> None:
    """The place counts from the beginning of the body."""
    with pytest.raises(EventDecodeError) as caught:
        compiled().validate_batch_json(b'{}\n\r\n{"a": }\n', ndjson=True)
    assert (caught.value.line, caught.value.column, caught.value.offset) == (3, 7, 11)


def test_an_envelope_needs_a_contract_that_declares_one() -> None:
    """Anything else would be a verdict on nothing."""
    with pytest.raises(ContractGateError, match="declares no envelope"):
        compiled().validate_envelope({"records": []})
    with pytest.raises(ContractGateError, match="declares no envelope"):
        compiled().validate_envelope_json("{}")


def test_an_envelope_is_judged_from_an_object_as_from_its_text() -> None:
    """Records are counted, and violations carry the record's index."""
    validator = compiled({"name": "a"}, envelope={"records_path": "records"})
    payload = {"records": [{"a": "x"}, {}, {"a": 1}]}
    for result in (
        validator.validate_envelope(payload),
        validator.validate_envelope_json('{"records": [{"a": "x"}, {}, {"a": 1}]}'),
    ):
        assert (result.passed, result.quarantined) == (1, 2)
        assert [violation.record_index for violation in result.violations] == [1, 2]
        with pytest.raises(InvalidEventError, match="Required field 'a' is missing"):
            result.raise_for_violations()


def test_a_sound_envelope_raises_nothing() -> None:
    """Also one without records."""
    validator = compiled({"name": "a"}, envelope={"records_path": "records"})
    validator.validate_envelope({"records": []}).raise_for_violations()


def test_a_compiled_contract_is_pickled_as_its_contract() -> None:
    """A worker gets a contract that judges alike."""
    validator = compiled({"name": "a", "pattern": "^[a-z]+$"}, compliance_mode=True)
    copy = pickle.loads(pickle.dumps(validator))
    assert copy.contract == validator.contract
    assert dict(copy.patterns) == dict(validator.patterns)
    for event in ({"a": "x"}, {"a": "1", "b": 2}):
        assert copy.validate(event).violations == validator.validate(event).violations


def test_a_pickle_is_small_and_has_a_format() -> None:
    """It holds no compiled part, however many there are; another format is refused."""
    fields = [{"name": f"f{number}", "pattern": "^[a-z]{1,9}$"} for number in range(100)]
    validator = compiled(*fields)
    for _ in range(40):
        validator.validate({})
        validator.validate_json("{}")
    data = pickle.dumps(validator)
    assert len(data) < 100 * len(fields)
    rebuild, (number, contract) = validator.__reduce__()
    assert (rebuild.__module__, rebuild.__name__) == (
        "contractgate_core.engine.compiled",
        "_unpickle",
    )
    assert (number, contract) == (1, validator.contract)
    with pytest.raises(ContractGateError, match="expected a pickle of format 1, got 2"):
        rebuild(2, contract)


def test_its_patterns_are_found_by_path() -> None:
    """And cannot be changed from outside."""
    validator = compiled(
        {
            "name": "o",
            "type": "object",
            "properties": [{"name": "p", "type": "string", "pattern": "x"}],
        }
    )
    assert list(validator.patterns) == ["o.p"]
    assert validator.patterns["o.p"].search("axb")
    with pytest.raises(TypeError):
        validator.patterns["o.p"] = validator.patterns["o.p"]  # type: ignore[index]  # it is refused


def test_its_repr_names_the_contract() -> None:
    """And shows nothing else of it."""
    assert repr(compiled()) == "CompiledContract(name='c', version='1')"


def test_a_contract_made_in_code_may_not_nest_without_end() -> None:
    """A depth that no file can have is refused, without a crash."""
    field = FieldDefinition(name="a", field_type=FieldType.OBJECT)
    for _ in range(100_000):
        field = FieldDefinition(name="a", field_type=FieldType.OBJECT, properties=(field,))
    base = contract()
    with pytest.raises(ContractCompileError, match="nest"):
        type(base)(version="1", name="c", ontology=type(base.ontology)(entities=(field,))).compile()


def test_the_duration_is_in_whole_microseconds() -> None:
    """It is never negative, and an integer."""
    duration = compiled({"name": "a"}).validate({"a": "x"}).validation_us
    assert isinstance(duration, int)
    assert duration >= 0


def test_uniqueness_is_remembered_over_a_batch_that_comes_one_by_one() -> None:
    """For streams: the verdicts are the same as for the whole list."""
    validator = compiled({"name": "a"}, quality=[{"type": "uniqueness", "field": "a"}])
    events = [{"a": "x"}, {"a": "y"}, {"a": "x"}]
    step = validator.begin_batch()
    assert [step(event).passed for event in events] == [True, True, False]
    assert [result.passed for result in validator.validate_batch(events)] == [True, True, False]


def test_a_contract_that_was_read_is_compiled_from_any_depth_of_calls() -> None:
    """However little is left of the caller's stack."""
    field: dict[str, object] = {"name": "a", "type": "string"}
    for _ in range(40):
        field = {"name": "a", "type": "object", "properties": [field]}
    deep = contract(field)

    def dive(levels: int) -> None:
        if levels:
            dive(levels - 1)
        else:
            deep.compile()

    dive(sys.getrecursionlimit() - len(inspect.stack()) - 150)


@pytest.mark.parametrize("field", ["a", "n", "f", None])
def test_a_body_is_judged_as_its_events_are(field: Optional[str]) -> None:
    """Whether they are accepted at once or not, with a uniqueness rule or without."""
    validator = compiled(
        {"name": "a", "required": False, "pattern": "^[a-z]+$"},
        {"name": "n", "type": "integer", "required": False},
        {"name": "f", "type": "float", "required": False},
        quality=[] if field is None else [{"type": "uniqueness", "field": field}],
    )
    good = [f'{{"a": "{"a" * n}", "n": {n}, "f": 0.{n}}}' for n in range(1, 90)]
    for lines in (good, [*good, '{"a": "A"}', "{}", '{"n": -0}', *good[:3], "[]"]):
        step = validator.begin_batch()
        expected = [step(decode_event(line)).violations for line in lines]
        body = "\n".join(lines)
        for results in (
            validator.validate_batch_json(body, ndjson=True),
            validator.validate_batch_json(f"\n{body}\r\n\n", ndjson=True),
            validator.validate_batch_json(f"[{','.join(lines)}]"),
        ):
            assert [result.violations for result in results] == expected
            assert [result.passed for result in results] == [not found for found in expected]


OLD_PICKLE = (
    b"\x80\x02ccontractgate_core.engine.compiled\n_unpickle\nK\x01cmsgspec._utils\nrebuild\n"
    b"ccontractgate_core.contract.model\nContract\n}(X\x07\x00\x00\x00versionX\x01\x00\x00\x001"
    b"X\x04\x00\x00\x00nameX\x01\x00\x00\x00cX\x08\x00\x00\x00ontology"
    b"ccontractgate_core.contract.model\nOntology\nccontractgate_core.contract.model\nFieldDefinition\n"
    b"(X\x01\x00\x00\x00accontractgate_core.contract.words\nFieldType\nX\x06\x00\x00\x00string\x85R"
    b"\x88X\x08\x00\x00\x00^[a-z]+$NNNNNNNNtR\x85\x85Ru\x86R\x86R."
)


def test_a_pickle_of_an_older_version_is_read() -> None:
    """It names modules from which the classes have moved, but which still provide them."""
    validator = pickle.loads(OLD_PICKLE)
    assert validator.validate({"a": "x"}).passed
    assert not validator.validate({"a": "7"}).passed
    assert validator.contract == compiled({"name": "a", "pattern": "^[a-z]+$"}).contract
