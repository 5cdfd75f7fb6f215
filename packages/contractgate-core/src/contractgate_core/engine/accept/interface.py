"""What the modules of the accept path share: function types, plain texts, partitioned lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Optional, Protocol

import msgspec

from contractgate_core.events.lines import split_lines
from contractgate_core.events.reserved import BACKSLASH
from contractgate_core.results import Violation

__all__ = [
    "IS_PLAIN",
    "REFUSALS",
    "Accept",
    "FindInObject",
    "FindInText",
    "FindInValue",
    "GeneratedFind",
    "Getter",
    "LowerTiers",
    "Partition",
    "Row",
    "decode_each",
    "is_plain",
]

# Looking for a number in bytes is several times faster than looking for bytes of length one.
IS_PLAIN = f"text.isascii() and {BACKSLASH} not in text"
"""What `is_plain` returns for a `text`, as source."""


def is_plain(text: bytes) -> bool:
    """Return whether a JSON text is plain: ASCII without escapes."""
    return text.isascii() and BACKSLASH not in text


Row = Any
"""An event decoded as a struct."""

REFUSALS = (msgspec.DecodeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises for a text that it refuses; a UnicodeDecodeError is a ValueError."""

Getter = Callable[[Any], Any]
"""Returns a value of a struct, or None if it is absent."""

Accept = Callable[[bytes, Optional[int]], Any]
"""Called with a JSON text and the time; returns an empty list if the event certainly conforms, else
what the lower tiers return."""

FindInValue = Callable[[Any, Optional[int]], list[Violation]]
"""Called with a value from the exact reader, and the time; finds every broken rule."""

FindInText = Callable[[bytes, Optional[int]], list[Violation]]
"""Called with a JSON text and the time; finds every broken rule."""


class FindInObject(Protocol):
    """Finds every broken rule of a Python object."""

    def __call__(
        self, event: object, now: Optional[int], otherwise: Callable[..., Any] = ..., /
    ) -> Any:
        """Return an empty list if the object certainly conforms, else what `otherwise` returns."""


class GeneratedFind(Protocol):
    """The function that is generated for one contract, and finds every broken rule of an event."""

    def __call__(
        self, value: Any, now: Optional[int], is_approximate: bool = False, /
    ) -> Optional[list[Violation]]:
        """Return the violations; None if they depend on a number that is in doubt."""


class LowerTiers(Protocol):
    """The tiers that judge a text that is not accepted, given the time for freshness rules.

    No text is decoded a third time because of a number in doubt.
    """

    def approximately(self, text: bytes, now: Optional[int], /) -> Any:
        """Judge a text that was not decoded yet."""

    def refused(self, text: bytes, now: Optional[int], /) -> Any:
        """Judge a text that was decoded, and does not certainly conform."""

    def exactly(self, text: bytes, now: Optional[int], /) -> Any:
        """Judge a text in which a number is in doubt, by the exact reader."""


class Partition(NamedTuple):
    """Lines, some of which are accepted.

    Attributes:
        rows: The accepted events, in order.
        refused: The indexes of the other lines, in order; lower tiers judge these.
        lines: All lines with their ends; may be empty if all are accepted.
        is_tried: Whether the lines were decoded.
    """

    rows: Sequence[Row]
    refused: Sequence[int]
    lines: Sequence[bytes]
    is_tried: bool = True

    def __repr__(self) -> str:
        return f"<Partition: {len(self.rows)} accepted, {len(self.refused)} refused>"

    @classmethod
    def untried(cls, chunk: bytes) -> Partition:
        """Split a chunk of whole lines, and accept none of them."""
        lines = split_lines(chunk)
        return cls((), range(len(lines)), lines, is_tried=False)

    def by_line(self) -> Iterator[Optional[Row]]:
        """Yield the event of each line, or None if it is not accepted."""
        rows, start = iter(self.rows), 0
        for index in self.refused:
            yield from islice(rows, index - start)
            yield None
            start = index + 1
        yield from rows


def decode_each(
    decode: Callable[[bytes], Row], lines: Sequence[bytes]
) -> tuple[list[Row], list[int]]:
    """Decode lines one by one; return the events, and the indexes of the refused lines."""
    rows: list[Row] = []
    refused: list[int] = []
    decoded = map(decode, lines)
    while True:
        try:
            # The events before a refused line stay in the list.
            rows.extend(decoded)
        except REFUSALS:
            refused.append(len(rows) + len(refused))
        else:
            return rows, refused
