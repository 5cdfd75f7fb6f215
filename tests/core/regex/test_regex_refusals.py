"""Texts that are not in the gateway's dialect, and what their author is told."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contractgate_core.errors import PatternError
from contractgate_core.regex import compile_pattern

REFUSED = {
    # Look-around, back-references and other things that need backtracking.
    r"a(?=b)": (1, "look-ahead is not part of the gateway's dialect; it guarantees linear time"),
    r"a(?!b)": (1, "negative look-ahead"),
    r"(?<=a)b": (0, "look-behind is not part"),
    r"(?<!a)b": (0, "negative look-behind"),
    r"(?x) ( ?=a)": (5, "look-ahead"),
    r"(a)\1": (3, r"\1 would refer back to a group"),
    r"(?P<n>a)(?P=n)": (8, "back-reference"),
    r"(a)\k<n>": (3, r"\k is not part of the gateway's dialect: a match must not depend on"),
    r"(?>a)": (0, "atomic group"),
    r"(?(1)a|b)": (0, "write both cases as alternatives"),
    r"(?P>n)": (0, "cannot call itself"),
    # Other dialects' ways to write what this one writes differently.
    r"a\Z": (1, r"write \z for the end"),
    r"\h": (0, r"write [\t ] for blanks"),
    r"(?#c)a": (0, "a comment is written under (?x)"),
    r"(?'n'a)": (0, "(?<name>…)"),
    r"(?a)\w": (0, "(?-u)"),
    r"a{,3}": (1, "write {0,…}"),
    r"\é": (0, "leave the backslash out"),
    # Groups.
    r"(a": (0, "the group is not closed"),
    r"(a|(b)": (0, "the group is not closed"),
    r"a)": (1, "no group is open here"),
    r"a|b)c": (3, "no group is open here"),
    r"(?": (0, "the group is not closed"),
    r"(?i": (0, "the group is not closed"),
    r"(?)": (0, "(?) says nothing"),
    r"(?ii)": (3, "stands here twice"),
    r"(?i-i)": (4, "stands here twice"),
    r"(?i-)": (3, "a flag was expected after the -"),
    r"(?-)": (2, "a flag was expected after the -"),
    r"(?i-s-m)": (5, "negated once"),
    r"(?q)": (2, "the flags are i m s R U u x"),
    r"(?P<1a>b)": (4, "a group's name is a letter or _"),
    r"(?P<a-b>b)": (5, "a group's name is a letter or _"),
    r"(?P<>b)": (4, "the name of the group is empty"),
    r"(?<ab": (0, "not closed with >"),
    r"(?<n>a)(?<n>b)": (10, "another group is named 'n'"),
    # Repetitions.
    r"*a": (0, "there is nothing to repeat"),
    r"a|+": (2, "there is nothing to repeat"),
    r"(?i)?": (4, "there is nothing to repeat"),
    r"(?:{2})": (3, "there is nothing to repeat"),
    r"{2}": (0, "there is nothing to repeat"),
    r"a{2": (1, "the brace is not closed"),
    r"a{": (1, "the brace is not closed"),
    r"a{}": (1, "a count was expected"),
    r"a{x}": (1, "a count was expected"),
    r"a{1, }": (1, "a count was expected"),
    r"a{3,2}": (1, "from 3 to 2 counts backwards"),
    r"a{4294967296}": (1, "a count is below 4294967296"),
    r"a{99999999999999999999}": (1, "a count is below 4294967296"),
    # Classes.
    r"a[bc": (1, "the class is not closed"),
    r"[[]": (1, "the class is not closed"),
    r"[]": (0, "the class is not closed"),
    r"[z-a]": (1, "the range runs backwards"),
    r"[a-\d]": (3, "a range runs from a character to a character"),
    r"[\b]": (1, "an assertion cannot stand in a class"),
    # Escapes.
    "a\\": (1, "a backslash ends the pattern"),
    r"\xg1": (0, "2 hexadecimal digits"),
    r"\u12": (0, "4 hexadecimal digits"),
    r"\x{}": (0, "hexadecimal digits were expected"),
    r"\x{12": (0, "the brace is not closed"),
    r"\uD800": (0, "D800 is not the number of a character"),
    r"\x{110000}": (0, "110000 is not the number of a character"),
    r"\p{Foo}": (0, "no Unicode category, script or property 'Foo'"),
    r"\p{sc=Foo}": (0, "'sc=Foo'"),
    r"\p": (0, r"\p needs a name"),
    r"\b{foo}": (0, "start, end, start-half, end-half"),
    # Bytes instead of characters.
    r"(?-u).": (5, "under (?-u) a dot could match half a character"),
    r"(?-u)\W": (5, "half a character"),
    r"(?-u)[^a]": (5, "half a character"),
    r"(?-u)\xFF": (5, "half a character"),
    r"(?-u)[é]": (6, "under (?-u) a class is of ASCII"),
    r"(?-u)\pL": (5, "not under (?-u)"),
}
"""Patterns, each with where it goes wrong and a part of what is said."""


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_refusal_says_where_and_why(pattern: str) -> None:
    """The position is that of the offending part, in characters from 0."""
    position, reason = REFUSED[pattern]
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    error = caught.value
    assert (error.pattern, error.position) == (pattern, position)
    assert reason in error.reason
    assert error.message == str(error) == f"at position {position}: {error.reason}"


def test_positions_are_counted_in_characters() -> None:
    """Characters beyond ASCII, however many bytes they have, count as one."""
    with pytest.raises(PatternError) as caught:
        compile_pattern("é😀(?=x)")
    assert caught.value.position == 2


def test_a_lone_surrogate_is_refused() -> None:
    """A Python text can hold half a character, but no contract can."""
    with pytest.raises(PatternError, match="lone surrogate"):
        compile_pattern("ab\ud800")


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        ("(?:" * 250 + "a" + ")" * 250, "(?:" * 251 + "a" + ")" * 251),
        ("(?:a" * 125 + ")" * 125, "(?:a" * 126 + ")" * 126),
        ("a" + "*" * 250, "a" + "*" * 251),
        ("[a" * 125 + "]" * 125, "[a" * 126 + "]" * 126),
        ("[" * 250 + "a" + "]" * 250, "[" * 251 + "a" + "]" * 251),
        ("(?:a|" * 83 + "b" + ")" * 83, "(?:a|" * 126 + "b" + ")" * 126),
    ],
)
def test_nesting_is_limited_as_in_the_gateway(accepted: str, refused: str) -> None:
    """250 levels pass and 251 do not; each group, class, repetition, sequence, choice is one."""
    compile_pattern(accepted)
    with pytest.raises(PatternError, match="250"):
        compile_pattern(refused)


@pytest.mark.parametrize(
    "pattern", ["(" * 100_000, "[" * 100_000, "a" + "*" * 100_000, r"\p{" * 50_000, "a{1" * 50_000]
)
def test_hostile_patterns_are_refused_at_once(pattern: str) -> None:
    """However deep or broken, the error is a `PatternError`, never a `RecursionError`."""
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_a_refusal_can_be_pickled() -> None:
    """Errors arrive complete from worker processes."""
    with pytest.raises(PatternError) as caught:
        compile_pattern("a(?=b)")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.position, copy.pattern) == (str(caught.value), 1, "a(?=b)")


@settings(deadline=None)
@given(st.text(st.sampled_from(r"ab\[](){}*+?|^$-:&,=!<>.#P0iuxk~ é"), max_size=12))
def test_any_text_is_compiled_or_refused(text: str) -> None:
    """There is no third outcome, and a refusal points into the pattern."""
    try:
        compile_pattern(text).search(text)
    except PatternError as refused:
        assert refused.position is None or 0 <= refused.position <= len(text)
