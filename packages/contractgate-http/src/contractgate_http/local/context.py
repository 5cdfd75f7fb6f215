"""One request on its way to a handler, and what a handler may ask of it.

A handler reads the path first, then the query, then the body, since this is the order in which the
gateway refuses. Source: docs/spec/gateway-http.md, sections 1.1 to 1.3.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_http.local.bodies import BodyShape, WrongShapeError
from contractgate_http.local.ids import BadUuidError, read_uuid
from contractgate_http.local.message import Request
from contractgate_http.local.query import QueryShape
from contractgate_http.local.refusals import RefusalError, bad_request, text_refusal
from contractgate_http.local.state import State

__all__ = ["ANYONE", "BodyLimit", "Caller", "Context"]


class Caller(NamedTuple):
    """Who asks.

    Attributes:
        org_id: The organisation; None in the no-auth mode.
        key_id: The key's id; None in the no-auth mode.
        allowed: The contracts that the key may send events to; None means all.
        rate: How many requests a **second** the key allows in the long run.
        burst: How many it allows at once.
    """

    org_id: Optional[str] = None
    key_id: Optional[str] = None
    allowed: Optional[frozenset[str]] = None
    rate: float = 0.0
    burst: float = 0.0


ANYONE = Caller()


class BodyLimit(NamedTuple):
    """How long a body may be, in bytes.

    Attributes:
        declared: More than that is refused as soon as the length is known.
        effective: More than that is refused once it has been read.
    """

    declared: int
    effective: int


class Context:
    """A request, who sent it, and the gateway that answers it.

    Attributes:
        state: The gateway.
        request: The request.
        caller: Who sent it.
        seconds: When it came, in Unix **seconds**.
        now: The same in **microseconds**; no other request has the same.
        params: The variable parts of its path, decoded.
    """

    def __init__(self, state: State, request: Request) -> None:
        self.state = state
        self.store = state.store
        self.request = request
        self.caller = ANYONE
        self.seconds = state.seconds()
        self.now = state.micros(self.seconds)
        self.params: dict[str, str] = {}
        self.limit = BodyLimit(0, 0)

    def uuid(self, name: str) -> str:
        """Read a part of the path as a UUID (text P1)."""
        value = self.params[name]
        try:
            return read_uuid(value)
        except BadUuidError as error:
            reason = f"UUID parsing failed: {error}"
            text = f"Invalid URL: Cannot parse `{name}` with value `{value}`: {reason}"
            raise text_refusal(400, text) from None

    def query(self, shape: QueryShape) -> dict[str, Any]:
        """Read the query."""
        return shape.read(self.request.query)

    def body(self) -> bytes:
        """Take the body as it is (text B5)."""
        if len(self.request.body) > self.limit.effective:
            raise text_refusal(413, "Failed to buffer the request body: length limit exceeded")
        return self.request.body

    def value(self) -> Any:
        """Read the body as any JSON (texts B1, B2 and B5)."""
        if not _is_json(self.request.header("content-type")):
            raise text_refusal(415, "Expected request with `Content-Type: application/json`")
        try:
            return decode_event(self.body())
        except EventDecodeError as error:
            reason = decode_reason(error)
            text = f"Failed to parse the request body as JSON: {reason}"
            raise text_refusal(400, text) from None

    def json(self, shape: BodyShape) -> dict[str, Any]:
        """Read the body as JSON of a shape (texts B1, B2, B3 and B5)."""
        try:
            return shape.read(self.value())
        except WrongShapeError as error:
            text = f"Failed to deserialize the JSON body into the target type: {error}"
            raise text_refusal(422, text) from None

    def json_in_handler(self, shape: BodyShape) -> dict[str, Any]:
        """Read the body as six handlers do, which turn every refusal of it into a JSON error."""
        try:
            return self.json(shape)
        except RefusalError as refusal:
            raise bad_request(refusal.response.body.decode()) from None

    @property
    def source_ip(self) -> Optional[str]:
        """Where the sender says that it is (section 6.19); the text is not checked."""
        for name in ("x-forwarded-for", "x-real-ip"):
            value = self.request.header(name)
            if value is not None:
                return value.split(",")[0].strip() or None
        return None


def decode_reason(error: EventDecodeError) -> str:
    """Say why a text is no JSON, as the gateway does: reason, then line and column."""
    return f"{error.message} at line {error.line} column {error.column}"


def _is_json(content_type: Optional[str]) -> bool:
    if content_type is None:
        return False
    kind, _, subtype = content_type.split(";")[0].strip().lower().partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))
