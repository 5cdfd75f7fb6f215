"""The hook of .pre-commit-hooks.yaml, run by pre-commit itself; see `nox -s hook`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = "{version: 1, name: a, ontology: {entities: [{name: b, type: string}]}}\n"
BAD = "version: 1\nname: a\nontology:\n  entities:\n    - {name: b, type: strng}\n"


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as somebody."""
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit_all(folder: Path) -> str:
    """Make the folder a repository with one commit; answers its name."""
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Copy this tree, as it stands, into a repository that pre-commit can clone."""
    copy = tmp_path_factory.mktemp("hooks")
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy, commit_all(copy)


@pytest.fixture
def user(tmp_path: Path, hooks: tuple[Path, str]) -> Path:
    """Make a user's repository with a good contract, the hook, and other files."""
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/orders.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "config.yaml").write_text("no: contract\n", encoding="utf-8")
    (tmp_path / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks[0]}\n  rev: {hooks[1]}\n"
        "  hooks: [{id: contractgate-validate}]\n",
        encoding="utf-8",
    )
    commit_all(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep what pre-commit installs, for all tests."""
    return tmp_path_factory.mktemp("pre-commit")


def run(user: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run pre-commit on all files."""
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never"],
        cwd=user,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PRE_COMMIT_HOME": str(home)},
    )


def test_good_contracts_pass_and_other_files_are_left_alone(user: Path, home: Path) -> None:
    """A YAML file that is not among the contracts is none of the hook's business."""
    done = run(user, home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "contractgate validate" in done.stdout
    assert "Passed" in done.stdout


@pytest.mark.parametrize("name", ["contracts/bad.yaml", "contract/a/b.yml", "web.contract.yaml"])
def test_a_bad_contract_fails_with_its_place(user: Path, home: Path, name: str) -> None:
    """Under each of the usual names."""
    (user / name).parent.mkdir(parents=True, exist_ok=True)
    (user / name).write_text(BAD, encoding="utf-8")
    git(user, "add", "-A")
    done = run(user, home)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{name}:5:23: ontology.entities[0].type: expected" in done.stdout
    assert "did you mean `string`?" in done.stdout


def test_the_hook_installs_the_validator_alone(user: Path, home: Path) -> None:
    """msgspec and PyYAML come with it, and nothing that can reach a network."""
    run(user, home)
    [python] = home.glob("repo*/py_env-*/bin/python")
    done = subprocess.run(
        [str(python), "-m", "pip", "list", "--format=freeze"],
        check=True,
        capture_output=True,
        text=True,
    )
    names = {line.partition("==")[0].partition(" @")[0].lower() for line in done.stdout.split("\n")}
    assert {"contractgate-core", "msgspec", "pyyaml"} <= names
    assert not names & {"httpx", "contractgate-http", "contractgate"}
