"""Tests of Python values, written as source for one contract.

Two functions are made. One decides whether an object certainly conforms and can be sent. The other
finds the violations of a value that was read exactly or approximately: it skips what certainly
conforms, and asks the exact checks about the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Optional, cast

from contractgate_core.engine.accept.approximate import IN_DOUBT, UNSURE_INTEGER
from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.demands import KINDS
from contractgate_core.engine.accept.facts import exact_fact, value_facts
from contractgate_core.engine.accept.interface import FindInObject, GeneratedFind
from contractgate_core.engine.accept.limits import passing_values
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.repeated import LONGEST_CACHED_TEXT, CheckCache, CheckCaches
from contractgate_core.engine.accept.sendable import are_others_sendable, are_sendable, is_sendable
from contractgate_core.engine.exact import Check, Step, ValueStep
from contractgate_core.results import Violation

__all__ = ["write_find", "write_find_in_object"]


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


def write_find(
    root: FieldPlan,
    steps: Sequence[Step],
    check_rules: Callable[[dict[str, Any], Optional[int], list[Violation]], None],
    report_no_object: Callable[[list[Violation]], None],
) -> GeneratedFind:
    """Write the function that finds the violations of an event.

    It returns None if they depend on a number and the event was read approximately.

    Args:
        root: What the contract demands.
        steps: The exact checks of each field, in the contract's order.
        check_rules: Checks what the contract demands beyond its fields; called unless all of that
            certainly holds.
        report_no_object: Called if the event is not an object.
    """
    source = Source()
    writer = _FindWriter(source)
    with source.function("event, now, is_approximate=False") as name:
        source.line("out = []")
        with source.block("if type(event) is not dict:"):
            source.line(f"{source.bind(report_no_object)}(out)")
            source.line("return out")
        are_declared = f"{source.bind(frozenset(root.members or {}))}.issuperset(event)"
        source.line(f"holds = {'True' if root.is_open else are_declared}")
        writer.found("event", root, steps, _Path("", ""))
        source.line(f"if not holds: {source.bind(check_rules)}(event, now, out)")
        source.line("return out")
    return cast("GeneratedFind", source.compile(name))


class _ValueWriter:
    """Writes conditions that are true only if a value `v` certainly conforms.

    Args:
        source: The source in which the conditions will be written.
        is_sent: Whether values are from a user, and must be sendable; otherwise they were read from
            JSON.
    """

    def __init__(self, source: Source, *, is_sent: bool) -> None:
        self._source = source
        self._is_sent = is_sent
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
        return " and ".join([f"type(v) is {kind.__name__}", *tests])

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
                _ObjectWriter(self._source, is_sent=self._is_sent).tried(planned, "return False")
                self._source.line("return True")
            self._functions[planned] = name
        return self._functions[planned]


class _ObjectWriter:
    """Writes statements that run another one, `refuse`, unless an object certainly conforms."""

    def __init__(self, source: Source, *, is_sent: bool = True) -> None:
        self._source = source
        self._is_sent = is_sent
        self._values = _ValueWriter(source, is_sent=is_sent)

    def tried(self, planned: FieldPlan, refuse: str) -> None:
        """Write the statements for an object `o`."""
        with self._source.block("try:"):
            self._source.line(f"if type(o) is not dict: {refuse}")
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
        self._source.line(f"n{level} = {len(members)}")
        for key, member in members.items():
            name = self._source.bind(key)
            if member.required:
                self._member(member, name, level, refuse)
                continue
            with self._source.block(f"if {name} in o{level}:"):
                self._member(member, name, level, refuse)
            self._source.line(f"else: n{level} -= 1")
        self._others(planned, level, refuse)

    def _member(self, planned: FieldPlan, name: str, level: str, refuse: str) -> None:
        self._source.line(f"v = o{level}[{name}]")
        if not is_just_object(planned):
            self._source.line(f"if not ({self._values.condition(planned)}): {refuse}")
            return
        self._source.line(f"if type(v) is not dict: {refuse}")
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


def _write_find_in_element(planned: FieldPlan, step: ValueStep) -> Callable[..., Any]:
    """Write the function that finds the violations of an element of an array.

    It returns None if they depend on a number, and the event was read approximately. It is a
    function of its own since Python limits how deep loops and blocks nest.
    """
    source = Source()
    writer = _FindWriter(source)
    with source.function("v, path, out, now, is_approximate") as name:
        writer.value("o", planned, step, _ELEMENT, writer.finds_in_value(step.check, _ELEMENT))
        source.line("return out")
    return cast("Callable[..., Any]", source.compile(name))


def _when_called(make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """Make a function when it is first called, since compiling what is written takes long."""
    made: list[Callable[..., Any]] = []

    def call(*arguments: Any) -> Any:
        if not made:
            made.append(make())
        return made[0](*arguments)

    return call


class _Path(NamedTuple):
    """The path of a value: known when its test is written, or inside an element of an array.

    Attributes:
        element: The name of the variable with the path of the element; empty if there is none.
        rest: The path from there on.
    """

    element: str
    rest: str

    def member(self, key: str) -> _Path:
        """Return the path of a member of an object."""
        is_inner = bool(self.element or self.rest)
        return self._replace(rest=f"{self.rest}.{key}" if is_inner else key)

    def write(self, source: Source) -> str:
        """Return what is the path, as source."""
        if not self.element:
            return source.bind(self.rest)
        return f"{self.element} + {source.bind(self.rest)}" if self.rest else self.element


_ELEMENT = _Path("path", "")


class _FindWriter:
    """Writes statements that find the violations of a value that was read from JSON.

    They use two variables: `out`, the violations so far, and `holds`, which is true while all that
    the contract demands beyond its fields certainly holds. Rules look at no element of an array.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._values = _ValueWriter(source, is_sent=False)

    def found(self, o: str, planned: FieldPlan, steps: Sequence[Step], path: _Path) -> None:
        """Write the statements that find the violations of an object's fields.

        Args:
            o: The name of the object.
            planned: The plan of the object.
            steps: The exact checks of its fields.
            path: The path of the object.
        """
        members = planned.members or {}
        for step in steps:
            self._field(o, members[step.name], step, path)
        for name in members.keys() - {step.name for step in steps}:
            self._undeclared(o, name, members[name])

    def _undeclared(self, o: str, name: str, planned: FieldPlan) -> None:
        """Write the statements for a place at which only rules look."""
        with self._member(o, name), self._unless(planned):
            self._source.line("holds = False")
            self._source.line(f"if is_approximate and {self._doubt(IN_DOUBT)}: return None")
        if planned.required:
            self._source.line("else: holds = False")

    def _field(self, o: str, planned: FieldPlan, step: Step, path: _Path) -> None:
        with self._member(o, step.name):
            on_null = self._finds(step.check, {step.name: None}, path)
            self.value(f"{o}i", planned, step.value, path.member(step.name), on_null)
        if planned.required:
            with self._source.block("else:"):
                self._rules_may_fail(planned)
                self._source.line(self._finds(step.check, {}, path))

    def value(self, o: str, planned: FieldPlan, step: ValueStep, path: _Path, on_null: str) -> None:
        """Write the statements that find the violations of a value `v`.

        Args:
            o: How it is named if it is an object.
            planned: The plan of its place.
            step: Its exact checks.
            path: Its path.
            on_null: The statement that reports a null; what that means depends on the contract.
        """
        if step.inside is None or not is_just_object(planned):
            with self._unless(planned):
                self._failing(planned, step, path, on_null)
            return
        with self._source.block("if type(v) is not dict:"):
            self._failing(planned, step, path, on_null)
        with self._source.block("else:"):
            self._source.line(f"{o} = v")
            self.found(o, planned, step.inside(), path)

    def _failing(self, planned: FieldPlan, step: ValueStep, path: _Path, on_null: str) -> None:
        """Write the statements that report a value `v` that does not certainly conform.

        Short texts and integers are looked up in a cache, unless they are personal.
        """
        self._rules_may_fail(planned)
        line, bind = self._source.line, self._source.bind
        line(f"if v is None: {on_null}")
        # Lists that are compared as wholes, or have two plans, are left to the exact checks.
        is_walked = planned.allowed is None and not planned.is_raw
        if step.item is not None and planned.item is not None and is_walked:
            with self._source.block("elif type(v) is list:"):
                self._elements(planned.item, step.item(), path)
        if path.element:
            # Python takes long to compile what is written, and arrays are seldom where it pays.
            arguments = f"v, {path.write(self._source)}, out, is_approximate"
            line(f"elif {bind(_report_in_element(step))}({arguments}): return None")
            return
        checked = CheckCache(step.check, path.rest)
        cache = None if step.is_secret else bind(checked)
        if cache is not None:
            line(f"elif type(v) is str and len(v) <= {LONGEST_CACHED_TEXT}: out += {cache}[v]")
        # Rules also look at values of other types than the field's.
        types = IN_DOUBT if planned.is_ruled else IN_DOUBT & {*step.types}
        line(f"elif is_approximate and {self._doubt(types)}: return None")
        if cache is not None:  # Equal numbers of other types are written differently.
            line(f"elif type(v) is int: out += {cache}[v]")
        line(f"else: out += {bind(checked.find)}(v)")

    def _elements(self, planned: FieldPlan, step: ValueStep, path: _Path) -> None:
        """Write the statements that find the violations of the elements of a list `v`."""
        find = self._source.bind(_when_called(partial(_write_find_in_element, planned, step)))
        index = self._source.variable()
        with self._source.block(f"for {index}, v in enumerate(v):"), self._unless(planned):
            element = f"f'{{{path.write(self._source)}}}[{{{index}}}]'"
            found = f"{find}(v, {element}, out, now, is_approximate)"
            self._source.line(f"if {found} is None: return None")

    def _finds(self, check: Check, value: dict[str, Any], path: _Path) -> str:
        """Return the statement that reports what a field's check finds in an object.

        Args:
            check: The check.
            value: The object.
            path: The path of the object.
        """
        if path.element:
            bind = self._source.bind
            return f"{bind(check)}({bind(value)}, {path.write(self._source)}, out)"
        found: list[Violation] = []
        check(value, path.rest, found)
        return f"out += {self._source.bind(found)}"

    def finds_in_value(self, check: Check, path: _Path) -> str:
        """Return the statement that reports what a check finds in a value `v`."""
        return f"{self._source.bind(check)}(v, {path.write(self._source)}, out)"

    def _rules_may_fail(self, planned: FieldPlan) -> None:
        """Write that rules must be asked, if one looks at the place."""
        if planned.is_ruled:
            self._source.line("holds = False")

    def _doubt(self, types: frozenset[type]) -> str:
        """Return a condition that is true of each value `v` that is in doubt.

        Args:
            types: The types of which the value itself matters, not only the type.
        """
        is_unsure = f"(v == {UNSURE_INTEGER} and type(v) is int)"
        return f"(type(v) in {self._source.bind(types)} or {is_unsure})" if types else is_unsure

    @contextmanager
    def _member(self, o: str, key: str) -> Iterator[None]:
        """Write a block for a member `v` of an object, if it is present."""
        name = self._source.bind(key)
        with self._source.block(f"if {name} in {o}:"):
            self._source.line(f"v = {o}[{name}]")
            yield

    @contextmanager
    def _unless(self, planned: FieldPlan) -> Iterator[None]:
        with self._source.block(f"if not ({self._values.condition(planned)}):"):
            yield


def _report_in_element(step: ValueStep) -> Callable[[Any, str, list[Violation], bool], bool]:
    """Make what reports a value inside an element, and returns whether it is in doubt instead."""
    check, caches = step.check, None if step.is_secret else CheckCaches(step.check)
    types = IN_DOUBT & {*step.types}

    def report(value: Any, path: str, out: list[Violation], is_approximate: bool) -> bool:
        kind = type(value)
        if caches is not None and kind is str and len(value) <= LONGEST_CACHED_TEXT:
            out += caches[path][value]
        elif is_approximate and (kind in types or (kind is int and value == UNSURE_INTEGER)):
            return True
        elif caches is not None and kind is int:
            out += caches[path][value]
        else:
            check(value, path, out)
        return False

    return report


def is_just_object(planned: FieldPlan) -> bool:
    """Return whether only objects pass, and only their members must be tested."""
    is_free = planned.allowed is None and not planned.nullable and not planned.is_raw
    return is_free and planned.kinds == {dict} and planned.members is not None


def _passing_kinds(planned: FieldPlan) -> list[type]:
    kinds = planned.kinds
    if planned.allowed is not None:
        kinds = frozenset(map(type, passing_values(planned)))
    return [kind for kind in KINDS if kind in kinds]
