"""The exceptions of ContractGate.

    ContractGateError
    ├── ContractCompileError   a contract is refused
    │   └── PatternError       a regular expression is refused
    ├── EventDecodeError       a text is not JSON, as the gateway reads it
    ├── EventEncodeError       a Python object cannot be sent as JSON
    ├── InvalidEventError      an event breaks its contract (`raise_for_violations`)
    ├── BatchTooLargeError     a request is larger than the gateway takes; nothing was sent
    ├── ClientStateError       a client is closed, or used after a fork or in another event loop
    ├── ConnectionError        no answer came
    │   └── TimeoutError       it did not come in time
    ├── ResponseDecodeError    an answer is not what the protocol says
    ├── IngestInterruptedError a stream of events could not be sent to its end
    └── HTTPError              the gateway refuses a request
        ├── BadRequestError             400
        ├── AuthError                   401
        ├── PermissionDeniedError       403
        ├── NotFoundError               404
        ├── ConflictError               409
        ├── PayloadTooLargeError        413
        ├── ValidationFailedError       422
        │   ├── DeprecatedVersionError
        │   └── IdempotencyConflictError
        ├── RateLimitError              429
        │   └── PlanLimitError
        └── ServerError                 500 to 599

All can be pickled and copied, whatever they hold: what cannot be pickled itself, such as a foreign
object, becomes words that say so. None of their texts holds a key or a value of an event; what the
gateway answered is in attributes.
"""

from __future__ import annotations

from typing import Optional

from contractgate_core._error import (
    ContractGateError,
    InvalidEventError,
    _remake,  # noqa: F401 - pickles name it here
)
from contractgate_core._gateway_errors import (
    Attempt,
    AuthError,
    BadRequestError,
    BatchTooLargeError,
    ClientStateError,
    ConflictError,
    ConnectionError,  # noqa: A004 - also the builtin one
    DeprecatedVersionError,
    HTTPError,
    IdempotencyConflictError,
    IngestInterruptedError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PlanLimitError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    TimeoutError,  # noqa: A004 - also the builtin one
    ValidationFailedError,
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
]


class ContractCompileError(ContractGateError):
    """A contract is refused: its text is not a contract, or it does not compile.

    `str()` of it is `file:line:column: summary`.

    Attributes:
        message: What was expected and what came; the gateway's own text where that is fixed, with
            the whole of a pattern.
        summary: The message with at most 200 characters of each text that it quotes.
        filename: The file that was read, or None for a text.
        line: The line of the offending place, from 1, or None where no place is to blame.
        column: The column in characters, from 1, or None.
        field: The path of the contract field at fault, such as `customer.email`, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        filename: Optional[str] = None,
        line: Optional[int] = None,
        column: Optional[int] = None,
        field: Optional[str] = None,
        summary: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.summary = message if summary is None else summary
        self.filename = filename
        self.line = line
        self.column = column
        self.field = field

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.summary!r})"

    def __str__(self) -> str:
        place = (
            [] if self.filename is None and self.line is None else [self.filename or "<contract>"]
        )
        place += [str(number) for number in (self.line, self.column) if number is not None]
        return ": ".join([":".join(place), self.summary]) if place else self.summary


class PatternError(ContractCompileError):
    """A regular expression is not one of the gateway's dialect.

    Attributes:
        pattern: The expression as the user wrote it.
        position: Where in it the offending part begins, in characters from 0, or None.
        reason: Why it is refused, and what to write instead where there is something.
    """

    def __init__(self, reason: str, *, pattern: str = "", position: Optional[int] = None) -> None:
        # The place first: a reason may be a long one, with what to write instead.
        where = "" if position is None else f"at position {position}: "
        super().__init__(f"{where}{reason}")
        self.args = (reason,)
        self.reason = reason
        self.pattern = pattern
        self.position = position


class EventDecodeError(ContractGateError):
    """A text is not JSON as the gateway reads it.

    Attributes:
        message: What was expected and what came.
        line: The line of the first offending byte, from 1.
        column: Its column in characters, from 1.
        offset: Its place in bytes of the UTF-8 text, from 0.
    """

    def __init__(self, message: str, *, line: int = 1, column: int = 1, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column}, byte {self.offset})"


class EventEncodeError(ContractGateError):
    """A Python object cannot be sent as JSON.

    Attributes:
        message: What cannot be sent, and why.
        path: Where it stands, such as `$.items[2].price`.
    """

    def __init__(self, message: str, *, path: str = "$") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


# A pickle names the module of what it holds. It names this one, as it always has, so that other
# versions of core read it, whichever module the definition stands in.
for _named in (*__all__, "_remake"):
    globals()[_named].__module__ = __name__
