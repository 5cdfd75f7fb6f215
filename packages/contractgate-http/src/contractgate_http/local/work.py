"""Slow work that the answer to a request needs: decoding, compiling, judging.

It is never done while the database is held. A handler that needs it is left; what it has written is
undone; and it is begun anew when the work is done, with everything read again. So an answer is
always that of one transaction, whatever has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Callable, NamedTuple, Optional, TypeVar

__all__ = ["LONG", "Done", "Unfinished", "Work"]

T = TypeVar("T")

LONG = 2**18
"""What is larger takes turns: the interpreter runs one thread at a time, and each one more that
computes keeps all others waiting longer."""

_MOST_PAUSES = 32
"""A handler is begun anew so many times; if what it needs still changes, it goes on while others
wait."""


class Work(NamedTuple):
    """Something slow to be done.

    Attributes:
        run: Does it.
        size: How much there is to do, in bytes that are looked at, roughly.
        is_shared: Other requests may need the same, and wait for who does it.
    """

    run: Callable[[], object]
    size: int
    is_shared: bool = False


class Unfinished(Exception):
    """A handler needs work that is not done yet.

    Attributes:
        work: What is to be done before the handler is begun anew.
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

    def give(
        self, key: Hashable, size: int, work: Callable[[], T], *, is_shared: bool = False
    ) -> T:
        """Give what work has come to.

        Args:
            key: All that it depends on, apart from the request.
            size: How much there is to do; see `Work`.
            work: What is to be done. It writes nothing.
            is_shared: Other requests may need the same; see `Work`.

        Raises:
            Unfinished: It is still to be done.
        """
        if key not in self._outcomes:

            def run() -> None:
                try:
                    self._outcomes[key] = _Outcome(work(), None)
                except Exception as error:  # it belongs to the handler
                    self._outcomes[key] = _Outcome(None, error)

            if len(self._outcomes) < _MOST_PAUSES:
                raise Unfinished(Work(run, size, is_shared))
            run()
        outcome = self._outcomes[key]
        if outcome.error is not None:
            raise outcome.error
        value: T = outcome.value
        return value
