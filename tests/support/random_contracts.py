"""Random contracts, and events that meet them, miss them narrowly, or are about other things."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from json_values import JSON_VALUES

__all__ = ["CONTRACTS", "contracts_with_events", "events_for"]

_NAMES = st.sampled_from(["a", "b", "c", "a.b", "é", "tags[0]"])
_BOUNDS = st.sampled_from([0, 1, -1, 1.5, 0.1, 1e-225, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 1e16])
_LENGTHS = st.integers(0, 4)
_PATTERNS = st.sampled_from(["^[a-z]+$", "x", "^é?$", "^$", r"^\w{2}$", r"\d", "(?i)K", "a$"])
_TEXTS = st.sampled_from(
    ["", "a", "ab", "é", "éé", "x\n", "2024-02-29", "2023-02-29", "\u212a", "7"]
)
_NUMBERS = st.one_of(
    _BOUNDS,
    st.integers(-2, 2),
    st.sampled_from([1.0, -0.0, 0.1 + 0.2, 1e300, 2**63 - 1, 1712000100]),
)
_SCALARS = st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS)
_VALUES = st.one_of(_SCALARS, JSON_VALUES)
_TYPES = ["string", "integer", "float", "boolean", "object", "array", "any", "date"]


@st.composite
def _field(draw: st.DrawFn, levels: int = 2) -> dict[str, Any]:
    kind = draw(st.sampled_from(_TYPES))
    field: dict[str, Any] = {"name": draw(_NAMES), "type": kind}
    options: dict[str, st.SearchStrategy[Any]] = {
        "required": st.booleans(),
        "pattern": _PATTERNS,
        "min": _BOUNDS,
        "max": _BOUNDS,
        "min_length": _LENGTHS,
        "max_length": _LENGTHS,
        "enum": st.lists(_SCALARS, min_size=1, max_size=4),
    }
    if kind == "string":
        options["transform"] = st.sampled_from([{"kind": "mask"}, {"kind": "hash"}])
    if levels and kind == "object":
        options["properties"] = st.lists(_field(levels - 1), max_size=3)
    if levels and kind == "array":
        options["items"] = _field(levels - 1)
    for key in draw(st.sets(st.sampled_from(sorted(options)), max_size=3)):
        field[key] = draw(options[key])
    return field


_PATH_TEXTS = ["a", "b", "a.b", "a.b.c", "é", "x.y", "ts"]
_PATHS = st.sampled_from(_PATH_TEXTS)
_METRICS = st.fixed_dictionaries(
    {"name": st.just("m"), "field": _PATHS}, optional={"min": _BOUNDS, "max": _BOUNDS}
)
_QUALITY = st.fixed_dictionaries(
    {"field": _PATHS, "type": st.sampled_from(["completeness", "freshness", "uniqueness"])},
    optional={"max_age_seconds": st.sampled_from([0, 60, 2**31, 2**63])},
)

CONTRACTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "version": st.just("1"),
        "name": st.just("c"),
        "ontology": st.fixed_dictionaries({"entities": st.lists(_field(), max_size=4)}),
    },
    optional={
        "compliance_mode": st.booleans(),
        "null_as_absent": st.booleans(),
        "metrics": st.lists(_METRICS, max_size=2),
        "quality": st.lists(_QUALITY, max_size=2),
        "envelope": st.just({"records_path": "records"}),
    },
)
"""Contracts as JSON, which is YAML."""


@st.composite
def _value_for(draw: st.DrawFn, field: dict[str, Any]) -> Any:
    """Draw a value that a field may accept, or miss by little."""
    kind = field["type"]
    if draw(st.integers(0, 7)) == 0:
        return draw(_VALUES)
    if "enum" in field and draw(st.booleans()):
        return draw(st.sampled_from(field["enum"]))
    if kind in ("integer", "float"):
        return draw(_NUMBERS)
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "array":
        item = field.get("items")
        return draw(st.lists(_value_for(item) if item else _VALUES, max_size=3))
    if kind == "object":
        return draw(_object_for(field.get("properties", [])))
    return draw(_VALUES if kind == "any" else _TEXTS)


@st.composite
def _object_for(draw: st.DrawFn, fields: list[dict[str, Any]]) -> dict[str, Any]:
    made = {
        field["name"]: draw(_value_for(field)) for field in fields if draw(st.integers(0, 5)) > 0
    }
    if draw(st.integers(0, 4)) == 0:
        made[draw(_NAMES)] = draw(_VALUES)
    return made


@st.composite
def _event_for(draw: st.DrawFn, contract: dict[str, Any]) -> Any:
    """Draw an event with numbers where rules look, declared or not."""
    made = draw(_object_for(contract["ontology"]["entities"]))
    for rule in [*contract.get("metrics", ()), *contract.get("quality", ())]:
        first, *inside = rule["field"].split(".")
        if draw(st.booleans()):
            value: Any = draw(_NUMBERS)
            for name in reversed(inside):
                value = {name: value}
            made[first] = value
    return made


def events_for(contract: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give events that have much to do with a contract."""
    near = _event_for(contract)
    return st.one_of(near, near, near, _VALUES)


@st.composite
def contracts_with_events(draw: st.DrawFn, most: int = 4) -> tuple[dict[str, Any], list[Any]]:
    """Draw a contract and some events for it."""
    contract = draw(CONTRACTS)
    return contract, draw(st.lists(events_for(contract), min_size=1, max_size=most))
