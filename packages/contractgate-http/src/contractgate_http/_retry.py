"""When to try again, and after how long. No I/O; time and chance come from outside."""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Mapping
from typing import Callable, NamedTuple, Optional, Union

from contractgate_core.errors import (
    Attempt,
    ConnectionError,  # noqa: A004 - ours, which is also the builtin one
    HTTPError,
    PlanLimitError,
    RateLimitError,
)

__all__ = ["Retry", "RetryPolicy", "retry_after", "with_history"]

_TRANSIENT = frozenset({408, 429, 502, 503, 504})
"""Source: docs/spec/gateway-http.md, section 10."""


class Retry(NamedTuple):
    """A request is about to be repeated.

    Attributes:
        attempt: The try that failed.
        error: Why: the error that would be raised without a policy.
        method: The method of the request.
        route: Where it goes, with names for the variable parts.
    """

    attempt: Attempt
    error: Union[ConnectionError, HTTPError]
    method: str
    route: str


class RetryPolicy:
    """When to repeat a request that failed: only if it is safe, and never past the deadline.

    Repeated are reads, dry runs, and writes with an idempotency key, after a lost connection, a
    time-out, and the statuses 408, 429 (but not for the monthly cap of the plan), 502, 503 and 504.

    The pause before try *n* is random between nothing and `first_pause * 2 ** (n - 2)` ("full
    jitter"), at most `longest_pause`. Where the gateway says how long to wait, that is added.

    Args:
        attempts: How many tries there may be, the first one included.
        deadline: How long all tries and pauses may take together, in **seconds**; a try that has
            begun is not cut short.
        first_pause: The bound of the first pause in **seconds**.
        longest_pause: The bound of every pause in **seconds**.
        write_pause: The least pause before a write is repeated, in **seconds**. The gateway
            remembers an idempotency key only some time after it answered.
        on_retry: Called before each pause. What it raises ends the call.
        uniform: Draws a number between two; for tests.
        clock: Gives the monotonic time in **seconds**; for tests.

    Raises:
        ValueError: A number is out of range.
    """

    def __init__(  # noqa: PLR0913 - each is one number of the policy
        self,
        *,
        attempts: int = 5,
        deadline: float = 120.0,
        first_pause: float = 0.5,
        longest_pause: float = 20.0,
        write_pause: float = 0.25,
        on_retry: Optional[Callable[[Retry], object]] = None,
        uniform: Callable[[float, float], float] = random.uniform,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"expected attempts to be at least 1, got {attempts}")
        for name, value in (
            ("deadline", deadline),
            ("first_pause", first_pause),
            ("longest_pause", longest_pause),
            ("write_pause", write_pause),
        ):
            if not value >= 0:
                raise ValueError(f"expected {name} to be seconds from 0, got {value}")
        self.attempts = attempts
        self.deadline = deadline
        self.first_pause = first_pause
        self.longest_pause = longest_pause
        self.write_pause = write_pause
        self.on_retry = on_retry
        self.uniform = uniform
        self.clock = clock

    def pause(self, number: int, error: Exception, *, is_write: bool) -> Optional[float]:
        """Say how long to wait after a failed try.

        Args:
            number: Which try it was, from 1.
            error: Why it failed.
            is_write: Whether the request wrote something.

        Returns:
            The pause in **seconds**; None if there must be no other try.
        """
        if number >= self.attempts or not _is_transient(error):
            return None
        # Bounded, so that no number of attempts can overflow.
        bound = min(self.longest_pause, self.first_pause * 2.0 ** min(number - 1, 60))
        told = error.retry_after if isinstance(error, RateLimitError) else None
        if told is None and isinstance(error, HTTPError):
            told = retry_after(error.headers)
        least = max(told or 0.0, self.write_pause if is_write else 0.0)
        return least + self.uniform(0.0, bound)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, PlanLimitError):
        return False
    if isinstance(error, HTTPError):
        return error.status in _TRANSIENT
    return isinstance(error, ConnectionError)


def retry_after(
    headers: Mapping[str, str], now: Callable[[], float] = time.time
) -> Optional[float]:
    """Read how long to wait from headers.

    Args:
        headers: Headers of an answer.
        now: Gives the time in Unix **seconds**.

    Returns:
        **Seconds** from 0; None if the headers do not say.

    `Retry-After` is never sent by the gateway itself, but by what stands before it.
    Source: docs/spec/gateway-http.md, sections 1 and 6.16.
    """
    text = headers.get("retry-after", "").strip()
    if _is_number(text):
        return float(text)
    if text:
        date = email.utils.parsedate_tz(text)
        if date is not None:
            return _until(email.utils.mktime_tz(date), now)
    reset = headers.get("x-ratelimit-reset", "").strip()
    return _until(int(reset), now) if _is_number(reset) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _until(moment: int, now: Callable[[], float]) -> float:
    return max(0.0, moment - now())


def with_history(error: Exception, history: tuple[Attempt, ...]) -> Exception:
    """Put the earlier tries on the final error, and into its notes where there are notes."""
    if history:
        error.history = history  # type: ignore[attr-defined]
        # Before Python 3.11 there are no notes.
        add_note: Callable[[str], None] = getattr(error, "add_note", lambda _: None)
        tries = "; ".join(f"try {a.number}: {a.reason}" for a in history)
        add_note(f"after {len(history)} earlier tries: {tries}")
    return error
