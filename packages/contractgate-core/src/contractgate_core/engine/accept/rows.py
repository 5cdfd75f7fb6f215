"""Functions that are written for a contract to test one event that was decoded as a struct."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Optional, cast

import msgspec

from contractgate_core.engine.accept.backoff import Backoff
from contractgate_core.engine.accept.checks import (
    FAILS,
    HOLDS,
    MAY_BE_ZERO,
    ON_EDGE,
    are_tested_alike,
    field_tests,
    is_certain,
    may_be_zero,
)
from contractgate_core.engine.accept.codegen import ASK_CLOCK, Names
from contractgate_core.engine.accept.getters import attributes
from contractgate_core.engine.accept.interface import Accept, Below, Row
from contractgate_core.engine.accept.moments import is_fresh
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.types import float_edges

__all__ = ["REFUSALS", "Decode", "RowTest", "test_of_row", "test_of_value", "write_accept"]

RowTest = Callable[[Any, Optional[int]], int]
"""Called with a struct and the time, or None for the system's clock."""

REFUSALS = (msgspec.DecodeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises; a UnicodeDecodeError is a ValueError."""

Decode = Callable[[bytes], Row]
"""Decodes an event, or raises one of `REFUSALS`."""


def test_of_row(root: FieldPlan, *, is_plain: bool) -> RowTest:
    """Write a function that tests one event; it returns FAILS, HOLDS or a doubt."""
    writer = _Writer(is_plain)
    writer.members(root, "row", " ")
    return writer.compiled("row")


_ACCEPT = """\
def accept(text, now):
 if backoff.left > 0:
  backoff.left -= 1
  approximately = below.approximately  # Python calls what is in a variable faster.
  return approximately(text, now)
 verdict = {holds}
{clock}{tested} if verdict != {holds} and not is_certain(verdict, text):
  fail(); return below.exactly(text, now)
{hidden} if backoff.failures: backoff.failures = 0
 return []
"""
# To look for a number is several times faster than for bytes of that length.
_IS_PLAIN = f"text.isascii() and {ord(chr(92))} not in text"
_TESTED_ALIKE = f"""\
 try: row = decode_plain(text) if {_IS_PLAIN} else decode_rich(text)
 except REFUSALS: fail(); approximately = below.approximately; return approximately(text, now)
{{plain}}"""
_TESTED = f"""\
 if {_IS_PLAIN}:
  try: row = decode_plain(text)
  except REFUSALS: fail(); approximately = below.approximately; return approximately(text, now)
{{plain}} else:
  try: row = decode_rich(text)
  except REFUSALS: fail(); approximately = below.approximately; return approximately(text, now)
{{rich}}"""
_REFUSE = "fail(); approximately = below.approximately; return approximately(text, now)"


def write_accept(
    root: FieldPlan,
    decoders: tuple[Decode, Decode],
    backoff: Backoff,
    below: Below,
    may_hide: Callable[[bytes], bool],
    where: Optional[str],
) -> Accept:
    """Write `Acceptor.accept`: one function, as it is called for every event.

    Args:
        root: What the contract demands.
        decoders: What decodes events that are ASCII without escapes, and what decodes others.
        backoff: Tells when not to try.
        below: Judges what is not accepted.
        may_hide: Tells that there may be in a text what no test has seen.
        where: What is true of a `text` of which it is to be asked; None if of none.
    """
    writer = _Writer(is_plain=True, failing=_REFUSE)
    if are_tested_alike(root):
        tested = _TESTED_ALIKE.format(plain=writer.tests_of_row(root, " "))
    else:
        plain_tests = writer.tests_of_row(root, "  ")
        writer.is_plain = False
        tested = _TESTED.format(plain=plain_tests, rich=writer.tests_of_row(root, "  "))
    source = _ACCEPT.format(
        holds=HOLDS,
        clock=f" {ASK_CLOCK}\n" if writer.needs_clock else "",
        tested=tested,
        hidden="" if where is None else f" if {where} and may_hide(text): {_REFUSE}\n",
    )
    accept = writer.names.compile(
        source,
        "accept",
        decode_plain=decoders[0],
        decode_rich=decoders[1],
        is_certain=is_certain,
        may_hide=may_hide,
        backoff=backoff,
        below=below,
        fail=backoff.fail,
        REFUSALS=REFUSALS,
    )
    return cast("Accept", accept)


def test_of_value(planned: FieldPlan, is_plain: bool) -> RowTest:
    """Write a function that tests a value at a place, and all that is inside it."""
    writer = _Writer(is_plain)
    writer.value(planned, "value", " ")
    return writer.compiled("value")


class _Writer:
    """Writes the statements of a test; values of the contract are bound to names."""

    def __init__(self, is_plain: bool, *, failing: str = f"return {FAILS}") -> None:
        self.is_plain = is_plain
        self._failing = failing
        self._variables = 0
        self.lines: list[str] = []
        self.names = Names()
        self.has_doubts = False
        self.needs_clock = False

    def compiled(self, argument: str) -> RowTest:
        """Compile what was written as the body of a function."""
        head = [f" verdict = {HOLDS}"] if self.has_doubts else []
        head += [f" {ASK_CLOCK}"] if self.needs_clock else []
        end = f" return {'verdict' if self.has_doubts else HOLDS}"
        body = [f"def test({argument}, now):", *head, *self.lines, end]
        return cast("RowTest", self.names.compile("\n".join(body), "test"))

    def tests_of_row(self, root: FieldPlan, indent: str) -> str:
        """Write the tests of an event `row`, as lines of their own."""
        self.lines = []
        self.members(root, "row", indent)
        return "".join(f"{line}\n" for line in self.lines)

    def members(self, planned: FieldPlan, row: str, indent: str) -> None:
        """Write the tests of what is inside an object."""
        for attribute, member in attributes(planned):
            value = self._variable()
            head = [f"{indent}{value} = {row}.{attribute.name}"]
            if attribute.may_be_none:
                head.append(f"{indent}if {value} is not None:")
                self._under(head, member, value, indent + " ")
            else:
                self._under(head, member, value, indent)

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _under(self, head: list[str], planned: FieldPlan, value: str, indent: str) -> None:
        """Write the tests of a value with some lines before them, or nothing if there are none."""
        begin = len(self.lines)
        self.lines += head
        self.value(planned, value, indent)
        if len(self.lines) == begin + len(head):
            del self.lines[begin:]

    def _test(self, condition: str, indent: str) -> None:
        self.lines.append(f"{indent}if not ({condition}): {self._failing}")

    def value(self, planned: FieldPlan, value: str, indent: str) -> None:
        """Write the tests of a value."""
        for test in field_tests(planned, self.is_plain):
            # msgspec has seen to the lengths that a pattern asks for.
            quick = f"{test.quick.write(value, self.names.bind)} or " if test.quick else ""
            self._test(f"{quick}{self.names.bind(test.one)}({value})", indent)
        for max_age in planned.max_ages:
            self.needs_clock = True
            self._test(f"{self.names.bind(partial(is_fresh, max_age))}({value}, now)", indent)
        if may_be_zero(planned):
            self.has_doubts = True
            condition = f"{value} == 0 and verdict == {HOLDS}"
            self.lines.append(f"{indent}if {condition}: verdict = {MAY_BE_ZERO}")
        for sign, edge in zip("<>", float_edges(planned)):
            if edge is not None:
                self.has_doubts = True
                self.lines.append(f"{indent}if {value} {sign} {edge!r}: verdict = {ON_EDGE}")
        if planned.is_raw:
            return
        self.members(planned, value, indent)
        if planned.item is not None:
            item = self._variable()
            head = [f"{indent}for {item} in {value}:"]
            if planned.item.nullable:
                head.append(f"{indent} if {item} is None: continue")
            self._under(head, planned.item, item, indent + " ")
