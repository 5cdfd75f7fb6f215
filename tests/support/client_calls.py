"""Which method of a client asks for which route, with arguments that will do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Optional

__all__ = ["ROUTES", "method_for"]

Make = Callable[[Any], Any]

_ID = "11111111-1111-4111-8111-111111111111"
_ONE = r"/contracts/(?!deploy$|import$|diff$|infer$|scaffold$)[^/]+"
_VERSION = _ONE + r"/versions/(?!latest-stable$)[^/]+"

ROUTES: list[tuple[str, str, Make]] = [
    ("GET", "/health", lambda c: c.health()),
    ("GET", "/ready", lambda c: c.ready()),
    ("GET", "/contracts", lambda c: c.list_contracts()),
    ("POST", "/contracts", lambda c: c.create_contract("n", "y")),
    ("POST", "/contracts/deploy", lambda c: c.deploy("n", "y")),
    ("POST", "/contracts/import", lambda c: c.import_odcs("y")),
    ("POST", "/contracts/diff", lambda c: c.diff("a", "b")),
    ("POST", "/contracts/scaffold", lambda c: c.scaffold("n", samples=[{}])),
    ("POST", "/contracts/infer", lambda c: c.infer("n", [{}])),
    ("POST", "/contracts/infer/avro", lambda c: c.infer_avro("n", schema="{}")),
    ("POST", "/contracts/infer/csv", lambda c: c.infer_csv("n", "a,b")),
    ("POST", "/contracts/infer/openapi", lambda c: c.infer_openapi("n", "o")),
    ("POST", "/contracts/infer/proto", lambda c: c.infer_proto("n", "p")),
    ("POST", "/contracts/infer/url", lambda c: c.infer_url("n", "https://x.example")),
    ("GET", _ONE, lambda c: c.get_contract(_ID)),
    ("PATCH", _ONE, lambda c: c.update_contract(_ID, name="n")),
    ("DELETE", _ONE, lambda c: c.delete_contract(_ID)),
    ("GET", _ONE + "/name-history", lambda c: c.list_name_changes(_ID)),
    ("GET", _ONE + "/report", lambda c: c.get_report(_ID)),
    ("PATCH", _ONE + "/payload-storage", lambda c: c.set_contract_storage(_ID, True)),
    ("POST", _ONE + "/purge-bodies", lambda c: c.purge_bodies(_ID)),
    ("GET", _ONE + "/versions", lambda c: c.list_versions(_ID)),
    ("POST", _ONE + "/versions", lambda c: c.create_version(_ID, "1", "y")),
    ("GET", _ONE + "/versions/latest-stable", lambda c: c.get_latest_stable(_ID)),
    ("GET", _VERSION, lambda c: c.get_version(_ID, "1")),
    ("PATCH", _VERSION, lambda c: c.update_version(_ID, "1", "y")),
    ("DELETE", _VERSION, lambda c: c.delete_version(_ID, "1")),
    ("POST", _VERSION + "/promote", lambda c: c.promote_version(_ID, "1")),
    ("POST", _VERSION + "/deprecate", lambda c: c.deprecate_version(_ID, "1")),
    ("POST", _VERSION + "/approve-import", lambda c: c.approve_import(_ID, "1")),
    ("GET", _VERSION + "/export", lambda c: c.export_odcs(_ID, "1")),
    ("GET", _VERSION + "/odcs-conformance", lambda c: c.get_odcs_conformance(_ID, "1")),
    ("GET", "/v1/contracts/[^/]+/version", lambda c: c.probe_version(_ID)),
    ("POST", "/v1/ingest/[^/]+", lambda c: c.ingest(_ID, [{}])),
    ("POST", "/ingest/[^/]+", lambda c: c.ingest_legacy(_ID, [{}])),
    ("GET", "/ingest/[^/]+/stats", lambda c: c.get_contract_stats(_ID)),
    ("POST", "/egress/[^/]+", lambda c: c.egress(_ID, [{}])),
    ("POST", "/playground/validate", lambda c: c.playground_validate("y", {})),
    ("GET", "/audit", lambda c: c.audit()),
    ("GET", "/stats", lambda c: c.stats()),
    ("GET", "/quarantine", lambda c: c.list_quarantine()),
    ("POST", "/quarantine/replay", lambda c: c.replay_events([_ID])),
    ("GET", "/quarantine/replay-history", lambda c: c.get_event_replay_history(_ID)),
    ("POST", _ONE + "/quarantine/replay", lambda c: c.replay(_ID, [_ID])),
    (
        "GET",
        _ONE + "/quarantine/[^/]+/replay-history",
        lambda c: c.get_replay_history(_ID, _ID),
    ),
    ("GET", "/usage", lambda c: c.usage()),
    ("GET", "/settings/payload-storage", lambda c: c.get_payload_storage()),
    ("PUT", "/settings/payload-storage", lambda c: c.set_payload_storage(True)),
    ("GET", "/scorecard/[^/]+", lambda c: c.get_scorecard("s")),
]


def method_for(method: str, path: str) -> Optional[Make]:
    """Give what makes a client ask for a route; None if no method does."""
    for known, pattern, make in ROUTES:
        if known == method and re.fullmatch(pattern, path):
            return make
    return None
