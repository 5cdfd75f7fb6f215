"""A client checks its arguments at once, and its errors say what was expected."""

from __future__ import annotations

import math
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contractgate_core.errors import ConnectionError  # noqa: A004 - also the builtin one
from contractgate_core.models import DeployResponse
from contractgate_http import AsyncClient, Client, LocalGateway, RetryPolicy
from either_client import health

Answering = Callable[..., Client]
KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])
URL = "https://gw.example.com"
WRONG_TIMEOUT = httpx.Timeout("5")  # type: ignore[arg-type]  # this is the point


class OtherClient:
    """Stands for a client of another library."""

    is_closed = False
    timeout = 5

    def send(self, *_: Any, **__: Any) -> None:
        """Send nothing."""

    build_request = send


class OtherTransport:
    """Stands for a transport of another library."""

    def handle_request(self, _: Any) -> None:
        """Send nothing."""

    handle_async_request = handle_request


for _kind in (OtherClient, OtherTransport):
    _kind.__module__ = "other._client"


class SyncTransport(httpx.BaseTransport):
    """Only blocks."""


class AwaitedTransport(httpx.AsyncBaseTransport):
    """Can only be awaited."""


def refused(error: type[Exception], words: str, kind: Any, **options: Any) -> None:
    """Check that an argument is refused before anything is opened."""
    with pytest.raises(error) as caught:
        kind(URL, "", **options)
    assert words in str(caught.value)


def test_an_http_client_must_be_of_httpx_and_of_the_same_kind() -> None:
    """The other kind is named."""
    expected = "expected http_client to be an httpx.Client, got "
    refused(TypeError, f"{expected}other.OtherClient", Client, http_client=OtherClient())
    refused(TypeError, f"{expected}int", Client, http_client=3)
    refused(TypeError, f"{expected}type", Client, http_client=httpx.Client)
    other = httpx.AsyncClient()
    words = f"{expected}httpx.AsyncClient (which AsyncClient takes)"
    refused(TypeError, words, Client, http_client=other)
    expected = "expected http_client to be an httpx.AsyncClient, got "
    refused(TypeError, f"{expected}other.OtherClient", AsyncClient, http_client=OtherClient())
    with httpx.Client() as http:
        words = f"{expected}httpx.Client (which Client takes)"
        refused(TypeError, words, AsyncClient, http_client=http)


def test_a_transport_must_be_of_httpx_and_of_the_same_kind() -> None:
    """One that is both is accepted."""
    expected = "expected transport to be an httpx.BaseTransport, got "
    refused(TypeError, f"{expected}other.OtherTransport", Client, transport=OtherTransport())
    refused(TypeError, expected, Client, transport=AwaitedTransport())
    expected = "expected transport to be an httpx.AsyncBaseTransport, got "
    refused(TypeError, f"{expected}other.OtherTransport", AsyncClient, transport=OtherTransport())
    refused(TypeError, expected, AsyncClient, transport=SyncTransport())
    with LocalGateway() as gateway:
        for kind in (Client, AsyncClient):
            for good in (httpx.MockTransport(lambda _: httpx.Response(200)), gateway.transport):
                kind(URL, "", transport=good)


@KINDS
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limits": 5}, "expected limits to be an httpx.Limits, got int"),
        ({"limits": {"max_connections": 1}}, "expected limits to be an httpx.Limits, got dict"),
        ({"proxy": 8080}, "expected proxy to be a URL, got int"),
        ({"proxy": {"all://": "http://p"}}, "expected proxy to be a URL, got dict"),
        ({"verify": 1}, "expected verify to be a bool, a path or an SSLContext, got int"),
        ({"verify": b"/ca"}, "expected verify to be a bool, a path or an SSLContext, got bytes"),
        ({"timeout": "5"}, "expected timeout to be seconds or an httpx.Timeout, got str"),
        ({"timeout": True}, "expected timeout to be seconds or an httpx.Timeout, got bool"),
        ({"timeout": (5, 5)}, "expected timeout to be seconds or an httpx.Timeout, got tuple"),
        ({"timeout": WRONG_TIMEOUT}, "expected timeout.connect to be seconds or None, got str"),
        ({"headers": ["x-a"]}, "expected headers to be a mapping of str to str, got list"),
        ({"headers": "x-a: b"}, "expected headers to be a mapping of str to str, got str"),
        ({"headers": {b"x-a": "b"}}, "expected the name of a header to be a str, got bytes"),
        ({"headers": {"x-a": None}}, "expected the header 'x-a' to be a str, got NoneType"),
        ({"org_id": 0}, "expected org_id to be a str, got int"),
        ({"retries": 3}, "expected retries to be a RetryPolicy or None, got int"),
        ({"max_body_bytes": 1e6}, "expected max_body_bytes to be an int, got float"),
        ({"max_body_bytes": None}, "expected max_body_bytes to be an int, got NoneType"),
        ({"max_response_bytes": "1"}, "expected max_response_bytes to be an int, got str"),
        ({"max_response_bytes": True}, "expected max_response_bytes to be an int, got bool"),
    ],
)
def test_a_wrong_type_says_what_was_expected(
    kind: Any, options: dict[str, Any], words: str
) -> None:
    """And what came; the same for a copy, for the arguments that it takes."""
    refused(TypeError, words, kind, **options)
    name = next(iter(options))
    copied = ["timeout", "headers", "retries", "org_id", "max_body_bytes", "max_response_bytes"]
    if name in copied and options[name] is not None:
        with pytest.raises(TypeError) as caught:
            kind(URL, "").with_options(**options)
        assert words in str(caught.value)


@KINDS
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": math.inf}, "expected timeout to be more than 0 seconds, got inf"),
        ({"timeout": math.nan}, "expected timeout to be more than 0 seconds, got nan"),
        ({"timeout": 0}, "expected timeout to be more than 0 seconds, got 0"),
        ({"timeout": httpx.Timeout(-1)}, "expected timeout.connect to be seconds from 0, got -1"),
        ({"timeout": httpx.Timeout(5, read=math.nan)}, "expected timeout.read to be seconds from"),
        ({"timeout": httpx.Timeout(5, pool=math.inf)}, "expected timeout.pool to be seconds from"),
        ({"max_body_bytes": 0}, "expected max_body_bytes to be at least 1, got 0"),
        ({"max_response_bytes": -1}, "expected max_response_bytes to be at least 1, got -1"),
        ({"headers": {"x a": "b"}}, "expected the name of a header, got 'x a'"),
        ({"headers": {"x-a\r\nx-b": "b"}}, "expected the name of a header, got"),
        ({"headers": {"": "b"}}, "expected the name of a header, got ''"),
        ({"proxy": "http://"}, "proxy=http://: expected the URL of a proxy"),
        ({"proxy": "ftp://p"}, "proxy=ftp://p: expected the URL of a proxy"),
        ({"proxy": "p:3128"}, "proxy=p:3128: expected the URL of a proxy"),
    ],
)
def test_a_wrong_value_says_what_was_expected(
    kind: Any, options: dict[str, Any], words: str
) -> None:
    """It does not wait to fail at the first request, or not at all."""
    refused(ValueError, words, kind, **options)


@KINDS
@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_a_port_that_cannot_be_is_refused(kind: Any, port: int) -> None:
    """A socket would refuse it with an `OverflowError`."""
    with pytest.raises(ValueError, match=f"its port is {port}"):
        kind(f"https://gw.example.com:{port}")


@KINDS
def test_certificates_that_are_not_there_are_an_error_of_files(kind: Any, tmp_path: Path) -> None:
    """Which names the argument."""
    refused(FileNotFoundError, "verify=/nope: it cannot be used: there is", kind, verify="/nope")
    (tmp_path / "ca.pem").write_text("no certificate", "ascii")
    words = f"verify={tmp_path}/ca.pem: it cannot be used: there is no certificate in it"
    refused(OSError, words, kind, verify=str(tmp_path / "ca.pem"))
    for good in (str(tmp_path), tmp_path, ssl.create_default_context(), True, False):
        kind(URL, "", verify=good)


@pytest.mark.anyio
@KINDS
@pytest.mark.parametrize(
    "host", ["gw..example.com", f"{'a' * 70}.example.com", "xn--a", "gw.invalid", "1.2.3.4.5"]
)
async def test_a_host_that_cannot_be_is_a_lost_connection(kind: Any, host: str) -> None:
    """Or is refused at once."""
    with pytest.raises((ConnectionError, ValueError)) as caught:
        await health(kind, f"http://{host}", timeout=5)
    if isinstance(caught.value, ConnectionError):
        assert not caught.value.was_sent


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"attempts": "3"}, "expected attempts to be an int, got str"),
        ({"attempts": 2.0}, "expected attempts to be an int, got float"),
        ({"deadline": None}, "expected deadline to be seconds, got NoneType"),
        ({"first_pause": "1"}, "expected first_pause to be seconds, got str"),
        ({"write_pause": True}, "expected write_pause to be seconds, got bool"),
        ({"on_retry": 1}, "expected on_retry to be callable, got int"),
        ({"clock": 5.0}, "expected clock to be callable, got float"),
    ],
)
def test_a_policy_of_wrong_types_says_what_was_expected(
    options: dict[str, Any], words: str
) -> None:
    """And what came."""
    with pytest.raises(TypeError) as caught:
        RetryPolicy(**options)
    assert str(caught.value) == words


@pytest.mark.parametrize("now", [math.nan, math.inf, None, "1"])
def test_a_clock_that_gives_no_time_is_refused(now: Any, answering: Answering) -> None:
    """With it, no deadline would ever pass."""
    client = answering(
        lambda _: httpx.Response(503), retries=RetryPolicy(clock=lambda: now, first_pause=0)
    )
    with pytest.raises(ValueError, match="expected the clock to return finite seconds, got"):
        client.stats()


SECRET = "bob@example.com"
ID = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def unasked() -> Iterator[Client]:
    """A client whose gateway is never asked."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"asked for {request.method}")

    with Client(URL, "", transport=httpx.MockTransport(refuse)) as client:
        yield client


@pytest.mark.parametrize(
    ("contract", "got"),
    [
        ({"email": SECRET}, "dict"),
        (None, "NoneType"),
        (b"x", "bytes"),
        (7, "int"),
        (DeployResponse(contract_id=ID, version="1", version_id=ID, name="n"), "; give its"),
    ],
    ids=["an event", "nothing", "bytes", "a number", "what deploy gives"],
)
def test_what_is_no_id_is_not_sent(unasked: Client, contract: Any, got: str) -> None:
    """As when arguments are swapped: an event in a URL would be in logs everywhere."""
    calls: list[Callable[[], object]] = [
        lambda: unasked.ingest(contract, {"n": 1}),
        lambda: unasked.egress(contract, {"n": 1}),
        lambda: list(unasked.ingest_many(contract, [{"n": 1}])),
        lambda: unasked.ingest_all(contract, [{"n": 1}]),
        lambda: unasked.ingest_envelope(contract, {"data": [{"n": 1}]}),
    ]
    for call in calls:
        with pytest.raises(
            TypeError, match=f"expected contract_id to be .*, got .*{got}"
        ) as caught:
            call()
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("event", [f'{{"email": "{SECRET}"}}', b"{}", bytearray(b"[]")])
def test_json_text_is_no_event(unasked: Client, event: Any) -> None:
    """It used to be sent as a JSON string, which no contract accepts."""
    calls: list[Callable[[], object]] = [
        lambda: unasked.ingest(ID, event),
        lambda: unasked.egress(ID, event),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"; json\.loads makes an event of JSON text") as caught:
            call()
        assert SECRET not in str(caught.value)


def test_an_iterator_of_events_is_for_the_call_that_takes_many(unasked: Client) -> None:
    """Which the error names."""
    with pytest.raises(TypeError, match="got generator; ingest_many takes any iterable"):
        unasked.ingest(ID, ({"n": n} for n in range(3)))
