"""One call of the gateway, as data: what to send and how to read the answer. No I/O."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Callable, Generic, NamedTuple, Optional, TypeVar, Union
from urllib.parse import quote

import httpx
import msgspec

from contractgate_core.models import Listing, ResponseMeta, read
from contractgate_core.models.meta import note_meta
from contractgate_http._clock import NO_DEADLINE, Deadline

__all__ = [
    "MOST_BYTES",
    "TERMS",
    "UNSENT",
    "Call",
    "Reply",
    "Terms",
    "Timeout",
    "as_list",
    "as_model",
    "as_nothing",
    "as_text",
    "segment",
    "terms_of",
]

T = TypeVar("T")

MOST_BYTES = 1024 * 1024
"""How long most bodies may be. Source: docs/spec/gateway-http.md, section 1.3."""

Timeout = Union[float, httpx.Timeout]
"""**Seconds** for a whole try, or limits for each of its parts."""


class Reply(NamedTuple):
    """A complete answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<Reply of status {self.status}, {len(self.body)} bytes>"


class Terms(NamedTuple):
    """The terms on which a request is sent; they travel with it.

    Attributes:
        deadline: When to stop waiting.
        value_statuses: Statuses besides 200 to 299 that may bring a value.
    """

    deadline: Deadline = NO_DEADLINE
    value_statuses: frozenset[int] = frozenset()


TERMS = "contractgate"
"""The key of the terms in `httpx.Request.extensions`."""


UNSENT = "contractgate.unsent"
"""A key of `httpx.Request.extensions`, there while a transport knows that nothing was sent."""


def terms_of(request: httpx.Request) -> Terms:
    """Return the terms of a request."""
    terms: Terms = request.extensions.get(TERMS, Terms())
    return terms


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One call of the gateway.

    Attributes:
        method: The HTTP method.
        path: The path, percent-encoded, with a leading slash.
        route: The path with names for its variable parts; the only form that is logged.
        read: Makes the value from an answer.
        params: The query; values of None are left out.
        headers: Headers of this call alone.
        body: The body, the same bytes for every try.
        timeout: How long to wait; None for the client's own timeout.
        is_repeatable: Whether doing it twice does no more than doing it once.
        needs_pause: Whether a second try must give the gateway time to remember the first.
        value_statuses: Statuses besides 200 to 299 that may bring a value.
        body_limit: How long the body may be in **bytes**; None for the client's own limit.
        hint: What to do about a body that is too long.
    """

    method: str
    path: str
    route: str
    read: Callable[[Reply], T]
    params: Mapping[str, Optional[str]] = {}
    headers: Mapping[str, str] = {}
    body: Optional[bytes] = None
    timeout: Optional[Timeout] = None
    is_repeatable: bool = False
    needs_pause: bool = False
    value_statuses: frozenset[int] = frozenset()
    body_limit: Optional[int] = MOST_BYTES
    hint: str = ""

    def __repr__(self) -> str:
        return f"<Call {self.method} {self.route}>"

    def __rich_repr__(self) -> Iterator[str]:  # type: ignore[override]  # msgspec's own shows all
        yield f"{self.method} {self.route}"


def segment(value: object, name: str) -> str:
    """Encode one segment of a path, so that nothing in it can lead elsewhere.

    Args:
        value: An id, a version, a name.
        name: The argument's name, for errors.

    Raises:
        TypeError: It is not a text.
        ValueError: It is empty, or not valid Unicode.
    """
    if isinstance(value, uuid.UUID):
        return str(value)
    if not isinstance(value, str):
        instead = f"; give its {name}" if hasattr(type(value), name) else ""
        raise TypeError(f"expected {name} to be a str, got {type(value).__name__}{instead}")
    if not value:
        raise ValueError(f"expected {name} to be a text, got an empty one")
    try:
        quoted = quote(value, safe="")
    except UnicodeEncodeError:
        raise ValueError(f"expected {name} to be Unicode text, got a lone surrogate") from None
    # `.` and `..` would be resolved as directories, even by a proxy before the gateway.
    return quoted.replace(".", "%2E") if value in (".", "..") else quoted


def as_model(kind: type[T]) -> Callable[[Reply], T]:
    """Read a model."""

    def read_reply(reply: Reply) -> T:
        model = read(reply.body, kind)
        note_meta(model, ResponseMeta(reply.status, reply.headers))
        return model

    return read_reply


def as_list(kind: type[T]) -> Callable[[Reply], Listing[T]]:
    """Read a list of models."""

    def read_reply(reply: Reply) -> Listing[T]:
        items: Any = list[kind]  # type: ignore[valid-type]
        listing: Listing[T] = Listing(read(reply.body, items))
        listing.meta = ResponseMeta(reply.status, reply.headers)
        return listing

    return read_reply


def as_text(reply: Reply) -> str:
    """Read a text.

    Raises:
        msgspec.DecodeError: It is not UTF-8.
    """
    try:
        return reply.body.decode()
    except UnicodeDecodeError:
        raise msgspec.DecodeError("expected a text in UTF-8, got other bytes") from None


def as_nothing(reply: Reply) -> None:
    """Read an answer without content."""
