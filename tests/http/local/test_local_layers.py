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

# From the bottom upwards: a module imports only what stands before it, for types and in functions
# too. The first list is that of the modules and folders, the others are those inside folders.
ORDER = {
    "": """
        message ids times turns work steps buckets refusals recorded bodies query yaml_out stored
        chacha transforms prepared store state context rules handlers routes answer faults delivery
        asgi transport guard gateway __init__
    """,
    "store": "failure schema rows files lock copying database accounts contracts events __init__",
    "rules": """
        __init__ budget keys limits lookup versions idempotency judging batches writing envelope
        target
    """,
}
PLACES = {
    folder: {name: at for at, name in enumerate(row.split())} for folder, row in ORDER.items()
}


def imported(module: str) -> Iterator[str]:
    """Name every module of ours that a module imports, itself or names from it."""
    tree = ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def place(module: str) -> tuple[int, ...]:
    """Find where a module stands in the order."""
    folder, _, name = module.rpartition("/")
    inside = (PLACES[folder][name],) if folder in ("store", "rules") else ()
    return (PLACES[""][folder], *inside) if folder else (PLACES[""][name],)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_downwards_only(module: str) -> None:
    """And no handler imports another."""
    for name in imported(module):
        package, *parts = name.split(".")
        if package == "contractgate_core":
            assert parts[0] in CORE, name
        elif package == "contractgate_http":
            assert parts[0] == "local", name
            other = "/".join(parts[1:])
            if other in MODULES:
                assert place(other) < place(module), name


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_right(module: str) -> None:
    name = f"contractgate_http.local.{module.replace('/', '.')}".replace(".__init__", "")
    assert doctest.testmod(importlib.import_module(name)).failed == 0
