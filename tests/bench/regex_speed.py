r"""Time a match of patterns from real contracts: this package beside other engines.

    python tests/bench/regex_speed.py

It needs contractgate-core; google-re2 and pydantic-core are measured where they are installed. All
numbers are nanoseconds for one text, the shortest of interleaved rounds, over texts of which some
match and some just do not. `matcher` is what the engine calls, and `bound` the like of it for a
pattern that is written for `re` by hand: its bound method, called directly. `search` is the method
of the object, and `re` the same pattern by hand as users call it. By hand is the pattern as it is
but for a `$` at its end, which is `\Z`; for some rows (`\d`, `\w`) that is not quite equivalent.

`floor` is what a `search` costs that does nothing but call `bound`: one call of a Python method,
below which no object with a method in Python can come. The exit code is 1 if `search` of the
translated patterns costs more on average (geometric) than its limit times `re`.
"""

from __future__ import annotations

import argparse
import importlib
import math
import re
import sys
import timeit
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional, cast

from contractgate_core.regex import compile_pattern

Search = Callable[[str], object]

LIMITS = {(3, 13): 1.2, (3, 11): 1.3, (3, 9): 1.6}
"""The most that `search` may cost on average, in times of `re`."""

COMPARED = (("search", "re"), ("floor", "re"), ("matcher", "bound"))
"""The ways whose ratios are printed; the first has the limit."""

PATTERNS: dict[str, Sequence[str]] = {
    r"^ord_[0-9a-z]{10}$": ("ord_01h8xk2m9q", "ord_01H8XK2M9Q", "order_01h8x"),
    r"^dev-[0-9]{6}$": ("dev-004217", "dev-42", "device-004217"),
    r"^[a-zA-Z0-9_-]{3,64}$": ("checkout_completed", "page-view", "x y"),
    r"^[A-Z]{2}[0-9]{4}$": ("AB2024", "ab2024", "ABC2024"),
    r"^[0-9]{5}$": ("90210", "9021", "90210-1234"),
    r"^[a-f0-9]{32}$": ("9e107d9d372bb6826bd81d3542a419d6", "9e107d9d372bb6826bd81d3542a419dz"),
    r"^[a-f0-9]{64}$": (
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7a",
    ),
    r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$": (
        "550e8400-e29b-41d4-a716-446655440000",
        "550e8400-e29b-41d4-a716-44665544000",
    ),
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$": ("ada@example.org", "ada.lovelace@mail.example.com", "ada@org"),
    r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$": (
        "ada@example.org",
        "ada.lovelace@mail.example.com",
        "ada@example.o",
    ),
    r"^[\w.+-]+@[\w-]+\.[\w.-]+$": ("ada@example.org", "ada.lovelace@mail.example.com", "ada@x"),
    r"^\d{4}-\d{2}-\d{2}$": ("2024-01-31", "2024-1-31", "31.01.2024"),
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$": (
        "2024-01-31T12:30:45Z",
        "2024-01-31T12:30:45.123456+01:00",
        "2024-01-31 12:30:45",
    ),
    r"^https?://[^\s/$.?#].[^\s]*$": ("https://example.org/a?b=c", "ftp://example.org"),
    r"^https?://[\w.-]+(:\d+)?(/\S*)?$": ("https://example.org:8443/a/b", "https://exa mple.org"),
    r"^\+?[1-9]\d{1,14}$": ("+4915112345678", "015112345678", "+49 151"),
    r"^(?:\+?\d{1,3}[- ]?)?\(?\d{3}\)?[- ]?\d{3}[- ]?\d{4}$": ("+1 (415) 555-2671", "415-555-267"),
    r"^(USD|EUR|GBP|JPY|CHF)$": ("GBP", "CHF", "AUD"),
    r"^(created|updated|deleted|archived)$": ("updated", "archived", "removed"),
    r"(?i)^(yes|no|unknown)$": ("Yes", "UNKNOWN", "maybe"),
    r"^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$": ("1.20.3", "v2.0.0-rc.1", "1.2"),
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$": ("how-to-write-a-contract", "How-to", "a--b"),
    r"^[a-z_][a-z0-9_]*$": ("user_id", "customer_email_address", "2nd"),
    r"^(?:[a-z0-9-]+\.)+[a-z]{2,}$": ("mail.example.org", "localhost", "a.b.c.example.com"),
    r"^(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d\d?)$": (
        "192.168.178.21",
        "10.0.0.1",
        "256.1.1.1",
    ),
    r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$": ("DE89370400440532013000", "DE8937040044", "de893704004405"),
    r"^\$?\d{1,3}(,\d{3})*(\.\d{2})?$": ("$1,234,567.89", "999.00", "1,23"),
    r"^[A-Za-z0-9+/]+={0,2}$": ("SGVsbG8gd29ybGQh", "SGVsbG8=", "SGVs bG8="),
    r"\.(csv|json|parquet)$": ("exports/2024/01/users.parquet", "exports/users.xml"),
    r"^\w[\w .'-]{0,60}$": ("Ada Lovelace", "Jean-Luc O'Neill", "Zoë Müller", "@ada"),
    r"^(\w+\s?)*$": ("a few words in a row", "a few words, in a row"),
}
"""Thirty patterns as contracts have them, with texts; and one that only the automaton can do."""


class Row(NamedTuple):
    """Times of one pattern in nanoseconds; None where an engine is missing or refuses."""

    pattern: str
    served_by: str
    times: dict[str, Optional[float]]

    def ratio(self, name: str, to: str) -> float:
        """Return how many times one way costs what another does."""
        return (self.times[name] or 0) / (self.times[to] or 1)


class Floor:
    """The least that an object with a method of Python can do.

    Args:
        matcher: The bound method that does the work.
    """

    __slots__ = ("matcher",)

    def __init__(self, matcher: Search) -> None:
        self.matcher = matcher

    def search(self, text: str) -> bool:
        """Tell whether the pattern matches."""
        return self.matcher(text) is not None


def timed(statement: str, values: dict[str, object], rounds: int) -> float:
    """Time a statement in a loop over texts; code of its own lets Python specialise it."""
    loop = f"for text in texts: {statement}"
    count = len(cast("Sequence[str]", values["texts"]))
    return timeit.Timer(loop, globals=values).timeit(rounds) / rounds / count * 1e9


def re2_search(pattern: str) -> Optional[Search]:
    """Compile with google-re2, None where it is missing or refuses."""
    re2 = _module("re2")
    if re2 is None:
        return None
    try:
        search: Search = re2.compile(pattern).search
    except re2.error:
        return None
    return search


def rust_search(pattern: str) -> Optional[Search]:
    """Compile with pydantic-core, None where it is missing."""
    core = _module("pydantic_core")
    if core is None:
        return None
    schema = core.core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    search: Search = core.SchemaValidator(schema).isinstance_python
    return search


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def measured(pattern: str, texts: Sequence[str], rounds: int, repeats: int) -> Row:
    """Time one pattern with all engines in turns."""
    ours, by_hand = compile_pattern(pattern), re.compile(re.sub(r"\$\Z", r"\\Z", pattern))
    bound = by_hand.match if ours.plan.is_anchored else by_hand.search
    for text in texts:
        assert ours.search(text) is (by_hand.search(text) is not None), (pattern, text)
    statements: dict[str, tuple[str, object]] = {
        "matcher": ("engine(text)", ours.matcher),
        "bound": ("engine(text)", bound),
        "search": ("engine.search(text)", ours),
        "floor": ("engine.search(text)", Floor(bound)),
        "re": ("engine.search(text) is not None", by_hand),
        "re2": ("engine(text) is not None", re2_search(pattern)),
        "Rust": ("engine(text)", rust_search(pattern)),
    }
    times: dict[str, Optional[float]] = dict.fromkeys(statements)
    for _ in range(repeats):
        for name, (statement, engine) in statements.items():
            if engine is not None:
                taken = timed(statement, {"engine": engine, "texts": texts}, rounds)
                times[name] = min(times[name] or taken, taken)
    served_by = "automaton"
    if ours.plan.is_translated:
        served_by = "re" if ours.plan.is_decided else "re first"
    return Row(pattern, served_by, times)


def shown(row: Row) -> str:
    """Write one line of the table."""
    cells = [f"{'–' if cell is None else f'{cell:.0f}':>8}" for cell in row.times.values()]
    short = row.pattern if len(row.pattern) <= 44 else row.pattern[:43] + "…"
    ratios = "".join(f"{row.ratio(*pair):>9.2f}" for pair in COMPARED)
    return f"{short:<45}{row.served_by:<10}{''.join(cells)}{ratios}"


def summary(rows: Sequence[Row], name: str, to: str) -> tuple[float, str]:
    """Return the mean ratio of two ways, and a line that says it and how the worst row stands."""
    worst = max(rows, key=lambda row: row.ratio(name, to))
    mean = math.exp(sum(math.log(row.ratio(name, to)) for row in rows) / len(rows))
    line = f"{name} / {to}: {mean:.2f} on average, at most {worst.ratio(name, to):.2f}"
    return mean, f"{line} ({worst.pattern})"


def main() -> int:
    """Print the table; the exit code tells whether the bound is held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    heads = ("matcher", "bound", "search", "floor", "re", "re2", "Rust")
    ratios = "".join(f"{f'{name[0]}/{to[0]}':>9}" for name, to in COMPARED)
    print(f"{'ns for a text':<45}{'by':<10}{''.join(f'{head:>8}' for head in heads)}{ratios}")
    rows = []
    for pattern, texts in PATTERNS.items():
        rows.append(measured(pattern, texts, arguments.rounds, arguments.repeats))
        print(shown(rows[-1]), flush=True)
    translated = [row for row in rows if row.served_by != "automaton"]
    limit = LIMITS.get(sys.version_info[:2])
    missing = [name for name in ("re2", "pydantic_core") if _module(name) is None]
    if missing:
        print(f"not installed, and left out: {', '.join(missing)}")
    for pair in reversed(COMPARED):
        mean, line = summary(translated, *pair)
        print(line)
    print(f"limit of search / re on average: {limit or 'none'}")
    if limit is not None:
        for name in ("search", "floor"):
            above = sum(row.ratio(name, "re") > limit for row in translated)
            print(f"rows of {name} above it: {above} of {len(translated)}")
    return 1 if limit is not None and mean > limit else 0


if __name__ == "__main__":
    sys.exit(main())
