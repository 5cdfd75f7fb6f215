# /// script
# requires-python = ">=3.9"
# dependencies = []
# ///
"""Write the Unicode tables of the gateway's regular expressions.

They are those of the crate that the gateway itself uses. Cargo fetches it by name and compares it
with the checksum below. Run it with `python scripts/generate_regex_unicode.py`, or pass the folder
of an unpacked crate. With `--check`, it only shows by its exit code whether the file in the
repository is up to date.

Source of the rules: docs/spec/contract-format.md, section 4.2.
"""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Optional

CRATE, VERSION = "regex-syntax", "0.8.5"
CHECKSUM = "2b15c43186be67a4fd63bee50d0303afffcef381492ebe2c5d87f324e1b8815c"
UNICODE_VERSION = "16.0.0"
TARGET = (
    Path(__file__).parents[1] / "packages/contractgate-core/src/contractgate_core/regex/_unicode.py"
)

MANIFEST = f"""[package]
name = "tables"
version = "0.0.0"
[lib]
path = "lib.rs"
[dependencies]
{CRATE} = "={VERSION}"
"""
LOCK = f"""version = 3
[[package]]
name = "{CRATE}"
version = "{VERSION}"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "{CHECKSUM}"
[[package]]
name = "tables"
version = "0.0.0"
dependencies = ["{CRATE}"]
"""

HEADER = '''"""Unicode {unicode} as the gateway's regular expressions know it.

Written by scripts/generate_regex_unicode.py from the crate {crate} {version}
(sha256 {checksum}); do not edit.
"""

from __future__ import annotations

__all__ = ["TABLES", "UNICODE_VERSION"]

UNICODE_VERSION = "{unicode}"

# Base64 of a zlib stream of UTF-8. The first part, up to a NUL, is one line a table: its length
# in bytes, then the names under which it is found. The tables follow in that order. A table is a
# list of numbers, seven bits a byte, the lowest first, the top bit set on all but the last byte:
# the distances between the boundaries at which a character is in the set or not in turns,
# beginning with U+0000, which is not. In the table `fold` they are, for each character that folds
# with others, the distance from the one before, how many others there are, and the distance to
# each of them, doubled, and less one where it is negative.
TABLES = (
{rows}
)
'''

Ranges = list[tuple[int, int]]

CHAR = r"'((?:\\u\{[0-9a-f]+\}|\\.|[^\\]))'"
ESCAPES = {"\\t": 9, "\\n": 10, "\\r": 13, "\\'": 39, "\\\\": 92, "\\0": 0}


def fetched(folder: Path) -> Path:
    """Have cargo fetch the crate and compare it with the checksum."""
    (folder / "Cargo.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "Cargo.lock").write_text(LOCK, encoding="utf-8")
    (folder / "lib.rs").touch()
    subprocess.run(["cargo", "vendor", "--locked", "--quiet"], cwd=folder, check=True)
    return folder / "vendor" / CRATE


def code(text: str) -> int:
    """Read the inside of a Rust character literal."""
    if text.startswith("\\u"):
        return int(text[3:-1], 16)
    return ESCAPES[text] if text.startswith("\\") else ord(text)


class Crate:
    """The tables in the crate's source files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "src/unicode_tables"

    def text(self, file: str) -> str:
        """Read one source file of the right Unicode version."""
        text = (self.folder / f"{file}.rs").read_text(encoding="utf-8")
        if f"Unicode version: {UNICODE_VERSION}." not in text:
            raise SystemExit(f"{file}.rs is not of Unicode {UNICODE_VERSION}")
        return text

    def constants(self, file: str) -> dict[str, Ranges]:
        """Read the sets of a file by the names of their constants."""
        text = self.text(file)
        found: dict[str, Ranges] = {}
        for match in re.finditer(r"pub const (\w+): &'static \[\(char, char\)\] =\s+&\[", text):
            body = text[match.end() : text.index("];", match.end())]
            pairs = re.findall(rf"\({CHAR}, {CHAR}\)", body)
            found[match[1]] = [(code(low), code(high)) for low, high in pairs]
        return found

    def sets(self, file: str) -> dict[str, Ranges]:
        """Read the sets of a file by the names of its BY_NAME."""
        constants, text = self.constants(file), self.text(file)
        by_name = text[text.index("BY_NAME") :]
        names = re.findall(r'\("(\w+)", (\w+)\)', by_name[: by_name.index("];")])
        return {name: constants[constant] for name, constant in names}

    def folds(self) -> list[tuple[int, list[int]]]:
        """Read which characters fold together."""
        pairs = re.findall(rf"\({CHAR}, &\[(.*?)\]\)", self.text("case_folding_simple"), re.DOTALL)
        return [(code(key), [code(c) for c in re.findall(CHAR, rest)]) for key, rest in pairs]

    def property_names(self) -> dict[str, str]:
        """Read the properties by their normalized names."""
        return dict(re.findall(r'\("(.+?)", "(\w+)"\)', self.text("property_names")))

    def property_values(self) -> dict[str, dict[str, str]]:
        """Read the values of each property by their normalized names."""
        parts = re.split(r'\(\s+"(\w+)",\s+&\[', self.text("property_values"))[1:]
        return {
            name: dict(re.findall(r'\("(.+?)", "(\w+)"\)', body))
            for name, body in zip(parts[::2], parts[1::2])
        }


def runs(ranges: Ranges) -> Iterator[int]:
    """List the distances between the boundaries of a set."""
    before = 0
    for low, high in ranges:
        if low < before or 0 < low == before:
            raise SystemExit(f"a set is not in order at {low:X}")
        yield from (low - before, high + 1 - low)
        before = high + 1


def fold_numbers(folds: list[tuple[int, list[int]]]) -> Iterator[int]:
    """List the numbers of the table of case folding."""
    before = 0
    for key, others in folds:
        yield from (key - before, len(others))
        yield from (2 * (c - key) if c > key else 2 * (key - c) - 1 for c in others)
        before = key


def packed(numbers: Iterable[int]) -> bytes:
    """Write numbers, seven bits a byte."""
    out = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def with_derived(categories: dict[str, Ranges]) -> dict[str, Ranges]:
    """Add the three sets that the crate counts among the categories."""
    assigned, before = [], 0
    for low, high in categories["Unassigned"]:
        assigned += [(before, low - 1)] if low > before else []
        # The crate steps over the surrogates.
        before = 0xE000 if high == 0xD7FF else high + 1
    assigned += [(before, sys.maxunicode)] if before <= sys.maxunicode else []
    derived = {"Any": [(0, sys.maxunicode)], "ASCII": [(0, 0x7F)], "Assigned": assigned}
    return {**categories, **derived}


def up_to_and_including(ages: dict[str, Ranges]) -> dict[str, Ranges]:
    """Turn the sets of characters new in each version into those of all characters up to it."""
    there: list[tuple[int, int]] = []
    found = {}
    for name in sorted(ages, key=lambda name: [int(part) for part in name[1:].split("_")]):
        joined: Ranges = []
        for low, high in sorted([*there, *ages[name]]):
            if joined and low == joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], high)
            else:
                joined.append((low, high))
        there = found[name] = joined
    return found


def collected(crate: Crate) -> list[tuple[list[str], bytes]]:
    """Collect every table with the names that find it, by the rules of the crate."""
    binary = crate.sets("property_bool")
    valued = {
        "General_Category": with_derived(crate.sets("general_category")),
        "Script": crate.sets("script"),
        "Script_Extensions": crate.sets("script_extension"),
        "Age": up_to_and_including(crate.sets("age")),
        "Grapheme_Cluster_Break": crate.sets("grapheme_cluster_break"),
        "Word_Break": crate.sets("word_break"),
        "Sentence_Break": crate.sets("sentence_break"),
    }
    aliases = crate.property_names()
    values = crate.property_values()
    values["General_Category"].update({"any": "Any", "assigned": "Assigned", "ascii": "ASCII"})
    found: dict[bytes, list[str]] = {}

    def add(name: str, ranges: Optional[Ranges]) -> None:
        if ranges is not None:
            found.setdefault(packed(runs(ranges)), []).append(name)

    add("perl word", crate.constants("perl_word")["PERL_WORD"])
    for bare in {*aliases, *values["General_Category"], *values["Script"]}:
        # These three abbreviate both a property and a category: the category wins.
        if bare in aliases and bare not in ("cf", "sc", "lc"):
            add(bare, binary.get(aliases[bare]))
        elif bare in values["General_Category"]:
            add(bare, valued["General_Category"].get(values["General_Category"][bare]))
        else:
            add(bare, valued["Script"].get(values["Script"].get(bare, "")))
    for name, canonical in aliases.items():
        for value, canonical_value in values.get(canonical, {}).items():
            add(f"{name}={value}", valued.get(canonical, {}).get(canonical_value))
    tables = [(sorted(names), table) for table, names in found.items()]
    return sorted([*tables, (["fold"], packed(fold_numbers(crate.folds())))])


def table(folder: Path) -> str:
    """Make the text of the generated module."""
    tables = collected(Crate(folder))
    names = "".join(f"{len(packed)} {','.join(names)}\n" for names, packed in tables)
    blob = names.encode() + b"\0" + b"".join(packed for _, packed in tables)
    text = base64.b64encode(zlib.compress(blob, 9)).decode()
    rows = "\n".join(f'    "{text[i : i + 90]}"' for i in range(0, len(text), 90))
    return HEADER.format(
        unicode=UNICODE_VERSION, crate=CRATE, version=VERSION, checksum=CHECKSUM, rows=rows
    )


def content(text: str) -> tuple[str, bytes]:
    """Split a module into its prose and its unpacked tables; versions of zlib pack differently."""
    rows = re.findall(r'^    "(.+)"$', text, re.MULTILINE)
    return text[: text.index("TABLES = (")], zlib.decompress(base64.b64decode("".join(rows)))


def main() -> None:
    """Write the tables, or compare them with the existing ones."""
    folders = [argument for argument in sys.argv[1:] if argument != "--check"]
    with tempfile.TemporaryDirectory() as scratch:
        text = table(Path(folders[0]) if folders else fetched(Path(scratch)))
    if "--check" in sys.argv[1:]:
        sys.exit(content(TARGET.read_text(encoding="utf-8")) != content(text))
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET}: {len(text):,} bytes, Unicode {UNICODE_VERSION}")


if __name__ == "__main__":
    main()
