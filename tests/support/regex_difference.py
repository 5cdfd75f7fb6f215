"""Searches for a pattern and a text about which this package and the Rust engine disagree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple, Optional

from contractgate_core.errors import PatternError
from contractgate_core.regex import compile_pattern
from contractgate_core.regex.parse import parse
from contractgate_core.regex.size import LIMIT, program_size
from regex_grammar import draw_pattern, draw_texts
from regex_rust import rust_negates_properties, rust_search

__all__ = ["Disagreement", "Tally", "disagreement", "search"]


class Disagreement(NamedTuple):
    """A smallest case of two answers; the text is None where one engine refuses the pattern."""

    pattern: str
    text: Optional[str]
    ours: object
    rust: object

    def __str__(self) -> str:
        where = "" if self.text is None else f" on {self.text!r}"
        return f"{self.pattern!r}{where}: ours {self.ours}, Rust {self.rust}"


class Tally:
    """What a search has seen so far."""

    def __init__(self) -> None:
        self.pairs = 0
        self.patterns = 0
        self.refused = 0
        self.matched = 0
        self.near_limit = 0
        self.misread = 0
        self.disagreements: list[Disagreement] = []

    def __str__(self) -> str:
        return (
            f"{self.pairs:,} pairs of {self.patterns:,} patterns, {self.refused:,} refused, "
            f"{self.matched:,} matches, {self.near_limit:,} patterns near the size limit and "
            f"{self.misread:,} with `!=` that this Rust engine misreads left out, "
            f"{len(self.disagreements)} disagreements"
        )


def search(*, seed: int, pairs: int, texts_each: int = 12) -> Iterator[Tally]:
    """Draw patterns and texts until enough pairs were compared; yields after each pattern."""
    rng, tally = random.Random(seed), Tally()
    while tally.pairs < pairs:
        pattern = draw_pattern(rng)
        _compare(rng, pattern, texts_each, tally)
        yield tally


def _compare(rng: random.Random, pattern: str, texts_each: int, tally: Tally) -> None:
    tally.patterns += 1
    if is_near_limit(pattern):
        tally.near_limit += 1
        return
    if "!=" in pattern and not rust_negates_properties():
        tally.misread += 1
        return
    # What is refused has no texts, but is an answer too.
    texts = _texts(rng, pattern, texts_each)
    tally.pairs += len(texts) or 1
    rust = rust_search(pattern)
    tally.refused += rust is None
    tally.matched += sum(map(rust, texts)) if rust else 0
    found = disagreement(pattern, texts)
    if found is not None:
        tally.disagreements.append(_shrunk(found))


def _texts(rng: random.Random, pattern: str, count: int) -> list[str]:
    try:
        return draw_texts(rng, parse(pattern), count)
    except PatternError:
        return []


def is_near_limit(pattern: str) -> bool:
    """Tell whether the size of a pattern's program is within 5 % of the limit."""
    try:
        return 0.95 * LIMIT < program_size(parse(pattern)) < 1.05 * LIMIT
    except PatternError:
        return False


def disagreement(pattern: str, texts: list[str]) -> Optional[Disagreement]:
    """Compare the two engines on one pattern; None where they agree."""
    rust = rust_search(pattern)
    try:
        ours = compile_pattern(pattern)
    except PatternError as refused:
        return Disagreement(pattern, None, f"refuses: {refused}", "accepts") if rust else None
    if rust is None:
        return Disagreement(pattern, None, "accepts", "refuses")
    for text in texts:
        if ours.search(text) != rust(text):
            return Disagreement(pattern, text, ours.search(text), rust(text))
    return None


def _shrunk(found: Disagreement) -> Disagreement:
    """Leave out whatever can be left out while the engines still disagree in the same way."""
    smaller: Optional[Disagreement] = found
    while smaller is not None:
        found = smaller
        smaller = next(filter(None, _smaller(found)), None)
    return found


def _smaller(found: Disagreement) -> Iterator[Optional[Disagreement]]:
    for pattern in _shorter(found.pattern):
        if not is_near_limit(pattern):
            smaller = disagreement(pattern, [] if found.text is None else [found.text])
            is_same = smaller is not None and (smaller.text is None) == (found.text is None)
            yield smaller if is_same else None
    for text in _shorter(found.text or ""):
        yield disagreement(found.pattern, [text])


def _shorter(text: str) -> Iterator[str]:
    size = len(text) // 2
    while size:
        for start in range(len(text) - size + 1):
            yield text[:start] + text[start + size :]
        size //= 2
