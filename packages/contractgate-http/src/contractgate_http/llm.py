"""An egress guard for the answers of language models.

It extracts the JSON object from an answer, sends it through the gateway's egress, and can ask the
model again with the violations as hints. It imports no provider's package.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar

from contractgate_core._tracebacks import guarded, guarded_async
from contractgate_core.errors import ContractGateError
from contractgate_http._answer import get
from contractgate_http._arguments import check_text
from contractgate_http._base import BaseClient
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
    """A gate that does no waiting; see `LLMGate` for the arguments."""

    _client_class: type[C]

    @guarded
    def __init__(  # noqa: PLR0913 - the settings of a gate
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
        tool: Optional[str] = None,
        repair_cut_off: bool = False,
    ) -> None:
        _check_llm(llm, type(self).__name__, is_async=self._client_class is AsyncClient)
        _check_client(client, self._client_class)
        texts = {"version": version, "disposition": disposition, "tool": tool}
        _check_arguments(contract_id, texts, max_retries, repair_prompt)
        self._guard = Guard(
            contract_id,
            llm,
            version=version,
            disposition=disposition,
            max_retries=max_retries,
            repair_prompt=repair_prompt,
            tool=tool,
            repair_cut_off=repair_cut_off,
        )
        self._owns_client = client is None
        self._client: C = self._client_class(base_url, api_key) if client is None else client


def _check_llm(llm: Any, gate: str, *, is_async: bool) -> None:
    """Check that a provider's client is of the right kind, as far as possible before a call.

    Raises:
        TypeError: It is sync for an async gate, or async for a sync one.
    """
    for path in (("chat", "completions"), ("messages",), ("responses",)):
        create = functools.reduce(get, [*path, "create"], llm)
        if _seen_async(create) is (not is_async):
            wanted, other = ("async", "a plain") if is_async else ("plain", "an async")
            name = ".".join([*path, "create"])
            use = "LLMGate" if is_async else "AsyncLLMGate"
            raise TypeError(
                f"expected an llm with {wanted} methods for {gate}, got {other} {name} of "
                f"{type(llm).__name__}; use {use}"
            )


def _seen_async(function: Any) -> Optional[bool]:
    """Return whether a function is async; None if only a call can tell."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    if inspect.iscoroutinefunction(function):
        return True
    if not inspect.isfunction(function) and not inspect.ismethod(function):
        return inspect.iscoroutinefunction(vars(type(function)).get("__call__")) or None
    told = str(function.__annotations__.get("return", ""))
    may_be = function.__name__ == "<lambda>" or any(
        word in told for word in ("Await", "Coroutine", "Future", "Task")
    )
    return None if may_be else False


def _check_arguments(
    contract_id: object, texts: Mapping[str, object], max_retries: object, repair_prompt: object
) -> None:
    """Check arguments that would otherwise fail only after an answer was paid for.

    Raises:
        TypeError: An argument has a wrong type.
    """
    check_text("contract_id", contract_id)
    for name, text in texts.items():
        if text is not None:
            check_text(name, text)
    if not isinstance(max_retries, int) or isinstance(max_retries, bool):
        raise TypeError(f"expected max_retries to be an int, got {type(max_retries).__name__}")
    if repair_prompt is not None and not callable(repair_prompt):
        kind = type(repair_prompt).__name__
        raise TypeError(f"expected repair_prompt to be a function, got {kind}")


def _check_client(client: Any, wanted: type[BaseClient[Any]]) -> None:
    """Check that a client is of the right kind, sync or async.

    Raises:
        TypeError: It is not.
    """
    if isinstance(client, BaseClient) and not isinstance(client, wanted):
        raise TypeError(
            f"expected client to be of type {wanted.__name__}, got {type(client).__name__}"
        )


def _plain(came: Any) -> Any:
    """Return an answer that needs no awaiting.

    Raises:
        TypeError: It is a coroutine, so the model has not been asked yet.
    """
    if inspect.iscoroutine(came):
        came.close()
        raise TypeError(
            "expected an llm that answers at once, got a coroutine, which was not run; "
            "use AsyncLLMGate"
        )
    return came


def _blocking(
    make: Callable[Concatenate[Guard, P], Steps[T]],
) -> Callable[Concatenate[LLMGate, P], T]:
    """Make the method of an `LLMGate`."""

    @guarded
    @functools.wraps(make)
    def method(self: LLMGate, /, *args: P.args, **kwargs: P.kwargs) -> T:
        steps = make(self._guard, *args, **kwargs)
        came: Any = None
        go_on = steps.send
        while True:
            try:
                step = go_on(came)
            except StopIteration as done:
                value: T = done.value
                return value
            go_on = steps.send
            if isinstance(step, Question):
                came = _plain(step.ask(step.messages))
                continue
            try:
                came = self._client.run(step)
            except ContractGateError as error:
                go_on, came = steps.throw, error

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
        go_on = steps.send
        while True:
            try:
                step = go_on(came)
            except StopIteration as done:
                value: T = done.value
                return value
            go_on = steps.send
            if isinstance(step, Question):
                came = step.ask(step.messages)
                # An answer that came without awaiting was paid for, so it is used.
                came = await came if inspect.isawaitable(came) else came
                continue
            try:
                came = await self._client.run(step)
            except ContractGateError as error:
                go_on, came = steps.throw, error

    describe(method, make, leave_out=1)
    return method


class LLMGate(_BaseGate[Client]):
    """Checks a language model's answers against a contract before they are used.

    Args:
        contract_id: The contract's id or its name.
        llm: The provider's client, such as `OpenAI()` or `Anthropic()`; `validate_only` needs none.
        api_key: The gateway's key; by default, the environment variable `CONTRACTGATE_API_KEY`.
        base_url: Where the gateway is.
        version: The version to check by; by default the latest stable one.
        disposition: What to do with an answer that fails; see `Client.egress`.
        max_retries: How often to ask again, at most 5.
        repair_prompt: Makes the hint from the broken rules.
        client: A client to use; it is not closed with the gate.
        tool: Take the input of this tool, if the model calls tools.
        repair_cut_off: Also ask again after an answer that was cut off; the next may be as long.

    Raises:
        TypeError: An argument has a wrong type, or the `llm` or the client is of the wrong kind,
            sync or async.
    """

    _client_class = Client

    completion = _blocking(Guard.completion)
    message = _blocking(Guard.message)
    response = _blocking(Guard.response)
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
        disposition: What to do with an answer that fails; see `AsyncClient.egress`.
        max_retries: How often to ask again, at most 5.
        repair_prompt: Makes the hint from the broken rules.
        client: A client to use; it is not closed with the gate.
        tool: Take the input of this tool, if the model calls tools.
        repair_cut_off: Also ask again after an answer that was cut off; the next may be as long.

    Raises:
        TypeError: An argument has a wrong type, or the `llm` or the client is of the wrong kind,
            sync or async.
    """

    _client_class = AsyncClient

    completion = _awaiting(Guard.completion)
    message = _awaiting(Guard.message)
    response = _awaiting(Guard.response)
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
