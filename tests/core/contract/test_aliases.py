"""Anchors and aliases: what they mean, how far they may go, and what they may cost."""

from __future__ import annotations

import json
from typing import Any, Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core import Contract, ContractCompileError
from contractgate_core.contract import reading
from contractgate_core.contract.nodes import Nodes, parse_nodes
from contractgate_core.contract.readers import listing, read_json
from contractgate_core.contract.reading import Reading, RefusalError

HEAD = 'version: "1"\nname: c\n'
FIELD = "ontology: {entities: [{name: f, type: any, enum: %s}]}\n"


def allowed(text: str, enum: str) -> tuple[Any, ...]:
    """Read the allowed values of a field from a contract that begins with some text."""
    values = Contract.from_yaml(HEAD + text + FIELD % enum).entities[0].allowed_values
    assert values is not None
    return values


def refusal(text: str, enum: str) -> str:
    """Read the same contract, which is refused, and return the message."""
    with pytest.raises(ContractCompileError) as caught:
        allowed(text, enum)
    assert caught.value.line is not None
    return caught.value.message


def test_an_alias_means_what_its_anchor_names() -> None:
    """Under unknown keys too, and as a key as well."""
    assert allowed("x: &a [1, b]\ny: &k key\n", "[*a, {*k : *a}]") == ([1, "b"], {"key": [1, "b"]})


def test_an_anchor_may_be_named_again() -> None:
    """From there on it refers to the later node."""
    assert allowed("x: &a 1\ny: *a\nz: &a 2\n", "[*a]") == (2,)


def test_the_first_new_name_after_a_repeated_one_takes_its_place() -> None:
    """As in the gateway, which counts distinct names."""
    assert allowed("x: &a 1\ny: &a 2\nz: &b three\n", "[*a, *b]") == ("three", "three")
    assert allowed("x: &a 1\ny: &a 2\n", "[*a, &b three, *b, *a]") == ("three",) * 4


def test_one_node_is_read_by_each_place_it_stands_in() -> None:
    """The same text is a text, a number and an allowed value."""
    field = "{name: *x, type: any, min: *x, min_length: *x, pattern: *x, enum: [*x]}"
    contract = Contract.from_yaml(f"{HEAD}x: &x 5\nontology: {{entities: [{field}]}}")
    [read] = contract.entities
    assert (read.name, read.min, read.min_length, read.pattern) == ("5", 5.0, 5, "5")
    assert read.allowed_values == (5,)


@pytest.mark.parametrize(
    "text",
    ["x: &a [*a]\n", "x: &a {k: *a}\n", "x: &a [1]\ny: &a [*a]\nz: &b [*b]\n"],
)
def test_a_node_in_itself_is_refused_where_it_is_read(text: str) -> None:
    """And only there: whatever is under an unknown key is never followed."""
    assert "expected a value, got an alias of what it stands in" in refusal(text, "[*a]")
    assert allowed(text, "[]") == ()


def nested(levels: int) -> str:
    """Anchor nested lists, each inside the next: `*a<n>` has n levels."""
    rows = [f"x{level}: &a{level} [*a{level - 1}]\n" for level in range(2, levels + 1)]
    return "".join(["x1: &a1 []\n", *rows])


def test_an_alias_nests_as_deep_as_what_it_means() -> None:
    """128 levels in all; four are around the allowed values of a field, which are the fifth."""
    [value] = allowed(nested(123), "[*a123]")
    assert json.dumps(value) == "[" * 123 + "]" * 123
    assert "expected at most 128 levels of lists and mappings" in refusal(nested(124), "[*a124]")


def bomb(levels: int, width: int) -> str:
    """Anchor lists, each of which holds the previous one several times."""
    rows = [
        f"x{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]\n"
        for level in range(2, levels + 1)
    ]
    return "".join(["x1: &a1 [a]\n", *rows])


def test_aliases_are_followed_a_hundred_times_for_each_item() -> None:
    """Then the gateway gives up, and so do we, without having followed each of them."""
    assert "expected at most 100 uses of aliases for each item" in refusal(bomb(9, 9), "*a9")
    assert allowed(bomb(9, 9), "[]") == ()


def test_aliases_repeat_only_so_many_characters() -> None:
    """Beyond that, even showing the contract would exhaust memory."""
    text = f"x: &a {'b' * 2**20}\n"
    assert len(allowed(text, "[*a, *a, *a, *a]")) == 4
    message = "expected aliases that repeat at most 4,194,304 characters, got more"
    assert message in refusal(text, "[*a, *a, *a, *a, *a]")
    assert message in refusal(text, "[{*a : 1}, {*a : 1}, {*a : 1}, {*a : 1}, {*a : 1}]")


def test_what_is_repeated_is_counted_with_all_that_is_in_it() -> None:
    """A list of lists of lists is as long as its leaves together."""
    text = f"x: &a {'b' * 2**16}\ny: &c [{'*a, ' * 15}]\nz: &d [{'*c, ' * 3}]\n"
    assert len(allowed(text, "[*d]")) == 1
    assert "expected aliases that repeat at most" in refusal(text, "[*d, *d, *d]")


def unshared(nodes: Nodes) -> Nodes:
    """Have nodes read again each time they occur, as the gateway does."""
    nodes.shared = frozenset()
    return nodes


def answer(nodes: Nodes) -> Optional[str]:
    """Read the list at the root; None for a refusal."""
    try:
        return json.dumps(Reading(nodes).read(listing(read_json), 0, 0))
    except RefusalError:
        return None


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Write lists and mappings with anchors and aliases, some of them for what they are in."""
    anchors: list[str] = []

    def node(depth: int) -> str:
        kinds = ["scalar"] if depth > 3 else ["scalar", "list", "mapping"]
        kind = draw(st.sampled_from([*kinds, *(["alias"] * 3 if anchors else [])]))
        if kind == "alias":
            return f"*{draw(st.sampled_from(anchors))}"
        name = draw(st.sampled_from(["", "", "a", "b", "c", "d"]))
        anchor = f"&{name} " if name else ""
        if name:
            anchors.append(name)
        count = draw(st.integers(0, 4))
        if kind == "list":
            return f"{anchor}[{', '.join(node(depth + 1) for _ in range(count))}]"
        if kind == "mapping":
            pairs = [f"k{index} : {node(depth + 1)}" for index in range(count)]
            return f"{anchor}{{{', '.join(pairs)}}}"
        return f"{anchor}1"

    return f"[{', '.join(node(0) for _ in range(draw(st.integers(0, 5))))}]"


@given(documents())
@example("[&a [1], &b [*a, *a], &c [*b, *b], *c]")
@example("[&a [*a]]")
@example("[&a [1], &a [*a], &b [1, *b]]")
@example("[" + ", ".join(f"&a{i} [{f'*a{i - 1}, ' * 9 if i else ''}]" for i in range(5)) + "]")
@example("[" + ", ".join(f"&a{i} [{f'*a{i - 1}' if i else ''}]" for i in range(127)) + "]")
@example("[" + ", ".join(f"&a{i} [{f'*a{i - 1}' if i else ''}]" for i in range(128)) + "]")
def test_reading_shared_nodes_once_changes_no_answer(text: str) -> None:
    """The same values come out, and the same limits are met."""
    assert answer(parse_nodes(text)) == answer(unshared(parse_nodes(text)))


def test_shared_nodes_are_read_once() -> None:
    """However often they are used: this file would take hours otherwise."""
    calls = 0

    def counting(read: Reading, node: int, depth: int) -> Any:
        nonlocal calls
        calls += 1
        return read_json(read, node, depth)

    nodes = parse_nodes(f"[&a [1, 2, 3]{', *a' * 1000}]")
    values = Reading(nodes).read(listing(counting), 0, 0)
    assert len(values) == 1001
    assert calls == 1
    assert reading.MOST_REPEATED == 2**22
