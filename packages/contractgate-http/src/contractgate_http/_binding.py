"""Turns the function that makes a `Call` into the method that makes the call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar

from contractgate_core._tracebacks import guarded, guarded_async
from contractgate_http._call import Call

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

__all__ = ["awaiting", "blocking", "describe"]

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

    @guarded
    @functools.wraps(make)
    def method(self: Runs, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(make(*args, **kwargs))

    describe(method, make)
    return method


def awaiting(make: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncRuns, P], Awaitable[T]]:
    """Make the method of an `AsyncClient`."""

    @guarded_async
    @functools.wraps(make)
    async def method(self: AsyncRuns, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(make(*args, **kwargs))

    describe(method, make)
    return method


def describe(method: Any, make: Callable[..., Any], *, leave_out: int = 0) -> None:
    """Let `help()` show the method: with `self`, and with the value in place of what makes it.

    Args:
        method: The method, which wraps `make`.
        make: What it was made of; its result is annotated as `Call[T]`, or another `...[T]`.
        leave_out: How many of its first parameters `self` stands for.
    """
    del method.__wrapped__
    signature = inspect.signature(make)
    value = str(signature.return_annotation).partition("[")[2][:-1]
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    left_out = list(signature.parameters)[:leave_out]
    method.__signature__ = signature.replace(
        parameters=[itself, *list(signature.parameters.values())[leave_out:]],
        return_annotation=value,
    )
    annotations = {**make.__annotations__, "return": value}
    method.__annotations__ = {k: v for k, v in annotations.items() if k not in left_out}
