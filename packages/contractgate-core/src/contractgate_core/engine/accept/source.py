"""Tests of plain Python values, written as source for one contract.

Two functions come of this. One tells that an object certainly conforms, and that all of it can be
sent. The other goes over a value that was read, exactly or approximately: what certainly conforms
is passed over quickly, and the exact checks are asked about the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Optional, cast

from contractgate_core._reserved import RESERVED_KEY
from contractgate_core.engine.accept.approximate import IN_DOUBT, UNSURE_INTEGER
from contractgate_core.engine.accept.bounds import (
    INT64_HIGH,
    INT64_LOW,
    certain_high,
    certain_low,
    int_bounds,
)
from contractgate_core.engine.accept.codegen import ASK_CLOCK, Names
from contractgate_core.engine.accept.interface import FindInObject, FindWritten
from contractgate_core.engine.accept.moments import is_fresh
from contractgate_core.engine.accept.patterns import bytes_test
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.repeated import LONGEST_TEXT, Repeated
from contractgate_core.engine.accept.types import passing, utf8_length
from contractgate_core.engine.dates import is_calendar_date
from contractgate_core.engine.exact import Step
from contractgate_core.errors import EventEncodeError
from contractgate_core.events.encode import sent_value
from contractgate_core.regex import Pattern
from contractgate_core.results import Violation

__all__ = ["write_find", "write_find_in_object"]

_ANY_LEVELS = 8
_MOST_BYTES = 2**62
_LONGEST_CACHED_DATE = 10
_EVERY_KIND = 6


def write_find_in_object(root: FieldPlan, otherwise: Callable[..., Any]) -> FindInObject:
    """Write the function that gives an empty list for an object that certainly conforms.

    Args:
        root: What the contract demands.
        otherwise: Called with another one, and the time.
    """
    writer = _Writer(is_sent=True)
    return cast("FindInObject", writer.compiled(writer.verb(root, writer.bound(otherwise))))


def write_find(
    root: FieldPlan,
    steps: Sequence[Step],
    check_rules: Callable[[dict[str, Any], Optional[int], list[Violation]], None],
    report_no_object: Callable[[list[Violation]], None],
) -> FindWritten:
    """Write the function that goes over an event and finds its violations.

    It gives None if they depend on a number, and the event was read approximately.

    Args:
        root: What the contract demands.
        steps: The exact checks of each field, in the contract's order.
        check_rules: Checks what the contract asks beyond its fields; called unless that certainly
            holds.
        report_no_object: Called for what is none.
    """
    writer = _Writer(is_sent=False)
    no_object = f"{writer.bound(report_no_object)}(out)"
    rules = f"{writer.bound(check_rules)}(event, now, out)"
    holds = "True"
    if not root.is_open:
        holds = f"{writer.bound(frozenset(root.members or {}))}.issuperset(event)"
    lines = ["out = []", "if type(event) is not dict:", f" {no_object}", " return out"]
    lines += [f"holds = {holds}"]
    lines += writer.found("event", root, steps, "")
    lines += [f"if not holds: {rules}"]
    name = writer.function("event, now, is_approximate=False", lines, "out")
    return cast("FindWritten", writer.compiled(name))


class _Writer:
    """Writes functions; each is known by its name, and by none that a contract has.

    Args:
        is_sent: Values are objects of a user, of which all must be such that they can be sent;
            else they are what the exact reader has read.
    """

    def __init__(self, *, is_sent: bool) -> None:
        self._is_sent = is_sent
        self._functions: list[str] = []
        self._names = Names()
        self.bound = self._names.bind
        self._needs_clock = False
        self._refuse = "return False"

    def compiled(self, name: str) -> Any:
        """Compile what was written and give one of its functions."""
        return self._names.compile("\n".join(self._functions), name)

    def function(self, arguments: str, lines: Sequence[str], result: str) -> str:
        """Write a function and name it."""
        name = f"f{len(self._functions)}"
        needs_clock = self._needs_clock and any(", now)" in line for line in [*lines, result])
        head = [f" {ASK_CLOCK}"] if needs_clock else []
        body = [*head, *(f" {line}" for line in lines), f" return {result}"]
        self._functions.append("\n".join([f"def {name}({arguments}):", *body]))
        return name

    def found(self, o: str, planned: FieldPlan, steps: Sequence[Step], prefix: str) -> list[str]:
        """Write the statements that find the violations of an object's fields.

        Args:
            o: The object.
            planned: Its place.
            steps: The exact checks of its fields.
            prefix: Its path.
        """
        members = planned.members or {}
        lines: list[str] = []
        for step in steps:
            lines += self._found_in_field(o, members[step.name], step, prefix)
        for name in members.keys() - {step.name for step in steps}:
            failing = [f"if not ({self._condition(members[name])}):", " holds = False"]
            failing += [f" if is_approximate and {self._doubt(IN_DOUBT)}: return None"]
            lines += self._member(o, name, failing)
            lines += ["else: holds = False"] if members[name].required else []
        return lines

    def _found_in_field(self, o: str, planned: FieldPlan, step: Step, prefix: str) -> list[str]:
        path = f"{prefix}.{step.name}" if prefix else step.name
        doubt = ["holds = False"] if planned.is_ruled else []
        # What a null or nothing means depends on the contract.
        null: list[Violation] = []
        step.check({step.name: None}, prefix, null)
        absent: list[Violation] = []
        step.check({}, prefix, absent)
        failing = [*doubt, f"if v is None: out += {self.bound(null)}"]
        failing = _indented([*failing, *self._found_in_value(planned, step, path)])
        if step.inside is not None and _is_just_object(planned):
            inner = f"{o}i"
            inside = self.found(inner, planned, step.inside(), path)
            lines = ["if type(v) is not dict:", *failing]
            lines += ["else:", f" {inner} = v", *_indented(inside)]
        else:
            lines = [f"if not ({self._condition(planned)}):", *failing]
        lines = self._member(o, step.name, lines)
        if planned.required:
            lines += ["else:", *_indented([*doubt, f"out += {self.bound(absent)}"])]
        return lines

    def _found_in_value(self, planned: FieldPlan, step: Step, path: str) -> list[str]:
        """Write what a field's checks find in a value `v` that is no null, after an `if`.

        Short texts and integers are looked up, but for personal ones, of which nothing is kept.
        """
        texts = Repeated(step.check_value, path)
        # A rule looks at values that are not of the field's type, too.
        types = IN_DOUBT if planned.is_ruled else IN_DOUBT & {*step.types}
        lines = [f"elif is_approximate and {self._doubt(types)}: return None"]
        if not step.is_secret:
            # Numbers of other types may be equal, and are written in another way.
            integers = self.bound(Repeated(step.check_value, path))
            is_short = f"type(v) is str and len(v) <= {LONGEST_TEXT}"
            lines.insert(0, f"elif {is_short}: out += {self.bound(texts)}[v]")
            lines.append(f"elif type(v) is int: out += {integers}[v]")
        return [*lines, f"else: out += {self.bound(texts.find)}(v)"]

    def _doubt(self, types: frozenset[type]) -> str:
        """Write what is true of a value `v` that may be another one than the exact reader reads.

        Args:
            types: Of which types the value itself matters, and not its type alone.
        """
        is_unsure = f"(v == {UNSURE_INTEGER} and type(v) is int)"
        return f"(type(v) in {self.bound(types)} or {is_unsure})" if types else is_unsure

    def _member(self, o: str, key: str, lines: Sequence[str]) -> list[str]:
        """Write statements about a value `v` that is a member of an object, if it is there."""
        name = self.bound(key)
        return [f"if {name} in {o}:", f" v = {o}[{name}]", *_indented(lines)]

    def verb(self, root: FieldPlan, otherwise: str) -> str:
        """Write the function of a whole event, which goes on by itself with what is refused."""
        lines = ["while True:", *_indented([*self._tried(root, "break"), "return []"])]
        return self.function(f"o, now, otherwise={otherwise}", lines, "otherwise(o, now)")

    def object(self, planned: FieldPlan) -> str:
        """Write a function of an object with members."""
        return self.function("o, now=None", self._tried(planned, "return False"), "True")

    def _tried(self, planned: FieldPlan, refuse: str) -> list[str]:
        """Write the statements that come to a certain one unless the object `o` conforms."""
        before, self._refuse = self._refuse, refuse
        lines = [f"if type(o) is not dict: {refuse}", *self._members(planned, "")]
        self._refuse = before
        # To look a key up that should be there is faster than to ask for it. A surrogate is found
        # where a text is mapped.
        return ["try:", *_indented(lines), f"except (KeyError, UnicodeEncodeError): {refuse}"]

    def _members(self, planned: FieldPlan, level: str) -> list[str]:
        """Write the statements that refuse unless the object `o` of a level conforms."""
        members = planned.members or {}
        lines = [f"n{level} = {len(members)}"]
        for key, member in members.items():
            name = self.bound(key)
            inside = [f"v = o{level}[{name}]", f"if {self._fails(member)}: {self._refuse}"]
            if _is_just_object(member):
                inner = f"{level}i"
                inside += [f"o{inner} = v", *self._members(member, inner)]
            if not member.required:
                inside = [f"if {name} in o{level}:", *_indented(inside)]
                inside += [f"else: n{level} -= 1"]
            lines += inside
        lines += self._others(planned, f"o{level}", f"len(o{level}) != n{level}")
        return lines

    def _fails(self, planned: FieldPlan) -> str:
        """Write what is true of a value `v` that may not conform, apart from what is inside it."""
        return (
            "type(v) is not dict"
            if _is_just_object(planned)
            else f"not ({self._condition(planned)})"
        )

    def _others(self, planned: FieldPlan, o: str, there_are: str) -> list[str]:
        """Write the statement that refuses if further keys of an object do not conform."""
        if not planned.is_open:
            return [f"if {there_are}: {self._refuse}"]
        if not self._is_sent:
            return []
        are_plain = self.bound(partial(_are_others_plain, frozenset(planned.members or {})))
        return [f"if {there_are} and not {are_plain}({o}): {self._refuse}"]

    def _condition(self, planned: FieldPlan) -> str:
        """Write what is true of a value `v` that certainly conforms, however it was read."""
        ways = ["v is None"] if planned.nullable else []
        if planned.is_raw:
            # Of what was read, the exact checks are asked anyway.
            ways += [f"{self.bound(_raw_test(planned))}(v)"] if self._is_sent else []
        elif planned.allowed is not None:
            ways += self._members_of_enum(planned)
        elif not self._is_sent and _demands_nothing(planned):
            ways.append("True" if planned.nullable else "v is not None")
        else:
            ways += self._kinds(planned)
        return " or ".join(f"({way})" for way in ways) or "False"

    def _members_of_enum(self, planned: FieldPlan) -> Iterator[str]:
        values = passing(planned)
        for kind in (str, int):
            of_kind = frozenset(value for value in values if type(value) is kind)
            if not self._is_sent:
                of_kind -= {UNSURE_INTEGER}
            if of_kind:
                fresh = self._freshness(planned) if kind is int else ""
                yield f"type(v) is {kind.__name__} and v in {self.bound(of_kind)}{fresh}"

    def _kinds(self, planned: FieldPlan) -> Iterator[str]:
        if str in planned.kinds:
            yield f"type(v) is str{self._string(planned)}"
        if float in planned.kinds:
            low, high = certain_low(planned.low), certain_high(planned.high)
            if low is not None and high is not None:
                is_free = planned.low is None and planned.high is None and not self._is_sent
                bounds = "" if is_free else f" and {low!r} <= v <= {high!r}"
                yield f"type(v) is float{bounds}"
        if int in planned.kinds:
            yield f"type(v) is int{self._integer(planned)}{self._freshness(planned)}"
        if bool in planned.kinds:
            yield "type(v) is bool"
        if list in planned.kinds:
            yield f"type(v) is list{self._items(planned)}"
        if dict in planned.kinds:
            yield self._inner_object(planned)

    def _string(self, planned: FieldPlan) -> str:
        text = ""
        if _has_right_length_if_matched(planned):
            pass
        elif planned.min_bytes or planned.max_bytes is not None:
            test = self.bound(partial(_is_of_length, planned.min_bytes, planned.max_bytes))
            text = f" and ({_size(planned)} if v.isascii() else {test}(v))"
        elif self._is_sent:
            text = f" and (v.isascii() or {self.bound(_is_text)}(v))"
        if planned.pattern is not None:
            text += f" and {self._match(planned.pattern)}"
        return f"{text} and {self.bound(_is_date)}(v)" if planned.is_date else text

    def _match(self, pattern: Pattern) -> str:
        match = self._match_first(pattern)
        if pattern.fallback is None:
            return match
        return f"({match} or (not v.isascii() and {self.bound(pattern.fallback)}(v)))"

    def _match_first(self, pattern: Pattern) -> str:
        quick = bytes_test(pattern)
        if quick is None:
            return f"{self.bound(pattern.matcher)}(v)"
        most = "" if quick.high is None else f" <= {quick.high}"
        length = f"{quick.low} <= len(v){most} and " if quick.shape is None else ""
        return f"({length}{quick.write('v', self.bound)})"

    def _integer(self, planned: FieldPlan) -> str:
        least, most = int_bounds(planned.low, planned.high)
        is_free = planned.low is None and planned.high is None and not self._is_sent
        bounds = "" if is_free else f" and {least} <= v <= {most}"
        is_unsure = (
            not self._is_sent and float not in planned.kinds and least <= UNSURE_INTEGER <= most
        )
        return f" and v != {UNSURE_INTEGER}{bounds}" if is_unsure else bounds

    def _freshness(self, planned: FieldPlan) -> str:
        self._needs_clock = self._needs_clock or bool(planned.max_ages)
        tests = [self.bound(partial(is_fresh, max_age)) for max_age in planned.max_ages]
        return "".join(f" and {test}(v, now)" for test in tests)

    def _items(self, planned: FieldPlan) -> str:
        if planned.item is None:
            return f" and {self.bound(_are_plain)}(v)" if self._is_sent else ""
        if not self._is_sent and _demands_nothing(planned.item) and planned.item.nullable:
            return ""
        if _is_just_object(planned.item):
            return f" and all(map({self.object(planned.item)}, v))"
        # The elements have the list's name, since what is true of a value is written of `v`.
        return f" and all([{self._condition(planned.item)} for v in v])"

    def _inner_object(self, planned: FieldPlan) -> str:
        if planned.members is not None:
            return f"{self.object(planned)}(v, now)"
        return (
            f"type(v) is dict and {self.bound(_is_plain)}(v)"
            if self._is_sent
            else "type(v) is dict"
        )


def _indented(lines: Sequence[str]) -> list[str]:
    return [f" {line}" for line in lines]


def _is_just_object(planned: FieldPlan) -> bool:
    """Tell whether only an object passes, of which no more than its members are to be tested."""
    is_free = planned.allowed is None and not planned.nullable and not planned.is_raw
    return is_free and planned.kinds == {dict} and planned.members is not None


def _demands_nothing(planned: FieldPlan) -> bool:
    return (
        len(planned.kinds) == _EVERY_KIND
        and (planned.low, planned.high, planned.max_bytes, planned.pattern)
        == (None, None, None, None)
        and not planned.min_bytes
        and not planned.is_raw
        and planned.allowed is None
    )


def _has_right_length_if_matched(planned: FieldPlan) -> bool:
    """Tell whether a string that the pattern matches can be sent and is as long as it must be."""
    if not planned.is_ascii or planned.min_bytes > planned.min_chars:
        return False
    most = planned.max_bytes
    return most is None or (planned.max_chars is not None and planned.max_chars <= most)


def _size(planned: FieldPlan) -> str:
    """Write what is true of a string of ASCII that is as long as it must be."""
    low = f"{planned.min_bytes} <= " if planned.min_bytes else ""
    high = "" if planned.max_bytes is None else f" <= {min(planned.max_bytes, _MOST_BYTES)}"
    return f"{low}len(v){high}"


def _is_of_length(low: int, high: Optional[int], text: str) -> bool:
    try:
        size = utf8_length(text)
    except UnicodeEncodeError:
        return False
    return low <= size and (high is None or size <= high)


def _is_text(text: str) -> bool:
    """Tell whether a text has no lone surrogate, so that it can be sent."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# Dates repeat, and the long form is all that data of today has.
_is_date_cached = lru_cache(maxsize=4096)(is_calendar_date)


def _is_date(text: str) -> bool:
    return len(text) == _LONGEST_CACHED_DATE and _is_date_cached(text)


def _are_others_plain(declared: frozenset[str], value: dict[Any, Any]) -> bool:
    """Tell whether undeclared keys and their values can be sent, and are read as they are."""
    return RESERVED_KEY not in value and all(
        type(key) is str and _is_text(key) and _is_plain(value[key])
        for key in value
        if key not in declared
    )


def _are_plain(values: Sequence[object], levels: int = _ANY_LEVELS) -> bool:
    return all(_is_plain(value, levels) for value in values)


def _is_plain(value: Any, levels: int = _ANY_LEVELS) -> bool:
    """Tell whether a value is such that it can be sent, whatever else it is."""
    kind = type(value)
    if kind is str:
        return value.isascii() or _is_text(value)
    if kind is int:
        return bool(INT64_LOW <= value <= INT64_HIGH)
    if kind is float:
        return bool(_LOWEST <= value <= _HIGHEST)
    if kind is list and levels:
        return _are_plain(value, levels - 1)
    if kind is dict and levels:
        return RESERVED_KEY not in value and all(
            type(key) is str and _is_text(key) and _is_plain(member, levels - 1)
            for key, member in value.items()
        )
    return value is None or kind is bool


_LOWEST, _HIGHEST = cast("float", certain_low(None)), cast("float", certain_high(None))


def _raw_test(planned: FieldPlan) -> Callable[[object], bool]:
    """Test an object of a user's by the exact checks of its fields."""

    def test(value: object) -> bool:
        try:
            value = sent_value(value, levels=_ANY_LEVELS)
        except EventEncodeError:
            return False
        found: list[Violation] = []
        for check in planned.exact:
            check(value, planned.path, found)
        return not found and (value is not None or planned.nullable)

    return test
