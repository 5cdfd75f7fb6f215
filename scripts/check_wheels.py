"""Compare the files of wheels with those of this tree; run by `nox -s wheels`.

    python scripts/check_wheels.py WHEEL...

Exits with 1 and names the files that are missing from a wheel, additional or different.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

PACKAGES = Path(__file__).parents[1] / "packages"


def in_tree(distribution: str) -> dict[str, bytes]:
    """Return the content of a distribution's files, by their path below `src`."""
    source = PACKAGES / distribution / "src"
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def in_wheel(path: Path) -> dict[str, bytes]:
    """Return the content of a wheel's files, except its metadata."""
    with ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        return {name: wheel.read(name) for name in names}


def main(wheels: list[str]) -> None:
    """Compare each wheel with the tree."""
    for wheel in map(Path, wheels):
        distribution = wheel.name.split("-")[0].replace("_", "-")
        expected, found = in_tree(distribution), in_wheel(wheel)
        other = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
        if other or not expected:
            sys.exit(f"{wheel.name} differs from the tree: {', '.join(other) or 'it is empty'}")
        print(f"{wheel.name}: the tree's {len(found)} files")


if __name__ == "__main__":
    main(sys.argv[1:])
