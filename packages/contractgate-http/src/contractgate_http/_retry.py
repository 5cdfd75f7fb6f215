"""When to try again, and after how long. No I/O; the clock and randomness are passed in."""

from __future__ import annotations

import calendar
import email.utils
import math
import random
import time
from collections.abc import Mapping
from typing import Callable, NamedTuple, Optional, Union

from contractgate_core.errors import (
    Attempt,
    ConnectionError,  # noqa: A004 - ours, a subclass of the built-in one
    HTTPError,
    PlanLimitError,
    RateLimitError,
)
from contractgate_http import _clock

__all__ = ["Retry", "RetryPolicy", "retry_after", "with_history"]

_TRANSIENT = frozenset({408, 429, 502, 503, 504})
"""Source: docs/spec/gateway-http.md, section 10."""


_FARTHEST = 10**12
"""Unix **seconds** above this are not a time."""


class Retry(NamedTuple):
    """A request is about to be repeated.

    Attributes:
        attempt: The try that failed.
        error: The error that would be raised without a policy.
        method: The method of the request.
        route: The path, with names for its variable parts.
    """

    attempt: Attempt
    error: Union[ConnectionError, HTTPError]
    method: str
    route: str


class RetryPolicy:
    """When to repeat a request that failed: only if it is safe, and never past the deadline.

    It repeats reads, dry runs, and writes with an idempotency key, after a lost connection, a
    timeout, and the statuses 408, 429 (but not the plan's monthly cap), 502, 503 and 504.

    The pause before try *n* is random, from 0 to `first_pause * 2 ** (n - 2)` ("full jitter"), and
    at most `longest_pause`. If the gateway says how long to wait, that is added.

    Args:
        attempts: How many tries there may be, including the first.
        deadline: How long all tries and pauses may take together, in **seconds**. It also cuts
            short a try under way, as the client's `timeout` does, even of a request that is never
            repeated.
        first_pause: The upper bound of the first pause in **seconds**.
        longest_pause: The upper bound of every pause in **seconds**.
        write_pause: The shortest pause before a write is repeated, in **seconds**. The gateway
            remembers an idempotency key only a while after it has answered.
        on_retry: Called before each pause. An exception from it ends the call.
        uniform: Returns a random number between two; for tests.
        clock: Returns the monotonic time in **seconds**; for tests. By default real time, even
            where tests freeze it.

    Raises:
        TypeError: An argument has a wrong type.
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
        clock: Optional[Callable[[], float]] = None,
    ) -> None:
        if not isinstance(attempts, int) or isinstance(attempts, bool):
            raise TypeError(f"expected attempts to be an int, got {type(attempts).__name__}")
        if attempts < 1:
            raise ValueError(f"expected attempts to be at least 1, got {attempts}")
        for name, value in (
            ("deadline", deadline),
            ("first_pause", first_pause),
            ("longest_pause", longest_pause),
            ("write_pause", write_pause),
        ):
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                raise TypeError(f"expected {name} to be seconds, got {type(value).__name__}")
            if not value >= 0:
                raise ValueError(f"expected {name} to be seconds from 0, got {value}")
        for name, function in (("on_retry", on_retry), ("uniform", uniform), ("clock", clock)):
            if function is not None and not callable(function):
                raise TypeError(f"expected {name} to be callable, got {type(function).__name__}")
        self.attempts = attempts
        self.deadline = deadline
        self.first_pause = first_pause
        self.longest_pause = longest_pause
        self.write_pause = write_pause
        self.on_retry = on_retry
        self.uniform = uniform
        self.clock = _clock.monotonic if clock is None else clock

    def now(self) -> float:
        """Return the time by the policy's clock, in **seconds**.

        Raises:
            ValueError: The clock does not return a finite number.
        """
        now = self.clock()
        if not isinstance(now, (int, float)) or not math.isfinite(now):
            raise ValueError(f"expected the clock to return finite seconds, got {now!r}")
        return now

    def pause(self, number: int, error: Exception, *, is_write: bool) -> Optional[float]:
        """Return how long to wait after a failed try.

        Args:
            number: The number of the try, from 1.
            error: Why it failed.
            is_write: Whether the request wrote something.

        Returns:
            The pause in **seconds**; None if there must be no more tries.
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
    headers: Mapping[str, str], now: Optional[Callable[[], float]] = None
) -> Optional[float]:
    """Read from headers how long to wait.

    Args:
        headers: The headers of an answer.
        now: Returns the time in Unix **seconds**; by default the system's, which may be frozen.

    Returns:
        **Seconds**, at least 0; None if the headers do not say, or make no sense.

    The gateway itself never sends `Retry-After`, but a proxy before it may.
    Source: docs/spec/gateway-http.md, sections 1 and 6.16.
    """
    text = headers.get("retry-after", "").strip()
    if _is_number(text):
        return float(text)
    moment = _date(text) if text else None
    if moment is None:
        reset = headers.get("x-ratelimit-reset", "").strip()
        moment = int(reset) if _is_number(reset) else None
    if moment is None:
        return None
    return max(0.0, moment - (time.time() if now is None else now()))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _date(text: str) -> Optional[int]:
    """Read an HTTP date, in UTC if it names no zone; None if it is not one."""
    try:
        parts = email.utils.parsedate_tz(text[:100])
        moment = None if parts is None else calendar.timegm(parts[:9]) - (parts[9] or 0)
    except (ArithmeticError, LookupError, TypeError, ValueError):  # such as a year beyond 9999
        return None
    return moment if moment is not None and abs(moment) < _FARTHEST else None


def with_history(error: Exception, history: tuple[Attempt, ...]) -> Exception:
    """Add the earlier tries to the final error, and to its notes on Python 3.11 and later."""
    if history:
        error.history = history  # type: ignore[attr-defined]
        # Python before 3.11 has no notes.
        add_note: Callable[[str], None] = getattr(error, "add_note", lambda _: None)
        tries = "; ".join(f"try {a.number}: {a.reason}" for a in history)
        add_note(f"after {len(history)} earlier tries: {tries}")
    return error
