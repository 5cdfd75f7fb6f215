"""An egress guard for what a language model answers.

It takes the JSON object out of an answer, sends it through the gateway's egress, and can ask the
model again with the violations as hints. No provider's package is needed or imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar

from contractgate_http._extract import LLMResponseError, extract_json
from contractgate_http._gate import (
    MAX_RETRIES_CAP,
    Gate,
    LLMGateResult,
    Messages,
    Question,
    RepairPrompt,
    Steps,
)
from contractgate_http.async_client import AsyncClient
from contractgate_http.client import Client

__all__ = [
    "MAX_RETRIES_CAP",
    "AsyncLLMGate",
    "LLMGate",
    "LLMGateResult",
    "LLMResponseError",
    "extract_json",
]

T = TypeVar("T")

HOSTED = "https://api.datacontractgate.com"
"""The hosted gateway. Source: docs/spec/gateway-http.md, section 1."""


def _nobody(messages: Any) -> Any:
    raise AssertionError("nothing is asked where an answer is only checked")


class LLMGate(Gate):
    """Checks what a language model answers by a contract, before it goes on.

    Args:
        contract_id: The contract's id or its name.
        llm: The provider's client, such as `OpenAI()` or `Anthropic()`; `validate_only` needs none.
        api_key: The gateway's key; by default, the environment variable `CONTRACTGATE_API_KEY`.
        base_url: Where the gateway is.
        version: The version to check by; by default the latest stable one.
        disposition: What becomes of an answer that fails; see `Client.egress`.
        max_retries: How often to ask again, at most 5.
        repair_prompt: Makes the hint of broken rules.
        client: A client to use; it is not closed with the gate.
    """

    def __init__(  # noqa: PLR0913 - what a gate can be told
        self,
        contract_id: str,
        llm: Any = None,
        *,
        api_key: Optional[str] = None,
        base_url: str = HOSTED,
        version: Optional[str] = None,
        disposition: Optional[str] = None,
        max_retries: int = 2,
        repair_prompt: Optional[RepairPrompt] = None,
        client: Optional[Client] = None,
    ) -> None:
        super().__init__(contract_id, version, disposition, max_retries, repair_prompt)
        self._llm = llm
        self._owns_client = client is None
        self._client = Client(base_url, api_key) if client is None else client

    def completion(
        self,
        model: str,
        messages: Messages,
        *,
        auto_repair: bool = False,
        **provider_kwargs: Any,
    ) -> LLMGateResult:
        """Ask by OpenAI's protocol, `llm.chat.completions.create`, and check the answer.

        Args:
            model: The model.
            messages: The conversation.
            auto_repair: Ask again with the violations as hints.
            **provider_kwargs: Further arguments of the provider.

        Returns:
            What came of the last answer.

        Raises:
            LLMResponseError: There is no JSON object in it, or a stream was asked for.
            ValueError: The gate has no `llm`.
        """
        create = _method(self._llm, provider_kwargs, "chat", "completions", "create")

        def ask(told: list[Mapping[str, Any]]) -> Any:
            return create(model=model, messages=told, **provider_kwargs)

        return self._do(self._converse(messages, auto_repair=auto_repair), ask)

    def message(
        self,
        model: str,
        messages: Messages,
        *,
        max_tokens: int = 1024,
        auto_repair: bool = False,
        **provider_kwargs: Any,
    ) -> LLMGateResult:
        """Ask by Anthropic's protocol, `llm.messages.create`, and check the answer.

        Args:
            model: The model.
            messages: The conversation.
            max_tokens: How long an answer may be, in tokens.
            auto_repair: Ask again with the violations as hints.
            **provider_kwargs: Further arguments of the provider.

        Returns:
            What came of the last answer.

        Raises:
            LLMResponseError: There is no JSON object in it, or a stream was asked for.
            ValueError: The gate has no `llm`.
        """
        create = _method(self._llm, provider_kwargs, "messages", "create")

        def ask(told: list[Mapping[str, Any]]) -> Any:
            return create(model=model, messages=told, max_tokens=max_tokens, **provider_kwargs)

        return self._do(self._converse(messages, auto_repair=auto_repair), ask)

    def validate_only(self, response: Any, *, dry_run: bool = False) -> LLMGateResult:
        """Check an answer that is there already.

        Args:
            response: The answer.
            dry_run: Check only, and store nothing.

        Returns:
            What came of it.

        Raises:
            LLMResponseError: There is no JSON object in it.
        """
        return self._do(self._judge(response, dry_run=dry_run, attempts=1, hints=[]))

    def mask_prompt(self, payload: dict[str, Any], *, prompt_contract_id: str) -> dict[str, Any]:
        """Apply a contract's transforms to what goes into a prompt.

        Args:
            payload: What goes into the prompt.
            prompt_contract_id: The contract that has the transforms, by id or name.

        Returns:
            The payload, masked.
        """
        return self._do(self._mask(payload, prompt_contract_id))

    def close(self) -> None:
        """Close the client, if the gate made it."""
        if self._owns_client:
            self._client.close()

    def __enter__(self) -> LLMGate:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def _do(self, steps: Steps[T], ask: Callable[[Any], Any] = _nobody) -> T:
        came: Any = None
        while True:
            try:
                step = steps.send(came)
            except StopIteration as done:
                value: T = done.value
                return value
            came = ask(step.messages) if isinstance(step, Question) else self._client.run(step)


class AsyncLLMGate(Gate):
    """`LLMGate` with `await`.

    Args:
        contract_id: The contract's id or its name.
        llm: The provider's async client; `validate_only` needs none.
        api_key: The gateway's key; by default, the environment variable `CONTRACTGATE_API_KEY`.
        base_url: Where the gateway is.
        version: The version to check by; by default the latest stable one.
        disposition: What becomes of an answer that fails; see `AsyncClient.egress`.
        max_retries: How often to ask again, at most 5.
        repair_prompt: Makes the hint of broken rules.
        client: A client to use; it is not closed with the gate.
    """

    def __init__(  # noqa: PLR0913 - what a gate can be told
        self,
        contract_id: str,
        llm: Any = None,
        *,
        api_key: Optional[str] = None,
        base_url: str = HOSTED,
        version: Optional[str] = None,
        disposition: Optional[str] = None,
        max_retries: int = 2,
        repair_prompt: Optional[RepairPrompt] = None,
        client: Optional[AsyncClient] = None,
    ) -> None:
        super().__init__(contract_id, version, disposition, max_retries, repair_prompt)
        self._llm = llm
        self._owns_client = client is None
        self._client = AsyncClient(base_url, api_key) if client is None else client

    async def completion(
        self,
        model: str,
        messages: Messages,
        *,
        auto_repair: bool = False,
        **provider_kwargs: Any,
    ) -> LLMGateResult:
        """Ask by OpenAI's protocol, `llm.chat.completions.create`, and check the answer.

        Args:
            model: The model.
            messages: The conversation.
            auto_repair: Ask again with the violations as hints.
            **provider_kwargs: Further arguments of the provider.

        Returns:
            What came of the last answer.

        Raises:
            LLMResponseError: There is no JSON object in it, or a stream was asked for.
            ValueError: The gate has no `llm`.
        """
        create = _method(self._llm, provider_kwargs, "chat", "completions", "create")

        def ask(told: list[Mapping[str, Any]]) -> Any:
            return create(model=model, messages=told, **provider_kwargs)

        return await self._do(self._converse(messages, auto_repair=auto_repair), ask)

    async def message(
        self,
        model: str,
        messages: Messages,
        *,
        max_tokens: int = 1024,
        auto_repair: bool = False,
        **provider_kwargs: Any,
    ) -> LLMGateResult:
        """Ask by Anthropic's protocol, `llm.messages.create`, and check the answer.

        Args:
            model: The model.
            messages: The conversation.
            max_tokens: How long an answer may be, in tokens.
            auto_repair: Ask again with the violations as hints.
            **provider_kwargs: Further arguments of the provider.

        Returns:
            What came of the last answer.

        Raises:
            LLMResponseError: There is no JSON object in it, or a stream was asked for.
            ValueError: The gate has no `llm`.
        """
        create = _method(self._llm, provider_kwargs, "messages", "create")

        def ask(told: list[Mapping[str, Any]]) -> Any:
            return create(model=model, messages=told, max_tokens=max_tokens, **provider_kwargs)

        return await self._do(self._converse(messages, auto_repair=auto_repair), ask)

    async def validate_only(self, response: Any, *, dry_run: bool = False) -> LLMGateResult:
        """Check an answer that is there already.

        Args:
            response: The answer.
            dry_run: Check only, and store nothing.

        Returns:
            What came of it.

        Raises:
            LLMResponseError: There is no JSON object in it.
        """
        return await self._do(self._judge(response, dry_run=dry_run, attempts=1, hints=[]))

    async def mask_prompt(
        self, payload: dict[str, Any], *, prompt_contract_id: str
    ) -> dict[str, Any]:
        """Apply a contract's transforms to what goes into a prompt.

        Args:
            payload: What goes into the prompt.
            prompt_contract_id: The contract that has the transforms, by id or name.

        Returns:
            The payload, masked.
        """
        return await self._do(self._mask(payload, prompt_contract_id))

    async def aclose(self) -> None:
        """Close the client, if the gate made it."""
        if self._owns_client:
            await self._client.aclose()

    async def __aenter__(self) -> AsyncLLMGate:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    async def _do(self, steps: Steps[T], ask: Callable[[Any], Any] = _nobody) -> T:
        came: Any = None
        while True:
            try:
                step = steps.send(came)
            except StopIteration as done:
                value: T = done.value
                return value
            if isinstance(step, Question):
                came = await ask(step.messages)
            else:
                came = await self._client.run(step)


def _method(llm: Any, provider_kwargs: dict[str, Any], *path: str) -> Any:
    """Find the provider's method, and leave out the one argument that must not be passed on."""
    if provider_kwargs.pop("stream", False):
        raise LLMResponseError("expected to get complete answers, got stream=True")
    if llm is None:
        raise ValueError("expected an llm, such as LLMGate(..., llm=OpenAI()), got none")
    found = llm
    for name in path:
        found = getattr(found, name)
    return found
