"""What a newcomer does by the pages of docs/first-steps, step by step, on an empty machine.

    python tests/support/newcomer.py [PAGE...]

The home folder is empty, so nothing is cached; what is installed comes from the package index, and
this tree, as it stands, is what is at the address that the pages name. Each step must end and print
as its page says. Ends with exit code 1 at the first that does not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from clones import ADDRESS, ROOT, git_variables, tagged_copy
from page_steps import Command, Edit, File, Step, read_steps
from terminal import Terminal, TerminalError

__all__ = ["PAGES", "StepError", "follow", "link_pythons", "newcomers_variables"]

PAGES = [ROOT / "docs/first-steps" / f"{name}.md" for name in ("checks", "service", "contributing")]
MOST_SECONDS = 400.0
# How the package index is reached; all else of the environment is left behind.
_KEPT = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "SSL_CERT_", "REQUESTS_CA_", "HTTPS_PROXY", "LANG")


class StepError(AssertionError):
    """A step that does not do what its page says."""


def newcomers_variables(home: Path, *folders: Path) -> dict[str, str]:
    """Give the environment of somebody whose home is new, with some folders on the PATH."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    kept.pop("PIP_CACHE_DIR", None)
    # uv would ask GitHub itself which commit a tag is, past what git is told of the address.
    kept["UV_NO_GITHUB_FAST_PATH"] = "1"
    path = os.pathsep.join(map(str, [*folders, "/usr/local/bin", "/usr/bin", "/bin"]))
    return {**kept, "HOME": str(home), "PATH": path, "TMPDIR": tempfile.gettempdir()}


def follow(
    steps: Iterable[Step], folder: Path, variables: Mapping[str, str], seconds: float = MOST_SECONDS
) -> Iterator[tuple[Step, float]]:
    """Do steps one after the other in one terminal.

    Args:
        steps: What is to be done.
        folder: Where the terminal is opened.
        variables: Its environment.
        seconds: How long each step may take.

    Yields:
        Each step that did what its page says, and the seconds that it took.

    Raises:
        StepError: If one does not.
    """
    with Terminal(folder, variables) as terminal:
        for step in steps:
            since = time.monotonic()
            try:
                _do(step, terminal, seconds)
            except TerminalError as error:
                raise StepError(f"line {step.line}: {_name(step)}: {error}") from None
            yield step, time.monotonic() - since


def _do(step: Step, terminal: Terminal, seconds: float) -> None:
    if isinstance(step, Command):
        code, output = terminal.run(step.text, seconds)
        _compare(step, code, output)
        return
    path = terminal.folder / step.path
    if isinstance(step, File):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if text.count(step.old) != 1:
        raise StepError(f"line {step.line}: {step.path} does not have this once:\n{step.old}")
    path.write_text(text.replace(step.old, step.new), encoding="utf-8")


def _compare(step: Command, code: int, output: str) -> None:
    """Hold what a command did to what its page says; white space does not matter."""
    rest = " ".join(output.split())
    said = f"line {step.line}: $ {step.text}\n{output}\n"
    if code not in step.codes:
        raise StepError(f"{said}expected exit code {step.codes}, got {code}")
    for words in step.printed:
        _, found, rest = rest.partition(words)
        if not found:
            raise StepError(f"{said}expected, behind what came before: {words}")


def _name(step: Step) -> str:
    if isinstance(step, Command):
        return "$ " + step.text.splitlines()[0]
    return f"{'edit' if isinstance(step, Edit) else 'write'} {step.path}"


def link_pythons(folder: Path) -> Path:
    """Put the Pythons that there are into a folder, this one as `python3`."""
    folder.mkdir()
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    for minor in range(9, 14):
        # A shim of pyenv is on the PATH for every version, but runs only the chosen ones.
        ask = [f"python3.{minor}", "-c", "import os, sys; print(os.path.realpath(sys.executable))"]
        if shutil.which(ask[0]):
            told = subprocess.run(ask, check=False, capture_output=True, text=True)
            if told.returncode == 0:
                (folder / ask[0]).symlink_to(told.stdout.strip())
    return folder


def main() -> int:
    """Follow pages, all of them or those that are named; answers the exit code."""
    pages = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    with tempfile.TemporaryDirectory(prefix="newcomer-") as made:
        folder = Path(made)
        copy = tagged_copy(folder / "upstream", tests=True)
        pythons = link_pythons(folder / "bin")
        print(f"{ADDRESS} is {ROOT} as it stands", flush=True)
        done = 0
        for page in pages:
            home = folder / page.stem
            home.mkdir()
            variables = {**newcomers_variables(home, pythons), **git_variables(copy)}
            print(f"\n{page.relative_to(ROOT)}", flush=True)
            try:
                for step, seconds in follow(read_steps(page), home, variables):
                    done += 1
                    print(f"{done:4} {seconds:6.1f} s  {_name(step)}", flush=True)
            except StepError as error:
                print(f"{page.relative_to(ROOT)}: {error}", file=sys.stderr)
                return 1
    print(f"\n{done} steps, each as its page says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
