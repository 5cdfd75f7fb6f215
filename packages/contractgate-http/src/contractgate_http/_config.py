"""A client's settings: where the gateway is, who asks, and within which bounds."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from typing import Any, Optional, Union
from urllib.parse import urlencode

import httpx
import msgspec

from contractgate_core.errors import BatchTooLargeError
from contractgate_http._arguments import (
    Patience,
    as_patience,
    check_count,
    check_header,
    check_headers,
    check_retries,
)
from contractgate_http._call import TERMS, Call, Terms, Timeout
from contractgate_http._clock import Deadline
from contractgate_http._decoding import ACCEPTED
from contractgate_http._environment import ProxyUrl, Verify
from contractgate_http._retry import RetryPolicy
from contractgate_http._version import __version__

__all__ = [
    "DEFAULT_LIMITS",
    "MOST_BODY_BYTES",
    "MOST_RESPONSE_BYTES",
    "Config",
    "given_url",
    "is_local",
    "make_config",
    "make_headers",
    "pool_arguments",
    "with_headers",
]

BASE_URL_VARIABLE = "CONTRACTGATE_BASE_URL"
API_KEY_VARIABLE = "CONTRACTGATE_API_KEY"

_OURS = frozenset({"x-api-key", "x-org-id"})

DEFAULT_TIMEOUT = as_patience(httpx.Timeout(35.0, connect=10.0))
"""Longer than the 30 s after which the gateway itself gives up (gateway-http.md, section 1.1)."""

DEFAULT_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)

MOST_BODY_BYTES = 2 * 1024 * 1024
"""How long the body of an ingest may be (gateway-http.md, section 1.3)."""

MOST_RESPONSE_BYTES = 1024 * 1024 * 1024
"""Enough for a full page of the audit, 500 events of the largest size."""


class Config(msgspec.Struct, frozen=True):
    """The settings of one client.

    Attributes:
        base_url: Where the gateway is, without credentials and without a slash at the end.
        headers: The headers of every request, the key and credentials among them.
        timeout: How long to wait; None leaves it to the user's httpx client.
        retries: When to repeat requests; None for never.
        max_body_bytes: How long the body of an ingest may be.
        max_response_bytes: How much of an answer is read.
        are_headers_sent: The httpx client sends these headers by itself, which is faster.
    """

    base_url: str
    headers: Mapping[str, str]
    timeout: Optional[Patience]
    retries: Optional[RetryPolicy]
    max_body_bytes: int
    max_response_bytes: int
    are_headers_sent: bool

    def __repr__(self) -> str:
        return f"base_url={self.base_url!r}, api_key={self._shown_key}"

    def __rich_repr__(self) -> Iterator[tuple[str, str]]:  # type: ignore[override]  # msgspec's own shows all
        yield from (("base_url", self.base_url), ("api_key", self._shown_key))

    @property
    def _shown_key(self) -> str:
        return "***" if "x-api-key" in self.headers else "none"

    def request(
        self,
        http: Union[httpx.Client, httpx.AsyncClient],
        call: Call[Any],
        seconds_left: Optional[float],
    ) -> httpx.Request:
        """Make the request of a call.

        Args:
            http: The httpx client that will send it.
            call: The call.
            seconds_left: The longest it may wait, if there is a deadline.

        Raises:
            BatchTooLargeError: The body is longer than the gateway takes.
            ValueError: The path cannot be made into a URL.
        """
        self._check_size(call)
        told = self.timeout if call.timeout is None else as_patience(call.timeout)
        patience = as_patience(http.timeout) if told is None else told
        phases, deadline = patience.phases, _deadline(patience.whole, seconds_left)
        if seconds_left is not None:
            phases = _at_most(phases, seconds_left)
        query = _query(call.params)
        url = f"{self.base_url}{call.path}{query}"
        headers = call.headers if self.are_headers_sent else {**self.headers, **call.headers}
        terms = {TERMS: Terms(deadline, call.value_statuses)}
        try:
            return http.build_request(
                call.method,
                url,
                content=call.body,
                headers=headers,
                timeout=phases,
                extensions=terms,
            )
        except httpx.InvalidURL as error:
            raise ValueError(
                f"{call.method} {call.route}: the path cannot be made into a URL: {error}"
            ) from None

    def _check_size(self, call: Call[Any]) -> None:
        if call.body is None:
            return
        limit = self.max_body_bytes if call.body_limit is None else call.body_limit
        if len(call.body) > limit:
            raise BatchTooLargeError(
                f"expected a body of at most {limit} bytes, got {len(call.body)}{call.hint}",
                size=len(call.body),
                limit=limit,
            )


def _deadline(whole: Optional[float], left: Optional[float]) -> Deadline:
    """Return the deadline of a try: its own, or that of all tries if that is nearer."""
    if left is not None and (whole is None or left < whole):
        return Deadline(left, "the deadline for all tries has passed")
    return Deadline(whole, "a try may take {:g} s")


def _query(params: Mapping[str, Optional[str]]) -> str:
    given = [(name, value) for name, value in params.items() if value is not None]
    return f"?{urlencode(given)}" if given else ""


def is_local(base_url: str) -> bool:
    """Return whether a base URL means the embedded gateway."""
    return base_url.startswith("local:")


def given_url(base_url: Optional[str]) -> str:
    """Return the base URL: the argument, or that of the environment.

    Raises:
        TypeError: It is not a text.
        ValueError: There is none, or it cannot be a URL.
    """
    given = os.environ.get(BASE_URL_VARIABLE) if base_url is None else base_url
    # A file may have any name.
    if given is not None and not (isinstance(given, str) and is_local(given)):
        check_header("base_url", given)
    if not given:
        raise ValueError(
            "expected a base_url, such as 'https://gw.example.com' or 'local:', got none; "
            f"the environment variable {BASE_URL_VARIABLE} is not set either"
        )
    return given


def make_config(  # noqa: PLR0913 - the settings of a client
    *,
    base_url: str,
    api_key: Optional[str],
    org_id: Optional[str],
    timeout: Optional[Timeout],
    retries: Optional[RetryPolicy],
    headers: Optional[Mapping[str, str]],
    max_body_bytes: int,
    max_response_bytes: int,
    is_ours: bool,
) -> Config:
    """Check a client's arguments, and complete them from the environment.

    Args:
        base_url: Where the gateway is.
        api_key: The key; "" for none, even if the environment has one.
        org_id: Sent as `x-org-id`, which only a gateway in development mode reads.
        timeout: How long to wait.
        retries: When to repeat requests.
        headers: Further headers.
        max_body_bytes: How long the body of an ingest may be.
        max_response_bytes: How much of an answer is read.
        is_ours: The httpx client is ours. If not, it is the user's, with its own timeout.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: An argument has a wrong value; the error never shows a key.
    """
    key = os.environ.get(API_KEY_VARIABLE, "") if api_key is None else api_key
    check_header("api_key", key)
    check_retries(retries)
    check_count("max_body_bytes", max_body_bytes)
    check_count("max_response_bytes", max_response_bytes)
    usual = DEFAULT_TIMEOUT if is_ours else None
    url = _checked_url(base_url)
    return Config(
        base_url=_without_credentials(base_url.rstrip("/")),
        headers={**_credentials(url), **make_headers(key, org_id, headers)},
        timeout=usual if timeout is None else as_patience(timeout),
        retries=retries,
        max_body_bytes=max_body_bytes,
        max_response_bytes=max_response_bytes,
        are_headers_sent=is_ours,
    )


def with_headers(
    headers: Mapping[str, str],
    key: Optional[str],
    org_id: Optional[str],
    more: Optional[Mapping[str, str]],
) -> Mapping[str, str]:
    """Change headers; arguments of None leave theirs as they are."""
    if key is not None:
        check_header("api_key", key)
    check_headers(more)
    kept = {name: value for name, value in headers.items() if name not in _OURS}
    return make_headers(
        headers.get("x-api-key", "") if key is None else key,
        headers.get("x-org-id") if org_id is None else org_id,
        {**kept, **(more or {})},
    )


def make_headers(
    key: str, org_id: Optional[str], more: Optional[Mapping[str, str]]
) -> Mapping[str, str]:
    """Make the headers of every request."""
    headers = {
        "user-agent": f"contractgate-python/{__version__}",
        "accept": "application/json",
        "accept-encoding": ACCEPTED,
    }
    if key:
        headers["x-api-key"] = key
    if org_id is not None:
        check_header("org_id", org_id)
    if org_id:
        headers["x-org-id"] = org_id
    check_headers(more)
    headers.update({name.lower(): value for name, value in (more or {}).items()})
    return headers


def _at_most(timeout: httpx.Timeout, seconds: float) -> httpx.Timeout:
    bound = max(seconds, 0.001)
    phases = (timeout.connect, timeout.read, timeout.write, timeout.pool)
    names = ("connect", "read", "write", "pool")
    return httpx.Timeout(
        **{
            name: bound if phase is None else min(phase, bound)
            for name, phase in zip(names, phases)
        }
    )


def _checked_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError) as error:
        # httpx's message may quote part of a password.
        why = "its credentials must be percent-encoded" if "@" in text else str(error)
        raise ValueError(f"expected base_url to be a URL: {why}") from None
    if url.port is not None and not 0 < url.port < 65536:
        raise ValueError(f"expected base_url to be a URL: its port is {url.port}")
    if "://" not in text or url.scheme not in ("http", "https"):
        got = f"the scheme {url.scheme!r}" if "://" in text else "none of them"
        raise ValueError(f"expected base_url to begin with http://, https:// or local:, got {got}")
    if not url.host:
        raise ValueError(
            "expected base_url to name a host, such as https://gw.example.com, got none after "
            f"{url.scheme}://"
        )
    if url.query or url.fragment:
        raise ValueError("expected base_url without a query or a fragment")
    return url


def _credentials(url: httpx.URL) -> dict[str, str]:
    """Make the header for credentials in a URL; httpx would do it too, but logs the whole URL."""
    if not url.userinfo:
        return {}
    pair = f"{url.username}:{url.password}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _without_credentials(base_url: str) -> str:
    scheme, _, rest = base_url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def pool_arguments(
    http_class: type[Any],
    *,
    limits: Optional[httpx.Limits],
    proxy: Optional[ProxyUrl],
    verify: Verify,
    transport: Any,
) -> dict[str, Any]:
    """Return the arguments for an httpx client of our own.

    Args:
        http_class: Its class.
        limits: How many connections to keep.
        proxy: The proxy of all requests; None leaves it to the environment.
        verify: Whether and how to check certificates.
        transport: The user's transport, for requests that go through no proxy.

    Raises:
        OSError: Certificates cannot be read.
        ValueError: The argument or the environment names no valid proxy.
    """
    arguments: dict[str, Any] = {"timeout": DEFAULT_TIMEOUT.phases, "follow_redirects": False}
    if transport is not None and proxy is None:
        return {**arguments, "transport": transport}
    # This loads slowly, and a gateway in the process does not need it.
    from contractgate_http._transport import opened

    usual = DEFAULT_LIMITS if limits is None else limits
    ways = opened(http_class is httpx.AsyncClient, limits=usual, verify=verify, proxy=proxy)
    return {**arguments, **ways, **({} if transport is None else {"transport": transport})}
