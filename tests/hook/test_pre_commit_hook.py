"""The hook of .pre-commit-hooks.yaml, run by pre-commit itself; see `nox -s hook`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from clones import ROOT, commit_all, git, git_variables, tagged_copy

GOOD = "{version: 1, name: a, ontology: {entities: [{name: b, type: string}]}}\n"
BAD = "version: 1\nname: a\nontology:\n  entities:\n    - {name: b, type: strng}\n"


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory, of_all: Path) -> tuple[Path, str]:
    """Copy this tree, as it stands, into a repository that pre-commit can clone.

    The first process to have one gives it to all, so that it is installed once.
    """
    copy = tagged_copy(tmp_path_factory.mktemp("hooks"), tests=False)
    with suppress(OSError):  # there is one
        copy.rename(of_all / "hooks")
    return of_all / "hooks", git(of_all / "hooks", "rev-parse", "HEAD")


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
def home(of_all: Path) -> Path:
    """Keep what pre-commit installs, for all tests; it lets one process install at a time."""
    return of_all / "pre-commit"


def run(user: Path, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pre-commit on all files."""
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never"],
        cwd=user,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **variables, "PRE_COMMIT_HOME": str(home)},
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


@pytest.mark.parametrize("name", ["contracts/web.yaml", "contracts/a/web.yml"])
def test_the_configuration_of_the_readme_finds_contracts(
    name: str, user: Path, home: Path, hooks: tuple[Path, str]
) -> None:
    """Word for word, with a clone at its address."""
    readme = (ROOT / "README.md").read_text("utf-8")
    [configuration] = re.findall(r"```yaml\n(repos:\n.*?)```", readme, re.DOTALL)
    (user / ".pre-commit-config.yaml").write_text(configuration, encoding="utf-8")
    git(user, "add", "-A")
    assert run(user, home, **git_variables(hooks[0])).returncode == 0
    (user / name).parent.mkdir(exist_ok=True)
    (user / name).write_text(BAD, encoding="utf-8")
    git(user, "add", "-A")
    done = run(user, home, **git_variables(hooks[0]))
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{name}:5:23: ontology.entities[0].type: expected" in done.stdout


def test_the_hook_installs_the_validator_alone(user: Path, home: Path) -> None:
    """msgspec and PyYAML come with it, and nothing that can reach a network."""
    run(user, home)
    # Another test may be installing the hook from another address.
    installed = next(home.glob("repo*/py_env-*/.install_state_v2"))
    python = installed.parent / "bin/python"
    done = subprocess.run(
        [str(python), "-m", "pip", "list", "--format=freeze"],
        check=True,
        capture_output=True,
        text=True,
    )
    names = {line.partition("==")[0].partition(" @")[0].lower() for line in done.stdout.split("\n")}
    assert {"contractgate-core", "msgspec", "pyyaml"} <= names
    assert not names & {"httpx", "contractgate-http", "contractgate"}
