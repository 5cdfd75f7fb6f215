"""YAML text to `Contract`: the meaning of each key.

Source: docs/spec/contract-format.md, section 2.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional, Union

import msgspec

from contractgate_core.contract.doubts import doubt_names, note_doubts
from contractgate_core.contract.nodes import Nodes, parse_nodes
from contractgate_core.contract.parts import (
    ContractDefinition,
    EgressLeakageMode,
    EnvelopeDefinition,
    FieldDefinition,
    FieldType,
    GlossaryEntry,
    MaskStyle,
    MetricDefinition,
    MetricType,
    Ontology,
    QualityRule,
    QualityRuleType,
    QualityScope,
    Transform,
    TransformKind,
)
from contractgate_core.contract.places import Places, note_places
from contractgate_core.contract.readers import (
    listing,
    nullable,
    read_boolean,
    read_json,
    read_number,
    read_string,
    read_unsigned,
    word,
)
from contractgate_core.contract.reading import Reading, RefusalError
from contractgate_core.contract.shape import Shape
from contractgate_core.contract.source import decode, read_open, read_path
from contractgate_core.contract.stack import with_room
from contractgate_core.errors import ContractCompileError

if TYPE_CHECKING:
    from contractgate_core.contract.source import SupportsRead

__all__ = ["load_file", "load_plain", "load_text"]


def _read_field(reading: Reading, node: int, depth: int) -> Any:
    """Read a field; a function of its own, since fields may contain fields."""
    return _FIELD.read(reading, node, depth)


_TEXT_OR_NULL = nullable(read_string)
_NUMBER_OR_NULL = nullable(read_number)
_UNSIGNED_OR_NULL = nullable(read_unsigned)
_LIST_OF_FIELDS = listing(_read_field)


def _read_fields(reading: Reading, node: int, depth: int) -> Any:
    fields = _LIST_OF_FIELDS(reading, node, depth)
    doubt_names(reading, node, fields)
    return fields


_TRANSFORM = Shape(
    "a transform",
    Transform,
    {"kind": word(TransformKind), "style": nullable(word(MaskStyle))},
)

_A_MOMENT = "`string` with a pattern, or `integer` for Unix seconds"
_OTHER_TYPES = {
    **dict.fromkeys(("datetime", "timestamp", "timestamptz", "date-time"), _A_MOMENT),
    **dict.fromkeys(("decimal", "double", "numeric", "real", "float64"), "`float`"),
    **dict.fromkeys(("text", "varchar", "char", "uuid", "email", "time"), "`string`"),
    **dict.fromkeys(("int64", "int32", "long", "bigint"), "`integer`"),
    **dict.fromkeys(("map", "dict", "struct", "record", "json"), "`object`"),
    **dict.fromkeys(("list", "tuple", "set"), "`array`"),
}
"""Type names of databases and programming languages."""

_FIELD = Shape(
    "a field",
    FieldDefinition,
    {
        "name": read_string,
        "field_type": word(FieldType, _OTHER_TYPES, number=FieldType.FLOAT),
        "required": read_boolean,
        "pattern": _TEXT_OR_NULL,
        "allowed_values": nullable(listing(read_json)),
        "min": _NUMBER_OR_NULL,
        "max": _NUMBER_OR_NULL,
        "min_length": _UNSIGNED_OR_NULL,
        "max_length": _UNSIGNED_OR_NULL,
        "properties": nullable(_read_fields),
        "items": nullable(_read_field),
        "transform": nullable(_TRANSFORM.read),
    },
)

_GLOSSARY_ENTRY = Shape(
    "a glossary entry",
    GlossaryEntry,
    {
        "field": read_string,
        "description": read_string,
        "constraints": _TEXT_OR_NULL,
        "synonyms": nullable(listing(read_string)),
    },
    {"term": "field", "definition": "description"},
)

_METRIC = Shape(
    "a metric",
    MetricDefinition,
    {
        "name": read_string,
        "field": _TEXT_OR_NULL,
        "metric_type": nullable(word(MetricType)),
        "formula": _TEXT_OR_NULL,
        "min": _NUMBER_OR_NULL,
        "max": _NUMBER_OR_NULL,
    },
)

_QUALITY_RULE = Shape(
    "a quality rule",
    QualityRule,
    {
        "field": read_string,
        "rule_type": word(QualityRuleType),
        "description": _TEXT_OR_NULL,
        "max_age_seconds": _UNSIGNED_OR_NULL,
        "scope": nullable(word(QualityScope)),
        "threshold": _NUMBER_OR_NULL,
    },
)

_ENVELOPE = Shape(
    "the envelope",
    EnvelopeDefinition,
    {"records_path": read_string, "validate_wrapper": read_boolean},
)

_CONTRACT = Shape(
    "the contract",
    ContractDefinition,
    {
        "version": read_string,
        "name": read_string,
        "description": _TEXT_OR_NULL,
        "compliance_mode": read_boolean,
        "ontology": Shape("the ontology", Ontology, {"entities": _read_fields}).read,
        "glossary": listing(_GLOSSARY_ENTRY.read),
        "metrics": listing(_METRIC.read),
        "quality": listing(_QUALITY_RULE.read),
        "egress_leakage_mode": word(EgressLeakageMode),
        "envelope": nullable(_ENVELOPE.read),
        "null_as_absent": read_boolean,
    },
)


def load_file(path: Union[str, os.PathLike[str]]) -> ContractDefinition:
    """Read a contract from a file; see `Contract.from_file`."""
    return load_text(*read_path(path))


def load_text(
    text: Union[str, bytes, SupportsRead], filename: Optional[str] = None
) -> ContractDefinition:
    """Read a contract from YAML; see `Contract.from_yaml`.

    Args:
        text: The YAML text, or an open file of it.
        filename: The name of its file, for errors; an open file has its own.
    """
    if not isinstance(text, (str, bytes)):
        text, filename = read_open(text)
    try:
        source = decode(text)
        contract = with_room(lambda: _load(source))
    except ContractCompileError as error:
        error.filename = filename
        raise
    except RecursionError:
        message = "expected room to recurse, got a recursion limit below Python's usual 1,000"
        raise ContractCompileError(message, filename=filename) from None
    note_places(contract, Places(source, filename))
    return contract


def _load(source: str) -> ContractDefinition:
    nodes = parse_nodes(source)
    if not len(nodes):
        message = "expected a contract with the keys `version`, `name` and `ontology`, got nothing"
        raise ContractCompileError(message, line=1, column=1)
    reading = Reading(nodes)
    try:
        contract: ContractDefinition = reading.read(_CONTRACT.read, 0, 0)
    except RefusalError as refusal:
        raise _as_error(refusal, nodes) from None
    if reading.passed_over:
        from contractgate_core.contract.unknown import note_unknown  # few contracts have such keys

        note_unknown(contract, nodes, reading.passed_over)
    if reading.doubts:
        note_doubts(contract, nodes, reading.doubts)
    return contract


def load_plain(value: Any) -> ContractDefinition:
    """Read a contract from plain values, as JSON parsers return them, by the same rules.

    Raises:
        ValueError: It is not a contract; the text says what was expected.
    """
    try:
        return load_text(msgspec.json.encode(value))
    except (ContractCompileError, TypeError, UnicodeError) as error:
        raise ValueError(str(error)) from None


def _as_error(refusal: RefusalError, nodes: Nodes) -> ContractCompileError:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in refusal.path[::-1]]
    path = "".join(steps)[1:]
    names = ["[]" if name is None else f".{name}" for name in refusal.names[::-1]]
    line, column = nodes.place(refusal.node)
    return ContractCompileError(
        f"{path}: {refusal.message}" if path else refusal.message,
        line=line,
        column=column,
        field="".join(names)[1:] or None,
    )
