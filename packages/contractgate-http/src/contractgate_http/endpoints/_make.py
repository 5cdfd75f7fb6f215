"""What endpoints share: bodies, queries, and the two kinds of calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Optional, TypeVar

import msgspec

from contractgate_http._arguments import kind_of
from contractgate_http._call import MOST_BYTES, Call, Reply, Timeout, segment

__all__ = ["JSON", "fetch", "flag", "json_body", "submit", "whole_number"]

T = TypeVar("T")

JSON: Mapping[str, str] = {"content-type": "application/json"}


def fetch(
    route: str,
    read: Callable[[Reply], T],
    *,
    timeout: Optional[Timeout],
    params: Optional[Mapping[str, Optional[str]]] = None,
    **names: str,
) -> Call[T]:
    """Make a call that reads; `names` are the variable parts of its route."""
    return Call(
        method="GET",
        path=_fill(route, names),
        route=route,
        read=read,
        params=params or {},
        timeout=timeout,
        is_repeatable=True,
    )


def submit(  # noqa: PLR0913 - what calls with a body differ by
    method: str,
    route: str,
    read: Callable[[Reply], T],
    *,
    timeout: Optional[Timeout],
    body: Optional[Mapping[str, Any]] = None,
    is_repeatable: bool = False,
    body_limit: Optional[int] = MOST_BYTES,
    **names: str,
) -> Call[T]:
    """Make a call that writes, or that reads with a body."""
    return Call(
        method=method,
        path=_fill(route, names),
        route=route,
        read=read,
        headers={} if body is None else JSON,
        body=None if body is None else json_body(body),
        timeout=timeout,
        is_repeatable=is_repeatable,
        body_limit=body_limit,
    )


def _fill(route: str, names: Mapping[str, str]) -> str:
    return route.format(**{name: segment(value, name) for name, value in names.items()})


def json_body(members: Mapping[str, Any]) -> bytes:
    """Write a JSON object, without the members that are None.

    Raises:
        TypeError: A member cannot be JSON.
        ValueError: A text in it is not valid Unicode.
    """
    given = {name: value for name, value in members.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, (bytes, bytearray, memoryview)):  # msgspec would write base64
            raise TypeError(f"expected {name} to be JSON, got {kind_of(value)}")
    try:
        return msgspec.json.encode(given)
    except (TypeError, UnicodeEncodeError, RecursionError):
        for name, value in given.items():
            _check_member(name, value)
        raise


def _check_member(name: str, value: object) -> None:
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        raise ValueError(f"expected {name} to be Unicode text, got a lone surrogate") from None
    except (TypeError, RecursionError):
        raise TypeError(f"expected {name} to be JSON, got {kind_of(value)}") from None


def flag(value: bool) -> Optional[str]:
    """Write a flag for a query; the gateway knows only `true` and `false`, the default."""
    return "true" if value else None


def whole_number(value: object, name: str, *, least: int = 0) -> str:
    """Write a number for a query.

    Raises:
        TypeError: It is not an integer.
        ValueError: It is less than the gateway accepts; to some numbers it would answer 500.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected {name} to be an int, got {type(value).__name__}")
    if value < least:
        raise ValueError(f"expected {name} to be at least {least}, got {value}")
    return str(value)
