"""Import and export of contracts as documents of the Open Data Contract Standard.

Source: docs/spec/gateway-http.md, section 5.5. What it leaves open in the reading of foreign
documents is our own choice.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from contractgate_core.contract.model import Contract, FieldDefinition, FieldType
from contractgate_core.contract.nodes import parse_nodes
from contractgate_core.contract.readers import read_json
from contractgate_core.contract.reading import Reading, RefusalError
from contractgate_core.errors import ContractCompileError
from contractgate_http.local.bodies import BodyShape, text
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.prepared import parse_reason
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules.budget import FieldBudget
from contractgate_http.local.rules.lookup import (
    check_storable,
    find_version,
    read_stored_contract,
)
from contractgate_http.local.rules.versions import new_contract, new_draft, version_response
from contractgate_http.local.store.rows import VersionRow
from contractgate_http.local.yaml_out import write_yaml

__all__ = ["export_odcs", "import_odcs"]

_IMPORT = BodyShape("ImportOdcsRequest", "odcs_yaml", odcs_yaml=text, name_override=text)
_STATUS = {"draft": "proposed", "stable": "active", "deprecated": "retired"}
_WORK_A_CHARACTER = 32
_OUR_VERSION, _OURS = "x-contractgate-version", "x-contractgate-ontology"

_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "float",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
    "date": "date",
    "timestamp": "string",
    "time": "string",
}
_OPTIONS = {
    "pattern": "pattern",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "min",
    "maximum": "max",
    "enum": "enum",
}


class _Imported(NamedTuple):
    """The result of reading a document."""

    name: str
    version: str
    yaml: str
    is_ours: bool


def import_odcs(context: Context) -> Response:
    """Make a new contract from a document; one that was not exported here needs a review."""
    body = context.json_in_handler(_IMPORT)
    text = body["odcs_yaml"]
    imported = context.slowly("odcs", len(text) * _WORK_A_CHARACTER, lambda: _imported(text))
    check_storable(imported.version, imported.yaml)
    made = new_contract(context, body.get("name_override", imported.name))
    draft = new_draft(
        context,
        made.id,
        imported.version,
        imported.yaml,
        source="odcs" if imported.is_ours else "odcs_stripped",
        requires_review=not imported.is_ours,
    )
    context.store.contracts.add_version(draft)
    return json_response(version_response(context, draft), 201)


def _imported(text: str) -> _Imported:
    document = _read(text)
    version = document.get("version")
    if type(version) is not str:
        raise bad_request("ODCS document missing required 'version' field")
    is_ours = _OUR_VERSION in document
    contract = _contract(_our_contract(document) if is_ours else _rebuilt(document))
    FieldBudget().spend_all(contract.entities)
    return _Imported(contract.name, version, write_yaml(contract.to_dict()), is_ours)


def _read(yaml: str) -> dict[str, Any]:
    try:
        nodes = parse_nodes(yaml)
        value = Reading(nodes).read(read_json, 0, 0) if len(nodes) else None
    except ContractCompileError as error:
        raise bad_request(f"invalid ODCS YAML: {parse_reason(error)}") from None
    except (RefusalError, RecursionError) as error:
        reason = error.message if isinstance(error, RefusalError) else "it nests too deeply"
        raise bad_request(f"invalid ODCS YAML: {reason}") from None
    if type(value) is not dict:
        raise bad_request("ODCS document must be a YAML mapping")
    return value


def _contract(value: Any) -> Contract:
    """Read a contract from plain values; JSON is YAML."""
    try:
        return Contract.from_yaml(json.dumps(value))
    except ContractCompileError as error:
        raise bad_request(f"invalid ODCS document: {error.message}") from None
    except RecursionError:
        raise bad_request("invalid ODCS document: it nests too deeply") from None


def _our_contract(document: dict[str, Any]) -> Any:
    """Return the whole contract that a document exported here carries."""
    if type(document.get(_OURS)) is not dict:
        raise bad_request(f"ODCS document missing '{_OURS}' mapping")
    return document[_OURS]


def _rebuilt(document: dict[str, Any]) -> dict[str, Any]:
    """Make a contract from the first table of a foreign document."""
    schema = document.get("schema")
    if type(schema) is not list or not schema:
        raise bad_request("ODCS document missing 'schema' array")
    table = schema[0] if type(schema[0]) is dict else {}
    name = table.get("name", document.get("dataProduct"))
    described = document.get("description")
    return {
        "version": "1.0",
        "name": name if type(name) is str else "imported",
        "description": described if type(described) is str else None,
        "ontology": {"entities": _fields(table.get("properties"))},
    }


def _fields(properties: Any) -> list[dict[str, Any]]:
    listed = properties if type(properties) is list else []
    return [_field(one) for one in listed if type(one) is dict and type(one.get("name")) is str]


def _field(prop: dict[str, Any]) -> dict[str, Any]:
    kind = _TYPES.get(str(prop.get("logicalType")), "any")
    field: dict[str, Any] = {
        "name": prop.get("name", "item"),
        "type": kind,
        "required": prop.get("required") is True,
    }
    options = prop.get("logicalTypeOptions")
    for key, ours in _OPTIONS.items():
        if type(options) is dict and options.get(key) is not None:
            field[ours] = options[key]
    if kind == "object" and "properties" in prop:
        field["properties"] = _fields(prop["properties"])
    if kind == "array" and type(prop.get("items")) is dict:
        field["items"] = _field({"name": "item", **prop["items"]})
    return field


def export_odcs(context: Context) -> Rendering:
    """Write a version as a document that `import_odcs` can read back without loss."""
    row = find_version(context, context.uuid("id"), context.params["version"])
    contract = read_stored_contract(context, row.yaml).contract
    owner = context.store.contracts.find_any(row.contract_id)
    name = contract.name if owner is None else owner.name
    return Rendering(lambda: _exported(row, contract, name), len(row.yaml) * _WORK_A_CHARACTER)


def _exported(row: VersionRow, contract: Contract, name: str) -> Response:
    FieldBudget().spend_all(contract.entities)
    document: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": row.contract_id,
        "version": row.version,
        "status": _STATUS[row.state],
        "dataProduct": name,
    }
    if contract.description is not None:
        document["description"] = contract.description
    properties = _properties(contract.entities, "")
    document["schema"] = [{"name": contract.name, "properties": properties}]
    document.update(_extensions(contract.to_dict()))
    body = write_yaml(document).encode()
    return Response(200, (("content-type", "application/yaml"),), body)


def _extensions(contract: dict[str, Any]) -> dict[str, Any]:
    extensions: dict[str, Any] = {_OUR_VERSION: "1.0", _OURS: contract}
    for key in ("glossary", "metrics", "compliance_mode"):
        if contract[key]:
            extensions[f"x-contractgate-{key.replace('_', '-')}"] = contract[key]
    return extensions


def _properties(fields: tuple[FieldDefinition, ...], prefix: str) -> list[dict[str, Any]]:
    """Write fields as a flat list, with dotted names for nested ones."""
    written: list[dict[str, Any]] = []
    for field in fields:
        path = f"{prefix}{field.name}"
        written.append(
            {"name": path, "logicalType": _logical(field.field_type), "required": field.required}
        )
        if field.properties is not None:
            written += _properties(field.properties, f"{path}.")
    return written


def _logical(kind: FieldType) -> str:
    return {FieldType.FLOAT: "number", FieldType.ANY: "object"}.get(kind, str(kind))
