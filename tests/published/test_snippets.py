"""Code for the published SDK does here what it does there, or the page of changes says why not.

All snippets run in two processes, one with the published SDK and one with ours, which send to one
gateway.
"""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contractgate import ValidationResult, ViolationKind

HERE = Path(__file__).parent
TEXT = (HERE / "snippets.py").read_text("utf-8")
PAGE = (HERE.parents[1] / "docs/migration-from-0.4.md").read_text("utf-8")
DIFFERENT = dict[str, str](
    (name, words) for words, name in re.findall(r'^@differs\("(.*)"\)\ndef (\w+)', TEXT, re.M)
)
SNIPPETS = re.findall(r"^def (\w+)", TEXT.partition("_BEFORE = ")[2], re.M)


class Sides:
    """What came out on both sides.

    Attributes:
        theirs: What the published SDK did, and its public names.
        ours: What ours did.
    """

    def __init__(self, theirs: Any, ours: Any) -> None:
        self.theirs = theirs
        self.ours = ours


@pytest.fixture(scope="module")
def sides(published_python: str, shared_gateway: tuple[str, str]) -> Sides:
    """Run all snippets on both sides at the same time."""
    script = str(HERE / "run_snippets.py")
    processes = [
        subprocess.Popen([python, script, *shared_gateway, name], stdout=subprocess.PIPE, text=True)
        for python, name in ((published_python, "theirs"), (sys.executable, "ours"))
    ]
    theirs, ours = (json.loads(process.communicate(timeout=120)[0]) for process in processes)
    return Sides(theirs, ours)


@pytest.mark.parametrize("name", [name for name in SNIPPETS if name not in DIFFERENT])
def test_the_same_comes_out(sides: Sides, name: str) -> None:
    """And it is a value: what raises does so in a snippet that expects it."""
    assert "returned" in sides.theirs["outcomes"][name]
    assert sides.ours["outcomes"][name] == sides.theirs["outcomes"][name]


@pytest.mark.parametrize("name", DIFFERENT)
def test_something_else_comes_out_on_purpose(sides: Sides, name: str) -> None:
    """What no longer differs has to leave the page."""
    assert sides.ours["outcomes"][name] != sides.theirs["outcomes"][name]


@pytest.mark.parametrize("name", DIFFERENT)
def test_each_difference_is_on_the_page(name: str) -> None:
    """In the words that the snippet quotes."""
    assert DIFFERENT[name] in " ".join(PAGE.split())


def test_what_the_published_sdk_has_pickled_can_be_read(published_python: str) -> None:
    """Results that wait in a cache or a queue while the package is exchanged."""
    code = (
        "import pickle, snippets as s; "
        "batch = s.BatchIngestResponse.from_dict(s.RAW_BATCH); "
        "parts = [s.RESULT, batch, s.Contract.from_yaml(s.YAML)]; "
        "print(pickle.dumps(parts).hex())"
    )
    done = subprocess.run(
        [published_python, "-c", code], capture_output=True, text=True, check=True, cwd=HERE
    )
    result, batch, contract = pickle.loads(bytes.fromhex(done.stdout))
    assert result == ValidationResult(False, result.violations, 3)
    assert result.violations[0].kind is ViolationKind.PATTERN_MISMATCH
    assert batch.results[0].quarantine_id == "q"
    assert contract.entities[0].name == "user_id"
    assert not contract.compile().validate({})


def test_all_snippets_ran(sides: Sides) -> None:
    """On both sides, and they are enough."""
    assert list(sides.theirs["outcomes"]) == list(sides.ours["outcomes"]) == SNIPPETS
    assert len(SNIPPETS) >= 60


def test_each_public_name_of_the_published_sdk_is_in_a_snippet(sides: Sides) -> None:
    """Of its modules, and of the classes in them."""
    names = sides.theirs["names"]
    assert len(names) > 150
    assert [name for name in names if not re.search(rf"\b{name}\b", TEXT)] == []
