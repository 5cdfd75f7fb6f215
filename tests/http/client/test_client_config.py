"""A client's settings: its arguments, the environment, and what it hides."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contractgate_core.errors import ClientStateError
from contractgate_http import AsyncClient, Client, LocalGateway, RetryPolicy
from contractgate_http.endpoints import records

KEY = "cg_live_0123456789"
STATS = {"total_events": 0, "passed_events": 0, "failed_events": 0}
YAML = "version: '1'\nname: n\nontology: {entities: [{name: a, type: integer}]}"


class Recorder:
    """Remembers the last request."""

    last: httpx.Request

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.last = request
        return httpx.Response(200, json=STATS)


@pytest.fixture
def seen() -> Recorder:
    """What is sent."""
    return Recorder()


def test_the_environment_tells_where_the_gateway_is(
    seen: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And which key to use, if no argument does."""
    monkeypatch.setenv("CONTRACTGATE_BASE_URL", "https://env.example.com")
    monkeypatch.setenv("CONTRACTGATE_API_KEY", "cg_from_env")
    with Client(transport=httpx.MockTransport(seen)) as client:
        client.stats()
    assert seen.last.url.host == "env.example.com"
    assert seen.last.headers["x-api-key"] == "cg_from_env"
    with Client("https://arg.example.com", "", transport=httpx.MockTransport(seen)) as client:
        client.stats()
    assert seen.last.url.host == "arg.example.com"
    assert "x-api-key" not in seen.last.headers


def test_without_any_base_url_the_error_names_the_variable() -> None:
    """And shows an example."""
    with pytest.raises(ValueError, match=r"such as 'https://.*CONTRACTGATE_BASE_URL"):
        Client()


@pytest.mark.parametrize(
    ("base_url", "error"),
    [
        ("gw.example.com", "begin with http://, https:// or local:, got none of them"),
        ("localhost:8000", "got none of them"),
        ("http:/gw", "got none of them"),
        ("ftp://gw", "got the scheme 'ftp'"),
        ("http://", "to name a host, such as https://gw.example.com, got none after http://"),
        ("https:///v1", "got none after https://"),
        ("https://:8443", "got none after https://"),
        ("https://u:pw@", "got none after https://$"),
        ("https://gw?x=1", "without a query"),
        ("https://gw#x", "without a query or a fragment"),
        ("https://gw:port", "to be a URL"),
        ("https://gw\n", "visible ASCII, got a control character at 10"),
    ],
)
def test_a_base_url_that_is_none_is_refused(base_url: str, error: str) -> None:
    """When the client is made, not when it is used."""
    with pytest.raises(ValueError, match=error):
        Client(base_url)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("key", "what"),
    [
        (f"{KEY}\n", "a control character at 18"),
        (f"\r\n{KEY}", "a control character at 0"),
        (f"{KEY}ü", "a character beyond ASCII at 18"),
        ("\ud800", "a character beyond ASCII"),
        ("\x7f", "a control character"),
    ],
)
def test_a_key_that_no_header_can_hold_is_refused_unseen(kind: Any, key: str, what: str) -> None:
    """The error says where the fault is, and shows nothing of the key."""
    with pytest.raises(
        ValueError, match=f"expected api_key to be visible ASCII, got {what}"
    ) as info:
        kind("https://gw", key)
    assert "cg_" not in f"{info.value}{info.value!r}"
    with Client("https://gw", KEY) as client, pytest.raises(ValueError, match="api_key"):
        client.with_options(api_key=key)


def test_what_is_no_text_is_refused_by_its_type() -> None:
    """Bytes, for instance."""
    with pytest.raises(TypeError, match="expected api_key to be a str, got bytes"):
        Client("https://gw", b"cg_x")  # type: ignore[arg-type]  # this is the point
    with pytest.raises(TypeError, match="expected base_url to be a str, got URL"):
        Client(httpx.URL("https://gw"))  # type: ignore[arg-type]  # this is the point
    with pytest.raises(TypeError, match="header 'x-a' to be a str, got int"):
        Client("https://gw", headers={"x-a": 1})  # type: ignore[dict-item]  # this is the point


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_the_repr_shows_neither_key_nor_credentials(kind: Any) -> None:
    """Nor headers, which may hold others."""
    client = kind("https://user:secret@gw.example.com/x", KEY, headers={"x-other": "hidden"})
    name = kind.__name__
    assert repr(client) == f"<{name}(base_url='https://gw.example.com/x', api_key=***)>"
    assert repr(kind("http://gw", "")) == f"<{name}(base_url='http://gw', api_key=none)>"
    assert KEY not in repr(vars(client))


def test_credentials_of_a_url_are_sent_and_not_logged(
    seen: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even by httpx, which logs whole URLs; a header that the user gives wins."""
    url, transport = "https://us%40er:se:cret@gw.example.com/x/", httpx.MockTransport(seen)
    with httpx.Client(transport=transport) as http:
        http.get(url)
    expected = seen.last.headers["authorization"]
    with caplog.at_level("DEBUG"), Client(url, KEY, transport=transport) as client:
        client.stats()
        assert seen.last.headers["authorization"] == expected
        assert str(seen.last.url) == "https://gw.example.com/x/stats"
        client.with_options(headers={"X-Trace": "t"}).stats()
        assert seen.last.headers["authorization"] == expected
        client.with_options(headers={"Authorization": "Bearer t"}).stats()
        assert seen.last.headers["authorization"] == "Bearer t"
    assert "https://gw.example.com/x/stats" in caplog.text
    assert "cret" not in caplog.text


def test_credentials_of_a_url_go_through_an_httpx_client_of_ones_own(seen: Recorder) -> None:
    """They become a header of the request."""
    http = httpx.Client(transport=httpx.MockTransport(seen))
    with http, Client("https://user:secret@gw", KEY, http_client=http) as client:
        client.stats()
    assert seen.last.headers["authorization"] == "Basic dXNlcjpzZWNyZXQ="
    assert str(seen.last.url) == "https://gw/stats"


def test_further_headers_are_sent_with_every_request(seen: Recorder) -> None:
    """And an organisation, for gateways in no-auth mode."""
    with Client(
        "https://gw", KEY, org_id="o", headers={"X-Trace": "t"}, transport=httpx.MockTransport(seen)
    ) as client:
        client.stats()
        assert (seen.last.headers["x-trace"], seen.last.headers["x-org-id"]) == ("t", "o")
        assert seen.last.headers["user-agent"].startswith("contractgate-python/")
        client.with_options(headers={"x-trace": "u", "X-New": "n"}, org_id="p").stats()
    names = ("x-trace", "x-new", "x-org-id", "x-api-key")
    assert [seen.last.headers[name] for name in names] == ["u", "n", "p", KEY]


def test_the_default_patience_is_longer_than_the_gateways(seen: Recorder) -> None:
    """Which gives up after 30 seconds, and says so."""
    with Client("https://gw", transport=httpx.MockTransport(seen)) as client:
        client.stats()
        assert seen.last.extensions["timeout"]["read"] > 30
        client.stats(timeout=3)
        assert set(seen.last.extensions["timeout"].values()) == {3}
        client.stats(timeout=httpx.Timeout(None))
        assert set(seen.last.extensions["timeout"].values()) == {None}
        client.with_options(timeout=7).stats()
        assert seen.last.extensions["timeout"]["read"] == 7


def test_a_copy_shares_the_connections_and_does_not_close_them(seen: Recorder) -> None:
    """Only the client that opened them does; then the copy is closed too."""
    client = Client("https://gw", KEY, transport=httpx.MockTransport(seen))
    copied = client.with_options(api_key="cg_other", retries=RetryPolicy())
    copied.stats()
    assert seen.last.headers["x-api-key"] == "cg_other"
    copied.close()
    assert copied.is_closed
    with pytest.raises(ClientStateError, match="closed"):
        copied.stats()
    client.stats()
    assert seen.last.headers["x-api-key"] == KEY
    other = client.with_options()
    client.close()
    assert other.is_closed
    with pytest.raises(ClientStateError, match="closed"):
        other.stats()


def test_closing_twice_is_no_fault(seen: Recorder) -> None:
    """As for files."""
    client = Client("https://gw", transport=httpx.MockTransport(seen))
    client.close()
    client.close()
    assert repr(client).endswith("closed)>")


def test_an_httpx_client_of_the_user_stays_the_users(seen: Recorder) -> None:
    """Its headers and timeouts are kept, and it is not closed."""
    with httpx.Client(
        transport=httpx.MockTransport(seen), headers={"x-mine": "1"}, timeout=77
    ) as http:
        with Client("https://gw", KEY, http_client=http) as client:
            client.stats()
        assert seen.last.headers["x-mine"] == "1"
        assert seen.last.extensions["timeout"]["read"] == 77
        assert not http.is_closed
        with Client("https://gw", KEY, http_client=http, timeout=5) as client:
            client.stats()
        assert seen.last.extensions["timeout"]["read"] == 5
    closed = Client("https://gw", http_client=http)
    with pytest.raises(ClientStateError, match="closed"):
        closed.stats()


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"transport": httpx.MockTransport(Recorder())}, "transport"),
        ({"verify": False}, "verify"),
        ({"proxy": "http://p"}, "proxy"),
        ({"limits": httpx.Limits(), "verify": True}, "verify, limits"),
    ],
)
def test_an_httpx_client_goes_with_nothing_that_it_has_itself(
    options: dict[str, Any], names: str
) -> None:
    """One of the two would be ignored."""
    with (
        httpx.Client() as http,
        pytest.raises(TypeError, match=f"expected http_client alone, got {names} with it"),
    ):
        Client("https://gw", http_client=http, **options)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_is_no_value_to_copy_by_force(kind: Any) -> None:
    """But `copy` works as `with_options` does not: the copy still owns the pool."""
    client = kind("http://gw")
    assert copy.copy(client)._pool is client._pool


def test_local_is_a_gateway_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its own key, and ignores that of the environment."""
    monkeypatch.setenv("CONTRACTGATE_API_KEY", "cg_of_somewhere_else")
    with Client("local:") as one, Client("local:") as other:
        contract_id = one.deploy("n", YAML).contract_id
        result = one.ingest(contract_id, [{"a": 1}, {"a": "x"}])
        assert (result.passed, result.failed) == (1, 1)
        assert one.usage().plan == "growth"
        assert one.list_quarantine()[0].raw_event == {"a": "x"}
        assert other.list_contracts() == []
    assert one.is_closed


def test_local_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """One variable turns a program into one that needs no server."""
    monkeypatch.setenv("CONTRACTGATE_BASE_URL", "local:")
    with Client() as client:
        assert client.health().status == "ok"


def test_clients_of_one_file_share_its_gateway(tmp_path: Any) -> None:
    """It lives as long as the last of them, and its state stays in the file."""
    name = f"local:{tmp_path}/gate.db"
    one, other = Client(name), Client(name)
    contract_id = one.deploy("n", YAML).contract_id
    one.close()
    assert other.get_contract(contract_id).name == "n"
    other.close()
    with Client(name) as again:
        assert again.get_contract(contract_id).name == "n"


def test_a_wrong_argument_gives_the_gateway_back(tmp_path: Any) -> None:
    """So that its file is free again."""
    path = f"{tmp_path}/gate.db"
    with pytest.raises(TypeError, match="timeout"):
        Client(f"local:{path}", timeout="soon")  # type: ignore[arg-type]  # this is the point
    with LocalGateway(database=path):
        pass


def test_local_has_its_own_connections() -> None:
    """None can be given."""
    with pytest.raises(TypeError, match="expected base_url='local:' without connections"):
        Client("local:", transport=httpx.MockTransport(Recorder()))
    with httpx.Client() as http, pytest.raises(TypeError, match="got http_client with it"):
        Client("local:", http_client=http)


@pytest.mark.anyio
async def test_local_serves_the_async_client() -> None:
    """In the same way."""
    async with AsyncClient("local:") as client:
        contract_id = (await client.deploy("n", YAML)).contract_id
        assert (await client.ingest(contract_id, {"a": 1})).passed == 1
    await client.aclose()
    with pytest.raises(ClientStateError, match="closed"):
        await client.stats()


def test_rate_limits_stand_beside_the_result(client: Client) -> None:
    """They do not affect its equality or its JSON."""
    contract_id = client.deploy("n", YAML).contract_id
    result = client.ingest(contract_id, {"a": 1}, idempotency_key="k")
    assert result.meta is not None
    assert (result.meta.status, result.meta.rate_limit, result.meta.is_replay) == (200, 100, False)
    assert result.meta.rate_remaining is not None
    assert result.meta.rate_reset is not None
    assert repr(result.meta) == "ResponseMeta(status=200)"
    again = client.ingest(contract_id, {"a": 1}, idempotency_key="k")
    assert again.meta is not None
    assert again.meta.is_replay
    assert again == result
    contracts = client.list_contracts()
    assert contracts.meta is not None
    assert contracts.meta.rate_limit is None
    assert contracts == list(contracts)


def test_a_method_can_be_made_for_any_call(seen: Recorder) -> None:
    """`run` makes the calls that endpoints return."""
    make: Callable[[], Any] = records.stats
    with Client("https://gw", transport=httpx.MockTransport(seen)) as client:
        assert client.run(make()).total_events == 0
