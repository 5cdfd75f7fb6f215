"""Freshness rules as the fast readers test them, beside the exact rule."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core import Contract
from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.facts import value_facts
from contractgate_core.engine.rules import MILLISECONDS_FROM, event_rules
from contractgate_core.engine.secrets import Secrets
from contractgate_core.results import Violation
from contracts import compiled

FROM = MILLISECONDS_FROM
AROUND = [0, FROM // 1000, FROM, 1_800_000_000, 1_800_000_000_000, 2**62, 2**63, -(2**62)]

signed = st.builds(int.__add__, st.sampled_from(AROUND), st.integers(-3, 3)) | st.integers(
    -(2**64), 2**64
)
ages = signed.filter(lambda age: 0 <= age < 2**64)


def fresh_contract(*max_ages: int) -> Contract:
    rules = [{"field": "t", "type": "freshness", "max_age_seconds": age} for age in max_ages]
    return compiled({"name": "t", "type": "integer"}, quality=rules).contract


def accepts(contract: Contract, value: int, now: int) -> bool:
    """Return what the written condition of a timestamp says."""
    planned = (contract.compile().judge.plan().root.members or {})["t"]
    source = Source()
    with source.function("v, now", "test"):
        facts = value_facts(planned, int, is_sent=True)
        source.line(f"return {' and '.join(fact.write('v', source) for fact in facts)}")
    return bool(source.compile("test")(value, now))


def exact(contract: Contract, value: Any, now: Optional[int]) -> list[Violation]:
    found: list[Violation] = []
    for rule in event_rules(contract, Secrets(contract.entities)):
        rule({"t": value}, now, found)
    return found


@example(10, 1_800_000_000_999, 1_800_000_000)
@example(10, 1_800_000_001_000, 1_800_000_000)
@example(FROM, FROM, FROM + 5)
@example(FROM, FROM + 1, FROM + 5)
@example(2**62, 0, 5)
@given(ages, signed, signed)
def test_what_is_accepted_is_fresh(max_age: int, value: int, now: int) -> None:
    """In seconds and in milliseconds; nothing is where the gateway's arithmetic may wrap."""
    contract = fresh_contract(max_age)
    if accepts(contract, value, now):
        assert exact(contract, value, now) == []


@given(st.integers(0, 10**9), st.integers(10**9, 2 * FROM), st.integers(10**9, 2 * 10**9))
def test_of_usual_times_all_that_are_fresh_are_accepted(max_age: int, value: int, now: int) -> None:
    """So the condition is the rule, where nothing wraps."""
    contract = fresh_contract(max_age)
    assert accepts(contract, value, now) == (not exact(contract, value, now))


@pytest.mark.parametrize("ages", [(5, 100), (100, 5)])
def test_the_strictest_of_several_rules_counts(ages: tuple[int, int]) -> None:
    """Whichever comes first."""
    assert accepts(fresh_contract(*ages), 1_800_000_000, 1_800_000_005)
    assert not accepts(fresh_contract(*ages), 1_800_000_000, 1_800_000_006)
