"""Requests and responses, independent of the transport."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

import msgspec

__all__ = [
    "Headers",
    "Request",
    "Response",
    "empty_response",
    "encode",
    "encode_sorted",
    "header_text",
    "json_response",
    "make_request",
    "text_response",
]

Headers = tuple[tuple[str, bytes], ...]
"""Pairs of a name in lower case and a value without surrounding spaces."""

_encoder = msgspec.json.Encoder(enc_hook=str)  # `Timestamp` is a text
_sorting_encoder = msgspec.json.Encoder(order="sorted")

encode = _encoder.encode
encode_sorted = _sorting_encoder.encode
"""Writes a value with its keys in ascending order, as the gateway writes what came in as JSON."""


class Request(NamedTuple):
    """A request as it came.

    Attributes:
        method: The method, in upper case.
        path: The path, percent-encoded as it came.
        query: The part after the question mark, percent-encoded.
        headers: Every header.
        body: The body, or its beginning where it is longer than any limit.
    """

    method: str
    path: bytes
    query: bytes
    headers: Headers
    body: bytes

    def __repr__(self) -> str:
        return f"<Request {self.method}, {len(self.body)} bytes>"

    def header(self, name: str) -> Optional[str]:
        """Return the first header with a name; None if its value is not visible ASCII."""
        for key, value in self.headers:
            if key == name:
                return header_text(value)
        return None

    @property
    def declared_length(self) -> Optional[int]:
        """The length of the body in bytes, if the sender says so."""
        text = self.header("content-length")
        return int(text) if text is not None and text.isdigit() and len(text) < 19 else None


class Response(NamedTuple):
    """An answer; `headers` does not have the length, which follows from the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"<Response of status {self.status}, {len(self.body)} bytes>"

    def wire_headers(self, *, is_endless: bool = False) -> list[tuple[str, str]]:
        """Return the headers, with the body's length unless it is given or endless."""
        told = any(name == "content-length" for name, _ in self.headers)
        if told or is_endless or self.status == 204:
            return [*self.headers]
        return [*self.headers, ("content-length", str(len(self.body)))]

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Response:
        """Add headers."""
        return self._replace(headers=(*self.headers, *headers))


def make_request(
    method: str, path: bytes, query: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> Request:
    """Make a request from the parts of a transport's; header names may have any case."""
    cleaned = tuple((name.decode("latin-1").lower(), value.strip()) for name, value in headers)
    return Request(method.upper(), path, query, cleaned, body)


def header_text(value: bytes) -> Optional[str]:
    """Return a header's value as text; None if it is not visible ASCII."""
    visible = all(0x20 <= byte < 0x7F or byte == 0x09 for byte in value)
    return value.decode("ascii") if visible else None


def json_response(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(status, (("content-type", "application/json"),), encode(value))


def text_response(text: str, status: int) -> Response:
    """Answer with a text, as the gateway's web framework does where no handler runs."""
    return Response(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())


def empty_response(status: int, *headers: tuple[str, str]) -> Response:
    """Answer without a body."""
    return Response(status, headers, b"")
