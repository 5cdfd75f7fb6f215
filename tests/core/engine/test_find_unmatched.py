"""Matching one pattern against many values at once gives the same as one by one."""

from __future__ import annotations

import random

import pytest

from contractgate_core.engine.accept.patterns import bytes_test, find_unmatched
from contractgate_core.regex import compile_pattern
from regex_grammar import draw_texts
from sizes import scaled

PATTERNS = [
    r"^[a-z_]{3,64}$",
    r"^[A-Z]{2}-[0-9]{4}$",
    r"^[a-zé]+$",
    r"^[a-z]{2}[a-f0-9]{2}$",
    r"^[a-z]{2}中$",
    r"^[à-ÿ]{2}-\d{2}é$",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^\w{2,9}$",
    r"^\d+$",
    r"^\w[\w .'-]{0,60}$",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
    r"(?i)^(?:yes|task|no)$",
    r"^[α-ω]{2}$",
    r"^\p{Greek}+$",
    r"^\w+\s?\w+!$",
    r"^.+$",
    r"^\w+\n\w+$",
    r"^\bca\b$",
    r"\berror\b",
    r"\d{3}",
    r"^(\w+\s?)*$",
    r"^[a-z]+[0-9a-z]+!$",
]
"""Patterns for each of the ways: by sets, by `re`, one by one, and with a fallback or not."""

LENGTHS = {
    r"^[a-z_]{3,64}$": (3, 64),
    r"^\w{2,9}$": (2, 9),
    r"^[a-zé]+$": (1, 99),
    r"^\d+$": (1, 99),
}
"""Where one set is all that a pattern asks for, values of other lengths are sorted out before."""

STRANGE = ["é", "ÿé-12é", "中", "٣٣", "ſ", "ye\u017f", "a\nb", "", "a", "x\u2003y", "an error é"]


@pytest.mark.parametrize("text", PATTERNS)
@pytest.mark.parametrize("is_secret", [True, False])
def test_what_each_says_is_found(text: str, is_secret: bool) -> None:
    """Whether they are ASCII, Latin-1 or neither, and however many fail."""
    pattern, rng, seen = compile_pattern(text), random.Random(text), set()
    least, most = LENGTHS.get(text, (0, 99))
    find = find_unmatched(pattern, is_secret=is_secret)
    for _ in range(scaled(30)):
        drawn = draw_texts(rng, pattern.plan.node, 12) + rng.sample(STRANGE, 4)
        values = [v for v in drawn if least <= len(v) <= most]
        matching = [value for value in values if pattern.search(value)]
        for column in (values, matching, matching + values[:1], values[:1]):
            if column:
                expected = [i for i, value in enumerate(column) if not pattern.search(value)]
                assert sorted(find(column)) == expected, column
                seen.add(not expected)
    assert seen == {True, False}


BY_BYTES = [
    r"^[a-z_]{3,64}$",
    r"^[A-Z]{2}-[0-9]{4}$",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^[a-f0-9]{32}$",
    r"^\d+$",
]


@pytest.mark.parametrize("text", BY_BYTES)
def test_what_is_told_from_bytes_is_matched(text: str) -> None:
    """And if the pattern asks for nothing beyond ASCII, every match is found this way."""
    pattern, rng = compile_pattern(text), random.Random(text)
    quick = bytes_test(pattern)
    assert quick is not None
    names: dict[str, object] = {}

    def bind(value: object) -> str:
        names[f"n{len(names)}"] = value
        return f"n{len(names) - 1}"

    source = quick.write("v", bind)
    most = 99 if quick.high is None else quick.high
    seen = set()
    plain = ["a" * 64, "0" * 32, "2024-01-31", "AB-1234", "7"]
    for value in [*draw_texts(rng, pattern.plan.node, scaled(400)), *STRANGE, *plain]:
        if quick.low <= len(value) <= most:
            told = eval(source, {**names, "v": value})
            is_matched = pattern.search(value)
            assert told is is_matched if pattern.fallback is None else told <= is_matched, value
            seen.add(told)
    assert seen == {True, False}


@pytest.mark.parametrize(
    "text", [r"^[a-zé]+$", r"^\w{2,9}$", r"^[a-z]{2}[a-f0-9]{2}$", r"\d{3}", r"^\bca\b$"]
)
def test_other_patterns_are_left_to_re(text: str) -> None:
    """Sets beyond ASCII or with common members, and parts that may come anywhere."""
    assert bytes_test(compile_pattern(text)) is None
