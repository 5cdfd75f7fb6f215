"""What a worker process and its parent say to each other: pickled messages on pipes.

Both are this package in the same version, and nobody else can write on the pipes.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, BinaryIO, NamedTuple, Optional, Protocol

from contractgate_core.engine.pipes import Pipe
from contractgate_core.engine.review import FailedRecord
from contractgate_core.errors import EventDecodeError
from contractgate_core.results import Violation, ViolationKind, with_safe_message

__all__ = ["Readable", "Verdict", "packed", "receive", "send", "unpacked"]

_LENGTH_BYTES = 8


class Readable(Pipe, Protocol):
    """The same without a buffer."""

    def readinto(self, buffer: memoryview, /) -> Optional[int]:
        """Read what there is, and wait if there is nothing; tell how much it was, 0 at the end."""
        ...


class Verdict(NamedTuple):
    """What was found in a segment, in columns; all places count from the segment's beginning.

    Attributes:
        records: How many records there are.
        lines: How many lines.
        failing: Which records fail.
        at_lines: Where each of them begins.
        at_bytes: The same in bytes.
        violations: What is wrong with each of them.
        errors: Why some of them, by their index among these, could not be read.
    """

    records: int
    lines: int
    failing: Sequence[int]
    at_lines: Sequence[int]
    at_bytes: Sequence[int]
    violations: Sequence[list[Violation]]
    errors: dict[int, EventDecodeError]

    @classmethod
    def of(cls, failing: Sequence[FailedRecord], records: int, lines: int) -> Verdict:
        """Make it of the records that fail."""
        return cls(
            records,
            lines,
            [failed.record for failed in failing],
            [failed.line for failed in failing],
            [failed.offset for failed in failing],
            [failed.violations for failed in failing],
            {
                index: failed.error
                for index, failed in enumerate(failing)
                if failed.error is not None
            },
        )

    def placed(self, records: int, lines: int, size: int) -> list[FailedRecord]:
        """Give the failing records with their places in the whole file.

        Args:
            records: How many records are before the segment.
            lines: How many lines.
            size: How many bytes.
        """
        failing = list(
            map(
                FailedRecord,
                [record + records for record in self.failing],
                [line + lines for line in self.at_lines],
                [offset + size for offset in self.at_bytes],
                self.violations,
            )
        )
        for index, error in self.errors.items():
            one = failing[index]
            moved = EventDecodeError(
                error.message,
                line=error.line + lines,
                column=error.column,
                offset=error.offset + size,
            )
            failing[index] = FailedRecord(one.record, one.line, one.offset, [], moved)
        return failing


def packed(verdict: Verdict) -> tuple[Any, ...]:
    """Make what can be pickled of a verdict; a violation would lose its mask.

    Mostly the same few violations come again and again; each is sent once.
    """
    every = list(chain.from_iterable(verdict.violations))
    distinct = {id(one): one for one in every}
    places = {key: place for place, key in enumerate(distinct)}
    return (
        *verdict[:5],
        [
            (one.field, one.message, one.kind.value, one.safe_message or "")
            for one in distinct.values()
        ],
        list(map(len, verdict.violations)),
        [places[id(one)] for one in every],
        {
            index: (error.message, error.line, error.column, error.offset)
            for index, error in verdict.errors.items()
        },
    )


def unpacked(message: tuple[Any, ...]) -> Verdict:
    """Make the verdict again of which `packed` made a message."""
    records, lines, failing, at_lines, at_bytes, distinct, counts, places, errors = message
    found = [
        with_safe_message(Violation(field, text, ViolationKind(kind)), safe)
        for field, text, kind, safe in distinct
    ]
    every = map(found.__getitem__, places)
    return Verdict(
        records,
        lines,
        failing,
        at_lines,
        at_bytes,
        [list(islice(every, count)) for count in counts],
        {
            index: EventDecodeError(text, line=line, column=column, offset=offset)
            for index, (text, line, column, offset) in errors.items()
        },
    )


def send(stream: BinaryIO, message: object) -> None:
    """Write a message: its length in eight bytes, and its pickle."""
    pickled = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(pickled).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(pickled)
    stream.flush()


def receive(stream: Readable) -> Any:
    """Read a message, and nothing of the next one.

    Raises:
        EOFError: The other side has ended.
    """
    length = int.from_bytes(_read(stream, _LENGTH_BYTES), "big")
    return pickle.loads(_read(stream, length))  # noqa: S301 - of our own process


def _read(stream: Readable, size: int) -> bytearray:
    data = bytearray(size)
    left = memoryview(data)
    while left:
        count = stream.readinto(left)
        if not count:
            raise EOFError
        left = left[count:]
    return data
