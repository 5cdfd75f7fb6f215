"""What a call reports: to the log, and to OpenTelemetry where that is installed.

Neither ever gets a key, an id, a query or a body: a call is named by its route alone.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Generator
from typing import Any, Callable, Optional

from contractgate_http._call import Call, Reply
from contractgate_http._clock import monotonic
from contractgate_http._retry import Retry

__all__ = ["Observation", "observed"]

logger = logging.getLogger("contractgate_http")
logger.addHandler(logging.NullHandler())


class Observation:
    """Records what happens to one call.

    Args:
        call: The call.
        span: Its OpenTelemetry span, if there is one.
    """

    __slots__ = ("_name", "_span", "_started")

    def __init__(self, call: Call[Any], span: Any) -> None:
        self._name = call.method, call.route
        self._span = span
        self._started = monotonic()

    def reply(self, reply: Reply) -> None:
        """An answer came."""
        if logger.isEnabledFor(logging.DEBUG):
            seconds = monotonic() - self._started
            logger.debug("%s %s -> %d after %.3f s", *self._name, reply.status, seconds)
        if self._span is not None:
            self._span.set_attribute("http.response.status_code", reply.status)

    def failure(self, error: Exception) -> None:
        """No answer came."""
        logger.debug("%s %s -> %s", *self._name, type(error).__name__)

    def retry(self, retry: Retry, on_retry: Optional[Callable[[Retry], object]]) -> None:
        """The call is about to be repeated."""
        number, status, _, pause, _ = retry.attempt
        why = type(retry.error).__name__ if status is None else str(status)
        logger.info("%s %s -> %s, try %d in %.3f s", *self._name, why, number + 1, pause)
        if self._span is not None:
            self._span.set_attribute("http.request.resend_count", number)
        if on_retry is not None:
            on_retry(retry)


@contextlib.contextmanager
def observed(call: Call[Any]) -> Generator[Observation, None, None]:
    """Observe a call; its span, if there is one, is the parent of spans made inside."""
    tracer = _tracer()
    if tracer is None:
        yield Observation(call, None)
        return
    attributes = {"http.request.method": call.method, "url.template": call.route}
    name = f"{call.method} {call.route}"
    # An exception's text names contracts, so neither it nor a status made from it is recorded.
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield Observation(call, span)
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(_error_status())
            raise


def _error_status() -> Any:
    from opentelemetry.trace import StatusCode

    return StatusCode.ERROR


@functools.cache
def _tracer() -> Any:
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace.get_tracer("contractgate_http")
