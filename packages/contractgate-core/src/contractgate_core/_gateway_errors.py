"""What comes of asking a gateway, if not what was asked for: the exceptions of requests.

`contractgate_core.errors` is where they are found, and which module they name.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from contractgate_core._error import ContractGateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contractgate_core.models.outcome import IngestEventResult, IngestTotals

__all__ = [
    "Attempt",
    "AuthError",
    "BadRequestError",
    "BatchTooLargeError",
    "ClientStateError",
    "ConflictError",
    "ConnectionError",
    "DeprecatedVersionError",
    "HTTPError",
    "IdempotencyConflictError",
    "IngestInterruptedError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PlanLimitError",
    "RateLimitError",
    "ResponseDecodeError",
    "ServerError",
    "TimeoutError",
    "ValidationFailedError",
]


class BatchTooLargeError(ContractGateError, ValueError):
    """A request is larger than the gateway takes. Nothing was sent.

    Attributes:
        message: Which limit it is, what came, and what to use instead.
        size: What came, in events or in **bytes**.
        limit: What the gateway takes, in the same unit.
    """

    def __init__(self, message: str, *, size: int = 0, limit: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.size = size
        self.limit = limit


class ClientStateError(ContractGateError, RuntimeError):
    """A client is closed, or is used after a fork or in another event loop than before."""


class Attempt(NamedTuple):
    """One try of a request that was tried again.

    Attributes:
        number: Which try it was, from 1.
        status: The status of the answer; None if none came.
        reason: What went wrong, in words.
        pause: How long the pause after it was, in **seconds**.
        was_sent: Something of the request may have reached the gateway.
    """

    number: int
    status: Optional[int]
    reason: str
    pause: float
    was_sent: bool = True


class ConnectionError(ContractGateError, builtins.ConnectionError):  # noqa: A001 - 0.4.0's name
    """No answer came: the gateway is not there, or the connection broke.

    Attributes:
        message: What happened.
        method: The method of the request.
        url: Where it went, without query and credentials.
        was_sent: Something of the request may have reached the gateway in the last try; `history`
            says it of those before.
        history: The tries before the last one, if the request was repeated.
    """

    def __init__(
        self,
        message: str,
        *,
        method: Optional[str] = None,
        url: Optional[str] = None,
        was_sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.method = method
        self.url = url
        self.was_sent = was_sent
        self.history: tuple[Attempt, ...] = ()

    def __str__(self) -> str:
        return self.message


class TimeoutError(ConnectionError, builtins.TimeoutError):  # noqa: A001 - it is the builtin one too
    """No answer came in time."""


class ResponseDecodeError(ContractGateError):
    """An answer of success is not what the protocol says; the request was probably served.

    Attributes:
        message: What was expected and what came.
        status: The HTTP status.
        body: The answer as it came, or its beginning where it is endless; it may hold events.
        headers: The headers of the answer.
        method: The method of the request.
        url: Where it went, without query and credentials.
        history: The tries before the last one, if the request was repeated.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        body: bytes = b"",
        headers: Optional[Mapping[str, str]] = None,
        method: Optional[str] = None,
        url: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.body = body
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.method = method
        self.url = url
        self.history: tuple[Attempt, ...] = ()


class IngestInterruptedError(ContractGateError):
    """A stream of events could not be sent to its end; `__cause__` says why.

    The four kinds of positions add up to every position from 0 to `taken`; what follows was never
    taken from the iterable.

    Attributes:
        message: What became of how many events.
        answered: Positions whose outcome is known: they were yielded, or are in `outcomes`.
        refused: Positions that the gateway refused with an error; the error is the cause.
        unanswered: Positions that were sent without an answer; they may be stored or not.
        not_sent: Positions that were taken from the iterable and not sent.
        taken: How many events were taken from the iterable.
        outcomes: Outcomes that had arrived and could not be yielded in order any more.
        totals: What all that was answered amounts to, those outcomes included, where `ingest_all`
            has counted; None otherwise.
    """

    def __init__(  # noqa: PLR0913 - what is known of an answer
        self,
        message: str,
        *,
        answered: Sequence[range] = (),
        refused: Sequence[range] = (),
        unanswered: Sequence[range] = (),
        not_sent: Sequence[range] = (),
        taken: int = 0,
        outcomes: Sequence[IngestEventResult] = (),
        totals: Optional[IngestTotals] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.answered = tuple(answered)
        self.refused = tuple(refused)
        self.unanswered = tuple(unanswered)
        self.not_sent = tuple(not_sent)
        self.taken = taken
        self.outcomes = tuple(outcomes)
        self.totals = totals


class HTTPError(ContractGateError):
    """The gateway, or a proxy before it, refuses a request.

    Source: docs/spec/gateway-http.md, section 2.

    Attributes:
        message: The gateway's sentence, or what came instead of one.
        status: The HTTP status.
        body: The body: decoded if it is JSON, else its text; it may hold events.
        headers: The headers of the answer.
        method: The method of the request.
        url: Where it went, without query and credentials.
        history: The tries before the last one, if the request was repeated.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        method: Optional[str] = None,
        url: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.body = body
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.method = method
        self.url = url
        self.history: tuple[Attempt, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, status={self.status})"


class BadRequestError(HTTPError):
    """Status 400: the request, or something in it, is malformed."""


class AuthError(HTTPError):
    """Status 401: the API key is missing or wrong, or may not send to this contract."""


class PermissionDeniedError(HTTPError):
    """Status 403: something before the gateway forbids the request."""


class NotFoundError(HTTPError):
    """Status 404: there is no such contract or version, or it belongs to someone else."""


class ConflictError(HTTPError):
    """Status 409: the state of a contract or version does not allow it."""


class PayloadTooLargeError(HTTPError):
    """Status 413: the body, or one event in it, is too large."""


class ValidationFailedError(HTTPError):
    """Status 422: the request, or a contract in it, is not valid.

    A batch of events that failed is no error but a value; see `BatchIngestResponse`.
    """


class IdempotencyConflictError(ValidationFailedError):
    """Status 422: the idempotency key was used before, with another body."""


class DeprecatedVersionError(ValidationFailedError):
    """Status 422: the pinned version is deprecated; every event was quarantined unchecked.

    Attributes:
        results: One for each event, each failed and without violations.
    """

    results: Sequence[IngestEventResult] = ()


class RateLimitError(HTTPError):
    """Status 429: too many requests in too short a time.

    Attributes:
        retry_after: How long to wait, in **seconds**; None if the answer does not say.
    """

    retry_after: Optional[float] = None


class PlanLimitError(RateLimitError):
    """Status 429: the plan's events of this month are used up; repeating does not help.

    Attributes:
        plan: The plan.
        limit: How many events it allows a month.
        used: How many were counted.
        period: The UTC calendar month, `YYYY-MM`.
        upgrade_url: Where a larger plan is sold.
    """

    plan: Optional[str] = None
    limit: Optional[int] = None
    used: Optional[int] = None
    period: Optional[str] = None
    upgrade_url: Optional[str] = None


class ServerError(HTTPError):
    """Status 500 to 599: the gateway, or a proxy before it, failed."""
