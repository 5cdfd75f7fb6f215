"""Set the version of all distributions, in every file that names it, or check that all agree.

    python scripts/set_version.py 0.6.0
    python scripts/set_version.py --check

The version of contractgate-core is the right one. `--check` exits with 1 and names the places with
another.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = "packages/contractgate-core/src/contractgate_core/_version.py"
FILES = (
    "packages/*/src/*/_version.py",
    "packages/*/pyproject.toml",
    "README.md",
    "docs/install.md",
    "docs/publishing.md",
    "docs/first-steps/*.md",
)

_NUMBER = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"
# The pins of our distributions, and all tags that the docs name.
_PLACE = re.compile(
    rf"""(__version__ = "|contractgate(?:-core|-http)?(?:\[\w+\])?==|["@ ]v)({_NUMBER})"""
)


def main() -> int:
    """Set the version, or check it."""
    parser = argparse.ArgumentParser(description="Set the version, or check that all agree.")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("version", nargs="?", help="the new version, such as 0.6.0 or 0.6.0rc1")
    wanted.add_argument("--check", action="store_true", help="only name the places that differ")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    if not re.fullmatch(_NUMBER, arguments.version):
        parser.error(f"expected a version such as 0.6.0 or 0.6.0rc1, got {arguments.version}")
    for path in named_files():
        text = path.read_text("utf-8")
        path.write_text(_PLACE.sub(rf"\g<1>{arguments.version}", text), "utf-8")
    return 0


def check() -> int:
    """Name each place that has another version than contractgate-core."""
    (_, _, expected) = next(places(ROOT / SOURCE))
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: expected {expected}, got {found}"
        for path in named_files()
        for _, line, found in places(path)
        if found != expected
    ]
    print("\n".join(wrong) or f"all places name {expected}")
    return int(bool(wrong))


def named_files() -> list[Path]:
    """List the files that name the version."""
    return [path for pattern in FILES for path in sorted(ROOT.glob(pattern))]


def places(path: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield each place of a file that names the version: the file, the line from 1, the version."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        for match in _PLACE.finditer(line):
            yield path, number, match[2]


if __name__ == "__main__":
    sys.exit(main())
