"""Look for texts that make a translated pattern slow, and measure how the time grows with them.

    python tests/bench/regex_attack.py

For each pattern of the recordings and of the benchmark that `re` serves, texts of the form start +
middle * n + end are drawn and varied, and the slowest kept; its time is then measured at growing
lengths. Four times the length of a linear matcher takes four times as long, of a quadratic one
sixteen times; the exit code is 1 if it takes more than ten times as long whenever it is measured.
Where `re` serves texts up to some length only, the time at that length must stay below a tenth of a
second, and beyond it the growth is the automaton's. It needs contractgate-core.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from regex_speed import PATTERNS  # noqa: E402

from contractgate_core.errors import PatternError  # noqa: E402
from contractgate_core.regex import compile_pattern  # noqa: E402
from contractgate_core.regex.matcher import Plan  # noqa: E402
from contractgate_core.regex.tree import Chars, Literal, Node, nodes_of  # noqa: E402
from regex_grammar import draw_texts  # noqa: E402  found by the line above

RECORDED = ROOT / "tests/conformance/recordings/regex.jsonl.gz"

MOST_GROWTH = 10.0
"""Four times the length may take so many times as long."""

MOST_SECONDS = 0.1
"""So long may the longest text take that `re` serves where its steps are not linear."""

SHORT, LONG = 16_000, 64_000


class Text(NamedTuple):
    """A text of any length: the middle is repeated."""

    start: str
    middle: str
    end: str

    def of(self, length: int) -> str:
        times = max(1, (length - len(self.start) - len(self.end)) // len(self.middle))
        return self.start + self.middle * times + self.end


class Result(NamedTuple):
    """What the attack on one pattern came to.

    Attributes:
        pattern: The pattern.
        text: The slowest text found.
        growth: How many times as long four times its length takes.
        seconds: How long it takes: at the longest that `re` serves, or at `LONG`.
        is_held: Whether that is within the bounds.
    """

    pattern: str
    text: Text
    growth: float
    seconds: float
    is_held: bool


def patterns() -> Iterator[str]:
    """Yield the patterns of the recordings and of the benchmark."""
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line)["pattern"] for line in lines)
    yield from PATTERNS


def seconds(search: Callable[[str], bool], text: str, repeats: int = 3) -> float:
    """Time a match, the shortest of some."""
    best = 1e9
    for _ in range(repeats):
        started = time.perf_counter()
        search(text)
        best = min(best, time.perf_counter() - started)
    return best


def letters(root: Node) -> list[str]:
    """Choose characters at the edges of each set of a tree, and one that is in none."""
    found = {"\n", "!"}
    for node in nodes_of(root):
        if isinstance(node, Literal):
            found.update(node.text)
        elif isinstance(node, Chars) and node.ranges:
            found.update(map(chr, (node.ranges[0][0], node.ranges[0][1], node.ranges[-1][0])))
    return sorted(found)


def drawn(rng: random.Random, root: Node, alphabet: list[str]) -> Text:
    """Draw a text: parts of what the tree matches, and random letters of its sets."""
    parts = []
    for most in (12, 6, 3):
        sample = draw_texts(rng, root, 1)[0] if rng.random() < 0.5 else ""
        cut = sample[rng.randrange(len(sample) + 1) :][: rng.randrange(most)]
        parts.append(cut or "".join(rng.choices(alphabet, k=rng.randrange(1, 4))))
    start, middle, end = parts
    return Text(start if rng.random() < 0.7 else "", middle, end if rng.random() < 0.7 else "")


def varied(rng: random.Random, text: Text, alphabet: list[str]) -> Text:
    """Change one letter of one part."""
    parts = list(text)
    which = rng.randrange(3)
    part = parts[which]
    at = rng.randrange(len(part) + 1)
    new = rng.choice(["", rng.choice(alphabet), rng.choice(alphabet)])
    parts[which] = part[:at] + new + part[at + rng.randrange(2) :]
    return Text(parts[0], parts[1] or text.middle, parts[2])


def slowest(rng: random.Random, pattern: str, planned: Plan, tries: int) -> Text:
    """Search for the text that takes longest, drawing first and then varying the worst."""
    search, alphabet = compile_pattern(pattern).search, letters(planned.node)
    length = min(planned.longest or 1_000, 1_000)
    worst, most = Text("", alphabet[0], ""), 0.0
    for number in range(tries):
        if number < tries // 2:
            text = drawn(rng, planned.node, alphabet)
        else:
            text = varied(rng, worst, alphabet)
        taken = seconds(search, text.of(length), 2)
        if taken > most:
            worst, most = text, taken
    return worst


def attacked(rng: random.Random, pattern: str, planned: Plan, tries: int) -> Result:
    """Attack one pattern; what looks bad is measured again, for machines are noisy."""
    text = slowest(rng, pattern, planned, tries)
    search = compile_pattern(pattern).search
    result = Result(pattern, text, 0, 0, is_held=False)
    for repeats in (3, 9, 27):
        short, long = (seconds(search, text.of(size), repeats) for size in (SHORT, LONG))
        at_limit = seconds(search, text.of(planned.longest), repeats) if planned.longest else 0.0
        growth = long / short
        # What takes less than that is over before it begins, however long the text.
        is_held = (growth < MOST_GROWTH or long < 5e-5) and at_limit < MOST_SECONDS
        result = Result(pattern, text, growth, at_limit or long, is_held)
        if is_held:
            break
    return result


def main() -> int:
    """Attack all patterns and print the worst of what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=60, help="texts for each pattern")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng, results = random.Random(arguments.seed), []
    for pattern in patterns():
        try:
            planned = compile_pattern(pattern).plan
        except PatternError:
            continue
        if planned.is_translated:
            results.append(attacked(rng, pattern, planned, arguments.tries))
    results.sort(key=lambda result: (result.is_held, -result.growth))
    for result in results[:10]:
        print(
            f"{result.growth:5.1f}x {result.seconds * 1e3:8.3f} ms {result.pattern!r} {result.text}"
        )
    failed = sum(not result.is_held for result in results)
    slowest_of_all = max(result.seconds for result in results)
    print(
        f"{len(results)} translated patterns attacked with {arguments.tries} texts each, "
        f"{failed} not held; the slowest text took {slowest_of_all * 1e3:.1f} ms"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
