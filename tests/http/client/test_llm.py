"""The guard for answers of language models."""

from __future__ import annotations

import functools
import inspect
import json
import types
import uuid
from typing import Any

import anyio
import pytest

from contractgate_core.errors import ContractGateError, HTTPError, InvalidEventError
from contractgate_http import (
    AsyncClient,
    AsyncLLMGate,
    Client,
    LLMGate,
    LLMGateResult,
    LLMResponseError,
    LocalGateway,
)
from contractgate_http.local.faults import FaultKind

YAML = """
version: "1.0"
name: Tickets
ontology:
  entities:
    - {name: title, type: string}
    - {name: priority, type: string, enum: [low, high]}
    - {name: email, type: string, required: false, transform: {kind: mask}}
"""
GOOD = '{"title": "t", "priority": "low"}'
BAD = '{"title": "t", "priority": "urgent"}'


def thing(**attributes: Any) -> Any:
    """Make an object with attributes, as the providers' packages do."""
    return types.SimpleNamespace(**attributes)


def chat(content: Any = None, arguments: Any = None) -> Any:
    """Make a chat completion of OpenAI."""
    calls = None if arguments is None else [thing(function=thing(arguments=arguments))]
    return thing(choices=[thing(message=thing(content=content, tool_calls=calls))])


class Model:
    """Stands for a provider's client, with a list of answers."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.chat = thing(completions=thing(create=self.create))
        self.messages = thing(create=self.create)
        self.responses = thing(create=self.create)

    def create(self, **arguments: Any) -> Any:
        """Answer."""
        self.asked.append(arguments)
        return self.answers.pop(0)


class AsyncModel(Model):
    """The same, awaited."""

    async def create(self, **arguments: Any) -> Any:
        """Answer."""
        return super().create(**arguments)


@pytest.fixture
def tickets(client: Client) -> Client:
    """A client of a gateway with the contract."""
    client.deploy("Tickets", YAML)
    return client


MESSAGES = [{"role": "user", "content": "a ticket, please"}]


def test_an_answer_that_conforms_goes_on(tickets: Client) -> None:
    """Cleaned by the contract's transforms."""
    answer = '{"title": "t", "priority": "low", "email": "alice@example.com"}'
    model = Model(chat(answer))
    gate = LLMGate(contract_id="Tickets", llm=model, client=tickets)
    result = gate.completion(model="m", messages=MESSAGES, temperature=0)
    assert (result.ok, result.attempts, result.violations, result.repair_hints) == (True, 1, [], [])
    assert result.payload == {"title": "t", "priority": "low", "email": "****"}
    assert model.asked == [{"model": "m", "messages": MESSAGES, "temperature": 0}]
    assert repr(result) == (
        "LLMGateResult(ok=True, payload=<hidden>, violations=[], attempts=1, "
        "raw_response=<hidden>, repair_hints=[])"
    )


def test_an_answer_that_does_not_conform_is_a_result(tickets: Client) -> None:
    """None of it may go out."""
    gate = LLMGate(contract_id="tickets", llm=Model(chat(BAD)), client=tickets)
    result = gate.completion("m", MESSAGES)
    assert (result.ok, result.attempts, result.payload) == (False, 1, {})
    assert [one.field for one in result.violations] == ["priority"]
    with pytest.raises(InvalidEventError, match="value <hidden> not in") as caught:
        result.raise_for_violations()
    assert caught.value.violations == result.violations


def test_a_result_is_given_as_plain_values(tickets: Client) -> None:
    """All but the answer, which is the provider's; it can be shown with any values in it."""
    gate = LLMGate(contract_id="tickets", llm=Model(chat(BAD)), client=tickets)
    result = gate.completion("m", MESSAGES)
    [violation] = result.violations
    assert result.to_dict() == json.loads(result.to_json())
    assert result.to_dict() == {
        "ok": False,
        "payload": {},
        "violations": [violation.to_dict()],
        "attempts": 1,
        "repair_hints": [],
    }

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no")

        __str__ = __repr__

    odd: Any = Broken()
    assert repr(LLMGateResult(odd, odd, odd, odd, odd)).startswith("LLMGateResult(")


def test_the_model_is_asked_again_with_the_violations(tickets: Client) -> None:
    """Or with another hint if it gave no JSON; the hints are kept."""
    model = Model(chat("no"), chat(BAD), chat(GOOD))
    gate = LLMGate(contract_id="Tickets", llm=model, client=tickets)
    result = gate.completion("m", MESSAGES, auto_repair=True)
    assert (result.ok, result.attempts) == (True, 3)
    no_json, broken = result.repair_hints
    assert "could not be read as JSON" in no_json
    assert "- priority: Field 'priority' value" in broken
    told = model.asked[-1]["messages"]
    assert told == [
        *MESSAGES,
        {"role": "assistant", "content": "no"},
        {"role": "user", "content": no_json},
        {"role": "assistant", "content": BAD},
        {"role": "user", "content": broken},
    ]
    assert len(MESSAGES) == 1


def tool_call(arguments: str, identity: str = "call_7", name: str = "ticket") -> dict[str, Any]:
    """Make a tool call in a chat completion."""
    return {
        "id": identity,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def calling(*calls: Any, content: Any = None, **more: Any) -> dict[str, Any]:
    """Make a chat completion that calls tools."""
    message = {"role": "assistant", "content": content, "tool_calls": list(calls), **more}
    return {"choices": [{"message": message, "finish_reason": "tool_calls"}]}


def told_after(tickets: Client, answer: Any, way: str = "completion", **options: Any) -> Any:
    """Return what the model gets after an answer that fails, with the hint as `HINT`."""
    model = Model(answer, chat(GOOD))
    gate = LLMGate("Tickets", model, client=tickets, max_retries=1, **options)
    result = getattr(gate, way)("m", MESSAGES, auto_repair=True)
    assert result.ok
    told = model.asked[-1]["input" if way == "response" else "messages"]
    assert told[: len(MESSAGES)] == MESSAGES
    text = repr(told[len(MESSAGES) :])
    for hint in result.repair_hints:
        text = text.replace(repr(hint), "HINT")
    return text


def test_a_call_of_a_tool_goes_back_with_its_result(tickets: Client) -> None:
    """No user turn may follow it."""
    call, other = tool_call(BAD), tool_call(BAD, "call_8")
    result = "{'role': 'tool', 'tool_call_id': 'call_7', 'content': HINT}"
    turn: dict[str, Any] = {"role": "assistant", "content": "prose", "tool_calls": [call]}
    assert told_after(tickets, calling(call, content="prose")) == f"[{turn}, {result}]"
    turn = {"role": "assistant", "content": None, "tool_calls": [call, other]}
    assert told_after(tickets, calling(call, other)) == (
        f"[{turn}, {result}, {result.replace('_7', '_8')}]"
    )


def test_what_a_provider_wants_back_with_a_call_goes_back(tickets: Client) -> None:
    """Thoughts and their signatures, if they came with a call."""
    call = {**tool_call(BAD), "extra_content": {"google": {"thought_signature": "s"}}}
    text = told_after(tickets, calling(call, reasoning_content="so"))
    assert "'thought_signature': 's'" in text
    assert "'reasoning_content': 'so'" in text
    answer = {"choices": [{"message": {"content": BAD, "reasoning_content": "so"}}]}
    assert "reasoning_content" not in told_after(tickets, answer)


def test_a_call_of_a_function_goes_back_with_its_result(tickets: Client) -> None:
    """In the older form."""
    function = {"name": "ticket", "arguments": BAD}
    answer = {"choices": [{"message": {"content": None, "function_call": function}}]}
    turn = {"role": "assistant", "content": None, "function_call": function}
    result = "{'role': 'function', 'name': 'ticket', 'content': HINT}"
    assert told_after(tickets, answer) == f"[{turn}, {result}]"


@pytest.mark.parametrize("arguments", ['{"title": ', "[]", "no"])
def test_a_call_that_no_template_can_read_goes_back_as_text(
    tickets: Client, arguments: str
) -> None:
    """As do calls without a name."""
    text = [{"role": "assistant", "content": arguments}, {"role": "user", "content": "x"}]
    expected = repr(text).replace("'x'", "HINT")
    assert told_after(tickets, calling(tool_call(arguments))) == expected
    assert told_after(tickets, chat(None, arguments=arguments)) == expected


def test_anthropics_blocks_go_back_as_they_came(tickets: Client) -> None:
    """A tool's result is in the user's turn; thoughts go back after a tool call."""
    thinking = {"type": "thinking", "thinking": "so", "signature": "s"}
    empty = {"type": "text", "text": " "}
    use = {"type": "tool_use", "id": "toolu_1", "name": "ticket", "input": {"title": "t"}}
    text = {"type": "text", "text": BAD}
    result = (
        "{'role': 'user', 'content': [{'type': 'tool_result', 'tool_use_id': 'toolu_1', "
        "'content': HINT, 'is_error': True}]}"
    )
    blocks = {"role": "assistant", "content": [thinking, use]}
    answer = {"content": [thinking, empty, use], "stop_reason": "tool_use"}
    assert told_after(tickets, answer, "message") == f"[{blocks}, {result}]"
    blocks = {"role": "assistant", "content": [text]}
    answer = {"content": [thinking, text], "stop_reason": "end_turn"}
    assert told_after(tickets, answer, "message") == (
        f"[{blocks}, {{'role': 'user', 'content': HINT}}]"
    )


def test_items_of_the_responses_api_go_back_as_they_came(tickets: Client) -> None:
    """With the output of the call, or a user turn."""
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": []}
    call = {"type": "function_call", "call_id": "c", "name": "ticket", "arguments": BAD}
    message = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": BAD}],
    }
    output = "{'type': 'function_call_output', 'call_id': 'c', 'output': HINT}"
    answer = {"object": "response", "output": [reasoning, call]}
    assert told_after(tickets, answer, "response") == f"[{reasoning}, {call}, {output}]"
    answer = {"object": "response", "output": [reasoning, message]}
    assert told_after(tickets, answer, "response") == (
        f"[{reasoning}, {message}, {{'role': 'user', 'content': HINT}}]"
    )


@pytest.mark.parametrize("way", ["completion", "message", "response"])
def test_an_answer_of_another_protocol_goes_back_as_text(tickets: Client, way: str) -> None:
    """So do texts and objects of a custom model."""
    expected = (
        repr([{"role": "assistant", "content": BAD}]) + ", {'role': 'user', 'content': HINT}]"
    )
    expected = expected.replace("}], ", "}, ")
    for answer in (BAD, thing(output_text=BAD), {"model": "m", "done": True, "response": BAD}):
        assert told_after(tickets, answer, way) == expected
    own = {"title": "t", "priority": "urgent"}
    assert "priority" in told_after(tickets, own, way)


def test_turns_alternate_whatever_came(tickets: Client) -> None:
    """As strict chat templates demand; after an empty answer, the same question is repeated."""
    model = Model(chat("no"), chat(""), chat(BAD + BAD), chat(GOOD))
    gate = LLMGate("Tickets", model, client=tickets, max_retries=3)
    result = gate.completion("m", MESSAGES, auto_repair=True)
    assert (result.ok, result.attempts, len(result.repair_hints)) == (True, 4, 2)
    roles = [[turn["role"] for turn in asked["messages"]] for asked in model.asked]
    three = ["user", "assistant", "user"]
    assert roles == [["user"], three, three, [*three, "assistant", "user"]]
    assert "more than one JSON object" in result.repair_hints[1]


def finished(reason: str, content: Any) -> dict[str, Any]:
    """Make a chat completion that ended in some way."""
    return {"choices": [{"message": {"content": content}, "finish_reason": reason}]}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (finished("length", '{"title'), "cut_off"),
        (finished("content_filter", ""), "refusal"),
        ({"choices": [{"message": {"refusal": "no"}}]}, "refusal"),
        ({"error": {"message": "no"}}, "error"),
        (finished("error", None), "failed"),
        ({"choices": [{"message": {"content": GOOD}}] * 2}, "several_choices"),
        (iter([]), "stream"),
        (None, "unknown"),
    ],
)
def test_what_no_hint_can_mend_is_not_asked_again(
    tickets: Client, answer: Any, reason: str
) -> None:
    """Least of all with the same limit; the answer is kept on the error."""
    model = Model(answer)
    gate = LLMGate("Tickets", model, client=tickets)
    with pytest.raises(LLMResponseError) as caught:
        gate.completion("m", MESSAGES, auto_repair=True)
    assert (caught.value.reason, len(model.asked)) == (reason, 1)
    assert caught.value.response is answer


def test_a_cut_off_answer_is_asked_again_if_that_is_asked_for(tickets: Client) -> None:
    """With the part that came."""
    text = told_after(tickets, finished("length", '{"title'), repair_cut_off=True)
    assert text.startswith("[{'role': 'assistant', 'content': '{\"title'}, {'role': 'user'")


def test_a_gate_can_choose_the_tool(tickets: Client) -> None:
    """And the hint tells the model to call it."""
    note = tool_call("{}", "call_1", "note")
    gate = LLMGate("Tickets", Model(calling(note, tool_call(GOOD))), client=tickets, tool="ticket")
    assert gate.completion("m", MESSAGES).ok
    model = Model(calling(note), calling(tool_call(GOOD)))
    gate = LLMGate("Tickets", model, client=tickets, tool="ticket")
    result = gate.completion("m", MESSAGES, auto_repair=True)
    assert (result.ok, result.repair_hints) == (
        True,
        ["You did not call the tool ticket. Call it, once."],
    )
    with pytest.raises(TypeError, match="expected tool to be a str, got int"):
        LLMGate("Tickets", client=tickets, tool=7)  # type: ignore[arg-type]


def test_an_answer_is_kept_if_the_gateway_fails(tickets: Client) -> None:
    """It was paid for."""
    gate = LLMGate("Ticket", Model(GOOD), client=tickets)
    with pytest.raises(ContractGateError, match="no contract named") as caught:
        gate.completion("m", MESSAGES)
    assert caught.value.llm_response == GOOD  # type: ignore[attr-defined]


def test_an_answer_is_kept_whatever_the_gateway_answers(gateway_with_tickets: LocalGateway) -> None:
    """Whether a server error or nothing at all; with both gates."""
    gateway = gateway_with_tickets
    options: Any = {"api_key": gateway.api_key, "transport": gateway.transport}
    faults: list[FaultKind] = ["server_error", "reset_before"]
    for kind in faults:
        gateway.faults.add(kind, route="/egress/*", times=2)
        with Client(gateway.url, **options) as client:
            gate = LLMGate("Tickets", Model(GOOD), client=client)
            with pytest.raises(ContractGateError) as caught:
                gate.completion("m", MESSAGES)
        assert caught.value.llm_response == GOOD  # type: ignore[attr-defined]

        async def use() -> None:
            async with AsyncClient(gateway.url, **options) as client:
                await AsyncLLMGate("Tickets", AsyncModel(GOOD), client=client).message("m", [])

        with pytest.raises(ContractGateError) as caught:
            anyio.run(use)
        assert caught.value.llm_response == GOOD  # type: ignore[attr-defined]


def test_arguments_are_checked_before_the_model_is_asked(tickets: Client) -> None:
    """Messages that are a text, a request for several answers, a client without the method."""
    model = Model()
    gate = LLMGate("Tickets", model, client=tickets)
    for wrong in ("a ticket", b"a ticket", {"role": "user"}):
        with pytest.raises(TypeError, match="expected the messages of a conversation in a list"):
            gate.completion("m", wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected to ask for one answer, got n=2"):
        gate.completion("m", MESSAGES, n=2)
    with pytest.raises(
        TypeError, match=r"expected an llm with the method chat\.completions\.create"
    ):
        LLMGate("Tickets", thing(), client=tickets).completion("m", MESSAGES)
    assert model.asked == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("contract_id", "a str"),
        ("version", "a str"),
        ("disposition", "a str"),
        ("tool", "a str"),
        ("max_retries", "an int"),
        ("repair_prompt", "a function"),
    ],
)
def test_what_a_gate_is_told_is_checked(name: str, words: str, tickets: Client) -> None:
    """When it is made, not after an answer was paid for."""
    given: dict[str, Any] = {"contract_id": "Tickets", name: 1.5}
    with pytest.raises(TypeError, match=f"expected {name} to be {words}, got float"):
        LLMGate(**given, client=tickets)


def test_a_model_with_odd_attributes_is_no_fault(tickets: Client) -> None:
    """What cannot be seen before a call is not checked strictly."""

    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise LookupError(name)

    gate = LLMGate(str(uuid.uuid4()), Odd(), client=tickets)
    with pytest.raises(ContractGateError):
        gate.validate_only(GOOD)


def test_one_text_of_the_user_will_do_for_the_responses_api(tickets: Client) -> None:
    """It becomes the first turn."""
    model = Model(thing(output_text=GOOD))
    assert LLMGate("Tickets", model, client=tickets).response("m", "a ticket, please").ok
    assert model.asked[0]["input"] == MESSAGES


def wrapped(function: Any) -> Any:
    """Wrap a function as OpenAI's package does."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize("path", ["chat.completions", "messages", "responses"])
@pytest.mark.parametrize("wrap", [lambda f: f, wrapped, functools.partial])
def test_a_model_of_the_other_kind_is_refused_on_entry(path: str, wrap: Any) -> None:
    """As far as it can be detected; nothing was asked, and nothing paid."""

    async def later(**_: Any) -> Any:
        raise NotImplementedError

    def now(**_: Any) -> Any:
        raise NotImplementedError

    def client(create: Any) -> Any:
        made = thing(create=wrap(create))
        for name in reversed(path.split(".")):
            made = thing(**{name: made})
        return made

    with pytest.raises(TypeError, match=f"expected an llm with plain methods .* async {path}"):
        LLMGate("Tickets", client(later), api_key="cg_live_0123", base_url="https://gw")
    with pytest.raises(TypeError, match=f"expected an llm with async methods .* plain {path}"):
        AsyncLLMGate("Tickets", client(now), api_key="cg_live_0123", base_url="https://gw")
    AsyncLLMGate("Tickets", client(later), api_key="cg_live_0123", base_url="https://gw")
    LLMGate("Tickets", client(now), api_key="cg_live_0123", base_url="https://gw").close()


def test_a_client_of_the_other_kind_is_refused_on_entry(tickets: Client) -> None:
    """Both say what was expected."""
    with pytest.raises(TypeError, match="expected client to be of type AsyncClient, got Client"):
        AsyncLLMGate("Tickets", client=tickets)  # type: ignore[arg-type]
    other = AsyncClient("https://gw", "cg_live_0123")
    with pytest.raises(TypeError, match="expected client to be of type Client, got AsyncClient"):
        LLMGate("Tickets", client=other)  # type: ignore[arg-type]


def test_a_coroutine_is_not_begun(tickets: Client) -> None:
    """If the model looked plain, it has not been asked yet."""
    model = AsyncModel(chat(GOOD))
    plain = thing(messages=thing(create=lambda **arguments: model.create(**arguments)))
    gate = LLMGate("Tickets", plain, client=tickets)
    with pytest.raises(TypeError, match="got a coroutine, which was not run; use AsyncLLMGate"):
        gate.message("m", MESSAGES)
    assert model.asked == []


def test_an_answer_on_its_way_is_kept(tickets: Client) -> None:
    """On the error."""

    class Coming:
        """Stands for a future."""

        def __await__(self) -> Any:
            raise NotImplementedError

    answer = Coming()
    gate = LLMGate("Tickets", thing(messages=thing(create=lambda **_: answer)), client=tickets)
    with pytest.raises(LLMResponseError, match="that must be awaited") as caught:
        gate.message("m", MESSAGES)
    assert caught.value.response is answer


def test_it_is_asked_only_so_often(tickets: Client) -> None:
    """Then the last result is returned, or the last error raised."""
    gate = LLMGate(contract_id="Tickets", llm=Model(*[chat(BAD)] * 9), client=tickets)
    assert gate.completion("m", MESSAGES, auto_repair=True).attempts == 3
    none = LLMGate(contract_id="Tickets", llm=Model(chat("no")), client=tickets, max_retries=-1)
    with pytest.raises(LLMResponseError):
        none.completion("m", MESSAGES, auto_repair=True)
    with pytest.warns(UserWarning, match="max_retries=9 is more than 5; 5 is used") as warned:
        most = LLMGate(
            contract_id="Tickets", llm=Model(*[chat(BAD)] * 9), client=tickets, max_retries=9
        )
    assert warned[0].filename == __file__
    assert most.completion("m", MESSAGES, auto_repair=True).attempts == 6


def test_the_hint_can_be_ones_own(tickets: Client) -> None:
    """Made from the violations."""
    model = Model(chat(BAD), chat(GOOD))
    gate = LLMGate(
        contract_id="Tickets",
        llm=model,
        client=tickets,
        repair_prompt=lambda violations: f"mend {violations[0].field}",
    )
    assert gate.completion("m", MESSAGES, auto_repair=True).repair_hints == ["mend priority"]


def test_anthropics_protocol(tickets: Client) -> None:
    """With a limit on the length of answers."""
    model = Model(thing(content=[thing(type="text", text=GOOD)]))
    gate = LLMGate(contract_id="Tickets", llm=model, client=tickets)
    assert gate.message("m", MESSAGES, max_tokens=7).ok
    assert model.asked[0]["max_tokens"] == 7


def test_a_stream_is_refused_before_the_model_is_asked(tickets: Client) -> None:
    """And `stream=False` is not passed on."""
    model = Model(chat(GOOD))
    gate = LLMGate(contract_id="Tickets", llm=model, client=tickets)
    with pytest.raises(LLMResponseError, match="stream=True"):
        gate.completion("m", MESSAGES, stream=True)
    assert model.asked == []
    gate.completion("m", MESSAGES, stream=False)
    assert "stream" not in model.asked[0]


def test_without_a_model_answers_can_still_be_checked(tickets: Client) -> None:
    """With a dry run, nothing is stored."""
    gate = LLMGate(contract_id="Tickets", client=tickets, disposition="tag")
    with pytest.raises(ValueError, match="expected an llm"):
        gate.completion("m", MESSAGES)
    result = gate.validate_only(BAD, dry_run=True)
    assert (result.ok, result.payload["priority"]) == (False, "urgent")
    assert list(tickets.iter_audit()) == []
    assert gate.validate_only(GOOD).ok
    assert len(list(tickets.iter_audit())) == 1


def test_a_prompt_is_masked(tickets: Client) -> None:
    """With a dry run of an ingest."""
    gate = LLMGate(contract_id="Tickets", client=tickets)
    prompt = {"title": "t", "priority": "low", "email": "alice@example.com"}
    masked = gate.mask_prompt(prompt, prompt_contract_id="Tickets")
    assert masked["email"] == "****"
    assert list(tickets.iter_audit()) == []


def test_a_contract_is_named_by_id_or_by_name(tickets: Client) -> None:
    """A name must belong to exactly one contract."""
    contract_id = tickets.list_contracts()[0].id
    assert LLMGate(contract_id=contract_id, client=tickets).validate_only(GOOD).ok
    with pytest.raises(ContractGateError, match="no contract named 'Ticket'; there are: Tickets"):
        LLMGate(contract_id="Ticket", client=tickets).validate_only(GOOD)
    tickets.create_contract("Tickets", YAML)
    with pytest.raises(ContractGateError, match="2 contracts are named 'Tickets'"):
        LLMGate(contract_id="Tickets", client=tickets).validate_only(GOOD)


def test_other_refusals_are_errors(tickets: Client) -> None:
    """Only a verdict is a result."""
    contract_id = tickets.list_contracts()[0].id
    with pytest.raises(HTTPError, match="Version 9 not found"):
        LLMGate(contract_id=contract_id, client=tickets, version="9").validate_only(GOOD)


def test_a_gate_closes_the_client_that_it_made(tickets: Client) -> None:
    """But not one that it was given."""
    with LLMGate("Tickets", api_key="cg_x", base_url="https://gw") as gate:
        made = gate._client
    assert made.is_closed
    with LLMGate("Tickets", client=tickets):
        pass
    assert not tickets.is_closed


@pytest.fixture
def gateway_with_tickets(gateway: LocalGateway) -> LocalGateway:
    """A gateway that has the contract."""
    with Client(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        client.deploy("Tickets", YAML)
    return gateway


@pytest.mark.anyio
async def test_the_async_gate_does_the_same(gateway_with_tickets: LocalGateway) -> None:
    """With a model that is awaited."""
    gateway = gateway_with_tickets
    model = AsyncModel(chat("no"), chat(BAD), chat(GOOD), thing(output_text=GOOD))
    async with AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        async with AsyncLLMGate("Tickets", model, client=client) as gate:
            result = await gate.completion("m", MESSAGES, auto_repair=True)
            assert (result.ok, result.attempts, len(result.repair_hints)) == (True, 3, 2)
            assert (await gate.message("m", MESSAGES)).ok
            assert not (await gate.validate_only(BAD)).ok
            masked = await gate.mask_prompt(
                {"title": "t", "priority": "low", "email": "a@b"}, prompt_contract_id="Tickets"
            )
            assert masked["email"] == "****"
        assert not client.is_closed
    async with AsyncLLMGate("Tickets", api_key="cg_x", base_url="https://gw") as own:
        made = own._client
    assert made.is_closed


@pytest.mark.anyio
async def test_an_answer_that_came_at_once_is_used(gateway_with_tickets: LocalGateway) -> None:
    """It was paid for."""
    gateway = gateway_with_tickets
    model = thing(messages=thing(create=lambda **_: GOOD))
    async with AsyncClient(gateway.url, gateway.api_key, transport=gateway.transport) as client:
        assert (await AsyncLLMGate("Tickets", model, client=client).message("m", MESSAGES)).ok


def test_both_gates_have_the_same_methods() -> None:
    """With the same arguments."""
    pairs = {"close": "aclose", "__init__": "__init__"}
    for name in (
        "__init__",
        "completion",
        "message",
        "response",
        "validate_only",
        "mask_prompt",
        "close",
    ):
        one = getattr(LLMGate, name)
        other = getattr(AsyncLLMGate, pairs.get(name, name))
        left, right = inspect.signature(one), inspect.signature(other)
        assert str(left).replace("AsyncClient", "Client") == str(right).replace(
            "AsyncClient", "Client"
        )
        if name not in pairs:
            assert one.__doc__ == other.__doc__
