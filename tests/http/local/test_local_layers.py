"""The layers of the local gateway, and the examples in its docstrings."""

from __future__ import annotations

import ast
import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from contractgate_http import local

ROOT = Path(local.__file__).parent
MODULES = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.rglob("*.py"))
CORE = ("_tracebacks", "errors", "results", "contract", "events", "engine", "models")

# What may not be imported from below; all that stands further up is named with its place.
ABOVE = {
    "times": {"rules", "context", "routes", "answer", "faults", "delivery", "gateway"},
    "store": {"rules", "context", "routes", "answer", "faults", "delivery", "gateway"},
    "rules": {"routes", "answer", "faults", "delivery", "transport", "asgi", "gateway"},
    "work": {"rules", "context", "routes", "answer", "faults", "delivery", "gateway"},
    "steps": {"rules", "context", "routes", "answer", "faults", "delivery", "gateway"},
    "state": {"context", "routes", "answer", "faults", "delivery", "gateway"},
    "context": {"rules", "routes", "answer", "faults", "delivery", "transport", "asgi", "gateway"},
    "guard": {"rules", "context", "state", "answer", "delivery", "transport", "asgi", "gateway"},
    "answer": {"faults", "delivery", "transport", "asgi", "gateway"},
    "delivery": {"transport", "asgi", "gateway"},
    "transport": {"gateway"},
    "asgi": {"gateway"},
}


def imported(module: str) -> Iterator[str]:
    """Name every module of ours that a module imports."""
    tree = ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_downwards_only(module: str) -> None:
    above = ABOVE.get(module.split("/")[0], set())
    for name in imported(module):
        parts = name.split(".")
        if parts[0] == "contractgate_http":
            assert parts[1] == "local", name
            assert parts[2:3] == [] or parts[2] not in above, name
        elif parts[0] == "contractgate_core":
            assert parts[1] in CORE, name


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_right(module: str) -> None:
    name = f"contractgate_http.local.{module.replace('/', '.')}".replace(".__init__", "")
    assert doctest.testmod(importlib.import_module(name)).failed == 0
