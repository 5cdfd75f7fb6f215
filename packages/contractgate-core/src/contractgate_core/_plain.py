"""How verdicts, models and parts of contracts look to other code.

They are msgspec structs, which the rest of Python does not know. Here they get what other code
asks of a value: a dict, JSON, `vars`, the functions of `dataclasses`, and a schema for pydantic,
which FastAPI uses. The last two use a twin: a dataclass with the same fields, which is made when
it is first needed, so that nothing here loads `dataclasses` or pydantic earlier.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast

import msgspec

from contractgate_core._tracebacks import guarded

if TYPE_CHECKING:
    import dataclasses
    from typing import ClassVar

__all__ = ["MissingError", "Plain", "Told", "WithJson", "plain", "required", "written"]

T = TypeVar("T")
P = TypeVar("P", bound="Plain")


class MissingError(msgspec.ValidationError, TypeError):
    """A required field is missing: in a constructor, where that is a TypeError, or in input."""


class _Required:
    """Stands for the default of a field that has none."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self) -> Any:
        raise MissingError(f"Object missing required field `{self._name}`")


def required(name: str) -> Any:
    """Declare a required field that comes after fields with defaults.

    Version 0.4.0 of the published SDK took its positional arguments in this order.

    Args:
        name: The field's name on the wire.
    """
    return msgspec.field(default_factory=_Required(name))


class _OfTwin:
    """An attribute that is looked up on the twin."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type[msgspec.Struct]) -> Any:
        return getattr(_twin(owner), self._name)


class WithJson:
    """A mixin for classes that have `to_dict`."""

    __slots__ = ()

    if TYPE_CHECKING:

        def to_dict(self) -> dict[str, Any]: ...

    @guarded
    def to_json(self) -> str:
        """Return what `to_dict` returns, as JSON text; nothing is hidden."""
        return msgspec.json.encode(self.to_dict()).decode()


class Plain(WithJson):
    """A mixin that lets other code treat a struct as plain data."""

    __slots__ = ()

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    else:

        def __init_subclass__(cls, **options: Any) -> None:
            super().__init_subclass__(**options)
            for name in ("__dataclass_fields__", "__dataclass_params__"):
                attribute = _OfTwin()
                attribute.__set_name__(cls, name)
                # On each class itself, where orjson looks.
                setattr(cls, name, attribute)

        @property
        def __dict__(self) -> dict[str, Any]:
            """A new dict of the fields, for `vars`."""
            return {name: getattr(self, name) for name in self.__struct_fields__}

    @guarded
    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON, under the names used on the wire.

        Unlike the `repr`, this hides nothing: events, messages with values, and addresses are all
        there.

        Raises:
            TypeError: Code has put a value into it that JSON does not have.
        """
        return cast("dict[str, Any]", plain(self))

    def __replace__(self: P, /, **changes: Any) -> P:
        return type(self)(**{**vars(self), **changes})

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickle of version 0.4.0; today's pickles call the constructor."""
        made = type(self)(**state)
        for name, value in vars(made).items():
            msgspec.structs.force_setattr(cast("Any", self), name, value)

    def __repr__(self) -> str:
        return written(self, self.__rich_repr__())

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [*vars(self).items()]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is asking

        twin: type[Any] = _twin(cast("Any", cls))

        def write(value: Any, write_twin: Callable[[Any], Any]) -> Any:
            if not isinstance(value, cls):
                return write_twin(value)
            same: Any = object.__new__(twin)
            vars(same).update({name: getattr(value, name) for name in twin.__dataclass_fields__})
            return write_twin(same)

        schema = handler.generate_schema(twin)
        return core_schema.no_info_wrap_validator_function(
            cls._read_for_pydantic,
            schema,
            serialization=core_schema.wrap_serializer_function_ser_schema(write, schema=schema),
        )

    @classmethod
    def _read_for_pydantic(cls: type[P], value: Any, read_twin: Callable[[Any], Any]) -> P:
        if isinstance(value, cls):
            return value
        # Another model may have the needed fields, as the rows of a list do.
        return cls(**vars(read_twin(value.to_dict() if isinstance(value, Plain) else value)))


class Told(WithJson):
    """A mixin for other classes than structs, which pydantic then serializes by `to_dict`."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is asking

        write = core_schema.plain_serializer_function_ser_schema(cls.to_dict)
        return core_schema.is_instance_schema(cls, serialization=write)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"title": cls.__name__, "type": "object"}


def plain(value: Any) -> Any:
    """Turn whatever a struct may hold into plain values."""
    return msgspec.to_builtins(value, enc_hook=_plain_other)


def _plain_other(value: Any) -> Any:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"expected values that JSON has, got {type(value).__name__}")


def written(value: object, parts: Iterable[tuple[str, object]]) -> str:
    """Write a `repr` with some parts of a value; it never fails, even if a part's `repr` does."""
    shown = ", ".join(f"{name}={_safe_repr(part)}" for name, part in parts)
    return f"{type(value).__name__}({shown})"


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


@functools.cache
def _twin(kind: type[msgspec.Struct]) -> type[Any]:
    """Make a dataclass with the same fields.

    Raises:
        AttributeError: The class is not a struct.
    """
    import dataclasses  # loads slowly

    if not issubclass(kind, msgspec.Struct):
        raise AttributeError(f"{kind.__name__} has no fields")
    fields = msgspec.structs.fields(kind)
    names = {field.name: field.encode_name for field in fields}
    body = {
        "__doc__": (kind.__doc__ or "").partition("\n")[0],
        "__module__": kind.__module__,
        # For pydantic.
        "__pydantic_config__": {"alias_generator": names.get, "serialize_by_alias": True},
    }
    specified = [(field.name, field.type, _same_field(field)) for field in fields]
    # Without an `__init__`, fields may come in any order.
    return dataclasses.make_dataclass(
        kind.__name__, specified, namespace=body, init=False, repr=False, eq=False
    )


def _same_field(field: msgspec.structs.FieldInfo) -> Any:
    """Declare a field as the struct does, but leave it out of `repr` and comparisons.

    Both could show values: pytest uses them to explain how two values differ.
    """
    import dataclasses

    default: dict[str, Any] = {}
    if field.default is not msgspec.NODEFAULT:
        default = {"default": field.default}
    elif field.default_factory is not msgspec.NODEFAULT and not isinstance(
        field.default_factory, _Required
    ):
        default = {"default_factory": field.default_factory}
    return dataclasses.field(**default, repr=False, compare=False)
