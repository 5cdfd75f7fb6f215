"""The law of the accept path: in what it accepts, the exact reader finds nothing.

`python tests/support/law.py 1000000` tries as many random pairs as it is told.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import (
    Contract,
    ContractCompileError,
    EventDecodeError,
)
from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.accept.plan import Inexpressible
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.decode import decode_event, utf8_bytes
from contracts import compiled
from law import Tally, found_approximately, try_contract
from recordings import cases
from sizes import FULL, some

# Other tests run the same lines.
pytestmark = pytest.mark.untraced

CLOCK = 1712000100
CONTRACTS = 300 if FULL else 80


def conforms(validator: CompiledContract, text: bytes) -> bool:
    """Ask the exact reader."""
    try:
        return not validator.judge.exact_violations(decode_event(text), CLOCK)
    except EventDecodeError:
        return False


@pytest.mark.untraced
def test_what_is_accepted_conforms() -> None:
    """Tens of thousands of random pairs, near misses of every rule among them."""
    tally = Tally()
    for seed in range(CONTRACTS):
        try_contract(seed, tally)
    assert tally.pairs >= 40 * CONTRACTS
    assert tally.accepted > 0.8 * tally.conforming > 0.1 * tally.pairs
    assert tally.accepted_in_chunks > tally.accepted
    assert tally.accepted_objects > 0.8 * tally.conforming_values


@given(st.integers(min_value=10**6, max_value=10**12))
def test_what_is_accepted_conforms_for_any_seed(seed: int) -> None:
    """Other pairs at every run."""
    try_contract(seed, Tally())


@pytest.mark.parametrize("category", ["random", "values", "batch"])
def test_what_is_accepted_conforms_in_all_recordings(category: str) -> None:
    """And most of what conforms is accepted."""
    conforming = accepted = 0
    for case in some(cases(category)):
        try:
            validator = Contract.from_yaml(case["yaml"]).compile()
        except ContractCompileError:
            continue
        texts = [text.encode("utf-8", "surrogatepass") for text in case["events"]]
        is_good = [conforms(validator, text) for text in texts]
        acceptor = Acceptor(validator.judge.plan, longest_backoff=0)
        for text, good in zip(texts, is_good):
            if good:
                acceptor.learn(decode_event(text))
        acceptor.prepare()
        is_accepted = [acceptor.accept(text, CLOCK) is not None for text in texts]
        assert not [text for text, yes, good in zip(texts, is_accepted, is_good) if yes > good]
        conforming += sum(is_good)
        accepted += sum(is_accepted)
    assert accepted > 0.6 * conforming > 0


def test_a_contract_that_cannot_be_types_accepts_nothing() -> None:
    """The exact reader has all of it."""
    yaml = """
      {version: "1", name: c, ontology: {entities: [{name: "a[0]", type: string, pattern: x}]}}"""
    validator = Contract.from_yaml(yaml).compile()
    with pytest.raises(Inexpressible):
        validator.judge.plan()
    acceptor = Acceptor(validator.judge.plan)
    acceptor.prepare()
    assert acceptor.accept(b'{"a[0]":"x"}', None) is None


@pytest.mark.parametrize("kind", ["array", "object"])
@pytest.mark.parametrize("levels", [1, 15, 16, 17, 60])
def test_contracts_of_any_depth_are_judged_exactly(kind: str, levels: int) -> None:
    """The deepest are left to the exact reader."""
    field: dict[str, Any] = {"name": "a", "type": "string", "pattern": "^x$"}
    good, bad = '"x"', "1"
    for _ in range(levels):
        inside: dict[str, Any] = {"items": field} if kind == "array" else {"properties": [field]}
        field = {"name": "a", "type": kind, **inside}
        wrap = "[%s]" if kind == "array" else '{"a":%s}'
        good, bad = wrap % good, wrap % bad
    validator = compiled(field)
    for _ in range(40):
        assert validator.validate_json(f'{{"a":{good}}}').passed
        assert not validator.validate_json(f'{{"a":{bad}}}').passed
        assert validator.validate(json.loads(f'{{"a":{good}}}')).passed
        assert not validator.validate(json.loads(f'{{"a":{bad}}}')).passed


@pytest.mark.untraced
def test_contracts_of_very_many_fields_are_judged_exactly() -> None:
    """Types for them would take longer than they save."""
    validator = compiled(*({"name": f"f{number}", "required": False} for number in range(6_000)))
    for _ in range(40):
        assert validator.validate_json('{"f7":"x"}').passed
        assert not validator.validate_json('{"f7":1}').passed


@pytest.mark.parametrize("category", ["random", "values", "batch"])
def test_values_are_judged_exactly_in_all_recordings(category: str) -> None:
    """Each violation is the exact one, masks and order included."""
    for case in some(cases(category)):
        try:
            made = Contract.from_yaml(case["yaml"]).compile()
        except ContractCompileError:
            continue
        validator = made.judge
        validator.prepare()
        for text in case["events"]:
            try:
                value = decode_event(text)
            except EventDecodeError:
                continue
            exact, fast = validator.exact_violations(value, CLOCK), validator.value(value, CLOCK)
            assert exact == fast
            assert [one.safe_message for one in exact] == [one.safe_message for one in fast]
            certainly = validator.object(value, CLOCK, lambda *_: None)
            assert certainly is None or not exact
            assert found_approximately(made, utf8_bytes(text), CLOCK) in (None, exact)
