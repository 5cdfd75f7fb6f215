"""The examples in documents and docstrings give the results that they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shlex
from pathlib import Path

import pytest

import contractgate_core
from contractgate_core.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "packages/contractgate-core").glob("*.md")),
]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(contractgate_core.__path__, "contractgate_core.")
    if not module.name.endswith("__main__")
)
_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in examples are relative to a clone."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NO_COLOR", "1")


def needs_http(text: str) -> bool:
    """Return whether a document is about what core does not have; its own tests run it."""
    return "contractgate_http" in text or "from contractgate import" in text


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_in_documents_are_true(path: Path) -> None:
    """Python code, and its output."""
    text = path.read_text(encoding="utf-8")
    if not needs_http(text):
        test = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)
        assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0


@pytest.mark.parametrize("name", ["contractgate_core", *MODULES])
def test_examples_in_docstrings_are_true(name: str) -> None:
    """In every module."""
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


def console_examples() -> list[tuple[str, str, str]]:
    """Find each command in the documents with the output that is shown for it."""
    found = []
    for path in DOCUMENTS:
        for block in _CONSOLE.findall(path.read_text(encoding="utf-8")):
            for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = example.partition("\n")
                if command.startswith(("contractgate validate ", "contractgate test ")):
                    found.append((path.name, command, output))
    return found


@pytest.mark.parametrize(("document", "command", "output"), console_examples())
def test_commands_print_what_the_documents_say(
    document: str, command: str, output: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Word for word, except where `…` stands for omitted lines."""
    main(shlex.split(command)[1:])
    printed = capfd.readouterr().out
    assert document
    for part in output.split("…\n"):
        assert part in printed
