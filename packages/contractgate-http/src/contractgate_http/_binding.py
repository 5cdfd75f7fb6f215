"""Turns a function that builds a `Call` into a client's method that makes it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar

from contractgate_core._tracebacks import guarded, guarded_async
from contractgate_http._call import Call
from contractgate_http._exchange import Begin, Flow

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

__all__ = ["awaiting", "awaiting_flow", "blocking", "blocking_flow", "describe"]

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


class Drives(Protocol):
    """Makes several calls, and waits for their answers."""

    def _exchange(self, call: Call[T]) -> Flow[T]: ...

    def _drive(self, flow: Flow[T]) -> T: ...


class AsyncDrives(Protocol):
    """Makes several calls, and awaits their answers."""

    def _exchange(self, call: Call[T]) -> Flow[T]: ...

    async def _drive(self, flow: Flow[T]) -> T: ...


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


def blocking_flow(
    make: Callable[Concatenate[Begin, P], Flow[T]],
) -> Callable[Concatenate[Drives, P], T]:
    """Make the method of a `Client` for a function that needs several calls."""

    @guarded
    @functools.wraps(make)
    def method(self: Drives, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._drive(make(self._exchange, *args, **kwargs))

    describe(method, make, leave_out=1)
    return method


def awaiting_flow(
    make: Callable[Concatenate[Begin, P], Flow[T]],
) -> Callable[Concatenate[AsyncDrives, P], Awaitable[T]]:
    """Make the method of an `AsyncClient` for a function that needs several calls."""

    @guarded_async
    @functools.wraps(make)
    async def method(self: AsyncDrives, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._drive(make(self._exchange, *args, **kwargs))

    describe(method, make, leave_out=1)
    return method


def describe(method: Any, make: Callable[..., Any], *, leave_out: int = 0) -> None:
    """Give a method the signature that `help()` shows: with `self`, and the value as its result.

    Args:
        method: The method, which wraps `make`.
        make: The function it wraps; its result is annotated as `Call[T]`, or another `...[T]`.
        leave_out: How many of the function's first parameters `self` stands for.
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
