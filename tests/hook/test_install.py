"""Every way to install that the documents name, from a clone with a tag; see `nox -s hook`."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from clones import ROOT, TAG, git_variables, tagged_copy
from newcomer import follow, link_pythons, newcomers_variables
from page_steps import Command, File, Step, read_steps
from terminal import Terminal

PAGE = ROOT / "docs/install.md"
TOOLS = ("pipx", "uv", "uvx")
GOOD = '{"id": "a"}\n'
CONTRACT = "{version: 1, name: orders, ontology: {entities: [{name: id, type: string}]}}\n"
MOST_SECONDS = 120.0


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy this tree into a repository with a tag."""
    return tagged_copy(tmp_path_factory.mktemp("upstream"), tests=False)


@pytest.fixture(scope="session")
def caches(of_all: Path) -> dict[str, str]:
    """Keep what is downloaded, for all tests."""
    return {"PIP_CACHE_DIR": str(of_all / "pip"), "UV_CACHE_DIR": str(of_all / "uv")}


@pytest.fixture
def variables(tmp_path: Path, copy: Path, caches: dict[str, str]) -> dict[str, str]:
    """Give the environment of somebody who has Python, git, pipx and uv, and an empty home."""
    tools = link_pythons(tmp_path / "bin")
    for name in TOOLS:
        found = shutil.which(name, path=str(Path(sys.executable).parent))
        assert found, f"{name} is not installed"
        (tools / name).symlink_to(found)
    (tmp_path / "home").mkdir()
    # pipx takes uv where there is one, and pip, which is stricter, where there is none.
    pipx = {"PIPX_DEFAULT_BACKEND": "pip"}
    newcomer = newcomers_variables(tmp_path / "home", tools)
    return {**newcomer, **git_variables(copy), **caches, **pipx}


def follow_page(steps: list[Step], tmp_path: Path, variables: dict[str, str]) -> None:
    """Do the steps, each of which must do what the page says."""
    assert len(list(follow(steps, tmp_path / "home", variables, MOST_SECONDS))) == len(steps)


def sections() -> dict[str, list[Step]]:
    """Cut the steps of the page by its headings; a requirements file is written anew in each."""
    lines = PAGE.read_text("utf-8").splitlines()
    headings = [n for n, line in enumerate(lines, 1) if line.startswith("## ")] + [len(lines) + 1]
    steps = read_steps(PAGE)
    files = [step for step in steps if isinstance(step, File) and step.path == "requirements.txt"]
    found = {}
    for begin, end in zip(headings, headings[1:]):
        own = [step for step in steps if begin < step.line < end]
        if own:
            found[lines[begin - 1][3:]] = [*files, *own]
    return found


@pytest.mark.parametrize("heading", list(sections()))
def test_the_page_about_installing_is_right(
    heading: str, tmp_path: Path, variables: dict[str, str]
) -> None:
    """Each of its sections, from the first command to the last."""
    follow_page(sections()[heading], tmp_path, variables)


def test_the_page_has_every_way_and_those_of_the_readme() -> None:
    """So that each that is named is run."""
    commands = [step.text for step in read_steps(PAGE) if isinstance(step, Command)]
    ways = ["pip install '", "pip install -r", "pip install .", "uv pip install", "uv add"]
    ways += ["uv tool install", "uvx", "pipx install", ".venv/bin/pip install '.[serve]'"]
    assert [way for way in ways if not any(way in command for command in commands)] == []
    readme = (ROOT / "README.md").read_text("utf-8")
    part = readme[readme.index("## Installing") : readme.index("## The validator alone")]
    [block] = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    lines = [line for line in block.splitlines() if line[0] != "#"]
    assert len(lines) == 3
    assert [line for line in lines if line not in commands] == []


def test_the_ci_job_of_the_readme_judges(tmp_path: Path, variables: dict[str, str]) -> None:
    """Its three commands pass what is good, and end the job at what is not."""
    readme = (ROOT / "README.md").read_text("utf-8")
    script = "\n".join(re.findall("- run: (.*)", readme))
    home = tmp_path / "home"
    for name, text in (("contracts/orders.yaml", CONTRACT), ("samples/good.ndjson", GOOD)):
        (home / name).parent.mkdir()
        (home / name).write_text(text, encoding="utf-8")
    with Terminal(home, variables) as terminal:
        start = "python3 -m venv .venv && . .venv/bin/activate"
        assert terminal.run(start, MOST_SECONDS)[0] == 0
        code, printed = terminal.run(f"(set -e\n{script}\n)", MOST_SECONDS)
        assert code == 0, printed
        assert "PASSED  samples/good.ndjson: 1 of 1 event" in printed
        again = "\n".join(script.splitlines()[1:])
        (home / "samples/bad.ndjson").write_text('{"id": 1}\n', encoding="utf-8")
        assert terminal.run(f"(set -e\n{again}\n)", MOST_SECONDS)[0] == 1
        (home / "samples/bad.ndjson").unlink()
        (home / "contracts/web.yaml").write_text("{version: 1, nam: a}\n", encoding="utf-8")
        assert terminal.run(f"(set -e\n{again}\n)", MOST_SECONDS)[0] == 1


def test_core_and_the_stub_bring_the_same_command(
    tmp_path: Path, copy: Path, variables: dict[str, str]
) -> None:
    """Whichever of them is installed last, or anew, the command is there and is one."""
    core = copy / "packages/contractgate-core"
    version = Command(0, True, "contractgate --version", (f"contractgate {TAG[1:]}",))
    script = ".venv/bin/contractgate"
    follow_page(
        [
            Command(0, True, "python3 -m venv .venv && . .venv/bin/activate"),
            Command(1, True, f"pip install -q {core} && cp {script} of-core"),
            Command(2, True, f"pip install -q {copy} && cmp {script} of-core"),
            version,
            Command(3, True, f"pip install -q --no-deps --force-reinstall {core}"),
            version,
            Command(4, True, f"pip install -q --no-deps --force-reinstall {copy}"),
            version,
            Command(5, True, f"cmp {script} of-core && pip check"),
            Command(6, True, "pip uninstall -q -y contractgate-repo contractgate-core"),
            Command(7, True, f"test ! -e {script}"),
        ],
        tmp_path,
        variables,
    )
