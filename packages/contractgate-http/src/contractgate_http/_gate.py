"""The logic of LLM gates, as generators that yield what to do next. No I/O.

A step is a call of the gateway, or a question to the model. The public methods of `Guard` are those
of both gates.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple, Optional, TypeVar, Union, cast

from contractgate_core._plain import WithJson, plain
from contractgate_core._tracebacks import guarded
from contractgate_core._verdict import Verdict
from contractgate_core.errors import ContractGateError
from contractgate_core.models import EgressResponse
from contractgate_core.results import Violation
from contractgate_http._answer_turns import (
    MakeTurns,
    anthropic_turns,
    chat_turns,
    responses_turns,
)
from contractgate_http._call import Call
from contractgate_http._contract_name import id_of, is_id
from contractgate_http._extract import LLMResponseError, extract_json, read_answer
from contractgate_http.endpoints import contracts, events

__all__ = [
    "MAX_RETRIES_CAP",
    "Guard",
    "LLMGateResult",
    "Messages",
    "Question",
    "RepairPrompt",
    "Steps",
]

T = TypeVar("T")

MAX_RETRIES_CAP = 5
"""How often a model is asked again, at most."""

_NO_JSON = (
    "Your last answer could not be read as JSON. Answer with one JSON object of the required "
    "shape and with nothing else: no explanation, no code fence."
)
_HINTS = {
    "no_json": _NO_JSON,
    "empty": _NO_JSON,
    "several_objects": (
        "Your last answer held more than one JSON object. Answer with one JSON object of the "
        "required shape and with nothing else: no explanation, no code fence."
    ),
    "several_calls": "You called more than one tool. Call one, once.",
    "other_call": "You did not call the tool {tool}. Call it, once.",
    "cut_off": (
        "Your last answer was cut off before its end. Answer again, from the beginning, in fewer "
        "words."
    ),
}
_BROKEN_RULES = (
    "Your last answer broke rules of the data contract. Answer with the corrected JSON object and "
    "with nothing else: no explanation, no code fence. These rules were broken:"
)

Messages = Sequence[Mapping[str, Any]]
RepairPrompt = Callable[[list[Violation]], str]
Ask = Callable[[list[Mapping[str, Any]]], Any]
"""Asks the model, and returns its answer, or an awaitable of it."""


class Question(NamedTuple):
    """Ask the model.

    Attributes:
        ask: Sends the messages.
        messages: The messages to send.
    """

    ask: Ask
    messages: list[Mapping[str, Any]]

    def __repr__(self) -> str:
        return f"<Question of {len(self.messages)} messages>"


Steps = Generator[Union[Call[Any], Question], Any, T]


@dataclass
class LLMGateResult(Verdict, WithJson):
    """The verdict on a model's answer; true if it conforms.

    Attributes:
        ok: It conforms to the contract.
        payload: The cleaned object to use in place of the answer; empty if none may go out.
        violations: Every broken rule of the last answer.
        attempts: How often the model was asked.
        raw_response: The last answer as it came.
        repair_hints: The hints that the model got after answers that failed.
    """

    ok: bool
    payload: dict[str, Any]
    violations: list[Violation]
    attempts: int
    raw_response: Any
    repair_hints: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ok)

    @guarded
    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON, except `raw_response`, which is the provider's.

        Unlike the `repr`, it hides nothing: payload, messages and hints hold values.
        """
        return {
            "ok": self.ok,
            "payload": plain(self.payload),
            "violations": plain(self.violations),
            "attempts": self.attempts,
            "repair_hints": list(self.repair_hints),
        }

    def __repr__(self) -> str:
        from contractgate_core._shown import shown_object  # most are never shown

        return shown_object(self, ("payload", "raw_response", "repair_hints"))


class Guard:
    """Checks what a language model answers; see `LLMGate` for the arguments."""

    def __init__(  # noqa: PLR0913 - the settings of a gate
        self,
        contract_id: str,
        llm: Any,
        *,
        version: Optional[str],
        disposition: Optional[str],
        max_retries: int,
        repair_prompt: Optional[RepairPrompt],
        tool: Optional[str],
        repair_cut_off: bool,
    ) -> None:
        self._contract_id = contract_id
        self._llm = llm
        self._tool = tool
        self._mendable = set(_HINTS) - (set() if repair_cut_off else {"cut_off"})
        self._version = version
        self._disposition = disposition
        self._retries = _capped(max_retries)
        self._repair_prompt = repair_prompt or _hint
        self._ids: dict[str, str] = {}

    def completion(
        self,
        /,
        model: str,
        messages: Messages,
        *,
        auto_repair: bool = False,
        **provider_kwargs: Any,
    ) -> Steps[LLMGateResult]:
        """Ask by OpenAI's protocol, `llm.chat.completions.create`, and check the answer.

        Args:
            model: The model.
            messages: The conversation.
            auto_repair: Ask again with the violations as hints.
            **provider_kwargs: Further arguments of the provider.

        Returns:
            The verdict on the last answer.

        Raises:
            LLMResponseError: The answer holds no JSON object, or a stream was asked for.
            TypeError: The `llm` has no such method, or the messages are not a list.
            ValueError: The gate has no `llm`, or several answers were asked for.
        """
        create = self._method(provider_kwargs, "chat", "completions", "create")

        def ask(told: list[Mapping[str, Any]]) -> Any:
            return create(model=model, messages=told, **provider_kwargs)

        return self._converse(ask, messages, chat_turns, auto_repair=auto_repair)

    def message(
        self,
        /,
        model: str,
        messages: Messages,
        *,
        max_tokens: int = 1024,
        auto_repair: bool = False,
        **provider_kwargs: Any,
    ) -> Steps[LLMGateResult]:
        """Ask by Anthropic's protocol, `llm.messages.create`, and check the answer.

        Args:
            model: The model.
            messages: The conversation.
            max_tokens: How long an answer may be, in tokens.
            auto_repair: Ask again with the violations as hints.
            **provider_kwargs: Further arguments of the provider.

        Returns:
            The verdict on the last answer.

        Raises:
            LLMResponseError: The answer holds no JSON object, or a stream was asked for.
            TypeError: The `llm` has no such method, or the messages are not a list.
            ValueError: The gate has no `llm`, or several answers were asked for.
        """
        create = self._method(provider_kwargs, "messages", "create")

        def ask(told: list[Mapping[str, Any]]) -> Any:
            return create(model=model, messages=told, max_tokens=max_tokens, **provider_kwargs)

        return self._converse(ask, messages, anthropic_turns, auto_repair=auto_repair)

    def response(
        self,
        /,
        model: str,
        input: Union[str, Messages],  # noqa: A002 - its name in the protocol
        *,
        auto_repair: bool = False,
        **provider_kwargs: Any,
    ) -> Steps[LLMGateResult]:
        """Ask by OpenAI's Responses API, `llm.responses.create`, and check the answer.

        Args:
            model: The model.
            input: The conversation, or one text of the user.
            auto_repair: Ask again with the violations as hints.
            **provider_kwargs: Further arguments of the provider.

        Returns:
            The verdict on the last answer.

        Raises:
            LLMResponseError: The answer holds no JSON object, or a stream was asked for.
            TypeError: The `llm` has no such method.
            ValueError: The gate has no `llm`.
        """
        create = self._method(provider_kwargs, "responses", "create")
        messages = [{"role": "user", "content": input}] if isinstance(input, str) else input

        def ask(told: list[Mapping[str, Any]]) -> Any:
            return create(model=model, input=told, **provider_kwargs)

        return self._converse(ask, messages, responses_turns, auto_repair=auto_repair)

    def validate_only(self, response: Any, *, dry_run: bool = False) -> Steps[LLMGateResult]:
        """Check an answer that you already have.

        Args:
            response: The answer.
            dry_run: Check only, and store nothing.

        Returns:
            The verdict on it.

        Raises:
            LLMResponseError: The answer holds no JSON object.
        """
        return self._judge(response, dry_run=dry_run, attempts=1, hints=[])

    def mask_prompt(
        self, payload: dict[str, Any], *, prompt_contract_id: str
    ) -> Steps[dict[str, Any]]:
        """Apply a contract's transforms to data for a prompt.

        Args:
            payload: The data for the prompt.
            prompt_contract_id: The contract that has the transforms, by id or name.

        Returns:
            The payload, masked.
        """
        contract_id = yield from self._find(prompt_contract_id)
        checked = yield events.ingest(contract_id, [payload], dry_run=True)
        masked = _object(checked.results[0].transformed_event if checked.results else None)
        if masked is None:
            raise ContractGateError("expected the gateway to return the transformed event")
        return masked

    def _method(self, provider_kwargs: dict[str, Any], *path: str) -> Any:
        """Find the provider's method, and remove the one argument that must not be passed on."""
        if provider_kwargs.pop("stream", False):
            raise LLMResponseError("expected to ask for a complete answer, got stream=True")
        if provider_kwargs.get("n") not in (None, 1):
            raise ValueError(f"expected to ask for one answer, got n={provider_kwargs['n']}")
        if self._llm is None:
            raise ValueError("expected an llm, such as LLMGate(..., llm=OpenAI()), got none")
        found = self._llm
        for name in path:
            found = getattr(found, name, None)
        if not callable(found):
            raise TypeError(
                f"expected an llm with the method {'.'.join(path)}, got {type(self._llm).__name__}"
            )
        return found

    def _find(self, contract: str) -> Steps[str]:
        """Return the id of a contract given by its id or name."""
        if is_id(contract):
            return contract
        if contract not in self._ids:
            self._ids[contract] = id_of((yield contracts.list_contracts()), contract)
        return self._ids[contract]

    def _judge(
        self, response: Any, *, dry_run: bool, attempts: int, hints: list[str]
    ) -> Steps[LLMGateResult]:
        payload = extract_json(response, tool=self._tool)
        contract_id = yield from self._find(self._contract_id)
        verdict: EgressResponse = yield events.egress(
            contract_id,
            [payload],
            version=self._version,
            disposition=self._disposition,
            dry_run=dry_run,
        )
        cleaned = verdict.payload[0] if verdict.payload else None
        return LLMGateResult(
            ok=verdict.failed == 0,
            payload=_object(cleaned) or {},
            violations=list(verdict.outcomes[0].violations) if verdict.outcomes else [],
            attempts=attempts,
            raw_response=response,
            repair_hints=list(hints),
        )

    def _converse(
        self, ask: Ask, messages: Messages, make_turns: MakeTurns, *, auto_repair: bool
    ) -> Steps[LLMGateResult]:
        """Ask until an answer passes, or the retries are used up."""
        if isinstance(messages, (str, bytes, Mapping)):
            kind = type(messages).__name__
            raise TypeError(f"expected the messages of a conversation in a list, got a {kind}")
        told = list(messages)
        hints: list[str] = []
        last = 1 + (self._retries if auto_repair else 0)
        attempt = 0
        while True:
            attempt += 1
            response = yield Question(ask, told)
            try:
                result = yield from self._judge(
                    response, dry_run=False, attempts=attempt, hints=hints
                )
            except LLMResponseError as error:
                if attempt == last or error.reason not in self._mendable:
                    raise
                hint = _HINTS[error.reason].format(tool=self._tool)
                turns = [] if error.reason == "empty" else make_turns(read_answer(response), hint)
            except ContractGateError as error:
                error.llm_response = response  # type: ignore[attr-defined]  # it was paid for
                raise
            else:
                if result.ok or attempt == last:
                    return result
                hint = self._repair_prompt(result.violations)
                turns = make_turns(read_answer(response), hint)
            if turns:  # else the answer was empty, with nothing to reply to
                hints.append(hint)
                told = [*told, *turns]


def _object(value: Any) -> Optional[dict[str, Any]]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _capped(retries: int) -> int:
    if retries > MAX_RETRIES_CAP:
        warnings.warn(
            f"max_retries={retries} is more than {MAX_RETRIES_CAP}; {MAX_RETRIES_CAP} is used",
            stacklevel=5,
        )
    return max(0, min(retries, MAX_RETRIES_CAP))


def _hint(violations: list[Violation]) -> str:
    return "\n".join([_BROKEN_RULES, *(f"- {one.field}: {one.message}" for one in violations)])
