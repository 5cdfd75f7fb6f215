"""What logs and OpenTelemetry get, and what they never get."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contractgate_core.errors import HTTPError
from contractgate_http import AsyncClient, Client, RetryPolicy, _observe

ID = "11111111-1111-4111-8111-111111111111"
KEY = "cg_live_0123456789"
Answering = Callable[..., Client]


def broken(request: httpx.Request) -> httpx.Response:
    """Answer with the contents of the request."""
    return httpx.Response(503, text=f"{request.content!r} {request.headers}")


def use(client: Client) -> None:
    """Send a secret in every possible place."""
    with pytest.raises(HTTPError):
        client.ingest("alice", [{"email": "alice@example.com"}], version="alice-1", dry_run=True)
    with pytest.raises(HTTPError):
        client.get_event_replay_history("alice")


def test_the_log_names_calls_by_their_routes(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    """No ids, no queries, no bodies, no keys."""
    policy = RetryPolicy(attempts=2, first_pause=0, write_pause=0)
    with caplog.at_level(logging.DEBUG, "contractgate_http"):
        use(answering(broken, api_key=KEY, retries=policy))
    told = [record.getMessage() for record in caplog.records if record.name == "contractgate_http"]
    assert "POST /v1/ingest/{contract_id} -> 503, try 2 in 0.000 s" in told
    assert sum(line.startswith("GET /quarantine/replay-history -> 503 after") for line in told) == 2
    assert not [line for line in told if "alice" in line or KEY in line]


def test_a_lost_connection_is_logged_by_its_class(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    """Its text may name hosts."""

    def lose(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to secret.example.com")

    with (
        caplog.at_level(logging.DEBUG, "contractgate_http"),
        pytest.raises(OSError, match="no route"),
    ):
        answering(lose).stats()
    assert "GET /stats -> ConnectionError" in caplog.text
    assert "secret" not in caplog.text


def test_the_log_is_silent_by_default() -> None:
    """Not even the last resort of `logging` prints anything."""
    code = (
        "import httpx\nfrom contractgate_http import Client\n"
        "transport = httpx.MockTransport(lambda request: httpx.Response(500))\n"
        "try: Client('http://gw', transport=transport).stats()\nexcept Exception: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


class Span:
    """Stands for a span of OpenTelemetry."""

    def __init__(self, name: str, attributes: dict[str, Any]) -> None:
        self.name = name
        self.attributes = dict(attributes)
        self.status: Any = None
        self.is_open = False

    def set_attribute(self, name: str, value: Any) -> None:
        """Record an attribute."""
        self.attributes[name] = value

    def set_status(self, status: Any) -> None:
        """Record the status."""
        self.status = status

    def __enter__(self) -> Span:
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False


class Tracer:
    """Stands for a tracer of OpenTelemetry."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def start_as_current_span(self, name: str, attributes: dict[str, Any], **options: bool) -> Span:
        """Begin a span; exceptions must not be recorded, since they name ids."""
        assert options == {"record_exception": False, "set_status_on_exception": False}
        self.spans.append(Span(name, attributes))
        return self.spans[-1]


@pytest.fixture
def tracer(monkeypatch: pytest.MonkeyPatch) -> Tracer:
    """OpenTelemetry, as if it were installed."""
    made = Tracer()
    monkeypatch.setattr(_observe, "_tracer", lambda: made)
    monkeypatch.setattr(_observe, "_error_status", lambda: "ERROR")
    return made


def test_a_call_is_one_span(tracer: Tracer, answering: Answering) -> None:
    """With all its tries in it, and nothing secret."""
    policy = RetryPolicy(attempts=3, first_pause=0, write_pause=0)
    use(answering(broken, api_key=KEY, retries=policy))
    ingest, history = tracer.spans
    assert ingest.name == "POST /v1/ingest/{contract_id}"
    assert ingest.attributes == {
        "http.request.method": "POST",
        "url.template": "/v1/ingest/{contract_id}",
        "http.response.status_code": 503,
        "http.request.resend_count": 2,
        "error.type": "ServerError",
    }
    assert ingest.status == "ERROR"
    assert not ingest.is_open
    assert "alice" not in str([vars(ingest), vars(history)])


@pytest.mark.anyio
async def test_an_async_call_is_one_span(tracer: Tracer) -> None:
    """In the same way."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"status": "ok"}))
    async with AsyncClient("http://gw", transport=transport) as client:
        await client.health()
    assert tracer.spans[0].attributes["http.response.status_code"] == 200
    assert tracer.spans[0].status is None


def test_without_the_library_there_are_no_spans(
    monkeypatch: pytest.MonkeyPatch, answering: Answering
) -> None:
    """And nothing fails."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    _observe._tracer.cache_clear()
    try:
        assert _observe._tracer() is None
        use(answering(broken))
    finally:
        _observe._tracer.cache_clear()


def test_real_spans_are_made_where_the_library_is_there(answering: Answering) -> None:
    """And hold nothing more."""
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    export = importlib.import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    processing = importlib.import_module("opentelemetry.sdk.trace.export")
    from opentelemetry import trace

    exporter = export.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(processing.SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    _observe._tracer.cache_clear()
    try:
        use(answering(broken, api_key=KEY))
    finally:
        _observe._tracer.cache_clear()
    first, _ = exporter.get_finished_spans()
    assert first.name == "POST /v1/ingest/{contract_id}"
    assert not first.status.is_ok
    assert (first.events, first.status.description) == ((), None)
    assert "alice" not in first.to_json()
