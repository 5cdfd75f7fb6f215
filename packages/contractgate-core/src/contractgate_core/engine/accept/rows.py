"""Generated functions that test one event decoded as a struct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, cast

from contractgate_core.engine.accept.backoff import Backoff
from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.facts import Fact
from contractgate_core.engine.accept.interface import IS_PLAIN, REFUSALS, Accept, LowerTiers, Row
from contractgate_core.engine.accept.struct_plan import StructPlan
from contractgate_core.engine.accept.verdict import Verdict, is_certain

__all__ = ["Decode", "RowTest", "test_of_row", "test_of_value", "write_accept"]

RowTest = Callable[[Any, Optional[int]], int]
"""Called with a struct and the time, or None for the system's clock; returns a `Verdict`."""

Decode = Callable[[bytes], Row]
"""Decodes an event, or raises one of `REFUSALS`."""


def test_of_row(root: StructPlan) -> RowTest:
    """Write a function that tests one event."""
    return _test(root, _Writer.members)


def test_of_value(place: StructPlan) -> RowTest:
    """Write a function that tests a value at a place, and everything inside it."""
    return _test(place, _Writer.value)


def _test(place: StructPlan, write: Callable[[_Writer, StructPlan, str], None]) -> RowTest:
    source = Source()
    with source.function("value, now", "test"):
        failing = f"return {Verdict.FAILS:d}"
        writer = _Writer(source, failing=failing, failing_in_loop=failing)
        write(writer, place, "value")
        source.line(f"return {'verdict' if writer.has_doubts else int(Verdict.HOLDS)}")
    return cast("RowTest", source.compile("test"))


_REFUSE = "fail(); return refused(text, now)"


def write_accept(
    plans: tuple[StructPlan, StructPlan],
    decoders: tuple[Decode, Decode],
    backoff: Backoff,
    below: LowerTiers,
    may_hide: Callable[[bytes], bool],
    condition: Optional[str],
) -> Accept:
    """Write `Acceptor.accept`: one function, since it is called for every event.

    Args:
        plans: The tests of events in plain texts, and in others.
        decoders: The decoders of plain texts, and of others.
        backoff: Decides when not to try.
        below: Judges the texts that are not accepted.
        may_hide: Returns whether a text may hide values that were not checked.
        condition: Source that is true of each `text` that may do so; None if none may.
    """
    source = Source()
    with source.function("text, now", "accept"):
        with source.block("if backoff.left > 0:"):
            source.line("backoff.left -= 1")
            source.line("return approximately(text, now)")
        # What refuses an event leaves this loop, which ends otherwise with its first round.
        with source.block("while True:"):
            _write_tests(_Writer(source, failing="break", failing_in_loop=_REFUSE), *plans)
            if condition is not None:
                source.line(f"if {condition} and may_hide(text): break")
            source.line("if backoff.failures: backoff.failures = 0")
            source.line("return []")
        source.line(_REFUSE)
    accept = source.compile(
        "accept",
        decode_plain=decoders[0],
        decode_rich=decoders[1],
        is_certain=is_certain,
        may_hide=may_hide,
        backoff=backoff,
        approximately=below.approximately,
        refused=below.refused,
        exactly=below.exactly,
        fail=backoff.fail,
        REFUSALS=REFUSALS,
    )
    return cast("Accept", accept)


def _write_tests(writer: _Writer, plain: StructPlan, rich: StructPlan) -> None:
    """Write how a text is decoded, and the tests of the event."""
    if plain is rich:
        _write_tested(writer, plain, f"decode_plain(text) if {IS_PLAIN} else decode_rich(text)")
    else:
        with writer.source.block(f"if {IS_PLAIN}:"):
            _write_tested(writer, plain, "decode_plain(text)")
        with writer.source.block("else:"):
            _write_tested(writer, rich, "decode_rich(text)")
    if writer.has_doubts:
        is_doubtful = f"verdict != {Verdict.HOLDS:d} and not is_certain(verdict, text)"
        writer.source.line(f"if {is_doubtful}: fail(); return exactly(text, now)")


def _write_tested(writer: _Writer, root: StructPlan, decode: str) -> None:
    writer.source.line(f"try: row = {decode}")
    writer.source.line("except REFUSALS: break")
    writer.members(root, "row")


class _Writer:
    """Writes the statements of a test.

    Args:
        source: The source in which they are written.
        failing: The statement for an event that fails.
        failing_in_loop: The same inside a loop over the elements of an array.

    Attributes:
        has_doubts: Whether there is a variable `verdict`, which holds the greatest doubt so far.
    """

    def __init__(self, source: Source, *, failing: str, failing_in_loop: str) -> None:
        self.source = source
        self.has_doubts = False
        self._failing = failing
        self._failing_in_loop = failing_in_loop

    def members(self, place: StructPlan, row: str) -> None:
        """Write the tests of the attributes of a struct."""
        for member in place.members:
            if not _is_tested(member):
                continue
            value = self.source.variable()
            self.source.line(f"{value} = {row}.{member.name}")
            if member.may_be_none:
                with self.source.block(f"if {value} is not None:"):
                    self.value(member, value)
            else:
                self.value(member, value)

    def value(self, place: StructPlan, value: str) -> None:
        """Write the tests of a value, and of everything inside it."""
        for fact in place.facts:
            self._fact(fact, value)
        self.members(place, value)
        if place.item is not None and _is_tested(place.item):
            self._items(place.item, value)

    def _items(self, place: StructPlan, values: str) -> None:
        """Write the tests of the elements of an array."""
        item = self.source.variable()
        outside, self._failing = self._failing, self._failing_in_loop
        with self.source.block(f"for {item} in {values}:"):
            if place.may_be_none:
                self.source.line(f"if {item} is None: continue")
            self.value(place, item)
        self._failing = outside

    def _fact(self, fact: Fact, value: str) -> None:
        condition = fact.write(value, self.source)
        if fact.confirm is not None:
            condition = f"{condition} or {self.source.bind(fact.confirm)}({value})"
        if fact.on_failure == Verdict.FAILS:
            self.source.line(f"if not ({condition}): {self._failing}")
            return
        self.has_doubts = True
        self.source.begin_with(f"verdict = {Verdict.HOLDS:d}")
        doubt = f"{fact.on_failure:d}"
        self.source.line(f"if not ({condition}) and verdict < {doubt}: verdict = {doubt}")


def _is_tested(place: StructPlan) -> bool:
    """Return whether anything must be tested at a place or inside it."""
    inside = [*place.members, *([] if place.item is None else [place.item])]
    return bool(place.facts) or any(map(_is_tested, inside))
