"""How an answer goes back to the model, with what is wrong with it.

It goes back as a turn of its own, so that user and assistant keep alternating, as strict chat
templates demand. A tool call is answered by the tool's result, which no user turn may follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

import msgspec

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_http._answer import Answer, ToolCall, get, items

__all__ = ["MakeTurns", "anthropic_turns", "chat_turns", "responses_turns"]

Turns = list[Mapping[str, Any]]
MakeTurns = Callable[[Answer, str], Turns]
"""Makes the turns for an answer and the hint after it; none if the answer is empty."""


def chat_turns(answer: Answer, hint: str) -> Turns:
    """Answer in OpenAI's chat protocol."""
    calls = answer.calls
    if answer.protocol != "chat" or not calls or not all(_is_sound(call) for call in calls):
        return _text_turns(answer, hint)
    said: dict[str, Any] = {"role": "assistant", "content": "".join(answer.texts) or None}
    if not items(get(answer.parts, "tool_calls")):
        call = calls[0]
        function = {"name": call.name, "arguments": _written(call)}
        result = {"role": "function", "name": call.name, "content": hint}
        return [{**said, "function_call": function}, result]
    thoughts = get(answer.parts, "reasoning_content")
    if isinstance(thoughts, str):  # DeepSeek wants them back after a tool call
        said["reasoning_content"] = thoughts
    ids = [call.id or f"call_{number}" for number, call in enumerate(calls)]
    said["tool_calls"] = [_chat_call(call, one) for call, one in zip(calls, ids)]
    return [said, *({"role": "tool", "tool_call_id": one, "content": hint} for one in ids)]


def _chat_call(call: ToolCall, identity: str) -> dict[str, Any]:
    function = {"name": call.name, "arguments": _written(call)}
    made: dict[str, Any] = {"id": identity, "type": "function", "function": function}
    extra = get(call.raw, "extra_content")
    # Gemini keeps the signature of its thoughts there, and wants it back.
    return {**made, "extra_content": extra} if isinstance(extra, Mapping) else made


def anthropic_turns(answer: Answer, hint: str) -> Turns:
    """Answer in Anthropic's protocol, with the blocks as they came.

    Thoughts are signed, and must go back unchanged after a tool call.
    """
    if answer.protocol != "anthropic" or not all(call.id for call in answer.calls):
        return _text_turns(answer, hint)
    left_out = () if answer.calls else ("thinking", "redacted_thinking")
    blocks = [
        one
        for one in answer.parts
        if get(one, "type") not in left_out
        # Anthropic sends empty texts, but refuses them.
        and (get(one, "type") != "text" or get(one, "text").strip())
    ]
    if not blocks:
        return []
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": hint, "is_error": True}
        for call in answer.calls
    ]
    return [{"role": "assistant", "content": blocks}, {"role": "user", "content": results or hint}]


def responses_turns(answer: Answer, hint: str) -> Turns:
    """Answer in the protocol of the Responses API, with every item as it came."""
    if answer.protocol != "responses" or not answer.parts:
        return _text_turns(answer, hint)
    results = [
        {"type": f"{get(call.raw, 'type')}_output", "call_id": call.id, "output": hint}
        for call in answer.calls
    ]
    return [*answer.parts, *(results or [{"role": "user", "content": hint}])]


def _text_turns(answer: Answer, hint: str) -> Turns:
    """Answer in plain text, which every protocol has."""
    said = "".join([*answer.texts, *(_written(call) for call in answer.calls)])
    if not said.strip():
        return []
    return [{"role": "assistant", "content": said}, {"role": "user", "content": hint}]


def _is_sound(call: ToolCall) -> bool:
    """Return whether a chat template can write the call; some parse its arguments first."""
    if not call.name or get(call.raw, "custom") is not None:
        return False
    if isinstance(call.arguments, dict):
        return True
    try:
        return isinstance(decode_event(call.arguments), dict)
    except EventDecodeError:
        return False


def _written(call: ToolCall) -> str:
    """Return the arguments of a call as text."""
    if isinstance(call.arguments, str):
        return call.arguments
    return msgspec.json.encode(call.arguments).decode()
