"""Decoding events as structs: one at a time, or the lines of a chunk at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Literal, Optional, Union

import msgspec

from contractgate_core.engine.accept.columns import Columns
from contractgate_core.engine.accept.interface import REFUSALS, Partition, Row, decode_each
from contractgate_core.engine.accept.number_checks import NumberChecks, write_number_checks
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.plan import FieldPlan, raw_keys
from contractgate_core.engine.accept.rows import RowTest, test_of_row
from contractgate_core.engine.accept.struct_plan import StructPlan, for_plain_texts, struct_plan
from contractgate_core.engine.accept.types import event_type
from contractgate_core.engine.accept.verdict import Verdict, is_certain
from contractgate_core.events.lines import split_lines
from contractgate_core.events.reserved import BACKSLASH, may_have_reserved_key

__all__ = ["Reader", "StructTests", "struct_tests"]

_FEW_ROWS = 40
# To a type checker, types that are made at run time are values.
_LIST: Any = list
_UNION: Any = Union
_LITERAL: Any = Literal
_PLAIN_MARK, _RICH_MARK = "\x7f", 7_777_777_777_777_777_777
"""What replaces the end of a line. Without escapes, a character can be written in only one way, and
is found quickly; with escapes, that is true of an integer."""


class StructTests:
    """The tests of what types cannot check, each generated when it is first used.

    Args:
        place: What must be tested.
    """

    def __init__(self, place: StructPlan) -> None:
        self.place = place

    @cached_property
    def row(self) -> RowTest:
        """Return the test of one event."""
        return test_of_row(self.place)

    @cached_property
    def columns(self) -> Columns:
        """Return the tests of many events, column by column."""
        return Columns(self.place)

    @cached_property
    def number_checks(self) -> NumberChecks:
        """Return the loop that finds events that fail or are in doubt by a number."""
        return write_number_checks(self.place)


def struct_tests(root: FieldPlan, observed: Observed) -> tuple[StructTests, StructTests]:
    """Make the tests of events in plain texts, and in others; mostly they are the same."""
    place = struct_plan(root, observed)
    plain_place, tests = for_plain_texts(place), StructTests(place)
    return tests if plain_place is place else StructTests(plain_place), tests


class Reader:
    """Decodes events of one contract.

    Args:
        root: What the contract demands.
        observed: What the events so far have shown.
        tests: The tests of decoded events.
        is_plain: Whether it reads only plain texts.

    Attributes:
        decode: Decodes one event, or raises one of `REFUSALS`.
        raw_keys: The keys, in quotes, whose values are left as JSON text.
        reads_long_keys: Whether the values that it decodes may hold the reserved key.
    """

    def __init__(
        self, root: FieldPlan, observed: Observed, tests: StructTests, *, is_plain: bool
    ) -> None:
        event = event_type(root, observed, is_plain=is_plain)
        self._mark = _PLAIN_MARK if is_plain else _RICH_MARK
        self._written_mark = str(self._mark).encode()
        self._mark_in_json = msgspec.json.encode(self._mark)
        decoder = msgspec.json.Decoder(event)
        self.decode: Callable[[bytes], Row] = decoder.decode
        self._tests = tests
        self.reads_long_keys = observed.accepts_long_keys()
        self.raw_keys = tuple(f'"{key}"'.encode() for key in raw_keys(root))
        marked = msgspec.json.Decoder(_UNION[event, _LITERAL[self._mark]])
        self._decode_marked: Callable[[bytes], list[Row]] = marked.decode_lines
        self._decode_array: Callable[[bytes], list[Row]] = msgspec.json.Decoder(_LIST[event]).decode

    def may_hide(self, text: bytes) -> bool:
        """Return whether a text may hide values that were not checked, or the reserved key.

        Of two equal keys with raw values, only the last one's value is checked.
        """
        if self.reads_long_keys and may_have_reserved_key(text):
            return True
        if not self.raw_keys:
            return False
        return BACKSLASH in text or any(text.count(key) > 1 for key in self.raw_keys)

    def all_conform(self, rows: Sequence[Row], text: bytes, now: Optional[int]) -> bool:
        """Return whether all events that were decoded from a text certainly conform."""
        verdicts = {verdict for _, verdict in self._uncertain(rows, now)}
        return not self.may_hide(text) and all(is_certain(verdict, text) for verdict in verdicts)

    def partition(self, chunk: bytes, rows: Optional[list[Row]], now: Optional[int]) -> Partition:
        """Find the lines of a chunk whose events certainly conform.

        Args:
            chunk: The lines, each with its end.
            rows: The events decoded from the whole chunk at once, or None.
            now: The time for freshness rules, or None for the system's clock.
        """
        lines: list[bytes] = []
        undecoded: list[int] = []
        if rows is None:
            lines = split_lines(chunk)
            rows, undecoded = decode_each(self.decode, lines)
        uncertain = self._uncertain(rows, now)
        may_hide = bool(self.raw_keys) or self.may_hide(chunk)
        if not uncertain and not may_hide:
            return Partition(rows, undecoded, lines)
        lines = lines or split_lines(chunk)
        # The index of a row's line is the row's index plus the number of undecoded lines before it.
        rows_before = [line - count for count, line in enumerate(undecoded)]
        failing: dict[int, int] = {}
        for index, verdict in uncertain:
            line = index + bisect_right(rows_before, index)
            if not is_certain(verdict, lines[line]):
                failing[index] = line
        if may_hide:
            for index in range(len(rows)):
                line = index + bisect_right(rows_before, index)
                if self.may_hide(lines[line]):
                    failing[index] = line
        for index in sorted(failing, reverse=True):
            del rows[index]
        return Partition(rows, sorted([*undecoded, *failing.values()]), lines)

    def _uncertain(self, rows: Sequence[Row], now: Optional[int]) -> Sequence[tuple[int, int]]:
        """Find the events that fail what types cannot check, or may fail it."""
        # Columns are faster only if they are long.
        if len(rows) >= _FEW_ROWS:
            return [
                *self._tests.number_checks(rows, now),
                *self._tests.columns.uncertain(rows, now),
            ]
        holds = Verdict.HOLDS
        verdicts = enumerate([self._tests.row(row, now) for row in rows])
        return [(index, verdict) for index, verdict in verdicts if verdict != holds]

    def decode_lines(self, chunk: bytes) -> Optional[list[Row]]:
        """Decode lines at once; None if one is refused, or is not exactly one event.

        msgspec also takes one event on several lines, and several events on one line, which are not
        NDJSON. So each line end is replaced by a mark that is not in the chunk, and all marks must
        come out again, each after one event.

        The events need not conform; `partition` tests that.
        """
        # `rfind` is much faster than `in`, mostly since all digits of the number are the same.
        if self.raw_keys or chunk.rfind(self._written_mark) >= 0:
            return None
        # This is also the fastest way to count the lines.
        marked = chunk.replace(b"\n", self._mark_in_json)
        count = (len(marked) - len(chunk)) // (len(self._mark_in_json) - 1)
        try:
            found = self._decode_marked(marked)
        except REFUSALS:
            return None
        rows, marks = found[::2], found[1::2]
        return rows if len(rows) == count == len(marks) == marks.count(self._mark) else None

    def decode_array(self, text: bytes) -> Optional[list[Row]]:
        """Decode an array of events; None if one is refused, or the text is not an array.

        The events need not conform; `all_conform` tests that.
        """
        if self.raw_keys:
            return None
        try:
            return self._decode_array(text)
        except REFUSALS:
            return None
