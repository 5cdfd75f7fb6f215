"""The playground: one event, one contract, nothing kept.

Source: docs/spec/gateway-http.md, sections 5.10 and 6.23.
"""

from __future__ import annotations

import msgspec

from contractgate_core.models import PlaygroundResponse
from contractgate_http.local.bodies import BodyShape, anything, text
from contractgate_http.local.context import Context
from contractgate_http.local.message import Response, encode_sorted, json_response
from contractgate_http.local.rules.lookup import check_compiles, read_contract
from contractgate_http.local.rules.transforms import PLAYGROUND_SALT

__all__ = ["validate"]

_VALIDATE = BodyShape(
    "PlaygroundRequest", "yaml_content", "event", yaml_content=text, event=anything
)


def validate(context: Context) -> Response:
    """Judge and transform an event by a contract that comes with it."""
    body = context.json(_VALIDATE)
    prepared = read_contract(context, body["yaml_content"])
    check_compiles(prepared)
    verdict = prepared.compiled.check_value(body["event"], now=int(context.seconds))
    transformed = prepared.transforms.apply(body["event"], PLAYGROUND_SALT)
    answer = PlaygroundResponse(
        passed=verdict.passed,
        violations=verdict.violations,
        validation_us=verdict.validation_us,
        transformed_event=msgspec.Raw(encode_sorted(transformed)),
    )
    return json_response(answer)
