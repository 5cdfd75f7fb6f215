"""Turns httpx's exceptions into ours. No I/O."""

from __future__ import annotations

from typing import Union

import httpx

from contractgate_core.errors import (
    ConnectionError,  # noqa: A004 - ours, a subclass of the built-in one
    ResponseDecodeError,
    TimeoutError,  # noqa: A004 - ours, a subclass of the built-in one
)
from contractgate_http._clock import Deadline

__all__ = ["HTTPX_ERRORS", "Failure", "failure_of", "shown_location", "shown_url", "too_late"]

HTTPX_ERRORS = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict)
"""The base classes of all exceptions of httpx."""

Failure = Union[ConnectionError, ResponseDecodeError]

_PHASES: tuple[tuple[type[httpx.TimeoutException], str], ...] = (
    (httpx.ConnectTimeout, "connecting took too long"),
    (httpx.PoolTimeout, "no connection of the pool became free in time"),
    (httpx.WriteTimeout, "sending the request took too long"),
    (httpx.ReadTimeout, "no answer came in time"),
)
_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


def failure_of(error: Exception, method: str, url: str, deadline: Deadline) -> Failure:
    """Turn an exception that httpx raised during a request into ours.

    Args:
        error: What httpx raised.
        method: The method of the request.
        url: Where it went, as it may be shown.
        deadline: The deadline of the request.
    """
    if isinstance(error, (httpx.DecodingError, httpx.TooManyRedirects)):
        reason = f"the answer cannot be read: {_reason(error)}"
        return ResponseDecodeError(reason, method=method, url=url)
    kind = TimeoutError if isinstance(error, httpx.TimeoutException) else ConnectionError
    was_sent = not isinstance(error, _UNSENT)
    what = f"{method} {url}: {_reason(error)}"
    if kind is TimeoutError and deadline.is_over:
        what = f"{what}: {deadline.words}"
    return kind(what, method=method, url=url, was_sent=was_sent)


def too_late(method: str, url: str, deadline: Deadline) -> TimeoutError:
    """Make the error for a request whose deadline passed before any of it was sent."""
    what = f"{method} {url}: no time was left to send it: {deadline.words}"
    return TimeoutError(what, method=method, url=url, was_sent=False)


def _reason(error: Exception) -> str:
    for kind, words in _PHASES:
        if isinstance(error, kind):
            return words
    if isinstance(error, httpx.LocalProtocolError):
        return "the request cannot be written as HTTP"  # httpx's text may quote a header
    return str(error) or type(error).__name__


def shown_url(url: httpx.URL) -> str:
    """Write where a request goes, without query and credentials, which may hold secrets."""
    port = "" if url.port is None else f":{url.port}"
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}{url.raw_path.partition(b'?')[0].decode('ascii')}"


def shown_location(url: httpx.URL, location: str) -> str:
    """Write where a redirect leads, as a URL is shown.

    Args:
        url: Where the request went.
        location: The header's value, which may be relative, or not a URL at all.
    """
    try:
        return shown_url(url.join(location))
    except (httpx.InvalidURL, ValueError):
        return "an invalid URL"
