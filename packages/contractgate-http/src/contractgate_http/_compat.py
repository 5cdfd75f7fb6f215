"""Functions for code that was written for version 0.4.0 of the published SDK."""

from __future__ import annotations

from typing import Any, Optional

from contractgate_core._tracebacks import guarded
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.errors import HTTPError
from contractgate_core.results import ValidationResult
from contractgate_http._decode import sentence_of, status_error
from contractgate_http._secrets import shortened

__all__ = ["raise_for_status", "status_to_exception", "validate"]


@guarded
def validate(compiled: CompiledContract, event: Any) -> ValidationResult:
    """Judge an event; the same as `compiled.validate(event)`.

    Args:
        compiled: The contract.
        event: A Python object.

    Returns:
        The verdict.

    Raises:
        EventEncodeError: Something in the event cannot be sent.
    """
    return compiled.validate(event)


def status_to_exception(status: int) -> type[HTTPError]:
    """Return the error class for a status.

    Args:
        status: An HTTP status.

    Returns:
        The class, as far as the status alone tells.
    """
    return status_error(status)


@guarded
def raise_for_status(status: int, body: Any, default_message: Optional[str] = None) -> None:
    """Raise the error for a status; do nothing if it means success.

    Args:
        status: An HTTP status.
        body: The decoded body.
        default_message: The error's message, instead of the one in the body.

    Raises:
        HTTPError: The status is not from 200 to 299.
    """
    if not 200 <= status < 300:
        message = default_message or sentence_of(body) or f"HTTP {status}"
        raise status_error(status)(shortened(message), status=status, body=body)
