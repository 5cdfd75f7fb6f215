"""The enumerated words of the contract format.

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
    """The JSON type that a field demands."""

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
    """The type of a metric; it documents and changes no verdict."""

    INTEGER = "integer"
    FLOAT = "float"


class QualityRuleType(Word):
    """What a quality rule looks at."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    FRESHNESS = "freshness"
    UNIQUENESS = "uniqueness"


class QualityScope(Word):
    """Over what a quality rule holds; it documents and changes no verdict."""

    BATCH = "batch"


class EgressLeakageMode(Word):
    """What the gateway does with undeclared fields on the way out."""

    OFF = "off"
    STRIP = "strip"
    FAIL = "fail"
