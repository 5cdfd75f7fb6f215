"""The gateway as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, MutableMapping
from typing import TYPE_CHECKING, Any, Callable, Optional
from urllib.parse import quote

import anyio
import anyio.to_thread

from contractgate_http.local.delivery import Delivery
from contractgate_http.local.message import Response, empty_response, make_request
from contractgate_http.local.rules.limits import LONG_BODY

if TYPE_CHECKING:
    from contractgate_http.local.message import Request

__all__ = ["AsgiApplication", "Receive", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_TIMEOUT = 30.0
"""How long a request may take, the arrival of its body included, in **seconds**."""

_MOST_KEPT = LONG_BODY.effective + 1
_MOST_READ = 2 * LONG_BODY.declared


class AsgiApplication:
    """Serves a gateway to any ASGI server.

    Args:
        deliver: Answers a request.
    """

    def __init__(self, deliver: Callable[[Request], Delivery]) -> None:
        self._deliver = deliver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the server."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body: Optional[bytes] = None
        with anyio.move_on_after(_TIMEOUT):
            body = await _read(receive)
            if body is None:
                return  # whoever sent it has gone away
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
        delivery = await anyio.to_thread.run_sync(self._deliver, request)
        if delivery.wait:
            await anyio.sleep(delivery.wait)
        await _send(send, delivery)


async def _live(receive: Receive, send: Send) -> None:
    """Go through the life of a server; the gateway's own is its owner's affair."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _read(receive: Receive) -> Optional[bytes]:
    """Read a body; what is longer than any limit is read a while and thrown away.

    Many clients look for an answer only once they have sent everything.
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
        # The one way that ASGI has to break a connection off.
        raise ConnectionResetError("a fault resets the connection")
    await send({"type": "http.response.start", **_start(response, breakage == "endless")})
    if breakage == "truncated":
        await send(_piece(response.body[: len(response.body) // 2], more=True))
        raise ConnectionResetError("a fault cuts the body off")
    await send(_piece(response.body, more=breakage == "endless"))
    while breakage == "endless":
        await anyio.sleep(delivery.pause)
        await send(_piece(b" ", more=True))


def _start(response: Response, is_endless: bool) -> Event:
    headers = [(name.encode(), value.encode()) for name, value in response.headers]
    if not is_endless and response.status != 204:
        headers.append((b"content-length", str(len(response.body)).encode()))
    return {"status": response.status, "headers": headers}


def _piece(body: bytes, *, more: bool) -> Event:
    return {"type": "http.response.body", "body": body, "more_body": more}
