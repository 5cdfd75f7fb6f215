"""YAML text to `Contract`: which key holds what.

Source: docs/spec/contract-format.md, section 2.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional, Union

import msgspec

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
from contractgate_core.contract.nodes import MAPPING, PLAIN, Nodes, parse_nodes
from contractgate_core.contract.parser import place_of
from contractgate_core.contract.places import Places, note_places
from contractgate_core.contract.readers import (
    listing,
    nullable,
    read_boolean,
    read_json,
    read_number,
    read_string,
    read_unsigned,
    suggest,
    word,
)
from contractgate_core.contract.reading import Reader, Reading, Refusal
from contractgate_core.errors import ContractCompileError

__all__ = ["MOST_BYTES", "load_file", "load_text"]

MOST_BYTES = 16 * 2**20
"""How long a contract may be in UTF-8."""


class Shape:
    """A reader of one kind of mapping; names and defaults are those of its struct.

    Args:
        title: What the mapping is, for messages.
        struct: What it becomes.
        readers: What each attribute of the struct takes.
        synonyms: Other spellings of keys.
    """

    def __init__(
        self,
        title: str,
        struct: type[msgspec.Struct],
        readers: dict[str, Reader],
        synonyms: Optional[dict[str, str]] = None,
    ) -> None:
        self._title = title
        self._struct = struct
        fields = msgspec.structs.fields(struct)
        self._keys = {field.encode_name: (field.name, readers[field.name]) for field in fields}
        self._required = [field.encode_name for field in fields if field.required]
        for synonym, key in (synonyms or {}).items():
            self._keys[synonym] = self._keys[key]

    def __call__(self, reading: Reading, node: int, depth: int) -> Any:
        try:
            return self._struct(**self._read(reading, node, depth))
        except Refusal as refusal:
            if self._struct is FieldDefinition:
                _note_name(refusal, reading.nodes, node)
            raise

    def _read(self, reading: Reading, node: int, depth: int) -> dict[str, Any]:
        nodes = reading.nodes
        found: dict[str, Any] = {}
        others: list[str] = []
        if nodes.kinds[node] == MAPPING:
            inside = reading.enter(node, depth)
            child = inside.start
            while child < inside.stop:
                key, value = reading.key(child), nodes.after(child)
                if key in self._keys:
                    self._read_key(reading, key, child, depth, found)
                elif len(others) < 100:
                    others.append(key)
                child = nodes.after(value)
        elif nodes.kinds[node] != PLAIN or nodes.texts[node]:
            reading.refuse(f"a mapping ({self._title})", node)
        for key in self._required:
            if self._keys[key][0] not in found:
                hint = suggest_for_missing(key, others)
                raise Refusal(f"{self._title} lacks the required key `{key}`{hint}", node)
        return found

    def _read_key(
        self, reading: Reading, key: str, node: int, depth: int, found: dict[str, Any]
    ) -> None:
        name, reader = self._keys[key]
        if name in found:
            raise Refusal(f"the key `{key}` is given twice", node)
        try:
            found[name] = reading.read(reader, reading.nodes.after(node), depth + 1)
        except Refusal as refusal:
            refusal.path.append(key)
            raise


def suggest_for_missing(key: str, others: list[str]) -> str:
    """Ask whether one of the unknown keys is a misspelling of a missing one."""
    for other in others:
        if suggest(other, [key]):
            return f"; is `{other}` a misspelling of it?"
    return ""


def _note_name(refusal: Refusal, nodes: Nodes, node: int) -> None:
    """Add the name of the field that was being read, if it has one."""
    if refusal.path[-1:] == ["items"] and refusal.names:
        refusal.names[-1] = None
    place = _value_of(nodes, node, "name")
    name = None if place is None else nodes.texts[nodes.resolve(place)]
    refusal.names.append(name or "?")


def _value_of(nodes: Nodes, node: int, key: str) -> Optional[int]:
    if nodes.kinds[node] != MAPPING:
        return None
    child, end = node + 1, nodes.after(node) - 1
    while child < end:
        if nodes.texts[nodes.resolve(child)] == key:
            return nodes.after(child)
        child = nodes.after(nodes.after(child))
    return None


def _read_field(reading: Reading, node: int, depth: int) -> Any:
    """Read a field; a function of its own, since a field may hold fields."""
    return _FIELD(reading, node, depth)


_TEXT_OR_NULL = nullable(read_string)
_NUMBER_OR_NULL = nullable(read_number)
_UNSIGNED_OR_NULL = nullable(read_unsigned)
_FIELDS = listing(_read_field)

_TRANSFORM = Shape(
    "a transform",
    Transform,
    {"kind": word(TransformKind), "style": nullable(word(MaskStyle))},
)

_FIELD = Shape(
    "a field",
    FieldDefinition,
    {
        "name": read_string,
        "field_type": word(FieldType, number=FieldType.FLOAT),
        "required": read_boolean,
        "pattern": _TEXT_OR_NULL,
        "allowed_values": nullable(listing(read_json)),
        "min": _NUMBER_OR_NULL,
        "max": _NUMBER_OR_NULL,
        "min_length": _UNSIGNED_OR_NULL,
        "max_length": _UNSIGNED_OR_NULL,
        "properties": nullable(_FIELDS),
        "items": nullable(_read_field),
        "transform": nullable(_TRANSFORM),
    },
)

_GLOSSARY_ENTRY = Shape(
    "a glossary entry",
    GlossaryEntry,
    {
        "field": read_string,
        "description": read_string,
        "constraints": _TEXT_OR_NULL,
        "synonyms": nullable(listing(read_string)),
    },
    {"term": "field", "definition": "description"},
)

_METRIC = Shape(
    "a metric",
    MetricDefinition,
    {
        "name": read_string,
        "field": _TEXT_OR_NULL,
        "metric_type": nullable(word(MetricType)),
        "formula": _TEXT_OR_NULL,
        "min": _NUMBER_OR_NULL,
        "max": _NUMBER_OR_NULL,
    },
)

_QUALITY_RULE = Shape(
    "a quality rule",
    QualityRule,
    {
        "field": read_string,
        "rule_type": word(QualityRuleType),
        "description": _TEXT_OR_NULL,
        "max_age_seconds": _UNSIGNED_OR_NULL,
        "scope": nullable(word(QualityScope)),
        "threshold": _NUMBER_OR_NULL,
    },
)

_ENVELOPE = Shape(
    "the envelope",
    EnvelopeDefinition,
    {"records_path": read_string, "validate_wrapper": read_boolean},
)

_CONTRACT = Shape(
    "the contract",
    Contract,
    {
        "version": read_string,
        "name": read_string,
        "description": _TEXT_OR_NULL,
        "compliance_mode": read_boolean,
        "ontology": Shape("the ontology", Ontology, {"entities": _FIELDS}),
        "glossary": listing(_GLOSSARY_ENTRY),
        "metrics": listing(_METRIC),
        "quality": listing(_QUALITY_RULE),
        "egress_leakage_mode": word(EgressLeakageMode),
        "envelope": nullable(_ENVELOPE),
        "null_as_absent": read_boolean,
    },
)


def load_file(path: Union[str, os.PathLike[str]]) -> Contract:
    """Read a contract from a file; see `Contract.from_file`."""
    with Path(path).open("rb") as file:
        # One byte more than is allowed says enough of any file, endless ones included.
        data = file.read(MOST_BYTES + 1)
    return load_text(data, os.fspath(path))


def load_text(text: Union[str, bytes], filename: Optional[str] = None) -> Contract:
    """Read a contract from YAML; see `Contract.from_yaml`.

    Args:
        text: The YAML text.
        filename: Its file, for errors.
    """
    try:
        source = _decode(text)
        contract = _load(source)
    except ContractCompileError as error:
        error.filename = filename
        raise
    note_places(contract, Places(source, filename))
    return contract


def _load(source: str) -> Contract:
    nodes = parse_nodes(source)
    if not len(nodes):
        message = "expected a contract with the keys `version`, `name` and `ontology`, got nothing"
        raise ContractCompileError(message, line=1, column=1)
    try:
        contract: Contract = Reading(nodes).read(_CONTRACT, 0, 0)
    except Refusal as refusal:
        raise _as_error(refusal, nodes) from None
    except RecursionError:
        message = "the contract nests too deeply for what is left of Python's stack"
        raise ContractCompileError(message, line=1, column=1) from None
    return contract


def _decode(text: Union[str, bytes]) -> str:
    if isinstance(text, str):
        length = len(text)
    elif isinstance(text, bytes):
        length = len(text)
    else:
        raise TypeError(f"expected str or bytes, got {type(text).__name__}")
    if length > MOST_BYTES:
        raise ContractCompileError(f"a contract may have at most {MOST_BYTES >> 20} MiB, this has more")
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        line, column = place_of(before, len(before))
        hint = "; it looks like UTF-16" if text[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        message = f"expected UTF-8 text, got the byte 0x{text[error.start]:02x}{hint}"
        raise ContractCompileError(message, line=line, column=column) from None


def _as_error(refusal: Refusal, nodes: Nodes) -> ContractCompileError:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in refusal.path[::-1]]
    path = "".join(steps)[1:]
    names = ["[]" if name is None else f".{name}" for name in refusal.names[::-1]]
    line, column = nodes.place(refusal.node)
    return ContractCompileError(
        f"{path}: {refusal.message}" if path else refusal.message,
        line=line,
        column=column,
        field="".join(names)[1:] or None,
    )
