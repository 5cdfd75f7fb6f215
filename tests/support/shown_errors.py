"""Each documented error of the clients, to look at how it is shown.

`CASES` raises each documented error through either client. No frame of a test itself holds a mark:
keys and events are made where they are passed on.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, NamedTuple

import anyio
import httpx

from contractgate_http import AsyncClient, Client, RetryPolicy
from shown_frames import faults_shown

__all__ = ["CASES", "KINDS", "Case", "event", "faults", "key", "marks", "run"]

KINDS = ["sync", "async"]
URL = "https://gw.example.com"
ID = "11111111-1111-4111-8111-111111111111"


def key() -> str:
    """Make the key, which stands in no source line."""
    return "_".join(["cg", "live", "7b3f00c4" * 4])


def event(**more: Any) -> dict[str, Any]:
    """Make an event with a marked value."""
    return {"email": "@".join(["marked-person", "mail.example"]), **more}


def marks() -> list[str]:
    """Give what must not be shown."""
    return [key(), event()["email"]]


def faults(error: BaseException) -> list[str]:
    """Say what an error shows that it must not."""
    return faults_shown(error, marks())


class Case(NamedTuple):
    """One way to get an error.

    Attributes:
        expected: The name of its class.
        use: Calls a client, whose answers are `answer`'s.
        answer: Answers a request, with or without an error.
        options: Further arguments of the client.
    """

    expected: str
    use: Callable[[Any], Any]
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, json={})
    options: Callable[[], dict[str, Any]] = dict


def run(kind: str, case: Case) -> None:
    """Do what a case does, with a client of a kind."""
    with contextlib.ExitStack() as stack:
        url, transport = URL, httpx.MockTransport(case.answer)
        if isinstance(case.answer, _Quoting):
            url, transport = stack.enter_context(case.answer.serving()), None  # type: ignore[assignment]
        if kind == "sync":
            with Client(url, key(), transport=transport, **case.options()) as client:
                came = case.use(client)
                for _ in came if isinstance(came, Iterator) else ():
                    pass
        else:
            anyio.run(_run_async, url, transport, case)


async def _run_async(url: str, transport: Any, case: Case) -> None:
    async with AsyncClient(url, key(), transport=transport, **case.options()) as client:
        came = case.use(client)
        if hasattr(came, "__aiter__"):
            async for _ in came:
                pass
        elif hasattr(came, "__await__"):
            await came


def _told(request: httpx.Request) -> str:
    """Quote the key of a request, as a server may."""
    return f"bad request with x-api-key: {request.headers['x-api-key']}"


def status(number: int, **members: Any) -> Callable[[httpx.Request], httpx.Response]:
    """Answer with a status, a sentence that quotes the key, and the request's own body."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent = request.content.decode()
        body = {"error": _told(request), "sent": sent, "status": number, **members}
        return httpx.Response(number, json=body)

    return answer


def failing(kind: Callable[..., Exception]) -> Callable[[httpx.Request], httpx.Response]:
    """Raise an error of httpx that quotes the headers and the body."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise kind(f"{_told(request)} {request.content!r}", request=request)

    return answer


def breaking(error: type[BaseException]) -> Callable[[httpx.Request], httpx.Response]:
    """Raise what nobody expects."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


class _Quoting:
    """Answers on a real socket, with something in it that is the request itself."""

    def __init__(self, before: bytes, after: bytes = b"\r\n\r\n") -> None:
        self._before, self._after = before, after

    def __call__(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve one connection, and end by itself."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(20)
            thread = threading.Thread(target=self._serve, args=(listening,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                thread.join(30)

    def _serve(self, listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(20)
            received = b""
            while b"]" not in received and b'"}' not in received:
                received += connection.recv(65536)
            quoted = received.replace(b"\r\n", b" ").replace(b'"', b"")
            connection.sendall(self._before + quoted + self._after)


def ingest(client: Any) -> Any:
    """Send marked events."""
    return client.ingest(ID, [event()])


def stream(client: Any) -> Any:
    """Send marked events in a stream."""
    return client.ingest_many(ID, [event() for _ in range(3)], batch_size=1)


def _closed(client: Any) -> Any:
    if isinstance(client, Client):
        client.close()
        return client.ingest(ID, [event()])

    async def use() -> None:
        await client.aclose()
        await client.ingest(ID, [event()])

    return use()


def _broken_iterable() -> Iterator[Any]:
    yield event()
    raise KeyError


async def _broken_async_iterable() -> AsyncIterator[Any]:
    yield event()
    raise KeyError


def slow_stream(client: Any) -> Any:
    """Send marked events of a source that is read beside the stream."""
    return client.ingest_many(ID, [event() for _ in range(3)], batch_size=1, max_wait=5)


def _slow_broken_stream(client: Any) -> Any:
    is_sync = isinstance(client, Client)
    source: Any = _broken_iterable() if is_sync else _broken_async_iterable()
    return client.ingest_many(ID, source, max_wait=5)


def _encoded(name: str) -> Callable[[httpx.Request], httpx.Response]:
    """Answer with what was sent, in an encoding that it is not in."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-encoding": name or f"{'x' * 85},{request.headers['x-api-key']}"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(request.content))

    return answer


_DEPRECATED = {"version_pin_source": "pinned_deprecated", "results": []}
_JUST_SHORT = "x" * 480

CASES: dict[str, Case] = {
    "400": Case("BadRequestError", ingest, status(400)),
    "401": Case("AuthError", ingest, status(401)),
    "403": Case("PermissionDeniedError", ingest, status(403)),
    "404": Case("NotFoundError", ingest, status(404)),
    "409": Case("ConflictError", ingest, status(409)),
    "413": Case("PayloadTooLargeError", ingest, status(413)),
    "418": Case("HTTPError", ingest, status(418)),
    "422": Case("ValidationFailedError", ingest, status(422)),
    "429": Case("RateLimitError", ingest, status(429)),
    "500": Case("ServerError", ingest, status(500)),
    "deprecated": Case("DeprecatedVersionError", ingest, status(422, **_DEPRECATED)),
    "conflict": Case(
        "IdempotencyConflictError",
        ingest,
        lambda request: httpx.Response(
            422, json={"error": "idempotency_conflict", "detail": _told(request)}
        ),
    ),
    "plan": Case(
        "PlanLimitError",
        ingest,
        lambda request: httpx.Response(
            429, json={"error": "plan_limit_exceeded", "detail": _told(request)}
        ),
    ),
    "text": Case(
        "BadRequestError",
        ingest,
        lambda request: httpx.Response(400, text=f"{_JUST_SHORT} {_told(request)}"),
    ),
    "type": Case(
        "BadRequestError",
        ingest,
        lambda request: httpx.Response(
            400, content=b"x", headers={"content-type": request.headers["x-api-key"]}
        ),
    ),
    "no JSON": Case(
        "ResponseDecodeError", ingest, lambda request: httpx.Response(200, content=request.content)
    ),
    "other JSON": Case(
        "ResponseDecodeError",
        ingest,
        lambda request: httpx.Response(200, json={"total": request.content.decode()}),
    ),
    "too long": Case(
        "ResponseDecodeError",
        ingest,
        lambda request: httpx.Response(200, content=request.content),
        lambda: {"max_response_bytes": 5},
    ),
    "refused": Case("ConnectionError", ingest, failing(httpx.ConnectError)),
    "lost": Case("ConnectionError", ingest, failing(httpx.ReadError)),
    "unwritable": Case("ConnectionError", ingest, failing(httpx.LocalProtocolError)),
    "undecodable": Case("ResponseDecodeError", ingest, failing(httpx.DecodingError)),
    "timeout": Case("TimeoutError", ingest, failing(httpx.ReadTimeout)),
    "too late": Case("TimeoutError", lambda client: client.ingest(ID, [event()], timeout=1e-9)),
    "all too late": Case(
        "TimeoutError", ingest, options=lambda: {"retries": RetryPolicy(deadline=0)}
    ),
    "encoding": Case("ResponseDecodeError", ingest, _encoded("")),
    "no gzip": Case("ResponseDecodeError", ingest, _encoded("gzip")),
    "no HTTP": Case("ConnectionError", ingest, _Quoting(b"")),
    "no header": Case("ConnectionError", ingest, _Quoting(b"HTTP/1.1 200 OK\r\n")),
    "no chunk": Case(
        "ConnectionError",
        ingest,
        _Quoting(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    ),
    "tried again": Case(
        "ServerError",
        lambda client: client.ingest(ID, [event()], dry_run=True),
        status(503),
        lambda: {"retries": RetryPolicy(attempts=3, first_pause=0)},
    ),
    "unsendable": Case(
        "EventEncodeError", lambda client: client.ingest(ID, [event(n=float("nan"))])
    ),
    "too many": Case(
        "BatchTooLargeError", lambda client: client.ingest(ID, [event() for _ in range(1001)])
    ),
    "too large": Case("BatchTooLargeError", ingest, options=lambda: {"max_body_bytes": 10}),
    "closed": Case("ClientStateError", _closed),
    "stream refused": Case("IngestInterruptedError", stream, status(500)),
    "stream lost": Case("IngestInterruptedError", stream, failing(httpx.ReadError)),
    "stream unsendable": Case(
        "IngestInterruptedError",
        lambda client: client.ingest_many(ID, [event(), event(n=float("inf"))]),
    ),
    "stream broken": Case(
        "IngestInterruptedError", lambda client: client.ingest_many(ID, _broken_iterable())
    ),
    "stream argument": Case(
        "ValueError", lambda client: client.ingest_many(ID, [event()], batch_size=0)
    ),
    "stream of one": Case("TypeError", lambda client: client.ingest_many(ID, event())),
    "stream key": Case(
        "ValueError",
        lambda client: client.ingest_many(ID, [event()], max_wait=1, idempotency_key="k"),
    ),
    "stream too late": Case(
        "IngestInterruptedError",
        lambda client: client.ingest_many(ID, [event()], timeout=1e-9),
        options=lambda: {"retries": RetryPolicy(attempts=2, first_pause=0)},
    ),
    "slow stream refused": Case("IngestInterruptedError", slow_stream, status(500)),
    "slow stream lost": Case("IngestInterruptedError", slow_stream, failing(httpx.ReadError)),
    "slow stream memory": Case("IngestInterruptedError", slow_stream, breaking(MemoryError)),
    "slow stream broken": Case("IngestInterruptedError", _slow_broken_stream),
    "slow stream unsendable": Case(
        "IngestInterruptedError",
        lambda client: client.ingest_many(ID, [event(n=float("inf"))], max_wait=5),
    ),
    "pages": Case("ServerError", lambda client: client.iter_quarantine(), status(500)),
    "idempotency key": Case(
        "ValueError", lambda client: client.ingest(ID, [event()], idempotency_key="\n")
    ),
    "option": Case("TypeError", lambda client: client.with_options(api_key=key(), timeout="1")),
    "argument": Case("TypeError", lambda client: client.ingest(ID, [event()], nothing=1)),
    "interrupted": Case("KeyboardInterrupt", ingest, breaking(KeyboardInterrupt)),
    "memory": Case("MemoryError", ingest, breaking(MemoryError)),
    "stream memory": Case("IngestInterruptedError", stream, breaking(MemoryError)),
    "unexpected": Case("ZeroDivisionError", ingest, breaking(ZeroDivisionError)),
}
