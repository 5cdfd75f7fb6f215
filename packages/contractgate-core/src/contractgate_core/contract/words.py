"""The enums of the contract format.

Source: docs/spec/contract-format.md, section 2.
"""

from __future__ import annotations

from contractgate_core._words import Word

__all__ = [
    "EgressLeakageMode",
    "FieldType",
    "MaskStyle",
    "MetricType",
    "QualityRuleType",
    "QualityScope",
    "TransformKind",
    "Word",
]


class FieldType(Word):
    """The JSON type that a field requires."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"
    ANY = "any"
    DATE = "date"


class TransformKind(Word):
    """What the gateway does with a personal value before it stores it."""

    MASK = "mask"
    HASH = "hash"
    DROP = "drop"
    REDACT = "redact"


class MaskStyle(Word):
    """How a masked value looks."""

    OPAQUE = "opaque"
    FORMAT_PRESERVING = "format_preserving"


class MetricType(Word):
    """The type of a metric, as documentation; it changes no verdict."""

    INTEGER = "integer"
    FLOAT = "float"


class QualityRuleType(Word):
    """What a quality rule checks."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    FRESHNESS = "freshness"
    UNIQUENESS = "uniqueness"


class QualityScope(Word):
    """The data that a quality rule applies to, as documentation; it changes no verdict."""

    BATCH = "batch"


class EgressLeakageMode(Word):
    """What the gateway does with undeclared fields on egress."""

    OFF = "off"
    STRIP = "strip"
    FAIL = "fail"
