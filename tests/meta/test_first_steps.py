"""The first steps that need no downloads; `nox -s newcomer` runs all of them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from clones import ROOT
from newcomer import PAGES, StepError, follow, newcomers_variables
from page_steps import Command, Edit, File, Step, read_steps, written_steps
from sizes import FULL
from terminal import Terminal, TerminalError

MOST_SECONDS = 60.0
# How many steps of a page are done where only a tenth is asked for.
A_TENTH = 12


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a user who has installed what the tests run in."""
    return newcomers_variables(tmp_path, Path(sys.executable).parent)


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.stem)
def test_steps_without_downloads_do_what_their_page_says(
    page: Path, tmp_path: Path, variables: dict[str, str]
) -> None:
    """All of them on the newest Python, the first of them on the others."""
    steps = [step for step in read_steps(page) if not step.installs]
    if not FULL:
        steps = steps[:A_TENTH]
    done = list(follow(steps, tmp_path, variables, MOST_SECONDS))
    assert len(done) == len(steps) >= A_TENTH


def test_the_pages_are_eighty_steps() -> None:
    """Or more, on each of the three paths."""
    counts = [len(read_steps(page)) for page in PAGES]
    assert min(counts) >= 20
    assert sum(counts) >= 80


def test_each_page_is_followed() -> None:
    """No page of the folder is forgotten, and the README links to each."""
    assert sorted(PAGES) == sorted((ROOT / "docs/first-steps").glob("*.md"))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"(docs/first-steps/{page.name})" not in readme] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_code_is_a_step(page: Path) -> None:
    """A file without its path would be skipped silently."""
    fences = page.read_text("utf-8").count("\n```\n")
    blocks = {step.line for step in read_steps(page) if not isinstance(step, Command)}
    consoles = page.read_text("utf-8").count("```console\n")
    assert len(blocks) + consoles == fences


def test_blocks_are_read_as_steps() -> None:
    """Commands with their output, files and edits, each with its line."""
    text = """
Write `a/b.txt`:

```text
one
```

And in `a/b.txt`:

<!-- install -->
```diff
 same
-one
+two
```

```console
$ cat <<END
> x
> END
x…y
z
(exit code 1 or 11)
$ true
```

To be read:

```python
pass
```
"""
    assert written_steps(text) == [
        File(5, False, "a/b.txt", "one\n"),
        Edit(12, True, "a/b.txt", "same\none\n", "same\ntwo\n"),
        Command(18, False, "cat <<END\nx\nEND", ("x", "y z"), (1, 11)),
        Command(24, False, "true"),
    ]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Command(7, False, "echo abc", ("b", "a")), r"line 7: \$ echo abc\nabc.*came before: a"),
        (Command(7, False, "false"), r"expected exit code \(0,\), got 1"),
        (Command(7, False, "sleep 5"), "line 7: .* not done after 0.5 s"),
        (Command(7, False, "exit 3"), "line 7: .* it ended the shell"),
        (Edit(7, False, "a", "b", "c"), "line 7: a does not have this once:\nb"),
    ],
)
def test_a_step_that_does_otherwise_is_told(
    step: Step, told: str, tmp_path: Path, variables: dict[str, str]
) -> None:
    """With its line in the page, and what happened."""
    (tmp_path / "a").write_text("none")
    with pytest.raises(StepError, match=f"(?s){told}"):
        list(follow([step], tmp_path, variables, 0.5))


def test_a_terminal_keeps_what_commands_change(tmp_path: Path) -> None:
    """The folder, variables, and background processes, until it is closed."""
    with Terminal(tmp_path, {"PATH": os.environ["PATH"]}) as terminal:
        assert terminal.run("mkdir x && cd x; A=1; echo no newline | tr -d '\\n'", 20) == (
            0,
            "no newline",
        )
        assert terminal.folder == (tmp_path / "x").resolve()
        assert terminal.run("echo $A >&2; (exit 7)", 20) == (7, "1\n")
        assert terminal.run("(sleep 0.5; touch late) &", 20)[0] == 0
        with pytest.raises(TerminalError, match="not done after"):
            terminal.run("wait", 0.1)
    time.sleep(0.8)
    assert not (tmp_path / "x/late").exists()
