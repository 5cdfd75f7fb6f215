"""Any answer is a value of its type, or one of our errors; never anything else."""

from __future__ import annotations

import json
from typing import Any, Optional

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_calls import ROUTES
from contractgate_core.errors import ContractGateError
from contractgate_http import Client, RetryPolicy
from json_values import JSON_VALUES

KEYS = st.sampled_from(
    [
        "error",
        "detail",
        "status",
        "results",
        "batch",
        "outcomes",
        "violations",
        "resolved_version",
        "version_pin_source",
        "retry_after_ms",
        "plan",
        "limit",
        "id",
        "name",
        "total",
        "passed",
        "failed",
        "payload",
        "kind",
        "created_at",
    ]
)
WORDS = st.sampled_from(
    ["plan_limit_exceeded", "idempotency_conflict", "pinned_deprecated", "", "2026-99-99", None]
)
SHAPED = st.recursive(
    st.one_of(WORDS, st.integers(-5, 10**19), st.floats(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=15,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    SHAPED.map(lambda value: json.dumps(value).encode()),
    JSON_VALUES.map(lambda value: json.dumps(value).encode()),
)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "retry-after", "x-ratelimit-reset", "x-ratelimit-limit"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)
STATUSES = st.one_of(
    st.sampled_from([200, 201, 204, 207, 400, 408, 422, 429, 503]), st.integers(200, 599)
)


@given(st.sampled_from(ROUTES), STATUSES, HEADERS, BODIES)
def test_any_answer_is_a_value_or_an_error_of_ours(
    route: Any, status: int, headers: dict[str, str], body: bytes
) -> None:
    """It can be shown, and its attributes can be read."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, content=body)

    policy = RetryPolicy(attempts=2, first_pause=0, write_pause=0, deadline=0.5)
    with Client("http://gw", "cg_k", transport=httpx.MockTransport(answer), retries=policy) as cg:
        try:
            value = route[2](cg)
        except ContractGateError as error:
            assert str(error)
            assert repr(error)
        else:
            assert repr(value)
            check_meta(getattr(value, "meta", None), status)


def check_meta(meta: Optional[Any], status: int) -> None:
    """Read everything besides the body."""
    if meta is not None:
        assert meta.status == status
        for number in (meta.rate_limit, meta.rate_remaining, meta.rate_reset):
            assert number is None or number >= 0
        assert meta.is_replay is False


@pytest.mark.parametrize("depth", [10, 200, 5000, 200_000])
def test_answers_may_be_nested_to_any_depth(depth: int) -> None:
    """Those that cannot be read are an error."""
    nested = b"[" * depth + b"]" * depth
    body = b'{"total":1,"passed":1,"failed":0,"resolved_version":"1","results":[{"passed":true,'
    body += b'"violations":[],"contract_version":"1","transformed_event":' + nested + b"}]}"
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    with Client("http://gw", transport=transport) as cg:
        try:
            event = cg.ingest("c", [{}]).results[0].transformed_event
        except ContractGateError as error:
            assert depth > 100
            assert "cannot be read" in str(error)
        else:
            assert len(msgspec.json.encode(event)) == 2 * depth
