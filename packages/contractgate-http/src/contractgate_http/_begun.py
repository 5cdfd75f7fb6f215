"""Iterators that warn if they are never iterated: their stream was never sent. No I/O.

A generator cannot warn by itself, since it never runs. As for a coroutine that was never awaited,
Python shows the warning by default.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import Any, Callable

from contractgate_core.models import IngestEventResult

__all__ = ["AsyncOutcomes", "Outcomes"]

__tracebackhide__ = True  # by pytest

_UNSENT = (
    "ingest_many has sent nothing, because its iterator was never used; iterate it, or call "
    "ingest_all"
)


def _warn(stream: object, warn: Callable[..., None] = warnings.warn) -> None:
    # Bound as a default: at interpreter exit, modules may be gone.
    warn(_UNSENT, RuntimeWarning, stacklevel=3, source=stream)


class Outcomes(Generator[IngestEventResult, None, None]):
    """The outcomes of a stream of events, which is sent as it is iterated.

    Args:
        outcomes: Sends events, and yields the outcome of each.
    """

    __slots__ = ("__weakref__", "_is_begun", "_outcomes")

    def __init__(self, outcomes: Generator[IngestEventResult, None, None]) -> None:
        self._is_begun = False
        self._outcomes = outcomes

    def __next__(self) -> IngestEventResult:
        self._is_begun = True
        return next(self._outcomes)

    def send(self, value: None) -> IngestEventResult:
        """Go on, as a generator does."""
        self._is_begun = True
        return self._outcomes.send(value)

    def throw(self, *error: Any) -> IngestEventResult:
        """End with an error, as a generator does."""
        self._is_begun = True
        return self._outcomes.throw(*error)

    def close(self) -> None:
        """Send no more."""
        self._is_begun = True
        self._outcomes.close()

    def __del__(self) -> None:
        if not self._is_begun:
            _warn(self)


class AsyncOutcomes(AsyncGenerator[IngestEventResult, None]):
    """`Outcomes` for an async stream.

    Args:
        outcomes: Sends events, and yields the outcome of each.
    """

    __slots__ = ("__weakref__", "_is_begun", "_outcomes")

    def __init__(self, outcomes: AsyncGenerator[IngestEventResult, None]) -> None:
        self._is_begun = False
        self._outcomes = outcomes

    def __anext__(self) -> Coroutine[Any, Any, IngestEventResult]:
        self._is_begun = True
        return self._outcomes.__anext__()

    def asend(self, value: None) -> Coroutine[Any, Any, IngestEventResult]:
        """Go on, as an async generator does."""
        self._is_begun = True
        return self._outcomes.asend(value)

    def athrow(self, *error: Any) -> Coroutine[Any, Any, IngestEventResult]:
        """End with an error, as an async generator does."""
        self._is_begun = True
        return self._outcomes.athrow(*error)

    def aclose(self) -> Coroutine[Any, Any, None]:
        """Send no more."""
        self._is_begun = True
        return self._outcomes.aclose()

    def __del__(self) -> None:
        if not self._is_begun:
            _warn(self)
