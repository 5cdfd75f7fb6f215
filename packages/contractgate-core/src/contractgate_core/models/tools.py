"""Results of the tools that read and write contracts: diff, inference, scaffold, ODCS."""

from __future__ import annotations

from typing import Optional

import msgspec

from contractgate_core.models._base import Model
from contractgate_core.models.words import ChangeKind

__all__ = [
    "ContractChange",
    "DiffResponse",
    "InferResponse",
    "OdcsConformance",
    "OdcsExtensions",
    "OdcsMandatoryFields",
    "PiiCandidate",
    "ScaffoldResponse",
]


class ContractChange(Model, frozen=True, kw_only=True):
    """One difference between two contracts.

    Attributes:
        kind: What differs.
        field: The dotted path of the field.
        detail: The difference in words, such as `Integer → Float`.

    Source: docs/spec/gateway-http.md, section 5.12.
    """

    kind: ChangeKind
    field: str
    detail: Optional[str] = None


class DiffResponse(Model, frozen=True, kw_only=True):
    """How two contracts differ in their fields.

    Attributes:
        changes: The differences, in an order that changes from call to call.
        summary: Their count in words.

    Source: docs/spec/gateway-http.md, section 5.12.
    """

    changes: list[ContractChange]
    summary: Optional[str] = None


class InferResponse(Model, frozen=True, kw_only=True):
    """A contract that was guessed from samples or read from a schema.

    Attributes:
        yaml_content: The contract.
        field_count: How many fields it has.
        sample_count: How many samples were read; None if a schema was read.
        mode: From Avro: `schema` or `samples`.
        message_used: From Protocol Buffers: the message.
        schema_used: From OpenAPI: the schema.
        detected_format: From a URL: `json` or `csv`.

    Source: docs/spec/gateway-http.md, section 5.12.
    """

    yaml_content: str
    field_count: Optional[int] = None
    sample_count: Optional[int] = None
    mode: Optional[str] = None
    message_used: Optional[str] = None
    schema_used: Optional[str] = None
    detected_format: Optional[str] = None


class PiiCandidate(Model, frozen=True, kw_only=True):
    """A field that seems to hold personal data.

    Attributes:
        field_name: The field.
        confidence: How sure the gateway is, from 0 to 1.
        reason: Why it thinks so.
        suggested_transform: The transform that it suggests.

    Source: docs/spec/gateway-http.md, section 5.12.
    """

    field_name: str
    confidence: Optional[float] = None
    reason: Optional[str] = None
    suggested_transform: Optional[str] = None


class ScaffoldResponse(Model, frozen=True, kw_only=True):
    """A contract to start from, and the places in it that need a look.

    Attributes:
        yaml_content: The contract.
        field_count: How many fields it has.
        sample_count: How many samples were read.
        pii_candidate_count: How many fields seem to hold personal data.
        pii_candidates: These fields.
        format: The format that was read.
        sr_unavailable: Whether a schema registry could not be reached.

    Source: docs/spec/gateway-http.md, section 5.12.
    """

    yaml_content: str
    field_count: Optional[int] = None
    sample_count: Optional[int] = None
    pii_candidate_count: Optional[int] = None
    pii_candidates: list[PiiCandidate] = msgspec.field(default_factory=list)
    format: Optional[str] = None
    sr_unavailable: Optional[bool] = None


class OdcsMandatoryFields(Model, frozen=True, kw_only=True):
    """Which mandatory keys of ODCS the export of a version has.

    Attributes:
        api_version: `apiVersion`.
        kind: `kind`.
        id: `id`.
        version: `version`.
        status: `status`.

    Source: docs/spec/gateway-http.md, section 5.5.
    """

    api_version: Optional[bool] = None
    kind: Optional[bool] = None
    id: Optional[bool] = None
    version: Optional[bool] = None
    status: Optional[bool] = None


class OdcsExtensions(Model, frozen=True, kw_only=True):
    """Which of ContractGate's extension keys the export of a version has.

    Attributes:
        x_contractgate_version: `x-contractgate-version`.
        x_contractgate_ontology: `x-contractgate-ontology`.

    Source: docs/spec/gateway-http.md, section 5.5.
    """

    x_contractgate_version: Optional[bool] = None
    x_contractgate_ontology: Optional[bool] = None


class OdcsConformance(Model, frozen=True, kw_only=True):
    """How well ODCS can express a version.

    Attributes:
        version: The version.
        mandatory_fields_score: The share of mandatory keys, from 0 to 1.
        mandatory_fields_detail: Which they are.
        extensions_score: The share of extension keys, from 0 to 1.
        extensions_detail: Which they are.
        round_trip_fidelity_score: How much survives an export and an import, from 0 to 1.
        round_trip_note: The same in words.
        quality_coverage_pct: How many fields have a quality rule, in **per cent**.
        quality_covered_fields: How many fields have one.
        total_fields: How many fields there are.
        overall_score: All of this in one number.

    Source: docs/spec/gateway-http.md, section 5.5.
    """

    version: str
    mandatory_fields_score: Optional[float] = None
    mandatory_fields_detail: Optional[OdcsMandatoryFields] = None
    extensions_score: Optional[float] = None
    extensions_detail: Optional[OdcsExtensions] = None
    round_trip_fidelity_score: Optional[float] = None
    round_trip_note: Optional[str] = None
    quality_coverage_pct: Optional[float] = None
    quality_covered_fields: Optional[int] = None
    total_fields: Optional[int] = None
    overall_score: Optional[float] = None
