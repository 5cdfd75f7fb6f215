"""Contracts that are made to cost time or memory when they are compiled or first used."""

from __future__ import annotations

import sys

import pytest

from contractgate_core import Contract, ContractCompileError, FieldDefinition, FieldType, Ontology
from contractgate_core.errors import PatternError
from contractgate_core.regex import Effort, EffortError, Pattern, compile_pattern
from contractgate_core.regex.effort import MOST_STEPS
from hostile_patterns import COMPILED, everyday_patterns, with_patterns
from read_hostile import compile_hostile
from sizes import scaled, some

SIZE = scaled(2**20)


@pytest.mark.skipif(sys.platform == "win32", reason="cannot measure memory there")
@pytest.mark.parametrize("name", some(COMPILED))
def test_a_hostile_contract_is_compiled_or_refused_in_bounded_time_and_memory(name: str) -> None:
    """A second and 100 MB are promised for 1 MiB; slow machines get ten times as long here."""
    cost = compile_hostile(COMPILED[name](SIZE))
    assert cost.compile < 10
    assert cost.event < 10
    assert cost.megabytes < 100
    assert len(cost.error) < 1_000


def accepted(count: int) -> list[Pattern]:
    """Compile everyday patterns but those that the gateway itself refuses as too large."""
    patterns, effort = [], Effort()
    for pattern in everyday_patterns(count):
        try:
            patterns.append(compile_pattern(pattern, effort))
        except PatternError as refused:
            assert "the gateway allows 10 MiB" in refused.reason
    return patterns


@pytest.mark.untraced
def test_a_thousand_everyday_patterns_are_no_reason_to_refuse() -> None:
    """They take little more than half of what is allowed; each of the fields gets its own."""
    kept = accepted(1_000)  # and so none of them is compiled again
    patterns = [pattern.pattern for pattern in kept]
    assert len(set(patterns)) > 940
    effort = Effort()
    for pattern in patterns:
        compile_pattern(pattern, effort)
    assert MOST_STEPS - effort.left < 0.65 * MOST_STEPS
    compiled = Contract.from_yaml(with_patterns(patterns)).compile()
    assert [pattern.pattern for pattern in compiled.patterns.values()] == patterns


def contract_of(*patterns: str) -> Contract:
    """Make a contract in code, with one field for each pattern."""
    fields = (
        FieldDefinition(f"f{number}", FieldType.STRING, pattern=pattern)
        for number, pattern in enumerate(patterns)
    )
    return Contract(version="1", name="made", ontology=Ontology(tuple(fields)))


BIG = "^" + "".join(f"[a-z]{{1,{number % 7 + 2}}}x" for number in range(3_000)) + "$"
"""A pattern that takes more than a third of what is allowed."""


@pytest.mark.untraced
def test_the_budget_is_that_of_a_whole_contract() -> None:
    """A pattern that fits alone is refused after others, with its field and what to do."""
    patterns = [BIG.replace("x", letter) for letter in "xyz"]
    alone = [contract_of(pattern).compile() for pattern in patterns]
    assert len(alone) == 3
    with pytest.raises(ContractCompileError) as caught:
        contract_of(*patterns).compile()
    assert caught.value.field is not None
    assert caught.value.field.startswith("f")
    assert f"may take {MOST_STEPS:,} steps" in caught.value.message
    assert "the gateway does not have" in caught.value.message
    assert "make them shorter" in caught.value.message
    assert isinstance(caught.value.__cause__, EffortError)


def test_aliases_do_not_make_more_fields_than_can_be_walked() -> None:
    """A thousand fields with patterns in 101 places are more than 100,000."""
    inner = ",".join(f"{{name: a{n},type: string,pattern: a}}" for n in range(1_000))
    outer = ",".join(f"{{name: b{n},type: object,properties: *a }}" for n in range(101))
    text = f'version: "1"\nname: c\nx: &a [{inner}]\nontology: {{entities: [{outer}]}}\n'
    with pytest.raises(ContractCompileError, match="more than 100,000 fields"):
        Contract.from_yaml(text).compile()


def test_a_refusal_for_its_cost_says_where() -> None:
    """At the pattern with which it is too much."""
    text = with_patterns(["a", "(a)" * 100_000])
    with pytest.raises(ContractCompileError) as caught:
        Contract.from_yaml(text).compile()
    assert (caught.value.field, caught.value.line) == ("f1", 3)
    column = caught.value.column
    assert column is not None
    assert text.splitlines()[2][column - 1 :].startswith('"(a)(a)')


def test_the_budget_counts_a_text_once_however_many_fields_have_it() -> None:
    """Fields in a contract share a pattern, also without aliases."""
    compiled = contract_of(*[BIG] * 50).compile()
    assert len({id(pattern) for pattern in compiled.patterns.values()}) == 1


def test_what_was_compiled_before_costs_as_much() -> None:
    """Whether a contract is refused does not depend on what the process has compiled before."""
    patterns = [r"^[\w.-]{1,150}(?:ab?c){20}$", r"^[\w.-]{1,151}$", "(?i)^[\\w.-]k+$", BIG]
    costs = []
    kept = []
    for _ in range(2):
        effort = Effort()
        for pattern in patterns:
            kept.append(compile_pattern(pattern, effort))
        costs.append(effort.left)
    assert costs[0] == costs[1] < MOST_STEPS
    alone = Effort()
    compile_pattern(patterns[1], alone)
    shared = MOST_STEPS - costs[0]
    assert shared < sum(pattern.price.total for pattern in kept[: len(patterns)])
    assert MOST_STEPS - alone.left == kept[1].price.total


LONG = "x" * 1_000 + "(?=a)" + "y" * 500_000


def test_a_refusal_keeps_the_pattern_and_shows_a_part() -> None:
    """`message` is the gateway's, with the whole pattern; 200 characters of it are printed."""
    with pytest.raises(ContractCompileError) as caught:
        contract_of(LONG).compile()
    error = caught.value
    place = f"at position {LONG.index('(')}"
    assert error.message.startswith(f"Invalid regex '{LONG}' for field 'f0': {place}: look-ahead")
    for text in (str(error), repr(error), error.summary):
        assert "xxx(?=a)yyy" in text
        assert text.count("x") + text.count("y") < 200 + 20
        assert len(text) < 600


def test_a_refusal_of_a_short_pattern_shows_all_of_it() -> None:
    """Then nothing is cut, and the reason never is."""
    with pytest.raises(ContractCompileError) as caught:
        contract_of("a(?=b)").compile()
    assert str(caught.value) == caught.value.message == caught.value.summary


def test_long_names_are_not_shown_in_full() -> None:
    """Neither those of groups and properties, nor those of fields."""
    for pattern in (f"(?P<{'n' * 9_000}>a)(?P<{'n' * 9_000}>b)", rf"\p{{{'n' * 9_000}}}"):
        with pytest.raises(ContractCompileError) as caught:
            contract_of(pattern).compile()
        assert len(str(caught.value)) < 600
    field = FieldDefinition("n" * 9_000, FieldType.STRING, pattern="(")
    with pytest.raises(ContractCompileError) as caught:
        Contract(version="1", name="c", ontology=Ontology((field,))).compile()
    assert len(str(caught.value)) < 600


def test_rules_on_deep_paths_do_not_end_in_another_error() -> None:
    """However deep, events are judged after the first ones, too."""
    path = ".".join(f"a{level}" for level in range(2_000))
    rule = f"quality: [{{type: completeness, field: {path}}}]"
    text = f'version: "1"\nname: c\nontology: {{entities: []}}\n{rule}\n'
    compiled = Contract.from_yaml(text).compile()
    for _ in range(40):
        assert not compiled.validate({}).passed
        assert not compiled.validate_json("{}").passed


@pytest.mark.untraced
def test_of_many_freshness_rules_on_a_field_the_strictest_holds() -> None:
    """At first, and after the fast ways are made."""
    ages = [*range(100, 2_000), 2**63]
    rules = "".join(f"{{type: freshness,field: a,max_age_seconds: {age}}}," for age in ages)
    text = f'version: "1"\nname: c\nontology: {{entities: []}}\nquality: [{rules}]\n'
    plain = Contract.from_yaml(
        text.replace(f",{{type: freshness,field: a,max_age_seconds: {2**63}}}", "")
    )
    for contract in (plain, Contract.from_yaml(text)):
        compiled = contract.compile()
        fresh = [
            compiled.validate_json(f'{{"a": {99_950 + n % 2}}}', now=100_000) for n in range(60)
        ]
        assert len({result.passed for result in fresh}) == 1
        stale = [compiled.validate_json('{"a": 99800}', now=100_000) for _ in range(60)]
        assert {len(result.violations) for result in stale} == {len(stale[0].violations)}
        assert not stale[0].passed
