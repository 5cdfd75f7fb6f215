"""Answers of providers are known by their shape, and never taken for the object to judge."""

from __future__ import annotations

import enum
import json
import pickle
import types
from collections.abc import AsyncIterator
from types import MappingProxyType
from typing import Any
from unittest import mock

import pytest

from contractgate_http import LLMGate, LLMResponseError, LocalGateway, extract_json
from contractgate_http.client import Client

OBJECT = {"title": "t", "priority": "low"}
GOOD = json.dumps(OBJECT)


def thing(value: Any) -> Any:
    """Turn dicts into objects with attributes, as the providers' packages do."""
    if isinstance(value, dict):
        # What a tool is called with stays a dict there, too.
        kept = ("input", "args", "arguments")
        return types.SimpleNamespace(
            **{key: item if key in kept else thing(item) for key, item in value.items()}
        )
    return [thing(item) for item in value] if isinstance(value, list) else value


def chat(finish: Any = "stop", **message: Any) -> dict[str, Any]:
    """Make a chat completion of OpenAI."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion", "model": "m", "choices": [choice]}


def tool_call(arguments: Any, name: str = "ticket", identity: str = "call_1") -> dict[str, Any]:
    """Make a tool call in a chat completion."""
    function = {"name": name, "arguments": arguments}
    return {"id": identity, "type": "function", "function": function}


def message(*blocks: Any, stop: str = "end_turn") -> dict[str, Any]:
    """Make a message of Anthropic."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": list(blocks),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def text_block(text: str = GOOD) -> dict[str, Any]:
    """Make a text in a list of parts."""
    return {"type": "text", "text": text}


def tool_use(name: str = "ticket", given: Any = None) -> dict[str, Any]:
    """Make a tool call in a message of Anthropic."""
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": given or OBJECT}


THINKING = {"type": "thinking", "thinking": '{"title": "draft"}', "signature": "s"}


def response(*output: Any, status: str = "completed", **more: Any) -> dict[str, Any]:
    """Make an answer of the Responses API."""
    return {
        "id": "resp_1",
        "object": "response",
        "status": status,
        "error": None,
        "incomplete_details": None,
        "output": list(output),
        "text": {"format": {"type": "text"}},
        **more,
    }


def said(*content: Any) -> dict[str, Any]:
    """Make a message in an answer of the Responses API."""
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": list(content)}


def output_text(text: str = GOOD) -> dict[str, Any]:
    """Make a text in such a message."""
    return {"type": "output_text", "text": text, "annotations": []}


def function_call(name: str = "ticket") -> dict[str, Any]:
    """Make a tool call in an answer of the Responses API."""
    return {"type": "function_call", "id": "fc_1", "call_id": "c", "name": name, "arguments": GOOD}


REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}


def gemini(*parts: Any, finish: Any = "STOP") -> dict[str, Any]:
    """Make an answer of Gemini."""
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}
    return {"candidates": [candidate], "usageMetadata": {}, "modelVersion": "m"}


def converse(*content: Any, stop: str = "end_turn") -> dict[str, Any]:
    """Make an answer of Converse of Amazon Bedrock."""
    return {
        "ResponseMetadata": {"HTTPStatusCode": 200},
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": stop,
        "usage": {"inputTokens": 1},
        "metrics": {"latencyMs": 1},
    }


def ollama(done: bool = True, why: str = "stop", **parts: Any) -> dict[str, Any]:
    """Make an answer of Ollama."""
    return {"model": "m", "created_at": "now", "done": done, "done_reason": why, **parts}


FOUND = {
    "chat": chat(content=GOOD, refusal=None, tool_calls=None, function_call=None),
    "chat in a fence": chat(content=f"Here:\n```json\n{GOOD}\n```"),
    "chat in parts": chat(content=[text_block("Here: "), text_block()]),
    "chat with thoughts in parts": chat(
        content=[{"type": "thinking", "thinking": [text_block("{}")]}, text_block()]
    ),
    "chat with a text cut anywhere": chat(content=[text_block(GOOD[:9]), text_block(GOOD[9:])]),
    "chat with a tool": chat("tool_calls", content="prose", tool_calls=[tool_call(GOOD)]),
    "chat with an object for a tool": chat(content=None, tool_calls=[tool_call(OBJECT)]),
    "chat with a function": chat(
        "function_call", content=None, function_call={"name": "ticket", "arguments": GOOD}
    ),
    "chat with a custom tool": chat(
        tool_calls=[{"id": "1", "type": "custom", "custom": {"name": "ticket", "input": GOOD}}]
    ),
    "chat without its name": {"choices": [{"message": {"content": GOOD}}]},
    "chat with keys of Azure": {**chat(content=GOOD), "prompt_filter_results": [], "x_azure": 1},
    "a completion": {
        "object": "text_completion",
        "choices": [{"index": 0, "text": GOOD, "finish_reason": "stop"}],
    },
    "a message by itself": {"role": "assistant", "content": GOOD, "refusal": None},
    "message": message(text_block()),
    "message with thoughts": message(THINKING, text_block()),
    "message with prose": message(text_block("Here: "), text_block()),
    "message with a tool": message(text_block("I call it."), tool_use(), stop="tool_use"),
    "message without its name": {"content": [text_block(f"```{GOOD}```")]},
    "response": response(REASONING, said(output_text())),
    "response with a tool": response(REASONING, function_call()),
    "response without its name": {"output": [said(output_text())]},
    "gemini": gemini({"text": GOOD}),
    "gemini with thoughts": gemini({"text": '{"a": 1}', "thought": True}, {"text": GOOD}),
    "gemini with a tool": gemini({"functionCall": {"name": "ticket", "args": OBJECT}}),
    "gemini of its package": {
        "candidates": [
            {
                "content": {"parts": [{"function_call": {"name": "ticket", "args": OBJECT}}]},
                "finish_reason": "STOP",
            }
        ]
    },
    "bedrock": converse({"reasoningContent": {"reasoningText": {"text": "{}"}}}, {"text": GOOD}),
    "bedrock with a tool": converse(
        {"text": "I call it."},
        {"toolUse": {"toolUseId": "t", "name": "ticket", "input": OBJECT}},
        stop="tool_use",
    ),
    "ollama": ollama(message={"role": "assistant", "content": GOOD, "thinking": "{}"}),
    "ollama with a tool": ollama(
        message={
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "ticket", "arguments": OBJECT}}],
        }
    ),
    "ollama's text": ollama(response=GOOD, context=[1]),
    "cohere": {
        "id": "1",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [text_block()]},
    },
}


@pytest.mark.parametrize("name", FOUND)
def test_the_object_is_found_in_answers_of_all_shapes(name: str) -> None:
    """As dicts, as objects with attributes, as JSON texts, and as mappings of other kinds."""
    answer = FOUND[name]
    for form in (answer, thing(answer), json.dumps(answer), MappingProxyType(answer)):
        assert extract_json(form) == OBJECT


def test_objects_of_packages_have_more_than_their_json() -> None:
    """Properties that join the texts, and mocks of these objects."""
    assert extract_json(types.SimpleNamespace(output_text=GOOD)) == OBJECT
    assert extract_json(types.SimpleNamespace(output_parsed=OBJECT)) == OBJECT
    mocked = mock.MagicMock()
    mocked.choices = [mock.MagicMock()]
    mocked.choices[0].message.content = GOOD
    assert extract_json(mocked) == OBJECT
    mocked = mock.MagicMock()
    mocked.content = [mock.MagicMock(type="text", text=GOOD)]
    assert extract_json(mocked) == OBJECT


def refusal() -> dict[str, Any]:
    """Make a refusal of OpenAI."""
    return chat(content=None, refusal="I cannot, alice")


MISSED = {
    "a refusal": (refusal(), "refusal", "got a refusal"),
    "a refusal in parts": (
        chat(content=[{"type": "refusal", "refusal": "no, alice"}]),
        "refusal",
        "got a refusal",
    ),
    "a refusal beside JSON": (chat(content=GOOD, refusal="no"), "refusal", "got a refusal"),
    "a filter": (chat("content_filter", content=""), "refusal", r"refusal \(content_filter\)"),
    "an answer that was cut off": (chat("length", content='{"a'), "cut_off", r"cut off \(length\)"),
    "one that is cut off and looks whole": (chat("length", content=GOOD), "cut_off", "cut off"),
    "a tool that was cut off": (chat("length", tool_calls=[tool_call("{")]), "cut_off", "cut off"),
    "prose": (chat(content="alice said no"), "no_json", "a text without an object"),
    "a broken tool": (chat(tool_calls=[tool_call('{"a": ')]), "no_json", "got no JSON"),
    "a tool without input": (chat(tool_calls=[tool_call("")]), "no_json", "an empty text"),
    "two tools": (
        chat(tool_calls=[tool_call(GOOD), tool_call(GOOD, "other")]),
        "several_calls",
        "expected one tool call, got 2; name the tool with tool=",
    ),
    "two objects": (chat(content=GOOD + GOOD), "several_objects", "got more than one"),
    "nothing": (chat(content=None), "empty", "got an empty answer"),
    "no choice": ({"choices": []}, "empty", "got one with no choice"),
    "no choice with its name": (
        {"object": "chat.completion", "choices": [], "x": 1},
        "empty",
        "no choice",
    ),
    "no message": (
        {"choices": [{"index": 0, "finish_reason": "error", "message": None}]},
        "failed",
        "ended with 'error'",
    ),
    "two choices": (
        {"choices": chat(content=GOOD)["choices"] * 2},
        "several_choices",
        "one choice, got one with 2",
    ),
    "a chunk": (
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "{"}}]},
        "stream",
        "part of a stream",
    ),
    "an error": ({"error": {"message": "alice", "type": "x"}}, "error", "got an error object"),
    "an error of Anthropic": (
        {"type": "error", "error": {"type": "overloaded_error", "message": "alice"}},
        "error",
        "got an error object",
    ),
    "an error of Ollama": ({"error": "model 'alice' not found"}, "error", "got an error object"),
    "an error of vLLM": (
        {"object": "error", "message": "alice", "code": 400},
        "error",
        "got an error object",
    ),
    "a text of Anthropic": (message(text_block("alice said no")), "no_json", "without an object"),
    "a refusal of Anthropic": (message(stop="refusal"), "refusal", r"refusal \(refusal\)"),
    "thoughts alone": (message(THINKING), "empty", "an empty answer"),
    "a cut-off tool of Anthropic": (message(tool_use(), stop="max_tokens"), "cut_off", "cut off"),
    "a paused one": (message(text_block(), stop="pause_turn"), "failed", "'pause_turn'"),
    "two objects of Anthropic": (
        message(text_block(), text_block()),
        "several_objects",
        "got more than one",
    ),
    "two tools of Anthropic": (message(tool_use(), tool_use("b")), "several_calls", "got 2"),
    "a refusal of the Responses API": (
        response(said({"type": "refusal", "refusal": "no, alice"})),
        "refusal",
        "got a refusal",
    ),
    "a cut-off response": (
        response(status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        "cut_off",
        "max_output_tokens",
    ),
    "a filtered response": (
        response(status="incomplete", incomplete_details={"reason": "content_filter"}),
        "refusal",
        "content_filter",
    ),
    "a failed response": (
        response(status="failed", error={"code": "server_error", "message": "alice"}),
        "failed",
        "'failed'",
    ),
    "an unfinished response": (response(status="in_progress"), "failed", "'in_progress'"),
    "thoughts in a response": (response(REASONING), "empty", "an empty answer"),
    "two tools in a response": (response(function_call(), function_call()), "several_calls", "2"),
    "a blocked prompt of Gemini": (
        {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {}},
        "refusal",
        "got a refusal",
    ),
    "a blocked answer of Gemini": (
        {"candidates": [{"finishReason": "SAFETY", "index": 0}]},
        "refusal",
        r"refusal \(safety\)",
    ),
    "a cut-off answer of Gemini": (gemini({"text": "{"}, finish="MAX_TOKENS"), "cut_off", "cut"),
    "a broken tool of Gemini": (
        gemini(finish="MALFORMED_FUNCTION_CALL"),
        "failed",
        "malformed_function_call",
    ),
    "two candidates": (
        {"candidates": gemini({"text": GOOD})["candidates"] * 2},
        "several_choices",
        "one candidate, got one with 2",
    ),
    "no candidate": ({"candidates": []}, "empty", "no candidate"),
    "prose of Bedrock": (converse({"text": "alice said no"}), "no_json", "without an object"),
    "a cut-off answer of Bedrock": (
        converse({"text": "{"}, stop="max_tokens"),
        "cut_off",
        "max_tokens",
    ),
    "a guarded answer of Bedrock": (
        converse({"text": "alice"}, stop="guardrail_intervened"),
        "refusal",
        "guardrail_intervened",
    ),
    "a cut-off answer of Ollama": (
        ollama(why="length", message={"role": "assistant", "content": "{"}),
        "cut_off",
        "cut off",
    ),
    "a chunk of Ollama": (
        ollama(done=False, message={"role": "assistant", "content": "{"}),
        "stream",
        "part of a stream",
    ),
    "prose of Ollama": (ollama(response="alice said no"), "no_json", "without an object"),
    "nothing of Ollama": (ollama(response="", why="load"), "empty", "an empty answer"),
}


@pytest.mark.parametrize("name", MISSED)
def test_an_answer_without_the_object_is_an_error_that_says_what_came(name: str) -> None:
    """In all forms; it quotes nothing of the model's or the provider's, and loses nothing."""
    answer, reason, text = MISSED[name]
    forms = [answer, json.dumps(answer)]
    if "error" not in answer or reason == "failed":  # their packages raise errors
        forms.append(thing(answer))
    for form in forms:
        with pytest.raises(LLMResponseError, match=text) as caught:
            extract_json(form)
        assert caught.value.reason == reason
        assert caught.value.response is form
        assert "alice" not in f"{caught.value}{caught.value!r}"


class Word(str, enum.Enum):
    """Words of Gemini's package."""

    MAX_TOKENS = "MAX_TOKENS"


def test_words_may_be_those_of_an_enum() -> None:
    """As in Gemini's package."""
    with pytest.raises(LLMResponseError, match=r"cut off \(max_tokens\)"):
        extract_json(thing(gemini({"text": "{"}, finish=Word.MAX_TOKENS)))


OWN = [
    {"content": "text", "id": 1},
    {"role": "user", "content": "text"},
    {"role": "assistant", "content": "text"},
    {"content": [text_block("x")], "title": "a document"},
    {"type": "doc", "content": [{"type": "paragraph", "content": [text_block("x")]}]},
    {"type": "paragraph", "content": [text_block("x")]},
    {"content": [{"type": "heading", "text": "x"}]},
    {"content": []},
    {"content": {"parts": [{"text": "x"}]}},
    {"output_text": GOOD},
    {"output_parsed": OBJECT},
    {"output": "text"},
    {"output": []},
    {"output": [{"type": "gauge", "id": "7"}]},
    {"output": {"message": "text"}},
    {"question": "?", "choices": []},
    {"choices": ["a", "b"]},
    {"choices": [{"text": "a"}, {"text": "b"}]},
    {"choices": [{"message": "text"}]},
    {"candidates": [{"name": "x"}]},
    {"election": 7, "candidates": []},
    {"message": {"text": "x"}, "done": True},
    {"message": "text", "done": True, "model": "T"},
    {"response": "yes", "done": True},
    {"error": None},
    {"error": {"code": 7}},
    {"error": {"message": "x"}, "order": 7},
    {"error": "x", "order": 7},
    {"object": "chair", "type": "message", "id": 1},
    {"stopReason": "x"},
    {"tool_calls": []},
    {},
]


@pytest.mark.parametrize("own", OWN)
def test_an_own_object_is_not_looked_into(own: dict[str, Any]) -> None:
    """Even if it has keys of a provider's answer."""
    assert extract_json(own) is own
    assert extract_json(json.dumps(own)) == own
    assert extract_json(chat(content=json.dumps(own))) == own


def test_what_a_model_wrote_is_an_own_object() -> None:
    """Even if it looks like an answer."""
    inners: list[dict[str, Any]] = [refusal(), {"error": "no such order"}, {"choices": []}]
    for inner in inners:
        assert extract_json(chat(content=json.dumps(inner))) == inner
        assert extract_json(message(tool_use(given=inner))) == inner


TWO_TOOLS = [
    chat(tool_calls=[tool_call("{}", "note"), tool_call(GOOD)]),
    message(tool_use("note"), tool_use()),
    response(function_call("note"), function_call()),
    gemini(
        {"functionCall": {"name": "note", "args": {}}},
        {"functionCall": {"name": "ticket", "args": OBJECT}},
    ),
]


@pytest.mark.parametrize("answer", TWO_TOOLS)
def test_the_tool_can_be_chosen(answer: Any) -> None:
    """Then only a single call of it is accepted."""
    assert extract_json(answer, tool="ticket") == OBJECT
    with pytest.raises(LLMResponseError, match="call of the tool 'order', got 2 of other tools"):
        extract_json(answer, tool="order")
    with pytest.raises(LLMResponseError, match="expected one tool call, got 2"):
        extract_json(answer)


def test_a_chosen_tool_must_be_called_once() -> None:
    """Neither a text nor a plain object is a call."""
    twice = chat(tool_calls=[tool_call(GOOD), tool_call(GOOD)])
    for answer, text, reason in (
        (twice, "one call of the tool 'ticket', got 2", "several_calls"),
        (chat(content=GOOD), "call of the tool 'ticket', got none", "other_call"),
        (GOOD, "call of the tool 'ticket', got an object of type str", "other_call"),
        (OBJECT, "call of the tool 'ticket', got an object of type dict", "other_call"),
    ):
        with pytest.raises(LLMResponseError, match=text) as caught:
            extract_json(answer, tool="ticket")
        assert caught.value.reason == reason


class Stream:
    """A stream of a provider's package."""

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Any:
        raise StopIteration


class AsyncStream:
    """An async one."""

    def __aiter__(self) -> AsyncIterator[Any]:
        raise NotImplementedError


class Order:
    """Stands for a model of pydantic."""

    def model_dump(self) -> dict[str, Any]:
        """Give what is in it."""
        return {}


@pytest.mark.parametrize(
    ("response", "error", "reason"),
    [
        (Stream(), "got a stream", "stream"),
        (AsyncStream(), "got a stream", "stream"),
        (iter([GOOD]), "got a stream", "stream"),
        (None, "got None", "unknown"),
        (7, "got an object of type int", "unknown"),
        ([OBJECT], "got an object of type list", "unknown"),
        (b"\xff", "bytes that are not UTF-8", "unknown"),
        (Order(), r"of type Order; pass its model_dump\(mode='json'\)", "unknown"),
        (types.SimpleNamespace(choices=[]), "no choice", "empty"),
    ],
)
def test_what_is_no_answer_is_named(response: Any, error: str, reason: str) -> None:
    """By its type."""
    with pytest.raises(LLMResponseError, match=error) as caught:
        extract_json(response)
    assert caught.value.reason == reason


def test_an_answer_that_is_to_be_awaited_is_named() -> None:
    """It is left for its owner to await."""

    async def ask() -> Any:
        return GOOD

    answer = ask()
    with pytest.raises(LLMResponseError, match="type coroutine that must be awaited") as caught:
        extract_json(answer)
    assert caught.value.reason == "awaitable"
    answer.close()


def test_a_refusal_never_passes_a_lenient_contract(gateway: LocalGateway) -> None:
    """A provider's envelope is never judged in place of the object."""
    contract = (
        "version: '1'\nname: loose\n"
        "ontology: {entities: [{name: note, type: string, required: false}]}"
    )
    with Client(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        client.deploy("loose", contract)
        gate = LLMGate("loose", client=client)
        for answer, _, _ in MISSED.values():
            with pytest.raises(LLMResponseError):
                gate.validate_only(answer)
        assert gate.validate_only({"content": "x"}).ok


def test_the_error_is_pickled_without_the_answer() -> None:
    """The answer may be anything."""
    with pytest.raises(LLMResponseError) as caught:
        extract_json(types.SimpleNamespace(choices=[], lock=object()))
    caught.value.response.itself = lambda: None  # cannot be pickled
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.reason, again.response) == (str(caught.value), "empty", None)
