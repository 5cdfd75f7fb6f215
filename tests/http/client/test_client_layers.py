"""The structure of the clients: imports go downwards, and paths are in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import contractgate_http

ROOT = Path(contractgate_http.__file__).parent
# From the bottom upwards; a module imports only what stands before it.
ORDER = [
    "_version",
    "_clock",
    "_call",
    "_secrets",
    "_retry",
    "_arguments",
    "_decode",
    "_compat",
    "_failures",
    "_observe",
    "_exchange",
    "_events",
    "_splitting",
    "_contract_name",
    "_contract_text",
    "endpoints",
    "_paging",
    "_visible",
    "_deploying",
    "_many",
    "_begun",
    "_totals",
    "_sending",
    "_tasks",
    "_cutting",
    "_async_sending",
    "_decoding",
    "_environment",
    "_wire",
    "_async_wire",
    "_transport",
    "_config",
    "_pool",
    "_body",
    "_binding",
    "local",
    "_embedded",
    "_base",
    "client",
    "async_client",
    "_answer",
    "_answer_error",
    "_answer_text",
    "_answer_shapes",
    "_answer_turns",
    "_extract",
    "_gate",
    "llm",
    "pytest_plugin",
    "cli",
    "__init__",
]
BESIDE = {("async_client", "client"), ("local", "_call"), ("local", "endpoints")}


def parts() -> Iterator[tuple[str, Path]]:
    """Return every module with the part that it belongs to."""
    for path in sorted(ROOT.rglob("*.py")):
        yield path.relative_to(ROOT).with_suffix("").parts[0], path


def imported(path: Path) -> Iterator[str]:
    """Name the parts that a module imports, for types too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("contractgate_http"):
            module = (node.module or "").split(".")[1:]
            yield from module[:1] or (alias.name for alias in node.names)


def test_every_part_has_its_place() -> None:
    """A new one must be put into the order."""
    assert {part for part, _ in parts()} == set(ORDER)


@pytest.mark.parametrize("part", ORDER)
def test_a_part_imports_downwards_only(part: str) -> None:
    """The two clients import nothing of each other, and the gateway nothing of them."""
    allowed = set(ORDER[: ORDER.index(part) + 1])
    for _, path in [one for one in parts() if one[0] == part]:
        for name in imported(path):
            assert name in allowed, f"{path.name} imports {name}"
            assert (part, name) not in BESIDE


@pytest.mark.parametrize("name", ["contracts", "quarantine", "v1", "settings", "egress"])
def test_paths_stand_in_the_endpoints_alone(name: str) -> None:
    """In no other module of the clients."""
    for part, path in parts():
        if part not in ("endpoints", "local"):
            strings = [
                node.value
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            assert [text for text in strings if f"/{name}" in text and "\n" not in text] == []


def test_no_module_is_long() -> None:
    """Each has one idea."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for part, path in parts()
        if part != "local"
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}
