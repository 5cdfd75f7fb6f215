"""Faults that a gateway shows on purpose, so that what stands before it can be tested."""

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
"""What can go wrong; docs/gateway.md tells of each."""

Body = Literal["json", "html", "empty"]
"""What a server error says."""

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
    """A fault that was shown.

    Attributes:
        kind: Which.
        method: Of the request that it befell.
        path: Of the request that it befell.
        number: Which request that was, from 0, counting all.
    """

    kind: FaultKind
    method: str
    path: str
    number: int


class Fault:
    """Something that goes wrong, and when.

    Args:
        kind: What goes wrong.
        route: Only for requests such as `POST /v1/ingest/*` or `/audit`; a star stands for
            anything.
        times: So often at most.
        probability: In so many of all cases, from 0 to 1.
        seed: Decides which cases these are.
        when: Only for requests for which it is true.
        seconds: How long: a slow answer, the wait that a 429 asks for, the pause between pieces of
            an endless body, the clock's jump, the delay of late writes.
        status: The status of a server error.
        body: What a server error says.
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
            raise ValueError(f"no fault is called {kind!r}")
        if not 0 <= probability <= 1:
            raise ValueError("a probability is from 0 to 1")
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
        """Decide whether a request is one of those, and count it if so."""
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
        """Give the answer that stands in place of the gateway's, if the fault is one.

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
    """Make the bucket that fills up in so many seconds."""
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
    """The faults of one gateway, and what came of them."""

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
        """Let something go wrong from now on; see `Fault` for the arguments.

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
        """Let a fault happen no more."""
        with self._lock:
            self._faults = [one for one in self._faults if one is not fault]

    def clear(self) -> None:
        """Let nothing go wrong any more, and forget what did."""
        with self._lock:
            self._faults, self._injected = [], []

    @property
    def injected(self) -> list[Injected]:
        """What went wrong, in order."""
        with self._lock:
            return list(self._injected)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def renew_lock(self) -> None:
        """Make the lock anew in a forked child; a thread that held it is not there."""
        self._lock = threading.RLock()

    def choose(self, request: Request, number: int) -> list[Fault]:
        """Choose the faults that befall a request, and note them.

        Args:
            request: The request.
            number: Which it is, from 0, counting all.
        """
        if not self._faults:  # most often; nobody waits for a lock then
            return []
        seen = masked(request)
        with self._lock:
            chosen = [fault for fault in self._faults if fault.befalls(seen)]
            self._injected += [
                Injected(fault.kind, seen.method, seen.path, number) for fault in chosen
            ]
        return chosen
