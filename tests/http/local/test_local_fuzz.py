"""Any bytes get an answer that the protocol knows, which quotes nothing of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contractgate_http.local import LocalGateway
from contractgate_http.local.message import Request, Response, make_request
from contractgate_http.local.routes import ROUTES
from gateway_tools import CONTRACT, SECRET, session

# 200 and the statuses of docs/spec/gateway-http.md, section 2.3, that come from the gateway itself.
KNOWN = {200, 201, 204, 207, 400, 401, 404, 405, 409, 413, 415, 422, 429, 500}
TEXTS = (
    "Invalid URL: ",
    "Failed to deserialize query string: ",
    "Expected request with `Content-Type: application/json`",
    "Failed to parse the request body as JSON: ",
    "Failed to deserialize the JSON body into the target type: ",
    "Failed to buffer the request body: length limit exceeded",
    "length limit exceeded",
)
KEY = "cg_fuzz_key_0123456789abcdef"
QUERY_NAMES = (
    b"version",
    b"dry_run",
    b"atomic",
    b"disposition",
    b"contract_id",
    b"limit",
    b"offset",
    b"event_id",
)
QUERY_VALUES = (
    b"true",
    b"false",
    b"",
    b"1",
    b"-1",
    b"99999999999999999999",
    b"%00",
    b"%FF",
    b"tag",
)
HEADER_NAMES = (
    b"x-api-key",
    b"authorization",
    b"content-type",
    b"content-length",
    b"idempotency-key",
    b"x-contract-version",
    b"x-forwarded-for",
    b"x-org-id",
)
HEADER_VALUES = (
    KEY.encode(),
    b"application/json",
    b"application/x-ndjson",
    b"Bearer x",
    b"",
    b"9" * 30,
    b"k" * 256,
    b"1.0",
)

raw_bytes = st.binary(max_size=40)

MANY = settings(
    max_examples=3 * settings().max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as opened:
        opened.add_key(KEY, rate=1e9, burst=1e9)
        with session(opened, KEY) as client:
            made = client.create()
            client.promote(made)
            client.ingest(made, [{"id": 1, "email": SECRET}, {"id": SECRET}])
        yield opened


def segments(name: str) -> st.SearchStrategy[bytes]:
    """Draw a segment of a path: the fixed word, or a value for a variable one."""
    if not name.startswith("{"):
        return st.just(name.encode())
    ids = st.sampled_from(
        [b"1.0.0", b"x@1.0.0", b"%41", b"%FF", b"", b".", b"%2F", b"latest-stable"]
    )
    return st.one_of(st.uuids().map(lambda one: str(one).encode()), ids, raw_bytes)


paths = st.one_of(
    raw_bytes,
    raw_bytes.map(lambda raw: b"/" + raw),
    st.sampled_from(ROUTES).flatmap(
        lambda route: st.tuples(*map(segments, route.segments)).map(
            lambda all_: b"/" + b"/".join(all_)
        )
    ),
)
queries = st.one_of(
    raw_bytes,
    st.lists(
        st.tuples(
            st.sampled_from(QUERY_NAMES), st.one_of(st.sampled_from(QUERY_VALUES), raw_bytes)
        ),
        max_size=3,
    ).map(lambda pairs: b"&".join(b"=".join(pair) for pair in pairs)),
)
headers = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(HEADER_NAMES), raw_bytes),
        st.one_of(st.sampled_from(HEADER_VALUES), raw_bytes),
    ),
    max_size=4,
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
known_bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(st.text(max_size=5), json_values),
        "yaml_content": st.one_of(st.just(CONTRACT), st.text(max_size=40), json_values),
        "odcs_yaml": st.one_of(st.text(max_size=40), st.just("version: '1'\nschema: [{name: a}]")),
        "contract_yaml_a": st.one_of(st.just(CONTRACT), st.text(max_size=20)),
        "contract_yaml_b": st.one_of(st.just(CONTRACT), st.text(max_size=20)),
        "version": st.one_of(st.text(max_size=5), json_values),
        "event": json_values,
        "enabled": st.one_of(st.booleans(), json_values),
        "ids": st.one_of(st.lists(st.uuids().map(str), max_size=3), json_values),
        "event_ids": st.one_of(st.lists(st.uuids().map(str), max_size=3), json_values),
    },
)
bodies = st.one_of(
    raw_bytes,
    json_values.map(lambda value: json.dumps(value).encode()),
    known_bodies.map(lambda value: json.dumps(value).encode()),
    st.integers(100, 200).map(lambda depth: b"[" * depth + b"]" * depth),
)
methods = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
)


def check(request: Request, response: Response) -> None:
    """Check that a response is one that the protocol knows."""
    assert response.status in KNOWN, response
    content_type = dict(response.headers).get("content-type")
    if request.method == "HEAD":
        assert response.body == b""
    elif content_type == "application/json":
        value = json.loads(response.body)
        if response.status >= 400 and "error" in value and "status" in value:
            assert value["status"] == response.status
        assert response.status != 500 or value == {"error": "Database error", "status": 500}
    elif content_type == "text/plain; charset=utf-8":
        assert response.body.decode().startswith(TEXTS)
    elif content_type != "application/yaml":
        assert content_type is None
        assert response.body == b""


@given(methods, paths, queries, headers, bodies, st.sampled_from([b"", KEY.encode()]))
@MANY
def test_every_answer_is_one_that_the_protocol_knows(
    gateway: LocalGateway,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: bytes,
    query: bytes,
    extra: list[tuple[bytes, bytes]],
    body: bytes,
    key: bytes,
) -> None:
    sent = [(b"x-api-key", key), (b"content-type", b"application/json"), *extra]
    request = make_request(method, path, query, sent, body)
    with caplog.at_level(logging.DEBUG):
        check(request, gateway.deliver(request).response)
    assert caplog.records == []


@given(
    st.sampled_from(["/v1/ingest/{}", "/ingest/{}", "/ingest/{}@1.0.0", "/egress/{}"]),
    bodies,
    st.sampled_from([b"", b"dry_run=true", b"atomic=true", b"disposition=tag"]),
)
@MANY
def test_every_body_of_events_is_judged_or_refused(
    gateway: LocalGateway, route: str, body: bytes, query: bytes
) -> None:
    with session(gateway, KEY) as client:
        known = client.http.get("/contracts").json()[0]["id"]
    sent = [(b"x-api-key", KEY.encode()), (b"content-type", b"application/json")]
    request = make_request("POST", route.format(known).encode(), query, sent, body)
    check(request, gateway.deliver(request).response)


def test_a_fault_of_the_gateway_itself_tells_nothing(
    gateway: LocalGateway, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError(SECRET)

    with session(gateway, KEY) as client:
        contract_id = client.http.get("/contracts").json()[0]["id"]
        monkeypatch.setattr(
            "contractgate_http.local.handlers.ingest.limits.check_number", break_down
        )
        reply = client.ingest(contract_id, {"id": 1, "email": SECRET})
    assert reply.json() == {"error": "Internal server error", "status": 500}
    assert "fault in the gateway: ZeroDivisionError in break_down" in caplog.text
    assert SECRET not in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
@pytest.mark.parametrize("path", ["/contracts/\0", "/contracts/%00/versions/%00", "/stats%00"])
def test_a_nul_in_a_path_is_answered(gateway: LocalGateway, method: str, path: str) -> None:
    request = make_request(method, path.encode(), b"", [(b"x-api-key", KEY.encode())], b"")
    check(request, gateway.deliver(request).response)
