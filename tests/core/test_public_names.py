"""The names that users import."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import contractgate_core

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(contractgate_core.__path__, "contractgate_core.")
    if not module.name.endswith("__main__")
)


def modules_after(code: str) -> set[str]:
    """Run code in a new interpreter, and return the modules that are loaded then."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def test_the_public_names_are_sorted_and_can_be_imported() -> None:
    """Each is the object of the module that defines it."""
    names = contractgate_core.__all__
    assert names == sorted(names)
    for name in names:
        value = getattr(contractgate_core, name)
        assert getattr(value, "__name__", name) == name
    assert set(names) <= set(dir(contractgate_core))


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As for every module."""
    with pytest.raises(AttributeError, match="has no attribute 'Contracts'"):
        contractgate_core.Contracts  # type: ignore[attr-defined]  # noqa: B018 - it is refused


@pytest.mark.parametrize("name", MODULES)
def test_every_module_sorts_the_names_it_offers(name: str) -> None:
    """And all of them exist."""
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])
    assert sorted(names) == sorted(set(names))
    for public in names:
        assert hasattr(module, public)


def test_importing_the_package_loads_next_to_nothing() -> None:
    """No YAML parser, no msgspec, and only two of its own modules."""
    loaded = modules_after("import contractgate_core") - modules_after("")
    assert {name for name in loaded if name.startswith("contractgate_core")} == {
        "contractgate_core",
        "contractgate_core._version",
    }
    assert not loaded & {"yaml", "msgspec", "socket", "ssl", "asyncio"}


@pytest.mark.parametrize(
    ("name", "unneeded"),
    [
        ("AuthError", ("msgspec", "contractgate_core.results", "contractgate_core.contract")),
        ("Violation", ("contractgate_core.contract", "contractgate_core.engine")),
        ("Contract", ("contractgate_core.engine", "contractgate_core.regex", "yaml")),
    ],
)
def test_a_name_loads_no_higher_part_than_its_own(name: str, unneeded: tuple[str, ...]) -> None:
    """Code that catches an error needs no engine."""
    assert not modules_after(f"from contractgate_core import {name}") & set(unneeded)


def test_validating_loads_neither_a_yaml_parser_nor_a_socket() -> None:
    """Beyond what msgspec itself loads; the contract comes by pickle, as in a data worker."""
    import pickle

    from contractgate_core import Contract

    validator = Contract.from_yaml(
        "{version: 1, name: c, ontology: {entities: [{name: a, type: string, pattern: '^é+$'}]}}"
    ).compile()
    code = (
        f"import pickle; validator = pickle.loads({pickle.dumps(validator)!r})\n"
        "assert validator.validate({'a': 'é'}).passed\n"
        'assert not validator.validate_json(\'{"a": "\\u0301"}\').passed\n'
        "assert validator.validate_batch_json('[]') == []"
    )
    loaded = modules_after(code) - modules_after("import msgspec")
    network = {"socket", "_socket", "ssl", "_ssl", "select", "selectors", "asyncio", "http"}
    assert not loaded & (network | {"yaml", "_yaml"})
