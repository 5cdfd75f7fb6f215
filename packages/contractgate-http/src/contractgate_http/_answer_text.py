"""The one JSON object in a language model's text, whatever surrounds it.

Brackets are matched in one pass, so the cost is linear in the length. An object counts only if it
stands in no other brackets and all of its brackets are closed: part of an object that was cut off
is never taken for the whole. Fences are not needed for this; they only help to say what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional, cast

import msgspec

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import (
    MOST_LEVELS,
    MSGSPEC_ERRORS,
    decode_event,
    utf8_bytes,
)
from contractgate_core.events.place import Place
from contractgate_http._answer_error import LLMResponseError

__all__ = ["object_in"]

_THOUGHT = r"</?(?:think|thinking|reasoning)>"
_OUTSIDE = re.compile(rf"[{{}}\[\]]|{_THOUGHT}", re.IGNORECASE)
# A JSON string may hold brackets; it never runs past the end of a line.
_INSIDE = re.compile(
    rf'[{{}}\[\]]|{_THOUGHT}|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?',
    re.IGNORECASE,
)
_PAIRS = {"}": "{", "]": "["}
_BEGINS_OBJECT = re.compile(r'\{\s*["}]').match
_BEGINS_LIST = re.compile(r'\[\s*[\[{"]').match
_ENDS_OBJECT = re.compile(r"\}\s*$").search
_LAST_FENCE = re.compile(r"(?:`{3,}|~{3,})[ \t]*([A-Za-z0-9]*)")
_OTHER_LANGUAGES = frozenset(
    {"json5", "jsonc", "hjson", "javascript", "js", "typescript", "ts", "python", "py", "yaml"}
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]").search
_KINDS = {
    list: "a list",
    str: "a text in quotes",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}
_MOST_SPACE = 64
"""How many characters around a bracket are looked at; models do not write more blanks."""


class _Span(NamedTuple):
    """A bracketed part that stands in no other brackets.

    Attributes:
        start: Where it begins, in characters.
        end: Where it ends; None if it is not closed.
        levels: How deep its brackets nest.
    """

    start: int
    end: Optional[int]
    levels: int


def object_in(text: str) -> dict[str, Any]:
    """Read the one JSON object in a text.

    Args:
        text: An object, with anything around it that is not one, such as prose, fences and
            `<think>` blocks.

    Returns:
        The object.

    Raises:
        LLMResponseError: There is none, or more than one. Places are those of the text as it came.
    """
    found: Optional[tuple[int, dict[str, Any]]] = None
    broken: Optional[_Span] = None
    for span in _spans(text):
        if span.end is None:
            raise _refused(text, span)
        if not _is_json(text, span):
            if _begins_as_json(text, span):
                raise _refused(text, span)
            broken = broken or span  # such as `{name}` in prose
            continue
        value = _decoded(text, span)
        if isinstance(value, list):
            raise LLMResponseError("expected a JSON object, got a list", reason="no_json")
        if found is not None:
            raise _several(text, found[0], span.start)
        found = span.start, cast("dict[str, Any]", value)
    if found is not None:
        return found[1]
    raise _nothing(text) if broken is None else _refused(text, broken)


def _spans(text: str) -> Iterator[_Span]:
    """Yield each outermost bracketed part that may be or hold an object."""
    done = _Brackets(text)
    at = 0
    while True:
        token = (_INSIDE if done.is_json else _OUTSIDE).search(text, at)
        if token is None:
            break
        at = token.end()
        word = token[0]
        if word[0] == "<":
            at = done.skip_thought(token)
        elif word in ("{", "["):
            done.open(token.start())
        elif word in _PAIRS:
            done.close(token.start())
    yield from done.spans
    # A bracket still open at the end was never closed. A stray `[` is prose, unless a list begins.
    for start in done.opened:
        span = _Span(start, None, MOST_LEVELS)
        if text[start] == "{" or _begins_as_json(text, span):
            yield span
            return


class _Brackets:
    """The brackets seen so far in a text.

    Attributes:
        opened: The positions of the brackets that are still open.
        spans: The closed parts that stood in no other brackets.
    """

    def __init__(self, text: str) -> None:
        self.opened: list[int] = []
        self.spans: list[_Span] = []
        self._text = text
        self._levels = 0
        self._open_objects = 0
        self._has_object = False
        self._is_list = False

    @property
    def is_json(self) -> bool:
        """A quote here begins a JSON string; it is not part of prose."""
        return bool(self._open_objects or (self.opened and self._is_list))

    def open(self, start: int) -> None:
        """Take an opening bracket."""
        if not self.opened:
            self._levels, self._has_object = 0, False
            self._is_list = _BEGINS_LIST(self._text, start, start + _MOST_SPACE) is not None
        self.opened.append(start)
        self._levels = max(self._levels, len(self.opened))
        if self._text[start] == "{":
            self._open_objects += 1
            self._has_object = True

    def close(self, at: int) -> None:
        """Take a closing bracket."""
        if self._text[at] == "}":
            self._close_object(at)
        elif self.opened and self._text[self.opened[-1]] == "[":
            self._close_outer(self.opened.pop(), at)
        elif not self.opened and _ENDS_OBJECT(self._text[max(0, at - _MOST_SPACE) : at]):
            self._miss_beginning(at)

    def _close_object(self, at: int) -> None:
        if not self._open_objects:
            self._miss_beginning(at)
            return
        start = self.opened.pop()
        while self._text[start] == "[":  # a list left open inside an object ends with the object
            start = self.opened.pop()
        self._open_objects -= 1
        self._close_outer(start, at)

    def _close_outer(self, start: int, at: int) -> None:
        if not self.opened and self._has_object:
            self.spans.append(_Span(start, at + 1, self._levels))

    def _miss_beginning(self, at: int) -> None:
        """Note that all so far was inside brackets that opened before the text began."""
        self.opened.clear()
        self.spans.append(_Span(at, None, 1))

    def skip_thought(self, token: re.Match[str]) -> int:
        """Skip a block of thoughts, or forget what came before the end of one."""
        if token[0][1] == "/":
            # Some templates open the block of thoughts in the prompt.
            self.opened.clear()
            self.spans.clear()
            self._open_objects = 0
            return token.end()
        if self.opened:
            return token.end()
        closing = re.compile(f"</{token[0][1:-1]}>", re.IGNORECASE).search(self._text, token.end())
        return len(self._text) if closing is None else closing.end()


def _is_json(text: str, span: _Span) -> bool:
    """Return whether msgspec can read it; the gateway may still refuse it."""
    if span.levels > MOST_LEVELS:
        return True  # too deep for msgspec to be given
    try:
        msgspec.json.decode(_part(text, span))
    except MSGSPEC_ERRORS:
        return False
    return True


def _begins_as_json(text: str, span: _Span) -> bool:
    begins = _BEGINS_OBJECT if text[span.start] == "{" else _BEGINS_LIST
    return begins(text, span.start, span.start + _MOST_SPACE) is not None


def _decoded(text: str, span: _Span) -> object:
    try:
        return decode_event(_part(text, span))
    except EventDecodeError as error:
        raise _no_json(text, span.start, error) from None


def _part(text: str, span: _Span) -> bytes:
    return utf8_bytes(text[span.start : span.end])


def _refused(text: str, span: _Span) -> LLMResponseError:
    """Return the error for a bracketed part that is not JSON or not closed."""
    if text[span.start] in _PAIRS:
        place = _place(text, span.start)
        return _with_cause(place.error(f"`{text[span.start]}` without its beginning"), "")
    try:
        decode_event(_part(text, span))
    except EventDecodeError as error:
        return _no_json(text, span.start, error)
    raise AssertionError("what the decoder takes was taken")


def _nothing(text: str) -> LLMResponseError:
    """Return the error for a text without a bracketed part."""
    inside, lower = text.strip("\ufeff \t\r\n"), text.lower()
    try:
        came = _KINDS[type(decode_event(inside))]
    except EventDecodeError as error:
        if lower.rfind("<think") > lower.rfind("</think"):
            came = "no JSON: a block of thoughts that does not end"
        elif "{" in inside or not _is_text(inside):
            return _no_json(text, text.find(inside), error)
        else:
            came = "no JSON: " + ("a text without an object" if inside else "an empty text")
    return LLMResponseError(f"expected a JSON object, got {came}", reason="no_json")


def _no_json(text: str, start: int, error: EventDecodeError) -> LLMResponseError:
    if not _is_text(text[start:]):
        return LLMResponseError(
            "expected a JSON object, got a text with a lone surrogate", reason="no_json"
        )
    fences = _LAST_FENCE.findall(text, 0, start)
    marked = str(fences[-1]).lower() if fences else ""
    note = f"; the fence is marked {marked}, but only strict JSON is read"
    return _with_cause(
        _place(text, start).shifted(error), note if marked in _OTHER_LANGUAGES else ""
    )


def _with_cause(error: EventDecodeError, note: str) -> LLMResponseError:
    # The error's own text says what is wrong and where, and quotes nothing of the answer.
    made = LLMResponseError(f"expected a JSON object, got no JSON: {error}{note}", reason="no_json")
    made.__cause__ = error
    return made


def _several(text: str, first: int, second: int) -> LLMResponseError:
    one, other = _place(text, first), _place(text, second)
    return LLMResponseError(
        "expected one JSON object, got more than one: "
        f"at line {one.line}, column {one.column} and at line {other.line}, column {other.column}",
        reason="several_objects",
    )


def _is_text(text: str) -> bool:
    return text.isascii() or _LONE_SURROGATE(text) is None


def _place(text: str, at: int) -> Place:
    return Place().after(utf8_bytes(text[:at]))
