"""The routes: which handler serves which path.

Source: docs/spec/gateway-http.md, sections 1.1, 1.3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Optional, Union
from urllib.parse import unquote_to_bytes

from contractgate_http.local.context import BodyLimit, Context, Rendering
from contractgate_http.local.handlers import (
    account,
    audit,
    contracts,
    deploy,
    diff,
    egress,
    health,
    ingest,
    legacy,
    odcs,
    playground,
    quarantine,
    replay,
    report,
    sharing,
    versions,
)
from contractgate_http.local.message import Response
from contractgate_http.local.refusals import RefusalError, not_found, text_refusal
from contractgate_http.local.rules.limits import LONG_BODY, SHORT_BODY

__all__ = ["Handler", "Match", "Route", "find_route"]

Handler = Callable[[Context], Union[Response, Rendering]]


class Route(NamedTuple):
    """One path and its handlers.

    Attributes:
        segments: The path's segments; one in braces is variable.
        handlers: The handlers by method.
        limit: How long a body may be.
        is_open: No key is required.
        is_instant: It does not use the database either, and never waits.
    """

    segments: tuple[str, ...]
    handlers: dict[str, Handler]
    limit: BodyLimit = SHORT_BODY
    is_open: bool = False
    is_instant: bool = False

    @property
    def allowed(self) -> str:
        """The methods, as the `allow` header lists them; HEAD is served wherever GET is."""
        methods = [(method, "HEAD") if method == "GET" else (method,) for method in self.handlers]
        return ",".join(name for names in methods for name in names)

    def handler(self, method: str) -> Optional[Handler]:
        """Return the handler for a method, if there is one."""
        return self.handlers.get("GET" if method == "HEAD" else method)


class Match(NamedTuple):
    """A route, and the variable segments of a path that leads to it, as they came."""

    route: Route
    raw: dict[str, bytes]

    def params(self) -> dict[str, str]:
        """Decode the variable segments (text P2)."""
        decoded: dict[str, str] = {}
        for name, value in self.raw.items():
            try:
                decoded[name] = unquote_to_bytes(value).decode()
            except UnicodeDecodeError:
                raise _not_utf8(name) from None
        return decoded


def _not_utf8(name: str) -> RefusalError:
    return text_refusal(400, f"Invalid URL: Invalid UTF-8 in `{name}`")


def _route(
    path: str,
    limit: BodyLimit = SHORT_BODY,
    *,
    is_open: bool = False,
    is_instant: bool = False,
    **handlers: Handler,
) -> Route:
    by_method = {method.upper(): handler for method, handler in handlers.items()}
    return Route(tuple(path.split("/")[1:]), by_method, limit, is_open, is_instant)


def _not_served(context: Context) -> Response:
    """Refuse a route that the gateway has and we do not."""
    raise not_found("the local gateway does not serve this route")


_VERSION = "/contracts/{id}/versions/{version}"

ROUTES: tuple[Route, ...] = (
    _route("/health", is_open=True, is_instant=True, get=health.health),
    _route("/ready", is_open=True, get=health.ready),
    _route("/contracts", get=contracts.list_contracts, post=contracts.create_contract),
    _route("/contracts/deploy", post=deploy.deploy),
    _route("/contracts/import", post=odcs.import_odcs),
    _route("/contracts/diff", post=diff.diff),
    _route(
        "/contracts/{id}",
        get=contracts.get_contract,
        patch=contracts.patch_contract,
        delete=contracts.delete_contract,
    ),
    _route("/contracts/{id}/name-history", get=contracts.name_history),
    _route("/contracts/{id}/payload-storage", patch=account.contract_storage),
    _route("/contracts/{id}/purge-bodies", post=account.purge_bodies),
    _route("/contracts/{id}/versions", get=versions.list_versions, post=versions.create_version),
    _route("/contracts/{id}/versions/latest-stable", get=versions.latest_stable),
    _route(
        _VERSION,
        get=versions.get_version,
        patch=versions.patch_version,
        delete=versions.delete_version,
    ),
    _route(f"{_VERSION}/promote", post=versions.promote_version),
    _route(f"{_VERSION}/deprecate", post=versions.deprecate_version),
    _route(f"{_VERSION}/approve-import", post=versions.approve_import),
    _route(f"{_VERSION}/export", get=odcs.export_odcs),
    _route("/contracts/{id}/quarantine/replay", post=replay.replay_contract),
    _route(
        "/contracts/{contract_id}/quarantine/{quar_id}/replay-history",
        get=quarantine.contract_history,
    ),
    _route("/v1/contracts/{contract_id}/version", LONG_BODY, get=versions.probe_version),
    _route("/v1/ingest/{contract_id}", LONG_BODY, post=ingest.ingest),
    _route("/ingest/{contract_id}", post=legacy.ingest),
    _route("/ingest/{contract_id}/stats", get=audit.contract_stats),
    _route("/egress/{contract_id}", post=egress.egress),
    _route("/contracts/{id}/report", get=report.report),
    _route("/audit", get=audit.list_audit),
    _route("/stats", get=audit.org_stats),
    _route("/playground/validate", post=playground.validate),
    _route("/quarantine", get=quarantine.list_quarantine),
    _route("/quarantine/replay", post=replay.replay_events),
    _route("/quarantine/replay-history", get=quarantine.event_history),
    _route("/usage", get=account.usage),
    _route("/settings/payload-storage", get=account.get_storage, put=account.put_storage),
    _route("/catalog", is_open=True, get=sharing.catalog),
    _route("/public-contracts/{id}", is_open=True, get=sharing.public_contract),
    _route("/published/{ref}", is_open=True, get=sharing.published),
    # The gateway has these; here, they only report which methods they take.
    _route("/contracts/infer", LONG_BODY, post=_not_served),
    *(
        _route(f"/contracts/infer/{kind}", LONG_BODY, post=_not_served)
        for kind in ("avro", "csv", "openapi", "proto", "url")
    ),
    _route("/contracts/scaffold", post=_not_served),
    _route("/contracts/import-published", post=_not_served),
    _route("/contracts/{id}/fork", post=_not_served),
    _route("/contracts/{id}/import-status", get=_not_served),
    _route(f"{_VERSION}/odcs-conformance", get=_not_served),
    _route(f"{_VERSION}/publish", post=_not_served),
    _route("/contracts/publications/{ref}", delete=_not_served),
    _route("/scorecard/{source}", get=_not_served),
    _route("/scorecard/{source}/drift", get=_not_served),
    _route("/scorecard/{source}/export", get=_not_served),
    _route("/public-contracts", is_open=True, get=_not_served),
    _route("/openapi.json", is_open=True, get=_not_served),
    _route("/metrics", is_open=True, get=_not_served),
)


class _Node:
    """The routes that share the beginning of a path."""

    def __init__(self) -> None:
        self.fixed: dict[bytes, _Node] = {}
        self.variable: list[tuple[str, _Node]] = []
        self.route: Optional[Route] = None

    def below(self, segment: str) -> _Node:
        """Return the node below for a segment, made if there is none."""
        if not segment.startswith("{"):
            return self.fixed.setdefault(segment.encode(), _Node())
        name = segment[1:-1]
        for known, node in self.variable:
            if known == name:
                return node
        self.variable.append((name, _Node()))
        return self.variable[-1][1]

    def find(self, segments: list[bytes], at: int) -> Optional[tuple[Route, dict[str, bytes]]]:
        """Find the route for a path; fixed segments win over variable ones."""
        if at == len(segments):
            return None if self.route is None else (self.route, {})
        fixed = self.fixed.get(segments[at])
        found = fixed.find(segments, at + 1) if fixed is not None else None
        if found is not None or not segments[at]:
            return found
        for name, node in self.variable:
            found = node.find(segments, at + 1)
            if found is not None:
                return found[0], {name: segments[at], **found[1]}
        return None


def _tree() -> _Node:
    root = _Node()
    for route in ROUTES:
        node = root
        for segment in route.segments:
            node = node.below(segment)
        node.route = route
    return root


_ROOT = _tree()


def find_route(path: bytes) -> Optional[Match]:
    """Find the route for a path; one with a trailing slash is another path."""
    found = _ROOT.find(path.split(b"/")[1:], 0) if path.startswith(b"/") else None
    return found and Match(*found)
