"""An egress guard for what a language model answers.

It takes the JSON object out of an answer, sends it through the gateway's egress, and can ask the
model again with the violations as hints. No provider's package is needed or imported.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar

from contractgate_core._tracebacks import guarded, guarded_async
from contractgate_http._binding import describe
from contractgate_http._extract import LLMResponseError, extract_json
from contractgate_http._gate import (
    MAX_RETRIES_CAP,
    Guard,
    LLMGateResult,
    Question,
    RepairPrompt,
    Steps,
)
from contractgate_http.async_client import AsyncClient
from contractgate_http.client import Client

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

__all__ = [
    "MAX_RETRIES_CAP",
    "AsyncLLMGate",
    "LLMGate",
    "LLMGateResult",
    "LLMResponseError",
    "extract_json",
]

C = TypeVar("C", Client, AsyncClient)
T = TypeVar("T")

HOSTED = "https://api.datacontractgate.com"
"""The hosted gateway. Source: docs/spec/gateway-http.md, section 1."""


class _BaseGate(Generic[C]):
    """A gate without a way to wait; see `LLMGate` for the arguments."""

    _client_class: type[C]

    @guarded
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
        client: Optional[C] = None,
    ) -> None:
        self._guard = Guard(
            contract_id,
            llm,
            version=version,
            disposition=disposition,
            max_retries=max_retries,
            repair_prompt=repair_prompt,
        )
        self._owns_client = client is None
        self._client: C = self._client_class(base_url, api_key) if client is None else client


def _blocking(
    make: Callable[Concatenate[Guard, P], Steps[T]],
) -> Callable[Concatenate[LLMGate, P], T]:
    """Make the method of an `LLMGate`."""

    @guarded
    @functools.wraps(make)
    def method(self: LLMGate, /, *args: P.args, **kwargs: P.kwargs) -> T:
        steps = make(self._guard, *args, **kwargs)
        came: Any = None
        while True:
            try:
                step = steps.send(came)
            except StopIteration as done:
                value: T = done.value
                return value
            came = step.ask(step.messages) if isinstance(step, Question) else self._client.run(step)

    describe(method, make, leave_out=1)
    return method


def _awaiting(
    make: Callable[Concatenate[Guard, P], Steps[T]],
) -> Callable[Concatenate[AsyncLLMGate, P], Awaitable[T]]:
    """Make the method of an `AsyncLLMGate`."""

    @guarded_async
    @functools.wraps(make)
    async def method(self: AsyncLLMGate, /, *args: P.args, **kwargs: P.kwargs) -> T:
        steps = make(self._guard, *args, **kwargs)
        came: Any = None
        while True:
            try:
                step = steps.send(came)
            except StopIteration as done:
                value: T = done.value
                return value
            if isinstance(step, Question):
                came = await step.ask(step.messages)
            else:
                came = await self._client.run(step)

    describe(method, make, leave_out=1)
    return method


class LLMGate(_BaseGate[Client]):
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

    _client_class = Client

    completion = _blocking(Guard.completion)
    message = _blocking(Guard.message)
    validate_only = _blocking(Guard.validate_only)
    mask_prompt = _blocking(Guard.mask_prompt)

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


class AsyncLLMGate(_BaseGate[AsyncClient]):
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

    _client_class = AsyncClient

    completion = _awaiting(Guard.completion)
    message = _awaiting(Guard.message)
    validate_only = _awaiting(Guard.validate_only)
    mask_prompt = _awaiting(Guard.mask_prompt)

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
