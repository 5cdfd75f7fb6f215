"""Random contracts, and events that conform to them or miss them by a little.

Events are made as JSON texts, since much of what readers differ in is how a value is written. One
seed makes the same contracts and events everywhere.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import math
import random
import uuid
from typing import Any, Callable

__all__ = ["NOW", "random_contract", "random_event", "random_garbage", "random_object"]

NOW = 1_712_000_100
"""The time at which freshness rules look at the events."""

Fields = list[dict[str, Any]]
Rules = list[tuple[list[str], str]]
"""Where rules look, from some object on, and of what type they are."""

_NAMES = ["a", "b", "c", "a.b", "é", "x y", "", "id", "0", "ab"]
RESERVED_KEY = "$serde_json::private::RawValue"
"""Refused in events wherever it stands."""
_KEYS = [*_NAMES, *_NAMES, *_NAMES, "a" * 29, "k" * 30, "long" * 12, RESERVED_KEY]
"""The keys in values of which contracts seldom speak."""
_BOUNDS = [
    0, 1, -1, 5, 100, 0.5, 99.9, 2**53, 2**63, -(2**63), 1e300, 5e-324, 1e22, 3.14, -0.0, 2**64,
    2**53 + 2, 858388815503394.25, 1e-05,
]  # fmt: skip
_PATTERNS = [
    "^[a-z0-9_]{1,8}$",
    "^[A-Z]{2}-[0-9]{2}$",
    "^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$",
    "^\\w[\\w .'-]{0,60}$",
    "b",
    "^(ab|a)*$",
    "^$",
    "^.{2,4}$",
    "^a\\nb?$",
    "x$",
    "^é{1,3}$",
]
# The law proves a rule only with values that break it, at each kind of place: strings, dates,
# `any`, elements, enums. Leave its fact out, and see the law fail.
_TEXTS = [
    "", "a", "ab", "AB-12", "AB-1", "user_01", "a@b.cd", "é", "éé", "ééé", "李小龙", "a\nb", "a\n",
    "2024-02-29", "2023-02-29", "2024-1-1", " 2024-01-01", "0000-01-01", "+12024-01-01",
    "2024-01-01T00:00:00Z", "x" * 30, "😀", "\x00", "\x7f", "\u2028", "b", "aab", "O'Neill", '"',
    "\\",
]  # fmt: skip
_ALLOWED_TEXTS = 12
"""How many of them stand in enums: the first ones."""
_NUMBERS = [
    "0", "-0", "1", "-1", "5", "100", "101", "99", "0.0", "-0.0", "1.0", "1e0", "5.0", "100.0",
    "100.00000000000001", "99.99999999999999", "100.000000000000007105", "0.5",
    "0.50000000000000001", "0.5000000000000001", "0.4999999999999999999", "99.9",
    "99.90000000000000001", "3.14",
    "3.140000000000000124", "9007199254740992", "9007199254740993", "9007199254740992.5",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1e300", "1.0000000000000001e300", "1e308",
    "1.7976931348623157e308", "1.7976931348623159e308", "17976931348623157e292", "1e309", "1e999",
    "1e-400", "-1e-400", "5e-324", "2.4703282292062327208e-324", "2.4703282292062328e-324",
    "-2.4703282292062328e-324", "1e22", "1e23", "12e-1", "1E2", "1e+2", "0e999", "-0e0",
    "1712000000", "1712000100", "1712000101", "1711999999", "1712000000000", "1712000000.0",
    "1700000000000", "1700000000001", "9" * 310, "1e-225", "0e5", "-0e5", "0.000",
    "9007199254740991", "-9007199254740993", "9223372036854775809", "18446744073709551614",
    "18446744073709549568", "858388815503394.25", "2212993715.06640625", "1e-5", "0.00001", "1e16",
    "-0.1e1", "1" + "0" * 25,
]  # fmt: skip
_TIMES = [
    "-0", "-0", "0", "-0.0", "0.0", "0e5", "-1", "1712000100", "1712000101", "1712000000",
    "1711999999", "1712000100.0", "1712000100e0", "1700000000000", "1700000000001", "1712000000000",
    "1712000100999", "1712000101000", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
    "18446744073709551616", "null", '"1712000000"', "true",
]  # fmt: skip
_SPOKEN_OF = {
    "freshness": _TIMES,
    "metric": _NUMBERS,
    "completeness": ["null", '""', '"a"', "-0", "0", "0.1", "[]", "{}"],
    "uniqueness": ["-0", "0", "0.0", "1", "1.0", '"a"', "null", "[-0]", '{"a":0}'],
}
"""What may stand where a rule looks."""
_TYPES = ["string", "integer", "float", "boolean", "object", "array", "any", "date"]


def random_contract(r: random.Random) -> dict[str, Any]:
    """Make a contract, as what its YAML would say."""
    entities = _fields(r, r.randint(0, 5), 0)
    paths = _paths(entities, "") or ["a"]
    contract: dict[str, Any] = {"version": "1", "name": "c", "ontology": {"entities": entities}}
    if r.random() < 0.4:
        contract["compliance_mode"] = True
    if r.random() < 0.4:
        contract["null_as_absent"] = True
    if r.random() < 0.4:
        contract["metrics"] = [_metric(r, paths) for _ in range(r.randint(1, 2))]
    if r.random() < 0.5:
        contract["quality"] = [_quality(r, paths) for _ in range(r.randint(1, 3))]
    if r.random() < 0.3:
        contract["envelope"] = {"records_path": "records"}
    return contract


def _fields(r: random.Random, count: int, level: int) -> Fields:
    # Now and then a name comes twice.
    names = [r.choice(_NAMES) for _ in range(count)]
    if r.random() < 0.8:
        names = list(dict.fromkeys(names))
    return [_field(r, name, level) for name in names]


def _field(r: random.Random, name: str, level: int) -> dict[str, Any]:
    kind = r.choice(_TYPES if level < 3 else _TYPES[:4])
    field: dict[str, Any] = {"name": name, "type": kind}
    if r.random() < 0.5:
        field["required"] = False
    if kind in ("string", "any", "date") and r.random() < 0.6:
        _limit_text(r, field)
    if kind in ("integer", "float", "any") and r.random() < 0.6:
        low, high = sorted([r.choice(_BOUNDS), r.choice(_BOUNDS)])
        field.update(
            {key: bound for key, bound in (("min", low), ("max", high)) if r.random() < 0.7}
        )
    if r.random() < 0.15:
        choose = _plain_value if r.random() < 0.5 else json_value
        field["enum"] = [choose(r, 1) for _ in range(r.randint(0, 4))]
    if kind == "object" and r.random() < 0.7:
        field["properties"] = _fields(r, r.randint(0, 4), level + 1)
    if kind == "array" and r.random() < 0.7:
        field["items"] = _field(r, "item", level + 1)
    return field


def _plain_value(r: random.Random, _: int) -> Any:
    """Choose a value of an enum that fast readers can compare with."""
    return r.choice([0, 1, -1, 5, 100, "a", "ab", "AB-12", "", None])


def _limit_text(r: random.Random, field: dict[str, Any]) -> None:
    if r.random() < 0.6:
        field["pattern"] = r.choice(_PATTERNS)
    if r.random() < 0.4:
        field["min_length"] = r.choice([0, 1, 2, 3, 6, 10])
    if r.random() < 0.4:
        field["max_length"] = r.choice([0, 1, 2, 4, 6, 10, 12, 40])


def json_value(r: random.Random, levels: int) -> Any:
    """Make a plain value that a contract can hold."""
    kind = r.randrange(7 if levels else 5)
    if kind == 5:
        return [json_value(r, levels - 1) for _ in range(r.randint(0, 2))]
    if kind == 6:
        return {r.choice(_NAMES): json_value(r, levels - 1) for _ in range(r.randint(0, 2))}
    return [None, r.random() < 0.5, r.choice([0, 1, 5, 100]), r.choice([0.0, 0.5, 1.0, 3.14]),
            r.choice(_TEXTS[:_ALLOWED_TEXTS])][kind]  # fmt: skip


def _paths(fields: Fields, prefix: str) -> list[str]:
    paths = []
    for field in fields:
        path = f"{prefix}{field['name']}"
        paths += [path, *_paths(field.get("properties", []), f"{path}.")]
    return paths


def _path(r: random.Random, paths: list[str]) -> str:
    """Choose where a rule looks: at a field, inside one, or where nothing is declared."""
    near = [r.choice(paths), r.choice(paths), f"{r.choice(paths)}.b"]
    return r.choice([*near, "b", "ts", "new.ts", "new.x.b"])


def _metric(r: random.Random, paths: list[str]) -> dict[str, Any]:
    low, high = sorted([r.choice(_BOUNDS), r.choice(_BOUNDS)])
    metric = {"name": "m", "field": _path(r, paths)}
    return {**metric, "min": low} if r.random() < 0.4 else {**metric, "min": low, "max": high}


def _quality(r: random.Random, paths: list[str]) -> dict[str, Any]:
    kind = r.choice(["completeness", "freshness", "uniqueness"])
    rule: dict[str, Any] = {"field": _path(r, paths), "type": kind}
    if kind == "freshness":
        rule["max_age_seconds"] = r.choice([0, 100, 101, 2**31, NOW, 2**62, 2**63])
    return rule


def random_event(r: random.Random, contract: dict[str, Any]) -> str:
    """Write an event that mostly conforms, with some chance of a near miss at each place."""
    miss = r.choice([0.0, 0.0, 0.05, 0.3])
    is_plain = r.random() < 0.5
    writer = _Writer(r, miss, is_plain=is_plain)
    return writer.object(contract["ontology"]["entities"], _rules(contract))


def _rules(contract: dict[str, Any]) -> Rules:
    metrics = [(metric["field"].split("."), "metric") for metric in contract.get("metrics", ())]
    quality = [(rule["field"].split("."), rule["type"]) for rule in contract.get("quality", ())]
    return [*metrics, *quality]


class _Writer:
    """Writes one event."""

    def __init__(self, r: random.Random, miss: float, *, is_plain: bool) -> None:
        self._r = r
        self._miss = miss
        self._is_plain = is_plain

    def object(self, fields: Fields, rules: Rules) -> str:
        members = []
        for field in fields:
            required = field.get("required", True)
            if self._r.random() < (self._miss if required else 0.3):
                continue
            name, times = self._string(field["name"]), 1 + (self._r.random() < self._miss / 2)
            inside = [(path[1:], kind) for path, kind in rules if path[0] == field["name"]]
            members += [f"{name}{self._space()}:{self._value(field, inside)}" for _ in range(times)]
        names = {field["name"] for field in fields}
        for path, kind in rules:
            if path[0] not in names and self._r.random() < 0.6:
                members.append(f"{self._string(path[0])}:{self._spoken_of(path[1:], kind)}")
        while self._r.random() < 0.15:
            members.append(f"{self._string(self._r.choice(_KEYS))}:{self.anything(2)}")
        if self._r.random() < 0.3:
            self._r.shuffle(members)
        return f"{{{','.join(members)}}}"

    def _space(self) -> str:
        return self._r.choice(["", "", "", " ", "\t "])

    def _spoken_of(self, path: list[str], kind: str) -> str:
        """Write a value of which a rule speaks, or something around it."""
        if self._r.random() < self._miss / 2:
            return self.anything(1)
        if path:
            return f"{{{self._string(path[0])}:{self._spoken_of(path[1:], kind)}}}"
        return self._r.choice(_SPOKEN_OF[kind])

    def _value(self, field: dict[str, Any], rules: Rules) -> str:
        if self._r.random() < self._miss / 2:
            return self.anything(3)
        here = [kind for path, kind in rules if not path]
        if here and self._r.random() < 0.5:
            return self._spoken_of([], self._r.choice(here))
        if "enum" in field and field["enum"] and self._r.random() < 0.9:
            return json.dumps(self._r.choice(field["enum"]))
        write: dict[str, Callable[[dict[str, Any]], str]] = {
            "string": self._text,
            "date": self._date,
            "integer": self._integer,
            "float": self._number,
            "boolean": lambda _: self._r.choice(["true", "false"]),
            "object": lambda field: self.object(
                field.get("properties", []), [rule for rule in rules if rule[0]]
            ),
            "array": self._array,
            "any": lambda _: self.anything(2),
        }
        return write[field["type"]](field)

    def _array(self, field: dict[str, Any]) -> str:
        item = field.get("items", {"type": "any"})
        return f"[{','.join(self._value(item, []) for _ in range(self._r.randint(0, 3)))}]"

    def _text(self, field: dict[str, Any]) -> str:
        fitting = [text for text in _TEXTS if _fits(field, text)]
        near = self._r.random() < self._miss or not fitting
        return self._string(self._r.choice(_TEXTS if near else fitting))

    def _date(self, field: dict[str, Any]) -> str:
        return self._string("2024-02-28") if self._r.random() < 0.7 else self._text(field)

    def _integer(self, field: dict[str, Any]) -> str:
        low, high = field.get("min", -1000), field.get("max", 1000)
        if self._r.random() < self._miss or abs(low) > 1e18 or abs(high) > 1e18:
            return self._r.choice(_NUMBERS)
        return str(self._r.randint(int(low), max(int(low), int(high))))

    def _number(self, field: dict[str, Any]) -> str:
        low, high = field.get("min", -1000), field.get("max", 1000)
        kind = self._r.random()
        if kind < 0.1:
            return _beside(self._r, float(self._r.choice([low, high])))
        if kind < 0.2 + self._miss:
            return self._r.choice([*_NUMBERS, repr(low), repr(high)])
        if kind < 0.5:
            return self._integer(field)
        return repr(self._r.uniform(low, high))

    def anything(self, levels: int) -> str:
        """Write any value, deep ones and broken ones now and then."""
        kind = self._r.random()
        if kind < 0.3:
            return self._string(self._r.choice(_TEXTS))
        if kind < 0.6:
            return self._r.choice(_NUMBERS)
        if kind < 0.75 or not levels:
            return self._r.choice(["null", "true", "false", "1", "[]", "{}"])
        if kind < 0.76:
            depth = self._r.choice([3, 4, 5, 125, 126, 127, 200])
            return "[" * depth + "]" * depth
        inner = [self.anything(levels - 1) for _ in range(self._r.randint(0, 3))]
        if kind < 0.88:
            return f"[{','.join(inner)}]"
        return f"{{{','.join(f'{self._string(self._r.choice(_KEYS))}:{text}' for text in inner)}}}"

    def _string(self, text: str) -> str:
        written = json.dumps(text, ensure_ascii=self._is_plain or self._r.random() < 0.3)
        # So can all characters be written.
        return written.replace("$", "\\u0024") if self._r.random() < 0.3 else written


def _beside(r: random.Random, number: float) -> str:
    """Write a number at most one and a half units in the last place away, with many digits."""
    unit = decimal.Decimal(math.nextafter(number, math.inf)) - decimal.Decimal(number)
    exact = decimal.Decimal(number) + unit * decimal.Decimal(r.uniform(-1.5, 1.5))
    return f"{exact:.{r.randint(15, 20)}e}" if r.random() < 0.5 else f"{exact:.{r.randint(1, 18)}f}"


def _fits(field: dict[str, Any], text: str) -> bool:
    size = len(text.encode())
    return bool(field.get("min_length", 0) <= size <= field.get("max_length", 100))


def random_garbage(r: random.Random, text: str) -> bytes:
    """Break a text a little: cut it, or change a byte."""
    data = bytearray(text.encode())
    place = r.randrange(len(data))
    if r.random() < 0.3:
        del data[place:]
    else:
        data[place : place + r.randint(0, 1)] = r.choice([b"\xff", b"\\", b"\n", b"-", b"1", b","])
    return bytes(data)


class _Text(str):
    """A text that is not quite a `str`."""


class _Choice(enum.Enum):
    """A value that is sent as a text."""

    A = "a"


_ODD: list[Any] = [
    math.nan, math.inf, "\ud800", {"a"}, b"a", (1, "a"), _Text("a"), _Choice.A, decimal.Decimal(1),
    datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29), {1: 2}, {"\ud800": 1}, 2**70, -0.0,
    True, 1e308, 1.7976931348623157e308, 10**400, uuid.UUID(int=1), object(), [math.nan],
    {"a": {"b"}},
]  # fmt: skip


def random_object(r: random.Random, value: Any) -> Any:
    """Put something that JSON does not have, or writes in another way, in a value's place."""
    if r.random() < 0.2:
        return r.choice(_ODD)
    if isinstance(value, dict) and (value or r.random() < 0.5):
        key = r.choice([*value, "new", _Text("id"), "new", RESERVED_KEY])
        return {**value, key: random_object(r, value.get(key))}
    if isinstance(value, list) and value:
        index = r.randrange(len(value))
        return [*value[:index], random_object(r, value[index]), *value[index + 1 :]]
    return r.choice([r.choice(_ODD), value])
