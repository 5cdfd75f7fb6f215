"""YAML text to `Contract`: the meaning of each key.

Source: docs/spec/contract-format.md, section 2.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

import msgspec

from contractgate_core.contract.doubts import DOUBTS, doubt_names, note_doubts
from contractgate_core.contract.nodes import MAPPING, PLAIN, Nodes, parse_nodes
from contractgate_core.contract.parser import place_of
from contractgate_core.contract.parts import (
    ContractDefinition,
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
from contractgate_core.contract.reading import Reader, Reading, RefusalError, shorten
from contractgate_core.contract.stack import with_room
from contractgate_core.errors import ContractCompileError

if TYPE_CHECKING:
    from typing import Protocol

    class SupportsRead(Protocol):
        """A file that is open for reading, of text or bytes."""

        def read(self, size: int, /) -> Union[str, bytes]: ...


__all__ = ["MOST_BYTES", "load_file", "load_plain", "load_text"]

MOST_BYTES = 16 * 2**20
"""The greatest length of a contract in UTF-8; the gateway has no limit."""


_MOST_COMPARED = 100
_UNKNOWN: tuple[str, Optional[Reader]] = ("", None)


class Shape:
    """A reader for one kind of mapping; names and defaults are those of its struct.

    Args:
        title: What messages call the mapping.
        struct: What it becomes.
        readers: The reader of each attribute of the struct.
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
        self._doubt = DOUBTS.get(struct)
        # `structs.fields` would return the same, but evaluate the types of all fields for it.
        names, keys = struct.__struct_fields__, struct.__struct_encode_fields__
        defaults = struct.__struct_defaults__
        defaults = (msgspec.NODEFAULT,) * (len(names) - len(defaults)) + defaults
        self._keys = {key: (name, readers[name]) for name, key in zip(names, keys)}
        self._required = {
            name: key
            for name, key, default in zip(names, keys, defaults)
            if default is msgspec.NODEFAULT
        }
        self._twins: dict[str, str] = {}
        for synonym, key in (synonyms or {}).items():
            self._keys[synonym] = self._keys[key]
            self._twins.update({synonym: key, key: synonym})

    def read(self, reading: Reading, node: int, depth: int) -> Any:
        """Read a mapping; a `Reader`."""
        # Few calls per level, since contracts may nest 128 levels deep.
        found: dict[str, Any] = {}
        others: list[tuple[str, int]] = []
        try:
            for key, place in self._entries(reading, node, depth):
                name, reader = self._keys.get(key, _UNKNOWN)
                if reader is None:
                    others.append((key, place))
                    continue
                if name in found:
                    self._refuse_second(key, place)
                try:
                    found[name] = reading.read(reader, place + 1, depth + 1)
                except RefusalError as refusal:
                    refusal.path.append(key)
                    raise
            self._check_required(found, others, node)
        except RefusalError as refusal:
            if self._struct is FieldDefinition:
                _note_name(refusal, reading.nodes, node)
            raise
        if others:
            reading.pass_over(others, self._title, self._keys)
        part = self._struct(**found)
        if self._doubt is not None:
            self._doubt(reading, node, part)
        return part

    def _entries(self, reading: Reading, node: int, depth: int) -> Iterator[tuple[str, int]]:
        """Yield the keys with their numbers; the value of each is the next node."""
        nodes = reading.nodes
        if nodes.kinds[node] != MAPPING:
            if nodes.kinds[node] != PLAIN or nodes.texts[node]:
                reading.refuse(f"a mapping ({self._title})", node)
            return
        inside = reading.enter(node, depth)
        child = inside.start
        while child < inside.stop:
            yield reading.key(child), child
            child = nodes.after(child + 1)

    def _refuse_second(self, key: str, place: int) -> NoReturn:
        names = f"`{key}`" if key not in self._twins else f"`{key}` or `{self._twins[key]}`"
        raise RefusalError(f"expected {names} once, got it again", place)

    def _check_required(
        self, found: dict[str, Any], others: list[tuple[str, int]], node: int
    ) -> None:
        for name, key in self._required.items():
            if name not in found:
                names = [other for other, _ in others[:_MOST_COMPARED]]
                hint = _suggest_for_missing(key, names)
                message = f"expected the key `{key}` in {self._title}, got none{hint}"
                raise RefusalError(message, node)


def _suggest_for_missing(key: str, others: list[str]) -> str:
    """Ask whether an unknown key is a misspelling of a missing one."""
    for other in others:
        if suggest(other, [key]):
            return f"; is `{shorten(other)}` a misspelling of it?"
    return ""


def _note_name(refusal: RefusalError, nodes: Nodes, node: int) -> None:
    """Add the name of the field that was being read, if it has one."""
    if refusal.path[-1:] == ["items"] and refusal.names:
        refusal.names[-1] = None
    value = nodes.value(node, "name")
    name = "" if value is None else nodes.texts[nodes.resolve(value)]
    refusal.names.append(shorten(name) or "?")


def _read_field(reading: Reading, node: int, depth: int) -> Any:
    """Read a field; a function of its own, since fields may contain fields."""
    return _FIELD.read(reading, node, depth)


_TEXT_OR_NULL = nullable(read_string)
_NUMBER_OR_NULL = nullable(read_number)
_UNSIGNED_OR_NULL = nullable(read_unsigned)
_LIST_OF_FIELDS = listing(_read_field)


def _read_fields(reading: Reading, node: int, depth: int) -> Any:
    fields = _LIST_OF_FIELDS(reading, node, depth)
    doubt_names(reading, node, fields)
    return fields


_TRANSFORM = Shape(
    "a transform",
    Transform,
    {"kind": word(TransformKind), "style": nullable(word(MaskStyle))},
)

_A_MOMENT = "`string` with a pattern, or `integer` for Unix seconds"
_OTHER_TYPES = {
    **dict.fromkeys(("datetime", "timestamp", "timestamptz", "date-time"), _A_MOMENT),
    **dict.fromkeys(("decimal", "double", "numeric", "real", "float64"), "`float`"),
    **dict.fromkeys(("text", "varchar", "char", "uuid", "email", "time"), "`string`"),
    **dict.fromkeys(("int64", "int32", "long", "bigint"), "`integer`"),
    **dict.fromkeys(("map", "dict", "struct", "record", "json"), "`object`"),
    **dict.fromkeys(("list", "tuple", "set"), "`array`"),
}
"""Type names of databases and programming languages."""

_FIELD = Shape(
    "a field",
    FieldDefinition,
    {
        "name": read_string,
        "field_type": word(FieldType, _OTHER_TYPES, number=FieldType.FLOAT),
        "required": read_boolean,
        "pattern": _TEXT_OR_NULL,
        "allowed_values": nullable(listing(read_json)),
        "min": _NUMBER_OR_NULL,
        "max": _NUMBER_OR_NULL,
        "min_length": _UNSIGNED_OR_NULL,
        "max_length": _UNSIGNED_OR_NULL,
        "properties": nullable(_read_fields),
        "items": nullable(_read_field),
        "transform": nullable(_TRANSFORM.read),
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
    ContractDefinition,
    {
        "version": read_string,
        "name": read_string,
        "description": _TEXT_OR_NULL,
        "compliance_mode": read_boolean,
        "ontology": Shape("the ontology", Ontology, {"entities": _read_fields}).read,
        "glossary": listing(_GLOSSARY_ENTRY.read),
        "metrics": listing(_METRIC.read),
        "quality": listing(_QUALITY_RULE.read),
        "egress_leakage_mode": word(EgressLeakageMode),
        "envelope": nullable(_ENVELOPE.read),
        "null_as_absent": read_boolean,
    },
)


def load_file(path: Union[str, os.PathLike[str]]) -> ContractDefinition:
    """Read a contract from a file; see `Contract.from_file`."""
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(name, str):
        raise TypeError(f"expected a path as str or os.PathLike, got {type(path).__name__}")
    with open(name, "rb") as file:  # noqa: PTH123 - pathlib takes long to load
        # One byte more than is allowed is enough to refuse any file, even an endless one.
        data = file.read(MOST_BYTES + 1)
    return load_text(data, name)


def load_text(
    text: Union[str, bytes, SupportsRead], filename: Optional[str] = None
) -> ContractDefinition:
    """Read a contract from YAML; see `Contract.from_yaml`.

    Args:
        text: The YAML text, or an open file of it.
        filename: The name of its file, for errors; an open file has its own.
    """
    if not isinstance(text, (str, bytes)):
        text, filename = _read_open(text)
    try:
        source = _decode(text)
        contract = with_room(lambda: _load(source))
    except ContractCompileError as error:
        error.filename = filename
        raise
    except RecursionError:
        message = "expected room to recurse, got a recursion limit below Python's usual 1,000"
        raise ContractCompileError(message, filename=filename) from None
    note_places(contract, Places(source, filename))
    return contract


def _load(source: str) -> ContractDefinition:
    nodes = parse_nodes(source)
    if not len(nodes):
        message = "expected a contract with the keys `version`, `name` and `ontology`, got nothing"
        raise ContractCompileError(message, line=1, column=1)
    reading = Reading(nodes)
    try:
        contract: ContractDefinition = reading.read(_CONTRACT.read, 0, 0)
    except RefusalError as refusal:
        raise _as_error(refusal, nodes) from None
    if reading.passed_over:
        from contractgate_core.contract.unknown import note_unknown  # few contracts have such keys

        note_unknown(contract, nodes, reading.passed_over)
    if reading.doubts:
        note_doubts(contract, nodes, reading.doubts)
    return contract


def load_plain(value: Any) -> ContractDefinition:
    """Read a contract from plain values, as JSON parsers return them, by the same rules.

    Raises:
        ValueError: It is not a contract; the text says what was expected.
    """
    try:
        return load_text(msgspec.json.encode(value))
    except (ContractCompileError, TypeError, UnicodeError) as error:
        raise ValueError(str(error)) from None


def _read_open(file: SupportsRead) -> tuple[Union[str, bytes], Optional[str]]:
    """Read an open file; return its text, and its name if it has one."""
    try:
        read = file.read
    except Exception:  # a foreign object may raise anything
        hint = "; a path is for from_file" if isinstance(file, os.PathLike) else ""
        message = f"expected str, bytes or an open file, got {type(file).__name__}{hint}"
        raise TypeError(message) from None
    name = getattr(file, "name", None)
    filename = name if isinstance(name, str) else None
    try:
        # One character more than is allowed is enough to refuse any file, even an endless one.
        parts = list(_parts_of(read, MOST_BYTES + 1))
    except UnicodeDecodeError as error:
        message = f"expected text in {error.encoding}, got other bytes"
        raise ContractCompileError(message, filename=filename) from None
    return (b"" if parts and isinstance(parts[0], bytes) else "").join(parts), filename  # type: ignore[arg-type]


def _parts_of(read: Callable[[int], Union[str, bytes]], most: int) -> Iterator[Union[str, bytes]]:
    """Read this much of a file, which may return less at a time than it is asked for."""
    kinds: tuple[type, ...] = (str, bytes)
    while most > 0:
        part = read(most)
        if not isinstance(part, kinds):
            raise TypeError(f"expected a file of str or bytes, got {type(part).__name__} from it")
        if not part:
            return
        kinds = (type(part),)
        most -= len(part)
        yield part


def _decode(text: Union[str, bytes]) -> str:
    if _size(text) > MOST_BYTES:
        message = f"expected a contract of at most {MOST_BYTES >> 20} MiB, got more"
        raise ContractCompileError(message)
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        line, column = place_of(before, len(before))
        from contractgate_core._kinds import kind_of  # only for a refusal

        kind = kind_of(text)
        hint = "" if kind is None else f"; it looks like {kind.name}"
        message = f"expected UTF-8 text, got the byte 0x{text[error.start]:02x}{hint}"
        raise ContractCompileError(message, line=line, column=column) from None


def _size(text: Union[str, bytes]) -> int:
    """Return the size of a text in bytes of UTF-8; it is exact only where that matters."""
    if isinstance(text, bytes) or text.isascii() or not MOST_BYTES / 4 < len(text) <= MOST_BYTES:
        return len(text)
    return len(text.encode("utf-8", "surrogatepass"))


def _as_error(refusal: RefusalError, nodes: Nodes) -> ContractCompileError:
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
