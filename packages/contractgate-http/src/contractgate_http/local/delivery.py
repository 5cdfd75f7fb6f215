"""What a transport brings back: an answer, late or broken where a fault says so."""

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
"""How a connection ends before its time, or does not end."""

_BREAKAGES: dict[FaultKind, Breakage] = {
    "reset_before": "reset",
    "reset_after": "reset",
    "truncated": "truncated",
    "endless": "endless",
}


class Delivery(NamedTuple):
    """An answer and how it is brought.

    Attributes:
        response: The answer; of a connection that is reset nothing is seen.
        wait: How long it takes to come, in **seconds**.
        breakage: What happens to the connection.
        pause: How long it is between pieces of an endless body, in **seconds**.
    """

    response: Response
    wait: float = 0.0
    breakage: Optional[Breakage] = None
    pause: float = 0.0


def deliver(state: State, faults: Faults, log: RequestLog, request: Request) -> Steps[Delivery]:
    """Answer a request, faults included."""
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
    """Give the answer that stands in place of the gateway's, if there is one."""
    now = state.clock.seconds()
    replies = [fault.reply(now) for fault in faults]
    return next((reply for reply in replies if reply is not None), None)


def _worked(state: State, request: Request, faults: Sequence[Fault], times: int) -> Steps[Response]:
    """Do the work, perhaps twice; the last answer is the one that is seen."""
    delay = sum(fault.seconds for fault in faults if fault.kind == "late_writes")
    for _ in range(times - 1):
        yield from answer(state, request, delay)
    return (yield from answer(state, request, delay))
