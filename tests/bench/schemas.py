"""Contracts of the workloads as a JSON Schema and as a model of pydantic, for the peers.

They say the same as the contracts as far as the workloads' events can tell; that their verdicts are
equal is checked at every measurement.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal, Optional

from contractgate_core import Contract, FieldDefinition, FieldType, QualityRuleType

__all__ = ["has_dates", "json_schema", "pydantic_model"]

_JSON_TYPES = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "integer",
    FieldType.FLOAT: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.OBJECT: "object",
    FieldType.ARRAY: "array",
    FieldType.DATE: "string",
}


def has_dates(contract: Contract) -> bool:
    """Tell whether there are dates at the top."""
    return any(field.field_type is FieldType.DATE for field in contract.entities)


def json_schema(contract: Contract, now: int) -> dict[str, Any]:
    """Write a contract as a JSON Schema of draft 2020-12, with metrics and rules worked in."""
    schema = _object_schema(contract.entities, nullable=contract.null_as_absent)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    if contract.compliance_mode:
        schema["additionalProperties"] = False
    for metric in contract.metrics:
        name = metric.field or ""
        bounds = {"minimum": metric.min, "maximum": metric.max}
        known = schema["properties"][name]
        known.update({key: bound for key, bound in bounds.items() if bound is not None})
        schema["required"] = sorted({*schema["required"], name})
    for rule in contract.quality:
        if rule.rule_type is QualityRuleType.FRESHNESS:
            age = rule.max_age_seconds or 0
            schema["properties"][rule.field].update({"minimum": now - age, "maximum": now})
    return schema


def _object_schema(fields: tuple[FieldDefinition, ...], *, nullable: bool) -> dict[str, Any]:
    properties = {field.name: _schema(field, nullable=nullable) for field in fields}
    required = [field.name for field in fields if field.required]
    return {"type": "object", "properties": properties, "required": required}


def _schema(field: FieldDefinition, *, nullable: bool) -> dict[str, Any]:
    if field.field_type is FieldType.OBJECT and field.properties is not None:
        return _object_schema(field.properties, nullable=nullable)
    schema: dict[str, Any] = {
        "pattern": field.pattern,
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "minimum": field.min,
        "maximum": field.max,
        "enum": None if field.allowed_values is None else list(field.allowed_values),
        "format": "date" if field.field_type is FieldType.DATE else None,
        "items": None if field.items is None else _schema(field.items, nullable=False),
    }
    kind = _JSON_TYPES.get(field.field_type)
    if kind is not None:
        schema["type"] = [kind, "null"] if nullable and not field.required else kind
    return {key: value for key, value in schema.items() if value is not None}


def pydantic_model(contract: Contract, now: int) -> Any:
    """Write a contract as a strict model of pydantic."""
    bounds: dict[str, tuple[Optional[float], Optional[float]]] = {}
    for rule in contract.quality:
        if rule.rule_type is QualityRuleType.FRESHNESS:
            bounds[rule.field] = (now - (rule.max_age_seconds or 0), now)
    extra: Literal["forbid", "ignore"] = "forbid" if contract.compliance_mode else "ignore"
    return _model("Event", contract.entities, extra, bounds)


def _model(
    name: str,
    fields: tuple[FieldDefinition, ...],
    extra: Literal["forbid", "ignore"],
    bounds: dict[str, tuple[Optional[float], Optional[float]]],
) -> Any:
    from pydantic import ConfigDict, create_model

    members: dict[str, Any] = {}
    for field in fields:
        kind = _type(field, *bounds.get(field.name, (None, None)))
        members[field.name] = (kind, ...) if field.required else (Optional[kind], None)
    config = ConfigDict(strict=True, extra=extra)
    return create_model(name, __config__=config, **members)


def _type(field: FieldDefinition, low: Optional[float], high: Optional[float]) -> Any:
    from pydantic import Field

    if field.allowed_values is not None:
        from typing import Literal

        return Literal[field.allowed_values]
    if field.field_type is FieldType.OBJECT and field.properties is not None:
        return _model(field.name, field.properties, "ignore", {})
    if field.field_type is FieldType.ARRAY:
        items: Any = list
        return items[Any if field.items is None else _type(field.items, None, None)]
    kind: Any = {
        FieldType.STRING: str,
        FieldType.INTEGER: int,
        FieldType.FLOAT: float,
        FieldType.BOOLEAN: bool,
        FieldType.DATE: datetime.date,
    }.get(field.field_type, Any)
    limits = {
        "pattern": field.pattern,
        "min_length": field.min_length,
        "max_length": field.max_length,
        "ge": field.min if low is None else low,
        "le": field.max if high is None else high,
    }
    given: dict[str, Any] = {key: limit for key, limit in limits.items() if limit is not None}
    return Annotated[kind, Field(**given)] if given else kind
