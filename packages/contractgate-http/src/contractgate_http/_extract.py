"""Extracts the JSON object from what a language model answered, whatever its form."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Mapping
from typing import Any, Optional, cast

from contractgate_core._tracebacks import guarded
from contractgate_core.errors import EventEncodeError
from contractgate_core.events.encode import encode_event
from contractgate_http._answer import Answer, ToolCall, words
from contractgate_http._answer_error import LLMResponseError
from contractgate_http._answer_shapes import recognised
from contractgate_http._answer_text import object_in

__all__ = ["LLMResponseError", "extract_json", "read_answer"]

_CUT_OFF = words("length max_tokens max_output_tokens model_length model_context_window_exceeded")
_REFUSED = words(
    "refusal content_filter content_filtered guardrail_intervened safety recitation blocklist "
    "prohibited_content spii language image_safety model_armor error_toxic"
)
_FAILED = words(
    "error failed cancelled canceled in_progress queued incomplete pause_turn other "
    "malformed_function_call malformed_tool_use malformed_model_output malformed_response "
    "unexpected_tool_call timeout too_many_tool_calls missing_thought_signature"
)


@guarded
def extract_json(response: Any, *, tool: Optional[str] = None) -> dict[str, Any]:
    """Extract the JSON object from a language model's answer.

    It knows the answers of OpenAI (chat completions, the Responses API) and compatible providers,
    Anthropic, Gemini, Bedrock (Converse) and Ollama, as objects of their packages, dicts and JSON
    texts. The object is the input of the one tool that is called; without a call, it is in the
    text. Anything else must be the object itself, or a text that holds it.

    Args:
        response: The answer.
        tool: Take only the input of this tool.

    Returns:
        The object.

    Raises:
        LLMResponseError: There is none, or more than one; `reason` says what came instead, and
            `response` is the answer.
    """
    try:
        return _object_of(response, tool)
    except LLMResponseError as error:
        error.response = response
        raise


def read_answer(response: Any) -> Answer:
    """Read what a model returned as an answer, or as a text if it is no provider's answer.

    Raises:
        LLMResponseError: It is an error, part of a stream, or does not hold exactly one answer.
    """
    if isinstance(response, (str, bytes, bytearray)):
        text = _as_text(response)
        try:
            answer = recognised(object_in(text))
        except LLMResponseError:
            answer = None
    else:
        answer, text = recognised(response), ""
        if answer is None and isinstance(response, dict):
            with contextlib.suppress(EventEncodeError):
                text = encode_event(response).decode()
    return answer or Answer("text", None, [text], [], False, "")


def _object_of(response: Any, tool: Optional[str]) -> dict[str, Any]:
    is_text = isinstance(response, (str, bytes, bytearray))
    whole: Any = object_in(_as_text(response)) if is_text else response
    answer = recognised(whole)
    if answer is not None:
        return _in_answer(answer, tool)
    _refuse_unfinished(whole)
    if tool is not None:
        raise LLMResponseError(
            f"expected a call of the tool {tool!r}, got an object of type {_kind(response)}",
            reason="other_call",
        )
    if isinstance(whole, Mapping):
        mapping = cast("Mapping[str, Any]", whole)
        return cast("dict[str, Any]", mapping) if isinstance(mapping, dict) else dict(mapping)
    hint = "; pass its model_dump(mode='json')" if hasattr(whole, "model_dump") else ""
    raise LLMResponseError(
        "expected an answer of a language model, a dict or a text, "
        + ("got None" if whole is None else f"got an object of type {_kind(whole)}{hint}")
    )


def _kind(value: object) -> str:
    return type(value).__name__


def _as_text(text: Any) -> str:
    if isinstance(text, str):
        return text
    try:
        return str(bytes(text), "utf-8")
    except UnicodeDecodeError:
        raise LLMResponseError("expected a JSON object, got bytes that are not UTF-8") from None


def _refuse_unfinished(response: Any) -> None:
    """Refuse a coroutine or a stream, which the answer has yet to come from."""
    if isinstance(response, (Mapping, list, tuple)):
        return
    if inspect.isawaitable(response):
        raise LLMResponseError(
            f"expected an answer, got an object of type {_kind(response)} that must be awaited; "
            "await it, or use AsyncLLMGate",
            reason="awaitable",
        )
    if hasattr(type(response), "__next__") or hasattr(type(response), "__aiter__"):
        raise LLMResponseError(
            "expected a complete answer, got a stream; ask for it with stream=False",
            reason="stream",
        )


def _in_answer(answer: Answer, tool: Optional[str]) -> dict[str, Any]:
    if answer.is_refusal or answer.ended in _REFUSED:
        why = f" ({answer.ended})" if answer.ended in _REFUSED else ""
        raise LLMResponseError(f"expected a JSON object, got a refusal{why}", reason="refusal")
    if answer.ended in _CUT_OFF:
        raise LLMResponseError(
            f"expected a JSON object, got an answer that was cut off ({answer.ended}); "
            "allow a longer one",
            reason="cut_off",
        )
    if answer.ended in _FAILED:
        raise LLMResponseError(
            f"expected a complete answer, got one that ended with {answer.ended!r}", reason="failed"
        )
    if answer.calls or tool is not None:
        arguments = _chosen(answer.calls, tool).arguments
        return arguments if isinstance(arguments, dict) else object_in(arguments)
    if not answer.texts:
        raise LLMResponseError("expected a JSON object, got an empty answer", reason="empty")
    # Providers split a text anywhere, so its pieces are read as one.
    return object_in("".join(answer.texts))


def _chosen(calls: list[ToolCall], tool: Optional[str]) -> ToolCall:
    """Choose the call whose input is the object."""
    if tool is None:
        if len(calls) > 1:
            raise LLMResponseError(
                f"expected one tool call, got {len(calls)}; name the tool with tool=",
                reason="several_calls",
            )
        return calls[0]
    named = [call for call in calls if call.name == tool]
    if not named:
        came = f"{len(calls)} of other tools" if calls else "none"
        raise LLMResponseError(
            f"expected a call of the tool {tool!r}, got {came}", reason="other_call"
        )
    if len(named) > 1:
        raise LLMResponseError(
            f"expected one call of the tool {tool!r}, got {len(named)}", reason="several_calls"
        )
    return named[0]
