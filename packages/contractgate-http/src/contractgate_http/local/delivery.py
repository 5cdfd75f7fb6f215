"""What a transport delivers: an answer, late or broken if a fault says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Optional

from contractgate_http.local.answer import answer, explained
from contractgate_http.local.faults import Fault, FaultKind, Faults
from contractgate_http.local.message import Request, Response, empty_response
from contractgate_http.local.recorded import RequestLog
from contractgate_http.local.state import State
from contractgate_http.local.steps import Steps

__all__ = ["Breakage", "Delivery", "deliver"]

Breakage = Literal["reset", "truncated", "endless"]
"""How a connection breaks off, or never ends."""

_BREAKAGES: dict[FaultKind, Breakage] = {
    "reset_before": "reset",
    "reset_after": "reset",
    "truncated": "truncated",
    "endless": "endless",
}


class Delivery(NamedTuple):
    """An answer and how it is delivered.

    Attributes:
        response: The answer; a client sees nothing of it if the connection is reset.
        wait: How long it takes to arrive, in **seconds**.
        breakage: What happens to the connection.
        pause: The pause between pieces of an endless body, in **seconds**.
    """

    response: Response
    wait: float = 0.0
    breakage: Optional[Breakage] = None
    pause: float = 0.0


def deliver(state: State, faults: Faults, log: RequestLog, request: Request) -> Steps[Delivery]:
    """Answer a request, with any faults."""
    state.check_open()
    chosen = faults.choose(request, log.next_number())
    entry = log.add(request)
    if not chosen:
        response = yield from answer(state, request)
        entry.answered(response.status)
        return Delivery(response)
    delivery = yield from _faulty(state, request, chosen)
    is_seen = delivery.breakage != "reset"
    entry.answered(delivery.response.status if is_seen else None)
    return delivery


def _faulty(state: State, request: Request, faults: Sequence[Fault]) -> Steps[Delivery]:
    kinds = {fault.kind for fault in faults}
    for fault in faults:
        if fault.kind == "clock_jump":
            state.clock.move(fault.seconds)
    wait = sum(fault.seconds for fault in faults if fault.kind == "slow")
    breakage = _breakage(faults)
    pause = sum(fault.seconds for fault in faults if fault.kind == "endless")
    if "reset_before" in kinds:
        return Delivery(empty_response(0), wait, "reset")
    response = explained(request, lambda: _reply(state, faults))
    if response is None:
        response = yield from _worked(state, request, faults, 2 if "duplicate" in kinds else 1)
    return Delivery(response, wait, breakage, pause)


def _breakage(faults: Sequence[Fault]) -> Optional[Breakage]:
    for fault in faults:
        if fault.kind in _BREAKAGES:
            return _BREAKAGES[fault.kind]
    return None


def _reply(state: State, faults: Sequence[Fault]) -> Optional[Response]:
    """Return the answer that replaces the gateway's, if a fault has one."""
    now = state.clock.seconds()
    replies = [fault.reply(now) for fault in faults]
    return next((reply for reply in replies if reply is not None), None)


def _worked(state: State, request: Request, faults: Sequence[Fault], times: int) -> Steps[Response]:
    """Do the work, perhaps twice, and return the last answer."""
    delay = sum(fault.seconds for fault in faults if fault.kind == "late_writes")
    for _ in range(times - 1):
        yield from answer(state, request, delay)
    return (yield from answer(state, request, delay))
