"""What a contract is, under the module name of the published SDK."""

from __future__ import annotations

from contractgate_core.contract.model import (
    Contract,
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
from contractgate_core.contract.unknown import UnknownKey
from contractgate_core.engine.compiled import CompiledContract

__all__ = [
    "CompiledContract",
    "Contract",
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
    "UnknownKey",
]
