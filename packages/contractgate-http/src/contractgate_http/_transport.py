"""The transports of the httpx clients that we open: httpcore's pools with our own sockets.

They differ from `httpx.HTTPTransport` in three ways: a blocking request ends at its deadline
(`_wire`), every error on the way is an exception of httpx, and it names the setting of the
environment that chose the way.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any, Optional, Union

import httpcore
import httpx

from contractgate_http._async_wire import AsyncNetwork
from contractgate_http._call import UNSENT, terms_of
from contractgate_http._environment import (
    Proxy,
    ProxyUrl,
    Verify,
    as_proxy,
    environment_proxies,
    shown_proxy,
    trust_of,
)
from contractgate_http._wire import Network, under

__all__ = ["AsyncTransport", "Transport", "opened"]


class _Way:
    """How a pool reaches a gateway, for errors on the way.

    Args:
        proxy: The proxy it goes through, if any.
        trust: The setting that says whose certificates to trust; "" for the default.
    """

    def __init__(self, proxy: Optional[Proxy], trust: str) -> None:
        self._proxy = proxy
        self._trust = trust
        # Through a SOCKS proxy, httpcore before 1.0 does not call an async trace.
        self.can_be_traced = proxy is None or not proxy.proxy.url.scheme.startswith("socks")

    def error(self, error: Exception) -> httpx.TransportError:
        """Return the exception that httpx would raise."""
        kind = _kind(error)
        if kind is None:  # a bug in httpcore, or in a library that it uses
            return httpx.TransportError(f"{type(error).__name__} in the HTTP library")
        words = next(filter(None, map(str, _chain(error))), "")  # trio's errors have no text
        return kind(f"{words}{self._hint(error)}")

    def _hint(self, error: Exception) -> str:
        is_untrusted = any(isinstance(one, ssl.SSLCertVerificationError) for one in _chain(error))
        if is_untrusted and self._trust:
            return f" ({self._trust} says whose certificates are trusted)"
        kinds = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError)
        is_on_the_way = isinstance(error, kinds)
        if self._proxy is not None and is_on_the_way and not is_untrusted:
            return f" (on the way through a proxy, by {self._proxy.source})"
        return ""


def _kind(error: Exception) -> Optional[type[httpx.TransportError]]:
    """Find the httpx exception that has the name of an httpcore one."""
    if isinstance(error, (ssl.SSLCertVerificationError, UnicodeError)):
        return httpx.ConnectError  # a certificate, before httpcore 1.0, or a host name
    for kind in type(error).__mro__:
        found = getattr(httpx, kind.__name__, None)
        if isinstance(found, type) and issubclass(found, httpx.TransportError):
            return found
    return None


def _chain(error: Optional[BaseException]) -> Iterator[BaseException]:
    """Yield an exception and the exceptions that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class Transport(httpx.BaseTransport):
    """Sends the requests of a blocking client."""

    def __init__(self, pool: Any, way: _Way) -> None:
        self._pool = pool
        self._way = way

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and wait for the headers of its answer."""
        try:
            with under(terms_of(request).deadline):
                received = self._pool.handle_request(_sent(request))
        except Exception as error:
            raise self._way.error(error) from error
        return _answer(request, received, self._way)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    """Sends the requests of an async client, whose driver enforces the deadline."""

    def __init__(self, pool: Any, way: _Way) -> None:
        self._pool = pool
        self._way = way

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and wait for the headers of its answer."""
        sent = _sent(request)
        if self._way.can_be_traced:
            request.extensions[UNSENT] = True
            sent.extensions = {**request.extensions, "trace": _Trace(request)}
        try:
            received = await self._pool.handle_async_request(sent)
        except Exception as error:
            raise self._way.error(error) from error
        return _answer(request, received, self._way)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


class _Trace:
    """Notes when httpcore begins to send a request; if cut before that, nothing was sent."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request

    async def __call__(self, event: str, _: object) -> None:
        if event.endswith("send_request_headers.started"):
            self._request.extensions.pop(UNSENT, None)


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, stream: Any, request: httpx.Request, way: _Way) -> None:
        self._stream = stream
        self._deadline = terms_of(request).deadline
        self._way = way

    def __iter__(self) -> Iterator[bytes]:
        parts = iter(self._stream)
        while True:
            # The consumer runs between two parts, and may even go on in another thread.
            try:
                with under(self._deadline):
                    part = next(parts, None)
            except Exception as error:
                raise self._way.error(error) from error
            if part is None:
                return
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except Exception as error:
            raise self._way.error(error) from error

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


def _sent(request: httpx.Request) -> httpcore.Request:
    url = httpcore.URL(
        scheme=request.url.raw_scheme,
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    return httpcore.Request(
        request.method,
        url,
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _answer(request: httpx.Request, received: httpcore.Response, way: _Way) -> httpx.Response:
    return httpx.Response(
        received.status,
        headers=received.headers,
        stream=_Stream(received.stream, request, way),
        extensions=received.extensions,
    )


def opened(
    is_async: bool, *, limits: httpx.Limits, verify: Verify, proxy: Optional[ProxyUrl]
) -> dict[str, Any]:
    """Open the transports of an httpx client, and return them as its arguments.

    Args:
        is_async: Whether the client is async.
        limits: How many connections to keep.
        verify: Whether and how to check certificates.
        proxy: The proxy of all requests; None leaves it to the environment.

    Raises:
        OSError: Certificates cannot be read.
        ValueError: The argument or the environment names no valid proxy.
    """
    context, trust = trust_of(verify)

    def open_by(through: Optional[Proxy]) -> Union[Transport, AsyncTransport]:
        pool, way = _pool(is_async, context, limits, through), _Way(through, trust)
        return AsyncTransport(pool, way) if is_async else Transport(pool, way)

    if proxy is None:
        proxies = environment_proxies()
    else:
        proxies = {"all://": as_proxy(proxy, f"proxy={shown_proxy(proxy)}")}
    mounts = {
        pattern: None if through is None else open_by(through)
        for pattern, through in proxies.items()
    }
    return {"transport": open_by(None), "mounts": mounts}


def _pool(
    is_async: bool, context: ssl.SSLContext, limits: httpx.Limits, through: Optional[Proxy]
) -> Any:
    arguments: dict[str, Any] = {
        "ssl_context": context,
        "max_connections": limits.max_connections,
        "max_keepalive_connections": limits.max_keepalive_connections,
        "keepalive_expiry": limits.keepalive_expiry,
        "network_backend": AsyncNetwork() if is_async else Network(),
    }
    prefix = "Async" if is_async else ""
    if through is None:
        return getattr(httpcore, f"{prefix}ConnectionPool")(**arguments)
    proxy = through.proxy
    arguments["proxy_url"] = httpcore.URL(
        scheme=proxy.url.raw_scheme,
        host=proxy.url.raw_host,
        port=proxy.url.port,
        target=proxy.url.raw_path,
    )
    arguments["proxy_auth"] = proxy.raw_auth
    if proxy.url.scheme.startswith("socks"):
        return getattr(httpcore, f"{prefix}SOCKSProxy")(**arguments)
    arguments["proxy_headers"] = proxy.headers.raw
    if proxy.url.scheme == "https":
        arguments["proxy_ssl_context"] = getattr(proxy, "ssl_context", None)
    return getattr(httpcore, f"{prefix}HTTPProxy")(**arguments)
