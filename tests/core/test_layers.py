"""The layers of the package: modules import downwards only (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import contractgate_core

ROOT = Path(contractgate_core.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# What each part may import besides itself.
MAY_IMPORT = {
    "_kinds": set(),
    "_packing": set(),
    "_shown": {"_plain"},
    "_tracebacks": set(),
    "_version": set(),
    "_reserved": set(),
    "_words": set(),
    "_plain": {"_tracebacks"},
    "errors": {"_packing"},
    "results": {"_plain", "_shown", "_tracebacks", "_words", "errors"},
    "contract": {"_kinds", "_plain", "_reserved", "_tracebacks", "_words", "errors"},
    "regex": {"_tracebacks", "errors"},
    "events": {"_kinds", "_reserved", "_tracebacks", "errors"},
    "models": {"_plain", "_shown", "_tracebacks", "_words", "errors", "results"},
    "engine": {
        *("_plain", "_reserved", "_tracebacks"),
        *("errors", "results", "contract", "regex", "events"),
    },
    "report": {"errors", "results", "contract", "events", "engine"},
    "cli": {"_version", "errors", "results", "contract", "regex", "events", "engine", "report"},
    "__init__": {"_version", "errors", "results", "contract", "engine", "models"},
    "__main__": {"cli"},
}

# The verbs of `Contract` reach up; they are loaded when they are used.
UPWARD = {("contract/model.py", "engine")}

# What could open a socket, or brings along something that could.
FORBIDDEN = {
    "asyncio",
    "contractgate",
    "contractgate_http",
    "http",
    "httpx",
    "select",
    "selectors",
    "socket",
    "ssl",
    "urllib",
}
# What does so by itself, and what costs much: only inside functions.
ONLY_ON_DEMAND = {
    "importlib.metadata",
    "multiprocessing",
    "concurrent",
    "sqlite3",
    "yaml",
    "dataclasses",
    "inspect",
    "tempfile",
}


def part(path: Path) -> str:
    """Name the part that a module belongs to."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Name what a module imports at run time, each with whether that is at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    only_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            yield node.module, id(node) in top
            if node.module == "contractgate_core":
                yield from (
                    (f"contractgate_core.{name.name}", id(node) in top) for name in node.names
                )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_import_downwards_only(path: Path) -> None:
    """From the table above, and nothing else."""
    module, mine = str(path.relative_to(ROOT)), part(path)
    for name, _ in imports(path):
        if not name.startswith("contractgate_core."):
            continue
        other = name.split(".")[1]
        allowed = other == mine or other in MAY_IMPORT[mine] or (module, other) in UPWARD
        assert allowed, f"{module} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_imports_what_can_open_a_socket(path: Path) -> None:
    """Nor, at its top, what brings such a thing along or costs much."""
    for name, is_at_top in imports(path):
        assert name.split(".")[0] not in FORBIDDEN, f"{path} imports {name}"
        heads = {name, name.split(".")[0]}
        assert not (is_at_top and heads & ONLY_ON_DEMAND), f"{path} imports {name} at its top"


def test_only_one_module_imports_yaml() -> None:
    """And argparse is known to the command line alone."""
    users: dict[str, set[str]] = {"yaml": set(), "argparse": set()}
    for path in MODULES:
        for name, _ in imports(path):
            if name in users:
                users[name].add(str(path.relative_to(ROOT)))
    assert users["yaml"] == {"contract/parser.py"}
    assert {user.split("/")[0] for user in users["argparse"]} == {"cli"}
