"""What all models share: how they are read and shown, and how they keep a time."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, Union, cast, get_args

import msgspec

from contractgate_core._beside import Replied
from contractgate_core._plain import MissingError, Plain
from contractgate_core._tracebacks import guarded
from contractgate_core.models.meta import HasMeta

__all__ = ["Model", "Timestamp", "read", "read_object"]

T = TypeVar("T")

_FREE = frozenset({"payload", "raw_event", "transformed_event", "violation_details"})
"""Keys that hold the user's own JSON: nothing in it is ours to read or to show."""

_UNSHOWN = _FREE - {"violation_details"} | {
    "contract_yaml",
    "fork_filter",
    "link_token",
    "source_ip",
    "yaml_content",
}
"""Keys that no `repr` shows: events, secrets, personal data and whole documents."""

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:([Zz])|([+-]\d\d):?(\d\d))",
    re.ASCII,
)


class Timestamp(str):
    """A time as the gateway wrote it: RFC 3339 text in UTC, with 0 to 9 fraction digits.

    It is the text itself, so it compares, sorts and slices as text.

    >>> Timestamp("2026-11-23T16:46:00.123456789Z").datetime
    datetime.datetime(2026, 11, 23, 16, 46, 0, 123456, tzinfo=datetime.timezone.utc)

    Source: docs/spec/gateway-http.md, section 1.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is asking

        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())

    @property
    @guarded
    def datetime(self) -> dt.datetime:
        """The time, aware and in UTC; digits beyond microseconds are dropped.

        Raises:
            ValueError: The text is not an RFC 3339 time.
        """
        found = _TIME.fullmatch(self)
        if found is None:
            raise ValueError(f"expected an RFC 3339 time, got a text of {len(self)} characters")
        day, clock, fraction, zulu, hours, minutes = found.groups()
        micros = (fraction or "").ljust(6, "0")[:6]
        zone = "+00:00" if zulu else f"{hours}:{minutes}"
        read = dt.datetime.fromisoformat(f"{day}T{clock}.{micros}{zone}")
        return read.astimezone(dt.timezone.utc)


class Model(HasMeta, Replied, Plain, msgspec.Struct, frozen=True):
    """Base of the gateway's responses.

    Unknown keys are ignored. A key that is missing or null takes the default of its attribute;
    without a default it is what the response is about, and its absence is an error. The `repr`
    shows `<hidden>` in place of every event, address and document.
    """

    @classmethod
    @guarded
    def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
        """Read the response from the decoded JSON object.

        Args:
            data: The response's body, as a JSON parser returns it.

        Raises:
            msgspec.ValidationError: A key is missing or has another type; the text names it.
        """
        return read_object(dict(data), cls)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # msgspec's own shows all
        from contractgate_core._shown import shown, shown_details  # few models are shown

        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name == "violation_details":
                value = shown_details(value)
            yield name, shown(value) if name in _UNSHOWN else value


def read(data: Union[bytes, str], kind: type[T]) -> T:
    """Read the body of a response.

    Args:
        data: One JSON text.
        kind: The model, or a list of models.

    Raises:
        msgspec.DecodeError: The text is not JSON.
        msgspec.ValidationError: The JSON has another shape; the text names the key.
    """
    try:
        return _read(data, kind)
    except UnicodeError:
        raise msgspec.DecodeError("expected a response in UTF-8, got other bytes") from None
    except RecursionError:
        raise msgspec.DecodeError("expected a response, got JSON nested too deeply") from None


def _read(data: Union[bytes, str], kind: type[T]) -> T:
    try:
        decoded: T = _decoder(cast("Any", kind)).decode(data)
        return decoded
    except msgspec.ValidationError:
        # Slow, and only needed for another version of the gateway, which sends nulls.
        return read_object(msgspec.json.decode(data), kind)


def read_object(value: Any, kind: type[T]) -> T:
    """Read a response from decoded JSON; like `read`, but without the text."""
    told = _without_nulls(value)
    try:
        return msgspec.convert(told, kind, dec_hook=_read_word)
    except MissingError as error:
        path = _path_to_missing(told, kind)
        raise msgspec.ValidationError(f"{error} - at `${path}`" if path else str(error)) from None


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=_read_word)


def _read_word(kind: type[Any], value: object) -> object:
    if not isinstance(value, str):
        raise msgspec.ValidationError(f"Expected `str`, got `{type(value).__name__}`")
    return kind(value)


def _path_to_missing(value: Any, kind: Any) -> str:
    """Find the object in which a field is missing, as msgspec does for its own required fields."""
    for step, part, inner in _parts(value, kind):
        try:
            msgspec.convert(part, inner, dec_hook=_read_word)
        except MissingError:
            return step + _path_to_missing(part, inner)
        except msgspec.ValidationError:
            continue
    return ""


def _parts(value: Any, kind: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the step to each part of a value, the part, and its type."""
    if isinstance(value, list) and get_args(kind):
        for index, item in enumerate(value):
            yield f"[{index}]", item, get_args(kind)[0]
    elif isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            if field.encode_name in value:
                yield f".{field.encode_name}", value[field.encode_name], field.type


def _without_nulls(value: Any) -> Any:
    """Remove every null, except in the user's own JSON: a null means "not said"."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {
            key: item if key in _FREE else _without_nulls(item)
            for key, item in value.items()
            if item is not None or key in _FREE
        }
    return value
