"""Faults that a gateway injects on purpose, to test its clients."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, Optional, get_args

from contractgate_core.models import PlanLimitExceeded
from contractgate_http.local.buckets import DEFAULT_RATE, Level
from contractgate_http.local.message import Request, Response, empty_response, json_response
from contractgate_http.local.recorded import RecordedRequest, masked
from contractgate_http.local.refusals import rate_limited, refuse
from contractgate_http.local.rules.limits import UPGRADE_URL, rate_refusal
from contractgate_http.local.times import SECOND, month_of

__all__ = ["Body", "Fault", "FaultKind", "Faults", "Injected"]

FaultKind = Literal[
    "slow",
    "timeout",
    "rate_limit",
    "rate_limit_with_wait",
    "plan_limit",
    "server_error",
    "reset_before",
    "reset_after",
    "truncated",
    "endless",
    "duplicate",
    "clock_jump",
    "late_writes",
]
"""What can go wrong; docs/gateway.md describes each."""

Body = Literal["json", "html", "empty"]
"""The body of a server error."""

Predicate = Callable[[RecordedRequest], bool]

_HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
_DEFAULT_SECONDS: dict[str, float] = {
    "slow": 1.0,
    "rate_limit_with_wait": 0.01,
    "endless": 0.01,
    "clock_jump": 3600.0,
    "late_writes": 1.0,
}


class Injected(NamedTuple):
    """A fault that was injected.

    Attributes:
        kind: The kind of fault.
        method: The method of the request that it affected.
        path: The path of that request.
        number: The number of that request, from 0, counting all.
    """

    kind: FaultKind
    method: str
    path: str
    number: int


class Fault:
    """Something that goes wrong, and when.

    Args:
        kind: What goes wrong.
        route: The requests it affects, such as `POST /v1/ingest/*` or `/audit`; a star matches
            anything.
        times: How often it happens, at most.
        probability: In what part of all cases it happens, from 0 to 1.
        seed: Decides which cases these are.
        when: Only affects requests for which this returns true.
        seconds: How long a slow answer takes, a 429 asks to wait, an endless body pauses between
            pieces, the clock jumps, or late writes are delayed.
        status: The status of a server error.
        body: The body of a server error.
    """

    def __init__(  # noqa: PLR0913 - each says one thing about when or how
        self,
        kind: FaultKind,
        *,
        route: Optional[str] = None,
        times: Optional[int] = None,
        probability: float = 1.0,
        seed: Optional[int] = None,
        when: Optional[Predicate] = None,
        seconds: Optional[float] = None,
        status: int = 500,
        body: Body = "json",
    ) -> None:
        if kind not in get_args(FaultKind):
            raise ValueError(f"there is no fault named {kind!r}")
        if not 0 <= probability <= 1:
            raise ValueError(f"expected probability= to be from 0 to 1, got {probability}")
        if seconds is not None and not math.isfinite(seconds):
            raise ValueError(f"expected seconds= to be a finite number, got {seconds}")
        if seconds is not None and seconds < 0 and kind != "clock_jump":
            raise ValueError(f"expected seconds= to be 0 or more, got {seconds}")
        self.kind: FaultKind = kind
        self.seconds = _DEFAULT_SECONDS.get(kind, 0.0) if seconds is None else seconds
        self.status = status
        self.body: Body = body
        self._method, self._path = _parts(route)
        self._left = times
        self._probability = probability
        self._random = random.Random(seed)  # noqa: S311 - which request fails is no secret
        self._when = when

    def befalls(self, request: RecordedRequest) -> bool:
        """Decide whether the fault affects a request, and count it if so."""
        if self._left == 0 or self._method not in (None, request.method):
            return False
        if not fnmatchcase(request.path, self._path):
            return False
        if self._when is not None and not self._when(request):
            return False
        if self._probability < 1 and self._random.random() >= self._probability:
            return False
        if self._left is not None:
            self._left -= 1
        return True

    def reply(self, now: float) -> Optional[Response]:
        """Return the answer that replaces the gateway's, if the fault has one.

        Args:
            now: The time in Unix **seconds**.
        """
        if self.kind == "timeout":
            return empty_response(408)
        if self.kind == "rate_limit":
            return rate_limited().response
        if self.kind == "rate_limit_with_wait":
            return rate_refusal(_empty_bucket(now, self.seconds)).response
        if self.kind == "plan_limit":
            return _plan_limit(now)
        return _server_error(self.status, self.body) if self.kind == "server_error" else None


def _parts(route: Optional[str]) -> tuple[Optional[str], str]:
    method, space, path = (route or "*").rpartition(" ")
    return (method.upper(), path) if space else (None, path)


def _empty_bucket(now: float, seconds: float) -> Level:
    """Make a bucket that fills up in this many **seconds**."""
    tokens = 1 - seconds * DEFAULT_RATE
    return Level(is_allowed=False, rate=DEFAULT_RATE, tokens=tokens, now=now)


def _plan_limit(now: float) -> Response:
    month = month_of(int(now * SECOND))
    body = PlanLimitExceeded(
        error="plan_limit_exceeded",
        detail=f"Plan event limit exceeded for plan 'free' (1000000/1000000 in {month})",
        plan="free",
        limit=1_000_000,
        used=1_000_000,
        period=month,
        upgrade_url=UPGRADE_URL,
        status=429,
    )
    return json_response(body, 429)


def _server_error(status: int, body: Body) -> Response:
    reason = _REASONS.get(status, "Error")
    if body == "empty":
        return empty_response(status)
    if body == "html":
        text = _HTML.format(f"{status} {reason}")
        return Response(status, (("content-type", "text/html; charset=utf-8"),), text.encode())
    return refuse(status, "Database error" if status == 500 else reason).response


class Faults:
    """The faults of one gateway, and a record of those injected."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._injected: list[Injected] = []
        self._lock = threading.RLock()  # a predicate may add faults

    def add(  # noqa: PLR0913 - the arguments of `Fault`
        self,
        kind: FaultKind,
        *,
        route: Optional[str] = None,
        times: Optional[int] = None,
        probability: float = 1.0,
        seed: Optional[int] = None,
        when: Optional[Predicate] = None,
        seconds: Optional[float] = None,
        status: int = 500,
        body: Body = "json",
    ) -> Fault:
        """Add a fault; see `Fault` for the arguments.

        Returns:
            The fault, for `remove`.

        Raises:
            ValueError: There is no such fault.
        """
        fault = Fault(
            kind,
            route=route,
            times=times,
            probability=probability,
            seed=seed,
            when=when,
            seconds=seconds,
            status=status,
            body=body,
        )
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Remove a fault."""
        with self._lock:
            self._faults = [one for one in self._faults if one is not fault]

    def clear(self) -> None:
        """Remove all faults, and forget those that happened."""
        with self._lock:
            self._faults, self._injected = [], []

    @property
    def injected(self) -> list[Injected]:
        """The faults that happened, in order."""
        with self._lock:
            return list(self._injected)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def renew_lock(self) -> None:
        """Replace the lock in a forked child, where a thread that held it no longer exists."""
        self._lock = threading.RLock()

    def choose(self, request: Request, number: int) -> list[Fault]:
        """Choose the faults that affect a request, and record them.

        Args:
            request: The request.
            number: Its number, from 0, counting all.
        """
        if not self._faults:  # the usual case; it needs no lock
            return []
        seen = masked(request)
        with self._lock:
            chosen = [fault for fault in self._faults if fault.befalls(seen)]
            self._injected += [
                Injected(fault.kind, seen.method, seen.path, number) for fault in chosen
            ]
        return chosen
