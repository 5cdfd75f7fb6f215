"""Recorded answers about patterns: what is refused, and every match."""

from __future__ import annotations

import json

import pytest

from contractgate_core import Contract, ContractCompileError
from contractgate_core.errors import PatternError
from contractgate_core.regex import compile_pattern
from recordings import Case, cases, for_each
from sizes import some

RECORDED = cases("regex")
SIZES = [case for case in RECORDED if case["id"].startswith("own-size-")]
"""Patterns at the limit of the size, which is counted state by state: 36 of them take longer than
the 1,400 others.
"""

CLASSES = [case for case in cases("chars") if case["table"] == "class"]


@for_each([case for case in RECORDED if case not in SIZES] + some(SIZES))
def test_every_pattern_gets_the_recorded_answers(case: Case) -> None:
    """A pattern is refused exactly if the gateway refused it, and else matches what it matched."""
    if "error" in case["expect"]:
        with pytest.raises(PatternError) as caught:
            compile_pattern(case["pattern"])
        assert caught.value.pattern == case["pattern"]
        assert caught.value.reason
        return
    pattern = compile_pattern(case["pattern"])
    assert [pattern.search(text) for text in case["inputs"]] == case["expect"]["matches"]


def test_the_recordings_refuse_and_match_enough_to_mean_something() -> None:
    """There are hundreds of patterns, refusals among them, and tens of thousands of texts."""
    recorded = cases("regex")
    answers = [match for case in recorded for match in case["expect"].get("matches", ())]
    assert len(recorded) > 900
    assert sum("error" in case["expect"] for case in recorded) > 90
    assert len(answers) > 40_000
    assert 0.05 < sum(answers) / len(answers) < 0.95


@for_each(some(case for case in cases("regex") if "error" in case["expect"]))
def test_a_contract_is_refused_with_the_place_in_the_pattern(case: Case) -> None:
    """The message is the gateway's up to the reason, which is ours."""
    field = {"name": "f", "type": "string", "pattern": case["pattern"]}
    text = json.dumps(
        {"version": "1", "name": "c", "ontology": {"entities": [field]}}, ensure_ascii=False
    )
    with pytest.raises(ContractCompileError) as caught:
        Contract.from_yaml(text).compile()
    start = f"Invalid regex '{case['pattern']}' for field 'f': "
    assert caught.value.message.startswith(start)
    assert len(caught.value.message) > len(start)


@pytest.mark.untraced
@pytest.mark.parametrize("case", some(CLASSES), ids=lambda case: case["pattern"])
def test_every_class_has_the_recorded_characters(case: Case) -> None:
    """Of all characters of Unicode, a class matches exactly those that it matched there."""
    search = compile_pattern(f"^(?:{case['pattern']})$").search
    found = [p for p in range(0x110000) if not 0xD800 <= p <= 0xDFFF and search(chr(p))]
    assert found == [p for low, high in case["ranges"] for p in range(low, high + 1)]
