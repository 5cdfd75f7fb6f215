"""Requests and responses, whoever carries them."""

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
"""Names in lower case, values without space around them."""

_encoder = msgspec.json.Encoder(enc_hook=str)  # `Timestamp` is a text
_sorting_encoder = msgspec.json.Encoder(order="sorted")

encode = _encoder.encode
encode_sorted = _sorting_encoder.encode
"""Writes a value with its keys in ascending order, as the gateway writes what came in as JSON."""


class Request(NamedTuple):
    """A request as it came.

    Attributes:
        method: The method, in capitals.
        path: The path, percent-encoded as it came.
        query: What stands after the question mark, percent-encoded.
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
        """Give the first header of a name; None if its value is more than visible ASCII."""
        for key, value in self.headers:
            if key == name:
                return header_text(value)
        return None

    @property
    def declared_length(self) -> Optional[int]:
        """How long the body is in bytes, if the sender says so."""
        text = self.header("content-length")
        return int(text) if text is not None and text.isdigit() and len(text) < 19 else None


class Response(NamedTuple):
    """An answer; `headers` has no length, which follows from the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"<Response of status {self.status}, {len(self.body)} bytes>"

    def wire_headers(self, *, is_endless: bool = False) -> list[tuple[str, str]]:
        """Give the headers with the length of the body, if it has one and none is told."""
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
    """Make a request of what a transport has; names of headers may have any case."""
    cleaned = tuple((name.decode("latin-1").lower(), value.strip()) for name, value in headers)
    return Request(method.upper(), path, query, cleaned, body)


def header_text(value: bytes) -> Optional[str]:
    """Give a header's value as text; None if there is more than visible ASCII in it."""
    visible = all(0x20 <= byte < 0x7F or byte == 0x09 for byte in value)
    return value.decode("ascii") if visible else None


def json_response(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(status, (("content-type", "application/json"),), encode(value))


def text_response(text: str, status: int) -> Response:
    """Answer with a text, as the gateway's web framework does for what no handler sees."""
    return Response(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())


def empty_response(status: int, *headers: tuple[str, str]) -> Response:
    """Answer without a body."""
    return Response(status, headers, b"")
