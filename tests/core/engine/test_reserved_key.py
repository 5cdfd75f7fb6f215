"""The key that the gateway's JSON reader reserves is refused, in every way to ask.

The gateway replaces an object that begins with it by what the text under it says, so an event with
it would be another one there: a documented difference (docs/encoding.md, docs/contracts.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import make_dataclass
from typing import Any, Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import (
    Contract,
    ContractCompileError,
    EventDecodeError,
    EventEncodeError,
    FieldDefinition,
)
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.batch import encode_batch
from contractgate_core.events.decode import decode_event, decoder_of
from contractgate_core.events.encode import encode_event, sent_value
from contractgate_core.events.reserved import may_have_reserved_key
from contracts import compiled
from json_values import JSON_VALUES

KEY = "$serde_json::private::RawValue"
ESCAPED = "".join(f"\\u{ord(char):04X}" for char in KEY)
WAYS_TO_WRITE = [
    KEY,
    ESCAPED,
    f"\\u0024{KEY[1:]}",
    f"{KEY[:-1]}\\u0065",
    KEY.replace("_", "\\u005f"),
    f"$\\u0073{KEY[2:]}",
    f"$s\\u0065{KEY[3:]}",
]

PLACES = [
    '{"%s":"1"}',
    '{"a":1,"%s":"1"}',
    '{"a":1, "%s" \t: null, "b":2}',
    '{"a":{"%s":"{}"}}',
    '{"a":[[{"b":0},{"%s":"1"}]]}',
    '{"o":{"k":"x","%s":1}}',
    '{"zz":{"y":{"%s":1}}}',
    '{"a":{"%s":1},"a":2}',
]
"""Declared, undeclared, inside either, and where a later equal key hides it."""

CLEAN = [
    '{"a":"%s"}',
    '{"a":["%s",":"]}',
    '{"a":"\\"%s\\":1"}',
    '{"a":"%s\\\\","b":1}',
    '{"%s ":1}',
    '{" %s":1}',
]
"""The same text in values, and keys that are nearly the same."""


@pytest.fixture(params=["cold", "warm", "learnt", "closed"])
def validator(request: pytest.FixtureRequest) -> CompiledContract:
    """Contracts that accept anything anywhere, before and after their fast ways are made."""
    closed = request.param == "closed"
    inside = [{"name": "k", "required": False, "type": "string"}]
    made = compiled(
        {"name": "a", "type": "any", "required": False},
        {"name": "b", "type": "any", "required": False},
        {"name": "o", "type": "object", "required": False, "properties": inside},
        compliance_mode=closed,
        envelope={"records_path": "r"},
    )
    if request.param != "cold":
        example = {"a": {"b": [1]}, "o": {"k": "x", "more": {"x": 1}}}
        if request.param == "learnt":
            example = {**example, "zz": {"y": {"x": 1}}, "n": 1}
        made.judge.prepare([example])
    return made


def asked(validator: CompiledContract, text: str) -> Iterator[Callable[[], object]]:
    """List the ways of asking about a JSON text."""
    many = "\n".join([text.replace("\n", " ")] * 50)
    yield lambda: validator.validate_json(text, now=0)
    yield lambda: validator.validate_json(text.encode(), now=0)
    yield lambda: validator.validate_batch_json(f"[{text}]", now=0)
    yield lambda: validator.validate_batch_json(f'[{{"a":1}},{text}]', now=0)
    yield lambda: validator.validate_batch_json(text, ndjson=True, now=0)
    yield lambda: validator.validate_batch_json(many, ndjson=True, now=0)
    yield lambda: validator.validate_envelope_json(f'{{"r":[{text}]}}', now=0)
    yield lambda: decode_event(text)
    yield lambda: decoder_of([text.encode()] * 2, many.encode())(text.encode())


@pytest.mark.untraced
@pytest.mark.parametrize("written", WAYS_TO_WRITE)
@pytest.mark.parametrize("place", PLACES)
def test_a_text_with_the_key_is_refused(
    validator: CompiledContract, place: str, written: str
) -> None:
    """However it is written, at its place."""
    text = place % written
    for _ in range(3):
        for ask in asked(validator, text):
            with pytest.raises(EventDecodeError, match="reserves") as caught:
                ask()
            assert KEY in caught.value.message
    with pytest.raises(EventDecodeError) as caught:
        validator.validate_json(text)
    assert text[caught.value.offset + 1 :].startswith(written)
    assert (caught.value.line, caught.value.column) == (1, caught.value.offset + 1)


@pytest.mark.untraced
@pytest.mark.parametrize("written", WAYS_TO_WRITE)
@pytest.mark.parametrize("place", PLACES)
def test_a_scan_says_which_records_have_it(
    validator: CompiledContract, place: str, written: str
) -> None:
    """The others are judged, before it and after it."""
    lines = ['{"a":1}'] * 60
    lines[41] = place % written
    for source in ("\n".join(lines), f"[{','.join(lines)}]"):
        form: Any = "ndjson" if "\n" in source else "array"
        scan = validator.scan(source.encode(), format=form, now=0)
        [failed] = scan
        assert failed.record == 42
        assert failed.error is not None
        assert source[failed.error.offset + 1 :].startswith(written)
        assert (scan.totals.records, scan.totals.malformed) == (60, 1)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("before", ["", "\n", " \n  ", "   "])
def test_an_object_on_several_lines_with_the_key_is_one_record(before: str, place: str) -> None:
    """Its error says where the key is, not that its first line is no JSON."""
    validator = compiled({"name": "a", "type": "any", "required": False})
    for written in (KEY, ESCAPED):
        source = before + (place % written).replace(",", ",\n").replace('{"', '{\n"')
        offset = source.index(f'"{written}"')
        [failed] = validator.scan(source.encode(), now=0)
        assert (failed.record, failed.offset) == (1, len(before))
        assert failed.error is not None
        assert "reserves" in failed.error.message
        assert failed.error.offset == offset
        assert failed.error.line == source.count("\n", 0, offset) + 1
        assert failed.error.column == offset - source.rfind("\n", 0, offset)


def test_of_a_text_with_the_key_that_is_no_json_the_fault_is_named(
    validator: CompiledContract,
) -> None:
    """Wherever it is: only JSON is searched for the key."""
    broken = f'{{"a":{{"{KEY}":1}},}}'
    for ask in [*asked(validator, broken)][:-1]:  # The last one does not explain.
        with pytest.raises(EventDecodeError, match="a key in double quotes"):
            ask()
    forms: tuple[Any, ...] = ("auto", "ndjson", "object")
    for form in forms:
        [failed] = validator.scan(broken.encode(), format=form)
        assert "a key in double quotes" in str(failed.error)
    # An array that breaks off at such an element ends there.
    [failed] = validator.scan(f'[{{"a":1}},{broken},{{"b":"{KEY}"}}]'.encode())
    assert failed.record == 2
    assert "a key in double quotes" in str(failed.error)


def test_a_first_line_with_the_key_begins_lines(validator: CompiledContract) -> None:
    """It is a complete JSON value, so the rest is not one object with it."""
    scan = validator.scan(f'{{"a":{{"{KEY}":1}}}}\n{{"a":1}}\n{{'.encode())
    assert [failed.record for failed in scan] == [1, 3]
    assert scan.totals.records == 3


@pytest.mark.untraced
@pytest.mark.parametrize("written", WAYS_TO_WRITE)
@pytest.mark.parametrize("text", CLEAN)
def test_the_same_text_is_no_fault_elsewhere(
    validator: CompiledContract, text: str, written: str
) -> None:
    """In values, and in longer keys."""
    full = text % written
    if text in CLEAN[:4]:
        for ask in asked(validator, full):
            ask()
        assert validator.validate_json(full).passed
        assert not list(validator.scan("\n".join([full] * 60).encode(), format="ndjson"))
    value = decode_event(full)
    assert value == json.loads(full)
    assert decode_event(encode_event(value)) == value


def objects() -> list[tuple[Any, str]]:
    """List Python objects that have the key, and its place."""
    last = f'["{KEY}"]'
    made = make_dataclass("made", ["x"])
    struct = msgspec.defstruct("struct", [("x", int)], rename={"x": KEY})
    return [
        ({KEY: 1}, f"${last}"),
        ({"a": 1, KEY: None}, f"${last}"),
        ({"a": {KEY: "1"}}, f"$.a{last}"),
        ({"a": [0, {"b": {KEY: "1", "c": 1}}]}, f"$.a[1].b{last}"),
        ({"o": {"k": "x", KEY: 1}}, f"$.o{last}"),
        ({"zz": ({KEY: 1},)}, f"$.zz[0]{last}"),
        ({"a": type("Text", (str,), {})(KEY) and {type("Text", (str,), {})(KEY): 1}}, f"$.a{last}"),
        ({"a": made({KEY: 1})}, f"$.a.x{last}"),
        ({"a": struct(1)}, f"$.a{last}"),
    ]


@pytest.mark.parametrize(("event", "path"), objects(), ids=range(len(objects())))
def test_a_python_object_with_the_key_is_refused(
    validator: CompiledContract, event: Any, path: str
) -> None:
    """Before it is judged or sent, with its path."""
    alone: list[Callable[[Any], object]] = [
        validator.validate,
        validator.is_valid,
        encode_event,
        sent_value,
    ]
    for ask in alone:
        for _ in range(3):
            with pytest.raises(EventEncodeError, match="reserves") as caught:
                ask(event)
            assert caught.value.path == path
    together: list[Callable[[list[Any]], object]] = [validator.validate_batch, encode_batch]
    for ask in together:
        with pytest.raises(EventEncodeError, match="reserves") as caught:
            ask([*[{"a": 1}] * 40, event])
        assert caught.value.path == f"$[40]{path[1:]}"
    with pytest.raises(EventEncodeError, match="reserves") as caught:
        validator.validate_envelope({"r": [event]})
    assert caught.value.path == f"$.r[0]{path[1:]}"


def test_batches_of_like_objects_with_the_key_are_refused() -> None:
    """Otherwise msgspec alone writes these."""
    with pytest.raises(EventEncodeError) as caught:
        encode_batch([{"a": 1, KEY: 2}] * 100)
    assert caught.value.path == f'$[0]["{KEY}"]'
    assert (
        encode_batch([{"a": KEY}] * 2)
        == json.dumps([{"a": KEY}] * 2, separators=(",", ":")).encode()
    )


def test_a_declared_field_of_that_name_changes_nothing() -> None:
    """The contract is the gateway's to accept; no event can have the field."""
    validator = compiled(
        {"name": KEY, "required": False}, quality=[{"field": KEY, "type": "freshness"}]
    )
    for _ in range(40):
        assert validator.validate_json("{}").passed
        assert validator.validate({}).passed
        with pytest.raises(EventDecodeError, match="reserves"):
            validator.validate_json(f'{{"{KEY}":"x"}}')
        with pytest.raises(EventEncodeError, match="reserves"):
            validator.validate({KEY: "x"})


@pytest.mark.parametrize(
    ("values", "column"),
    [(f'[{{"{KEY}": "1"}}]', 3), (f"[1, {{a: {{b: 1, {KEY}: 1}}}}]", 16)],
)
def test_a_contract_with_the_key_in_an_allowed_value_is_refused(values: str, column: int) -> None:
    """In a text with its place, and in one made in code."""
    before = "      enum: "
    text = f"""
version: "1"
name: c
ontology:
  entities:
    - name: a
      type: any
{before}{values}
"""
    with pytest.raises(ContractCompileError, match="reserves") as caught:
        Contract.from_yaml(text)
    assert (caught.value.line, caught.value.column) == (8, len(before) + column)
    field = FieldDefinition(name="a", field_type="any", allowed_values=({"b": {KEY: 1}},))  # type: ignore[arg-type]
    contract = Contract.from_yaml('{"version": "1", "name": "c", "ontology": {"entities": []}}')
    made = msgspec.structs.replace(
        contract, ontology=msgspec.structs.replace(contract.ontology, entities=(field,))
    )
    with pytest.raises(ContractCompileError, match="reserves"):
        made.compile()


KEYS = st.sampled_from(["a", "b", KEY, f"{KEY} ", KEY[1:], "$", "\\", '"'])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(JSON_VALUES, KEYS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(KEYS, inner, max_size=2)),
    max_leaves=6,
)


def has_key(value: Any) -> bool:
    """Look for the key as it is defined."""
    if isinstance(value, dict):
        return KEY in value or any(map(has_key, value.values()))
    return isinstance(value, list) and any(map(has_key, value))


@given(VALUES, st.data())
def test_it_is_found_exactly_where_it_is(value: Any, data: st.DataObject) -> None:
    """Whatever else the text holds, and whichever of its characters are escapes."""
    text = json.dumps(value)
    escaped = "".join(f"\\u{ord(char):04x}" if data.draw(st.booleans()) else char for char in KEY)
    for written in (text, text.replace(KEY, escaped)):
        found = None
        try:
            decode_event(written)
        except EventDecodeError as error:
            found = error
        assert (found is not None) == has_key(value)
        assert may_have_reserved_key(written.encode()) or found is None
    try:
        sent_value(value)
    except EventEncodeError:
        assert has_key(value)
    else:
        assert not has_key(value)
