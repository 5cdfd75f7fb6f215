"""Words from a list: enums whose members are the texts that stand in files and on the wire."""

from __future__ import annotations

import enum
from typing import Any, Optional, TypeVar

__all__ = ["OpenWord", "Word"]

W = TypeVar("W", bound="OpenWord")


class Word(str, enum.Enum):
    """A word from a fixed list; `str()` returns it as it is written."""

    # Python 3.11 changed what `str()` and f-strings make of a mixed-in enum.
    __str__ = str.__str__

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)


class OpenWord(Word):
    """A word of the protocol.

    An unknown word becomes a value like a member, so that a newer gateway's answers can still be
    read.
    """

    @classmethod
    def _missing_(cls: type[W], value: object) -> Optional[W]:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_ = value.upper()
        word._value_ = value
        return word

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is asking

        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        known = {"type": "string", "enum": [word.value for word in cls]}
        return {"title": cls.__name__, "anyOf": [known, {"type": "string"}]}

    def __reduce_ex__(self, _: object) -> tuple[Any, ...]:
        # Python 3.11.2 pickles by name, which does not find a word that is no member.
        return type(self), (self._value_,)
