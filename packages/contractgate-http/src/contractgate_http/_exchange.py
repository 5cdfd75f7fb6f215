"""One call from its first try to its value, as a generator of sends and waits. No I/O.

A driver sends each request that is yielded, and sends its outcome back; for a number, it sleeps.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Callable, Optional, TypeVar, Union

import httpx

from contractgate_core._tracebacks import cut
from contractgate_core.errors import (
    Attempt,
    ConnectionError,  # noqa: A004 - ours, a subclass of the built-in one
    ContractGateError,
    HTTPError,
    ResponseDecodeError,
)
from contractgate_http._call import Call, Reply, terms_of
from contractgate_http._decode import value_of
from contractgate_http._failures import failure_of, shown_location, shown_url, too_late
from contractgate_http._observe import Observation, observed
from contractgate_http._retry import Retry, RetryPolicy, with_history
from contractgate_http._secrets import Secrets, shortened

__all__ = ["Begin", "Build", "Flow", "Outcome", "Step", "exchange"]

T = TypeVar("T")

Outcome = Union[Reply, Exception, None]
"""The outcome of a request: an answer, or the exception that it raised. None after a pause."""

Step = Union[httpx.Request, float]
"""What to do next: send a request, or wait for this many **seconds**."""

Flow = Generator[Step, Outcome, T]

Begin = Callable[[Call[Any]], Flow[Any]]
"""Begins a call."""

Build = Callable[[Call[Any], Optional[float]], httpx.Request]
"""Makes the request of a call, with at most this many **seconds** to wait unless it is None."""


def exchange(call: Call[T], build: Build, policy: Optional[RetryPolicy]) -> Flow[T]:
    """Make a call, and repeat it where the policy allows it and it is safe.

    Args:
        call: The call.
        build: Makes its request; every try sends the same bytes.
        policy: When to repeat; None for never.

    Returns:
        The value of the answer.

    Raises:
        HTTPError: The gateway refuses.
        ConnectionError: No answer came.
        ResponseDecodeError: The answer does not follow the protocol.
    """
    if policy is None or not call.is_repeatable:
        left = None if policy is None else policy.deadline
        with observed(call) as observation:
            return (yield from _once(call, build(call, left), observation))
    history: list[Attempt] = []
    started = policy.now()
    with observed(call) as observation:
        while True:
            left = policy.deadline - (policy.now() - started)
            try:
                return (yield from _once(call, build(call, left), observation))
            except (ConnectionError, HTTPError) as error:
                number = len(history) + 1
                pause = policy.pause(number, error, is_write=call.needs_pause)
                spent = policy.now() - started
                if pause is None or spent + pause >= policy.deadline:
                    raise with_history(error, tuple(history)) from error.__cause__
                attempt = _attempt(number, error, pause)
                history.append(attempt)
                cut(error)  # `on_retry` may log it
                observation.retry(Retry(attempt, error, call.method, call.route), policy.on_retry)
            except ContractGateError as error:
                raise with_history(error, tuple(history)) from error.__cause__
            yield pause


def _attempt(number: int, error: Union[ConnectionError, HTTPError], pause: float) -> Attempt:
    if isinstance(error, HTTPError):
        return Attempt(number, error.status, str(error), pause)
    return Attempt(number, None, str(error), pause, error.was_sent)


def _once(
    call: Call[T], request: httpx.Request, observation: Observation
) -> Generator[Step, Outcome, T]:
    url, deadline = shown_url(request.url), terms_of(request).deadline
    if deadline.is_over:  # there is no time to send it, even on an open connection
        late = too_late(request.method, url, deadline)
        _place(late, request)
        observation.failure(late)
        raise late
    outcome = yield request
    if isinstance(outcome, httpx.HTTPStatusError):  # raised by a hook of the user's httpx client
        outcome = Reply(outcome.response.status_code, outcome.response.headers, b"")
    if isinstance(outcome, Reply):
        observation.reply(outcome)
        try:
            return value_of(call, outcome, f"{request.method} {url}")
        except (HTTPError, ResponseDecodeError) as error:
            _place(error, request)
            raise
    if isinstance(outcome, ResponseDecodeError):
        _place(outcome, request)
        raise outcome
    assert outcome is not None, "a driver answers every request"  # noqa: S101
    can_be_shown = Secrets(request.headers.multi_items()).clean(outcome)
    failure = failure_of(outcome, request.method, url, deadline)
    _place(failure, request)
    observation.failure(failure)
    raise failure from (outcome if can_be_shown else None)


def _place(
    error: Union[ConnectionError, HTTPError, ResponseDecodeError], request: httpx.Request
) -> None:
    """Add to an error where the request went, and hide the request's secrets in its message."""
    error.method = request.method
    error.url = shown_url(request.url)
    secrets = Secrets(request.headers.multi_items())
    before = f"{error.method} {error.url}: " if isinstance(error, ResponseDecodeError) else ""
    message = shortened(secrets.hidden(f"{before}{error.message}"))
    error.message = f"{message}{shortened(secrets.hidden(_redirected(error, request)))}"
    error.args = (error.message,)
    secrets.clean(error.__cause__)


def _redirected(error: Exception, request: httpx.Request) -> str:
    """Say where a redirect leads; it is not followed, so that the key goes nowhere else."""
    if not isinstance(error, HTTPError) or not 300 <= error.status < 400:
        return ""
    location = error.headers.get("location")
    if location is None:
        return ""
    return f"; its Location is {shown_location(request.url, location)}, which is not followed"
