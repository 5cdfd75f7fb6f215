"""How two contracts differ in their fields.

Source: docs/spec/gateway-http.md, section 5.12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Optional

from contractgate_core.contract.model import FieldDefinition
from contractgate_core.engine.render import float_display, json_text
from contractgate_core.models import ContractChange, DiffResponse
from contractgate_core.models.words import ChangeKind
from contractgate_http.local.bodies import BodyShape, text
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.prepared import BadContractError
from contractgate_http.local.refusals import bad_request
from contractgate_http.local.rules.budget import FieldBudget
from contractgate_http.local.rules.lookup import read_stored_contract

__all__ = ["diff"]

_DIFF = BodyShape(
    "DiffRequest",
    "contract_yaml_a",
    "contract_yaml_b",
    contract_yaml_a=text,
    contract_yaml_b=text,
)
_PARTS = (
    ("field", "added", (ChangeKind.FIELD_ADDED,)),
    ("field", "removed", (ChangeKind.FIELD_REMOVED,)),
    ("type change", "", (ChangeKind.TYPE_CHANGED,)),
    ("required-flag change", "", (ChangeKind.REQUIRED_CHANGED,)),
    (
        "constraint/enum change",
        "",
        (
            ChangeKind.PATTERN_CHANGED,
            ChangeKind.CONSTRAINT_CHANGED,
            ChangeKind.ENUM_VALUE_ADDED,
            ChangeKind.ENUM_VALUE_REMOVED,
        ),
    ),
)
_BOUNDS = ("min", "max", "min_length", "max_length")


def diff(context: Context) -> Rendering:
    """Compare two contracts, field by field."""
    body = context.json(_DIFF)
    old, new = (_entities(context, body, key) for key in ("contract_yaml_a", "contract_yaml_b"))
    return Rendering(lambda: _compared(old, new), len(context.request.body))


def _compared(old: Sequence[FieldDefinition], new: Sequence[FieldDefinition]) -> Response:
    budget = FieldBudget()
    for fields in (old, new):
        budget.spend_all(fields)
    changes = list(_changes(old, new, ""))
    return json_response(DiffResponse(summary=_summary(changes), changes=changes))


def _entities(context: Context, body: dict[str, Any], key: str) -> Sequence[FieldDefinition]:
    try:
        return read_stored_contract(context, body[key]).contract.entities
    except BadContractError as error:
        raise bad_request(f"invalid {key}: {error.reason}") from None


def _changes(
    old: Sequence[FieldDefinition], new: Sequence[FieldDefinition], prefix: str
) -> Iterator[ContractChange]:
    before, after = ({field.name: field for field in fields} for fields in (old, new))
    for name in dict.fromkeys([*before, *after]):
        path = f"{prefix}.{name}" if prefix else name
        if name not in after:
            yield _change(ChangeKind.FIELD_REMOVED, path, _shape(before[name]))
        elif name not in before:
            yield _change(ChangeKind.FIELD_ADDED, path, _shape(after[name]))
        else:
            yield from _field_changes(before[name], after[name], path)


def _change(kind: ChangeKind, path: str, detail: str) -> ContractChange:
    return ContractChange(kind=kind, field=path, detail=detail)


def _shape(field: FieldDefinition) -> str:
    return f"{_type(field)}, {_required(field)}"


def _type(field: FieldDefinition) -> str:
    return field.field_type.name.capitalize()


def _required(field: FieldDefinition) -> str:
    return "required" if field.required else "optional"


def _field_changes(
    old: FieldDefinition, new: FieldDefinition, path: str
) -> Iterator[ContractChange]:
    for kind, before, after in (
        (ChangeKind.TYPE_CHANGED, _type(old), _type(new)),
        (ChangeKind.REQUIRED_CHANGED, _required(old), _required(new)),
        (ChangeKind.PATTERN_CHANGED, old.pattern or "none", new.pattern or "none"),
    ):
        if before != after:
            yield _change(kind, path, f"{before} → {after}")
    for bound in _BOUNDS:
        before, after = _bound(getattr(old, bound)), _bound(getattr(new, bound))
        if before != after:
            yield _change(ChangeKind.CONSTRAINT_CHANGED, path, f"{bound}: {before} → {after}")
    yield from _enum_changes(old, new, path)
    yield from _changes(old.properties or (), new.properties or (), path)


def _bound(value: Optional[float]) -> str:
    return "none" if value is None else float_display(value) if type(value) is float else str(value)


def _enum_changes(
    old: FieldDefinition, new: FieldDefinition, path: str
) -> Iterator[ContractChange]:
    before, after = (
        dict.fromkeys(json_text(value) for value in field.allowed_values or ())
        for field in (old, new)
    )
    for value in before:
        if value not in after:
            yield _change(ChangeKind.ENUM_VALUE_REMOVED, path, value)
    for value in after:
        if value not in before:
            yield _change(ChangeKind.ENUM_VALUE_ADDED, path, value)


def _summary(changes: Sequence[ContractChange]) -> str:
    if not changes:
        return "No changes detected between the two contract versions."
    parts = []
    for noun, participle, kinds in _PARTS:
        number = sum(change.kind in kinds for change in changes)
        if number:
            parts.append(f"{_counted(number, noun)} {participle}".rstrip())
    return f"{_counted(len(changes), 'change')}: {', '.join(parts)}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
