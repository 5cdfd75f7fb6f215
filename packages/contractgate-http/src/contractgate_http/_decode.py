"""Turns an answer into a value or an error; holds the one table of statuses. No I/O.

Source: docs/spec/gateway-http.md, section 2.
"""

from __future__ import annotations

from typing import Any, Optional, TypeVar, cast

import msgspec

from contractgate_core.errors import (
    AuthError,
    BadRequestError,
    ConflictError,
    DeprecatedVersionError,
    HTTPError,
    IdempotencyConflictError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PlanLimitError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    ValidationFailedError,
)
from contractgate_core.models import IngestEventResult
from contractgate_core.models import read_object as read_model
from contractgate_http._call import Call, Reply
from contractgate_http._retry import retry_after

__all__ = ["error_of", "sentence_of", "status_error", "value_of"]

T = TypeVar("T")

_BY_STATUS: dict[int, type[HTTPError]] = {
    400: BadRequestError,
    401: AuthError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    422: ValidationFailedError,
    429: RateLimitError,
}
_BY_WORD: dict[tuple[int, object], type[HTTPError]] = {
    (422, "idempotency_conflict"): IdempotencyConflictError,
    (429, "plan_limit_exceeded"): PlanLimitError,
}


def value_of(call: Call[T], reply: Reply, asked: str) -> T:
    """Read the value of an answer.

    Args:
        call: The call.
        reply: The answer.
        asked: The request in words that may be shown, for an answer without a reason.

    Raises:
        HTTPError: The gateway refuses, or a proxy before it answers instead.
        ResponseDecodeError: The status is a success, but the body does not follow the protocol.
    """
    succeeded = 200 <= reply.status < 300
    if not succeeded and reply.status not in call.value_statuses:
        raise error_of(reply, asked)
    try:
        return call.read(reply)
    except msgspec.MsgspecError as error:
        if not succeeded:
            raise error_of(reply, asked) from None
        raise _unreadable(reply, error) from error


def _unreadable(reply: Reply, error: msgspec.MsgspecError) -> ResponseDecodeError:
    reason = str(error) if isinstance(error, msgspec.ValidationError) else "it is malformed"
    return ResponseDecodeError(
        f"the answer of status {reply.status} cannot be read: {reason} "
        f"({len(reply.body)} bytes of {_content_type(reply) or 'unknown type'})",
        status=reply.status,
        body=reply.body,
        headers=reply.headers,
    )


def error_of(reply: Reply, asked: str) -> HTTPError:
    """Make the error for an answer; its message is not shortened."""
    body = _body(reply)
    error = _kind(reply.status, body)(
        _sentence(reply, body, asked), status=reply.status, body=body, headers=reply.headers
    )
    if isinstance(error, DeprecatedVersionError):
        error.results = _results(body) or ()
    elif isinstance(error, PlanLimitError):
        _describe_plan(error, body)
    elif isinstance(error, RateLimitError):
        error.retry_after = _retry_seconds(reply, body)
    return error


def status_error(status: int) -> type[HTTPError]:
    """Return the error class for a status, as far as the status alone tells."""
    if 500 <= status < 600:
        return ServerError
    return _BY_STATUS.get(status, HTTPError)


def _members(body: Any) -> dict[str, Any]:
    """Return the members of an object; an empty dict for anything else."""
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _body(reply: Reply) -> Any:
    """Return the body, decoded if it is JSON, else as text; None if it is empty."""
    if not reply.body:
        return None
    try:
        return msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return reply.body.decode("utf-8", "replace")


def _kind(status: int, body: Any) -> type[HTTPError]:
    word = _members(body).get("error")
    special = _BY_WORD.get((status, word)) if isinstance(word, str) else None
    if special is None and status == 422 and _results(body) is not None:
        return DeprecatedVersionError
    return special or status_error(status)


def _results(body: Any) -> Optional[list[IngestEventResult]]:
    """Return the results when a deprecated version is refused, from either of the two shapes."""
    holder = _members(_members(body).get("batch")) or _members(body)
    if holder.get("version_pin_source") != "pinned_deprecated":
        return None
    try:
        return read_model(holder.get("results"), list[IngestEventResult])
    except msgspec.ValidationError:
        return None


def _sentence(reply: Reply, body: Any, asked: str) -> str:
    """Return the error's message, in the gateway's own words if there are any."""
    told = sentence_of(body)
    if told is not None:
        return told
    if isinstance(body, str) and _content_type(reply) == "text/plain":
        return body
    what = f"{len(reply.body)} bytes of {_content_type(reply) or 'unknown type'}"
    what = what if reply.body else "an empty body"
    return f"HTTP {reply.status} without a reason ({what}) from {asked}"


def sentence_of(body: Any) -> Optional[str]:
    """Return the full message of a JSON error; None if there is none."""
    for key in ("detail", "error", "message"):
        text = _members(body).get(key)
        if isinstance(text, str) and text:
            return text
    return None


def _content_type(reply: Reply) -> str:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()


def _retry_seconds(reply: Reply, body: Any) -> Optional[float]:
    """Return how many **seconds** to wait, if the body or a header says so."""
    milliseconds = _members(body).get("retry_after_ms")
    if isinstance(milliseconds, bool):
        milliseconds = None
    if isinstance(milliseconds, (int, float)) and 0 <= milliseconds < 1e12:
        return milliseconds / 1000
    return retry_after(reply.headers)


def _describe_plan(error: PlanLimitError, body: dict[str, Any]) -> None:
    for name, kind in (("plan", str), ("limit", int), ("used", int), ("period", str)):
        if isinstance(body.get(name), kind):
            setattr(error, name, body[name])
    if isinstance(body.get("upgrade_url"), str):
        error.upgrade_url = body["upgrade_url"]
