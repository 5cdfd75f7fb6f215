"""The models: read leniently, shown without events."""

from __future__ import annotations

import datetime as dt
import inspect
import json
import pickle
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import models
from contractgate_core.models import Timestamp, read, words

UTC = dt.timezone.utc
SECRET = "jane.doe@example.com"

RESULT = {
    "passed": False,
    "violations": [{"field": "a", "message": f"value {SECRET}", "kind": "pattern_mismatch"}],
    "contract_version": "1.0",
    "validation_us": 3,
    "transformed_event": {"email": SECRET, "nothing": None},
}
BATCH = {"total": 1, "passed": 0, "failed": 1, "resolved_version": "1.0", "results": [RESULT]}
MODELS = [
    value
    for value in map(models.__dict__.get, models.__all__)
    if isinstance(value, type) and issubclass(value, models.Model) and value is not models.Model
]


def change(value: Any, **changes: Any) -> str:
    return json.dumps({**value, **changes})


def test_keys_that_a_newer_gateway_adds_are_passed_over() -> None:
    decoded = read(
        change(BATCH, shiny=[1], results=[{**RESULT, "new": {"a": 1}}]), models.BatchIngestResponse
    )
    assert decoded.results[0].contract_version == "1.0"


def test_keys_that_another_gateway_drops_or_nulls_take_their_defaults() -> None:
    decoded = read(change(BATCH, dry_run=None, atomic=None), models.BatchIngestResponse)
    assert (decoded.dry_run, decoded.atomic, decoded.version_pin_source) == (False, False, None)
    assert decoded.results[0].quarantine_id is None


def test_nulls_in_an_event_are_kept() -> None:
    decoded = read(change(BATCH, dry_run=None), models.BatchIngestResponse)
    assert decoded.results[0].transformed_event == {"email": SECRET, "nothing": None}


def test_what_an_answer_is_about_must_be_there() -> None:
    without = {key: value for key, value in BATCH.items() if key != "results"}
    with pytest.raises(msgspec.ValidationError, match="missing required field `results`"):
        read(json.dumps(without), models.BatchIngestResponse)
    with pytest.raises(
        msgspec.ValidationError, match=r"Expected `int`, got `str` - at `\$\.total`"
    ):
        read(change(BATCH, total="1"), models.BatchIngestResponse)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Input data was truncated"),
        (b"<html>", "invalid character"),
        (b'{"error": "\xff"}', "UTF-8"),
        (b'{"error":' + b"[" * 200_000, "nested too deeply"),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(msgspec.DecodeError, match=reason):
        read(body, models.ErrorBody)


def test_a_violation_of_an_unknown_kind_is_kept() -> None:
    changed = {**RESULT, "violations": [{"field": "a", "message": "m", "kind": "brand_new"}]}
    kind = (
        read(change(BATCH, results=[changed]), models.BatchIngestResponse)
        .results[0]
        .violations[0]
        .kind
    )
    assert kind == "brand_new"
    assert f"{kind}" == str(kind) == kind.value == "brand_new"


@pytest.mark.parametrize("kind", [getattr(words, name) for name in words.__all__])
def test_every_word_is_itself_and_unknown_ones_are_kept(kind: Any) -> None:
    for member in kind:
        assert member == member.value == str(member) == f"{member}"
    unknown = kind("some_new_word")
    assert (unknown == "some_new_word", isinstance(unknown, kind)) == (True, True)
    assert pickle.loads(pickle.dumps(unknown)) == unknown


def test_a_word_that_is_no_text_is_refused() -> None:
    body = {"id": "1", "contract_id": "2", "version": "3", "state": 4, "yaml_content": ""}
    with pytest.raises(msgspec.ValidationError, match="Expected `str`, got `int`"):
        read(json.dumps(body), models.VersionResponse)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T16:46:00Z", dt.datetime(2026, 11, 23, 16, 46, tzinfo=UTC)),
        ("2026-11-23T16:46:00.1Z", dt.datetime(2026, 11, 23, 16, 46, 0, 100_000, UTC)),
        ("2026-11-23T16:46:00.123456789Z", dt.datetime(2026, 11, 23, 16, 46, 0, 123_456, UTC)),
        ("2026-11-23t16:46:00.5z", dt.datetime(2026, 11, 23, 16, 46, 0, 500_000, UTC)),
        ("2026-11-23T16:46:00+01:30", dt.datetime(2026, 11, 23, 15, 16, tzinfo=UTC)),
        ("2026-11-23 16:46:00-0800", dt.datetime(2026, 11, 24, 0, 46, tzinfo=UTC)),
    ],
)
def test_times_are_texts_that_know_their_moment(text: str, moment: dt.datetime) -> None:
    stamp = Timestamp(text)
    assert (stamp, stamp[:10]) == (text, text[:10])
    assert stamp.datetime == moment
    assert stamp.datetime.tzinfo == UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23", "2026-13-01T00:00:00Z", "²" * 20])
def test_what_is_no_time_says_so_when_asked(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|month"):
        _ = Timestamp(text).datetime


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_is_read_as_it_was_written(moment: dt.datetime) -> None:
    assert Timestamp(moment.isoformat().replace("+00:00", "Z")).datetime == moment


def test_no_repr_shows_an_event() -> None:
    decoded = models.BatchIngestResponse.from_dict(BATCH)
    assert SECRET not in repr(decoded)
    entry = models.AuditEntry(id="1", contract_id="2", passed=True, raw_event={"a": SECRET})
    assert repr(entry).startswith("AuditEntry(id='1', contract_id='2', ")
    assert "raw_event=<hidden>" in repr(entry)
    assert SECRET not in str(dict(entry.__rich_repr__()))


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_a_repr_shows_that_there_is_nothing(nothing: Any) -> None:
    """A missing value cannot be personal."""
    entry = models.AuditEntry(id="1", contract_id="2", passed=True, raw_event=nothing)
    assert f"raw_event={nothing!r}, " in repr(entry)
    assert "source_ip=None" in repr(entry)
    assert f"transformed_event={nothing!r}" in repr(
        models.IngestEventResult(
            passed=True, violations=[], contract_version="1", transformed_event=nothing
        )
    )


DETAILS = [
    {"field": "a", "message": f"Field 'a' value {SECRET!r} exceeds maximum 1", "kind": "other"},
    {"field": "n", "message": "Field 'n' value 4711 exceeds maximum 1", "kind": "range_violation"},
    {"kind": "deprecated_contract_version", "version": SECRET, "nothing": None},
    {"index": 3, "violations": [{"field": "n", "kind": "x", "message": SECRET}]},
    {"index": SECRET, "field": [SECRET], "violations": SECRET},
    SECRET,
]


def test_a_repr_shows_of_stored_violations_what_it_shows_of_others() -> None:
    """Fields, kinds, places and messages without values; for other entries, their keys."""
    held = models.QuarantinedEvent(id="1", contract_id="2", violation_details=DETAILS)
    assert (
        "violation_details=["
        """{'field': 'a', 'message': "Field 'a' value <hidden>", 'kind': 'other'}, """
        """{'field': 'n', 'message': "Field 'n' value <hidden> exceeds maximum 1", """
        "'kind': 'range_violation'}, "
        "{'kind': 'deprecated_contract_version', 'version': <hidden>, 'nothing': None}, "
        "{'index': 3, 'violations': [{'field': 'n', 'kind': 'x', 'message': <hidden>}]}, "
        "{'index': <hidden>, 'field': <hidden>, 'violations': <hidden>}, "
        "<hidden>]" in repr(held)
    )
    assert SECRET not in str(dict(held.__rich_repr__()))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_names_its_source_and_every_attribute(model: type[models.Model]) -> None:
    text = inspect.cleandoc(model.__doc__ or "")
    assert "docs/spec/gateway-http.md, section" in text
    for field in model.__struct_fields__:
        assert f"\n    {field}: " in text, field


def test_models_are_values() -> None:
    first, second = (models.BatchIngestResponse.from_dict(BATCH) for _ in range(2))
    assert first == second
    with pytest.raises(AttributeError):
        first.total = 2  # type: ignore[misc]
