"""What the accept path takes and gives: the types of its functions, and lines it has partition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Optional, Protocol

from contractgate_core.events.lines import split_lines
from contractgate_core.results import Violation

__all__ = [
    "Accept",
    "Below",
    "Find",
    "FindInObject",
    "FindInText",
    "FindWritten",
    "Getter",
    "Partition",
    "Row",
]

Row = Any
"""An event that was decoded as a struct."""

Getter = Callable[[Any], Any]
"""Gets a value from a struct, or None if it is absent."""

Accept = Callable[[bytes, Optional[int]], Any]
"""Called with a JSON text and the time; gives an empty list if the event certainly conforms, else
what the tiers below give."""

Find = Callable[[Any, Optional[int]], list[Violation]]
"""Called with a value that the exact reader has read, and the time; finds every broken rule."""

FindInText = Callable[[bytes, Optional[int]], list[Violation]]
"""Called with a JSON text, and the time; finds every broken rule."""


class FindInObject(Protocol):
    """Finds every broken rule of a user's object."""

    def __call__(
        self, event: object, now: Optional[int], otherwise: Callable[..., Any] = ..., /
    ) -> Any:
        """Give nothing if the object certainly conforms, else what `otherwise` gives."""


class FindWritten(Protocol):
    """Finds every broken rule; None if the value was read approximately, and that may matter."""

    def __call__(
        self, value: Any, now: Optional[int], is_approximate: bool = False, /
    ) -> Optional[list[Violation]]:
        """Find every broken rule."""


class Below(Protocol):
    """The tiers that judge a text that is not accepted."""

    approximately: Callable[..., Any]
    """Called with the text and the time."""

    def exactly(self, text: bytes, now: Optional[int], /) -> Any:
        """Do the same where a number is in doubt, so that the exact reader has to say."""


class Partition(NamedTuple):
    """Lines, some of which are accepted.

    Attributes:
        rows: The events that are accepted, in their order.
        refused: Which lines are not, from 0 and upwards; the exact reader must say.
        lines: All lines with their ends; maybe none if all are accepted.
    """

    rows: Sequence[Row]
    refused: Sequence[int]
    lines: Sequence[bytes]

    def __repr__(self) -> str:
        return f"<Partition: {len(self.rows)} accepted, {len(self.refused)} refused>"

    @classmethod
    def untried(cls, chunk: bytes) -> Partition:
        """Split a chunk of whole lines, of which none is accepted."""
        lines = split_lines(chunk)
        return cls((), range(len(lines)), lines)

    def by_line(self) -> Iterator[Optional[Row]]:
        """Give for each line its event, or None if it is not accepted."""
        rows, start = iter(self.rows), 0
        for index in self.refused:
            yield from islice(rows, index - start)
            yield None
            start = index + 1
        yield from rows
