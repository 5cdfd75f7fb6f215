"""The ways into a local gateway, for tests that go all of them.

Each way is a context manager: it is given how to open a gateway, and gives a function that sends
one recorded request.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Callable, Optional

import anyio
import anyio.from_thread
import httpx
import uvicorn

from contractgate_http.local import LocalGateway
from http_replay import Request, Response, Send

__all__ = ["Server", "SteadyClock", "blocking", "concurrent", "reopened", "serving"]


class SteadyClock:
    """Goes on by a millisecond each time that it is read, so that no machine is too slow for it."""

    def __init__(self) -> None:
        self._start = time.time()
        self._ticks = itertools.count()

    def __call__(self) -> float:
        return self._start + next(self._ticks) / 1000


def _made(request: Request, base_url: str) -> httpx.Request:
    target = request.path + (f"?{request.query}" if request.query else "")
    return httpx.Request(
        request.method,
        httpx.URL(base_url).copy_with(raw_path=target.encode()),
        headers=[(name.encode(), value) for name, value in request.headers],
        content=request.body,
    )


def _received(answer: httpx.Response) -> Response:
    return Response(answer.status_code, list(answer.headers.multi_items()), answer.content)


@contextlib.contextmanager
def blocking(gateway: LocalGateway) -> Iterator[Send]:
    """Go through the transport of a blocking client."""
    with httpx.Client(transport=gateway.transport) as client:
        yield lambda request: _received(client.send(_made(request, gateway.url)))


@contextlib.contextmanager
def concurrent(gateway: LocalGateway, backend: str) -> Iterator[Send]:
    """Go through the transport of an asynchronous client.

    Args:
        gateway: The gateway.
        backend: `asyncio` or `trio`.
    """
    with anyio.from_thread.start_blocking_portal(backend) as portal:
        client = httpx.AsyncClient(transport=gateway.transport)

        async def send(request: Request) -> Response:
            return _received(await client.send(_made(request, gateway.url)))

        yield lambda request: portal.call(send, request)
        portal.call(client.aclose)


@contextlib.contextmanager
def reopened(path: Path, *, auth: bool, prepare: Callable[[LocalGateway], None]) -> Iterator[Send]:
    """Go through the transport of a gateway that is closed and opened again before each request."""
    clock = SteadyClock()
    with LocalGateway(path, auth=auth, clock=clock) as first:
        prepare(first)

    def send(request: Request) -> Response:
        with LocalGateway(path, auth=auth, clock=clock) as gateway, blocking(gateway) as inner:
            return inner(request)

    yield send


App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


class Server:
    """A uvicorn server on a port of its own; the application behind it can be changed."""

    def __init__(self) -> None:
        self.app: Optional[App] = None
        # With the protocol named, asyncio sends small answers without delay.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        config = uvicorn.Config(self._serve, interface="asgi3", lifespan="off", log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop listening, and wait for it."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@contextlib.contextmanager
def serving(server: Server, gateway: LocalGateway) -> Iterator[Send]:
    """Go over TCP to a server that serves a gateway.

    httpx refuses to send some of the recorded headers, so `http.client` does it.
    """
    server.app = gateway.asgi
    host, port = server.address
    connection = http.client.HTTPConnection(host, port, timeout=40)

    def send(request: Request) -> Response:
        target = request.path + (f"?{request.query}" if request.query else "")
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value)
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("content-length", str(len(request.body or b"")))
        connection.endheaders(request.body)
        answer = connection.getresponse()
        return Response(answer.status, answer.getheaders(), answer.read())

    yield send
    connection.close()
