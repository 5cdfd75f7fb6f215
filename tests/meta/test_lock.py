"""`dev.lock` has everything that a development environment needs; `nox -s lock` writes it."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from clones import ROOT

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="it is for 3.11 and later")

GROUPS = ("tests-core", "tests-meta", "lint", "types")


def project(folder: str) -> dict[str, Any]:
    """Read a pyproject.toml."""
    tomllib = import_module("tomllib")  # new in Python 3.11
    found: dict[str, Any] = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))
    return found


def group(groups: dict[str, list[Any]], name: str) -> list[str]:
    """List the requirements of a group, including those of nested groups."""
    found: list[str] = []
    for one in groups[name]:
        found += [one] if isinstance(one, str) else group(groups, one["include-group"])
    return found


def test_each_requirement_is_met_by_it() -> None:
    """Otherwise the environment could not be made, or would not be pinned."""
    lines = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "dev.lock").read_text("utf-8"), re.MULTILINE)
    locked = {canonicalize_name(name): version for name, version in lines}
    groups = project(".")["dependency-groups"]
    needed = [need for name in GROUPS for need in group(groups, name)]
    for name in ("contractgate-core", "contractgate-http"):
        needed += project(f"packages/{name}")["project"]["dependencies"]
    wanted = [Requirement(need) for need in needed if not need.startswith("contractgate")]
    assert len(wanted) > 30
    for one in wanted:
        if one.marker is None or one.marker.evaluate():
            assert locked.get(canonicalize_name(one.name), "0") in one.specifier, str(one)
