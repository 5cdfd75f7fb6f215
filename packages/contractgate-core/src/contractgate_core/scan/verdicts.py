"""The findings in a segment of a file; all places count from the segment's beginning."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import repeat
from typing import BinaryIO, NamedTuple, Optional

from contractgate_core.engine.few import Few, others_of
from contractgate_core.engine.judge import Judge
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.lines import read_blocks
from contractgate_core.events.place import Place
from contractgate_core.results import Violation
from contractgate_core.scan.options import Options
from contractgate_core.scan.review import Reviewer
from contractgate_core.scan.segments import ReadFault, Segment, SegmentChunks
from contractgate_core.scan.totals import FailedRecord

__all__ = ["Verdict", "judge_segment"]

_MANY = 10_000
"""After this many failing records a verdict is made, so that they need not be kept."""


class Verdict(NamedTuple):
    """The findings in a segment since the previous verdict, in columns, which are fast to send.

    Attributes:
        records: How many records there are so far.
        lines: How many lines there are so far.
        size: How many bytes there are so far.
        is_last: Whether the segment was judged to its end.
        failing: The numbers of the failing records.
        at_lines: The line on which each of them begins.
        at_bytes: The byte at which each of them begins.
        violations: The violations of each of them, as far as they were kept.
        errors: Why some of them could not be read, by their index among the failing records.
    """

    records: int
    lines: int
    size: int
    is_last: bool
    failing: Sequence[int]
    at_lines: Sequence[int]
    at_bytes: Sequence[int]
    violations: Sequence[list[Violation]]
    errors: dict[int, EventDecodeError]

    def placed(self, records: int, lines: int, size: int) -> list[FailedRecord]:
        """Return the failing records with their places in the whole file.

        Args:
            records: How many records come before the segment.
            lines: How many lines come before it.
            size: How many bytes come before it.
        """
        begin = Place(lines + 1, 1, size)
        errors = {index: begin.shifted(error) for index, error in self.errors.items()}
        return list(
            map(
                FailedRecord,
                [record + records for record in self.failing],
                [line + lines for line in self.at_lines],
                [offset + size for offset in self.at_bytes],
                self.violations,
                map(errors.get, range(len(self.failing))),
                map(others_of, self.violations)
                if Few in map(type, self.violations)
                else repeat(None),
            )
        )


def judge_segment(
    judge: Judge, file: BinaryIO, part: Segment, options: Options
) -> Generator[Optional[Verdict], None, None]:
    """Judge a segment.

    Args:
        judge: Judges by the contract.
        file: The file; others may read it at the same time.
        part: The segment.
        options: How the file is scanned.

    Returns:
        An iterator over verdicts, with a None now and then, so that the caller can do something
        else in between.

    Raises:
        ReadFault: The file cannot be read.
    """
    reviewer = Reviewer(
        judge, max_bytes=options.max_record_bytes, now=options.now, shown=options.shown
    )
    failing: list[FailedRecord] = []
    try:
        for block in read_blocks(SegmentChunks(file, part), options.max_record_bytes):
            failing += reviewer.block(block)
            if len(failing) < _MANY:
                yield None
            else:
                yield _verdict(failing, reviewer, is_last=False)
                failing = []
    except ReadFault:
        yield _verdict(failing, reviewer, is_last=False)
        raise
    yield _verdict(failing, reviewer, is_last=True)


def _verdict(failing: Sequence[FailedRecord], reviewer: Reviewer, *, is_last: bool) -> Verdict:
    line, _, size = reviewer.place
    return Verdict(
        reviewer.totals.records,
        line - 1,
        size,
        is_last,
        [failed.record for failed in failing],
        [failed.line for failed in failing],
        [failed.offset for failed in failing],
        [failed.violations for failed in failing],
        {index: failed.error for index, failed in enumerate(failing) if failed.error is not None},
    )
