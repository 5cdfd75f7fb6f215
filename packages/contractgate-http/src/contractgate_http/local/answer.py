"""From request to response: the one way through the gateway.

Source of the order of checks: docs/spec/gateway-http.md, section 1.1.
"""

from __future__ import annotations

import logging
import sqlite3

from contractgate_core.errors import ContractCompileError
from contractgate_http.local.context import Context
from contractgate_http.local.message import Request, Response, empty_response
from contractgate_http.local.prepared import parse_reason
from contractgate_http.local.refusals import (
    RefusalError,
    database_error,
    internal_error,
    invalid_contract,
    text_refusal,
)
from contractgate_http.local.routes import Match, find_place
from contractgate_http.local.rules.health import READY_PATH, degraded
from contractgate_http.local.rules.keys import authenticate
from contractgate_http.local.rules.limits import SHORT_BODY, take_first_token
from contractgate_http.local.state import State

__all__ = ["answer"]

_log = logging.getLogger("contractgate_http.local")

_CORS = (
    ("access-control-allow-methods", "GET,POST,PATCH,DELETE,OPTIONS"),
    ("access-control-allow-headers", "authorization,content-type,accept,x-api-key"),
)


def answer(state: State, request: Request) -> Response:
    """Answer a request.

    What it changes is kept as a whole, or, if the gateway itself is at fault, not at all. It never
    raises.
    """
    if request.method == "OPTIONS":
        return empty_response(200, *_CORS)
    try:
        with state.store.database.transaction():
            response = _settled(state, request)
    except sqlite3.Error:
        asks_for_it = request.path == READY_PATH
        response = degraded() if asks_for_it else database_error().response
    except ContractCompileError as error:  # stored by a version that read it in another way
        response = invalid_contract(parse_reason(error)).response
    except Exception as error:  # whatever it is, its text may quote the request
        _log.error("fault in the gateway: %s", _place(error))
        response = internal_error().response
    return _without_body(response) if request.method == "HEAD" else response


def _without_body(response: Response) -> Response:
    """Leave the body out, but not its length."""
    length = ("content-length", str(len(response.body)))
    return response._replace(body=b"").with_headers([length])


def _settled(state: State, request: Request) -> Response:
    """Answer; what was written before a refusal stays."""
    context = Context(state, request)
    state.late.flush(context.seconds)
    try:
        return _served(context)
    except RefusalError as refusal:
        return refusal.response


def _served(context: Context) -> Response:
    match = find_place(context.request.path)
    if match is None or not match.place.is_open:
        context.caller = authenticate(context)
        take_first_token(context)
    context.limit = SHORT_BODY if match is None else match.place.limit
    declared = context.request.declared_length
    if declared is not None and declared > context.limit.declared:
        raise text_refusal(413, "length limit exceeded")
    if match is None:
        return empty_response(404)
    return _handled(context, match)


def _handled(context: Context, match: Match) -> Response:
    handler = match.place.handler(context.request.method)
    if handler is None:
        return empty_response(405, ("allow", match.place.allowed))
    context.params = match.params()
    return handler(context)


def _place(error: BaseException) -> str:
    """Name an exception and where it came from, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
    return f"{type(error).__name__}{where}"
