"""The limit on the size of a program: what the gateway refuses as too large, and what not."""

from __future__ import annotations

import random
import time

import pytest

from contractgate_core.errors import PatternError
from contractgate_core.regex import compile_pattern
from contractgate_core.regex.parse import parse
from contractgate_core.regex.size import LIMIT, check_size, program_size, size_at_most
from cost import count_calls
from regex_grammar import draw_pattern
from regex_rust import rust_search
from sizes import scaled, some

TABLE = {
    r"\w{#}": 209,
    r"\w{0,#}": 209,
    r"\p{L}{#}": 244,
    r"\d{#}": 2_046,
    r"\d{0,#}": 2_030,
    r"\s{#}": 15_419,
    r".{#}": 10_485,
    r"[^a]{#}": 10_485,
    r".{0,#}": 10_082,
    r"\S{#}": 5_448,
    r"[a-z]{#}": 145_632,
    r"[a-z]{0,#}": 93_620,
    r"[a-z0-9_]{#}": 119_154,
    r"a{#}": 327_673,
}
"""docs/spec/contract-format.md, section 4.4."""

OTHERS = {
    r"\p{Lu}{#}": 395,
    r"\p{Lu}{0,#}": 394,
    r"\p{Greek}{#}": 4_667,
    r"\p{Greek}{0,#}": 4_584,
    r"(?i:k){#}": 44_430,
    r"(?i:k){0,#}": 37_991,
    r"(?i:a){#}": 131_069,
    r"(?i:a){0,#}": 87_379,
    r"(?i:[a-z]){#}": 34_492,
    r"(?i:[a-z]){0,#}": 30_481,
    r"\W{#}": 225,
    r"\W{0,#}": 225,
    r"\D{#}": 822,
    r"\D{0,#}": 819,
    r"[\w-]{#}": 209,
    r"[\w-]{0,#}": 209,
    r"[^\w]{#}": 225,
    r"[^\w]{0,#}": 225,
    r"\p{N}{#}": 1_074,
    r"\p{N}{0,#}": 1_070,
    r"\p{Han}{#}": 2_890,
    r"\p{Han}{0,#}": 2_858,
    r"[é-ü]{#}": 79_436,
    r"[é-ü]{0,#}": 60_962,
    r"é{#}": 163_836,
    r"é{0,#}": 100_822,
    r"中{#}": 109_224,
    r"中{0,#}": 77_099,
    r"😀{#}": 81_918,
    r"😀{0,#}": 62_413,
    r"[α-ω]{#}": 52_428,
    r"[α-ω]{0,#}": 43_689,
    r"(?:foo|bar){#}": 27_024,
    r"(?:foo|bar){0,#}": 24_498,
    r"(?:foo|bar|baz|qux){#}": 15_511,
    r"(?:foo|bar|baz|qux){0,#}": 14_644,
    r"(foo){#}": 65_534,
    r"(foo){0,#}": 52_427,
    r"(\d){#}": 2_046,
    r"(\d){0,#}": 2_030,
    r"(?:a|bc|[x-z]){#}": 42_973,
    r"(?:a|bc|[x-z]){0,#}": 36_920,
    r"(?:ab)?{#}": 77_099,
    r"(?:ab)?{0,#}": 59_576,
    r"[a-z]?{#}": 72_816,
    r"[a-z]?{0,#}": 56_986,
    r"\d?{#}": 2_015,
    r"\d?{0,#}": 2_002,
    r"(?:a*){#}": 145_632,
    r"(?:a*){0,#}": 93_620,
    r"(?:a+b){#}": 100_822,
    r"(?:a+b){0,#}": 72_815,
    r"(?:[a-z]+\.){#}": 72_816,
    r"(?:[a-z]+\.){0,#}": 56_986,
    r"(?:\ba){#}": 163_836,
    r"(?:\ba){0,#}": 100_822,
    r"[^\s@]{#}": 5_338,
    r"[^\s@]{0,#}": 5_236,
    r"[[:alpha:]]{#}": 131_069,
    r"[[:alpha:]]{0,#}": 87_379,
    r"[[:^alpha:]]{#}": 10_121,
    r"[[:^alpha:]]{0,#}": 9_744,
    r"(?s:.){#}": 10_877,
    r"(?s:.){0,#}": 10_443,
    r"(?R:.){#}": 10_121,
    r"(?R:.){0,#}": 9_744,
    r"(?:a{3}b){#}": 81_918,
    r"(?:a{3}b){0,#}": 62_413,
    r"(?:a{2,5}){#}": 33_607,
    r"(?:a{2,5}){0,#}": 29_788,
    r"(?:\p{Lu}\p{Ll}*){#}": 193,
    r"(?:\p{Lu}\p{Ll}*){0,#}": 193,
    r"\p{Emoji}{#}": 1_371,
    r"\p{Emoji}{0,#}": 1_365,
    r"[\u{0}-\u{FFFF}]{#}": 18_460,
    r"[\u{0}-\u{FFFF}]{0,#}": 17_245,
    r"[^\x00-\x{7f}]{#}": 11_299,
    r"[^\x00-\x{7f}]{0,#}": 10_832,
    r"(?:(?:ab|cd){2}e){#}": 19_562,
    r"(?:(?:ab|cd){2}e){0,#}": 18_203,
    r"(?:x|\d){#}": 2_005,
    r"(?:x|\d){0,#}": 1_989,
    r"(?-u:\w){#}": 109_224,
    r"(?-u:\w){0,#}": 77_099,
    r"(?i:straße){#}": 13_869,
    r"(?i:straße){0,#}": 13_172,
    r"\p{Cyrillic}{#}": 8_426,
    r"\p{Cyrillic}{0,#}": 8_166,
    r"[0-9A-Fa-f]{#}": 119_154,
    r"[0-9A-Fa-f]{0,#}": 81_917,
    r"(?:20[0-9]{2}-(?:0[1-9]|1[0-2])){#}": 20_164,
    r"(?:20[0-9]{2}-(?:0[1-9]|1[0-2])){0,#}": 18_724,
    r"(?:(a)|(b)){#}": 39_718,
    r"(?:(a)|(b)){0,#}": 34_491,
    r"(?:|a){#}": 77_099,
    r"(?:|a){0,#}": 59_576,
    r"\p{Alphabetic}{#}": 222,
    r"\p{Alphabetic}{0,#}": 221,
    r"[\p{L}\p{N}_]{#}": 219,
    r"[\p{L}\p{N}_]{0,#}": 219,
    r"[\d.]{#}": 2_032,
    r"[\d.]{0,#}": 2_016,
    r"(?:\s|\d){#}": 1_836,
    r"(?:\s|\d){0,#}": 1_824,
    r"\p{White_Space}{#}": 15_419,
    r"\p{White_Space}{0,#}": 14_530,
    r"\p{Ll}{#}": 379,
    r"\p{Ll}{0,#}": 379,
}
"""The largest counts that the Rust engine accepts, found by bisection (pydantic-core 2.50.5)."""


def with_count(pattern: str, count: int) -> str:
    return pattern.replace("#", str(count))


@pytest.mark.untraced
@pytest.mark.parametrize("pattern", some(TABLE))
def test_the_table_of_the_spec_is_met_exactly(pattern: str) -> None:
    """One more than the largest count is refused."""
    compile_pattern(with_count(pattern, TABLE[pattern]))
    with pytest.raises(PatternError, match="the gateway allows 10 MiB"):
        compile_pattern(with_count(pattern, TABLE[pattern] + 1))


@pytest.mark.untraced
@pytest.mark.parametrize("pattern", list(OTHERS)[:: len(OTHERS) // scaled(50)])
def test_the_model_is_exact_for_other_patterns_too(pattern: str) -> None:
    """Patterns of all kinds, each at its very limit."""
    largest = OTHERS[pattern]
    assert program_size(parse(with_count(pattern, largest))) <= LIMIT
    assert program_size(parse(with_count(pattern, largest + 1))) > LIMIT


@pytest.mark.parametrize("pattern", list(OTHERS)[:: len(OTHERS) // scaled(10)])
def test_the_rust_engine_draws_the_line_there(pattern: str) -> None:
    """The counts above are those of the installed engine."""
    assert rust_search(with_count(pattern, OTHERS[pattern])) is not None
    assert rust_search(with_count(pattern, OTHERS[pattern] + 1)) is None


@pytest.mark.parametrize(
    "pattern",
    [r"a{1000}{1000}{1000}", r"(?:\w{9999}){9999}{9999}", r"(" * 80 + "a" + "){4294967295}" * 80],
)
def test_a_product_of_counts_is_refused_without_being_built(pattern: str) -> None:
    """The size is computed, not the program."""

    def refuse() -> None:
        with pytest.raises(PatternError, match="and the gateway allows 10 MiB"):
            compile_pattern(pattern)

    assert count_calls(refuse) < 50_000


@pytest.mark.untraced
def test_very_many_sets_are_refused_without_counting_them_all() -> None:
    """A pattern of a megabyte, of classes alone, costs little more than reading it."""
    text = "".join(f"[^{chr(0x4E00 + index % 20_000)}]" for index in range(50_000))
    started = time.process_time()
    node = parse(text)
    read = time.process_time()
    with pytest.raises(PatternError, match=r"20\.0 MiB or more"):
        check_size(node)
    # To count them all takes some twenty times as long as to read them.
    assert time.process_time() - read < 8 * (read - started)


def test_everyday_patterns_can_be_too_large() -> None:
    """Harmless-looking patterns that the gateway refuses are refused here, too."""
    for pattern in (r"^\w{1,255}$", r"^\p{L}{1,255}$"):
        with pytest.raises(PatternError, match="use smaller counts, or an ASCII class"):
            compile_pattern(pattern)


@pytest.mark.untraced
def test_the_quick_bound_is_never_below_the_size() -> None:
    """What it accepts would have been accepted."""
    rng, tried = random.Random(7), 0
    for _ in range(scaled(5_000)):
        try:
            node = parse(draw_pattern(rng))
        except PatternError:
            continue
        bound = size_at_most(node)
        if bound <= LIMIT:
            tried += 1
            assert program_size(node) <= bound
    assert tried > scaled(4_000)
