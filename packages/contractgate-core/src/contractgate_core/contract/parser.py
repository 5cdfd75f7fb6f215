"""PyYAML's event parser, made to agree with the gateway's; the only module that imports PyYAML.

libyaml's parser is used where PyYAML has it, else the one in pure Python; docs/contracts.md lists
their differences. Nothing of PyYAML above events is used: its resolver would lose the text of
scalars, and its composer recurses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from contractgate_core.errors import ContractCompileError

if TYPE_CHECKING:
    import yaml

__all__ = [
    "MOST_LEVELS",
    "TOO_DEEP",
    "NextEvent",
    "most_levels_of",
    "parse_events",
    "place_of",
    "refuse_at_mark",
]

T = TypeVar("T")

NextEvent = Callable[[], Any]
"""Returns PyYAML's next event."""

MOST_DEEP_CHARACTERS = 2**14
"""The longest text that may nest deeper than a newer libyaml goes; pure Python is slow."""

MOST_LEVELS = 999
"""How deep a longer text may nest, with any libyaml; a newer one stops at the next level of block
lists, and at the level after that of flow lists."""

TOO_DEEP = (
    f"expected at most {MOST_LEVELS:,} levels in a text of more than "
    f"{MOST_DEEP_CHARACTERS:,} characters, got more"
)

MOST_TAG_DIRECTIVES = 10_000
"""How many characters of `%TAG` directives a text may have: parsing time grows with the square of
their number, and with the length of a tag's prefix at each use."""

_LIBYAML_IS_TOO_DEEP = "exceeded maximum nesting depth"
# Patterns for refusals and odd texts are compiled when needed: the first takes milliseconds.
_UNREADABLE = "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_SURROGATE = "[\ud800-\udfff]"
_LINE_BREAK = "\r\n|[\r\n\x85\u2028\u2029]"
_TAG_DIRECTIVE = "(?:^|[\r\n\x85\u2028\u2029])(%TAG[^\r\n]*)"
_HINTS = {
    "found unknown escape character": (
        "within double quotes a backslash begins an escape; write a pattern in single quotes"
    ),
    "mapping values are not allowed in this context": "a text with `: ` in it needs quotes",
    "found character that cannot start any token": (
        "tabs cannot indent, and a text that begins with @, ` or % needs quotes"
    ),
    "found undefined tag handle": "a text that begins with ! needs quotes",
    "did not find expected alphabetic or numeric character": (
        "a text that begins with * or & needs quotes"
    ),
}


def parse_events(text: str, use: Callable[[NextEvent, ModuleType], T]) -> T:
    """Parse YAML text.

    Args:
        text: The YAML text.
        use: Called with a function that returns the next event, and the module that has the
            events' types; called again if another parser has to start over.

    Returns:
        What `use` returns.

    Raises:
        ContractCompileError: The text is not well-formed YAML.
    """
    import yaml  # judging events must not load it

    _limit_tag_directives(text)
    try:
        return _use_best_parser(text, use)
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        _refuse_character(text)
    except yaml.MarkedYAMLError as error:
        _refuse_yaml(error, text)
    except (ValueError, OverflowError) as error:
        # libyaml raises this for a tag that is not UTF-8, pure Python for an escape past U+10FFFF.
        raise ContractCompileError(f"invalid YAML: {error}") from None


def most_levels_of(text: str) -> float:
    """Return how many lists and mappings a text may nest."""
    return MOST_LEVELS if len(text) > MOST_DEEP_CHARACTERS else math.inf


def _use_best_parser(text: str, use: Callable[[NextEvent, ModuleType], T]) -> T:
    import yaml

    # Typed as always present, but a PyYAML built without libyaml does not have it.
    fast = getattr(yaml, "CLoader", None)
    if fast is not None:
        # libyaml drops a byte order mark; the gateway does not, and counts its column.
        source = f"\ufeff{text}" if text.startswith("\ufeff") else text
        try:
            return use(fast(source).get_event, yaml.events)
        except yaml.MarkedYAMLError as error:
            # From 0.2.6 on, libyaml stops at 1,000 levels; the gateway has no such limit.
            if error.problem != _LIBYAML_IS_TOO_DEEP:
                raise
            if len(text) > MOST_DEEP_CHARACTERS:
                refuse_at_mark(TOO_DEEP, error.problem_mark)
    # The pure-Python parser takes a byte order mark as text; the gateway treats it as a space.
    slow: Any = yaml.SafeLoader(f" {text[1:]}" if text.startswith("\ufeff") else text)
    return use(lambda: _without_surrogates(slow.get_event()), yaml.events)


def _without_surrogates(event: Any) -> Any:
    """Refuse an escaped surrogate, which only the pure-Python parser lets through."""
    if re.search(_SURROGATE, getattr(event, "value", None) or ""):
        message = "invalid YAML: expected a character's code after the \\u, got half of a pair"
        refuse_at_mark(message, event.start_mark)
    return event


def _limit_tag_directives(text: str) -> None:
    if "%TAG" not in text:
        return
    left = MOST_TAG_DIRECTIVES
    for directive in re.finditer(_TAG_DIRECTIVE, text):
        left -= len(directive.group(1))
        if left < 0:
            line, column = place_of(text, directive.start(1))
            message = f"expected at most {MOST_TAG_DIRECTIVES:,} characters of %TAG, got more"
            raise ContractCompileError(message, line=line, column=column)


def place_of(text: str, index: int) -> tuple[int, int]:
    """Return the line and the column, both from 1, of a character in a text."""
    line, start = 1, 0
    for line_break in re.finditer(_LINE_BREAK, text[:index]):
        line, start = line + 1, line_break.end()
    return line, index - start + 1


def refuse_at_mark(message: str, mark: Any) -> NoReturn:
    """Refuse the text at one of PyYAML's marks.

    Raises:
        ContractCompileError: Always.
    """
    place = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
    raise ContractCompileError(message, line=place[0], column=place[1]) from None


def _refuse_yaml(error: yaml.MarkedYAMLError, text: str) -> NoReturn:
    problem, begun = error.problem or "", error.context_mark
    hint = f" ({_hint(problem, text)})" if _hint(problem, text) else ""
    context = f", {error.context}" if error.context else ""
    place = f" (begun at {begun.line + 1}:{begun.column + 1})" if context and begun else ""
    message = f"invalid YAML: {problem}{hint}{context}{place}"
    refuse_at_mark(message, error.problem_mark or begun)


def _hint(problem: str, text: str) -> str:
    """Suggest what to write instead, if anything is known."""
    if text.startswith("\ufeff"):
        return "the text begins with a byte order mark, which counts as a character; leave it out"
    return next((hint for start, hint in _HINTS.items() if problem.startswith(start)), "")


def _refuse_character(text: str) -> NoReturn:
    match = re.search(_UNREADABLE, text)
    # A parser that refuses what is allowed here would be a surprise, but no reason to crash.
    index, found = (0, "") if match is None else (match.start(), f"U+{ord(match.group()):04X}")
    line, column = place_of(text, index)
    message = f"invalid YAML: expected characters that YAML allows, got {found or 'others'}"
    raise ContractCompileError(message, line=line, column=column) from None
