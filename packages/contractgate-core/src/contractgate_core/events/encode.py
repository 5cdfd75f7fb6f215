"""Python objects as the JSON that is sent for them.

This is the only encoder: the client sends its text, and `validate` judges what the gateway would
read in that text. docs/encoding.md has the table of types.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Iterator
from typing import Any, Callable, Optional, Union

import msgspec

from contractgate_core._reserved import REFUSAL, RESERVED_KEY
from contractgate_core._tracebacks import cut
from contractgate_core.errors import EventEncodeError
from contractgate_core.events.decode import MOST_LEVELS
from contractgate_core.events.moments import BASES, written_moment
from contractgate_core.events.numbers import MOST_UNSIGNED, read_float, read_integer

__all__ = ["encode_event", "sent_value"]

_CERTAIN_INTEGER = 2**53
_encode = msgspec.json.Encoder().encode

Numbers = tuple[Callable[[int], Any], Callable[[float], Any]]
"""What becomes of an integer, and of a finite float."""

_Maker = Callable[[Any, int, Numbers], Any]
"""Makes plain values of a value, which may have this many levels."""


def encode_event(event: object, *, levels: int = MOST_LEVELS) -> bytes:
    """Write an event as the JSON text that is sent for it.

    Args:
        event: A Python object.
        levels: How many levels of lists and objects it may have.

    Returns:
        Compact JSON in UTF-8.

    Raises:
        EventEncodeError: Something in it cannot be sent; `path` says where.
    """
    try:
        return _encode(_all_plain(event, levels, (_written_integer, _same)))
    except BaseException as error:
        event = None  # forgotten
        cut(error)
        raise error


def sent_value(event: object, *, levels: int = MOST_LEVELS) -> Any:
    """Return the value that the gateway reads in the JSON text that is sent for an event.

    It is `decode_event(encode_event(event))`, without the text.

    Args:
        event: A Python object.
        levels: How many levels of lists and objects it may have.

    Returns:
        New lists and dicts of plain values.

    Raises:
        EventEncodeError: Something in it cannot be sent; `path` says where.
    """
    try:
        return _all_plain(event, levels, (read_integer, _read_back))
    except BaseException as error:
        event = None  # forgotten
        cut(error)
        raise error


def _same(number: float) -> float:
    return number


def _read_back(number: float) -> float:
    return read_float(repr(number))


def _written_integer(number: int) -> Union[int, msgspec.Raw]:
    read_integer(number)  # refuses what no 64-bit float can hold
    return number if abs(number) <= MOST_UNSIGNED else msgspec.Raw(str(number).encode())


def _all_plain(event: Any, levels: int, numbers: Numbers) -> Any:
    try:
        return _plain(event, levels, numbers)
    except RecursionError:
        raise EventEncodeError("too little of Python's stack is left to go into it") from None
    except RuntimeError as error:
        raise EventEncodeError("an object in it was changed while it was read") from error


def _plain(value: Any, levels: int, numbers: Numbers) -> Any:
    """Turn a Python object into plain values: None, bool, numbers, str, list and dict."""
    return _BY_TYPE.get(type(value), _other)(value, levels, numbers)


def _constant(value: Any, _: int, __: Numbers) -> Any:
    return value


def _text(text: str, _: int, __: Numbers) -> str:
    if not text.isascii():
        _check_text(text)
    return text


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EventEncodeError("a text with a lone surrogate cannot be sent") from None


def _integer(number: int, _: int, numbers: Numbers) -> Any:
    is_certain = -_CERTAIN_INTEGER <= number <= _CERTAIN_INTEGER
    return number if is_certain else _number(number, numbers[0])


def _float(number: float, _: int, numbers: Numbers) -> Any:
    if not math.isfinite(number):
        raise EventEncodeError(f"expected a number that JSON can write, got {number}")
    return _number(number, numbers[1])


def _number(number: Any, convert: Callable[[Any], Any]) -> Any:
    try:
        return convert(number)
    except OverflowError:
        message = "expected a number that a 64-bit float can hold, got a larger one"
        raise EventEncodeError(message) from None


def _array(items: Iterable[Any], levels: int, numbers: Numbers) -> list[Any]:
    levels = _inside(levels)
    made: list[Any] = []
    try:
        for item in items:
            made.append(_plain(item, levels, numbers))
    except EventEncodeError as error:
        outer = _outward(f"[{len(made)}]", error)
        raise outer from outer.__cause__
    return made


def _object(value: dict[Any, Any], levels: int, numbers: Numbers) -> dict[str, Any]:
    return _members(value.items(), levels, numbers)


def _members(members: Iterable[tuple[Any, Any]], levels: int, numbers: Numbers) -> dict[str, Any]:
    levels = _inside(levels)
    made: dict[str, Any] = {}
    for key, value in members:
        name = key if type(key) is str and key.isascii() else _key(key)
        try:
            made[name] = _plain(value, levels, numbers)
        except EventEncodeError as error:
            outer = _outward(_step(name), error)
            raise outer from outer.__cause__
    if RESERVED_KEY in made:
        raise EventEncodeError(REFUSAL, path=f"${_step(RESERVED_KEY)}")
    return made


def _inside(levels: int) -> int:
    if not levels:
        raise EventEncodeError("expected fewer levels of lists and objects, or it contains itself")
    return levels - 1


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise EventEncodeError(f"expected keys of type str, got one of type {type(key).__name__}")
    text = str.__str__(key)
    _check_text(text)
    return text


def _step(key: str) -> str:
    return f".{key}" if key.isidentifier() else f"[{_encode(key).decode()}]"


def _outward(step: str, error: EventEncodeError) -> EventEncodeError:
    outer = EventEncodeError(error.message, path=f"${step}{error.path[1:]}")
    outer.__cause__ = error.__cause__
    return outer


def _struct(value: msgspec.Struct, levels: int, numbers: Numbers) -> Any:
    """Turn a struct into an object or an array, as its configuration says."""
    config = value.__struct_config__
    tag = [] if config.tag is None else [(config.tag_field or "", config.tag)]
    if config.array_like:
        members = [getattr(value, name) for name in value.__struct_fields__]
        return _array([*(text for _, text in tag), *members], levels, numbers)
    named = [
        (field.encode_name, attribute)
        for field in msgspec.structs.fields(value)
        for _, attribute in _attributes(value, [field.name])
        if not (config.omit_defaults and _is_default(attribute, field))
    ]
    return _members([*tag, *named], levels, numbers)


def _is_default(value: object, field: msgspec.structs.FieldInfo) -> bool:
    if value is field.default:
        return True
    factory = field.default_factory
    return factory in (list, dict, set) and type(value) is factory and not value


def _attributes(value: object, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        attribute = getattr(value, name, msgspec.UNSET)
        if attribute is not msgspec.UNSET:
            yield name, attribute


_BY_TYPE: dict[type, _Maker] = {
    type(None): _constant,
    bool: _constant,
    int: _integer,
    float: _float,
    str: _text,
    list: _array,
    tuple: _array,
    dict: _object,
}

# The first that fits counts: an enum's member may also be a str, and so on.
_BY_BASE: tuple[tuple[Union[type, tuple[type, ...]], _Maker], ...] = (
    (enum.Enum, lambda value, *rest: _plain(value.value, *rest)),
    (str, lambda value, *rest: _text(str.__str__(value), *rest)),
    (int, lambda value, *rest: _integer(int.__int__(value), *rest)),
    (float, lambda value, *rest: _float(float.__float__(value), *rest)),
    (dict, _object),
    ((list, tuple), _array),
    (msgspec.Struct, _struct),
    (BASES, lambda value, *_: written_moment(value)),
)

_HINTS = {
    ("builtins", "bytes"): (
        "what its `.decode()` gives can be, and JSON text is for `validate_json`"
    ),
    ("pydantic", "BaseModel"): 'what its `model_dump(mode="json")` gives can be',
    ("numpy", "ndarray"): "what its `.tolist()` gives can be, or, of one element, its `.item()`",
    ("numpy", "generic"): "what its `.item()` gives can be",
    ("pandas", "DataFrame"): 'what its `.to_dict("records")` gives can be',
    ("pandas", "Series"): "what its `.tolist()` gives can be",
    ("pandas", "Index"): "what its `.tolist()` gives can be",
    ("pandas", "NAType"): "None can be",
}
"""What to send instead of well-known objects, by name, so that no other package is loaded."""


def _other(value: Any, levels: int, numbers: Numbers) -> Any:
    """Turn an object of a type that is not JSON's own into plain values."""
    try:
        return _made_plain(value, levels, numbers)
    except (EventEncodeError, MemoryError, RecursionError):
        raise
    except Exception as error:  # its own code may raise anything
        name = type(value).__name__
        message = f"an object of type {name} cannot be read: it raised {type(error).__name__}"
        raise EventEncodeError(message) from error


def _made_plain(value: Any, levels: int, numbers: Numbers) -> Any:
    for base, make in _BY_BASE:
        if isinstance(value, base):
            return make(value, levels, numbers)
    names = _declared_fields(value)
    if names is None:
        hint = next(filter(None, map(_hint, type(value).__mro__)), None)
        message = f"an object of type {type(value).__name__} cannot be sent"
        raise EventEncodeError(f"{message}; {hint}" if hint else message)
    return _members(_attributes(value, names), levels, numbers)


def _hint(kind: type) -> Optional[str]:
    return _HINTS.get((str(kind.__module__).partition(".")[0], kind.__name__))


def _declared_fields(value: object) -> Optional[list[str]]:
    """Name the fields of a dataclass or an attrs object; return None for anything else."""
    kind: Any = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        import dataclasses  # loaded already if there is one

        return [field.name for field in dataclasses.fields(kind)]
    if hasattr(kind, "__attrs_attrs__"):
        return [attribute.name for attribute in kind.__attrs_attrs__]
    return None
