"""A node keeps the place where it begins as one number, from which line and column are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core import ContractCompileError
from contractgate_core.contract.nodes import parse_nodes
from contractgate_core.contract.parser import place_of
from recordings import cases
from sizes import some

BOM = "\ufeff"
SCRAPS = [
    *["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\n\r", " ", "  ", "\t", "#c", "é", "😀"],
    *["a", "a: ", "- ", "? ", ": ", "[", "]", "{", "}", ",", "'", '"', "\\", "|", ">-", "|2\n"],
    *["&a ", "*a", "!t ", "!<u> ", "---\n", "...\n", "%YAML 1.1\n"],
]
TEXTS = st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join)
MARKED_TEXTS = TEXTS | TEXTS.map(lambda text: BOM + text)


Load = Callable[[str], Any]


def fast(text: str) -> Any:
    """Parse with libyaml, which drops the first byte order mark, and counts the second."""
    return yaml.CLoader(BOM + text if text.startswith(BOM) else text)


def pure(text: str) -> Any:
    """Parse in pure Python."""
    return yaml.SafeLoader(text)


def events_of(load: Load, text: str) -> list[Any]:
    """List the events of a text up to its end, or up to the first place that is not YAML."""
    events: list[Any] = []
    try:
        loader = load(text)
        while loader.check_event():
            events.append(loader.get_event())
    except (yaml.YAMLError, ValueError, OverflowError):
        pass
    return events


def marks_of(load: Load, text: str) -> list[Any]:
    """List the marks at which nodes begin."""
    return [
        event.start_mark for event in events_of(load, text) if isinstance(event, yaml.NodeEvent)
    ]


def place(text: str, mark: Any) -> tuple[int, int]:
    """Tell the place of a mark, both from 1.

    A text that ends within a line has a line more to the parsers, and an empty value there may
    stand on it; to us it stands at the end of the text.
    """
    if mark.index == len(text) and mark.column == 0:
        return place_of(text, len(text))
    return mark.line + 1, mark.column + 1


def misplaced(load: Load, text: str) -> list[Any]:
    """List the marks that are not where their index says."""
    return [
        mark for mark in marks_of(load, text) if place_of(text, mark.index) != place(text, mark)
    ]


@pytest.mark.untraced
@pytest.mark.parametrize("category", ["yaml", "probes"])
def test_an_index_tells_the_place_in_recorded_contracts(category: str) -> None:
    """As libyaml and the pure-Python parser count lines and columns."""
    texts = some(case["yaml"] for case in cases(category) if "yaml" in case)
    assert len(texts) > 10
    for text in texts:
        assert not misplaced(fast, text)
        # To the parser in pure Python a byte order mark has no width.
        if BOM not in text:
            assert not misplaced(pure, text)


@given(MARKED_TEXTS)
@example(f"{BOM}a: b")
@example(f"{BOM}\r\na:\r- 'b\u2028 c'\r\n\r- é\x85")
def test_an_index_tells_the_place_in_any_text(text: str) -> None:
    """Whatever line breaks it has."""
    assert not misplaced(fast, text)


@given(TEXTS)
@example("\r\na:\r- 'b\u2028 c'\r\n\r- é\x85")
def test_an_index_tells_the_place_in_any_text_to_the_pure_parser(text: str) -> None:
    """It counts in the same way."""
    assert not misplaced(pure, text)


@pytest.mark.parametrize("text", ["? a", "? a\n", "- ? a", "[a, ? b, c:", "a:", "-"])
def test_an_empty_value_at_the_end_stands_at_the_end(text: str) -> None:
    """And not on a line that does not exist."""
    assert not misplaced(fast, text)
    assert not misplaced(pure, text)


@given(MARKED_TEXTS)
@example(f"{BOM}a: b")
@example("- &a [a, {b: 'c\r\n d'}]\n- *a\n- ? |\r   e\n\n  : !t []")
def test_nodes_stand_where_the_parser_saw_them(text: str) -> None:
    """And there are as many as events, except for those that close a list or a mapping."""
    try:
        nodes = parse_nodes(text)
    except ContractCompileError:
        return
    places = [nodes.place(node) for node in range(len(nodes))]
    assert places == [place(text, mark) for mark in marks_of(fast, text)]
    counted = (yaml.NodeEvent, yaml.CollectionEndEvent)
    assert nodes.events == sum(isinstance(event, counted) for event in events_of(fast, text))
