"""The examples of the pages about the clients run exactly as written."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import contractgate
import contractgate_http

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("page", ["README.md", "docs/client.md", "docs/llm.md", "docs/retries.md"])
def test_the_examples_of_a_page_run(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after another, in the folder of a clone."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("CONTRACTGATE_API_KEY", raising=False)
    done = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert done.attempted > 5
    assert done.failed == 0


@pytest.mark.parametrize("module", [contractgate, contractgate_http])
def test_the_examples_of_the_packages_run(module: object) -> None:
    """`help()` shows them first."""
    done = doctest.testmod(module, optionflags=doctest.ELLIPSIS)  # type: ignore[arg-type]  # a module
    assert done.attempted > 1
    assert done.failed == 0


def test_the_page_about_models_names_every_reason() -> None:
    """So does the error's docstring."""
    text = (DOCS / "llm.md").read_text("utf-8")
    rows = text[text.index("| `reason`") :].split("\n\n")[0].splitlines()[2:]
    named = {word for row in rows for word in re.findall("`(.+?)`", row.split("|")[1])}
    docstring = str(contractgate.LLMResponseError.__doc__)
    assert named == set(re.findall("`([a-z_]+)`", docstring[docstring.index("reason:") :])) - {
        "response"
    }
    sources = Path(str(contractgate_http.__file__)).parent.glob("_*.py")
    used = {
        word for path in sources for word in re.findall(r'reason="(\w+)"', path.read_text("utf-8"))
    }
    assert used <= named


def test_the_pages_name_what_there_is() -> None:
    """Every error in the table exists, and every error is in the table."""
    text = (DOCS / "client.md").read_text("utf-8")
    table = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    named = {name for name in table if name.endswith("Error")}
    errors = {name for name in contractgate.__all__ if name.endswith("Error")}
    local = {"ContractCompileError", "PatternError", "EventDecodeError", "EventEncodeError"}
    others = {
        "ContractGateError",
        "InvalidEventError",
        "IngestInterruptedError",
        "LLMResponseError",
    }
    assert named == errors - local - others
