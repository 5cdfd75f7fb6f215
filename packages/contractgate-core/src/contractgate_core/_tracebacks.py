"""What tracebacks show of a call: one frame of ours, without its arguments, and nothing below it.

A traceback keeps the frames that an error passed through, and frames keep their arguments and
locals: events, keys, bytes. Whatever renders locals shows them: pytest, `rich`, error trackers. So
every public call forgets its arguments and passes its error through `cut`, which drops the frames
below. Without an error, this costs nothing.
"""

from __future__ import annotations

import functools
import os
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar, cast

__all__ = ["VARIABLE", "cut", "guarded", "guarded_async"]

__tracebackhide__ = True  # by pytest, which then shows the user's own line

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE = "CONTRACTGATE_TRACEBACKS"
"""The environment variable that keeps tracebacks whole, for debugging, if it is `full`."""

_OURS = frozenset({"contractgate", "contractgate_arrow", "contractgate_core", "contractgate_http"})

_NETWORK = frozenset(
    {
        *("anyio", "asyncio", "concurrent", "h11", "h2", "hpack", "httpcore", "httpx", "outcome"),
        *("selectors", "socket", "socksio", "sniffio", "ssl", "trio", "uvloop"),
    }
)
"""Packages that a request goes through; their frames and causes hold headers and bodies."""

_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - pathlib loads slowly


def cut(error: BaseException) -> None:
    """Drop the frames below a public call from the traceback of the error that it raises.

    The same is done to all its causes. Frames of user code that we called stay: those of an
    iterable, a callback, a property of an event.

    Args:
        error: The caught error, which the caller then raises by `raise error`; a bare `raise` would
            bring the frames back.
    """
    if os.environ.get(VARIABLE) == "full":
        return
    waiting: list[Optional[BaseException]] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = _shown_part(one.__traceback__)
            waiting += [one.__cause__, one.__context__, *_members(one)]


def _members(error: BaseException) -> tuple[BaseException, ...]:
    """Return the errors in an exception group, which is not built in before Python 3.11."""
    if all(kind.__name__ != "BaseExceptionGroup" for kind in type(error).__mro__):
        return ()
    members: tuple[BaseException, ...] = error.exceptions  # type: ignore[attr-defined]
    return members


def _shown_part(trace: Optional[TracebackType]) -> Optional[TracebackType]:
    """Return the part of a traceback that begins in the user's own code; None if there is none.

    A traceback that begins outside our packages stays as it is.
    """
    if trace is None or _package(trace) not in _OURS | _NETWORK:
        return trace
    part: Optional[TracebackType] = trace
    while part is not None and (_package(part) in _OURS or _is_standard(part)):
        part = part.tb_next
    return None if part is None or _package(part) in _NETWORK else part


def _package(trace: TracebackType) -> str:
    name: object = trace.tb_frame.f_globals.get("__name__")
    return name.partition(".")[0] if isinstance(name, str) else ""


def _is_standard(trace: TracebackType) -> bool:
    """Return whether a frame is the standard library's; user code may come after it."""
    file = trace.tb_frame.f_code.co_filename
    if _package(trace) in _NETWORK or "-packages" in file:
        return False
    return file.startswith((_STANDARD_LIBRARY, "<frozen "))


def guarded(function: F) -> F:
    """Wrap a public function so that its errors show neither its arguments nor what is below it.

    Where an extra call would cost too much, functions do the same themselves.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            args, kwargs = (), {}
            cut(error)
            raise error

    return cast("F", call)


def guarded_async(function: F) -> F:
    """Do the same as `guarded` for a coroutine function."""

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            args, kwargs = (), {}
            cut(error)
            raise error

    return cast("F", call)
