"""Recorded verdicts: single events, batches and envelopes, case by case.

Each case is one contract with its events; docs/spec/validation.md says what the verdicts mean.
"""

from __future__ import annotations

from typing import Any

import pytest

from contractgate_core import (
    Contract,
    ContractCompileError,
    EventDecodeError,
    ValidationResult,
    Violation,
)
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.decode import decode_event
from contractgate_core.events.encode import encode_event
from recordings import Case, cases, for_each
from sizes import some

CLOCK = 1712000100


def compiled(case: Case) -> CompiledContract:
    """Compile the contract of a case, which is also read as the gateway read it."""
    contract = Contract.from_yaml(case["yaml"])
    assert contract.to_dict() == case["expect"]["contract"]
    return contract.compile()


def recorded(result: ValidationResult) -> dict[str, Any]:
    """Write a verdict in the shape of the recordings."""
    return {
        "passed": result.passed,
        "violations": [[v.field, v.kind.value, v.message] for v in result.violations],
    }


def verdict_on_text(validator: CompiledContract, text: str) -> dict[str, Any]:
    """Judge one JSON text; what is no JSON has no other answer than that."""
    try:
        return recorded(validator.validate_json(text, now=CLOCK))
    except EventDecodeError:
        return {"parse_error": True}


def expected(answer: dict[str, Any]) -> dict[str, Any]:
    """Take the wording of parse errors, which is ours, out of a recorded answer."""
    return {"parse_error": True} if "parse_error" in answer else answer


@for_each(cases("random", "values"))
def test_every_event_gets_the_recorded_verdict(case: Case) -> None:
    """Field, kind, message and order of every violation are those of the gateway."""
    if "contract_error" in case["expect"]:
        check_refusal(case)
        return
    validator = compiled(case)
    answers = [verdict_on_text(validator, text) for text in case["events"]]
    assert answers == [expected(answer) for answer in case["expect"]["results"]]


@for_each(some(cases("random", "values", "yaml")))
def test_every_way_to_ask_gives_the_recorded_verdicts(case: Case) -> None:
    """One by one from a contract that is warm, as a body of lines, in a scan, and as objects."""
    if "contract_error" in case["expect"]:
        check_refusal(case)
        return
    validator = Contract.from_yaml(case["yaml"]).compile()
    answers = [expected(answer) for answer in case["expect"]["results"]]
    answered = zip(case["events"], answers)
    validator.judge.prepare(
        [decode_event(text) for text, answer in answered if answer.get("passed")]
    )
    assert answers == [verdict_on_text(validator, text) for text in case["events"]]
    judged = [
        (text.replace("\n", " "), answer)
        for text, answer in zip(case["events"], answers)
        if "passed" in answer
    ]
    lines = "\n".join(text for text, _ in judged)
    by_line = validator.validate_batch_json(lines, ndjson=True, now=CLOCK)
    assert [answer for _, answer in judged] == [own(result.violations) for result in by_line]
    failing = {
        failed.record: failed
        for failed in validator.scan(lines.encode(), format="ndjson", now=CLOCK)
    }
    for number, (_, answer) in enumerate(judged, start=1):
        found = failing[number].violations if number in failing else []
        assert own(found) == answer
        assert number not in failing or failing[number].error is None
    for text, answer in judged:
        # An object is judged by its text, in which a float may be written another way.
        value = decode_event(text)
        if decode_event(encode_event(value)) == value:
            assert own(validator.validate(value, now=CLOCK).violations) == answer


def own(violations: list[Violation]) -> dict[str, Any]:
    """Write the verdict on an event, without what uniqueness rules add in a batch."""
    told = [
        [v.field, v.kind.value, v.message] for v in violations if v.kind != "uniqueness_violation"
    ]
    return {"passed": not told, "violations": told}


def check_refusal(case: Case) -> None:
    """Compare the refusal of a contract with the recorded one, as far as its text is fixed."""
    error = case["expect"]["contract_error"]
    with pytest.raises(ContractCompileError) as caught:
        Contract.from_yaml(case["yaml"]).compile()
    if error["stage"] == "compile":
        text, _, reason = error["message"].partition(": regex parse error")
        assert caught.value.message[: len(text)] == text
        assert reason or caught.value.message == text


@for_each(cases("batch"))
def test_every_batch_gets_the_recorded_verdicts(case: Case) -> None:
    """The violations of uniqueness rules stand after each event's own."""
    body = "[" + ",".join(case["events"]) + "]"
    results = compiled(case).validate_batch_json(body, now=CLOCK)
    assert [recorded(result) for result in results] == case["expect"]["results"]


@for_each(cases("batch"))
def test_a_batch_of_lines_gets_the_verdicts_of_the_array(case: Case) -> None:
    """The form of the body makes no difference."""
    # An end of a line can only stand between the tokens of an event, where a space does as well.
    body = "\n".join(event.replace("\n", " ") for event in case["events"])
    results = compiled(case).validate_batch_json(body, ndjson=True, now=CLOCK)
    assert [recorded(result) for result in results] == case["expect"]["results"]


@for_each(cases("envelope"))
def test_every_envelope_gets_the_recorded_verdict(case: Case) -> None:
    """The counts, and the violations with the index of their record, are the gateway's."""
    if "contract_error" in case["expect"]:
        check_refusal(case)
        return
    validator = compiled(case)
    answers = [verdict_on_envelope(validator, text) for text in case["payloads"]]
    assert answers == [expected(answer) for answer in case["expect"]["results"]]
    validator.judge.prepare()
    assert answers == [verdict_on_envelope(validator, text) for text in case["payloads"]]


def verdict_on_envelope(validator: CompiledContract, text: str) -> dict[str, Any]:
    """Judge an envelope in a JSON text as `verdict_on_text` does an event."""
    try:
        result = validator.validate_envelope_json(text, now=CLOCK)
    except EventDecodeError:
        return {"parse_error": True}
    return {
        "passed": result.passed,
        "quarantined": result.quarantined,
        "violations": [
            [v.record_index, v.field, v.kind.value, v.message] for v in result.violations
        ],
    }
