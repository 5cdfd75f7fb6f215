"""The steps of a page that a newcomer follows: commands with what they print, files, and edits.

A page is Markdown. What stands in it as a block of code is done:

- of a `console` block, each line that begins with `$ ` is a command (lines that begin with `> ` go
  on with it), and what follows is printed by it, in this order; `…` stands for anything, and a last
  line `(exit code 1)` or `(exit code 2 or 11)` says how it ends, if not with 0;
- a block behind a line that ends with a path, as in "Write `orders.yaml`:", is that file;
- a `diff` block behind such a line is an edit of it: the lines with `-` become those with `+`.

Other blocks are there to be read. A block behind a line `<!-- install -->` fetches something from
the package index, or makes room for that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Union

__all__ = ["Command", "Edit", "File", "Step", "read_steps", "written_steps"]

_BLOCK = re.compile(r"^```(?P<kind>[\w-]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_PATH = re.compile(r"`([^`\s]+)`:$")
_ENDS = re.compile(r"\(exit code (\d+(?: or \d+)*)\)")


@dataclass(frozen=True)
class Command:
    """A command, the parts of what it prints, and the exit codes that are right."""

    line: int
    installs: bool
    text: str
    printed: tuple[str, ...] = ()
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class File:
    """A file to write."""

    line: int
    installs: bool
    path: str
    text: str


@dataclass(frozen=True)
class Edit:
    """A passage of a file, and what takes its place."""

    line: int
    installs: bool
    path: str
    old: str
    new: str


Step = Union[Command, File, Edit]


def read_steps(page: Path) -> list[Step]:
    """Read the steps of a page, in order."""
    return written_steps(page.read_text(encoding="utf-8"))


def written_steps(text: str) -> list[Step]:
    """Read the steps that stand in a text."""
    steps: list[Step] = []
    for block in _BLOCK.finditer(text):
        before = text[: block.start()].rstrip("\n").splitlines() or [""]
        line = text.count("\n", 0, block.start()) + 2
        installs = before[-1] == "<!-- install -->"
        heading = before[:-1] if installs else before
        path = _PATH.search("\n".join(heading).rstrip("\n"))
        if block["kind"] == "console":
            steps += _commands(block["text"], line, installs)
        elif path and block["kind"] == "diff":
            steps.append(_edit(block["text"], line, installs, path[1]))
        elif path:
            steps.append(File(line, installs, path[1], block["text"]))
    return steps


def _commands(text: str, line: int, installs: bool) -> list[Step]:
    """Read the commands of a console block."""
    found: list[Step] = []
    for part in re.split(r"^(?=\$ )", text, flags=re.MULTILINE):
        if part.startswith("$ "):
            first, *others = part.splitlines()
            command = [first[2:]]
            while others and others[0].startswith("> "):
                command.append(others.pop(0)[2:])
            end = _ENDS.fullmatch(others[-1]) if others else None
            codes = tuple(map(int, end[1].split(" or "))) if end else (0,)
            pieces = "\n".join(others[:-1] if end else others).split("…")
            printed = tuple(piece for piece in (" ".join(p.split()) for p in pieces) if piece)
            found.append(Command(line, installs, "\n".join(command), printed, codes))
        line += part.count("\n")
    return found


def _edit(text: str, line: int, installs: bool, path: str) -> Edit:
    """Read an edit: lines without a mark are in the old and in the new text."""
    lines = text.splitlines(keepends=True)
    old = "".join(one[1:] for one in lines if not one.startswith("+"))
    new = "".join(one[1:] for one in lines if not one.startswith("-"))
    return Edit(line, installs, path, old, new)
