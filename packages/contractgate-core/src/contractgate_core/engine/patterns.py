"""The two checks that turn a parsed contract into a compiled one.

Source: docs/spec/contract-format.md, section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Union

from contractgate_core._excerpt import excerpt
from contractgate_core.contract.parts import ContractDefinition, FieldDefinition, FieldType
from contractgate_core.contract.places import places_of
from contractgate_core.errors import ContractCompileError, PatternError
from contractgate_core.regex import Effort, EffortError, Pattern, compile_pattern

__all__ = ["compile_patterns"]

Node = tuple[Union[str, int], ...]
"""Where a field stands in the contract: `("ontology", "entities", 0, "properties", 1)`."""

_Walked = tuple[FieldDefinition, str, Node]

MOST_FIELDS = 100_000
"""The most fields with a pattern or a transform: aliases can multiply a few without end."""


def compile_patterns(contract: ContractDefinition) -> dict[str, Pattern]:
    """Compile every pattern, and refuse transforms on fields that are not strings.

    Returns:
        The compiled patterns by path text; if two fields share a path text, the last one's.

    Raises:
        ContractCompileError: A pattern is not in the gateway's dialect, or a transform is on a
            field of another type. The message is the gateway's, up to the reason for a pattern.
    """
    walk = _walk(contract.entities, "", ("ontology", "entities"), {})
    walked = list(islice(walk, MOST_FIELDS + 1))
    if len(walked) > MOST_FIELDS:
        _, path, node = walked[-1]
        message = f"aliases make more than {MOST_FIELDS:,} fields with a pattern or a transform"
        raise _refusal(contract, path, node, message, message)
    patterns = _compiled(contract, walked)
    for field, path, node in walked:
        if field.transform is not None and field.field_type is not FieldType.STRING:
            kind = field.field_type.name.capitalize()
            messages = (_no_string(shown, kind) for shown in (path, excerpt(path)))
            raise _refusal(contract, path, (*node, "transform"), *messages)
    return patterns


def _walk(
    fields: Sequence[FieldDefinition], prefix: str, node: Node, known: dict[int, bool]
) -> Iterator[_Walked]:
    """Walk the fields in order, parents first, but not the items of arrays."""
    for index, field in enumerate(fields):
        # Skipping fields that hold neither also skips shared fields, however many there are.
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


def _compiled(contract: ContractDefinition, walked: Iterable[_Walked]) -> dict[str, Pattern]:
    """Compile each text once, all within one effort."""
    effort = Effort()
    patterns: dict[str, Pattern] = {}
    known: dict[str, Pattern] = {}
    for field, path, node in walked:
        text = field.pattern
        if text is None:
            continue
        if text not in known:
            try:
                known[text] = compile_pattern(text, effort)
            except PatternError as refused:
                cut = excerpt(text, refused.position or 0)
                messages = (
                    _invalid(refused, *shown) for shown in ((text, path), (cut, excerpt(path)))
                )
                raise _refusal(contract, path, (*node, "pattern"), *messages) from refused
        patterns[path] = known[text]
    return patterns


def _invalid(refused: PatternError, text: str, path: str) -> str:
    if isinstance(refused, EffortError):
        return (
            f"the patterns up to that of field '{path}', '{text}', are too much: {refused.message}"
        )
    return f"Invalid regex '{text}' for field '{path}': {refused.message}"


def _no_string(path: str, kind: str) -> str:
    return (
        f"Field '{path}' declares a PII transform but has type '{kind}' — transforms are only "
        "supported on string fields. If this field holds PII, change its type to 'string'."
    )


def _refusal(
    contract: ContractDefinition, path: str, node: Node, message: str, summary: str
) -> ContractCompileError:
    places = places_of(contract)
    line, column = places.at(*node) or (None, None)
    return ContractCompileError(
        message,
        summary=summary,
        filename=places.filename,
        line=line,
        column=column,
        field=path,
    )
