"""What goes out: paths, queries, headers and bodies."""

from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contractgate_core.errors import BatchTooLargeError, EventEncodeError
from contractgate_http import Client, LocalGateway

ID = "11111111-1111-4111-8111-111111111111"
BATCH = {
    "total": 1,
    "passed": 1,
    "failed": 0,
    "dry_run": False,
    "atomic": False,
    "resolved_version": "1.0.0",
    "version_pin_source": "default_stable",
    "results": [],
}
Answering = Callable[..., Client]


class Recorder:
    """Remembers requests, and answers each with the same."""

    def __init__(self, reply: Any = BATCH) -> None:
        self.requests: list[httpx.Request] = []
        self.reply = reply

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=self.reply)

    @property
    def last(self) -> httpx.Request:
        """The last request."""
        return self.requests[-1]


def test_an_ingest_goes_to_the_current_route_with_its_version_twice(answering: Answering) -> None:
    """As a query, and as the header that older gateways read."""
    seen = Recorder()
    answering(seen).ingest(ID, [{"a": 1}], version="1.0.0", dry_run=True, atomic=True)
    assert seen.last.method == "POST"
    assert seen.last.url.path == f"/v1/ingest/{ID}"
    assert dict(seen.last.url.params) == {"version": "1.0.0", "dry_run": "true", "atomic": "true"}
    assert seen.last.headers["x-contract-version"] == "1.0.0"
    assert seen.last.headers["content-type"] == "application/json"
    assert seen.last.headers["x-api-key"] == "cg_live_0123456789"
    assert seen.last.content == b'[{"a":1}]'


def test_what_is_not_asked_for_is_not_sent(answering: Answering) -> None:
    """The gateway's own defaults apply."""
    seen = Recorder()
    answering(seen, api_key="").ingest(ID, {"a": 1})
    assert seen.last.url.query == b""
    assert seen.last.content == b'{"a":1}'
    ours = {"x-contract-version", "idempotency-key", "x-api-key", "authorization", "x-org-id"}
    assert not ours & set(seen.last.headers)


def test_the_earlier_way_to_pin_a_version_still_works(answering: Answering) -> None:
    """`id@version`; an explicit version wins."""
    seen = Recorder()
    client = answering(seen)
    client.ingest(f"{ID}@2.0.0", [])
    assert (seen.last.url.path, seen.last.url.params["version"]) == (f"/v1/ingest/{ID}", "2.0.0")
    client.ingest(f"{ID}@2.0.0", [], version="3")
    assert seen.last.url.params["version"] == "3"
    client.ingest(f"{ID}@", [])
    assert "version" not in seen.last.url.params


def test_a_version_that_no_header_can_hold_is_in_the_path_of_older_routes(
    answering: Answering,
) -> None:
    """The current route has it only in the query."""
    seen = Recorder()
    client = answering(seen)
    client.ingest(ID, [], version="é 1")
    assert seen.last.url.params["version"] == "é 1"
    assert "x-contract-version" not in seen.last.headers
    client.ingest_legacy(ID, [], version="é 1")
    assert seen.last.url.raw_path == f"/ingest/{ID}@%C3%A9%201".encode()
    client.ingest_legacy(ID, [], version="1.0")
    assert (seen.last.url.path, seen.last.headers["x-contract-version"]) == (f"/ingest/{ID}", "1.0")


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("1.0.0/../x?y#z", "1.0.0%2F..%2Fx%3Fy%23z"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("a b\n", "a%20b%0A"),
        ("%2F", "%252F"),
        ("ü", "%C3%BC"),
    ],
)
def test_nothing_in_a_version_leads_to_another_path(
    version: str, path: str, answering: Answering
) -> None:
    """Each part of a path is percent-encoded."""
    seen = Recorder(
        {"id": "i", "contract_id": ID, "version": "v", "state": "x", "yaml_content": ""}
    )
    answering(seen).get_version(ID, version)
    assert seen.last.url.raw_path == f"/contracts/{ID}/versions/{path}".encode()


def test_a_version_of_any_name_can_be_read_back(gateway: LocalGateway, client: Client) -> None:
    """So the gateway decodes what we encode."""
    yaml = "version: '1'\nname: n\nontology: {entities: []}"
    contract_id = client.create_contract("n", yaml).id
    for name in ("..", "a/b?c#d", "ü %2F\n", "@1"):
        client.create_version(contract_id, name, yaml)
        assert client.get_version(contract_id, name).version == name


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda c: c.get_contract(""), "expected contract_id to be a text, got an empty one"),
        (lambda c: c.get_version(ID, ""), "expected version to be a text"),
        (lambda c: c.create_version(ID, "", "y"), "expected version to be a text"),
        (lambda c: c.get_contract("\ud800"), "expected contract_id to be Unicode text"),
        (lambda c: c.deploy("n", "\ud800"), "expected yaml_content to be Unicode text"),
        (lambda c: c.ingest(ID, [], version=""), "pass None for the default"),
        (lambda c: c.ingest(ID, [], idempotency_key=""), "1 to 255 visible ASCII"),
        (lambda c: c.ingest(ID, [], idempotency_key="ü"), "1 to 255 visible ASCII"),
        (lambda c: c.ingest(ID, [], idempotency_key=" a"), "1 to 255 visible ASCII"),
        (lambda c: c.ingest(ID, [], idempotency_key="k" * 256), "got 256 characters"),
        (lambda c: c.ingest(ID, [], timeout=0), "expected timeout to be more than 0 seconds"),
        (lambda c: c.audit(limit=-1), "expected limit to be at least 0, got -1"),
        (lambda c: c.audit(offset=-1), "expected offset to be at least 0"),
        (lambda c: c.list_quarantine(limit=0), "expected limit to be at least 1"),
        (lambda c: c.get_contract("a" * 70_000), "the path cannot be made into a URL"),
        (lambda c: list(c.iter_audit(page_size=501)), "from 1 to 500, got 501"),
        (lambda c: c.ingest_many(ID, [], in_flight=0), "in_flight to be at least 1"),
        (lambda c: c.ingest_many(ID, [], batch_size=1001), "batch_size to be from 1 to 1000"),
        (lambda c: c.ingest_many("", []), "contract_id to be a text"),
        (lambda c: c.ingest_many(ID, [], idempotency_key="k" * 250), "idempotency key"),
    ],
)
def test_what_the_gateway_would_misunderstand_is_refused_here(
    call: Callable[[Client], object], error: str, answering: Answering
) -> None:
    """Before anything is sent."""
    seen = Recorder()
    with pytest.raises(ValueError, match=error):
        call(answering(seen))
    assert seen.requests == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda c: c.get_contract(7), "expected contract_id to be a str, got int"),
        (lambda c: c.audit(limit=True), "expected limit to be an int, got bool"),
        (lambda c: c.replay(ID, "one"), "expected a list of ids, got one str"),
        (lambda c: c.stats(timeout="1"), "seconds or an httpx.Timeout, got str"),
    ],
)
def test_what_has_a_wrong_type_is_refused_here(
    call: Callable[[Client], object], error: str, answering: Answering
) -> None:
    """Before anything is sent."""
    with pytest.raises(TypeError, match=error):
        call(answering(Recorder()))


def test_an_id_may_be_a_uuid(answering: Answering) -> None:
    """As in 0.4.0."""
    seen = Recorder({"id": ID, "name": "n"})
    client = answering(seen)
    client.get_contract(uuid.UUID(ID))  # type: ignore[arg-type]  # documented as text
    assert seen.last.url.path == f"/contracts/{ID}"


@pytest.mark.parametrize("send", ["ingest", "egress", "ingest_legacy", "ingest_envelope"])
@pytest.mark.parametrize(
    ("event", "place"),
    [
        ({"price": math.nan}, "$[1].price"),
        ({"items": [{"a b": math.inf}]}, '$[1].items[0]["a b"]'),
        ({1: "a"}, "$[1]"),
        ({"a": {1, 2}}, "$[1].a"),
        ({"a": "\ud800"}, "$[1].a"),
        ({"a": ["x\0y"]}, "$[1].a[0]"),
        ({"\0": 1}, '$[1]["\\u0000"]'),
    ],
)
def test_an_event_that_cannot_be_sent_is_refused_with_its_place(
    send: str, event: Any, place: str, answering: Answering
) -> None:
    """And nothing of its batch is sent; U+0000 would silently lose the whole batch."""
    seen = Recorder()
    with pytest.raises(EventEncodeError) as caught:
        getattr(answering(seen), send)(ID, [{"fine": 1}, event])
    assert caught.value.path == place
    assert seen.requests == []


def test_a_backslash_is_not_taken_for_the_character(answering: Answering) -> None:
    """A text may contain the six characters of its escape."""
    seen = Recorder()
    answering(seen).ingest(ID, [{"a": "\\u0000"}])
    assert json.loads(seen.last.content) == [{"a": "\\u0000"}]


def test_numbers_and_texts_are_sent_as_they_are(answering: Answering) -> None:
    """No float becomes an integer, no text is escaped without need."""
    seen = Recorder()
    answering(seen).ingest(ID, [{"f": 1.0, "i": 10**20, "t": "ü", "n": None, "b": True}])
    expected = '[{"f":1.0,"i":100000000000000000000,"t":"ü","n":null,"b":true}]'
    assert seen.last.content.decode() == expected


def test_too_many_events_are_refused_with_the_way_out(answering: Answering) -> None:
    """The limit is 1,000."""
    seen = Recorder()
    client = answering(seen)
    client.ingest(ID, [{}] * 1000)
    with pytest.raises(BatchTooLargeError, match=r"at most 1000 events.*got 1001.*ingest_many"):
        client.ingest(ID, [{}] * 1001)
    with pytest.raises(BatchTooLargeError, match=r"got 1001$"):
        client.egress(ID, [{}] * 1001)
    assert len(seen.requests) == 1


def test_a_body_that_is_too_long_is_refused_with_the_way_out(answering: Answering) -> None:
    """The limits are 2 MiB for an ingest, 1 MiB for other bodies, and 1 MiB for an event."""
    seen = Recorder()
    client = answering(seen)
    half = {"a": "x" * (1024 * 1024 - 8)}
    assert len(json.dumps(half, separators=(",", ":"))) == 1024 * 1024
    with pytest.raises(BatchTooLargeError, match=r"at most 2097152 bytes.*ingest_many splits"):
        client.ingest(ID, [half, half])
    with pytest.raises(BatchTooLargeError, match="got 1048577 at position 1"):
        client.ingest(ID, [{}, {"a": "x" * (1024 * 1024 - 7)}])
    with pytest.raises(BatchTooLargeError, match="at most 1048576 bytes") as caught:
        client.egress(ID, [half])
    assert (caught.value.size, caught.value.limit) == (1024 * 1024 + 2, 1024 * 1024)
    assert isinstance(caught.value, ValueError)
    assert seen.requests == []
    client.ingest(ID, [half])
    client.with_options(max_body_bytes=3 * 1024 * 1024).ingest(ID, [half, half])
    assert len(seen.requests) == 2


def test_an_egress_names_its_disposition(answering: Answering) -> None:
    """And pins its version by the header."""
    seen = Recorder({**BATCH, "payload": [], "outcomes": []})
    answering(seen).egress(ID, [{}], version="2", disposition="tag", dry_run=True)
    assert dict(seen.last.url.params) == {"disposition": "tag", "dry_run": "true"}
    assert seen.last.headers["x-contract-version"] == "2"


def test_a_time_of_a_report_is_sent_in_utc(answering: Answering) -> None:
    """A naive one could mean anything."""
    seen = Recorder({"contract_id": ID, "totals": {"total": 0, "passed": 0, "quarantined": 0}})
    client = answering(seen)
    start = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    client.get_report(ID, start=start, end="2026-11-25T00:00:00Z")
    assert dict(seen.last.url.params) == {
        "from": "2026-11-23T23:00:00Z",
        "to": "2026-11-25T00:00:00Z",
    }
    with pytest.raises(ValueError, match="expected end to have a time zone"):
        client.get_report(ID, end=dt.datetime(2026, 1, 1))


def test_a_path_before_the_gateway_is_kept() -> None:
    """Some gateways live under a path of a larger site."""
    seen = Recorder({"status": "ok"})
    with Client("https://example.com/gate/", transport=httpx.MockTransport(seen)) as client:
        client.health()
    assert str(seen.last.url) == "https://example.com/gate/health"
