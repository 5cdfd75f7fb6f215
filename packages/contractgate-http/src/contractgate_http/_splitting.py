"""Splits a stream of events into bodies that the gateway accepts. No I/O.

Where it splits depends on the events alone, so the same events make the same bodies again.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from contractgate_core.errors import EventEncodeError
from contractgate_core.events.encode import encode_event
from contractgate_http._events import MOST_EVENT_BYTES, check_nul, too_large_event

__all__ = ["Batch", "EncodedEvent", "Splitter"]

_LEVELS = 126  # one less than for a single event, since the array takes one


class EncodedEvent(bytes):
    """An event that is JSON text already, and is sent as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<EncodedEvent of {len(self)} bytes>"


class Batch(NamedTuple):
    """Events that go into one request.

    Attributes:
        number: The number of the batch, from 0.
        start: The position of its first event in the stream, from 0.
        size: How many events it has.
        body: The events as a JSON array.
    """

    number: int
    start: int
    size: int
    body: bytes

    @property
    def positions(self) -> range:
        """The positions of its events in the stream."""
        return range(self.start, self.start + self.size)

    def __repr__(self) -> str:
        # The body holds events.
        return f"Batch(number={self.number}, start={self.start}, size={self.size})"


class Splitter:
    """Takes events one by one, and returns batches.

    Args:
        most_events: How many events a batch may have.
        most_bytes: How many bytes a batch may have, brackets and commas included.

    Attributes:
        taken: How many events it has taken.
    """

    def __init__(self, most_events: int, most_bytes: int) -> None:
        self.taken = 0
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._number = 0
        self._texts: list[bytes] = []
        self._size = 1  # the opening bracket

    def push(self, event: object) -> Optional[Batch]:
        """Take an event.

        Returns:
            A batch that is now full: it ends with the event, or the event did not fit into it.

        Raises:
            EventEncodeError: Something in the event cannot be sent.
            BatchTooLargeError: The event is longer than the gateway takes.
        """
        position = self.taken
        self.taken += 1
        text = _encode(event, position)
        if len(text) > min(MOST_EVENT_BYTES, self._most_bytes - 2):
            raise too_large_event(position, len(text))
        full = self._cut(position) if self._size + len(text) + 1 > self._most_bytes else None
        self._texts.append(text)
        self._size += len(text) + 1  # the comma or bracket after it
        # Never two at once: an event that did not fit shows that a batch may have more than one.
        return self._cut(position + 1) if len(self._texts) == self._most_events else full

    @property
    def is_empty(self) -> bool:
        """No event is waiting for its batch to fill up."""
        return not self._texts

    def rest(self) -> Optional[Batch]:
        """Return the last batch; None if no event is left."""
        return self._cut(self.taken) if self._texts else None

    def _cut(self, end: int) -> Batch:
        texts = self._texts
        body = b"[" + b",".join(texts) + b"]"
        batch = Batch(self._number, end - len(texts), len(texts), body)
        self._number += 1
        self._texts, self._size = [], 1
        return batch


def _encode(event: object, position: int) -> bytes:
    try:
        if isinstance(event, EncodedEvent):
            text: bytes = event
        else:
            text = encode_event(event, levels=_LEVELS)
        check_nul(text)
    except EventEncodeError as error:
        path = f"$[{position}]{error.path[1:]}"
        raise EventEncodeError(error.message, path=path) from None
    return text
