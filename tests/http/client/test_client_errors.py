"""Statuses, bodies and httpx's exceptions become errors."""

from __future__ import annotations

import gzip
import inspect
import pickle
import ssl
from collections.abc import Callable, Iterator
from typing import Any, Optional

import httpx
import pytest

from contractgate_core import errors
from contractgate_core.errors import (
    ConnectionError,  # noqa: A004 - also the builtin one
    ContractGateError,
    HTTPError,
    ResponseDecodeError,
    ServerError,
    TimeoutError,  # noqa: A004 - also the builtin one
)
from contractgate_http import Client
from contractgate_http._decode import status_error

ID = "11111111-1111-4111-8111-111111111111"
KEY = "cg_live_0123456789"
Answering = Callable[..., Client]


def replying(status: int, body: bytes = b"", content_type: Optional[str] = None) -> Any:
    """Answer everything with the same."""
    headers = {} if content_type is None else {"content-type": content_type}
    return lambda request: httpx.Response(status, content=body, headers=headers)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (300, "HTTPError"),
        (302, "HTTPError"),
        (400, "BadRequestError"),
        (401, "AuthError"),
        (402, "HTTPError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (405, "HTTPError"),
        (408, "HTTPError"),
        (409, "ConflictError"),
        (410, "HTTPError"),
        (413, "PayloadTooLargeError"),
        (415, "HTTPError"),
        (418, "HTTPError"),
        (422, "ValidationFailedError"),
        (429, "RateLimitError"),
        (500, "ServerError"),
        (502, "ServerError"),
        (503, "ServerError"),
        (504, "ServerError"),
        (599, "ServerError"),
    ],
)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", None),
        (b"<html><h1>Sorry</h1></html>", "text/html"),
        (b'{"error": "gone wrong", "status": 1}', "application/json"),
        (b"gone wrong", "text/plain; charset=utf-8"),
        (b"[1, 2]", "application/json"),
        (b"\xff\xfe", "application/octet-stream"),
        (b"[" * 100_000, "application/json"),
    ],
)
def test_a_status_becomes_its_error(
    status: int, name: str, body: bytes, content_type: Optional[str], answering: Answering
) -> None:
    """Whatever the body is, and whoever sent it."""
    client = answering(replying(status, body, content_type))
    with pytest.raises(HTTPError) as caught:
        client.stats()
    error = caught.value
    assert type(error).__name__ == name
    assert status_error(status) is type(error)
    assert (error.status, error.method, error.url) == (
        status,
        "GET",
        "https://gw.example.com/stats",
    )
    assert error.headers.get("content-type", "") == (content_type or "")
    assert ("gone wrong" in str(error)) is (b"gone wrong" in body)
    assert "html" not in str(error) or "text/html" in str(error)
    assert (error.body is None) is (body == b"")
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://new.example.com/stats", "https://new.example.com/stats"),
        ("/login?next=secret-of-a-query", "https://gw.example.com/login"),
        ("//u:secret-password@new.example.com", "https://new.example.com/"),
        (f"/keys/{KEY}", "https://gw.example.com/keys/***"),
        ("", "https://gw.example.com/stats"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_says_where_it_leads(
    status: int, location: str, shown: str, answering: Answering
) -> None:
    """Without secrets; it tells where the gateway has moved, and the key is not sent there."""
    headers = {"location": location}
    client = answering(lambda request: httpx.Response(status, headers=headers))
    with pytest.raises(HTTPError) as caught:
        client.stats()
    assert str(caught.value) == (
        f"HTTP {status} without a reason (an empty body) from GET https://gw.example.com/stats; "
        f"its Location is {shown}, which is not followed"
    )
    assert caught.value.headers["location"] == location


@pytest.mark.parametrize("location", ["https://new\x01", "https://new:port"])
def test_a_location_that_is_no_url_is_not_shown(location: str, answering: Answering) -> None:
    """With other statuses httpx itself refuses it."""
    client = answering(lambda request: httpx.Response(300, headers={"location": location}))
    told = "; its Location is an invalid URL, which is not followed$"
    with pytest.raises(HTTPError, match=told):
        client.stats()


def test_a_location_is_told_behind_a_long_text_too(answering: Answering) -> None:
    """And only for a redirect."""
    headers = {"location": f"/{'x' * 900}", "content-type": "text/plain"}
    client = answering(lambda request: httpx.Response(308, text="w " * 900, headers=headers))
    with pytest.raises(HTTPError, match="; its Location is https://gw") as caught:
        client.stats()
    assert len(str(caught.value)) < 1010
    for status, sent in ((404, {"location": "/x"}), (304, {})):
        client = answering(lambda _, s=status, h=sent: httpx.Response(s, headers=h))
        with pytest.raises(HTTPError, match=f"^HTTP {status}.*/stats$"):
            client.stats()


def test_an_answer_that_says_nothing_is_shown_with_its_url(answering: Answering) -> None:
    """It usually comes from a wrong host or path; secrets of the URL are left out."""
    client = Client(
        "https://u:secret-password@gw.example.com/app",
        transport=httpx.MockTransport(replying(404, b"<html>", "text/html")),
    )
    with client, pytest.raises(HTTPError) as caught:
        client.audit(limit=7)
    assert str(caught.value) == (
        "HTTP 404 without a reason (6 bytes of text/html) from GET https://gw.example.com/app/audit"
    )


def test_a_long_sentence_is_cut(answering: Answering) -> None:
    """The whole of it is in the body."""
    sentence = "word " * 10_000
    with pytest.raises(HTTPError) as caught:
        answering(replying(400, sentence.encode(), "text/plain")).stats()
    assert len(str(caught.value)) < 510
    assert caught.value.body == sentence


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"total_events": 1}',
        b'{"total_events": "1", "passed_events": 1, "failed_events": 0}',
        b'{"total_events": 1, "passed_ev',
        b"<html>welcome</html>",
        b"\xff",
        b"[" * 100_000,
        b"null",
    ],
)
def test_an_answer_of_success_that_cannot_be_read_says_so(
    body: bytes, answering: Answering
) -> None:
    """With the whole answer, since the request was probably served."""
    told = "^GET https://gw.example.com/stats: the answer of status 200 cannot be read"
    with pytest.raises(ResponseDecodeError, match=told) as caught:
        answering(replying(200, body, "text/html")).stats()
    assert caught.value.body == body
    assert (caught.value.status, caught.value.method) == (200, "GET")
    assert not isinstance(caught.value, HTTPError)


@pytest.mark.parametrize(
    ("headers", "what"),
    [
        ({"content-encoding": "br"}, "br"),
        ({"content-encoding": "gzip"}, "gzip"),
    ],
)
def test_an_answer_in_another_encoding_is_shown_with_its_url(
    headers: dict[str, str], what: str, answering: Answering
) -> None:
    """So is every answer that cannot be read."""
    stream = httpx.ByteStream(b"what is no such encoding")
    client = answering(lambda request: httpx.Response(200, headers=headers, stream=stream))
    with pytest.raises(
        ResponseDecodeError, match=rf"^GET https://gw\.example\.com/stats: .*{what}"
    ):
        client.stats()


def test_a_document_that_is_no_text_says_so(answering: Answering) -> None:
    """Bytes that are not UTF-8."""
    with pytest.raises(ResponseDecodeError, match="status 200 cannot be read"):
        answering(replying(200, b"\xff", "application/yaml")).export_odcs(ID, "1")


def test_a_deprecation_of_another_shape_is_still_an_error(answering: Answering) -> None:
    """This version cannot read its results."""
    body = b'{"error": "x", "version_pin_source": "pinned_deprecated", "results": [1]}'
    with pytest.raises(HTTPError) as caught:
        answering(replying(422, body, "application/json")).ingest(ID, [{}])
    assert type(caught.value) is errors.ValidationFailedError


def test_a_plan_limit_of_another_shape_is_still_one(answering: Answering) -> None:
    """Missing values are None."""
    body = b'{"error": "plan_limit_exceeded", "limit": "many"}'
    with pytest.raises(errors.PlanLimitError) as caught:
        answering(replying(429, body, "application/json")).stats()
    assert (caught.value.plan, caught.value.limit) == (None, None)


def test_a_compressed_answer_is_read(answering: Answering) -> None:
    """The gateway compresses nothing, but a proxy before it may."""
    body = gzip.compress(b'{"status": "ok"}')
    headers = {"content-encoding": "gzip"}
    client = answering(lambda request: httpx.Response(200, content=body, headers=headers))
    assert client.health().status == "ok"


def test_another_gateway_may_add_keys_drop_them_and_send_nulls(answering: Answering) -> None:
    """As long as the answer makes sense."""
    body = (
        b'{"total_events": 1, "passed_events": 1, "failed_events": 0, "new": {}, "pass_rate": null}'
    )
    assert answering(replying(200, body)).stats().pass_rate == 0.0


def test_no_error_shows_a_key_that_something_quotes(answering: Answering) -> None:
    """Not even if a proxy puts the request's headers into its answer."""
    client = answering(replying(403, f"bad header x-api-key: {KEY}".encode(), "text/plain"))
    with pytest.raises(HTTPError) as caught:
        client.stats()
    shown = f"{caught.value} {caught.value!r} {caught.value.args}"
    assert KEY not in shown
    assert "***" in str(caught.value)


def exceptions() -> Iterator[type[Exception]]:
    """Every exception that httpx has."""
    for _, value in sorted(inspect.getmembers(httpx, inspect.isclass)):
        if issubclass(value, Exception):
            yield value


def made(kind: type[Exception]) -> Exception:
    """Make an exception of httpx."""
    request = httpx.Request("GET", "https://gw.example.com/stats?a=b")
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(404))
    if issubclass(kind, (httpx.StreamConsumed, httpx.StreamClosed)):
        return kind()
    if issubclass(kind, (httpx.ResponseNotRead, httpx.RequestNotRead)):
        return kind()
    if issubclass(kind, httpx.RequestError):
        return kind("it broke", request=request)
    return kind("it broke")


@pytest.mark.parametrize("kind", list(exceptions()))
def test_every_exception_of_httpx_becomes_one_of_ours(
    kind: type[Exception], answering: Answering
) -> None:
    """With the original as its cause."""
    original = made(kind)

    def answer(request: httpx.Request) -> httpx.Response:
        raise original

    with pytest.raises(ContractGateError) as caught:
        answering(answer).stats()
    error = caught.value
    if isinstance(original, httpx.HTTPStatusError):
        assert isinstance(error, errors.NotFoundError)
        return
    assert error.__cause__ is original
    assert isinstance(error, (ConnectionError, ResponseDecodeError))
    assert isinstance(error, TimeoutError) is isinstance(original, httpx.TimeoutException)
    assert (error.method, error.url) == ("GET", "https://gw.example.com/stats")
    assert "?" not in str(error)
    assert KEY not in str(error)


@pytest.mark.parametrize(
    ("kind", "was_sent"),
    [
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (httpx.PoolTimeout, False),
        (httpx.ProxyError, False),
        (httpx.ReadError, True),
        (httpx.WriteError, True),
        (httpx.ReadTimeout, True),
        (httpx.WriteTimeout, True),
        (httpx.RemoteProtocolError, True),
    ],
)
def test_a_lost_connection_tells_whether_the_request_may_have_arrived(
    kind: type[Exception], was_sent: bool, answering: Answering
) -> None:
    """So that one can know whether events may be stored."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise made(kind)

    with pytest.raises(ConnectionError) as caught:
        answering(answer).ingest(ID, [{"secret": "alice"}])
    assert caught.value.was_sent is was_sent
    assert "alice" not in f"{caught.value} {caught.value!r}"


def test_nothing_listens(unused_url: str) -> None:
    """A real refusal, of a real port."""
    with Client(unused_url) as client, pytest.raises(ConnectionError) as caught:
        client.health()
    assert isinstance(caught.value, OSError)
    assert not caught.value.was_sent


def test_an_answer_that_is_too_long_is_not_read_to_its_end(answering: Answering) -> None:
    """The client sets the limit."""

    class Endless(httpx.SyncByteStream):
        closed = False

        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b"x" * 65536

        def close(self) -> None:
            self.closed = True

    stream = Endless()
    client = answering(lambda request: httpx.Response(200, stream=stream), max_response_bytes=10**6)
    with pytest.raises(ResponseDecodeError, match="at most 1000000 bytes, got more") as caught:
        client.stats()
    assert stream.closed
    assert caught.value.url == "https://gw.example.com/stats"


def test_ready_is_a_value_also_where_the_gateway_is_not(answering: Answering) -> None:
    """But a proxy's 503 is an error."""
    client = answering(replying(503, b'{"status": "degraded", "db": "error"}', "application/json"))
    assert client.ready().status == "degraded"
    for body in (b"", b"<html>", b'{"error": "x", "status": 503}'):
        with pytest.raises(ServerError):
            answering(replying(503, body)).ready()


def test_a_tls_failure_is_a_lost_connection(answering: Answering) -> None:
    """In httpx's words."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("certificate verify failed") from ssl.SSLError("x")

    with pytest.raises(ConnectionError, match="certificate verify failed"):
        answering(answer).health()
