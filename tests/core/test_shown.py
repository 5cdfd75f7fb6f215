"""Messages of a gateway, shown without the values of events, whoever knows their contract."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from contractgate_core import Contract, ContractCompileError, Violation, ViolationKind
from contractgate_core._shown import message_without_value
from contractgate_core.engine.secrets import Secrets
from recordings import cases

CLOCK = 1712000100
KINDS = {str(kind) for kind in ViolationKind}


def violations(value: Any) -> Iterator[tuple[str, str]]:
    """Find the field and the message of every violation in what was recorded."""
    if isinstance(value, str) and value[:1] in ("[", "{") and '"message"' in value:
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, dict):
        if {"field", "message", "kind"} <= set(value):
            yield value["field"], value["message"]
        for item in value.values():
            yield from violations(item)
    elif isinstance(value, list):
        if len(value) == 3 and all(isinstance(item, str) for item in value) and value[1] in KINDS:
            yield value[0], value[2]
        for item in value:
            yield from violations(item)


@pytest.mark.parametrize("category", ["batch", "http", "random", "values"])
def test_every_message_of_the_gateway_is_known(category: str) -> None:
    """All recorded ones, including those of envelopes and egress: none is hidden as a whole."""
    found = [pair for case in cases(category) for pair in violations(case)]
    assert len(found) > 300
    assert [pair for pair in found if message_without_value(*pair) is None] == []


@pytest.fixture
def _all_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the engine treat every field as one with a transform."""
    monkeypatch.setattr(Secrets, "marks", lambda self, field: True)
    monkeypatch.setattr(Secrets, "cover", lambda self, path: True)


@pytest.mark.usefixtures("_all_is_secret")
@pytest.mark.parametrize("category", ["random", "values"])
def test_values_are_hidden_where_the_engine_would_mask_them(category: str) -> None:
    """As if it knew nothing about the contract except that everything may be personal."""
    looked_at = 0
    for case in cases(category)[::5]:
        try:
            validator = Contract.from_yaml(case["yaml"]).compile()
        except ContractCompileError:
            continue
        for text in case["events"]:
            for made in events_violations(validator, text):
                read = Violation(made.field, made.message, made.kind)
                assert read.safe_message == (made.safe_message or "").replace(
                    "[masked]", "<hidden>"
                )
                looked_at += 1
    assert looked_at > 100


def events_violations(validator: Any, text: str) -> list[Violation]:
    """Judge a text; one that is not JSON has no violations."""
    try:
        found: list[Violation] = validator.validate_json(text, now=CLOCK).violations
    except Exception as error:
        assert type(error).__name__ == "EventDecodeError"
        return []
    return found


@pytest.mark.parametrize(
    ("field", "message", "shown"),
    [
        # A value holds what stands behind a value.
        (
            "a",
            "Field 'a' value \"x not in allowed set: [1]\" not in allowed set: [2]",
            "Field 'a' value <hidden> not in allowed set: [2]",
        ),
        (
            "a",
            "Field 'a' value \"x does not match required pattern\" does not match required pattern",
            "Field 'a' value <hidden> does not match required pattern",
        ),
        (
            "a",
            "Quality uniqueness: duplicate value \"for field 'a' in batch\" for field 'a' in batch",
            "Quality uniqueness: duplicate value <hidden> for field 'a' in batch",
        ),
        # Of a form that is not known, but clearly about a value.
        (
            "a",
            "Field 'a' value 1 exceeds maximum 0, says 4711",
            "Field 'a' value <hidden>",
        ),
        ("a", "Field 'a' value \"e\" is not in NFC", "Field 'a' value <hidden>"),
        # It is about another field, or of a form that is not known.
        ("b", "Field 'a' value 1 exceeds maximum 0", None),
        ("b", "Required field 'a' is missing", None),
        ("a", "Field 'a' expected type String, got \"jane\"", None),
        ("a", "Metric 'm' value jane exceeds maximum 0 (field: 'a')", None),
        ("a", "Quality freshness: field 'a' timestamp is janes old (max 3s)", None),
        ("\0", "Quality completeness: field '\0' is an empty string", None),
        ("", "", None),
        (None, "Event must be a JSON object", None),
        ("p.page", "Wrapper pagination field 'page' must be a number, got string", ...),
        ("items", "Envelope key 'items' must be an array, got null", ...),
        ("<root>", "Event must be a JSON object", ...),
    ],
)
def test_nothing_in_a_value_passes_for_what_is_around_it(
    field: str, message: str, shown: object
) -> None:
    """A doubtful message is hidden, at least from the value on; one without a value is shown."""
    assert message_without_value(field, message) == (message if shown is ... else shown)


@pytest.mark.parametrize("end", ["", "]"])
@pytest.mark.parametrize(
    "part",
    [" not in allowed set: [", "' value 1", "9", "' for field 'a' in batch", "is missing' "],
)
def test_a_hostile_message_costs_no_more_than_its_length(part: str, end: str) -> None:
    """The square of its length would take hours here."""
    for start in ("Field 'a' value ", "Metric '", "Quality uniqueness: duplicate value ", "Req"):
        message = f"{start}{part * 50_000}{end}"
        shown = message_without_value("a", message)
        assert shown is None or len(shown) < len(message)
