"""The two checks that turn a parsed contract into a compiled one.

Source: docs/spec/contract-format.md, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Union

from contractgate_core.contract.model import Contract, FieldDefinition, FieldType
from contractgate_core.contract.places import places_of
from contractgate_core.errors import ContractCompileError, PatternError
from contractgate_core.regex import Pattern, compile_pattern

__all__ = ["compile_patterns"]

Node = tuple[Union[str, int], ...]
"""Where a field stands in the contract: `("ontology", "entities", 0, "properties", 1)`."""

MOST_FIELDS = 100_000
"""So many fields with a pattern or a transform at most: aliases can multiply a few without end."""


def compile_patterns(contract: Contract) -> dict[str, Pattern]:
    """Compile every pattern and refuse transforms on fields that are no strings.

    Returns:
        The compiled patterns by path text; of two fields with one path text, the last one's.

    Raises:
        ContractCompileError: A pattern is not of the gateway's dialect, or a transform stands on
            a field of another type; the message is the gateway's, but for a pattern's reason.
    """
    walk = _walk(contract.entities, "", ("ontology", "entities"), {})
    walked = list(islice(walk, MOST_FIELDS + 1))
    if len(walked) > MOST_FIELDS:
        _, path, node = walked[-1]
        message = f"aliases make more than {MOST_FIELDS:,} fields with a pattern or a transform"
        raise _refusal(contract, message, path, node)
    patterns = {
        path: _compile(contract, field, path, node)
        for field, path, node in walked
        if field.pattern is not None
    }
    for field, path, node in walked:
        if field.transform is not None and field.field_type is not FieldType.STRING:
            raise _refusal(
                contract,
                f"Field '{path}' declares a PII transform but has type "
                f"'{field.field_type.name.capitalize()}' — transforms are only supported on string "
                "fields. If this field holds PII, change its type to 'string'.",
                path,
                (*node, "transform"),
            )
    return patterns


def _walk(
    fields: Sequence[FieldDefinition], prefix: str, node: Node, known: dict[int, bool]
) -> Iterator[tuple[FieldDefinition, str, Node]]:
    """Go through the fields in order, parents first, but not into the items of arrays."""
    for index, field in enumerate(fields):
        # Skipping what holds neither keeps shared fields, however many, from being walked at all.
        if not _is_concerned(field, known):
            continue
        path = f"{prefix}.{field.name}" if prefix else field.name
        yield field, path, (*node, index)
        if field.field_type is FieldType.OBJECT and field.properties is not None:
            yield from _walk(field.properties, path, (*node, index, "properties"), known)


def _is_concerned(field: FieldDefinition, known: dict[int, bool]) -> bool:
    answer = known.get(id(field))
    if answer is None:
        below = field.properties if field.field_type is FieldType.OBJECT else None
        answer = field.pattern is not None or field.transform is not None
        answer = answer or any(_is_concerned(child, known) for child in below or ())
        known[id(field)] = answer
    return answer


def _compile(contract: Contract, field: FieldDefinition, path: str, node: Node) -> Pattern:
    pattern = field.pattern or ""
    try:
        return compile_pattern(pattern)
    except PatternError as refused:
        message = f"Invalid regex '{pattern}' for field '{path}': {refused.message}"
        raise _refusal(contract, message, path, (*node, "pattern")) from refused


def _refusal(contract: Contract, message: str, path: str, node: Node) -> ContractCompileError:
    places = places_of(contract)
    line, column = places.at(*node) or (None, None)
    return ContractCompileError(
        message, filename=places.filename, line=line, column=column, field=path
    )
