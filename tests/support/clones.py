"""Copies of this tree, as it stands, in repositories of their own that can be cloned."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["ADDRESS", "ROOT", "TAG", "commit_all", "git", "git_variables", "tagged_copy"]

ROOT = Path(__file__).parents[2]
# Where the documents say that the repository is, and the tag that they name.
ADDRESS = "https://github.com/OWNER/contractgate-python"
_VERSION = ROOT / "packages/contractgate-core/src/contractgate_core/_version.py"
TAG = "v" + re.findall('__version__ = "(.*)"', _VERSION.read_text("utf-8"))[0]


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


def tagged_copy(folder: Path, *, tests: bool) -> Path:
    """Copy this tree into a repository with a tag, with its tests or without."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and (tests or not name.startswith("tests/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    commit_all(folder)
    git(folder, "tag", TAG)
    return folder


def git_variables(copy: Path) -> dict[str, str]:
    """Give the variables by which git takes a copy for what is at the address of the documents."""
    settings = {
        f"url.{copy.as_uri()}.insteadOf": ADDRESS,
        "user.name": "A Newcomer",
        "user.email": "newcomer@example.com",
        "init.defaultBranch": "main",
        "advice.detachedHead": "false",
    }
    variables = {"GIT_CONFIG_COUNT": str(len(settings)), "GIT_CONFIG_NOSYSTEM": "1"}
    for number, (key, value) in enumerate(settings.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables
