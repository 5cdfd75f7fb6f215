"""The guard for what language models answer."""

from __future__ import annotations

import inspect
import types
from typing import Any

import pytest

from contractgate_core.errors import ContractGateError, HTTPError
from contractgate_http import (
    AsyncClient,
    AsyncLLMGate,
    Client,
    LLMGate,
    LLMResponseError,
    LocalGateway,
    extract_json,
)

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


@pytest.mark.parametrize(
    "response",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}```",
        f"  ```JSON {GOOD} ```  ",
        {"title": "t", "priority": "low"},
        chat(GOOD),
        chat("prose", arguments=GOOD),
        chat(None, arguments={"title": "t", "priority": "low"}),
        {"choices": [{"message": {"content": GOOD}}]},
        {"choices": [{"message": {"tool_calls": [{"function": {"arguments": GOOD}}]}}]},
        thing(content=[thing(type="tool_use", input={"title": "t", "priority": "low"})]),
        thing(content=[thing(type="text", text="prose"), thing(type="text", text=GOOD)]),
        {"content": [{"type": "text", "text": f"```{GOOD}```"}]},
        thing(output_parsed={"title": "t", "priority": "low"}),
        thing(output_text=GOOD),
    ],
)
def test_the_object_is_found_in_answers_of_all_shapes(response: Any) -> None:
    """Of objects and of dicts, with and without a fence."""
    assert extract_json(response) == {"title": "t", "priority": "low"}


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ("alice said no", "expected a JSON object, got no JSON"),
        ("[1]", "expected a JSON object, got a list"),
        ("", "got no JSON"),
        ("NaN", "got no JSON"),
        ('{"a": 1} {"b": 2}', "got no JSON"),
        ("\ud800", "lone surrogate"),
        ("```" + " " * 100_000, "got no JSON"),
        ("[" * 100_000, "got no JSON"),
        (iter([GOOD]), "got a stream"),
        (7, "got an object of type int"),
        (chat(""), "of type SimpleNamespace"),
        (thing(choices=[]), "of type SimpleNamespace"),
    ],
)
def test_without_an_object_the_error_says_what_came(response: Any, error: str) -> None:
    """And shows nothing of it."""
    with pytest.raises(LLMResponseError, match=error) as caught:
        extract_json(response)
    assert "alice" not in f"{caught.value}{caught.value!r}"


class Model:
    """Stands for a provider's client; answers one thing after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.chat = thing(completions=thing(create=self.create))
        self.messages = thing(create=self.create)

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
    """A client of a gateway that has the contract."""
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
    assert "alice" not in repr(result)


def test_an_answer_that_does_not_conform_is_a_result(tickets: Client) -> None:
    """Nothing of it may go on."""
    gate = LLMGate(contract_id="tickets", llm=Model(chat(BAD)), client=tickets)
    result = gate.completion("m", MESSAGES)
    assert (result.ok, result.attempts, result.payload) == (False, 1, {})
    assert [one.field for one in result.violations] == ["priority"]


def test_the_model_is_asked_again_with_the_violations(tickets: Client) -> None:
    """And with a word where it gave no JSON; what it was told is kept."""
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
        {"role": "user", "content": no_json},
        {"role": "user", "content": broken},
    ]
    assert len(MESSAGES) == 1


def test_it_is_asked_only_so_often(tickets: Client) -> None:
    """Then the last result stands, or the last error."""
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
    """Made of the violations."""
    model = Model(chat(BAD), chat(GOOD))
    gate = LLMGate(
        contract_id="Tickets",
        llm=model,
        client=tickets,
        repair_prompt=lambda violations: f"mend {violations[0].field}",
    )
    assert gate.completion("m", MESSAGES, auto_repair=True).repair_hints == ["mend priority"]


def test_anthropics_protocol(tickets: Client) -> None:
    """With a bound on the length of answers."""
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
    """By a dry run of an ingest."""
    gate = LLMGate(contract_id="Tickets", client=tickets)
    prompt = {"title": "t", "priority": "low", "email": "alice@example.com"}
    masked = gate.mask_prompt(prompt, prompt_contract_id="Tickets")
    assert masked["email"] == "****"
    assert list(tickets.iter_audit()) == []


def test_a_contract_is_named_by_id_or_by_name(tickets: Client) -> None:
    """A name must be that of one contract."""
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
    """And no other."""
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


def test_both_gates_have_the_same_methods() -> None:
    """With the same arguments."""
    pairs = {"close": "aclose", "__init__": "__init__"}
    for name in ("__init__", "completion", "message", "validate_only", "mask_prompt", "close"):
        one = getattr(LLMGate, name)
        other = getattr(AsyncLLMGate, pairs.get(name, name))
        left, right = inspect.signature(one), inspect.signature(other)
        assert str(left).replace("AsyncClient", "Client") == str(right).replace(
            "AsyncClient", "Client"
        )
        if name not in pairs:
            assert one.__doc__ == other.__doc__
