"""Proxies and certificates from the environment, and mistakes in its variables."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from contractgate_core.errors import ConnectionError  # noqa: A004 - also the builtin one
from contractgate_http import AsyncClient, Client
from drips import Drips, drips, whole
from either_client import health
from small_proxies import Proxy, http_proxy, socks_proxy

SECRET = "hunter2"
KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])


@pytest.fixture
def server() -> Iterator[Drips]:
    """A server that answers."""
    with drips(lambda _: [whole()]) as made:
        yield made


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """An HTTP proxy."""
    with http_proxy() as made:
        yield made


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The authority that signs the server's certificate."""
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Drips]:
    """A server with a certificate that is not trusted by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with drips(lambda _: [whole()], context) as made:
        yield made


WRONG = [
    ("NO_PROXY", "localhost,fe80::/10", "ranges of IPv6 addresses are not supported"),
    ("no_proxy", "fe80::/10", "got 'fe80::/10'"),
    ("NO_PROXY", "[::1", "expected host names and addresses"),
    ("HTTP_PROXY", "http://[::1", "expected the URL of a proxy"),
    ("HTTPS_PROXY", "ftp://127.0.0.1", "expected the URL of a proxy"),
    ("https_proxy", "http://", "expected the URL of a proxy"),
    ("ALL_PROXY", "http://127.0.0.1:99999", "expected the URL of a proxy"),
    ("HTTPS_PROXY", "127.0.0.1:port", "expected the URL of a proxy"),
    ("SSL_CERT_FILE", "/nope.pem", "there is no such file"),
    ("SSL_CERT_FILE", __file__, "there is no certificate in it"),
    ("SSL_CERT_DIR", "/nope", "there is no such file or folder"),
    ("SSLKEYLOGFILE", "/nope/keys", "No such file or directory"),
]


@KINDS
@pytest.mark.parametrize(("name", "value", "why"), WRONG)
def test_what_the_environment_says_wrong_is_named(
    kind: Any, name: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its value, when the client is made."""
    monkeypatch.setenv(name, value)
    with pytest.raises((ValueError, OSError)) as caught:
        kind("https://gw.example.com", "")
    assert str(caught.value).startswith(f"{name}={value}: ")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [f"http://user:{SECRET}@h:x", f"a,http://u:{SECRET}/x@h,b"])
def test_an_exception_from_proxies_may_have_credentials(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By mistake; they are hidden both in the value and in its wrong part."""
    monkeypatch.setenv("NO_PROXY", value)
    with pytest.raises(ValueError, match=r"^NO_PROXY=") as caught:
        Client("https://gw.example.com", "")
    assert SECRET not in str(caught.value)
    assert "***@h" in str(caught.value)


@KINDS
@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value",
    [
        f"http://user:{SECRET}@",
        f"http://user:{SECRET}@127.0.0.1:port",
        f"http://user:{SECRET}@ss@127.0.0.1:port",
        f"user:{SECRET}@127.0.0.1:port",
        f"user:{SECRET}://@127.0.0.1:port",
        f"ftp://user:{SECRET}@127.0.0.1",
        f"http://{SECRET}@[::1",
    ],
)
def test_credentials_of_a_wrong_proxy_are_not_shown(
    kind: Any, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with it."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"^{name}=.*: expected the URL of a proxy") as caught:
        kind("https://gw.example.com", "")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(ValueError, match=r"^proxy=.*: expected the URL of a proxy") as caught:
        kind("https://gw.example.com", "", proxy=value if "://" in value else f"http://{value}")
    assert SECRET not in str(caught.value)


@KINDS
def test_socks_without_its_package_is_named(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And which package it is."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", f"socks5://user:{SECRET}@127.0.0.1:1080")
    with pytest.raises(ValueError, match="the package socksio, which is not installed") as caught:
        kind("https://gw.example.com", "")
    assert str(caught.value).startswith("ALL_PROXY=socks5://***@127.0.0.1:1080: ")


@KINDS
def test_what_is_not_used_does_no_harm(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a transport or a client is given, or the gateway is in the process."""
    for name, value, _ in WRONG:
        monkeypatch.setenv(name, value)
    kind("https://gw.example.com", "", transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    if kind is Client:
        with Client("local:") as client:
            assert client.list_contracts() == []


@pytest.mark.anyio
@KINDS
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_the_environment_names_a_proxy(
    kind: Any, name: str, server: Drips, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In either spelling; with credentials, which are sent to it."""
    monkeypatch.setenv(name, f"http://user:{SECRET}@127.0.0.1:{proxy.port}")
    assert await health(kind, server.url) == "ok"
    assert len(proxy.seen) == 1
    assert b"proxy-authorization: basic dxnlcjpodw50zxiy" in proxy.seen[0].lower()


@pytest.mark.anyio
@KINDS
@pytest.mark.parametrize("excepted", ["127.0.0.1", "localhost, 127.0.0.1", "*", "http://127.0.0.1"])
async def test_the_environment_excepts_hosts(
    kind: Any, excepted: str, server: Drips, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are reached without the proxy, unless the user says otherwise."""
    monkeypatch.setenv("NO_PROXY", excepted)
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
    assert await health(kind, server.url) == "ok"
    assert proxy.seen == []
    assert await health(kind, server.url, proxy=f"http://127.0.0.1:{proxy.port}") == "ok"
    assert len(proxy.seen) == 1


@pytest.mark.anyio
@KINDS
async def test_a_socks_proxy_is_used(
    kind: Any, server: Drips, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If its package is installed."""
    with socks_proxy() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        assert await health(kind, server.url) == "ok"
        assert len(proxy.seen) == 1


@pytest.mark.anyio
@KINDS
async def test_tls_goes_through_a_tunnel(
    kind: Any, secure: Drips, proxy: Proxy, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy cannot look into it."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    assert await health(kind, secure.url, verify=context) == "ok"
    assert [head.split(b" ")[0] for head in proxy.seen] == [b"CONNECT"]


@pytest.mark.anyio
@KINDS
async def test_a_proxy_that_is_not_there_is_named(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first request, without its credentials."""
    with http_proxy() as gone:
        pass
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@127.0.0.1:{gone.port}")
    with pytest.raises(ConnectionError) as caught:
        await health(kind, "https://gw.example.com", timeout=5)
    assert f"by HTTPS_PROXY=http://***@127.0.0.1:{gone.port})" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert not caught.value.was_sent


@pytest.mark.anyio
@KINDS
@pytest.mark.parametrize("way", ["SSL_CERT_FILE", "verify"])
async def test_certificates_are_trusted_by_a_file(
    kind: Any,
    way: str,
    secure: Drips,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the environment or the user; the error names a file without certificates."""
    options: dict[str, Any] = {}
    path = tmp_path / "ca.pem"
    if way == "verify":
        options[way] = path
    else:
        monkeypatch.setenv(way, str(path))
    for signer in (authority, trustme.CA()):
        signer.cert_pem.write_to_path(path)
        if signer is authority:
            assert await health(kind, secure.url, **options) == "ok"
        else:
            with pytest.raises(ConnectionError) as caught:
                await health(kind, secure.url, **options)
            assert f"({way}={path} says whose certificates are trusted)" in str(caught.value)
            assert not caught.value.was_sent


@pytest.mark.anyio
@KINDS
async def test_certificates_are_not_checked_where_that_is_asked_for(
    kind: Any, secure: Drips
) -> None:
    """And only then."""
    assert await health(kind, secure.url, verify=False) == "ok"
    with pytest.raises(ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        await health(kind, secure.url)
