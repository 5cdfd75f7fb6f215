"""Decoding events as structs: one, or the lines of a chunk at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Literal, Optional, Union

import msgspec

from contractgate_core.engine.accept.columns import Columns
from contractgate_core.engine.accept.facts import are_tested_alike
from contractgate_core.engine.accept.interface import Partition, Row
from contractgate_core.engine.accept.number_checks import NumberChecks, write_number_checks
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.plan import FieldPlan, raw_keys
from contractgate_core.engine.accept.rows import REFUSALS, RowTest, test_of_row
from contractgate_core.engine.accept.struct_plan import StructPlan, struct_plan
from contractgate_core.engine.accept.types import event_type
from contractgate_core.engine.accept.verdict import Verdict, is_certain
from contractgate_core.events.lines import split_lines
from contractgate_core.events.reserved import may_have_reserved_key

__all__ = ["Reader", "Tests", "tests_of"]

_FEW_ROWS = 40
# Types that are put together at run time are values to a type checker.
_LIST: Any = list
_UNION: Any = Union
_LITERAL: Any = Literal
_PLAIN_MARK, _RICH_MARK = "\x7f", 7_777_777_777_777_777_777
"""What stands for the end of a line. Where there are no escapes, a character is written in one way
alone, and is quickly looked for; everywhere, an integer is."""


class Tests:
    """What types cannot check of events; each way to do so is written when it is asked for.

    Args:
        place: What there is to be tested.
    """

    def __init__(self, place: StructPlan) -> None:
        self.place = place

    @cached_property
    def row(self) -> RowTest:
        """Return what tests one event."""
        return test_of_row(self.place)

    @cached_property
    def columns(self) -> Columns:
        """Return what tests many, column by column."""
        return Columns(self.place)

    @cached_property
    def number_checks(self) -> NumberChecks:
        """Return what finds those in which a number has to be looked at again."""
        return write_number_checks(self.place)


def tests_of(root: FieldPlan, observed: Observed) -> tuple[Tests, Tests]:
    """Make the tests of plain texts and of others, which mostly are the same."""
    tests = Tests(struct_plan(root, observed, is_plain=True))
    if are_tested_alike(root, observed):
        return tests, tests
    return tests, Tests(struct_plan(root, observed, is_plain=False))


class Reader:
    """Decodes events of one contract.

    Args:
        root: What the contract demands.
        observed: What the events so far have shown.
        tests: What is tested of what was decoded.
        is_plain: It is for texts of ASCII without escapes alone.

    Attributes:
        decode: Decodes one event, or raises one of `REFUSALS`.
        raw_keys: The keys, in quotes, whose values are read as they stand.
        reads_long_keys: Whether the reserved key may be inside the values that it reads.
    """

    def __init__(
        self, root: FieldPlan, observed: Observed, tests: Tests, *, is_plain: bool
    ) -> None:
        event = event_type(root, observed, is_plain=is_plain)
        self._mark = _PLAIN_MARK if is_plain else _RICH_MARK
        self._written_mark = str(self._mark).encode()
        self._mark_in_json = msgspec.json.encode(self._mark)
        decoder = msgspec.json.Decoder(event)
        self.decode: Callable[[bytes], Row] = decoder.decode
        self._tests = tests
        self.reads_long_keys = observed.are_long_keys_read()
        self.raw_keys = tuple(f'"{key}"'.encode() for key in raw_keys(root))
        marked = msgspec.json.Decoder(_UNION[event, _LITERAL[self._mark]])
        self._decode_marked: Callable[[bytes], list[Row]] = marked.decode_lines
        self._decode_array: Callable[[bytes], list[Row]] = msgspec.json.Decoder(_LIST[event]).decode

    def may_hide(self, text: bytes) -> bool:
        """Tell whether there may be values that were not looked at, or the reserved key.

        Such values stand under an earlier equal key.
        """
        if self.reads_long_keys and may_have_reserved_key(text):
            return True
        if not self.raw_keys:
            return False
        return ord("\\") in text or any(text.count(key) > 1 for key in self.raw_keys)

    def hold(self, rows: Sequence[Row], text: bytes, now: Optional[int]) -> bool:
        """Tell whether all events that were decoded from a text conform."""
        verdicts = {verdict for _, verdict in self._exceptions(rows, now)}
        return not self.may_hide(text) and all(is_certain(verdict, text) for verdict in verdicts)

    def partition(self, chunk: bytes, rows: Optional[list[Row]], now: Optional[int]) -> Partition:
        """Find the lines of a chunk whose events certainly conform.

        Args:
            chunk: The lines, each with its end.
            rows: What was decoded from them at once, if it was.
            now: The time for freshness rules, or None for the system's clock.
        """
        lines: list[bytes] = []
        undecoded: list[int] = []
        if rows is None:
            lines = split_lines(chunk)
            rows, undecoded = self._decode_each(lines)
        exceptions = self._exceptions(rows, now)
        may_hide = bool(self.raw_keys) or self.may_hide(chunk)
        if not exceptions and not may_hide:
            return Partition(rows, undecoded, lines)
        lines = lines or split_lines(chunk)
        # Between the lines that were not decoded, the places of events are as far behind.
        places_before = [place - count for count, place in enumerate(undecoded)]
        failing: dict[int, int] = {}
        for index, verdict in exceptions:
            place = index + bisect_right(places_before, index)
            if not is_certain(verdict, lines[place]):
                failing[index] = place
        if may_hide:
            for index in range(len(rows)):
                place = index + bisect_right(places_before, index)
                if self.may_hide(lines[place]):
                    failing[index] = place
        for index in sorted(failing, reverse=True):
            del rows[index]
        return Partition(rows, sorted([*undecoded, *failing.values()]), lines)

    def _exceptions(self, rows: Sequence[Row], now: Optional[int]) -> Sequence[tuple[int, int]]:
        """Find the events that do not hold what types cannot check, or that may not."""
        # Going over columns is faster only where they are long.
        if len(rows) >= _FEW_ROWS:
            return [
                *self._tests.number_checks(rows, now),
                *self._tests.columns.exceptions(rows, now),
            ]
        holds = Verdict.HOLDS
        verdicts = enumerate([self._tests.row(row, now) for row in rows])
        return [(index, verdict) for index, verdict in verdicts if verdict != holds]

    def _decode_each(self, lines: Sequence[bytes]) -> tuple[list[Row], list[int]]:
        """Decode lines one by one; tell which are refused."""
        rows: list[Row] = []
        refused: list[int] = []
        decoded = map(self.decode, lines)
        while True:
            try:
                # What came before a line that is refused stays in the list.
                rows.extend(decoded)
            except REFUSALS:
                refused.append(len(rows) + len(refused))
            else:
                return rows, refused

    def decode_lines(self, chunk: bytes) -> Optional[list[Row]]:
        """Decode lines at once; None if one is refused, or if they are not one event each.

        msgspec takes events that are written on several lines, and several on one, which is no
        NDJSON. So each end of a line becomes a mark that is not in the chunk, and all marks must
        come out, each behind one event.

        Whether the events conform is for `hold` to say.
        """
        # Much faster than `in`, above all as the number has one digit alone.
        if self.raw_keys or chunk.rfind(self._written_mark) >= 0:
            return None
        # This is the fastest way to count them, too.
        marked = chunk.replace(b"\n", self._mark_in_json)
        count = (len(marked) - len(chunk)) // (len(self._mark_in_json) - 1)
        try:
            found = self._decode_marked(marked)
        except REFUSALS:
            return None
        rows, marks = found[::2], found[1::2]
        return rows if len(rows) == count == len(marks) == marks.count(self._mark) else None

    def decode_array(self, text: bytes) -> Optional[list[Row]]:
        """Decode an array of events; None if one is refused, or it is none.

        Whether the events conform is for `hold` to say.
        """
        if self.raw_keys:
            return None
        try:
            return self._decode_array(text)
        except REFUSALS:
            return None
