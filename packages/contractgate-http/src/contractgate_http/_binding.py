"""Turns the function that makes a `Call` into the method that makes the call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar

from contractgate_http._call import Call

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

__all__ = ["awaiting", "blocking"]

T = TypeVar("T")


class Runs(Protocol):
    """Makes calls, and waits for the answer."""

    def run(self, call: Call[T], /) -> T:
        """Make a call."""
        ...


class AsyncRuns(Protocol):
    """Makes calls, and awaits the answer."""

    async def run(self, call: Call[T], /) -> T:
        """Make a call."""
        ...


def blocking(make: Callable[P, Call[T]]) -> Callable[Concatenate[Runs, P], T]:
    """Make the method of a `Client`."""

    @functools.wraps(make)
    def method(self: Runs, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(make(*args, **kwargs))

    _describe(method, make)
    return method


def awaiting(make: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncRuns, P], Awaitable[T]]:
    """Make the method of an `AsyncClient`."""

    @functools.wraps(make)
    async def method(self: AsyncRuns, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(make(*args, **kwargs))

    _describe(method, make)
    return method


def _describe(method: Any, make: Callable[..., Any]) -> None:
    """Let `help()` show the method: with `self`, and with the value in place of the call."""
    del method.__wrapped__
    signature = inspect.signature(make)
    value = str(signature.return_annotation)[len("Call[") : -1]
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = signature.replace(
        parameters=[itself, *signature.parameters.values()], return_annotation=value
    )
    method.__annotations__ = {**make.__annotations__, "return": value}
