"""From request to response: the only way through the gateway.

Source of the order of checks: docs/spec/gateway-http.md, section 1.1.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Callable, Optional, TypeVar, Union

from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.handlers.health import READY_PATH, degraded
from contractgate_http.local.message import Request, Response, empty_response
from contractgate_http.local.prepared import BadContractError
from contractgate_http.local.refusals import (
    RefusalError,
    database_error,
    internal_error,
    invalid_contract,
    text_refusal,
)
from contractgate_http.local.routes import Match, find_route
from contractgate_http.local.rules.keys import authenticate
from contractgate_http.local.rules.limits import SHORT_BODY, take_first_token
from contractgate_http.local.state import Arrival, State
from contractgate_http.local.steps import Job, Steps
from contractgate_http.local.turns import short_turns
from contractgate_http.local.work import LONG, Unfinished, Work

__all__ = ["answer", "explained"]

T = TypeVar("T")

_log = logging.getLogger("contractgate_http.local")

_CORS = (
    ("access-control-allow-methods", "GET,POST,PATCH,DELETE,OPTIONS"),
    ("access-control-allow-headers", "authorization,content-type,accept,x-api-key"),
)

_NEVER = Arrival(0, 0.0)


def answer(state: State, request: Request, delay: float = 0.0) -> Steps[Response]:
    """Answer a request.

    Its changes are kept as a whole or, if the gateway itself is at fault, not at all. It raises
    only what `State.check_open` raises.

    Args:
        state: The gateway.
        request: The request.
        delay: How long to hold back its late writes, in **seconds**.
    """
    if request.method == "OPTIONS":
        return empty_response(200, *_CORS)
    match = find_route(request.path)
    if match is not None and match.route.is_instant:
        context = Context(state, request, _NEVER, 0.0)
        response = explained(request, lambda: _rendered(_settled(context, match)))
    else:
        response = yield from _in_transactions(state, request, match, delay)
    return _without_body(response) if request.method == "HEAD" else response


def _in_transactions(
    state: State, request: Request, match: Optional[Match], delay: float
) -> Steps[Response]:
    arrival = explained(request, state.arrive)
    if isinstance(arrival, Response):
        return arrival
    attempt = _Attempt(Context(state, request, arrival, delay), match)
    yield Job(attempt.run, "database")
    while isinstance(attempt.outcome, Work):
        yield _job(state, attempt.outcome)
        yield Job(attempt.run, "database")
    outcome = attempt.outcome
    if isinstance(outcome, Rendering):
        rendering, written = outcome, list[Response]()
        write = lambda: written.append(explained(request, rendering.write))  # noqa: E731
        yield _job(state, Work(write, rendering.size))
        return written[0]
    return outcome


def _job(state: State, work: Work) -> Job:
    """Make a job of slow work; long jobs take turns."""
    if work.size <= LONG:
        return Job(work.run, "shared" if work.is_shared else "short")

    def take_turn() -> None:
        with state.turn, short_turns():
            work.run()

    return Job(take_turn, "long")


class _Attempt:
    """One attempt of a handler, in one transaction.

    Attributes:
        outcome: The answer, or the work to do before the next attempt.
    """

    outcome: Union[Response, Rendering, Work]

    def __init__(self, context: Context, match: Optional[Match]) -> None:
        self._context = context
        self._match = match

    def run(self) -> None:
        """Handle the request, from the beginning."""
        state = self._context.state
        state.check_open()  # first: in a forked child, a lost thread may still hold the lock
        with state.lock:
            state.check_open()
            try:
                self.outcome = explained(self._context.request, self._handle)
            except Unfinished as left:
                self.outcome = left.work

    def _handle(self) -> Union[Response, Rendering]:
        context, state = self._context, self._context.state
        state.late.flush(state.store, context.seconds)
        context.begin()
        try:
            with state.store.database.transaction():
                outcome = _settled(context, self._match)
        except Unfinished:
            raise
        except BaseException:
            state.pass_time(context.arrival, context.now)
            raise
        state.pass_time(context.arrival, context.now)
        state.late.add(context.held_back)
        return outcome


def explained(request: Request, work: Callable[[], T]) -> Union[T, Response]:
    """Do part of the work, and turn its errors into answers."""
    try:
        return work()
    except Unfinished:
        raise
    except RefusalError as refusal:
        return refusal.response
    except sqlite3.Error:
        asks_for_it = request.path == READY_PATH
        return degraded() if asks_for_it else database_error().response
    except BadContractError as error:  # stored by a version that read it differently
        return invalid_contract(error.reason).response
    except Exception as error:  # its text may quote the request
        _log.error("fault in the gateway: %s", _place(error))
        return internal_error().response


def _rendered(outcome: Union[Response, Rendering]) -> Response:
    return outcome.write() if isinstance(outcome, Rendering) else outcome


def _without_body(response: Response) -> Response:
    """Leave out the body, but keep its length."""
    length = ("content-length", str(len(response.body)))
    return response._replace(body=b"").with_headers([length])


def _settled(context: Context, match: Optional[Match]) -> Union[Response, Rendering]:
    """Answer the request; writes before a refusal stay."""
    try:
        return _served(context, match)
    except RefusalError as refusal:
        return refusal.response


def _served(context: Context, match: Optional[Match]) -> Union[Response, Rendering]:
    if match is None or not match.route.is_open:
        context.caller = authenticate(context)
        take_first_token(context)
    context.limit = SHORT_BODY if match is None else match.route.limit
    declared = context.request.declared_length
    if declared is not None and declared > context.limit.declared:
        raise text_refusal(413, "length limit exceeded")
    if match is None:
        return empty_response(404)
    return _handled(context, match)


def _handled(context: Context, match: Match) -> Union[Response, Rendering]:
    handler = match.route.handler(context.request.method)
    if handler is None:
        return empty_response(405, ("allow", match.route.allowed))
    context.params = match.params()
    return handler(context)


def _place(error: BaseException) -> str:
    """Name an exception and the line it came from, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
    return f"{type(error).__name__}{where}"
