"""How tracebacks are shown: every way to render them with locals, and what must not be in them."""

from __future__ import annotations

import io
import sys
import traceback
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import Optional

import rich.console
import rich.traceback

__all__ = ["BELOW", "OURS", "faults_shown", "frames", "ours", "rendered"]

OURS = {"contractgate", "contractgate_core", "contractgate_http"}
BELOW = {"httpx", "httpcore", "h11", "ssl", "socket"}


def rendered(error: BaseException) -> str:
    """Render an error in all the ways there are, with locals, from the call of ours on."""
    trace = _from_the_call(error)
    shown = traceback.TracebackException(type(error), error, trace, capture_locals=True)
    console = rich.console.Console(file=io.StringIO(), width=300, no_color=True)
    console.print(
        rich.traceback.Traceback.from_exception(
            type(error),
            error,
            trace,
            show_locals=True,
            locals_hide_dunder=False,
            locals_max_string=10_000,
            locals_max_length=1_000,
            max_frames=0,
        )
    )
    assert isinstance(console.file, io.StringIO)
    return "".join(shown.format()) + console.file.getvalue() + _by_cgitb(trace) + repr(error)


def _from_the_call(error: BaseException) -> Optional[TracebackType]:
    """Leave out the frames of test and event loop above; `rich` takes long for each."""
    first = trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        if package(trace.tb_next) in OURS:
            return trace
        trace = trace.tb_next
    return first


def _by_cgitb(trace: Optional[TracebackType]) -> str:
    """Render the frames; of errors it shows all attributes, and breaks down at an `OSError`."""
    if sys.version_info >= (3, 13):
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cgitb  # deprecated

        return cgitb.text((Exception, Exception(), trace))  # type: ignore[arg-type]


def frames(error: BaseException) -> Iterator[TracebackType]:
    """Give every frame of an error and of its causes."""
    waiting: list[Optional[BaseException]] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            trace = one.__traceback__
            while trace is not None:
                yield trace
                trace = trace.tb_next
            waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


def ours(error: BaseException) -> list[TracebackType]:
    """Give the frames of ours among them."""
    return [trace for trace in frames(error) if package(trace) in OURS]


def package(trace: TracebackType) -> str:
    """Name the package whose code a frame runs."""
    name: str = trace.tb_frame.f_globals.get("__name__", "?")
    return name.partition(".")[0]


def faults_shown(error: BaseException, marks: list[str]) -> list[str]:
    """Say what an error shows that it must not: marks, frames below us, or many of ours."""
    found = [f"a frame of {name}" for name in map(package, frames(error)) if name in BELOW]
    if len(ours(error)) > 2:
        found.append(f"{len(ours(error))} frames of ours")
    text = rendered(error)
    return found + [f"mark {number}" for number, mark in enumerate(marks) if mark in text]
