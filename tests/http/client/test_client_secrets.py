"""Keys and credentials are hidden in texts from elsewhere, however they are written."""

from __future__ import annotations

import base64
import html
import json
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.errors import (
    ConnectionError,  # noqa: A004 - also the builtin one
    HTTPError,
    ResponseDecodeError,
)
from contractgate_http import Client
from contractgate_http._secrets import SHORTEST, Secrets, shortened

Answering = Callable[..., Client]
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=60)
LONG = "cg_live_" + "0123456789ab" * 4

WAYS: list[Callable[[str], str]] = [
    str,
    repr,
    json.dumps,
    html.escape,
    urllib.parse.quote,
    urllib.parse.quote_plus,
    lambda text: urllib.parse.quote(text, safe=""),
    lambda text: urllib.parse.quote(text, safe="").lower() if text.islower() else text,
    lambda text: "".join(f"%{ord(one):02x}" for one in text),
    lambda text: "".join(f"%{ord(one):02X}" for one in text),
    lambda text: "".join(f"\\u{ord(one):04X}" for one in text),
    lambda text: "".join(f"&#{ord(one)};" for one in text),
    lambda text: "".join(f"&#x{ord(one):X};" for one in text),
    lambda text: json.dumps(text).replace("/", "\\/"),
    lambda text: repr(text.encode()),
    lambda text: json.dumps(json.dumps(text)),
    lambda text: html.escape(json.dumps(text)),
    lambda text: repr(json.dumps(text).encode()),
    lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    lambda text: urllib.parse.quote(json.dumps(text), safe=""),
]


def secrets(**headers: str) -> Secrets:
    """Take the secrets of some headers."""
    return Secrets((name.replace("_", "-"), value) for name, value in headers.items())


@given(key=VISIBLE)
@example(key="cg_live_a&b\"c/d'e\\\\f <g>")
def test_a_key_is_hidden_however_it_is_written(key: str) -> None:
    """For a URL, JSON, HTML, Python, or for one inside another."""
    given = secrets(x_api_key=key)
    for way in WAYS:
        hidden = given.hidden(f"x: {way(key)} is wrong")
        assert "***" in hidden
        # Nothing else is left of it, but the quotes around it.
        assert len(hidden) <= len("x: *** is wrong") + 2 * len("&quot;\\\\\\") + 4


@given(user=VISIBLE.filter(lambda text: ":" not in text), password=VISIBLE)
def test_credentials_are_hidden_in_base64_too(user: str, password: str) -> None:
    """As the header has them, and in its variant for URLs."""
    pair = f"{user}:{password}".encode()
    given = secrets(authorization=f"Basic {base64.b64encode(pair).decode()}")
    for text in (
        base64.b64encode(pair).decode(),
        base64.urlsafe_b64encode(pair).decode(),
        urllib.parse.quote(base64.b64encode(pair), safe=""),
        pair.decode(),
        urllib.parse.quote(pair),
        password,
    ):
        hidden = given.hidden(f"got [{text}] here")
        assert hidden.startswith("got [***")
        assert password not in hidden.replace("***", "")


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("test", "the latest test", "the latest test"),
        ("testtest", "the latesttest of testtest.", "the latesttest of ***."),
        ("testtest", "testtest2 testtest_ 1testtest", "testtest2 testtest_ 1testtest"),
        ("testtest", "a%22testtest%22 b\\ntesttest\\u0022testtest", "a%22***%22 b\\n***\\u0022***"),
        (LONG, f"xx{LONG}yy", "xx***yy"),
        ("", "nothing", "nothing"),
    ],
)
def test_only_whole_tokens_are_replaced(key: str, text: str, shown: str) -> None:
    """But a real, long key is replaced everywhere, and a short one nowhere."""
    assert secrets(x_api_key=key).hidden(text) == shown
    assert SHORTEST == 8


def test_other_secret_headers_are_hidden_too() -> None:
    """And those without secrets are not."""
    given = secrets(
        authorization="Bearer abcdefgh12",
        cookie="session=ijklmnop34; b=x",
        x_auth_token="qrstuvwx56",
        idempotency_key="order-47110",
        user_agent="python-agent",
    )
    told = "abcdefgh12 ijklmnop34 qrstuvwx56 order-47110 python-agent"
    assert given.hidden(told) == "*** *** *** order-47110 python-agent"
    assert repr(given) == "<Secrets: 5>"


def test_a_key_at_the_end_of_what_is_shown_is_hidden_before_it_is_cut(answering: Answering) -> None:
    """Part of it used to be shown."""
    for length in range(430, 510, 3):

        def answer(request: httpx.Request, length: int = length) -> httpx.Response:
            return httpx.Response(400, text="x" * length + " " + request.headers["x-api-key"])

        with pytest.raises(HTTPError) as caught:
            answering(answer, api_key=LONG).stats()
        assert "cg_" not in str(caught.value)
        assert len(str(caught.value)) <= 501


def test_a_key_in_the_name_of_an_encoding_is_hidden_as_a_whole(answering: Answering) -> None:
    """However long the text before it is."""
    for length in (0, 60, 85, 95, 480):

        def answer(request: httpx.Request, length: int = length) -> httpx.Response:
            names = f"{'x' * length},{request.headers['x-api-key']}"
            return httpx.Response(200, headers={"content-encoding": names}, content=b"{}")

        with pytest.raises(ResponseDecodeError, match="in gzip, deflate or neither") as caught:
            answering(answer, api_key=LONG).stats()
        assert "cg_" not in str(caught.value)
        assert len(str(caught.value)) <= 501


def _error_of(client: Client) -> Exception:
    with pytest.raises(ConnectionError) as caught:
        client.stats()
    return caught.value


@pytest.mark.parametrize("way", [str, json.dumps, html.escape, urllib.parse.quote, repr])
def test_credentials_of_the_url_are_hidden(way: Callable[[str], str], answering: Answering) -> None:
    """Those of the base URL, in the text of an error and of its cause."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"{way('p@ss/word+1')} {request.headers['authorization']}")

    url = "https://alice:p%40ss%2Fword%2B1@gw.example.com"
    with Client(url, transport=httpx.MockTransport(answer)) as client:
        error = _error_of(client)
    for text in (str(error), str(error.__cause__), repr(error.__cause__)):
        assert "word" not in text
        assert "Basic" not in text or "***" in text
        assert base64.b64encode(b"alice:p@ss/word+1").decode() not in text


def test_headers_of_the_users_own_client_are_hidden() -> None:
    """Which are sent with ours."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, text=f"no {request.headers['x-gateway-token']}")

    http = httpx.Client(
        transport=httpx.MockTransport(answer), headers={"x-gateway-token": "abc12345"}
    )
    with http, Client("https://gw", http_client=http) as client, pytest.raises(HTTPError) as caught:
        client.stats()
    assert str(caught.value) == "no ***"


class _Stubborn(httpx.ReadError):
    """An error whose text cannot be changed."""

    def __str__(self) -> str:
        return f"wrong key {LONG}"


def test_a_cause_that_cannot_be_cleaned_is_left_out(answering: Answering) -> None:
    """The error says what it can."""

    def answer(_: httpx.Request) -> httpx.Response:
        raise _Stubborn("x")

    with pytest.raises(ConnectionError, match=r"wrong key \*\*\*$") as caught:
        answering(answer, api_key=LONG).stats()
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("filling", ["\\", "%25", "&amp;", "cg_live_0", "%", "a\\u00"])
def test_hiding_takes_time_linear_in_the_text(filling: str) -> None:
    """Whatever a server sends."""
    given = secrets(x_api_key=LONG, authorization="Basic " + base64.b64encode(b"a:bcdef/").decode())

    text = (filling * 200_000)[:200_000] + "%"
    start = time.process_time()
    given.hidden(text)
    # As much as that again for each character would take minutes.
    assert time.process_time() - start < 10


def test_what_is_too_long_is_shortened() -> None:
    """To one line."""
    assert shortened("a\nb") == "a\nb"
    assert shortened("a \n" * 300) == "a " * 250 + "…"
    assert any(shortened(text) != text for text in ["x" * 501])


def _quoted(text: str) -> Any:
    error = httpx.RemoteProtocolError(text)
    secrets(x_api_key=LONG).clean(error)
    return str(error)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("illegal status line: bytearray(b'it\\'s alice')", "illegal status line: …"),
        ('illegal header line: b"it\'s" (in part)', "illegal header line: … (in part)"),
        ("malformed: b'never ends", "malformed: …"),
        ("grab'this' one", "grab'this' one"),
    ],
)
def test_bytes_that_a_library_quotes_are_left_out(text: str, shown: str) -> None:
    """They come from an answer, and may be part of an event."""
    assert _quoted(text) == shown
