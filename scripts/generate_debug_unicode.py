# /// script
# requires-python = ">=3.9"
# dependencies = ["unicodedata2==17.0.1"]
# ///
"""Write the table of characters that the gateway's debug strings escape.

Run it with `uv run scripts/generate_debug_unicode.py`. With `--check`, it only shows by its exit
code whether the file in the repository is up to date.

Source of the rule: docs/spec/validation.md, section 7.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import unicodedata2

UNICODE_VERSION = "17.0.0"
TARGET = (
    Path(__file__).parents[1]
    / "packages/contractgate-core/src/contractgate_core/engine/_debug_escapes.py"
)

ESCAPED_CATEGORIES = frozenset(["Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn", "Zl", "Zp", "Zs"])

# The characters with Other_Grapheme_Extend that are in none of those categories. The package does
# not have this property, so they come from the specification.
OTHER_GRAPHEME_EXTEND = """
    9BE 9D7 B3E B57 BBE BD7 CC0 CC2 CC7-CC8 CCA-CCB CD5-CD6 D3E D57 DCF DDF 1715 1734 1B35 1B3B
    1B3D 1B43-1B44 1BAA 1BF2-1BF3 302E-302F A953 A9C0 FF9E-FF9F 111C0 11235 1133E 1134D 11357
    113B8 113C2 113C5 113C7-113C9 113CF 114B0 114BD 115AF 116B6 11930 1193D 11F41 16FF0-16FF1
    1D165-1D166 1D16D-1D172
"""

# The gateway's toolchain, Rust 1.98, escapes these too; older ones did not.
HANGUL_FILLERS = "115F 1160 3164 FFA0"

HEADER = '''"""The characters that debug strings escape, by Unicode {version}.

Written by scripts/generate_debug_unicode.py from unicodedata2 {package}; do not edit.
"""

from __future__ import annotations

__all__ = ["BOUNDARIES", "UNICODE_VERSION"]

UNICODE_VERSION = "{version}"

# Escaped and raw characters take turns: the first run, from U+0000, is escaped, and each number
# is the first code point of the next run.
# fmt: off
BOUNDARIES = (
{rows}
)
'''


def code_points(ranges: str) -> Iterator[int]:
    """Read a list of hexadecimal code points and ranges of them."""
    for item in ranges.split():
        first, _, last = item.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def boundaries() -> list[int]:
    """List the code points at which escaped and raw characters take turns."""
    others = frozenset(code_points(f"{OTHER_GRAPHEME_EXTEND} {HANGUL_FILLERS}"))

    def is_escaped(code: int) -> bool:
        category = unicodedata2.category(chr(code))
        return code != 0x20 and (category in ESCAPED_CATEGORIES or code in others)

    state, found = True, []
    for code in range(sys.maxunicode + 1):
        if is_escaped(code) != state:
            state = not state
            found.append(code)
    return found


def table() -> str:
    """Make the text of the generated module."""
    if unicodedata2.unidata_version != UNICODE_VERSION:
        raise SystemExit(f"expected Unicode {UNICODE_VERSION}, got {unicodedata2.unidata_version}")
    rows, row = [], "   "
    for number in boundaries():
        if len(row) + len(f" {number},") > 100:
            rows.append(row)
            row = "   "
        row += f" {number},"
    return HEADER.format(version=UNICODE_VERSION, package="17.0.1", rows="\n".join([*rows, row]))


def main() -> None:
    """Write the table, or compare it with the existing one."""
    text = table()
    if "--check" in sys.argv[1:]:
        sys.exit(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET}: {text.count(',') - 1} boundaries, Unicode {UNICODE_VERSION}")


if __name__ == "__main__":
    main()
