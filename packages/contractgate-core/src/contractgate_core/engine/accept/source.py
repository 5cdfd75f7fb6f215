"""Tests of Python values, written as source for one contract.

They are conditions that are true only if a value certainly conforms, and a function that decides
whether an object of a user certainly conforms and can be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.demands import KINDS
from contractgate_core.engine.accept.facts import exact_fact, value_facts
from contractgate_core.engine.accept.interface import FindInObject
from contractgate_core.engine.accept.limits import passing_values
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.sendable import are_others_sendable, are_sendable, is_sendable
from contractgate_core.engine.accept.shapes import DICT, NO_SHAPES, Shape, Shapes

__all__ = ["ValueWriter", "is_just_object", "write_find_in_object"]


def write_find_in_object(root: FieldPlan, otherwise: Callable[..., Any]) -> FindInObject:
    """Write the function that returns an empty list if an object certainly conforms.

    Args:
        root: What the contract demands.
        otherwise: Called with any other object, and the time.
    """
    source = Source()
    writer = _ObjectWriter(source)
    with source.function(f"o, now, otherwise={source.bind(otherwise)}") as name:
        with source.block("while True:"):
            writer.tried(root, "break")
            source.line("return []")
        source.line("return otherwise(o, now)")
    return cast("FindInObject", source.compile(name))


class ValueWriter:
    """Writes conditions that are true only if a value `v` certainly conforms.

    Args:
        source: The source in which the conditions will be written.
        is_sent: Whether values are from a user, and must be sendable; otherwise they were read from
            JSON.
        shapes: Which objects are no dicts.
    """

    def __init__(self, source: Source, *, is_sent: bool, shapes: Shapes = NO_SHAPES) -> None:
        self._source = source
        self._is_sent = is_sent
        self._shapes = shapes
        self._functions: dict[FieldPlan, str] = {}

    def condition(self, planned: FieldPlan) -> str:
        """Return the condition, which is valid for values read exactly or approximately."""
        ways = ["v is None"] if planned.nullable else []
        if planned.is_raw:
            # Values that were read go to the exact checks anyway.
            ways += [exact_fact(planned).write("v", self._source)] if self._is_sent else []
        elif not self._is_sent and planned.demands_nothing:
            ways.append("True" if planned.nullable else "v is not None")
        else:
            ways += [self._of_kind(planned, kind) for kind in _passing_kinds(planned)]
        return " or ".join(f"({way})" for way in ways) or "False"

    def _of_kind(self, planned: FieldPlan, kind: type) -> str:
        facts = value_facts(planned, kind, is_sent=self._is_sent)
        tests = [fact.write("v", self._source) for fact in facts]
        if kind is list:
            tests += self._items(planned)
        elif kind is dict:
            tests += self._inside_object(planned)
        name = kind.__name__
        if kind is dict:
            name = self._shapes.get(planned, DICT).type_name(self._source)
        return " and ".join([f"type(v) is {name}", *tests])

    def _items(self, planned: FieldPlan) -> Iterator[str]:
        item = planned.item
        if item is None:
            yield from [f"{self._source.bind(are_sendable)}(v)"] if self._is_sent else []
        elif not self._is_sent and item.demands_nothing and item.nullable:
            return
        elif is_just_object(item):
            yield f"all(map({self.function(item)}, v))"
        else:
            # Elements have the name of the list, since all conditions are about `v`.
            yield f"all([{self.condition(item)} for v in v])"

    def _inside_object(self, planned: FieldPlan) -> Iterator[str]:
        if planned.members is not None:
            yield f"{self.function(planned)}(v, now)"
        elif self._is_sent:
            yield f"{self._source.bind(is_sendable)}(v)"

    def function(self, planned: FieldPlan) -> str:
        """Write a function that tests an object with members, once, and return its name."""
        if planned not in self._functions:
            with self._source.function("o, now=None") as name:
                writer = _ObjectWriter(self._source, is_sent=self._is_sent, shapes=self._shapes)
                writer.tried(planned, "return False")
                self._source.line("return True")
            self._functions[planned] = name
        return self._functions[planned]


class _ObjectWriter:
    """Writes statements that run another one, `refuse`, unless an object certainly conforms."""

    def __init__(self, source: Source, *, is_sent: bool = True, shapes: Shapes = NO_SHAPES) -> None:
        self._source = source
        self._is_sent = is_sent
        self._shapes = shapes
        self._values = ValueWriter(source, is_sent=is_sent, shapes=shapes)

    def tried(self, planned: FieldPlan, refuse: str) -> None:
        """Write the statements for an object `o`."""
        shape = self._shapes.get(planned, DICT)
        with self._source.block("try:"):
            self._source.line(f"if type(o) is not {shape.type_name(self._source)}: {refuse}")
            self._members(planned, "", refuse)
        # Looking up a required key is faster than asking whether it is there. A lone surrogate is
        # found when a text is encoded.
        self._source.line(f"except (KeyError, UnicodeEncodeError): {refuse}")

    def _members(self, planned: FieldPlan, level: str, refuse: str) -> None:
        """Write the statements for the object at a level, and count its members.

        Args:
            planned: The plan of the object.
            level: An `i` for each level; the object at level `ii` is `oii`, its count is `nii`.
            refuse: The statement for an object that does not certainly conform.
        """
        members = planned.members or {}
        shape = self._shapes.get(planned, DICT)
        if shape is not DICT:
            self._attributes(planned, shape, level, refuse)
            return
        self._source.line(f"n{level} = {len(members)}")
        for key, member in members.items():
            if member.required:
                self._source.line(f"v = o{level}[{self._source.bind(key)}]")
                self._value(member, level, refuse)
                continue
            with shape.member(self._source, f"o{level}", key):
                self._value(member, level, refuse)
            self._source.line(f"else: n{level} -= 1")
        self._others(planned, level, refuse)

    def _attributes(self, planned: FieldPlan, shape: Shape, level: str, refuse: str) -> None:
        """Write the statements for a struct at a level."""
        for key, member in (planned.members or {}).items():
            with shape.member(self._source, f"o{level}", key):
                self._value(member, level, refuse)
            if member.required:
                self._source.line(f"else: {refuse}")
        if not planned.is_open and shape.undeclared:
            self._source.line(f"if not ({shape.are_none_undeclared(f'o{level}')}): {refuse}")

    def _value(self, planned: FieldPlan, level: str, refuse: str) -> None:
        """Write the statements for a member `v`."""
        if not is_just_object(planned):
            self._source.line(f"if not ({self._values.condition(planned)}): {refuse}")
            return
        kind = self._shapes.get(planned, DICT).type_name(self._source)
        self._source.line(f"if type(v) is not {kind}: {refuse}")
        self._source.line(f"o{level}i = v")
        self._members(planned, f"{level}i", refuse)

    def _others(self, planned: FieldPlan, level: str, refuse: str) -> None:
        """Write the statement for undeclared keys."""
        there_are = f"len(o{level}) != n{level}"
        if not planned.is_open:
            self._source.line(f"if {there_are}: {refuse}")
        elif self._is_sent:
            test = self._source.bind(partial(are_others_sendable, frozenset(planned.members or {})))
            self._source.line(f"if {there_are} and not {test}(o{level}): {refuse}")


def is_just_object(planned: FieldPlan) -> bool:
    """Return whether only objects pass, and only their members must be tested."""
    is_free = planned.allowed is None and not planned.nullable and not planned.is_raw
    return is_free and planned.kinds == {dict} and planned.members is not None


def _passing_kinds(planned: FieldPlan) -> list[type]:
    kinds = planned.kinds
    if planned.allowed is not None:
        kinds = frozenset(map(type, passing_values(planned)))
    return [kind for kind in KINDS if kind in kinds]
