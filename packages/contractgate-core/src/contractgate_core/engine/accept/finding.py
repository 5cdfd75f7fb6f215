"""The function that finds the violations of an event, written as source for one contract.

It skips what certainly conforms, and asks the exact checks about the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Optional, cast

import msgspec

from contractgate_core.engine.accept.approximate import IN_DOUBT, UNSURE_INTEGER
from contractgate_core.engine.accept.codegen import Source
from contractgate_core.engine.accept.interface import GeneratedFind
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.repeated import LONGEST_CACHED_TEXT, CheckCache, CheckCaches
from contractgate_core.engine.accept.shapes import DICT, NO_SHAPES, Shape, Shapes
from contractgate_core.engine.accept.source import ValueWriter, is_just_object
from contractgate_core.engine.exact import Check, Step, ValueStep
from contractgate_core.events.decode import has_negative_zero, has_number_in_doubt
from contractgate_core.results import Violation

__all__ = ["walks_elements", "walks_members", "write_find"]


def write_find(
    root: FieldPlan,
    steps: Sequence[Step],
    check_rules: Callable[[dict[str, Any], Optional[int], list[Violation]], None],
    report_no_object: Callable[[list[Violation]], None],
    shapes: Shapes = NO_SHAPES,
) -> tuple[GeneratedFind, Callable[[bytes], bool]]:
    """Write the function that finds the violations of an event.

    It returns None if they depend on a number and the event was read approximately. With it comes
    what returns whether a text may have such a number.

    Args:
        root: What the contract demands.
        steps: The exact checks of each field, in the contract's order.
        check_rules: Checks what the contract demands beyond its fields; called unless all of that
            certainly holds.
        report_no_object: Called if the event is not an object.
        shapes: Which objects in an event are no dicts.
    """
    source, shape = Source(), shapes.get(root, DICT)
    writer = _FindWriter(source, shapes)
    with source.function("event, now, is_approximate=False") as name:
        source.line("out = []")
        if shape is DICT:
            with source.block("if type(event) is not dict:"):
                source.line(f"{source.bind(report_no_object)}(out)")
                source.line("return out")
            are_declared = f"{source.bind(frozenset(root.members or {}))}.issuperset(event)"
            event = "event"
        else:
            are_declared = shape.are_none_undeclared("event")
            event = f"{_write_seen_by_rules(source, root, shape)}(event)"
        source.line(f"holds = {'True' if root.is_open else are_declared}")
        writer.found("event", root, steps, _Path("", ""))
        source.line(f"if not holds: {source.bind(check_rules)}({event}, now, out)")
        source.line("return out")
    may_doubt = has_number_in_doubt if writer.asks_about_floats else has_negative_zero
    return cast("GeneratedFind", source.compile(name)), may_doubt


def _write_seen_by_rules(source: Source, root: FieldPlan, shape: Shape) -> str:
    """Write the function that makes of a struct a dict of what rules look at; return its name.

    These are the members at which rules look, and keys that the contract does not declare.
    """
    ruled = {key: member for key, member in (root.members or {}).items() if member.is_ruled}
    with source.function("event") as name:
        source.line("seen = {}")
        for key, member in ruled.items():
            with shape.member(source, "event", key):
                # It may be a struct, or a list of such.
                is_plain = member.members is None and member.item is None
                value = "v" if is_plain else f"{source.bind(msgspec.to_builtins)}(v)"
                source.line(f"seen[{source.bind(key)}] = {value}")
        for key, attribute in shape.undeclared.items():
            source.line(f"if event.{attribute} is not UNSET: seen[{source.bind(key)}] = None")
        source.line("return seen")
    return name


def walks_elements(planned: FieldPlan, step: ValueStep) -> bool:
    """Return whether each element of a list at a place is looked into.

    Lists that are compared as wholes, or have two plans, are left to the exact checks.
    """
    is_walked = planned.allowed is None and not planned.is_raw
    return is_walked and step.item is not None and planned.item is not None


def walks_members(planned: FieldPlan, step: ValueStep) -> bool:
    """Return whether each member of an object at a place is looked into."""
    return step.inside is not None and is_just_object(planned)


def _write_find_in_element(
    planned: FieldPlan, step: ValueStep, shapes: Shapes
) -> Callable[..., Any]:
    """Write the function that finds the violations of an element of an array.

    It returns None if they depend on a number, and the event was read approximately. It is a
    function of its own since Python limits how deep loops and blocks nest.
    """
    source = Source()
    writer = _FindWriter(source, shapes)
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

    Attributes:
        asks_about_floats: Whether violations may depend on a float, and not only on a zero.
    """

    def __init__(self, source: Source, shapes: Shapes) -> None:
        self._source = source
        self.asks_about_floats = False
        self._shapes = shapes
        self._values = ValueWriter(source, is_sent=False, shapes=shapes)

    def found(self, o: str, planned: FieldPlan, steps: Sequence[Step], path: _Path) -> None:
        """Write the statements that find the violations of an object's fields.

        Args:
            o: The name of the object.
            planned: The plan of the object.
            steps: The exact checks of its fields.
            path: The path of the object.
        """
        members, shape = planned.members or {}, self._shapes.get(planned, DICT)
        for step in steps:
            self._field(o, shape, members[step.name], step, path)
        for name in members.keys() - {step.name for step in steps}:
            with shape.member(self._source, o, name):
                self._undeclared(members[name])
            if members[name].required:
                self._source.line("else: holds = False")

    def _undeclared(self, planned: FieldPlan) -> None:
        """Write the statements for a value `v` at which only rules look."""
        with self._unless(planned):
            self._source.line("holds = False")
            self._source.line(f"if is_approximate and {self._doubt(IN_DOUBT)}: return None")

    def _field(self, o: str, shape: Shape, planned: FieldPlan, step: Step, path: _Path) -> None:
        with shape.member(self._source, o, step.name):
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
        if planned.demands_nothing:
            if not planned.nullable:
                with self._source.block("if v is None:"):
                    self._rules_may_fail(planned)
                    self._source.line(on_null)
            return
        if step.item is not None and planned.item is not None and walks_elements(planned, step):
            with self._source.block("if type(v) is list:"):
                if list not in planned.kinds:  # Then a rule demands something else.
                    self._rules_may_fail(planned)
                self._elements(planned.item, step.item(), path)
            rest = msgspec.structs.replace(planned, kinds=planned.kinds - {list})
            with self._source.block("else:"), self._unless(rest):
                self._failing(planned, step, path, on_null)
            return
        if step.inside is None or not walks_members(planned, step):
            with self._unless(planned):
                self._failing(planned, step, path, on_null)
            return
        kind = self._shapes.get(planned, DICT).type_name(self._source)
        with self._source.block(f"if type(v) is not {kind}:"):
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
        if planned.demands_nothing and planned.nullable:
            return
        find = self._source.bind(
            _when_called(partial(_write_find_in_element, planned, step, self._shapes))
        )
        index = self._source.variable()
        self.asks_about_floats = True  # perhaps; it is written later
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
        self.asks_about_floats = self.asks_about_floats or bool(types)
        is_unsure = f"(v == {UNSURE_INTEGER} and type(v) is int)"
        return f"(type(v) in {self._source.bind(types)} or {is_unsure})" if types else is_unsure

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
