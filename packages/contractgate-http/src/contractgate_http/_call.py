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
"""**Seconds** for a try as a whole, or for each of its parts apart."""


class Reply(NamedTuple):
    """A complete answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<Reply of status {self.status}, {len(self.body)} bytes>"


class Terms(NamedTuple):
    """On which terms a request is sent, beside what is sent; it travels with the request.

    Attributes:
        deadline: When nothing is waited for any more.
        value_statuses: Statuses beside 200 to 299 that may bring a value.
    """

    deadline: Deadline = NO_DEADLINE
    value_statuses: frozenset[int] = frozenset()


TERMS = "contractgate"
"""Under which name of `httpx.Request.extensions` the terms stand."""


UNSENT = "contractgate.unsent"
"""Stands in `httpx.Request.extensions` as long as a transport knows that nothing was sent."""


def terms_of(request: httpx.Request) -> Terms:
    """Give the terms of a request."""
    terms: Terms = request.extensions.get(TERMS, Terms())
    return terms


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One call of the gateway.

    Attributes:
        method: The HTTP method.
        path: Where to, percent-encoded, with a slash before it.
        route: The same with names for the variable parts; the only form that is logged.
        read: Makes the value of an answer.
        params: The query; what is None is left out.
        headers: Headers of this call alone.
        body: The body, the same bytes for every try.
        timeout: How long to wait; None stands for the client's own time.
        is_repeatable: Whether doing it twice does no more than doing it once.
        needs_pause: Whether a second try must leave the gateway time to remember the first.
        value_statuses: Statuses beside 200 to 299 that may bring a value.
        body_limit: How long the body may be in **bytes**; None stands for the client's own limit.
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
    """Write one part of a path, so that nothing in it can lead elsewhere.

    Args:
        value: An id, a version, a name.
        name: What it is, for the error.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty, or no Unicode text.
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
    # Dots alone would be taken for a way upwards, even by what stands before the gateway.
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
        msgspec.DecodeError: It is no UTF-8.
    """
    try:
        return reply.body.decode()
    except UnicodeDecodeError:
        raise msgspec.DecodeError("expected a text in UTF-8, got other bytes") from None


def as_nothing(reply: Reply) -> None:
    """Read an answer without content."""
