"""The tables of Unicode, and where they come from."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from contractgate_core.regex import _unicode, unicode
from contractgate_core.regex.classes import contains
from contractgate_core.regex.re_class import re_class
from sizes import some

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "generate_regex_unicode.py"


def test_the_version_is_that_of_the_gateway() -> None:
    """It is the same on every Python, and written into the file with the source."""
    assert _unicode.UNICODE_VERSION == "16.0.0"
    assert "regex-syntax 0.8.5" in (_unicode.__doc__ or "")
    assert sum(high - low + 1 for low, high in unicode.digits()) == 760


def test_the_file_is_small() -> None:
    """All tables together are no larger than a picture."""
    assert Path(_unicode.__file__).stat().st_size < 100_000


def test_python_and_the_tables_agree_on_what_both_know() -> None:
    """A character that both know has the category that the tables give it."""
    categories = {
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co",
    }  # fmt: skip
    sets = {name: unicode.named(name) or () for name in categories}
    unassigned = unicode.named("Cn") or ()  # but a newer Python may know such
    differing = [
        point
        for point in range(0x110000)
        if (category := unicodedata.category(chr(point))) in categories
        and not contains(sets[category], point)
        and not contains(unassigned, point)
    ]
    # Those whose category Unicode has changed between the oldest Python's version and the newest's.
    assert len(differing) < 10


def test_names_are_found_however_they_are_spelt() -> None:
    """Case, spaces, signs and a leading `is` make no difference."""
    greek = unicode.named("Greek")
    assert greek
    for name in ("greek", "GREEK", "isGreek", "is_greek", " G-r_e e k", "Grek"):
        assert unicode.named(name) == greek
    assert unicode.named("Script", "Greek") == unicode.named("sc", "grek") == greek
    assert unicode.named("klingon") is None
    assert unicode.named("perl word") is None
    assert unicode.named("fold") is None


@pytest.mark.parametrize("name", some(["nd", "whitespace", "perl word", "n", "l"]))
def test_a_set_has_no_class_of_re_whatever_unicode_this_python_has(name: str) -> None:
    r"""Python 3.9 knows fewer digits than the gateway, and 3.15 more."""
    written = re_class(unicode._table(name))
    assert not re.search(r"\\[A-Za-z]", re.sub(r"\\\\", "", written))
    match = re.compile(written, re.DOTALL).match
    found = {point for point in range(0x110000) if match(chr(point))}
    table = unicode._table(name)
    assert found == {point for low, high in table for point in range(low, high + 1)}


@pytest.mark.parametrize("name", ["L", "Nd", "Greek", "Emoji", "White_Space", "Any", "ASCII"])
def test_a_set_is_written_for_re_as_it_is(name: str) -> None:
    """Also when its complement is written instead."""
    ranges = unicode.named(name) or ()
    search = re.compile(re_class(ranges), re.DOTALL).match
    for point in [*range(0x3000), *range(0xE000, 0xF000), *range(0x10000, 0x11000)]:
        assert (search(chr(point)) is not None) == contains(ranges, point)


def test_the_script_says_where_to_get_the_crate() -> None:
    """It pins the version and the checksum, and tells so on request."""
    text = SCRIPT.read_text(encoding="utf-8")
    assert '"regex-syntax", "0.8.5"' in text
    checksum = re.search(r'CHECKSUM = "([0-9a-f]{64})"', text)
    assert checksum is not None
    assert checksum[1] in (_unicode.__doc__ or "")
    compiled = subprocess.run([sys.executable, "-m", "py_compile", str(SCRIPT)], check=False)
    assert compiled.returncode == 0
