"""What each type of the contract format accepts.

Every reader takes a node that is not an alias, and returns its value or refuses it.

Source: docs/spec/contract-format.md, sections 1.1 and 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Optional

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.contract.nodes import LITERAL, MAPPING, PLAIN, SEQUENCE
from contractgate_core.contract.reading import Reader, Reading, RefusalError, shorten
from contractgate_core.contract.scalars import (
    BOOLEANS,
    NULL_WORDS,
    OutOfRangeError,
    parse_float,
    parse_integer,
    parse_plain,
    parse_unsigned,
)
from contractgate_core.contract.words import Word

__all__ = [
    "listing",
    "nullable",
    "read_boolean",
    "read_json",
    "read_number",
    "read_string",
    "read_unsigned",
    "word",
]

_MEANT = {
    **dict.fromkeys(("true", "yes", "on", "y"), "true"),
    **dict.fromkeys(("false", "no", "off", "n"), "false"),
}

_TAG_NULL = "tag:yaml.org,2002:null"
_TAG_BOOL = "tag:yaml.org,2002:bool"
_TAG_INT = "tag:yaml.org,2002:int"
_TAG_FLOAT = "tag:yaml.org,2002:float"


def read_string(reading: Reading, node: int, depth: int) -> str:
    """Read a string: any scalar, whatever it looks like."""
    if reading.nodes.kinds[node] >= SEQUENCE:
        reading.refuse("a text", node)
    return reading.nodes.texts[node]


def read_boolean(reading: Reading, node: int, depth: int) -> bool:
    """Read `true` or `false`, and no other word."""
    text = _unquoted(reading, node, _TAG_BOOL)
    value = None if text is None else BOOLEANS.get(text)
    if value is None:
        reading.refuse("true or false", node, _boolean_hint(reading, node))
    return value


def _boolean_hint(reading: Reading, node: int) -> str:
    if reading.nodes.kinds[node] >= SEQUENCE:
        return ""
    text = reading.nodes.texts[node].lower()
    meant = _MEANT.get(text)
    return f"; write {meant}, without quotes" if meant else ""


def read_number(reading: Reading, node: int, depth: int) -> float:
    """Read a decimal number to the nearest 64-bit float."""
    text = _unquoted(reading, node, _TAG_FLOAT)
    value = None if text is None else parse_float(text)
    if value is None:
        reading.refuse("a decimal number without quotes", node)
    return value


def read_unsigned(reading: Reading, node: int, depth: int) -> int:
    """Read an integer from 0 to 2^64-1."""
    text = _unquoted(reading, node, _TAG_INT)
    value = None if text is None else parse_unsigned(text)
    if value is None:
        reading.refuse("an integer from 0 to 2^64-1, without quotes", node)
    return value


def _unquoted(reading: Reading, node: int, literal_tag: str) -> Optional[str]:
    """Return the text of a plain scalar, or of a literal block with the tag; None for others."""
    kind = reading.nodes.kinds[node]
    if kind == PLAIN or (kind == LITERAL and reading.nodes.tags.get(node) == literal_tag):
        return reading.nodes.texts[node]
    return None


def nullable(reader: Reader) -> Reader:
    """Make a reader of values that may be null."""

    def read(reading: Reading, node: int, depth: int) -> Any:
        nodes = reading.nodes
        if nodes.kinds[node] == PLAIN:
            text, tag = nodes.texts[node], nodes.tags.get(node)
            if tag == _TAG_NULL and text not in NULL_WORDS:
                reading.refuse("a null word after the tag !!null", node)
            if text in NULL_WORDS and tag in (None, _TAG_NULL):
                return None
            if not text and tag is None:
                return None
        return reader(reading, node, depth)

    return read


def word(
    words: type[Word], elsewhere: Mapping[str, str] = MappingProxyType({}), **synonyms: Word
) -> Reader:
    """Make a reader of one of some words.

    Args:
        words: The words.
        elsewhere: What to write instead of words of other formats.
        synonyms: Further spellings, and what they mean.
    """
    meanings: dict[str, Word] = {**{str(member): member for member in words}, **synonyms}
    expected = " or ".join(filter(None, (", ".join([*meanings][:-1]), [*meanings][-1])))

    def read(reading: Reading, node: int, depth: int) -> Word:
        text = _word_text(reading, node)
        found = None if text is None else meanings.get(text)
        if found is None:
            instead = elsewhere.get((text or "").lower())
            hint = f"; write {instead}" if instead else suggest(text or "", meanings)
            reading.refuse(expected, node, hint)
        return found

    return read


def _word_text(reading: Reading, node: int) -> Optional[str]:
    """Return the word that a scalar holds: its text, or its local tag (`!string`)."""
    nodes = reading.nodes
    if nodes.kinds[node] >= SEQUENCE:
        return None
    text, tag = nodes.texts[node], nodes.tags.get(node, "")
    if not tag.startswith("!"):
        return text
    is_empty = nodes.kinds[node] == PLAIN and (not text or text in NULL_WORDS)
    return tag[1:] if is_empty else None


def suggest(text: str, words: Iterable[str]) -> str:
    """Ask whether the most similar word was meant."""
    # A text much longer than any word is not one of them, and comparing it takes time.
    if len(text) > 50:
        return ""
    import difflib  # only for a refusal

    close: list[str] = difflib.get_close_matches(text.strip().lower(), words, n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def listing(reader: Reader) -> Reader:
    """Make a reader of lists; a plain empty scalar is an empty list."""

    def read(reading: Reading, node: int, depth: int) -> tuple[Any, ...]:
        nodes = reading.nodes
        kind = nodes.kinds[node]
        if kind == PLAIN and not nodes.texts[node]:
            return ()
        if kind != SEQUENCE:
            reading.refuse("a list", node)
        return tuple(_elements(reading, reader, node, depth))

    return read


def _elements(reading: Reading, reader: Reader, node: int, depth: int) -> list[Any]:
    inside = reading.enter(node, depth)
    child, after, read = inside.start, reading.nodes.after, reading.read
    values: list[Any] = []
    try:
        while child < inside.stop:
            values.append(read(reader, child, depth + 1))
            child = after(child)
    except RefusalError as refusal:
        refusal.path.append(len(values))
        raise
    return values


def read_json(reading: Reading, node: int, depth: int) -> Any:
    """Read any JSON value, as in `enum`, by the look of its text."""
    nodes = reading.nodes
    tag = nodes.tags.get(node)
    if tag is not None and tag.startswith("!"):
        reading.refuse("a JSON value", node, "; a tag of your own means nothing here")
    kind = nodes.kinds[node]
    if kind == SEQUENCE:
        return _elements(reading, read_json, node, depth)
    if kind == MAPPING:
        return _read_object(reading, node, depth)
    text = nodes.texts[node]
    try:
        if tag in _TAGGED:
            return _read_tagged(reading, node, tag, text)
        return parse_plain(text) if kind == PLAIN and tag is None else text
    except OutOfRangeError:
        reading.refuse("an integer from -2^63 to 2^64-1", node)


def _read_object(reading: Reading, node: int, depth: int) -> dict[str, Any]:
    inside = reading.enter(node, depth)
    child, after = inside.start, reading.nodes.after
    values: dict[str, Any] = {}
    while child < inside.stop:
        key = reading.key(child)
        if key == RESERVED_KEY:
            reading.refuse("no key that the gateway's JSON reader reserves", child)
        child = after(child)
        try:
            values[key] = reading.read(read_json, child, depth + 1)
        except RefusalError as refusal:
            refusal.path.append(shorten(key))
            raise
        child = after(child)
    return values


def _read_null(text: str) -> tuple[Any, ...]:
    return (None,) if text in NULL_WORDS else ()


def _read_float(text: str) -> tuple[Any, ...]:
    value = parse_float(text)
    if value is None:
        return ()
    # JSON has no infinities and no NaN; the gateway makes them null.
    return (value if abs(value) < float("inf") else None,)


def _read_if(parse: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    def read(text: str) -> tuple[Any, ...]:
        value = parse(text)
        return () if value is None else (value,)

    return read


_TAGGED: dict[Optional[str], tuple[str, Callable[[str], tuple[Any, ...]]]] = {
    _TAG_NULL: ("a null word after the tag !!null", _read_null),
    _TAG_BOOL: ("true or false after the tag !!bool", _read_if(BOOLEANS.get)),
    _TAG_INT: ("an integer after the tag !!int", _read_if(parse_integer)),
    _TAG_FLOAT: ("a decimal number after the tag !!float", _read_float),
}


def _read_tagged(reading: Reading, node: int, tag: Optional[str], text: str) -> Any:
    expected, read = _TAGGED[tag]
    found = read(text)
    if not found:
        reading.refuse(expected, node)
    return found[0]
