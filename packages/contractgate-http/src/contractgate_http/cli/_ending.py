"""How a command ends when the gateway lets it go no further: its exit code, and what to do.

Advice follows from the cause; it never says to repeat what can only fail again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Optional

from contractgate_core.errors import (
    AuthError,
    ConnectionError,  # noqa: A004 - ours, a subclass of the built-in one
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
)
from contractgate_core.report.text import counted

__all__ = [
    "EXIT_CODES",
    "UNUSABLE",
    "again",
    "exit_code",
    "fate",
    "fates",
    "repeating",
    "what_to_do",
]

UNUSABLE = 2
_NETWORK = 10
_AUTHENTICATION = 11
_NOT_FOUND = 12

EXIT_CODES = """\
exit codes:
  0  every event passed       11   the gateway does not accept the API key
  1  some did not             12   no such contract or version
  2  something could not be   130  interrupted
     read or written          141  the reader of the output went away
  10 the gateway could not be reached, or refuses
"""

_PASSES_BY_ITSELF = (ConnectionError, RateLimitError, ServerError)
_REQUEST_TIMEOUT = 408


def exit_code(error: Optional[BaseException]) -> int:
    """Return the exit code for the reason why a command could not go on."""
    if isinstance(error, (AuthError, PermissionDeniedError)):
        return _AUTHENTICATION
    if isinstance(error, NotFoundError):
        return _NOT_FOUND
    is_of_gateway = isinstance(error, (HTTPError, ConnectionError, ResponseDecodeError))
    return _NETWORK if is_of_gateway else UNUSABLE


def what_to_do(error: Optional[BaseException]) -> Optional[str]:
    """Return advice on the cause; None if its own message must do."""
    if isinstance(error, AuthError):
        is_set = bool(os.environ.get("CONTRACTGATE_API_KEY"))
        return "check CONTRACTGATE_API_KEY" if is_set else "CONTRACTGATE_API_KEY is not set"
    if isinstance(error, IdempotencyConflictError):
        return (
            "the key belongs to a run with another file, or with records that have changed since; "
            "leave out --idempotency-key to send this file as new"
        )
    if isinstance(error, DeprecatedVersionError):
        return "leave out --version, or name one that is in use"
    if isinstance(error, ResponseDecodeError):
        return "is this the URL of a gateway? check the base URL"
    if isinstance(error, PayloadTooLargeError):
        return "a proxy before the gateway may accept only shorter requests"
    return None


def repeating(error: IngestInterruptedError, key: str) -> Optional[str]:
    """Say how to go on without storing an event twice; None if there is nothing to continue.

    Args:
        error: What ended the stream.
        key: The idempotency key of the run.
    """
    cause = error.__cause__
    if isinstance(cause, IdempotencyConflictError) or not (error.answered or error.unanswered):
        return None
    when = "" if _may_pass(cause) else "once that is fixed, "
    return f"{when}{again(key)}"


def again(key: str) -> str:
    """Say how to repeat the command without storing an event twice."""
    return (
        f"repeat the command with --idempotency-key {key} and the same input to go on: "
        "nothing is stored twice within 24 hours"
    )


def _may_pass(cause: Optional[BaseException]) -> bool:
    if isinstance(cause, PlanLimitError):
        return False
    if isinstance(cause, HTTPError) and cause.status == _REQUEST_TIMEOUT:
        return True
    return isinstance(cause, _PASSES_BY_ITSELF)


def fates(error: IngestInterruptedError, *, is_dry: bool) -> str:
    """Say how many events were answered, refused, left unanswered or not sent.

    Args:
        error: What ended the stream.
        is_dry: The run is a dry run, which stores nothing.
    """
    if not (error.answered or error.refused or error.unanswered):
        return "nothing was sent"
    may_be_stored = error.answered or error.unanswered
    is_in_quarantine = isinstance(error.__cause__, DeprecatedVersionError)
    if not (may_be_stored or is_in_quarantine or is_dry):
        return "nothing was stored"
    counts = {words: sum(map(len, ranges)) for words, ranges in _positions(error).items()}
    told = ", ".join(f"{count:,} {words}" for words, count in counts.items() if count)
    return f"of {counted(error.taken, 'event')} read, {told}"


def fate(error: IngestInterruptedError, position: int) -> str:
    """Say what became of the event at a position; "" if it was not taken."""
    found = (
        words
        for words, ranges in _positions(error).items()
        if any(position in one for one in ranges)
    )
    return next(found, "")


def _positions(error: IngestInterruptedError) -> dict[str, Sequence[range]]:
    """Group the positions of the events by their fate, in words."""
    return {
        "answered": error.answered,
        "refused": error.refused,
        "sent without an answer": error.unanswered,
        "not sent": error.not_sent,
    }
