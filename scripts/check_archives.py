"""Compare what is in wheels and source distributions with this tree; run by `nox -s wheels`.

    python scripts/check_archives.py ARCHIVE...

Exits with 1 and names the files that an archive lacks or has otherwise, or a wheel has besides.
"""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]

# The tests in each source distribution; those of the repository itself are in none.
TESTS = {
    "contractgate-core": ("tests/core/**/*", "tests/conformance/**/*"),
    "contractgate-http": ("tests/http/**/*", "tests/conformance/*_http*", "tests/typing/*"),
    "contractgate": ("tests/meta/test_meta_names.py", "tests/meta/*public_surface*"),
}
ELSEWHERE = {"contractgate-core": "tests/conformance/test_conformance_http"}
ALWAYS = ("pytest.ini", "tests/conftest.py", "tests/support/*", "docs/**/*")


def in_tree(folder: Path, *patterns: str) -> dict[str, bytes]:
    """Return the content of files below a folder, by their name there."""
    paths = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in paths
        if path.suffix != ".pyc"
    }


def in_wheel(path: Path) -> dict[str, bytes]:
    """Return the content of a wheel's files but for its metadata."""
    with ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        return {name: wheel.read(name) for name in names}


def in_source(path: Path) -> dict[str, bytes]:
    """Return the content of the files of a source distribution."""

    def files() -> Iterator[tuple[str, bytes]]:
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name.partition("/")[2], file.read()

    return dict(files())


def differences(archive: Path) -> list[str]:
    """Name the files that an archive should have otherwise."""
    distribution = archive.name.split("-")[0].replace("_", "-")
    package = ROOT / "packages" / distribution
    if archive.suffix == ".whl":
        expected, found = in_tree(package / "src", "**/*"), in_wheel(archive)
        names = {**expected, **found}
    else:
        found = in_source(archive)
        tests = in_tree(ROOT, *ALWAYS, *TESTS[distribution])
        other = ELSEWHERE.get(distribution, " ")
        tests = {name: tests[name] for name in tests if not name.startswith(other)}
        own = in_tree(package, "src/**/*", "pyproject.toml", "README.md", "LICENSE")
        names = expected = {**own, **tests}
    print(f"{archive.name}: {len(found)} files, of which {len(expected)} are compared")
    return [name for name in names if expected.get(name) != found.get(name)]


def main(archives: list[str]) -> None:
    """Compare each archive with the tree."""
    for archive in map(Path, archives):
        other = differences(archive)
        if other:
            sys.exit(f"{archive.name} differs from the tree: {', '.join(other)}")


if __name__ == "__main__":
    main(sys.argv[1:])
