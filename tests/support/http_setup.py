"""The set-up that the recorded conversations assume, made in a local gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from contractgate_http.local import LocalGateway
from http_replay import Scenario

__all__ = ["LEFT_OUT", "NO_AUTH_ORG", "RECORDED_KEYS", "Opener", "prepare", "steps_left_out"]

NO_AUTH_ORG = "cccccccc-cccc-cccc-cccc-cccccccccccc"
OTHER_ORG = "33333333-3333-4333-8333-333333333333"
MAIN_ORG, FREE_ORG = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
CAPPED_ORGS = {
    "capped": ("44444444-4444-4444-8444-444444444444", 999_998),
    "capped2": ("55555555-5555-4555-8555-555555555555", 1_000_000),
}

Opener = Callable[[bool], LocalGateway]
"""Opens a gateway, with keys or without."""

LEFT_OUT = frozenset(
    {
        *(("v106_infer_errors", step) for step in range(15)),
        *(("v108_settings_without_auth", step) for step in range(2, 5)),
    }
)
"""The recorded steps whose routes no local gateway serves, by scenario and step."""


def steps_left_out(scenario: Scenario) -> frozenset[int]:
    """Name the steps of a scenario that are not sent."""
    return frozenset(step for name, step in LEFT_OUT if name == scenario["id"])


def _names() -> list[str]:
    slow = [f"slow{number}" for number in range(1, 17)]
    return ["full", "restricted", "revoked", *slow, "free", "other", *CAPPED_ORGS]


RECORDED_KEYS = {
    name: f"cg_{number:02d}_{name:_<8}_0123456789abcdef" for number, name in enumerate(_names())
}
"""A key for each name in the recordings; no two begin with the same 12 characters."""


def prepare(gateway: LocalGateway) -> None:
    """Add the organisations and keys of the recordings."""
    gateway.add_org(NO_AUTH_ORG, plan="free", store_event_payloads=False)
    gateway.add_org(MAIN_ORG, plan="growth")
    gateway.add_org(FREE_ORG, plan="free", store_event_payloads=False)
    gateway.add_org(OTHER_ORG, plan="growth")
    for name, (org, used) in CAPPED_ORGS.items():
        gateway.add_org(org, plan="free", store_event_payloads=False, used=used)
        _add(gateway, name, org)
    _add(gateway, "full", MAIN_ORG)
    _add(gateway, "restricted", MAIN_ORG, allowed=["66666666-6666-4666-8666-666666666666"])
    _add(gateway, "revoked", MAIN_ORG, revoked=True)
    _add(gateway, "free", FREE_ORG)
    _add(gateway, "other", OTHER_ORG)
    for number in range(1, 17):
        _add(gateway, f"slow{number}", MAIN_ORG, rate=1, burst=6)


def _add(
    gateway: LocalGateway,
    name: str,
    org: str,
    *,
    allowed: Optional[list[str]] = None,
    **options: Any,
) -> None:
    gateway.add_key(RECORDED_KEYS[name], org=org, allowed_contract_ids=allowed, **options)
