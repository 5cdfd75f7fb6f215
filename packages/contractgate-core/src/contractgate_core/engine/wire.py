"""What a worker process and its parent say to each other: pickled messages on pipes.

Both are this package in the same version, and nobody else can write on the pipes.
"""

from __future__ import annotations

import pickle
from typing import Any, BinaryIO, NamedTuple, Optional

from contractgate_core.engine.review import FailedRecord, Totals
from contractgate_core.errors import EventDecodeError
from contractgate_core.results import Violation, ViolationKind, with_safe_message

__all__ = ["Verdict", "receive", "send", "unpacked", "verdict"]

_Failed = tuple[int, int, int, list[tuple[str, str, str, str]], Optional[tuple[str, int, int, int]]]


class Verdict(NamedTuple):
    """What a worker found in a segment; all places count from the segment's beginning.

    Attributes:
        failing: The records that fail.
        records: How many records there are.
        lines: How many lines.
    """

    failing: list[_Failed]
    records: int
    lines: int


def send(stream: BinaryIO, message: object) -> None:
    """Write a message."""
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read a message.

    Raises:
        EOFError: The other side has ended.
    """
    try:
        return pickle.load(stream)  # noqa: S301 - of our own process
    except pickle.UnpicklingError:
        raise EOFError from None


def verdict(failing: list[FailedRecord], totals: Totals, lines: int) -> Verdict:
    """Pack what was found; a violation is taken apart, since a pickle would lose its mask."""
    return Verdict([_packed(failed) for failed in failing], totals.records, lines)


def _packed(failed: FailedRecord) -> _Failed:
    violations = [
        (one.field, one.message, one.kind.value, one.safe_message or "")
        for one in failed.violations
    ]
    error = failed.error
    place = None if error is None else (error.message, error.line, error.column, error.offset)
    return failed.record, failed.line, failed.offset, violations, place


def unpacked(packed: _Failed, records: int, lines: int, offset: int) -> FailedRecord:
    """Make a failing record again.

    Args:
        packed: What came of `verdict`.
        records: How many records are before its segment.
        lines: How many lines.
        offset: How many bytes.
    """
    record, line, start, violations, place = packed
    error = None
    if place is not None:
        message, at_line, column, at = place
        error = EventDecodeError(message, line=at_line + lines, column=column, offset=at + offset)
    return FailedRecord(
        record + records,
        line + lines,
        start + offset,
        [
            with_safe_message(Violation(field, message, ViolationKind(kind)), safe)
            for field, message, kind, safe in violations
        ],
        error,
    )
