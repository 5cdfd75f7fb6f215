"""The playground: one event, one contract, nothing kept.

Source: docs/spec/gateway-http.md, sections 5.10 and 6.23.
"""

from __future__ import annotations

from typing import Any

import msgspec

from contractgate_core.models import PlaygroundResponse
from contractgate_http.local.bodies import BodyShape, anything, text
from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, encode_sorted, json_response
from contractgate_http.local.prepared import Prepared
from contractgate_http.local.rules.lookup import check_compiles, read_contract
from contractgate_http.local.transforms import PLAYGROUND_SALT

__all__ = ["validate"]

_VALIDATE = BodyShape(
    "PlaygroundRequest", "yaml_content", "event", yaml_content=text, event=anything
)


def validate(context: Context) -> Rendering:
    """Judge and transform an event by a contract that comes with it."""
    body = context.json(_VALIDATE)
    prepared = read_contract(context, body["yaml_content"])
    check_compiles(context, prepared)
    event, now = body["event"], int(context.seconds)
    size = len(context.request.body) + len(prepared.yaml)
    return Rendering(lambda: _judged(prepared, event, now), size)


def _judged(prepared: Prepared, event: Any, now: int) -> Response:
    verdict = prepared.compiled.check_value(event, now=now)
    transformed = prepared.transforms.apply(event, PLAYGROUND_SALT)
    answer = PlaygroundResponse(
        passed=verdict.passed,
        violations=verdict.violations,
        validation_us=verdict.validation_us,
        transformed_event=msgspec.Raw(encode_sorted(transformed)),
    )
    return json_response(answer)
