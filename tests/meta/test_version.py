"""The version is in many files, and the same in all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clones import ROOT, TAG

SCRIPT = "scripts/set_version.py"
NEW = "12.3.4rc5"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the files that the script reads."""
    for part in ("packages", "docs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "scripts").mkdir()
    for name in (SCRIPT, "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(tree: Path, argument: str) -> tuple[int, str]:
    """Run the script, and return its exit code and its output."""
    command = [sys.executable, str(tree / SCRIPT), argument]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    return done.returncode, done.stdout + done.stderr


def test_all_places_name_the_same_version(tree: Path) -> None:
    """That of contractgate-core, which is also the tag in the docs."""
    assert run(tree, "--check") == (0, f"all places name {TAG[1:]}\n")


def test_a_new_version_is_set_everywhere(tree: Path) -> None:
    """So that no installed package and no copied command has another one."""
    assert run(tree, NEW) == (0, "")
    assert run(tree, "--check") == (0, f"all places name {NEW}\n")
    changed = [
        path for path in tree.rglob("*") if path.is_file() and NEW in path.read_text("utf-8")
    ]
    assert len(changed) == 10
    left = [path.name for path in changed if TAG in path.read_text("utf-8")]
    assert left == []


def test_a_place_that_was_forgotten_is_named(tree: Path) -> None:
    """With its version, and the expected one."""
    readme = tree / "README.md"
    readme.write_text(readme.read_text("utf-8").replace(f"rev: {TAG}", "rev: v0.0.1"), "utf-8")
    code, said = run(tree, "--check")
    assert code == 1
    assert said.startswith("README.md:")
    assert said.endswith(f": expected {TAG[1:]}, got 0.0.1\n")


@pytest.mark.parametrize("version", ["1", "v1.2.3", "1.2.3.4", "1.2.3-rc1", ""])
def test_what_is_no_version_is_refused(tree: Path, version: str) -> None:
    """Nothing is changed."""
    code, said = run(tree, version)
    assert code == 2
    assert "expected a version such as 0.6.0 or 0.6.0rc1" in said
    assert run(tree, "--check")[0] == 0
