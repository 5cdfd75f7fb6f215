"""Nothing on the wire outlives the deadline of a try, or that of all tries."""

from __future__ import annotations

import functools
import gc
import inspect
import itertools
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Optional

import anyio
import httpx
import pytest
import trustme

from contractgate_core.errors import (
    ConnectionError,  # noqa: A004 - also the builtin one
    TimeoutError,  # noqa: A004 - also the builtin one
)
from contractgate_http import AsyncClient, Client, LocalGateway, RetryPolicy
from drips import PAUSE, SECONDS, Drips, drips, whole
from either_client import health
from small_proxies import http_proxy

ID = "11111111-1111-4111-8111-111111111111"
PATIENCE = 0.3
SOON = SECONDS - 1.5
"""Without the guard a call takes as long as the server lives."""

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
GZIP = b"content-encoding: gzip\r\n"
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
NOTHING = b"\x00\x00\x00\xff\xff"  # a block of deflate that stands for no bytes


def chunk(data: bytes) -> bytes:
    """Write a chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


# The beginning of an answer, and what is then repeated.
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "silence": (b"", b""),
    "the status line": (b"HTTP/1.1 200 ", b"O"),
    "informational answers": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "header lines": (b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
    "one header line": (b"HTTP/1.1 200 OK\r\nx-a: ", b"b"),
    "a body with a length": (b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", b" "),
    "a body without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "chunks": (CHUNKED + b"\r\n", chunk(b" ")),
    "the extension of a chunk": (CHUNKED + b"\r\n5;", b"a"),
    "within a chunk": (CHUNKED + b"\r\n5000\r\n", b" "),
    "trailers": (CHUNKED + b"\r\n0\r\n", b"x-a: b\r\n"),
    "compressed nothing": (CHUNKED + GZIP + b"\r\n" + chunk(GZIP_HEAD), chunk(NOTHING)),
    "an error": (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b"x"),
}


def script(beginning: bytes, more: bytes) -> Callable[[bytes], Iterator[bytes]]:
    """Answer byte by byte, but `/health` normally."""

    def answer(request: bytes) -> Iterator[bytes]:
        if request.startswith(b"GET /health"):
            yield whole()
        else:
            yield beginning
            yield from itertools.repeat(more)

    return answer


@pytest.fixture
def slow(request: pytest.FixtureRequest) -> Iterator[Drips]:
    """A server that is slow in one of the ways."""
    with drips(script(*ENDLESS[request.param])) as server:
        yield server


def timed_out(call: Callable[[], object]) -> TimeoutError:
    """Return the error of a call that must end soon."""
    started = time.monotonic()
    with pytest.raises(TimeoutError) as caught:
        call()
    assert time.monotonic() - started < SOON
    return caught.value


async def done(came: Any) -> Any:
    """Wait for the result of a client of either kind."""
    return await came if inspect.isawaitable(came) else came


@pytest.mark.parametrize("slow", ENDLESS, indirect=True)
def test_an_answer_without_end_is_cut(slow: Drips) -> None:
    """Wherever it is slow; and the only connection allowed is free again."""
    limits = httpx.Limits(max_connections=1)
    with Client(slow.url, "", timeout=PATIENCE, limits=limits) as client:
        error = timed_out(lambda: client.list_contracts())
        assert "a try may take 0.3 s" in str(error)
        assert error.was_sent
        assert client.health(timeout=5).status == "ok"


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # httpcore's
@pytest.mark.parametrize("slow", ENDLESS, indirect=True)
async def test_the_async_client_cuts_it_too(slow: Drips) -> None:
    """By cancelling the whole call."""
    limits = httpx.Limits(max_connections=1)
    async with AsyncClient(slow.url, "", timeout=PATIENCE, limits=limits) as client:
        started = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            await client.list_contracts()
        assert time.monotonic() - started < SOON
        assert caught.value.was_sent
        assert (await client.health(timeout=5)).status == "ok"


@pytest.mark.parametrize("slow", ["header lines", "trailers", "compressed nothing"], indirect=True)
def test_all_tries_end_at_their_deadline(slow: Drips) -> None:
    """The last one is cut short; without the policy's deadline, each would take its full time."""
    policy = RetryPolicy(attempts=9, deadline=0.7, first_pause=0)
    with Client(slow.url, "", timeout=PATIENCE, retries=policy) as client:
        error = timed_out(lambda: client.list_contracts())
    assert "the deadline for all tries has passed" in str(error)
    assert len(error.history) == 2
    assert all("a try may take 0.3 s" in attempt.reason for attempt in error.history)


@pytest.mark.anyio
@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_what_is_late_from_the_beginning_is_not_sent(kind: Any, is_open: bool) -> None:
    """Whether there is a connection or not; and the error says that nothing was sent."""
    with drips(lambda _: [whole()]) as server:
        client = kind(server.url, "")
        if is_open:
            await done(client.health())
        hurried = client.with_options(retries=RetryPolicy(deadline=0))
        asks: list[Callable[[], Any]] = [
            lambda: hurried.ingest(ID, {"n": 1}),
            lambda: client.ingest(ID, {"n": 1}, timeout=1e-9),
        ]
        for ask in asks:
            with pytest.raises(TimeoutError, match="no time was left to send it") as caught:
                await done(ask())
            assert not caught.value.was_sent
        await done(client.close() if kind is Client else client.aclose())
    assert len(server.requests) == is_open


@pytest.mark.parametrize("slow", ["header lines"], indirect=True)
def test_a_write_that_is_not_repeated_ends_at_the_deadline_too(slow: Drips) -> None:
    """Or at the sum of the parts of an `httpx.Timeout`, if that is sooner."""
    policy = RetryPolicy(deadline=PATIENCE)
    with Client(slow.url, "", timeout=30, retries=policy) as client:
        error = timed_out(lambda: client.ingest(ID, {"n": 1}))
        assert "the deadline for all tries has passed" in str(error)
    phases = httpx.Timeout(PATIENCE / 4)
    with Client(slow.url, "", timeout=phases) as client:
        assert "a try may take 0.3 s" in str(timed_out(lambda: client.ingest(ID, {"n": 1})))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The authority whose certificates are trusted here."""
    return trustme.CA()


@pytest.fixture(scope="module")
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def client_side(authority: trustme.CA) -> ssl.SSLContext:
    """The client's side of TLS."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("way", ["header lines", "trailers", "compressed nothing"])
def test_it_is_cut_by_tls_too(
    way: str, server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    """Even if each TLS record is a single byte."""
    with (
        drips(script(*ENDLESS[way]), server_side) as server,
        Client(server.url, "", timeout=PATIENCE, verify=client_side) as client,
    ):
        timed_out(client.list_contracts)
        assert client.health(timeout=5).status == "ok"


@pytest.mark.parametrize("is_inner", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("is_outer", [False, True], ids=["http proxy", "https proxy"])
def test_it_is_cut_through_a_proxy_too(
    is_outer: bool, is_inner: bool, server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    """Even by TLS inside TLS."""
    with (
        http_proxy(server_side if is_outer else None) as proxy,
        drips(script(*ENDLESS["header lines"]), server_side if is_inner else None) as server,
    ):
        url = f"{'https' if is_outer else 'http'}://127.0.0.1:{proxy.port}"
        trust: dict[str, Any] = {"ssl_context": client_side} if is_outer else {}
        way = httpx.Proxy(url, **trust)
        with Client(server.url, "", timeout=PATIENCE * 2, verify=client_side, proxy=way) as client:
            timed_out(client.list_contracts)
            assert client.health(timeout=5).status == "ok"
        assert len(proxy.seen) == 2


def handshake(_: bytes) -> Iterator[bytes]:
    """Begin a TLS record that holds a long message, and yield it byte by byte."""
    yield b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"
    yield from itertools.repeat(b"\x03")


@pytest.mark.anyio
@pytest.mark.parametrize("phases", [None, 10.0])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_a_handshake_that_drips_is_cut(kind: Any, phases: Optional[float]) -> None:
    """Nothing of the request was sent, whichever deadline comes first."""
    policy = RetryPolicy(attempts=1, deadline=PATIENCE)
    with drips(handshake) as server:
        url = server.url.replace("http", "https")
        started = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            await health(kind, url, timeout=phases or PATIENCE, retries=policy)
        assert time.monotonic() - started < SOON
        assert not caught.value.was_sent


@pytest.mark.anyio
async def test_nothing_is_left_open_of_a_handshake_that_is_cancelled() -> None:
    """The garbage collector finds nothing to close, and the server sees the end at once."""
    with drips(handshake) as server, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        async with AsyncClient(server.url.replace("http", "https"), "", timeout=10.0) as client:
            with anyio.move_on_after(PATIENCE) as scope:
                await client.health()
            assert scope.cancelled_caught
            assert server.has_ended(SOON)
        gc.collect()
    assert [str(one.message) for one in warned] == []
    assert server.connections == 1


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that neither accepts nor refuses connections, since its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
        for one in waiting:
            one.close()


def test_several_addresses_share_the_time_to_connect(
    deaf: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may have many addresses, and none may answer."""
    look_up = socket.getaddrinfo
    found = look_up("127.0.0.1", deaf, type=socket.SOCK_STREAM) * 20

    def answer(host: str, *rest: Any, **options: Any) -> Any:
        return found if host == "gw.example.com" else look_up(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with Client(f"http://gw.example.com:{deaf}", "", timeout=PATIENCE) as client:
        error = timed_out(client.list_contracts)
    assert not error.was_sent
    assert "connecting took too long: a try may take 0.3 s" in str(error)


def sip(listening: socket.socket) -> None:
    """Read a request slowly, and never fast enough."""
    end = time.monotonic() + SECONDS
    with listening.accept()[0] as accepted:
        while time.monotonic() < end and accepted.recv(500_000):
            time.sleep(PAUSE)


def test_a_request_that_is_taken_slowly_is_cut() -> None:
    """httpx would start its timeout again with each byte that the server takes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=sip, args=(listening,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Client(url, "", timeout=PATIENCE, max_body_bytes=2**26) as client:
            call = functools.partial(client.ingest, ID, [{"a": "x" * 900_000}] * 60)
            error = timed_out(call)
        thread.join(SECONDS)
    assert error.was_sent
    assert "sending the request took too long: a try may take 0.3 s" in str(error)


@pytest.mark.parametrize("slow", ["a body with a length", "chunks"], indirect=True)
def test_of_an_httpx_client_of_ones_own_the_body_is_cut(slow: Drips) -> None:
    """By its own timeouts, whose sum limits the try, or by those of a call."""
    # Each of its four timeouts is much longer than a drip takes on a machine that does much else.
    with httpx.Client(timeout=PATIENCE) as http, Client(slow.url, "", http_client=http) as one:
        assert "a try may take 1.2 s" in str(timed_out(one.list_contracts))
        assert "a try may take 0.2 s" in str(timed_out(lambda: one.list_contracts(timeout=0.2)))


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # httpcore's
@pytest.mark.parametrize("slow", ["informational answers", "trailers"], indirect=True)
async def test_of_an_async_one_all_is_cut(slow: Drips) -> None:
    """Since it can be cancelled."""
    async with httpx.AsyncClient() as http:
        client = AsyncClient(slow.url, "", http_client=http, timeout=PATIENCE)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            await client.list_contracts()
        assert time.monotonic() - started < SOON


def test_a_refused_connection_is_no_matter_of_time(gateway: LocalGateway) -> None:
    """The error comes at once."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with (
            Client(f"http://127.0.0.1:{held.getsockname()[1]}", "", timeout=PATIENCE) as client,
            pytest.raises(ConnectionError) as caught,
        ):
            client.health()
    assert not isinstance(caught.value, TimeoutError)
    assert "may take" not in str(caught.value)
