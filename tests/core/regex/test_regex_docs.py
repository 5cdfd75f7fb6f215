"""The tables of docs/regex.md are true, row by row."""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from contractgate_core.errors import PatternError
from contractgate_core.regex import compile_pattern

DOCUMENT = Path(__file__).parents[3] / "docs" / "regex.md"


def rows(heading: str) -> Iterator[list[str]]:
    """Read the tables under a heading; a bar in a cell is written with a backslash before it."""
    part = DOCUMENT.read_text(encoding="utf-8").partition(f"{heading}\n")[2]
    for line in re.split(r"^#", part, flags=re.MULTILINE)[0].splitlines():
        if line.startswith("| `"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            yield [cell.strip().replace(r"\|", "|") for cell in cells]


def code(cell: str) -> str:
    """Take the first text in backquotes out of a cell."""
    return cell.split("`")[1]


def answer_of_re(pattern: str, text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            compiled = re.compile(pattern)
        except (re.error, DeprecationWarning):
            return "refused"
    return "yes" if compiled.search(text) else "no"


def our_answer(pattern: str, text: str) -> str:
    try:
        return "yes" if compile_pattern(pattern).search(text) else "no"
    except PatternError:
        return "refused"


DIFFERENCES = list(rows("### Texts that match here and not there, or there and not here"))
REFUSED = list(rows("### Patterns that `re` takes and the gateway refuses"))
REWRITTEN = list(rows("## How to do without look-ahead"))


def test_the_tables_are_found() -> None:
    """An empty table would be true whatever it claims."""
    assert [len(DIFFERENCES) > 20, len(REFUSED) > 10, len(REWRITTEN) == 10] == [True] * 3


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: str(row[0]))
def test_a_row_of_the_differences_is_true(row: list[str]) -> None:
    """Both engines answer as the row says."""
    pattern, text = code(row[0]), ast.literal_eval(code(row[1]))
    assert [answer_of_re(pattern, text), our_answer(pattern, text)] == row[2:4]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: str(row[0]))
def test_a_row_of_the_refused_is_true(row: list[str]) -> None:
    """`re` compiles the pattern, the gateway does not, and what is beside it is accepted."""
    pattern = code(row[0])
    assert answer_of_re(pattern, "") != "refused"
    assert our_answer(pattern, "") == "refused"
    if not row[1].startswith("see") and not row[1].startswith("nothing"):
        for instead in row[1].split("`")[1::2]:
            assert our_answer(instead, "") != "refused"


@pytest.mark.parametrize("row", REWRITTEN, ids=lambda row: str(row[0]))
def test_a_rewritten_look_around_finds_the_same(row: list[str]) -> None:
    """What `re` finds with the look-around is found without it, in all short texts."""
    pattern, instead = code(row[0]), compile_pattern(code(row[1]))
    assert our_answer(pattern, "") == "refused"
    search = re.compile(pattern).search
    pieces = ["foo", "bar", "baz", "b", "ba", "tmp_", "tm", "t", "a", "1", "-", "z", "p"]
    for count in range(1, 5):
        for chosen in itertools.product(pieces, repeat=count):
            text = "".join(chosen)
            assert instead.search(text) is (search(text) is not None), text
