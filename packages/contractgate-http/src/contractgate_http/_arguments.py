"""Checks of the arguments that a client is given, before they are used."""

from __future__ import annotations

import math
import os
import re
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import httpx

from contractgate_http._clock import LONGEST
from contractgate_http._retry import RetryPolicy

__all__ = [
    "Patience",
    "as_patience",
    "check_connections",
    "check_count",
    "check_flag",
    "check_header",
    "check_headers",
    "check_http_client",
    "check_retries",
    "check_text",
    "kind_of",
]

_PHASES = ("connect", "read", "write", "pool")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Patience(NamedTuple):
    """How long one try may take.

    Attributes:
        phases: The limits of its parts, and of each single wait for more of an answer.
        whole: The limit of the whole try in **seconds**; None for no limit.
    """

    phases: httpx.Timeout
    whole: Optional[float]


def as_patience(timeout: object) -> Patience:
    """Read a timeout: **seconds** for a whole try, or an `httpx.Timeout` for its parts.

    Raises:
        TypeError: It is neither a number nor an `httpx.Timeout`.
        ValueError: A number in it is not positive, or not finite.
    """
    if isinstance(timeout, httpx.Timeout):
        return _by_phases(timeout)
    if not _is_number(timeout):
        raise TypeError(
            f"expected timeout to be seconds or an httpx.Timeout, got {kind_of(timeout)}"
        )
    seconds: Any = timeout
    if not 0 < seconds < math.inf:
        raise ValueError(f"expected timeout to be more than 0 seconds, got {seconds}")
    seconds = min(seconds, LONGEST)
    return Patience(httpx.Timeout(seconds), seconds)


def _by_phases(timeout: httpx.Timeout) -> Patience:
    """Limit the whole try to the sum of its parts' limits."""
    phases = {name: getattr(timeout, name) for name in _PHASES}
    for name, seconds in phases.items():
        if seconds is not None and not _is_number(seconds):
            raise TypeError(
                f"expected timeout.{name} to be seconds or None, got {kind_of(seconds)}"
            )
        if seconds is not None and not 0 <= seconds < math.inf:
            raise ValueError(f"expected timeout.{name} to be seconds from 0, got {seconds}")
    if None in phases.values():
        return Patience(timeout, None)
    return Patience(timeout, min(sum(phases.values()), LONGEST))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def kind_of(value: object) -> str:
    """Return the name of an argument's type, with its module unless it is built in."""
    kind = type(value)
    root = kind.__module__.partition(".")[0]
    return kind.__qualname__ if root == "builtins" else f"{root}.{kind.__qualname__}"


def check_http_client(http_client: object, wanted: type) -> None:
    """Check that an httpx client is of the right kind, sync or async.

    Raises:
        TypeError: It is neither of the wanted class nor None.
    """
    if http_client is None or isinstance(http_client, wanted):
        return
    other = {httpx.Client: "AsyncClient", httpx.AsyncClient: "Client"}[wanted]
    is_other = isinstance(http_client, (httpx.Client, httpx.AsyncClient))
    hint = f" (which {other} takes)" if is_other else ""
    raise TypeError(
        f"expected http_client to be an httpx.{wanted.__name__}, got {kind_of(http_client)}{hint}"
    )


def check_connections(parts: Mapping[str, object], wanted: type) -> None:
    """Check the arguments that httpx makes connections from.

    Args:
        parts: The arguments `transport`, `verify`, `proxy` and `limits`; None if not given.
        wanted: The class of the httpx client they are for.

    Raises:
        TypeError: One has a wrong type.
    """
    is_sync = wanted is httpx.Client
    base = httpx.BaseTransport if is_sync else httpx.AsyncBaseTransport
    kinds: dict[str, tuple[tuple[type, ...], str]] = {
        "transport": ((base,), f"an httpx.{base.__name__}"),
        "verify": ((bool, str, os.PathLike, ssl.SSLContext), "a bool, a path or an SSLContext"),
        "proxy": ((str, httpx.URL, httpx.Proxy), "a URL"),
        "limits": ((httpx.Limits,), "an httpx.Limits"),
    }
    for name, value in parts.items():
        allowed, words = kinds[name]
        if value is not None and not isinstance(value, allowed):
            raise TypeError(f"expected {name} to be {words}, got {kind_of(value)}")


def check_count(name: str, value: object) -> None:
    """Check a number of bytes, events or requests.

    Raises:
        TypeError: It is not an integer.
        ValueError: It is not positive.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected {name} to be an int, got {kind_of(value)}")
    if value < 1:
        raise ValueError(f"expected {name} to be at least 1, got {value}")


def check_flag(name: str, value: object) -> None:
    """Check that a flag is True or False, and not, for example, the text "true".

    Raises:
        TypeError: It is not a bool.
    """
    if not isinstance(value, bool):
        raise TypeError(f"expected {name} to be a bool, got {kind_of(value)}")


def check_headers(headers: object) -> None:
    """Check headers; the error shows no value.

    Raises:
        TypeError: They are not a mapping of texts.
        ValueError: A name or a value cannot stand in a header.
    """
    if headers is None:
        return
    if not isinstance(headers, Mapping):
        raise TypeError(f"expected headers to be a mapping of str to str, got {kind_of(headers)}")
    for name, value in headers.items():
        if not isinstance(name, str):
            raise TypeError(f"expected the name of a header to be a str, got {kind_of(name)}")
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"expected the name of a header, got {name[:100]!r}")
        check_header(f"the header {name!r}", value)


def check_header(name: str, value: object) -> None:
    """Check the value of a header; the error does not show it.

    Raises:
        TypeError: It is not a text.
        ValueError: It has a control character, or one that is not ASCII.
    """
    if not isinstance(value, str):
        raise TypeError(f"expected {name} to be a str, got {type(value).__name__}")
    for position, character in enumerate(value):
        if not "\x20" <= character <= "\x7e":
            what = "a control character" if character.isascii() else "a character beyond ASCII"
            raise ValueError(f"expected {name} to be visible ASCII, got {what} at {position}")


def check_text(name: str, value: object) -> None:
    """Check that an argument is a text.

    Raises:
        TypeError: It is not a text.
    """
    if not isinstance(value, str):
        raise TypeError(f"expected {name} to be a str, got {kind_of(value)}")


def check_retries(retries: object) -> None:
    """Check that an argument is a retry policy or None.

    Raises:
        TypeError: It is not a `RetryPolicy`.
    """
    if retries is not None and not isinstance(retries, RetryPolicy):
        raise TypeError(f"expected retries to be a RetryPolicy or None, got {kind_of(retries)}")
