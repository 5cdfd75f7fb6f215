"""The parts of a contract, as immutable values.

They have no behaviour beyond their invariants (lists are tuples, bounds are floats, words are enum
members, whole numbers fit in 64 bits) and their conversion to plain values. `Contract`, which users
see, adds methods.

Source of every name and default: docs/spec/contract-format.md, section 2.
"""

from __future__ import annotations

from typing import Any, Optional, cast

import msgspec

from contractgate_core._beside import Noted
from contractgate_core._plain import Plain
from contractgate_core._tracebacks import guarded
from contractgate_core.contract.words import (
    EgressLeakageMode,
    FieldType,
    MaskStyle,
    MetricType,
    QualityRuleType,
    QualityScope,
    TransformKind,
    Word,
)

__all__ = [
    "ContractDefinition",
    "EgressLeakageMode",
    "EnvelopeDefinition",
    "FieldDefinition",
    "FieldType",
    "GlossaryEntry",
    "MaskStyle",
    "MetricDefinition",
    "MetricType",
    "Ontology",
    "QualityRule",
    "QualityRuleType",
    "QualityScope",
    "Transform",
    "TransformKind",
]

_MAX_UNSIGNED = 2**64 - 1


class _Part(Plain):
    """What a contract and all its parts have in common."""

    __slots__ = ()

    @guarded
    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON, with every key and every default.

        A bound that JSON cannot write, such as an infinity, is None. If the file's aliases make
        more than 100,000 values of it, shared parts stay shared here.

        Raises:
            ContractGateError: As for `Contract.to_yaml`.
        """
        from contractgate_core.contract.dump import as_dict

        return as_dict(cast("Any", self))

    @guarded
    def to_json(self) -> str:
        """Return what `to_dict` returns, as JSON text, which `Contract.from_yaml` reads.

        Raises:
            ContractGateError: As for `Contract.to_yaml`; or the file's aliases make more than
                100,000 values of it.
        """
        from contractgate_core.contract.dump import as_json

        return as_json(cast("Any", self))


class Transform(_Part, msgspec.Struct, frozen=True):
    """What happens to a personal value.

    Attributes:
        kind: What the gateway does with the value.
        style: How a masked value looks, or None.
    """

    kind: TransformKind
    style: Optional[MaskStyle] = None

    def __post_init__(self) -> None:
        _as_word(self, "kind", TransformKind)
        _as_word(self, "style", MaskStyle)


class FieldDefinition(
    _Part, msgspec.Struct, frozen=True, rename={"field_type": "type", "allowed_values": "enum"}
):
    """One field of an event.

    Attributes:
        name: Its key.
        field_type: The type that its value must have; `type` in the file.
        required: Whether it must be present.
        pattern: A regular expression of the gateway's dialect that a string must match somewhere.
        allowed_values: The JSON values that are allowed; `enum` in the file.
        min: The least number, inclusive.
        max: The greatest number, inclusive.
        min_length: The least length of a string in **UTF-8 bytes**.
        max_length: The greatest length of a string in **UTF-8 bytes**.
        properties: The fields of an object.
        items: What each element of an array must be; the name of this field means nothing.
        transform: What happens to the value, which is personal if this is set.
    """

    name: str
    field_type: FieldType
    required: bool = True
    pattern: Optional[str] = None
    allowed_values: Optional[tuple[Any, ...]] = None
    min: Optional[float] = None
    max: Optional[float] = None
    min_length: Optional[int] = None
    max_length: Optional[int] = None
    properties: Optional[tuple[FieldDefinition, ...]] = None
    items: Optional[FieldDefinition] = None
    transform: Optional[Transform] = None

    def __post_init__(self) -> None:
        # The published SDK also accepts `number` for a float.
        _as_word(self, "field_type", FieldType, number=FieldType.FLOAT)
        _as_tuples(self, "allowed_values", "properties")
        _as_floats(self, "min", "max")
        _check_unsigned(self, "min_length", "max_length")

    def __eq__(self, other: object) -> bool:
        if type(other) is not FieldDefinition:
            return NotImplemented
        from contractgate_core.contract.equality import have_same_types  # few compare contracts

        # To the gateway 1, 1.0 and true are three values; to Python they are one.
        are_equal = msgspec.Struct.__eq__(self, other) is True
        return are_equal and have_same_types(self.allowed_values, other.allowed_values)

    __hash__ = msgspec.Struct.__hash__


class GlossaryEntry(_Part, msgspec.Struct, frozen=True):
    """What a field means, for people.

    Attributes:
        field: The field's path; `term` in some files.
        description: Its meaning; `definition` in some files.
        constraints: What its values must satisfy, in words, or None.
        synonyms: Other names for it, or None.
    """

    field: str
    description: str
    constraints: Optional[str] = None
    synonyms: Optional[tuple[str, ...]] = None

    def __post_init__(self) -> None:
        _as_tuples(self, "synonyms")


class MetricDefinition(_Part, msgspec.Struct, frozen=True, rename={"metric_type": "type"}):
    """Bounds on a number somewhere in the event, or a formula for people.

    Attributes:
        name: The metric's name, for messages.
        field: The dotted path of the number, or None.
        metric_type: The number's type, as documentation; `type` in the file.
        formula: How it is computed, for people, or None.
        min: The least value, inclusive.
        max: The greatest value, inclusive.
    """

    name: str
    field: Optional[str] = None
    metric_type: Optional[MetricType] = None
    formula: Optional[str] = None
    min: Optional[float] = None
    max: Optional[float] = None

    def __post_init__(self) -> None:
        _as_word(self, "metric_type", MetricType)
        _as_floats(self, "min", "max")


class QualityRule(_Part, msgspec.Struct, frozen=True, rename={"rule_type": "type"}):
    """A rule on the data's quality.

    Attributes:
        field: The dotted path of the field that is checked.
        rule_type: What is checked; `type` in the file.
        description: For people, or None.
        max_age_seconds: How old a timestamp may be, in **seconds**; without it, freshness checks
            nothing.
        scope: The data that the rule applies to, as documentation.
        threshold: For people, or None.
    """

    field: str
    rule_type: QualityRuleType
    description: Optional[str] = None
    max_age_seconds: Optional[int] = None
    scope: Optional[QualityScope] = None
    threshold: Optional[float] = None

    def __post_init__(self) -> None:
        _as_word(self, "rule_type", QualityRuleType)
        _as_word(self, "scope", QualityScope)
        _check_unsigned(self, "max_age_seconds")
        _as_floats(self, "threshold")


class EnvelopeDefinition(_Part, msgspec.Struct, frozen=True):
    """How records are wrapped.

    Attributes:
        records_path: The single key of the payload that holds the records.
        validate_wrapper: Whether `success` and `pagination` beside the records are checked.
    """

    records_path: str
    validate_wrapper: bool = False


class Ontology(_Part, msgspec.Struct, frozen=True):
    """The fields of an event.

    Attributes:
        entities: The fields, in the order in which they are checked.
    """

    entities: tuple[FieldDefinition, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "entities")


class ContractDefinition(Noted, _Part, msgspec.Struct, frozen=True, kw_only=True):
    """What one version of a contract says; `Contract` describes the attributes."""

    version: str
    name: str
    description: Optional[str] = None
    compliance_mode: bool = False
    ontology: Ontology
    glossary: tuple[GlossaryEntry, ...] = ()
    metrics: tuple[MetricDefinition, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    egress_leakage_mode: EgressLeakageMode = EgressLeakageMode.OFF
    envelope: Optional[EnvelopeDefinition] = None
    null_as_absent: bool = False

    def __post_init__(self) -> None:
        _as_tuples(self, "glossary", "metrics", "quality")
        _as_word(self, "egress_leakage_mode", EgressLeakageMode)

    @property
    def entities(self) -> tuple[FieldDefinition, ...]:
        """The fields of the ontology."""
        return self.ontology.entities


def _as_tuples(part: msgspec.Struct, *names: str) -> None:
    for name in names:
        value = getattr(part, name)
        if type(value) is list:
            elements: list[Any] = value
            msgspec.structs.force_setattr(part, name, tuple(elements))


def _as_floats(part: msgspec.Struct, *names: str) -> None:
    for name in names:
        value = getattr(part, name)
        if type(value) is not float and value is not None:
            try:
                number = float(value)
            except OverflowError:
                message = (
                    f"{name}: expected a number that a 64-bit float can hold, got a larger one"
                )
                raise ValueError(message) from None
            msgspec.structs.force_setattr(part, name, number)


def _as_word(part: msgspec.Struct, name: str, words: type[Word], **synonyms: Word) -> None:
    value = getattr(part, name)
    if type(value) is not words and value is not None:
        if not isinstance(value, str):
            kind = type(value).__name__
            raise ValueError(f"{name}: expected a {words.__name__} or its word, got {kind}")
        msgspec.structs.force_setattr(part, name, words(synonyms.get(value, value)))


def _check_unsigned(part: msgspec.Struct, *names: str) -> None:
    for name in names:
        value = getattr(part, name)
        if value is not None and not (type(value) is int and 0 <= value <= _MAX_UNSIGNED):
            got = f"{value!r:.40}" if type(value) is int else type(value).__name__
            raise ValueError(f"{name}: expected an integer from 0 to 2^64-1, got {got}")
