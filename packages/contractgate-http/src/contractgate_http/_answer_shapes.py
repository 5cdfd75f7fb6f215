"""Answers of language model providers, each recognised by its shape and read into one form.

A dict may also be the object to judge, so it counts as a provider's answer only by a sign that
nothing else has: a word that names it (`object: chat.completion`), the structure of its parts, or
no keys but those of such an answer. `docs/llm.md` has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional, cast

from contractgate_http._answer import (
    Answer,
    ToolCall,
    calls_in,
    get,
    is_holder,
    items,
    keys_of,
    text_of,
    texts_in,
    word_of,
    words,
)
from contractgate_http._answer_error import LLMResponseError

__all__ = ["recognised"]


_CHAT_KEYS = words(
    "id object created model choices usage system_fingerprint service_tier metadata error provider "
    "prompt_filter_results moderation"
)
_MESSAGE_ONLY = ("tool_calls", "function_call", "refusal")
_MESSAGE_KEYS = words(
    "role content refusal tool_calls function_call annotations audio reasoning reasoning_content "
    "reasoning_details provider_specific_fields thinking_blocks thinking"
)
_ANTHROPIC_KEYS = words(
    "id type role model content stop_reason stop_sequence stop_details usage container "
    "context_management diagnostics"
)
_GEMINI_KEYS = words(
    "candidates promptFeedback prompt_feedback usageMetadata usage_metadata modelVersion "
    "model_version modelStatus model_status responseId response_id createTime create_time parsed "
    "sdk_http_response sdkHttpResponse automatic_function_calling_history "
    "automaticFunctionCallingHistory"
)
_ERROR_KEYS = words("error type object request_id user_id")
_BLOCKS = words(
    "thinking redacted_thinking server_tool_use web_search_tool_result web_fetch_tool_result "
    "code_execution_tool_result bash_code_execution_tool_result container_upload "
    "text_editor_code_execution_tool_result tool_search_tool_result mcp_tool_use "
    "mcp_tool_result"
)
_OUTPUTS = words(
    "reasoning file_search_call web_search_call computer_call image_generation_call compaction "
    "code_interpreter_call local_shell_call shell_call apply_patch_call mcp_call mcp_list_tools "
    "mcp_approval_request tool_search_call"
)


def recognised(response: Any) -> Optional[Answer]:
    """Read a provider's answer.

    Args:
        response: What came: an object of a provider's package, or a dict.

    Returns:
        The answer; None if no provider's shape matches.

    Raises:
        LLMResponseError: It is an error, part of a stream, or does not hold exactly one answer.
    """
    _refuse_error(response)
    for read in (_chat, _responses, _gemini, _bedrock, _single_message, _ollama_text, _anthropic):
        answer = read(response)
        if answer is not None:
            return answer
    return None


def _has_only(response: Any, known: frozenset[str]) -> bool:
    keys = keys_of(response)
    return keys is None or keys <= known


def _only(found: list[Any], what: str) -> Any:
    """Return the only choice of an answer."""
    if not found:
        raise LLMResponseError(
            f"expected an answer with one {what}, got one with no {what}", reason="empty"
        )
    if len(found) > 1:
        raise LLMResponseError(
            f"expected an answer with one {what}, got one with {len(found)}; ask for one",
            reason="several_choices",
        )
    return found[0]


def _refuse_error(response: Any) -> None:
    error, keys = get(response, "error"), keys_of(response)
    has_text = isinstance(get(response, "message"), str)
    if (
        (keys == {"error"} and isinstance(error, str))
        or (keys is not None and keys <= _ERROR_KEYS and isinstance(get(error, "message"), str))
        or (get(response, "object") == "error" and has_text)
    ):
        raise LLMResponseError("expected an answer, got an error object", reason="error")


def _refuse_chunk(is_chunk: bool) -> None:
    if is_chunk:
        raise LLMResponseError(
            "expected a complete answer, got a part of a stream; ask for it with stream=False",
            reason="stream",
        )


def _chat(response: Any) -> Optional[Answer]:
    """OpenAI's chat completions, older completions, and other providers of the same protocol."""
    choices = items(get(response, "choices"))
    if choices is None:
        return None
    named = text_of(get(response, "object"))
    is_named = named.startswith(("chat.completion", "text_completion"))
    is_shaped = (
        all(_is_choice(one) for one in choices) if choices else _has_only(response, _CHAT_KEYS)
    )
    if not is_named and not is_shaped:
        return None
    _refuse_chunk(named.endswith(".chunk"))
    choice = _only(choices, "choice")
    ended = word_of(get(choice, "finish_reason"))
    message = get(choice, "message")
    if message is None:
        _refuse_chunk(is_holder(get(choice, "delta")))
        text = text_of(get(choice, "text"))
        return Answer("chat", choice, [text] if text else [], [], False, ended)
    return _of_message("chat", message, ended)


def _is_choice(choice: Any) -> bool:
    message = get(choice, "message", "delta")
    if message is None:
        return get(choice, "finish_reason") is not None and get(choice, "index", "text") is not None
    if not is_holder(message):
        return False
    keys = keys_of(message)
    return keys is None or bool(keys & (_MESSAGE_KEYS - {"thinking", "reasoning"}))


def _of_message(protocol: str, message: Any, ended: str) -> Answer:
    """Read a message in OpenAI's form, which other providers use too."""
    content = get(message, "content")
    parts = items(content) or []
    texts = texts_in([content]) if isinstance(content, str) else texts_in(parts)
    calls = [call for one in items(get(message, "tool_calls")) or [] for call in calls_in(one)]
    if not calls:
        calls = list(calls_in(get(message, "function_call")))
    refusals = [get(message, "refusal"), *(get(part, "refusal") for part in parts)]
    is_refusal = any(isinstance(one, str) and one for one in refusals)
    return Answer(protocol, message, texts, calls, is_refusal, ended)


def _responses(response: Any) -> Optional[Answer]:
    """OpenAI's Responses API, or an object with only `output_text` or `output_parsed`."""
    output = items(get(response, "output"))
    is_named = get(response, "object") == "response"
    if output is None:
        return None if keys_of(response) is not None and not is_named else _output_text(response)
    is_shaped = bool(output) and all(_is_output(one) for one in output)
    if not is_named and not is_shaped:
        return None
    ended = word_of(get(response, "status"))
    ended = word_of(get(get(response, "incomplete_details"), "reason")) or ended
    if is_holder(get(response, "error")):
        ended = "failed"
    calls: list[ToolCall] = []
    parts: list[Any] = []
    for one in output:
        if get(one, "type") in ("function_call", "custom_tool_call"):
            calls += calls_in(one)
        elif get(one, "type") == "message":
            parts += items(get(one, "content")) or []
    is_refusal = any(get(part, "type") == "refusal" for part in parts)
    texts = texts_in(parts)
    return Answer("responses", output, texts, calls, is_refusal, ended)


def _is_output(one: Any) -> bool:
    kind = get(one, "type")
    if kind == "message":
        return get(one, "role") == "assistant" and items(get(one, "content")) is not None
    if kind in ("function_call", "custom_tool_call"):
        return isinstance(get(one, "call_id"), str)
    return kind in _OUTPUTS


def _output_text(response: Any) -> Optional[Answer]:
    parsed, text = get(response, "output_parsed"), text_of(get(response, "output_text"))
    if isinstance(parsed, dict):
        call = ToolCall("", "", cast("dict[str, Any]", parsed), None)
        return Answer("responses", None, [text] if text else [], [call], False, "")
    return Answer("responses", None, [text], [], False, "") if text else None


def _gemini(response: Any) -> Optional[Answer]:
    """Gemini's `generateContent`, by the names of its JSON or those of its package."""
    candidates = items(get(response, "candidates"))
    feedback = get(response, "promptFeedback", "prompt_feedback")
    blocked = word_of(get(feedback, "blockReason", "block_reason"))
    if not candidates:
        if not blocked and (candidates is None or not _has_only(response, _GEMINI_KEYS)):
            return None
        if blocked:
            return Answer("gemini", None, [], [], True, "")
    elif not all(_is_candidate(one) for one in candidates):
        return None
    candidate = _only(candidates or [], "candidate")
    parts = items(get(get(candidate, "content"), "parts")) or []
    calls = [
        call for part in parts for call in calls_in(get(part, "functionCall", "function_call"))
    ]
    ended = word_of(get(candidate, "finishReason", "finish_reason"))
    texts = texts_in(parts)
    return Answer("gemini", parts, texts, calls, False, ended)


def _is_candidate(one: Any) -> bool:
    content = get(one, "content")
    if content is None:
        return get(one, "finishReason", "finish_reason") is not None
    return items(get(content, "parts")) is not None or (
        is_holder(content) and get(one, "finishReason", "finish_reason") is not None
    )


def _bedrock(response: Any) -> Optional[Answer]:
    """Converse of Amazon Bedrock."""
    output = get(response, "output")
    stop = get(response, "stopReason")
    message = get(output, "message") if is_holder(output) else None
    content = items(get(message, "content")) if is_holder(message) else None
    has_stopped = isinstance(stop, str) and is_holder(output)
    if content is None and not (has_stopped and get(response, "metrics", "usage") is not None):
        return None
    if not has_stopped and get(message, "role") != "assistant":
        return None
    parts = content or []
    calls = [call for part in parts for call in calls_in(get(part, "toolUse"))]
    texts = texts_in(parts)
    return Answer("bedrock", parts, texts, calls, False, word_of(stop))


def _single_message(response: Any) -> Optional[Answer]:
    """Ollama's and Cohere's chat, which hold one message, or a bare message of OpenAI."""
    message = get(response, "message")
    if is_holder(message) and (get(message, "role") == "assistant" or _is_ollama(response)):
        if _is_ollama(response):
            _refuse_chunk(get(response, "done") is False)
            return _of_message("ollama", message, word_of(get(response, "done_reason")))
        ended = word_of(get(response, "finish_reason"))
        return _of_message("chat", message, ended) if ended else None
    if get(response, "role") != "assistant" or not _has_only(response, _MESSAGE_KEYS):
        return None
    keys = keys_of(response)
    if keys is None:
        content = get(response, "content")
        is_message = isinstance(content, str) or get(response, *_MESSAGE_ONLY) is not None
    else:
        is_message = any(name in keys for name in _MESSAGE_ONLY)
    return _of_message("chat", response, "") if is_message else None


def _is_ollama(response: Any) -> bool:
    return isinstance(get(response, "done"), bool) and isinstance(get(response, "model"), str)


def _ollama_text(response: Any) -> Optional[Answer]:
    """Ollama's `generate`."""
    text = get(response, "response")
    if not isinstance(text, str) or not _is_ollama(response):
        return None
    _refuse_chunk(get(response, "done") is False)
    ended = word_of(get(response, "done_reason"))
    return Answer("ollama", None, [text] if text else [], [], False, ended)


def _anthropic(response: Any) -> Optional[Answer]:
    """Anthropic's messages."""
    blocks = items(get(response, "content"))
    if blocks is None:
        return None
    kind, role = word_of(get(response, "type")), word_of(get(response, "role"))
    is_named = kind == "message" and role == "assistant"
    is_shaped = (
        kind in ("message", "")
        and role in ("assistant", "")
        and _has_only(response, _ANTHROPIC_KEYS)
        and (all(_is_block(one) for one in blocks) if blocks else _has_stop(response))
    )
    if not is_named and not is_shaped:
        return None
    calls = [
        call for block in blocks if get(block, "type") == "tool_use" for call in calls_in(block)
    ]
    texts = texts_in(blocks)
    return Answer("anthropic", blocks, texts, calls, False, word_of(get(response, "stop_reason")))


def _is_block(block: Any) -> bool:
    kind = get(block, "type")
    if kind == "text":
        return isinstance(get(block, "text"), str)
    return kind in _BLOCKS or (kind == "tool_use" and isinstance(get(block, "input"), Mapping))


def _has_stop(response: Any) -> bool:
    keys = keys_of(response)
    return keys is None or "stop_reason" in keys
