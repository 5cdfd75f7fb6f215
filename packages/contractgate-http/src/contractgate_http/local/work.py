"""Slow work that the answer to a request needs: decoding, compiling, judging.

It is never done while the database is locked. A handler that needs it is left and its writes are
undone. When the work is done, the handler runs again from the start and reads everything again. So
an answer always comes from one transaction, whatever has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Callable, NamedTuple, Optional, TypeVar

__all__ = ["LONG", "Done", "Unfinished", "Work"]

T = TypeVar("T")

LONG = 2**18
"""Larger work takes turns: the interpreter runs one thread at a time, and each further busy thread
keeps all others waiting longer."""

_MOST_PAUSES = 32
"""How often a handler is run again; after that, it does the work itself while others wait."""


class Work(NamedTuple):
    """Something slow to do.

    Attributes:
        run: Does it.
        size: Roughly how many bytes it has to look at.
        is_shared: Other requests may need the same result, and wait for it.
    """

    run: Callable[[], object]
    size: int
    is_shared: bool = False


class Unfinished(Exception):
    """A handler needs work that is not done yet.

    Attributes:
        work: The work to do before the handler runs again.
    """

    def __init__(self, work: Work) -> None:
        super().__init__("work is to be done first")
        self.work = work


class _Outcome(NamedTuple):
    value: Any
    error: Optional[Exception]

    def __repr__(self) -> str:
        return f"<_Outcome of type {type(self.value).__name__}>"  # it may hold events


class Done:
    """The slow work that was done for one request."""

    def __init__(self) -> None:
        self._outcomes: dict[Hashable, _Outcome] = {}

    def result(
        self, key: Hashable, size: int, work: Callable[[], T], *, is_shared: bool = False
    ) -> T:
        """Return the result of some work.

        Args:
            key: All that the result depends on, besides the request.
            size: How much there is to do; see `Work`.
            work: The work. It writes nothing.
            is_shared: Other requests may need the same result; see `Work`.

        Raises:
            Unfinished: The work has yet to be done.
        """
        if key not in self._outcomes:

            def run() -> None:
                try:
                    self._outcomes[key] = _Outcome(work(), None)
                except Exception as error:  # the handler will raise it
                    self._outcomes[key] = _Outcome(None, error)

            if len(self._outcomes) < _MOST_PAUSES:
                raise Unfinished(Work(run, size, is_shared))
            run()
        outcome = self._outcomes[key]
        if outcome.error is not None:
            raise outcome.error
        value: T = outcome.value
        return value
