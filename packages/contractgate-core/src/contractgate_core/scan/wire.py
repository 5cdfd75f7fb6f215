"""The messages between a worker process and its parent: pickles on pipes.

Both run this package in the same version. Anything that other code, such as a site's start-up code,
has written on a worker's pipe before the worker begins is skipped: the first message is the
greeting.
"""

from __future__ import annotations

import pickle
from itertools import chain, islice
from typing import Any, BinaryIO, Optional, Protocol

from contractgate_core.engine.few import Few
from contractgate_core.errors import EventDecodeError
from contractgate_core.results import Violation, ViolationKind, with_safe_message
from contractgate_core.scan.raised import raised_in
from contractgate_core.scan.verdicts import Verdict

__all__ = ["GREETING", "Ended", "Readable", "packed", "receive", "send", "unpacked"]

GREETING = b"\0contractgate worker\0"
"""The first message of a worker."""

_LENGTH_BYTES = 8


class Ended(Exception):
    """The other side has ended; not an `OSError`, which a signal handler may raise at any time."""


class Readable(Protocol):
    """The reading end of a pipe."""

    def readinto(self, buffer: memoryview, /) -> Optional[int]:
        """Read what there is, waiting for some; return its size, 0 at the end."""
        ...


def packed(verdict: Verdict) -> tuple[Any, ...]:
    """Turn a verdict into something that can be pickled; a violation alone would lose its mask.

    Mostly the same few violations recur; each is sent once.
    """
    every = list(chain.from_iterable(verdict.violations))
    distinct = {id(one): one for one in every}
    places = {key: place for place, key in enumerate(distinct)}
    return (
        verdict[:-2],
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
        {
            index: violations.others
            for index, violations in enumerate(verdict.violations)
            if type(violations) is Few
        },
    )


def unpacked(message: tuple[Any, ...]) -> Verdict:
    """Rebuild the verdict that `packed` turned into a message."""
    columns, distinct, counts, places, errors, others = message
    found = [
        with_safe_message(Violation(field, text, ViolationKind(kind)), safe)
        for field, text, kind, safe in distinct
    ]
    every = map(found.__getitem__, places)
    violations = [list(islice(every, count)) for count in counts]
    faults = {
        index: EventDecodeError(text, line=line, column=column, offset=offset)
        for index, (text, line, column, offset) in errors.items()
    }
    for index, more in others.items():
        violations[index] = Few.of(violations[index], more)
    return Verdict._make((*columns, violations, faults))


def send(stream: BinaryIO, message: object) -> None:
    """Write a message: its length in eight bytes, and its pickle.

    Raises:
        Ended: The other side has ended.
    """
    pickled = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        stream.write(len(pickled).to_bytes(_LENGTH_BYTES, "big"))
        stream.write(pickled)
        stream.flush()
    except BrokenPipeError as error:
        if raised_in(error, __name__):
            raise Ended from None
        raise


def receive(stream: Readable) -> Any:
    """Read a message, and nothing beyond it if the stream has no buffer.

    Raises:
        Ended: The other side has ended.
    """
    length = int.from_bytes(_read(stream, _LENGTH_BYTES), "big")
    return pickle.loads(_read(stream, length))  # noqa: S301 - of our own process


def _read(stream: Readable, size: int) -> bytearray:
    data = bytearray(size)
    left = memoryview(data)
    while left:
        count = stream.readinto(left)
        if not count:
            raise Ended
        left = left[count:]
    return data
