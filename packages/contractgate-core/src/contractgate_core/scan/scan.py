"""`Scan`: the failing records of an input of any size, in bounded memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator, Iterator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Optional

from contractgate_core._tracebacks import cut
from contractgate_core.engine.arguments import check_count, check_now
from contractgate_core.engine.judge import Judge
from contractgate_core.errors import ContractGateError
from contractgate_core.events.chunks import Chunks
from contractgate_core.events.lines import broken_off, read_blocks
from contractgate_core.events.sources import Source, open_source
from contractgate_core.events.stream import read_form
from contractgate_core.scan.options import Options, Progress
from contractgate_core.scan.review import Reviewer
from contractgate_core.scan.totals import FailedRecord, Totals

if TYPE_CHECKING:
    from contractgate_core.scan.workers import Workers

__all__ = ["Scan", "open_scan"]

__tracebackhide__ = True  # by pytest

_FORMS = ("auto", "ndjson", "array", "object")


class Scan(Iterator[FailedRecord]):
    r"""Iterates over the records that fail, in their order, and has totals afterwards.

    It is a context manager: leaving it early closes what it has opened.

    >>> from contractgate_core import Contract
    >>> yaml = "{version: 1, name: c, ontology: {entities: [{name: a, type: integer}]}}"
    >>> with Contract.from_yaml(yaml).compile().scan(b'{"a": 1}\n{"a": "x"}\n') as scan:
    ...     print([(failed.record, failed.line, failed.offset) for failed in scan])
    ...     print(scan.totals.records, scan.totals.passed, scan.totals.failed)
    [(2, 2, 9)]
    2 1 1

    Attributes:
        so_far: What the records that were judged until now amount to.
    """

    def __init__(
        self, failing: Iterator[FailedRecord], totals: Totals, close: Callable[[], object]
    ) -> None:
        self.so_far = totals
        self._failing = _closing(failing, close)
        self._close = close

    def __iter__(self) -> Iterator[FailedRecord]:
        # Not itself, since a call of `__next__` for each record would take much of the time.
        return self._failing

    def __next__(self) -> FailedRecord:
        return next(self._failing)

    def __enter__(self) -> Scan:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    @property
    def totals(self) -> Totals:
        """What all records amount to.

        Raises:
            ContractGateError: The input has not been scanned to its end.
        """
        if not self.so_far.are_complete:
            raise ContractGateError("the totals are known when the scan has come to its end")
        return self.so_far

    def close(self) -> None:
        """Close the file that the scan has opened, and end its processes."""
        self._failing.close()
        self._close()  # A generator that has not begun has nothing to end.


def _closing(
    failing: Iterator[FailedRecord], close: Callable[[], object]
) -> Generator[FailedRecord, None, None]:
    """Give what fails, and close what was opened at the end, whatever it is."""
    try:
        yield from failing
    except BaseException as error:
        cut(error)
        raise error
    finally:
        close()


def open_scan(
    judge: Judge,
    source: Source,
    options: Options,
    progress: Optional[Progress] = None,
) -> Scan:
    """Begin to scan an input, as `CompiledContract.scan` does for users.

    Args:
        judge: Judges by the contract.
        source: See `CompiledContract.scan`, as for the options and `progress`.
        options: How it is scanned.
        progress: Told how far it is.

    Raises:
        OSError: The file cannot be opened.
        TypeError: The source is none, or an option is of another type.
        ValueError: An option is out of its range.
    """
    _check(options)
    if progress is not None and not callable(progress):
        raise TypeError(f"progress: expected a callable, or None, got {type(progress).__name__}")
    file, is_ours = open_source(source)
    reviewer = Reviewer(
        judge,
        window=options.window,
        max_bytes=options.max_record_bytes,
        now=options.now,
        shown=options.shown,
    )
    # Absolute, as the working directory may be another one when workers open it.
    path: Optional[str] = None
    if isinstance(source, (str, os.PathLike)):
        path = os.path.abspath(source)  # noqa: PTH100 - pathlib loads slowly
    work = _Work(judge, reviewer, file, path, options, progress or _no_progress)

    def close() -> None:
        work.close()
        reviewer.close()
        if is_ours:
            file.close()

    return Scan(work.failing(), reviewer.totals, close)


def _check(options: Options) -> None:
    if options.form not in _FORMS:
        form: object = options.form
        got = repr(form) if type(form) is str else type(form).__name__
        raise ValueError(f"format: expected one of {', '.join(_FORMS)}, got {got}")
    check_count("max_record_bytes", options.max_record_bytes)
    check_count("workers", options.workers)
    if options.window is not None:
        check_count("uniqueness", options.window, "'all', or ")
    if options.now is not None:
        check_now(options.now)
    for name, most in zip(("max_failures", "max_violations"), options.shown):
        if most is not None:
            check_count(name, most, "None, or ", least=0)


def _no_progress(_: Totals, __: int) -> None:
    pass


class _Work:
    """What goes on inside a scan."""

    def __init__(
        self,
        judge: Judge,
        reviewer: Reviewer,
        file: BinaryIO,
        path: Optional[str],
        options: Options,
        progress: Progress,
    ) -> None:
        self._judge = judge
        self._reviewer = reviewer
        self._file = file
        self._path = path
        self._options = options
        self._progress = progress
        self._reported = 0
        self._workers: Optional[Workers] = None

    def close(self) -> None:
        """End the processes, if there are any."""
        if self._workers is not None:
            self._workers.close()

    def failing(self) -> Iterator[FailedRecord]:
        """Go over the input and give the records that fail."""
        reviewer, max_bytes = self._reviewer, self._options.max_record_bytes
        chunks = Chunks(self._file, partial(self._report, reviewer.totals))
        records = read_form(chunks, self._options.form, max_bytes)
        if records is not None:
            for record in records:
                yield from reviewer.record(record)
        elif self._path is not None and (processes := self._processes(chunks)) > 1:
            yield from self._divided(self._path, processes)
        else:
            reviewer.begin_at(chunks.begin)
            for block in read_blocks(chunks, max_bytes):
                yield from reviewer.block(block)
            if chunks.broken is not None:
                yield from reviewer.record(broken_off(0, reviewer.place, chunks))
        reviewer.totals.are_complete = True
        self._report(reviewer.totals, self._reported)

    def _processes(self, chunks: Chunks) -> int:
        """Tell how many can share the file; they know nothing of each other."""
        if self._options.workers == 1 or self._reviewer.has_uniqueness:
            return 1
        from contractgate_core.scan.segments import SEGMENT_BYTES  # most inputs are read by one

        chunks.look_ahead()
        status = os.fstat(self._file.fileno())
        if chunks.is_compressed or not stat.S_ISREG(status.st_mode):
            return 1
        return min(self._options.workers, -(-status.st_size // SEGMENT_BYTES))

    def _divided(self, path: str, processes: int) -> Iterator[FailedRecord]:
        from contractgate_core.scan.workers import Workers

        self._workers = Workers(self._judge, self._file, path, self._options, processes)
        yield from self._workers.failing(self._reviewer.totals, self._report)

    def _report(self, totals: Totals, size: int) -> None:
        """Tell how much was read, which is never less than before."""
        self._reported = max(self._reported, size)
        self._progress(totals, self._reported)
