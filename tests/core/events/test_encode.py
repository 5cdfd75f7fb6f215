"""Python objects as they are sent, and as the gateway reads them."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import inspect
import ipaddress
import json
import pathlib
import sys
import types
import uuid
import zoneinfo
from typing import Any, NamedTuple, Optional, Union

import msgspec
import pytest
from hypothesis import example, given

from contractgate_core.errors import EventEncodeError
from contractgate_core.events.batch import encode_batch
from contractgate_core.events.decode import decode_event
from contractgate_core.events.encode import encode_event, sent_value
from json_values import JSON_VALUES


class Colour(enum.Enum):
    RED = "red"


class Word(str, enum.Enum):
    YES = "yes"

    def __str__(self) -> str:
        return "not this"


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not this"


class Whole(int):
    pass


class Real(float):
    pass


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Order:
    id: int
    tags: tuple[str, ...] = ()
    parent: Optional[Order] = None


@dataclasses.dataclass
class Slotted:
    __slots__ = ("id",)
    id: int


class Plain(msgspec.Struct):
    id: int
    note: Union[str, msgspec.UnsetType] = msgspec.UNSET


class Renamed(msgspec.Struct, rename="camel", tag="order", tag_field="kind"):
    order_id: int


class Short(msgspec.Struct, omit_defaults=True):
    id: int = 7
    tags: list[str] = []
    more: dict[str, int] = {}
    note: Optional[str] = None


class Row(msgspec.Struct, array_like=True, tag=True):
    id: int
    name: str


class Attributed:
    """Like an object of attrs, as far as the encoder looks."""

    __attrs_attrs__ = (types.SimpleNamespace(name="id"), types.SimpleNamespace(name="tags"))

    def __init__(self) -> None:
        self.id = 1
        self.tags = ("a",)


class Stamp(datetime.datetime):
    """As in freezegun, pandas and pendulum; its own methods are not called."""

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        raise AssertionError("not asked")

    __str__ = isoformat

    @property
    def year(self) -> int:
        return 1


class Day(datetime.date):
    pass


class Clock(datetime.time):
    pass


class Span(datetime.timedelta):
    pass


class Id(uuid.UUID):
    pass


class Money(decimal.Decimal):
    def __str__(self) -> str:
        return "not this"


class Nothing(datetime.datetime):
    """Like pandas' NaT: a datetime that is no time."""

    def __eq__(self, _: object) -> bool:
        return False

    __hash__ = datetime.datetime.__hash__


class Strange(enum.Enum):
    ONE = 1

    @property
    def value(self) -> int:
        raise NotImplementedError


class NoZone(datetime.tzinfo):
    def utcoffset(self, _: Optional[datetime.datetime]) -> datetime.timedelta:
        raise ZeroDivisionError

    dst = utcoffset

    def tzname(self, _: Optional[datetime.datetime]) -> str:
        raise ZeroDivisionError


class Lazy:
    """Looks like a dataclass, but its field cannot be read."""

    __dataclass_fields__ = dataclasses.make_dataclass("Lazy", ["id"]).__dataclass_fields__  # type: ignore[attr-defined]

    @property
    def id(self) -> int:
        raise KeyError("alice@example.com")


class Growing(dict[str, Any]):
    def items(self) -> Any:
        for key, value in super().items():
            self[key + "x"] = 1
            yield key, value


def foreign(module: str, *names: str) -> Any:
    """Make an object like one of another package, which need not be installed."""
    kind: Any = object
    for name in names:
        kind = type(name, (kind,), {"__module__": module})
        module = "mine"
    return kind()


class Unknown:
    def __repr__(self) -> str:
        raise AssertionError("no error needs it")


UTC = datetime.timezone.utc
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
ID = uuid.UUID("11111111-2222-3333-4444-555555555555")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (None, "null"),
        ({"a": True, "b": [1, 2.5, "é"], "c": {}}, '{"a":true,"b":[1,2.5,"é"],"c":{}}'),
        ((1, (2, [])), "[1,[2,[]]]"),
        (Point(1, 2), "[1,2]"),
        (collections.OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
        (collections.defaultdict(list, a=[1]), '{"a":[1]}'),
        (Colour.RED, '"red"'),
        (Level.HIGH, "3"),
        ({Word.YES: Word.YES}, '{"yes":"yes"}'),
        ({Text("a"): Text("b")}, '{"a":"b"}'),
        ([Whole(5), Real(1.5)], "[5,1.5]"),
        (
            datetime.datetime(2024, 1, 2, 3, 4, 5, 600000, tzinfo=UTC),
            '"2024-01-02T03:04:05.600000Z"',
        ),
        (datetime.datetime(2024, 1, 2, 3, 4, 5), '"2024-01-02T03:04:05"'),
        (datetime.date(2024, 1, 2), '"2024-01-02"'),
        (datetime.time(3, 4, 5), '"03:04:05"'),
        (datetime.timedelta(days=1, seconds=1), '"P1DT1S"'),
        (ID, '"11111111-2222-3333-4444-555555555555"'),
        (decimal.Decimal("12.50"), '"12.50"'),
        (Stamp(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC), '"2024-01-02T03:04:05.000006Z"'),
        (Stamp(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN), '"2024-10-27T02:30:00+01:00"'),
        (Day(2024, 1, 2), '"2024-01-02"'),
        (Clock(3, 4, 5, tzinfo=UTC), '"03:04:05Z"'),
        (Span(days=1, microseconds=5), '"P1DT0.000005S"'),
        (Id(int=ID.int), '"11111111-2222-3333-4444-555555555555"'),
        (Money("12.50"), '"12.50"'),
        (collections.Counter(a=2), '{"a":2}'),
        (
            Order(1, ("a",), Order(2)),
            '{"id":1,"tags":["a"],"parent":{"id":2,"tags":[],"parent":null}}',
        ),
        (Slotted(4), '{"id":4}'),
        (Plain(1), '{"id":1}'),
        (Plain(1, "x"), '{"id":1,"note":"x"}'),
        (Renamed(9), '{"kind":"order","orderId":9}'),
        (Short(), "{}"),
        (Short(id=8, tags=["a"]), '{"id":8,"tags":["a"]}'),
        (Row(1, "a"), '["Row",1,"a"]'),
        (Attributed(), '{"id":1,"tags":["a"]}'),
        (2**64, "18446744073709551616"),
        (-(2**63) - 1, "-9223372036854775809"),
        (-0.0, "-0.0"),
    ],
)
def test_an_object_is_sent_as_the_table_of_types_says(event: object, text: str) -> None:
    """What is judged is what the gateway reads in that text."""
    assert encode_event(event).decode() == text
    assert repr(sent_value(event)) == repr(decode_event(text))


@pytest.mark.parametrize(
    "event", [Plain(1), Renamed(9), Short(), Short(id=8, tags=["a"]), Row(1, "a")]
)
def test_structs_are_sent_as_msgspec_itself_writes_them(event: msgspec.Struct) -> None:
    """Renamed, tagged, without unset fields or omitted defaults."""
    assert encode_event(event) == msgspec.json.encode(event)


@pytest.mark.parametrize(
    ("event", "path", "message"),
    [
        (float("nan"), "$", "expected a number that JSON can write, got nan"),
        ({"items": [1, {"price": float("inf")}]}, "$.items[1].price", "got inf"),
        ({"a": {"b c": [[], "\ud800"]}}, '$.a["b c"][1]', "lone surrogate"),
        ([{"\udc00": 1}], "$[0]", "lone surrogate"),
        ({1: 2}, "$", "expected keys of type str, got one of type int"),
        ({"a": {None: 1}}, "$.a", "expected keys of type str, got one of type NoneType"),
        ({"a": {1, 2}}, "$.a", "an object of type set cannot be sent"),
        (
            {"a": b"x"},
            "$.a",
            "an object of type bytes cannot be sent; what its `.decode()` gives can be, and JSON "
            "text is for `validate_json`",
        ),
        ([bytearray(b"x")], "$[0]", "an object of type bytearray cannot be sent"),
        ({"a": 1j}, "$.a", "an object of type complex cannot be sent"),
        (Unknown(), "$", "an object of type Unknown cannot be sent"),
        (Order, "$", "an object of type type cannot be sent"),
        ({"a": (x for x in "ab")}, "$.a", "an object of type generator cannot be sent"),
        (Order(1, parent=Order(float("nan"))), "$.parent.id", "got nan"),  # type: ignore[arg-type]
        ({"a": [decimal.Decimal("NaN")]}, "$.a[0]", "number that JSON can write, got NaN"),
        ({"a": decimal.Decimal("sNaN")}, "$.a", "number that JSON can write, got sNaN"),
        ({"a": Money("-Infinity")}, "$.a", "number that JSON can write, got -Infinity"),
        (
            {"a": [Nothing(1, 1, 1)]},
            "$.a[0]",
            "expected a time, got Nothing, which is none",
        ),
        ({"a": Strange.ONE}, "$.a", "type Strange cannot be read: it raised NotImplementedError"),
        (
            {"a": [datetime.datetime(2024, 1, 1, tzinfo=NoZone())]},
            "$.a[0]",
            "an object of type datetime cannot be read: it raised ZeroDivisionError",
        ),
        ({"a": Lazy()}, "$.a", "an object of type Lazy cannot be read: it raised KeyError"),
        ({"a": Growing(b=1)}, "$.a", "type Growing cannot be read: it raised RuntimeError"),
        ({"a": fractions.Fraction(1, 2)}, "$.a", "an object of type Fraction cannot be sent"),
        ({"a": pathlib.Path("b")}, "$.a", "cannot be sent"),
        ({"a": ipaddress.ip_address("::1")}, "$.a", "an object of type IPv6Address cannot be sent"),
        ({"a": collections.deque([1])}, "$.a", "an object of type deque cannot be sent"),
        ({"a": types.MappingProxyType({})}, "$.a", "an object of type mappingproxy cannot be sent"),
        ({"a": frozenset("b")}, "$.a", "an object of type frozenset cannot be sent"),
        ({"a": memoryview(b"b")}, "$.a", "an object of type memoryview cannot be sent"),
        (
            {"a": foreign("pydantic.main", "BaseModel", "User")},
            "$.a",
            'type User cannot be sent; what its `model_dump(mode="json")` gives can be',
        ),
        (
            [foreign("numpy", "generic", "int64")],
            "$[0]",
            "type int64 cannot be sent; what its `.item()` gives can be",
        ),
        ([foreign("numpy", "ndarray")], "$[0]", "what its `.tolist()` gives can be"),
        ([foreign("pandas.core.series", "Series")], "$[0]", "what its `.tolist()` gives can be"),
        ([foreign("mine", "BaseModel")], "$[0]", "an object of type BaseModel cannot be sent"),
        (10**400, "$", "expected a number that a 64-bit float can hold, got a larger one"),
        (
            [1 << 200_000],
            "$[0]",
            "expected a number that a 64-bit float can hold, got a larger one",
        ),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_place(
    event: object, path: str, message: str
) -> None:
    """All ways agree, and no value is shown."""
    for way in (encode_event, sent_value, lambda event: encode_batch([1, event])):
        with pytest.raises(EventEncodeError) as caught:
            way(event)
        assert caught.value.path in (path, f"$[1]{path[1:]}")
        assert message in caught.value.message
        assert "alice" not in str(caught.value)


def test_what_an_objects_own_code_raised_is_the_cause() -> None:
    """Through all levels, so that it can be fixed."""
    with pytest.raises(EventEncodeError) as caught:
        encode_event({"a": [{"b": Lazy()}]})
    assert type(caught.value.__cause__) is KeyError
    with pytest.raises(EventEncodeError) as caught:
        encode_event({"a": [{"b": set()}]})
    assert caught.value.__cause__ is None


def test_an_event_that_changes_meanwhile_or_that_the_stack_cannot_hold_is_refused() -> None:
    """With the same error as everything else."""

    class Changing(Attributed):
        def __getattribute__(self, name: str) -> Any:
            event["more"] = 1
            return object.__getattribute__(self, name)

    event: dict[str, Any] = {"a": Changing(), "b": 1}
    with pytest.raises(EventEncodeError, match="changed while it was read"):
        encode_event(event)

    def with_little_stack(left: int) -> None:
        if left:
            with_little_stack(left - 1)
        else:
            encode_event(nested(127, list))

    before = sys.getrecursionlimit()
    depth = len(inspect.stack(0))
    sys.setrecursionlimit(depth + 100)
    try:
        with pytest.raises(EventEncodeError, match="too little of Python's stack"):
            with_little_stack(20)
    finally:
        sys.setrecursionlimit(before)


def nested(levels: int, make: type[Union[list[Any], dict[str, Any]]]) -> Any:
    """Make this many levels."""
    value: Any = make()
    for _ in range(levels - 1):
        value = [value] if make is list else {"a": value}
    return value


@pytest.mark.parametrize("make", [list, dict])
@pytest.mark.parametrize("levels", [1, 5, 127])
def test_levels_are_counted(make: type[Union[list[Any], dict[str, Any]]], levels: int) -> None:
    """As many as are allowed may be sent, and not one more."""
    sent_value(nested(levels, make), levels=levels)
    with pytest.raises(EventEncodeError, match="levels") as caught:
        sent_value(nested(levels + 1, make), levels=levels)
    assert caught.value.path == "$" + levels * ("[0]" if make is list else ".a")


def test_what_contains_itself_is_refused() -> None:
    """Lists, dicts, dataclasses and structs; no recursion error."""
    items: list[Any] = []
    items.append(items)
    members: dict[str, Any] = {}
    members["me"] = members
    order = Order(1)
    order.parent = order
    for event in (items, members, order, [members, items]):
        with pytest.raises(EventEncodeError, match="contains itself"):
            sent_value(event)


def test_the_event_is_left_alone() -> None:
    """The judged value is a copy, so that a judge may keep it."""
    event = {"a": [1, {"b": 2}]}
    value = sent_value(event)
    assert value == event
    assert value is not event
    assert value["a"] is not event["a"]


@given(JSON_VALUES)
@example(0.1 + 0.2)
@example(1e-225)
@example([1e16, 1.2345678901234567e25, 5e-324, 1.7976931348623157e308])
def test_the_value_is_what_the_gateway_reads_in_the_text(event: object) -> None:
    """Including integers beyond 64 bits, and floats."""
    assert repr(sent_value(event)) == repr(decode_event(encode_event(event)))


@given(JSON_VALUES)
def test_the_text_is_that_of_the_standard_library(event: object) -> None:
    """As a JSON value, read by anyone."""
    assert json.loads(encode_event(event)) == event
