"""Every exception, under the module name of the published SDK."""

from __future__ import annotations

from contractgate_core.errors import (
    Attempt,
    AuthError,
    BadRequestError,
    BatchTooLargeError,
    ClientStateError,
    ConflictError,
    ConnectionError,  # noqa: A004 - also the builtin one
    ContractCompileError,
    ContractGateError,
    DeprecatedVersionError,
    EventDecodeError,
    EventEncodeError,
    HTTPError,
    IdempotencyConflictError,
    IngestInterruptedError,
    InvalidEventError,
    NotFoundError,
    PatternError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PlanLimitError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    TimeoutError,  # noqa: A004 - also the builtin one
    ValidationFailedError,
)
from contractgate_http._compat import raise_for_status, status_to_exception
from contractgate_http.llm import (
    LLMResponseError,
)

__all__ = [
    "Attempt",
    "AuthError",
    "BadRequestError",
    "BatchTooLargeError",
    "ClientStateError",
    "ConflictError",
    "ConnectionError",
    "ContractCompileError",
    "ContractGateError",
    "DeprecatedVersionError",
    "EventDecodeError",
    "EventEncodeError",
    "HTTPError",
    "IdempotencyConflictError",
    "IngestInterruptedError",
    "InvalidEventError",
    "LLMResponseError",
    "NotFoundError",
    "PatternError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PlanLimitError",
    "RateLimitError",
    "ResponseDecodeError",
    "ServerError",
    "TimeoutError",
    "ValidationFailedError",
    "raise_for_status",
    "status_to_exception",
]
