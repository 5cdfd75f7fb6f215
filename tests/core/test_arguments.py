"""Wrong arguments of public calls: a documented error, on entry, that says what was expected."""

from __future__ import annotations

import datetime
import decimal
import enum
import io
import pathlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from contractgate_core import (
    Contract,
    ContractCompileError,
    ContractGateError,
    FieldDefinition,
    MetricDefinition,
    Ontology,
    QualityRule,
    Transform,
)

COMPILED = Contract.from_yaml(
    """
    version: "1"
    name: c
    envelope: {records_path: records}
    ontology:
      entities:
        - {name: a, type: string, pattern: "^x"}
        - {name: t, type: integer, required: false}
    quality:
      - {type: freshness, field: t, max_age_seconds: 10}
      - {type: uniqueness, field: a}
    """
).compile()
EVENT: dict[str, Any] = {"a": "x", "t": 1}
TEXT = b'{"a": "x", "t": 1}'


class Hostile:
    """Raises an error at every access."""

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)

    def __repr__(self) -> str:
        raise ZeroDivisionError


class Second(enum.IntEnum):
    FIRST = 1


def zoo() -> Iterator[object]:
    """Make values that nobody should pass, beside some that are allowed."""
    yield from (None, True, 5, -1, 0, 2**63, 2**70, 10**400, 1.5, float("nan"), float("inf"), 1j)
    yield from ("", "x", "a\0b", "\ud800", b"", b"\xff", bytearray(b"x"), memoryview(b"abcd")[::2])
    yield from ([], [1], ["x"], [b"x"], [None, {}], (), {}, {"a": 1}, {1: 2}, set(), frozenset("a"))
    yield from (object(), Hostile(), Hostile, len, ..., threading.Lock(), ValueError("x"), range(2))
    yield from (io.StringIO("x"), io.BytesIO(b"x"), iter([1]), iter(["x"]), ({} for _ in range(2)))
    yield from (datetime.datetime(2024, 1, 1), decimal.Decimal(1), decimal.Decimal("NaN"))
    yield from (pathlib.Path("/nonexistent"), Second.FIRST, EVENT, TEXT, Contract, COMPILED)


def made(**attributes: Any) -> Any:
    """Compile a contract whose field has these attributes."""
    field = FieldDefinition(**{"name": "a", "field_type": "string", **attributes})
    return Contract(version="1", name="c", ontology=Ontology((field,))).compile()


def contract(**attributes: Any) -> Contract:
    """Make a contract with these attributes."""
    return Contract(**{"version": "1", "name": "c", "ontology": Ontology(()), **attributes})


CALLS: dict[str, Callable[[Any], object]] = {
    "from_yaml": Contract.from_yaml,
    "from_file": Contract.from_file,
    "validate": COMPILED.validate,
    "is_valid": COMPILED.is_valid,
    "validate_json": COMPILED.validate_json,
    "validate_batch": COMPILED.validate_batch,
    "validate_batch_json": COMPILED.validate_batch_json,
    "validate_batch_json, NDJSON": lambda x: COMPILED.validate_batch_json(x, ndjson=True),
    "validate_envelope": COMPILED.validate_envelope,
    "validate_envelope_json": COMPILED.validate_envelope_json,
    "scan": lambda x: list(COMPILED.scan(x)),
    "scan of chunks": lambda x: list(COMPILED.scan(iter([x]))),
    "scan, format": lambda x: list(COMPILED.scan(TEXT, format=x)),
    "scan, workers": lambda x: list(COMPILED.scan(TEXT, workers=x)),
    "scan, max_record_bytes": lambda x: list(COMPILED.scan(TEXT, max_record_bytes=x)),
    "scan, uniqueness": lambda x: list(COMPILED.scan(TEXT, uniqueness=x)),
    "scan, now": lambda x: list(COMPILED.scan(TEXT, now=x)),
    "validate, now": lambda x: COMPILED.validate(EVENT, now=x),
    "is_valid, now": lambda x: COMPILED.is_valid(EVENT, now=x),
    "validate_json, now": lambda x: COMPILED.validate_json(TEXT, now=x),
    "validate_batch, now": lambda x: COMPILED.validate_batch([EVENT], now=x),
    "validate_batch_json, now": lambda x: COMPILED.validate_batch_json(TEXT, now=x),
    "validate_envelope, now": lambda x: COMPILED.validate_envelope({"records": []}, now=x),
    "validate_envelope_json, now": lambda x: COMPILED.validate_envelope_json(b"{}", now=x),
    "check_value, now": lambda x: COMPILED.check_value(EVENT, now=x),
    "check_envelope_value, now": lambda x: COMPILED.check_envelope_value({}, now=x),
    "begin_batch, now": lambda x: COMPILED.begin_batch(now=x)(EVENT),
    **{
        f"compile, {name}": lambda x, name=name: made(**{name: x})  # type: ignore[misc]
        for name in FieldDefinition.__struct_fields__
    },
    **{
        f"compile, contract's {name}": lambda x, name=name: contract(**{name: x}).compile()  # type: ignore[misc]
        for name in Contract.__struct_fields__
    },
    "to_yaml": lambda x: contract(name=x).to_yaml(),
    "to_dict": lambda x: contract(description=x).to_dict(),
    "entities": lambda x: contract(ontology=Ontology(x)).compile(),
    "metric": lambda x: contract(metrics=[MetricDefinition("m", field="a", min=x)]).compile(),
    "rule": lambda x: contract(quality=[QualityRule("a", x)]).compile(),
    "age": lambda x: contract(
        quality=[QualityRule("a", cast("Any", "freshness"), max_age_seconds=x)]
    ),
    "transform": lambda x: made(transform=Transform(x)),
}


@pytest.mark.parametrize("name", CALLS)
def test_whatever_comes_in_only_documented_errors_come_out(name: str) -> None:
    """A ContractGateError, a TypeError, a ValueError or an OSError, which name their reason."""
    for argument in zoo():
        try:
            CALLS[name](argument)
        except (ContractGateError, TypeError, ValueError, OSError) as error:
            assert str(error)


@pytest.mark.parametrize("name", [name for name in CALLS if name.endswith(", now")])
@pytest.mark.parametrize(
    ("now", "got"), [(True, "bool"), (1.0, "float"), (datetime.datetime(2024, 1, 1), "datetime")]
)
def test_a_time_is_whole_unix_seconds(name: str, now: object, got: str) -> None:
    """And nothing else that might pass for some, whether the contract asks for the time or not."""
    with pytest.raises(TypeError, match=f"now: expected whole Unix seconds as an int, .*got {got}"):
        CALLS[name](now)
    with pytest.raises(ValueError, match="now: expected whole Unix seconds of 64 bits"):
        CALLS[name](2**63)
    CALLS[name](Second.FIRST)


@pytest.mark.parametrize(
    ("option", "value", "error", "message"),
    [
        ("workers", True, TypeError, "workers: expected a whole number, got bool"),
        ("workers", "auto", TypeError, "workers: expected a whole number, got str"),
        ("workers", 2.0, TypeError, "workers: expected a whole number, got float"),
        (
            "max_record_bytes",
            None,
            TypeError,
            "max_record_bytes: expected a whole number, got None",
        ),
        (
            "max_record_bytes",
            1e6,
            TypeError,
            "max_record_bytes: expected a whole number, got float",
        ),
        (
            "uniqueness",
            "window",
            TypeError,
            "uniqueness: expected 'all', or a whole number, got str",
        ),
        ("uniqueness", float("inf"), TypeError, "uniqueness: expected 'all', or a whole number"),
        ("uniqueness", 0, ValueError, "uniqueness: expected 'all', or 1 or more, got 0"),
        (
            "format",
            None,
            ValueError,
            "format: expected one of auto, ndjson, array, object, got None",
        ),
        ("format", [], ValueError, "format: expected one of"),
        ("progress", True, TypeError, "progress: expected a callable, or None, got bool"),
    ],
)
def test_an_option_of_scan_is_looked_at_on_entry(
    option: str, value: object, error: type[Exception], message: str
) -> None:
    """Before anything is read."""
    read: list[int] = []

    class File(io.BytesIO):
        def read(self, size: Any = -1, /) -> bytes:
            read.append(size)
            return super().read(size)

    with pytest.raises(error, match=message):
        COMPILED.scan(File(TEXT), **{option: value})  # type: ignore[arg-type]
    assert not read


EXPECTED = "expected a path, bytes, a file or chunks"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, f"{EXPECTED}, got NoneType"),
        (5, f"{EXPECTED}, got int"),
        (True, f"{EXPECTED}, got bool"),
        (EVENT, f"{EXPECTED}, got dict"),
        (io.StringIO("{}"), rf"{EXPECTED}, got a text file \(StringIO\): open it in mode 'rb'"),
        (["{}"], "expected chunks of bytes, got str"),
        ([TEXT, EVENT], "expected chunks of bytes, got dict"),
        (range(3), "expected chunks of bytes, got int"),
    ],
)
def test_a_source_that_is_none_is_refused_on_entry(source: Any, message: str) -> None:
    """A text file, or texts for bytes, above all."""
    with pytest.raises(TypeError, match=message):
        COMPILED.scan(source)


def test_a_text_file_is_refused_however_it_is_wrapped() -> None:
    """The files of tempfile have none of Python's own file classes."""
    with tempfile.NamedTemporaryFile("w+") as file, pytest.raises(TypeError, match="a text file"):
        COMPILED.scan(cast("Any", file))
    with tempfile.TemporaryFile("w+b") as plain:
        assert list(COMPILED.scan(plain)) == []


def test_what_a_source_gives_is_looked_at_when_it_gives_it() -> None:
    """Nobody can know earlier."""

    class File:
        def __init__(self, given: object) -> None:
            self.given = given

        def read(self, _: int) -> object:
            given, self.given = self.given, b""
            return given

    message = "expected a binary file, whose `read` gives bytes, got str from it"
    with pytest.raises(TypeError, match=message):
        list(COMPILED.scan(cast("Any", File("{}"))))
    with pytest.raises(TypeError, match="expected chunks of bytes, got str"):
        list(COMPILED.scan(cast("Any", iter(["{}"]))))
    assert len(list(COMPILED.scan(cast("Any", File(bytearray(b"{}")))))) == 1


@pytest.mark.parametrize("wrong", [5, True, None, b"c.yaml", ["c.yaml"]])
def test_a_file_is_named_by_its_path(wrong: Any) -> None:
    """A number is not a file that somebody has opened."""
    with pytest.raises(
        TypeError, match=f"expected a path as str or os.PathLike, got {type(wrong).__name__}"
    ):
        Contract.from_file(wrong)


@pytest.mark.parametrize("wrong", [5, None, bytearray(b"x"), ...])
def test_a_contract_is_read_from_text(wrong: Any) -> None:
    """Or from an open file; nothing else is turned into text."""
    with pytest.raises(TypeError, match="expected str, bytes or an open file, got"):
        Contract.from_yaml(wrong)


@pytest.mark.parametrize("wrong", [5, None, 1.5, object()])
def test_a_batch_is_a_list(wrong: Any) -> None:
    """Or anything else to iterate over."""
    with pytest.raises(TypeError, match=f"expected a list of events, got {type(wrong).__name__}"):
        COMPILED.validate_batch(wrong)


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("pattern", 5, "ontology.entities[0]: pattern: expected str or None, got int"),
        ("name", None, "ontology.entities[0]: name: expected str, got NoneType"),
        ("required", 1, "ontology.entities[0]: required: expected bool, got int"),
        ("properties", "ab", "properties: expected tuple or None, got str"),
        ("properties", [5], "properties[0]: expected FieldDefinition, got int"),
        ("items", {}, "items: expected FieldDefinition or None, got dict"),
        ("transform", "mask", "transform: expected Transform or None, got str"),
    ],
)
def test_a_contract_of_wrong_types_is_refused_with_its_place(
    attribute: str, value: object, message: str
) -> None:
    """Only one that was made in code can have them."""
    with pytest.raises(ContractCompileError) as caught:
        made(**{attribute: value})
    assert message in caught.value.message


def test_a_bound_that_no_float_can_hold_is_refused() -> None:
    """Like a bound in a file."""
    with pytest.raises(ValueError, match="min: expected a number that a 64-bit float can hold"):
        FieldDefinition("a", cast("Any", "float"), min=10**400)


def test_a_source_that_raises_when_it_is_looked_at_is_none() -> None:
    """Its error does not say what the caller did wrong."""
    with pytest.raises(TypeError, match=f"{EXPECTED}, got Hostile"):
        COMPILED.scan(cast("Any", Hostile()))
