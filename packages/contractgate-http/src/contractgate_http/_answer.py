"""The one form that every provider's answer is read into, and ways to reach its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Optional, Union, cast

__all__ = [
    "Answer",
    "ToolCall",
    "calls_in",
    "get",
    "is_holder",
    "items",
    "keys_of",
    "text_of",
    "texts_in",
    "word_of",
    "words",
]

_TEXT_TYPES = ("text", "output_text", None)


class ToolCall(NamedTuple):
    """A tool call that the model asks for.

    Attributes:
        name: The tool's name.
        id: The id that the tool's result must carry.
        arguments: The tool's input, as text or as an object.
        raw: The call as it came.
    """

    name: str
    id: str
    arguments: Union[str, dict[str, Any]]
    raw: Any

    def __repr__(self) -> str:
        return f"<ToolCall with a {type(self.arguments).__name__}>"


class Answer(NamedTuple):
    """What a model answered, in the same terms for every provider.

    Attributes:
        protocol: The protocol it came by: `chat`, `anthropic`, `responses`, `gemini`, `bedrock`,
            `ollama`, or `text`.
        parts: The message, its blocks, or the items of its output, as they came.
        texts: The texts in it, without thoughts.
        calls: The tool calls in it.
        is_refusal: The answer is marked as a refusal.
        ended: The provider's word for why it ended, in lower case; "" if there is none.
    """

    protocol: str
    parts: Any
    texts: list[str]
    calls: list[ToolCall]
    is_refusal: bool
    ended: str

    def __repr__(self) -> str:
        return f"<Answer by {self.protocol}: {len(self.texts)} texts, {len(self.calls)} calls>"


def get(holder: Any, *names: str) -> Any:
    """Return the first attribute or key of these names that is not None."""
    for name in names:
        if isinstance(holder, Mapping):
            found = cast("Mapping[str, Any]", holder).get(name)
        else:
            try:
                found = getattr(holder, name, None)
            except Exception:  # a property of a foreign object can raise anything
                found = None
        if found is not None:
            return found
    return None


def items(value: Any) -> Optional[list[Any]]:
    """Return the items of any kind of list; None for anything else."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return list(value)
    return None


def keys_of(response: Any) -> Optional[set[str]]:
    """Return the keys of a dict; None for an object, which is never an event."""
    return set(cast("Mapping[str, Any]", response)) if isinstance(response, Mapping) else None


def is_holder(value: Any) -> bool:
    """Return whether a value can have parts: a dict, or an object that is not a plain value."""
    return value is not None and not isinstance(
        value, (str, bytes, bytearray, bool, int, float, list, tuple)
    )


def word_of(value: Any) -> str:
    """Return a text, or the text of an enum, in lower case; "" for anything else."""
    value = getattr(value, "value", value)
    return value.lower() if isinstance(value, str) else ""


def text_of(value: Any) -> str:
    """Return the value if it is a text; "" for anything else."""
    return value if isinstance(value, str) else ""


def texts_in(parts: list[Any]) -> list[str]:
    """Return the texts in the parts, without thoughts."""
    texts = [
        part if isinstance(part, str) else text_of(get(part, "text"))
        for part in parts
        if get(part, "type") in _TEXT_TYPES and get(part, "thought") is not True
    ]
    return [text for text in texts if text]


def calls_in(call: Any) -> Iterator[ToolCall]:
    """Read one tool call, whatever the provider calls its parts."""
    inner = get(call, "function", "custom")
    inner = inner if is_holder(inner) else call
    arguments = get(inner, "arguments", "input", "args")
    identity = text_of(get(call, "call_id", "id", "toolUseId"))
    name = text_of(get(inner, "name"))
    if isinstance(arguments, str):
        yield ToolCall(name, identity, arguments, call)
    elif isinstance(arguments, Mapping):
        yield ToolCall(name, identity, dict(cast("Mapping[str, Any]", arguments)), call)
    elif name:
        yield ToolCall(name, identity, "", call)


def words(text: str) -> frozenset[str]:
    """Return the set of words in a text."""
    return frozenset(text.split())
