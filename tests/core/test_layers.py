"""The layers of the package: modules import downwards only (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import contractgate_core

ROOT = Path(contractgate_core.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# From the bottom upwards; a module imports only what stands before it. The first list is that of
# the parts, the others are those of the modules inside them. A module that is named in the first
# one is a part of its own.
ORDER = {
    "": """
        _version _kinds _packing _tracebacks _reserved _words _plain _shown _beside _violation
        _error _verdict models.meta models._base models.outcome _excerpt _gateway_errors
        errors results contract regex events models engine scan engine.compiled contract.model
        report cli __main__ __init__
    """,
    "contract": """
        words equality scalars types text stack parser source nodes unwritable reading dump parts
        places unknown doubts readers shape load __init__
    """,
    "regex": """
        _unicode effort cursor classes re_class tree unicode parse_escape parse_class parse_group
        parse size_class size_literals size simplify texts translate bounds subset nfa paths
        automaton_pool automaton_alphabet automaton_looks automaton matcher cache pattern __init__
    """,
    "events": """
        place broken kinds numbers brackets moments reserved zstd gunzip chunks record fault sound
        sources decode encode lines array batch stream __init__
    """,
    "models": """
        words _batch account audit contracts health ingest quarantine refusals reports sharing tools
        __init__
    """,
    "engine": """
        _debug_escapes render dates arguments keys secrets violations counts few patterns exact
        rules envelope accept many judge bodies __init__
    """,
    "engine.accept": """
        interface backoff bounds verdict approximate codegen repeated patterns sendable demands plan
        shapes observed limits types unique facts source finding lenient failing struct_plan
        getters number_checks rows columns reader acceptor __init__
    """,
    "scan": """
        totals options review raised aside pipes segments verdicts task wire worker process thread
        workers scan
        __init__
    """,
    "report": "text problems document contracts human __init__",
    "cli": "options console inputs progress judging sample validate test parser __init__",
}
PLACES = {
    package: {name: at for at, name in enumerate(names.split())} for package, names in ORDER.items()
}

# What each part may import besides itself, for types too.
MAY_IMPORT = {
    "_version": "",
    "_kinds": "",
    "_packing": "",
    "_tracebacks": "",
    "_reserved": "",
    "_words": "",
    "_plain": "_tracebacks",
    "_shown": "_plain",
    "_beside": "",
    "_violation": "_tracebacks _words _plain _shown _beside",
    "_error": "_packing _violation",
    "_verdict": "_tracebacks _violation _error",
    "models.meta": "_plain",
    "models._base": "_tracebacks _plain _shown _beside models.meta",
    "models.outcome": "_plain _violation _verdict models._base",
    "_excerpt": "",
    "_gateway_errors": "_error models.outcome",
    "errors": "_violation _error _gateway_errors",
    "results": "_tracebacks _plain _beside _violation _verdict",
    "contract": "_kinds _tracebacks _reserved _words _plain _beside errors",
    "regex": "_tracebacks _excerpt errors",
    "events": "_kinds _tracebacks _reserved errors",
    "models": "_words _plain _verdict models.meta models._base models.outcome results",
    "engine": "_reserved _excerpt errors results contract regex events",
    "scan": "_tracebacks _plain errors results events engine",
    "engine.compiled": "_tracebacks errors results contract regex events engine scan",
    "contract.model": "_tracebacks _beside contract engine.compiled",
    "report": "errors results contract scan contract.model",
    "cli": "_version errors contract regex events scan engine.compiled contract.model report",
    "__main__": "cli",
    "__init__": "_version errors results contract scan engine.compiled contract.model",
}

# The only imports that go up, each with its reason.
UPWARD = {
    # Two public classes name each other: `Contract.compile` gives a `CompiledContract`, and that
    # has its `contract`. They are two modules, since a contract is read without the engine. The
    # import is for type checking alone.
    ("engine.compiled", "contract.model"),
}

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


def name_of(path: Path) -> str:
    """Return the name of a module as it is imported, without the package's; or `__init__`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def part(module: str) -> str:
    """Return the part that a module belongs to."""
    return module if module in PLACES[""] else module.split(".")[0]


def place(module: str) -> tuple[int, ...]:
    """Return the place of a module in the order: its part, then its place in the part."""
    mine = part(module)
    places, package = [PLACES[""][mine]], mine
    if mine != module or module in PLACES:
        for name in [*module.split(".")[1:], *(["__init__"] if module in PLACES else [])]:
            places.append(PLACES[package][name])
            package = f"{package}.{name}"
    return tuple(places)


def imported(module: str) -> Iterator[str]:
    """Return the modules of ours that a module imports, in functions and for type checking too."""
    for node in ast.walk(ast.parse(NAMES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name if _short(name) in NAMES else f"{node.module}" for name in inside]
        else:
            continue
        yield from (_short(name) for name in found if name.split(".")[0] == "contractgate_core")


def _short(name: str) -> str:
    return name.partition(".")[2] or "__init__"


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Return what a module imports at run time, each with whether it does so at its top."""
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


def test_every_module_has_its_place() -> None:
    """A new module must be put into the order, and a removed one taken out."""
    listed = {
        f"{package}.{name}" if package else name
        for package, names in PLACES.items()
        for name in names
        if name != "__init__" or not package
    }
    assert listed == {name for name in NAMES if name != "__init__"} | {"__init__"}
    assert MAY_IMPORT.keys() == PLACES[""].keys()


@pytest.mark.parametrize("module", sorted(NAMES))
def test_modules_import_downwards_only(module: str) -> None:
    """From the parts that they may use, and, inside their own, from what comes before them."""
    mine, allowed = part(module), MAY_IMPORT[part(module)].split()
    for other in imported(module):
        if (module, other) in UPWARD:
            continue
        assert part(other) in (mine, *allowed), f"{module} imports {other}"
        assert place(other) < place(module), f"{module} imports {other}, which is not below it"


def test_no_modules_import_each_other() -> None:
    """Nor by way of others, once the imports that go up are left out."""
    left = {module: set(imported(module)) - {module} for module in NAMES}
    for module, other in UPWARD:
        assert other in left[module], "it is no longer needed"
        left[module].remove(other)
    while left:
        free = {module for module, others in left.items() if not others & left.keys()}
        assert free, f"a circle in {sorted(left)}"
        left = {module: others for module, others in left.items() if module not in free}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_imports_what_can_open_a_socket(path: Path) -> None:
    """Nor, at its top, anything that brings such a module along or costs much."""
    for name, is_at_top in imports(path):
        assert name.split(".")[0] not in FORBIDDEN, f"{path} imports {name}"
        heads = {name, name.split(".")[0]}
        assert not (is_at_top and heads & ONLY_ON_DEMAND), f"{path} imports {name} at its top"


def test_only_one_module_imports_yaml() -> None:
    """And only the command line imports argparse."""
    users: dict[str, set[str]] = {"yaml": set(), "argparse": set()}
    for path in MODULES:
        for name, _ in imports(path):
            if name in users:
                users[name].add(str(path.relative_to(ROOT)))
    assert users["yaml"] == {"contract/parser.py"}
    assert {user.split("/")[0] for user in users["argparse"]} == {"cli"}
