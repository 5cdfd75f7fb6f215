"""The JSON object in what a language model answered, whichever way it came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional, cast

from contractgate_core._tracebacks import guarded
from contractgate_core.errors import ContractGateError, EventDecodeError
from contractgate_core.events.decode import decode_event

__all__ = ["LLMResponseError", "extract_json"]

_FENCE = "```"
_NOT_A_STREAM = ("choices", "content", "output_parsed", "output_text")


class LLMResponseError(ContractGateError):
    """There is no JSON object in what a language model answered."""


@guarded
def extract_json(response: Any) -> dict[str, Any]:
    """Take the JSON object out of an answer of a language model.

    Known are: a chat completion of OpenAI and of whatever speaks its protocol (the arguments of the
    first tool call, else the message), its Responses API (`output_parsed`, `output_text`), a
    message of Anthropic (the input of the first tool use, else the first text that is JSON), a text
    (with or without a Markdown fence around it), and a dict, which is the object itself. Objects
    with attributes and plain dicts will both do.

    Args:
        response: The answer.

    Returns:
        The object.

    Raises:
        LLMResponseError: There is none, or the answer is a stream.
    """
    if _is_stream(response):
        raise LLMResponseError(
            "expected a complete answer, got a stream; ask for it with stream=False"
        )
    for find in (_in_chat_completion, _in_anthropic_message, _in_openai_response):
        found = find(response)
        if found is not None:
            return found
    if isinstance(response, str):
        return _parse(response)
    if isinstance(response, dict):
        return cast("dict[str, Any]", response)
    raise LLMResponseError(
        "expected an answer of OpenAI or Anthropic, a dict or a text, "
        f"got an object of type {type(response).__name__}"
    )


def _is_stream(response: Any) -> bool:
    if isinstance(response, (dict, list, str, bytes)):
        return False
    if any(hasattr(response, name) for name in _NOT_A_STREAM):
        return False
    return hasattr(response, "__next__") or hasattr(response, "__aiter__")


def _get(holder: Any, name: str) -> Any:
    """Give an attribute, or what stands under a key; None if there is neither."""
    if isinstance(holder, dict):
        return cast("dict[str, Any]", holder).get(name)
    return getattr(holder, name, None)


def _first(items: Any) -> Any:
    return cast("list[Any]", items)[0] if isinstance(items, (list, tuple)) and items else None


def _in_chat_completion(response: Any) -> Optional[dict[str, Any]]:
    message = _get(_first(_get(response, "choices")), "message")
    arguments = _get(_get(_first(_get(message, "tool_calls")), "function"), "arguments")
    if isinstance(arguments, dict):
        return cast("dict[str, Any]", arguments)
    content = _get(message, "content")
    for text in (arguments, content):
        if isinstance(text, str) and text.strip():
            return _parse(text)
    return None


def _in_anthropic_message(response: Any) -> Optional[dict[str, Any]]:
    blocks = _get(response, "content")
    if not isinstance(blocks, list):
        return None
    for block in cast("list[object]", blocks):
        given = _get(block, "input")
        if _get(block, "type") == "tool_use" and isinstance(given, dict):
            return cast("dict[str, Any]", given)
    return next(_parsed_texts(cast("list[object]", blocks)), None)


def _parsed_texts(blocks: list[object]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        text = _get(block, "text")
        if _get(block, "type") == "text" and isinstance(text, str):
            try:
                yield _parse(text)
            except LLMResponseError:
                continue


def _in_openai_response(response: Any) -> Optional[dict[str, Any]]:
    parsed = _get(response, "output_parsed")
    if isinstance(parsed, dict):
        return cast("dict[str, Any]", parsed)
    text = _get(response, "output_text")
    return _parse(text) if isinstance(text, str) and text.strip() else None


def _parse(text: str) -> dict[str, Any]:
    try:
        value = decode_event(_without_fence(text.strip()).encode())
    except UnicodeEncodeError:
        raise LLMResponseError("expected a JSON object, got a text with a lone surrogate") from None
    except EventDecodeError as error:
        # The error's own text tells what is wrong and where, and nothing of the answer.
        raise LLMResponseError(f"expected a JSON object, got no JSON: {error}") from error
    if not isinstance(value, dict):
        raise LLMResponseError(f"expected a JSON object, got a {type(value).__name__}")
    return cast("dict[str, Any]", value)


def _without_fence(text: str) -> str:
    """Take off one Markdown fence around the whole text, with or without the word `json`."""
    if len(text) < 2 * len(_FENCE) or not (text.startswith(_FENCE) and text.endswith(_FENCE)):
        return text
    inside = text[len(_FENCE) : -len(_FENCE)]
    has_word = inside[:4].lower() == "json"
    return (inside[4:] if has_word else inside).strip()
