"""Recorded readings of contracts: YAML syntax, scalars, tags, anchors and limits, case by case.

Each is read with libyaml, where PyYAML has it, and with the parser in pure Python.
"""

from __future__ import annotations

import json
from typing import Any, Optional

import pytest

from contractgate_core import Contract, ContractCompileError, EventDecodeError
from pure_yaml import read_purely
from recordings import Case, cases, for_each
from sizes import some

CLOCK = 1712000100

# What that parser says of a tab where blanks separate, which libyaml and the gateway accept.
PURE_TAB = "found character '\\t' that cannot start any token"

# Where the parser in pure Python is known to differ (docs/contracts.md): what it makes of each.
PURE_DIFFERENCES = {
    "yaml-20261-995": "accepted",  # [a:, z]
    "probe-7": "accepted",  # a byte order mark at the start of a later line
    "probe-86": "accepted",  # %YAML 1.3
    "probe-88": "accepted",  # %FOO
    "probe-95": "refused",  # a tab after a colon
    "probe-96": "refused",  # a tab in a plain text
    "probe-98": "refused",  # a tab before a comma
}


def read(text: str) -> Optional[Contract]:
    """Read a contract; a refusal is None, and says where and why."""
    try:
        return Contract.from_yaml(text)
    except ContractCompileError as error:
        assert error.message
        assert error.line is not None
        assert error.column is not None
        return None


def is_accepted(case: Case) -> bool:
    """Tell whether the gateway could read the contract, compilable or not."""
    error = case["expect"].get("contract_error")
    return error is None or error["stage"] == "compile"


def canonical(value: object) -> str:
    """Write plain values so that 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


@for_each(cases("yaml"))
def test_a_contract_is_read_and_judges_as_recorded(case: Case) -> None:
    """It is refused, or means the recorded contract.

    Then it compiles exactly if the gateway compiles it, and gives the recorded verdicts.
    """
    contract = read(case["yaml"])
    assert is_accepted(case) == (contract is not None)
    if contract is None:
        return
    if "contract" in case["expect"]:
        assert canonical(contract.to_dict()) == canonical(case["expect"]["contract"])
    if "contract_error" in case["expect"]:
        check_refusal(contract, case["expect"]["contract_error"]["message"])
        return
    judge = contract.compile()
    for event, expected in zip(case["events"], case["expect"]["results"]):
        if "parse_error" in expected:
            with pytest.raises(EventDecodeError):
                judge.validate_json(event, now=CLOCK)
            continue
        result = judge.validate_json(event, now=CLOCK)
        violations = [[v.field, v.kind.value, v.message] for v in result.violations]
        assert {"passed": result.passed, "violations": violations} == expected


def check_refusal(contract: Contract, recorded: str) -> None:
    """Compare a refusal with the recorded one, up to the reason of a pattern, which is ours."""
    with pytest.raises(ContractCompileError) as caught:
        contract.compile()
    text, _, reason = recorded.partition(": regex parse error")
    assert caught.value.message[: len(text)] == text
    assert reason or caught.value.message == text


@for_each(some(cases("yaml", "random", "values", "batch")))
def test_a_written_contract_reads_back(case: Case) -> None:
    """As an equal one that has the same canonical form, but for NaN, which equals nothing."""
    contract = read(case["yaml"])
    if contract is None:
        return
    again = Contract.from_yaml(contract.to_yaml())
    assert canonical(again.to_dict()) == canonical(contract.to_dict())
    assert again == contract or ".nan" in contract.to_yaml()


@pytest.fixture(scope="module")
def pure_answers() -> dict[str, dict[str, Any]]:
    """What the parser in pure Python makes of the cases, by id."""
    recorded = some(cases("yaml"))
    answers = read_purely([case["yaml"] for case in recorded])
    return {case["id"]: answer for case, answer in zip(recorded, answers)}


@for_each(some(cases("yaml")))
def test_pure_python_reads_a_contract_as_recorded(
    case: Case, pure_answers: dict[str, dict[str, Any]]
) -> None:
    """But for the differences that are listed, which are what the list says."""
    answer = pure_answers[case["id"]]
    got = "accepted" if "contract" in answer else "refused"
    expected = "accepted" if is_accepted(case) else "refused"
    if case["id"] in PURE_DIFFERENCES:
        assert got == PURE_DIFFERENCES[case["id"]]
        assert got != expected
        return
    if expected == "accepted" and PURE_TAB in answer.get("error", ""):
        assert ":\t" in case["yaml"]
        return
    assert got == expected
    if "contract" in case["expect"]:
        assert canonical(answer["contract"]) == canonical(case["expect"]["contract"])
