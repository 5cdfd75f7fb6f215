"""What is found in a segment of a file; all places count from the segment's beginning."""

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
from contractgate_core.scan.review import FailedRecord, Reviewer
from contractgate_core.scan.segments import ReadFault, Segment, SegmentChunks

__all__ = ["Verdict", "judge_segment"]

_MANY = 10_000
"""When so many records have failed, there is a verdict on those, so that they need not be kept."""


class Verdict(NamedTuple):
    """What was found in a segment since the verdict before, in columns, which are quickly sent.

    Attributes:
        records: How many records there are so far.
        lines: How many lines.
        size: How many bytes.
        is_last: The segment was judged to its end.
        failing: Which records fail.
        at_lines: On which line each of them begins.
        at_bytes: At which byte.
        violations: What is wrong with each of them, as far as it was kept.
        errors: Why some of them, by their index among these, could not be read.
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
        """Give the failing records with their places in the whole file.

        Args:
            records: How many records are before the segment.
            lines: How many lines.
            size: How many bytes.
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
        file: The file; others may read it meanwhile.
        part: The segment.
        options: How the file is scanned.

    Returns:
        An iterator that gives verdicts, and now and then None, so that one can look to something
        else meanwhile.

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
