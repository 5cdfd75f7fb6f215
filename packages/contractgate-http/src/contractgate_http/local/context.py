"""One request and what a handler can ask of it.

A handler reads the path first, then the query, then the body: the gateway refuses in this order.
Source: docs/spec/gateway-http.md, sections 1.1 to 1.3.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_http.local.bodies import BodyShape, WrongShapeError
from contractgate_http.local.ids import BadUuidError, read_uuid
from contractgate_http.local.message import Request, Response
from contractgate_http.local.prepared import Prepared
from contractgate_http.local.query import QueryShape
from contractgate_http.local.refusals import RefusalError, bad_request, text_refusal
from contractgate_http.local.state import Arrival, LateWrite, State
from contractgate_http.local.times import real_seconds
from contractgate_http.local.work import Done

__all__ = ["ANYONE", "BodyLimit", "Caller", "Context", "Rendering"]

T = TypeVar("T")

_SHORT_BODY = 4096
"""Up to this many bytes are decoded at once, since it takes hardly any time."""


class Caller(NamedTuple):
    """Who sent a request.

    Attributes:
        org_id: The organisation; None in no-auth mode.
        key_id: The key's id; None in no-auth mode.
        allowed: The contracts that the key may send events to; None for all.
        rate: How many requests per **second** the key allows in the long run.
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
        declared: A longer body is refused as soon as its length is known.
        effective: A longer body is refused after it has been read.
    """

    declared: int
    effective: int


class Rendering(NamedTuple):
    """An answer that has yet to be written, from data already read from the database.

    Attributes:
        write: Writes it. It does not use the database.
        size: Roughly how many bytes it will have.
    """

    write: Callable[[], Response]
    size: int


class Context:
    """A request, who sent it, and the gateway that answers it.

    A handler may run several times for one request (see `slowly`); the last run counts.

    Args:
        state: The gateway.
        request: The request.
        arrival: When it came.
        delay: How long to hold back its late writes, in **seconds**.

    Attributes:
        state: The gateway.
        request: The request.
        caller: Who sent it.
        seconds: When it came, in Unix **seconds**.
        now: The time of what it changes, in Unix **microseconds**; no other request has the same.
        params: The variable parts of its path, decoded.
        held_back: Writes to be done later.
    """

    def __init__(self, state: State, request: Request, arrival: Arrival, delay: float) -> None:
        self.state = state
        self.store = state.store
        self.request = request
        self.arrival = arrival
        self.seconds = arrival.seconds
        self._delay = delay
        self._done = Done()
        self._taken: dict[str, Any] = {}
        self._contracts: dict[str, Prepared] = {}
        self.begin()

    def begin(self) -> None:
        """Prepare for a run of the handler."""
        self.caller = ANYONE
        self.now = self.state.micros(self.arrival)
        self.params: dict[str, str] = {}
        self.limit = BodyLimit(0, 0)
        self.held_back: list[LateWrite] = []

    def slowly(
        self, key: Hashable, size: int, work: Callable[[], T], *, is_shared: bool = False
    ) -> T:
        """Return the result of slow work, which is done while others can use the gateway.

        The handler is left, and run again afterwards; see `work.Done.result` for the arguments.
        """
        return self._done.result(key, size, work, is_shared=is_shared)

    def once(self, name: str, take: Callable[[], T]) -> T:
        """Take something only once for the request, however often its handler runs."""
        if name not in self._taken:
            self._taken[name] = take()
        taken: T = self._taken[name]
        return taken

    def contract(self, yaml: str) -> Prepared:
        """Find a contract, which may have yet to be read."""
        found = self._contracts.get(yaml)
        if found is None:
            found = self._contracts[yaml] = self.state.library.find(yaml)
        return found

    def write_late(self, work: Callable[[], None]) -> None:
        """Do a write that the client does not wait for: now, or later if a fault says so."""
        if self._delay > 0 or self.held_back or self.state.late:
            at, real_at = self.seconds + self._delay, real_seconds() + self._delay
            self.held_back.append(LateWrite(at, real_at, work))
        else:
            work()

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
        """Return the body as it is (text B5)."""
        if len(self.request.body) > self.limit.effective:
            raise text_refusal(413, "Failed to buffer the request body: length limit exceeded")
        return self.request.body

    def value(self) -> Any:
        """Read the body as any JSON (texts B1, B2 and B5)."""
        if not _is_json(self.request.header("content-type")):
            raise text_refusal(415, "Expected request with `Content-Type: application/json`")
        body = self.body()
        return self.decoded(lambda: _decode(body))

    def decoded(self, decode: Callable[[], T]) -> T:
        """Decode the body, outside the transaction unless it is short."""
        size = len(self.request.body)
        return decode() if size <= _SHORT_BODY else self.slowly("body", size, decode)

    def json(self, shape: BodyShape) -> dict[str, Any]:
        """Read the body as JSON of a shape (texts B1, B2, B3 and B5)."""
        try:
            return shape.read(self.value())
        except WrongShapeError as error:
            text = f"Failed to deserialize the JSON body into the target type: {error}"
            raise text_refusal(422, text) from None

    def json_in_handler(self, shape: BodyShape) -> dict[str, Any]:
        """Read the body as six handlers do: they turn every refusal of it into a JSON error."""
        try:
            return self.json(shape)
        except RefusalError as refusal:
            raise bad_request(refusal.response.body.decode()) from None

    @property
    def source_ip(self) -> Optional[str]:
        """The sender's address by its own account (section 6.19); the text is not checked."""
        for name in ("x-forwarded-for", "x-real-ip"):
            value = self.request.header(name)
            if value is not None:
                return value.split(",")[0].strip() or None
        return None


def decode_reason(error: EventDecodeError) -> str:
    """Say why a text is not JSON, as the gateway does: reason, then line and column."""
    return f"{error.message} at line {error.line} column {error.column}"


def _decode(body: bytes) -> Any:
    try:
        return decode_event(body)
    except EventDecodeError as error:
        text = f"Failed to parse the request body as JSON: {decode_reason(error)}"
        raise text_refusal(400, text) from None


def _is_json(content_type: Optional[str]) -> bool:
    if content_type is None:
        return False
    kind, _, subtype = content_type.split(";")[0].strip().lower().partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))
