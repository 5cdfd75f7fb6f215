"""What a transport brings back: an answer, late or broken where a fault says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Optional

from contractgate_http.local.answer import answer
from contractgate_http.local.faults import Fault, FaultKind, Faults
from contractgate_http.local.message import Request, Response, empty_response
from contractgate_http.local.recorded import RequestLog
from contractgate_http.local.state import State

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


def deliver(state: State, faults: Faults, log: RequestLog, request: Request) -> Delivery:
    """Answer a request, faults included; called by one thread at a time."""
    chosen = faults.choose(request, log.total) if faults else []
    if not chosen:
        response = answer(state, request)
        log.add(request, response.status)
        return Delivery(response)
    delivery = _faulty(state, request, chosen)
    is_seen = delivery.breakage != "reset"
    log.add(request, delivery.response.status if is_seen else None)
    return delivery


def _faulty(state: State, request: Request, faults: Sequence[Fault]) -> Delivery:
    kinds = {fault.kind for fault in faults}
    for fault in faults:
        if fault.kind == "clock_jump":
            state.clock_offset += fault.seconds
    wait = sum(fault.seconds for fault in faults if fault.kind == "slow")
    breakage = _breakage(faults)
    pause = sum(fault.seconds for fault in faults if fault.kind == "endless")
    if "reset_before" in kinds:
        return Delivery(empty_response(0), wait, "reset")
    replies = [fault.reply(state.seconds()) for fault in faults]
    response = next((reply for reply in replies if reply is not None), None)
    if response is None:
        response = _worked(state, request, faults, 2 if "duplicate" in kinds else 1)
    return Delivery(response, wait, breakage, pause)


def _breakage(faults: Sequence[Fault]) -> Optional[Breakage]:
    for fault in faults:
        if fault.kind in _BREAKAGES:
            return _BREAKAGES[fault.kind]
    return None


def _worked(state: State, request: Request, faults: Sequence[Fault], times: int) -> Response:
    """Do the work, perhaps twice; the last answer is the one that is seen."""
    state.late.delay = sum(fault.seconds for fault in faults if fault.kind == "late_writes")
    try:
        for _ in range(times - 1):
            answer(state, request)
        return answer(state, request)
    finally:
        state.late.delay = 0.0
