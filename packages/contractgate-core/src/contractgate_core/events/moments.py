"""Times, UUIDs and Decimals as the texts that are sent for them.

Those of other libraries (freezegun, pandas, pendulum) are subclasses and are sent as their base is;
their own methods are not called.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from contractgate_core.errors import EventEncodeError

__all__ = ["BASES", "written_moment"]

_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond", "tzinfo")


def _parts(base: Any, names: tuple[str, ...], *, has_fold: bool = False) -> Callable[[Any], Any]:
    """Make a function that rebuilds a value as its base, from the parts that the base reads."""
    getters = [getattr(base, name).__get__ for name in names]

    def remade(value: Any) -> Any:
        fold = {"fold": base.fold.__get__(value)} if has_fold else {}
        return base(*(get(value) for get in getters), **fold)

    return remade


# A datetime is also a date, so it comes first.
_REMADE: dict[Any, Callable[[Any], Any]] = {
    datetime.datetime: _parts(datetime.datetime, (*_DATE, *_TIME), has_fold=True),
    datetime.date: _parts(datetime.date, _DATE),
    datetime.time: _parts(datetime.time, _TIME, has_fold=True),
    datetime.timedelta: _parts(datetime.timedelta, ("days", "seconds", "microseconds")),
    uuid.UUID: lambda value: uuid.UUID(int=value.int),
    decimal.Decimal: decimal.Decimal,
}

BASES: tuple[type, ...] = tuple(_REMADE)
"""The types that are written here, each before its own bases."""


def written_moment(value: Any) -> str:
    """Write a time, a UUID or a Decimal, or an instance of a subclass.

    Raises:
        EventEncodeError: It is no value, such as pandas' NaT or a Decimal that is not finite.
    """
    kind = type(value)
    if kind not in _REMADE:
        base = next(base for base in BASES if isinstance(value, base))
        # NaT and the like do not equal themselves, but their parts would look like those of a time.
        is_time = base is decimal.Decimal or value == value  # noqa: PLR0124
        if kind.__name__ == "NaTType" or not is_time:
            raise EventEncodeError(f"expected a time, got {kind.__name__}, which is none")
        value = _REMADE[base](value)
    if type(value) is decimal.Decimal and not value.is_finite():
        raise EventEncodeError(f"expected a number that JSON can write, got {value}")
    return str(msgspec.to_builtins(value))
