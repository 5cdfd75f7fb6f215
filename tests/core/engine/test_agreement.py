"""All ways of asking for a verdict give the same one."""

from __future__ import annotations

import contextlib
import json
import pickle
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import (
    Contract,
    ContractCompileError,
    EventDecodeError,
    EventEncodeError,
    ValidationResult,
    Violation,
)
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.encode import encode_event
from contracts import compiled
from json_values import JSON_TEXTS, JSON_VALUES
from random_contracts import contracts_with_events

NOW = 1712000100

Drawn = tuple[dict[str, Any], list[Any]]


def compile_json(contract: dict[str, Any]) -> CompiledContract:
    """Compile a contract that is given as JSON."""
    return Contract.from_yaml(json.dumps(contract)).compile()


def facts(result: ValidationResult) -> tuple[bool, list[Violation]]:
    """Leave the duration out."""
    return result.passed, result.violations


@given(contracts_with_events())
def test_an_object_is_judged_as_its_text(drawn: Drawn) -> None:
    """`validate(x)` is `validate_json` of the text that is sent for `x`."""
    validator = compile_json(drawn[0])
    for event in drawn[1]:
        by_text = validator.validate_json(encode_event(event), now=NOW)
        assert facts(validator.validate(event, now=NOW)) == facts(by_text)
        assert validator.is_valid(event, now=NOW) == by_text.passed


@given(contracts_with_events())
def test_a_text_is_judged_alike_cold_and_warm(drawn: Drawn) -> None:
    """Alone and in a scan, and however a negative zero is written."""
    cold, warm = compile_json(drawn[0]), compile_json(drawn[0])
    warm.judge.prepare()
    for event in drawn[1]:
        text = encode_event(event)
        expected = facts(cold.validate_json(text, now=NOW))
        for written in (text, re.sub(rb"-0\.0(?![0-9])", b"-0", text)):
            assert facts(warm.validate_json(written, now=NOW)) == expected
            found = [failed.violations for failed in warm.scan(written, format="ndjson", now=NOW)]
            assert [list[Violation](), *found][-1] == expected[1]


@given(contracts_with_events())
def test_a_batch_is_judged_alike_in_every_form(drawn: Drawn) -> None:
    """As objects, as an array and as lines; and, except for uniqueness, event by event."""
    validator = compile_json(drawn[0])
    events = drawn[1]
    texts = [encode_event(event) for event in events]
    array = b"[" + b",".join(texts) + b"]"
    by_objects = [facts(result) for result in validator.validate_batch(events, now=NOW)]
    by_array = validator.validate_batch_json(array, now=NOW)
    by_lines = validator.validate_batch_json(b"\n".join(texts), ndjson=True, now=NOW)
    assert by_objects == [facts(result) for result in by_array]
    assert by_objects == [facts(result) for result in by_lines]
    for event, (_, violations) in zip(events, by_objects):
        alone = validator.validate(event, now=NOW).violations
        assert violations[: len(alone)] == alone
        assert all("duplicate value" in found.message for found in violations[len(alone) :])


@given(contracts_with_events(most=2), st.lists(JSON_VALUES, max_size=2))
def test_an_envelope_is_judged_by_its_records(drawn: Drawn, others: list[Any]) -> None:
    """Each record as an event alone, with its index."""
    contract = {**drawn[0], "envelope": {"records_path": "records"}}
    validator = compile_json(contract)
    records = [*drawn[1], *others]
    payload = {"records": records}
    result = validator.validate_envelope(payload, now=NOW)
    by_text = validator.validate_envelope_json(encode_event(payload), now=NOW)
    assert (result.passed, result.quarantined) == (by_text.passed, by_text.quarantined)
    assert result.violations == by_text.violations
    alone = [validator.validate(record, now=NOW).violations for record in records]
    expected = [(index, found.message) for index, many in enumerate(alone) for found in many]
    assert [(found.record_index, found.message) for found in result.violations] == expected
    assert result.passed == sum(1 for violations in alone if not violations)


@given(contracts_with_events(most=1))
def test_a_copy_judges_alike(drawn: Drawn) -> None:
    """A worker's pickled contract, and the contract read back from its own text."""
    validator = compile_json(drawn[0])
    read_back = Contract.from_yaml(validator.contract.to_yaml())
    copies = [pickle.loads(pickle.dumps(validator)), read_back.compile()]
    for event in drawn[1]:
        for copy in copies:
            assert facts(copy.validate(event, now=NOW)) == facts(validator.validate(event, now=NOW))


OBJECTS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(JSON_VALUES, st.floats(), st.binary(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
        st.frozensets(st.integers(), max_size=2),
    ),
    max_leaves=8,
)


@given(OBJECTS)
def test_any_object_is_judged_or_refused(event: Any) -> None:
    """There is a verdict or the documented error, and nothing else."""
    validator = compiled({"name": "a", "pattern": "x"}, compliance_mode=True)
    try:
        validator.validate(event)
    except EventEncodeError as error:
        assert error.path.startswith("$")


@given(JSON_TEXTS)
def test_any_text_is_judged_or_refused(text: str) -> None:
    """Also as a batch and as lines."""
    validator = compiled({"name": "a", "type": "any"}, envelope={"records_path": "a"})
    for judge_text in (
        validator.validate_json,
        validator.validate_batch_json,
        validator.validate_envelope_json,
        lambda data: validator.validate_batch_json(data, ndjson=True),
    ):
        with contextlib.suppress(EventDecodeError):
            judge_text(text)


@given(st.text())
def test_any_text_is_a_contract_or_refused(text: str) -> None:
    """By one class of error."""
    with contextlib.suppress(ContractCompileError):
        Contract.from_yaml(text).compile()
