"""The gateway as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, MutableMapping
from typing import TYPE_CHECKING, Any, Callable, Optional
from urllib.parse import quote

import anyio

from contractgate_core._tracebacks import cut
from contractgate_http.local.delivery import Delivery
from contractgate_http.local.message import Response, empty_response, make_request
from contractgate_http.local.rules.limits import LONG_BODY
from contractgate_http.local.steps import Steps, pause, take_in_threads

if TYPE_CHECKING:
    from contractgate_http.local.message import Request

__all__ = ["AsgiApplication", "Receive", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

TIMEOUT = 30.0
"""How long a request may take, including the arrival of its body, in **seconds**."""

_MOST_KEPT = LONG_BODY.effective + 1
_MOST_READ = 2 * LONG_BODY.declared


class AsgiApplication:
    """Serves a gateway to any ASGI server.

    Args:
        deliver: Answers a request, in steps.
        timeout: How long the arrival of a request may take, in **seconds**.
    """

    def __init__(
        self, deliver: Callable[[Request], Steps[Delivery]], *, timeout: float = TIMEOUT
    ) -> None:
        self._deliver = deliver
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the server's lifespan."""
        # `guarded_async` will not do: servers call this without arguments to find out what it is.
        try:
            if scope["type"] == "http":
                await self._serve(scope, receive, send)
            elif scope["type"] == "lifespan":
                await _live(receive, send)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
        except BaseException as error:
            scope = {}  # drop the reference
            cut(error)
            raise error

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body: Optional[bytes] = None
        with anyio.move_on_after(self._timeout):
            body = await _read(receive)
            if body is None:
                return  # the client has disconnected
        if body is None:
            await _send(send, Delivery(empty_response(408)))
            return
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        request = make_request(
            scope["method"],
            path.partition(b"?")[0],
            scope.get("query_string", b""),
            scope["headers"],
            body,
        )
        delivery = await take_in_threads(self._deliver(request))
        if delivery.wait:
            await pause(delivery.wait)
        if delivery.breakage != "endless":
            await _send(send, delivery)
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_when_gone, receive, tasks.cancel_scope)
            await _send(send, delivery)


async def _stop_when_gone(receive: Receive, sending: anyio.CancelScope) -> None:
    """End an endless answer when the client disconnects, so that the server can end too."""
    while (await receive())["type"] != "http.disconnect":
        pass
    sending.cancel()


async def _live(receive: Receive, send: Send) -> None:
    """Answer the server's lifespan events; the gateway's owner opens and closes it."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _read(receive: Receive) -> Optional[bytes]:
    """Read a body; some of what exceeds every limit is read and thrown away.

    Many clients look for an answer only after they have sent everything.
    """
    body, length = bytearray(), 0
    while length <= _MOST_READ:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        chunk: bytes = event.get("body", b"")
        length += len(chunk)
        body += chunk[: _MOST_KEPT - len(body)]
        if not event.get("more_body", False):
            break
    return bytes(body)


async def _send(send: Send, delivery: Delivery) -> None:
    response, breakage = delivery.response, delivery.breakage
    if breakage == "reset":
        await _break_off(send, "abort")
        return
    await send({"type": "http.response.start", **_start(response, breakage == "endless")})
    if breakage == "truncated":
        await send(_piece(response.body[: len(response.body) // 2], more=True))
        await _break_off(send, "close")
        return
    await send(_piece(response.body, more=breakage == "endless"))
    while breakage == "endless":
        await pause(delivery.pause)
        await send(_piece(b" ", more=True))


async def _break_off(send: Send, how: str) -> None:
    """Break the connection off.

    ASGI has no message for this. Under uvicorn, `send` is a method of the object that holds the
    connection. Elsewhere an exception must do, and what the client sees is up to the server.

    Args:
        send: The server's `send`.
        how: `abort`, which drops what was not sent yet, or `close`.
    """
    connection = getattr(getattr(send, "__self__", None), "transport", None)
    if connection is None:
        raise ConnectionResetError("a fault breaks the connection off")
    getattr(connection, how)()
    await pause(0.01)  # let the server notice


def _start(response: Response, is_endless: bool) -> Event:
    headers = response.wire_headers(is_endless=is_endless)
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    return {"status": response.status, "headers": encoded}


def _piece(body: bytes, *, more: bool) -> Event:
    return {"type": "http.response.body", "body": body, "more_body": more}
