"""The gateway as an httpx transport: one object for sync and async clients."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Callable, Optional, cast

import httpx

from contractgate_core._tracebacks import guarded, guarded_async
from contractgate_core.errors import ContractGateError
from contractgate_http.local.delivery import Delivery
from contractgate_http.local.message import make_request
from contractgate_http.local.rules.limits import LONG_BODY
from contractgate_http.local.steps import Steps, pause, take_here, take_in_threads

if TYPE_CHECKING:
    from contractgate_http.local.message import Request

__all__ = ["GatewayClosedError", "LocalTransport"]

_MOST_READ = LONG_BODY.declared + 1


class GatewayClosedError(ContractGateError, RuntimeError):
    """A gateway was used after it was closed, or in a child of the process that opened it."""


class LocalTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands requests to a gateway in this process, whatever host they are for.

    Closing it, as clients do with theirs, does not close the gateway.

    Args:
        deliver: Answers a request, in steps.
    """

    def __init__(self, deliver: Callable[[Request], Steps[Delivery]]) -> None:
        self._deliver = deliver

    @guarded
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a blocking client."""
        body = bytearray()
        for chunk in cast("httpx.SyncByteStream", request.stream):
            body += chunk
            if len(body) > _MOST_READ:
                break
        with _unreachable(request):
            delivery = take_here(self._steps(request, bytes(body)))
        wait = _bounded_wait(request, delivery)
        if wait:
            time.sleep(wait)
        return _received(request, delivery)

    @guarded_async
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an async client, without blocking its event loop."""
        body = bytearray()
        async for chunk in cast("httpx.AsyncByteStream", request.stream):
            body += chunk
            if len(body) > _MOST_READ:
                break
        with _unreachable(request):
            delivery = await take_in_threads(self._steps(request, bytes(body)))
        wait = _bounded_wait(request, delivery)
        if wait:
            await pause(wait)
        return _received(request, delivery)

    def _steps(self, request: httpx.Request, body: bytes) -> Steps[Delivery]:
        path, _, query = request.url.raw_path.partition(b"?")
        made = make_request(request.method, path, query, request.headers.raw, body)
        return self._deliver(made)


@contextlib.contextmanager
def _unreachable(request: httpx.Request) -> Iterator[None]:
    """Make a closed gateway look like a server that is gone."""
    try:
        yield
    except GatewayClosedError as error:
        raise httpx.ConnectError(str(error), request=request) from error


def _read_timeout(request: httpx.Request) -> Optional[float]:
    timeouts: dict[str, Any] = request.extensions.get("timeout", {})
    return timeouts.get("read")


def _bounded_wait(request: httpx.Request, delivery: Delivery) -> float:
    timeout = _read_timeout(request)
    return delivery.wait if timeout is None else min(delivery.wait, timeout)


def _received(request: httpx.Request, delivery: Delivery) -> httpx.Response:
    """Make the response that httpx would receive from a socket."""
    timeout = _read_timeout(request)
    if timeout is not None and delivery.wait > timeout:
        raise httpx.ReadTimeout("the answer took longer than the timeout", request=request)
    if delivery.breakage == "reset":
        raise httpx.ReadError("connection reset by peer", request=request)
    return httpx.Response(
        delivery.response.status,
        headers=delivery.response.wire_headers(is_endless=delivery.breakage == "endless"),
        stream=_stream(request, delivery),
        request=request,
        extensions={"http_version": b"HTTP/1.1"},
    )


def _stream(request: httpx.Request, delivery: Delivery) -> httpx.ByteStream:
    body = delivery.response.body
    if delivery.breakage == "truncated":
        return _Truncated(request, body)
    return (
        _Endless(request, body, delivery.pause)
        if delivery.breakage == "endless"
        else httpx.ByteStream(body)
    )


class _Truncated(httpx.ByteStream):
    """Half a body, and then nothing."""

    def __init__(self, request: httpx.Request, body: bytes) -> None:
        super().__init__(body)
        self._request = request
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body[: len(self._body) // 2]
        raise self._broken()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body[: len(self._body) // 2]
        raise self._broken()

    def _broken(self) -> httpx.RemoteProtocolError:
        text = "peer closed connection without sending complete message body"
        return httpx.RemoteProtocolError(text, request=self._request)


class _Endless(httpx.ByteStream):
    """A body, and then endless spaces; the client's read timeout applies to each."""

    def __init__(self, request: httpx.Request, body: bytes, pause: float) -> None:
        super().__init__(body)
        self._request = request
        self._body = body
        timeout = _read_timeout(request)
        self._is_late = timeout is not None and pause > timeout
        self._pause = pause if timeout is None else min(pause, timeout)

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        while True:
            time.sleep(self._pause)
            yield self._space()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
        while True:
            await pause(self._pause)
            yield self._space()

    def _space(self) -> bytes:
        if self._is_late:
            raise httpx.ReadTimeout("the body took longer than the timeout", request=self._request)
        return b" "
