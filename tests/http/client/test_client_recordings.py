"""Every recorded reply of a real gateway, through both clients."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from client_calls import method_for
from contractgate_core.errors import DeprecatedVersionError, HTTPError, PlanLimitError
from contractgate_http import AsyncClient, Client
from http_replay import scenarios

# Routes that have no method: sharing, exports of the scorecard, and requests that are wrong.
WITHOUT_METHOD = {
    "DELETE /audit",
    "GET /",
    "GET /catalog",
    "GET /contracts/",
    "GET /contracts/*/versions/",
    "GET /contracts/deploy",
    "GET /contracts/diff",
    "GET /contracts/infer",
    "GET /health/",
    "GET /no/such",
    "GET /no/such/path",
    "GET /playground/validate",
    "GET /public-contracts/*",
    "GET /published/nothing-here",
    "GET /scorecard/nobody/drift",
    "GET /scorecard/nobody/export",
    "GET /v1",
    "GET /v1/ingest/*",
    "GET /v2/ingest/*",
    "PATCH /contracts/import",
    "POST /health",
    "PUT /audit",
    "PUT /contracts",
}
CLASSES = {
    400: "BadRequestError",
    401: "AuthError",
    404: "NotFoundError",
    405: "HTTPError",
    409: "ConflictError",
    413: "PayloadTooLargeError",
    415: "HTTPError",
    422: "ValidationFailedError",
    429: "RateLimitError",
    500: "ServerError",
    504: "ServerError",
}
PLACEHOLDER = re.compile(r"\{\{([A-Za-z]+)(?::([^{}]*))?\}\}")


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every recorded step with its place."""
    for scenario in scenarios():
        for number, step in enumerate(scenario["steps"]):
            yield f"{scenario['id']} step {number}", step


def filled(text: str) -> str:
    """Replace placeholders by sensible values."""
    text = re.sub(r'"\{\{(?:us|n|ms)\}\}"', "7", text)
    stands_for = {
        "uuid": "22222222-2222-4222-8222-222222222222",
        "time": "2026-11-24T22:00:00.123456789Z",
        "month": "2026-11-01T00:00:00Z",
        "period": "2026-11",
    }
    return PLACEHOLDER.sub(lambda found: stands_for.get(found[1], "7"), text)


def reply(step: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Rebuild the recorded reply."""
    recorded = step["response"]
    if "body_subset" in recorded:
        # Too long to be kept whole: what was left out is added, so that it is of its kind.
        path = step["request"]["path"]
        is_replay, is_egress = path.endswith("/replay"), path.startswith("/egress")
        added = {"passed": 0, "failed": 0, "resolved_version": "1.0.0"}
        added = {} if is_replay else added
        items: dict[str, Any] = {"outcomes" if is_egress else "results": []}
        text = json.dumps({**added, **items, **recorded["body_subset"]})
    else:
        text = recorded["body_text"]
    headers = {name: filled(value) for name, value in recorded["headers"].items()}
    return recorded["status"], headers, filled(text).encode()


def decoded(body: bytes) -> Any:
    """Decode a body as far as it can be."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode() or None


def lost(said: Any, kept: Any, path: str = "$") -> Iterator[str]:
    """Name everything in a reply that its value has lost."""
    if isinstance(said, dict) and isinstance(kept, dict):
        for key, value in said.items():
            if key not in kept:
                yield f"{path}.{key}"
            else:
                yield from lost(value, kept[key], f"{path}.{key}")
    elif isinstance(said, list) and isinstance(kept, list) and len(said) == len(kept):
        for index, pair in enumerate(zip(said, kept)):
            yield from lost(*pair, f"{path}[{index}]")
    elif repr(said) != repr(kept) and not (said == kept and path.endswith("avg_validation_us")):
        yield f"{path}: {said!r} became {kept!r}"


def as_json(value: Any) -> Any:
    """Write a value as the JSON that it was read from."""
    return json.loads(msgspec.json.encode(value, enc_hook=str))


def check_value(step: dict[str, Any], value: Any) -> list[str]:
    """Say what is wrong with a value."""
    status, headers, body = reply(step)
    if status == 204:
        return [] if value is None else [f"expected None, got {value!r}"]
    said = decoded(body)
    found = list(lost(said, value if isinstance(said, str) else as_json(value)))
    if isinstance(value, (dict, str)):
        return found  # plain, as 0.4.0 gave it, or a document
    assert value.meta.status == status
    return found + [f"header {name}" for name in headers if name not in value.meta.headers]


def check_error(step: dict[str, Any], error: HTTPError) -> list[str]:
    """Say what is wrong with an error."""
    status, headers, body = reply(step)
    said = decoded(body)
    expected = CLASSES[status]
    if isinstance(said, dict):
        if said["error"] == "plan_limit_exceeded":
            assert isinstance(error, PlanLimitError)
            assert (error.plan, error.limit, error.used) == tuple(
                said[key] for key in ("plan", "limit", "used")
            )
            expected = "PlanLimitError"
        elif said["error"] == "idempotency_conflict":
            expected = "IdempotencyConflictError"
        elif "deprecated; batch" in said["error"]:
            assert isinstance(error, DeprecatedVersionError)
            results = said.get("batch", said)["results"]
            assert not list(lost(results, as_json(list(error.results))))
            expected = "DeprecatedVersionError"
    found = [] if type(error).__name__ == expected else [f"{type(error).__name__}"]
    found += list(lost(said, error.body))
    found += [f"header {name}" for name in headers if name not in error.headers]
    return found if error.status == status else [*found, f"status {error.status}"]


def is_value(step: dict[str, Any]) -> bool:
    """Return whether a reply brings a value, according to the protocol."""
    status, _, body = reply(step)
    said = decoded(body)
    if status == 422 and isinstance(said, dict):
        return "outcomes" in said or ("results" in said and "resolved_version" in said)
    return status < 300


def outcome(step: dict[str, Any], came: Any) -> list[str]:
    """Say what is wrong with the outcome of a reply."""
    if isinstance(came, HTTPError):
        return ["an error"] if is_value(step) else check_error(step, came)
    return check_value(step, came) if is_value(step) else [f"a value: {came!r}"]


CASES = [
    (place, step, make)
    for place, step in steps()
    for make in [method_for(step["request"]["method"], step["request"]["path"])]
    if make is not None
]


def test_the_routes_without_a_method_are_known() -> None:
    """So that no recorded reply is left out unnoticed."""
    some_id = re.compile(r"\{\{[A-Za-z]+:[^}]*\}\}|[0-9a-f]{8}-[0-9a-f-]{27}")
    left_out = {
        f"{request['method']} {some_id.sub('*', request['path'])}"
        for _, step in steps()
        for request in [step["request"]]
        if method_for(request["method"], request["path"]) is None
    }
    assert left_out == WITHOUT_METHOD
    assert len(CASES) > 1300


class Recorded:
    """Answers as the gateway once did.

    Attributes:
        exchange: The recorded exchange that is played.
    """

    exchange: dict[str, Any]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        status, headers, body = reply(self.exchange)
        return httpx.Response(status, headers=headers, content=body)


def test_the_client_reads_every_recorded_reply() -> None:
    """As a value or as an error of the right class, and nothing of it is lost."""
    wrong: list[str] = []
    recorded = Recorded()
    with Client("http://gw", "cg_k", transport=httpx.MockTransport(recorded)) as client:
        for place, exchange, make in CASES:
            recorded.exchange = exchange
            try:
                came = make(client)
            except HTTPError as error:
                came = error
            wrong += [f"{place}: {problem}" for problem in outcome(exchange, came)]
    assert wrong == []


@pytest.mark.anyio
async def test_the_async_client_reads_every_recorded_reply() -> None:
    """In the same way."""
    wrong: list[str] = []
    recorded = Recorded()
    async with AsyncClient("http://gw", "cg_k", transport=httpx.MockTransport(recorded)) as client:
        for place, exchange, make in CASES:
            recorded.exchange = exchange
            try:
                came = await make(client)
            except HTTPError as error:
                came = error
            wrong += [f"{place}: {problem}" for problem in outcome(exchange, came)]
    assert wrong == []
