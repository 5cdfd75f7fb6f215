"""The README and CONTRIBUTING are right about names, files and versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import contractgate
from clones import ADDRESS, ROOT, TAG
from contractgate import AsyncClient, Client
from newcomer import PAGES
from page_steps import File, read_steps

README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DOCUMENTS = [
    path
    for path in sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))
    if "spec" not in path.parts
]


def public(client: type) -> set[str]:
    """Return the public names of a client."""
    return {name for name in dir(client) if not name.startswith("_")}


def section(text: str, begin: str, end: str) -> str:
    """Cut a section out of a text."""
    return text[text.index(begin) : text.index(end, text.index(begin))]


def test_the_table_of_methods_has_every_method_once() -> None:
    """Of `Client`; those of `AsyncClient` are the same except for `aclose`."""
    rows = section(README, "| for | methods |", "\n\n").splitlines()[2:]
    names = [name for row in rows for name in re.findall("`([a-z_]+)`", row)]
    listed = set(names) - {"aclose"}
    missing, gone = public(Client) - listed, listed - public(Client)
    assert not missing, f"give them a place in the README's table: {sorted(missing)}"
    assert not gone, f"take them out of the README's table: {sorted(gone)}"
    assert len(names) == len(set(names))
    assert public(AsyncClient) == public(Client) - {"close"} | {"aclose"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_the_tag_of_this_version(path: Path) -> None:
    """Otherwise copied commands would install another version."""
    assert f"v{contractgate.__version__}" == TAG
    text = path.read_text("utf-8")
    tags = re.findall(rf"{re.escape(ADDRESS)}@([^\s#'\"]+)", text)
    tags += re.findall(r"\brev: (\S+)", text) + re.findall(r"--branch (\S+)", text)
    assert set(tags) <= {TAG}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    """To a file, and to one of its headings."""
    for link in re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"(?s)```.*?```", "", path.read_text("utf-8"))
    ):
        name, _, heading = link.partition("#")
        if "://" not in link:
            target = path.parent / name if name else path
            assert target.exists(), link
            lines = target.read_text("utf-8").splitlines() if heading else []
            titles = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
            slugs = [re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles]
            assert not heading or heading in slugs, link


def test_the_map_of_the_tree_names_what_there_is() -> None:
    """Files and folders of code, tests and docs."""
    text = section(CONTRIBUTING, "## Where things go", "## What a change needs")
    short = dict(re.findall(r"`([A-Z]+)` is\s+`([^`]+)`", text))
    assert set(short) == {"CORE", "HTTP"}
    rows = section(text, "| what |", "\n\n").splitlines()[2:]
    words = {word for row in rows for word in re.findall("`([^`]+)`", row)}
    paths = {re.sub("^[A-Z]+(?=/)", lambda m: short[m[0]], word) for word in words if "/" in word}
    assert len(paths) > 25
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_the_readme_says_what_the_extras_of_the_stub_bring() -> None:
    """And has a line for each extra that adds distributions."""
    extras = section((ROOT / "pyproject.toml").read_text("utf-8"), "[project.opt", "[project.scr")
    assert re.findall(r"^(\w+) = \[", extras, re.MULTILINE) == ["sdk", "serve", "zstd"]
    said = " ".join(section(README, "`.[sdk]` is", "\n\n").split())
    for word in ("three distributions", "httpx", "httpcore", "anyio", "`.[serve]`", "uvicorn"):
        assert word in said
    needed = (ROOT / "packages/contractgate-http/pyproject.toml").read_text("utf-8")
    direct = set(re.findall(r'^    "([a-z-]+)', section(needed, "dependencies = [", "]\n"), re.M))
    assert direct == {"anyio", "contractgate-core", "httpcore", "httpx", "msgspec"}


def test_the_readme_and_the_first_steps_have_the_same_ci_job() -> None:
    """The GitLab job does the same."""
    files = {step.path: step.text for step in read_steps(PAGES[0]) if isinstance(step, File)}
    github = files[".github/workflows/contracts.yml"]
    assert f"```yaml\n{github}```" in README
    script = re.findall("- run: (.*)", github)
    assert re.findall("^    - (.*)", files[".gitlab-ci.yml"], re.MULTILINE) == script
    assert len(script) == 3


def test_the_commands_of_the_readme_stay_as_they_are() -> None:
    """`.ci/run` and people run the commands between these marks."""
    commands = re.findall(r"<!-- (\w+) command -->\n```sh\n(.*)\n```\n<!-- end -->", README)
    assert commands == [
        (
            "demo",
            "python3 -m venv .venv && .venv/bin/pip install -q '.[sdk]'"
            " && .venv/bin/contractgate demo",
        ),
        (
            "test",
            "python3 -m venv .venv && .venv/bin/pip install -q 'nox[uv]' && .venv/bin/nox -t test",
        ),
        (
            "example",
            "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/contractgate test"
            " --contract examples/orders.yaml --data examples/orders.ndjson --max-failures 5",
        ),
    ]
