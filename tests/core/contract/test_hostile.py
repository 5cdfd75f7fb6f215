"""Contracts that are made to cost time or memory, to crash, or to be misread."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Optional, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import Contract, ContractCompileError
from hostile_contracts import ACCEPTED, HEAD, REFUSED
from pure_yaml import read_purely
from read_hostile import read_hostile
from sizes import scaled, some

T = TypeVar("T")

SIZE = scaled(2**20)

EXAMPLE = """\
%YAML 1.2
--- # é
version: "1.0"
name: 'it''s'
description: |-
  a
   b
ontology: &o
  entities:
    - {name: a, type: string, pattern: "^\\u00e9$", enum: [1, !!str 2, "\\x41", ~]}
    - ? name
      : &b b
      type: object
      properties: [{name: *b, type: !integer , min_length: 0x1F}]
glossary: []
null_as_absent: true
"""


@pytest.mark.skipif(sys.platform == "win32", reason="cannot measure memory there")
@pytest.mark.parametrize("name", some(REFUSED))
def test_a_hostile_contract_is_refused_in_bounded_time_and_memory(name: str) -> None:
    """A second and 100 MB are promised for 1 MiB; slow machines get ten times as long here."""
    cost = read_hostile(REFUSED[name](SIZE))
    assert cost.error
    assert len(cost.error) < 1_000
    assert cost.seconds < 10
    assert cost.megabytes < 100


@pytest.mark.skipif(sys.platform == "win32", reason="cannot measure memory there")
@pytest.mark.parametrize("name", some(ACCEPTED))
def test_a_contract_that_shares_much_can_be_used(name: str) -> None:
    """Nothing done with it takes long, and it reads back."""
    cost = read_hostile(ACCEPTED[name](SIZE))
    assert not cost.error
    assert cost.megabytes < 100
    uses = {"==", "hash", "repr", "to_yaml", "from_yaml", "to_dict", "pickle", "compile"}
    assert set(cost.uses) == uses
    assert max(cost.uses.values()) < 30, cost.uses


def outcome(read: Callable[[], Contract]) -> Optional[ContractCompileError]:
    """Read a contract, which may be refused; anything else fails the test."""
    try:
        read()
    except ContractCompileError as error:
        return error
    return None


def test_an_example_may_be_cut_anywhere() -> None:
    """The rest is a contract or it is not; as bytes it may end within a character."""
    assert Contract.from_yaml(EXAMPLE).entities[1].properties is not None
    data = EXAMPLE.encode()
    for end in range(len(data)):
        error = outcome(lambda: Contract.from_yaml(data[:end]))  # noqa: B023 - it is called here
        assert error is None or error.line is not None
    for end in range(len(EXAMPLE)):
        outcome(lambda: Contract.from_yaml(EXAMPLE[:end]))  # noqa: B023 - it is called here


def test_an_example_may_be_cut_anywhere_for_the_pure_parser() -> None:
    """It makes no other errors either."""
    answers = read_purely([EXAMPLE[:end] for end in range(len(EXAMPLE))])
    assert len(answers) == len(EXAMPLE)


SCRAPS = [
    *["[", "]", "{", "}", ",", ":", ": ", "- ", "? ", "\n", "\n  ", " ", "'", '"', "|", ">", "#"],
    *["&a", "*a", "&b ", "*b", "!", "!!int ", "!<a>", "<<", "~", "---\n", "...\n", "%TAG ! a\n"],
    *[
        "\\ud800",
        "\\UFFFFFFFF",
        "\t",
        "\r",
        "\x00",
        "\x85",
        "\ufeff",
        "\ud800",
        "é",
        "😀",
        "%YAML 1.",
    ],
    *["version: 1\n", "name: c\n", "ontology: {entities: []}\n", "type: any", "enum: [", "1e400"],
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join),
    st.tuples(st.integers(0, len(EXAMPLE)), st.integers(0, 3), st.sampled_from(SCRAPS)).map(
        lambda cut: EXAMPLE[: cut[0]] + cut[2] + EXAMPLE[cut[0] + cut[1] :]
    ),
)


@given(st.one_of(TEXTS, TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary()))
def test_no_text_makes_another_error(text: Any) -> None:
    """Not scraps of YAML, not a damaged example, not any bytes."""
    error = outcome(lambda: Contract.from_yaml(text))
    assert error is None or error.message


def test_no_text_makes_another_error_of_the_pure_parser() -> None:
    """The same texts, together."""
    texts: list[str] = []

    @given(TEXTS)
    def draw(text: str) -> None:
        texts.append(text)

    draw()
    assert len(read_purely(texts)) == len(texts)


def test_levels_are_counted_as_they_come() -> None:
    """The rest of a text that nests too deeply is not parsed, so it does not matter."""
    with pytest.raises(ContractCompileError, match="expected at most 999 levels") as caught:
        Contract.from_yaml(f"{HEAD}x: {'[' * 100_000}\x00")
    assert caught.value.line == 3
    # A newer libyaml looks ahead, and stops by itself.
    assert caught.value.column in {1_002, 1_003}


NESTED: dict[str, Callable[[int], str]] = {
    "flow lists": lambda levels: "[" * levels + "]" * levels,
    "flow mappings": lambda levels: "{a: " * levels + "}" * levels,
    "block lists": lambda levels: "- " * levels,
    "block keys": lambda levels: "? " * levels,
    "flow lists in a block list": lambda levels: f"- {'[' * (levels - 1)}{']' * (levels - 1)}",
    "a mapping in block lists": lambda levels: "- " * (levels - 1) + "a: b",
}


def long_text(skipped: str) -> str:
    """Write a contract of more than 16,384 characters, with a value that is skipped."""
    return f"#{'-' * 2**14}\n{HEAD}x:\n  {skipped}\nontology: {{entities: []}}\n"


def test_a_long_text_may_nest_999_levels() -> None:
    """Its own mapping is one of them; the answer is the same whatever parser is there."""
    expected = "expected at most 999 levels in a text of more than 16,384 characters, got more"
    texts = [long_text(NESTED[name](levels)) for name in NESTED for levels in (998, 999)]
    pure = read_purely(texts)
    for number, name in enumerate(NESTED):
        accepted, refused = texts[2 * number : 2 * number + 2]
        contract = Contract.from_yaml(accepted)
        assert contract.name == "c"
        with pytest.raises(ContractCompileError) as caught:
            Contract.from_yaml(refused)
        assert caught.value.message == expected, name
        assert caught.value.line == 5, name
        assert pure[2 * number]["contract"] == contract.to_dict(), name
        assert pure[2 * number + 1]["error"].endswith(expected), name


@pytest.mark.untraced
def test_skipped_values_may_nest_deep() -> None:
    """2,000 levels of flow lists and many more of block lists, whatever libyaml is there."""
    tail = "ontology: {entities: []}\n"
    for deep in (f"{'[' * 2_000}{']' * 2_000}", "- " * 4_000):
        assert Contract.from_yaml(f"{HEAD}x:\n  {deep}\n{tail}").name == "c"
    with pytest.raises(ContractCompileError, match=r"expected at most 2,000 levels of \[ and {"):
        Contract.from_yaml(f"{HEAD}x:\n  {'[' * 2_001}{']' * 2_001}\n{tail}")


def test_a_tag_may_have_escapes_that_are_utf_8_alone() -> None:
    """PyYAML cannot represent others, although the gateway skips the value."""
    text = f"{HEAD}x: !<%C3%A9> a\nontology: {{entities: []}}\n"
    assert Contract.from_yaml(text).name == "c"
    with pytest.raises(ContractCompileError):
        Contract.from_yaml(text.replace("%C3%A9", "%FF"))


def at_depth(depth: int, work: Callable[[], T]) -> T:
    """Work with as much of the stack in use."""
    return work() if depth == 0 else at_depth(depth - 1, work)


def frames() -> int:
    """Count the frames in use."""
    count, frame = 0, sys._getframe()
    while frame.f_back is not None:
        count, frame = count + 1, frame.f_back
    return count


DEEPEST = {
    "items": "{name: a, type: array, items: " * 124 + "{name: a, type: any}" + "}" * 124,
    "properties": (
        "{name: a, type: object, properties: [" * 61
        + "{name: a, type: any, enum: [[]]}"
        + "]}" * 61
    ),
    "allowed values": "{name: a, type: any, enum: " + "[" * 124 + "]" * 124 + "}",
}


@pytest.mark.parametrize("name", DEEPEST)
def test_the_deepest_contract_is_read_wherever_python_stands(name: str) -> None:
    """However little is left of the caller's stack."""
    text = f"{HEAD}ontology: {{entities: [{DEEPEST[name]}]}}\n"
    expected = Contract.from_yaml(text)
    left = sys.getrecursionlimit() - frames() - 150
    for depth in (0, left // 2, left):
        assert at_depth(depth, lambda: Contract.from_yaml(text)) == expected
        assert at_depth(depth, expected.to_yaml) == expected.to_yaml()
        assert json.dumps(at_depth(depth, expected.to_dict)) == json.dumps(expected.to_dict())


def test_a_refusal_is_the_same_wherever_python_stands() -> None:
    """With its place, and without a trace of how stack space was found."""
    entity = DEEPEST["items"].replace("type: any", "type: anny")
    text = f"{HEAD}ontology: {{entities: [{entity}]}}\n"
    left = sys.getrecursionlimit() - frames() - 150
    errors = [
        at_depth(depth, lambda: outcome(lambda: Contract.from_yaml(text))) for depth in (0, left)
    ]
    first, second = map(str, errors)
    assert first == second
    assert "did you mean `any`?" in first


def test_one_level_more_than_the_deepest_is_refused() -> None:
    """As in the gateway."""
    for entity in (
        DEEPEST["items"].replace("{name: a, type: any}", "{name: a, type: any, enum: []}"),
        DEEPEST["properties"].replace("[[]]", "[[[]]]"),
        DEEPEST["allowed values"].replace("[]", "[[]]"),
    ):
        with pytest.raises(ContractCompileError, match="at most 128 levels"):
            Contract.from_yaml(f"{HEAD}ontology: {{entities: [{entity}]}}\n")


def test_a_tiny_recursion_limit_is_told() -> None:
    """It is the program's limit, not a fault of the contract; but it is no crash."""
    text = f"{HEAD}ontology: {{entities: [{DEEPEST['items']}]}}\n"
    Contract.from_yaml(text)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(frames() + 120)
    try:
        error = outcome(lambda: Contract.from_yaml(text))
    finally:
        sys.setrecursionlimit(limit)
    assert error is not None
    assert "recursion limit" in error.message
