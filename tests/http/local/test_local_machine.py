"""Random conversations: nothing is lost, leaks to others, or dies with the process.

A gateway in a file is used by two organisations at once, closed and opened again, and killed: what
a killed process leaves behind are the files as they are then, so a copy of them is opened.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from contractgate_http.local import LocalGateway
from gateway_ledger import CONTRACTS, Ledger
from gateway_tools import Session

ORGS = st.sampled_from(["first", "second"])
KINDS = st.sampled_from(sorted(CONTRACTS))
VALUES = st.lists(st.sampled_from([1, 2, "x", "y", None, 1.5]), min_size=1, max_size=5)
FLAGS = st.sampled_from([{}, {}, {"dry_run": "true"}, {"atomic": "true"}])
VERSIONS = ("1.0.0", "2", "3")


class Conversations(RuleBasedStateMachine):
    """Two organisations and one gateway."""

    contracts = Bundle("contracts")

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "gate.db"
        self.numbers = iter(range(10**6))
        self.gateway = LocalGateway(self.path)
        self.keys: dict[str, list[str]] = {}
        self.owned: dict[str, set[str]] = {"first": set(), "second": set()}
        self.ledgers = {"first": Ledger(), "second": Ledger()}
        self.org_ids = {name: self.gateway.add_org() for name in self.owned}
        for name, org in self.org_ids.items():
            self.keys[name] = [self.gateway.add_key(org=org, rate=1e9, burst=1e9)]

    def teardown(self) -> None:
        if hasattr(self, "gateway"):
            self.gateway.close()
            shutil.rmtree(self.folder)

    def client(self, org: str, gateway: Any = None) -> Session:
        return Session(gateway or self.gateway, self.keys[org][-1])

    @rule(
        target=contracts,
        org=ORGS,
        kind=KINDS,
        resolution=st.sampled_from(["strict", "fallback"]),
        is_stable=st.sampled_from([True, True, False]),
    )
    def create(self, org: str, kind: str, resolution: str, is_stable: bool) -> tuple[str, str]:
        body = {
            "name": f"{org} {kind}",
            "yaml_content": CONTRACTS[kind],
            "multi_stable_resolution": resolution,
        }
        reply = self.client(org).http.post("/contracts", json=body)
        assert reply.status_code == 201
        contract_id: str = reply.json()["id"]
        self.owned[org].add(contract_id)
        if is_stable:
            self.client(org).promote(contract_id)
        return org, contract_id

    @rule(contract=contracts, version=st.sampled_from(VERSIONS[1:]), kind=KINDS)
    def add_version(self, contract: tuple[str, str], version: str, kind: str) -> None:
        org, contract_id = contract
        body = {"version": version, "yaml_content": CONTRACTS[kind]}
        reply = self.client(org).http.post(f"/contracts/{contract_id}/versions", json=body)
        assert reply.status_code in (201, 404, 409)

    @rule(
        contract=contracts,
        version=st.sampled_from(VERSIONS),
        verb=st.sampled_from(["promote", "promote", "deprecate"]),
    )
    def move_version(self, contract: tuple[str, str], version: str, verb: str) -> None:
        org, contract_id = contract
        path = f"/contracts/{contract_id}/versions/{version}/{verb}"
        assert self.client(org).http.post(path).status_code in (200, 404, 409)

    @rule(
        org=ORGS,
        contract=contracts,
        values=VALUES,
        flags=FLAGS,
        pin=st.sampled_from([None, None, *VERSIONS]),
    )
    def ingest(
        self, org: str, contract: tuple[str, str], values: list[Any], flags: Any, pin: Any
    ) -> None:
        events = self.events(values)
        params = flags if pin is None else {**flags, "version": pin}
        reply = self.client(org).ingest(contract[1], events, params=params)
        assert reply.status_code in (200, 207, 404, 409, 422)
        assert (reply.status_code == 404) or contract[0] == org
        self.ledgers[org].add_ingest(contract[1], events, reply.json())

    @rule(contract=contracts, values=VALUES, flags=FLAGS, pin=st.sampled_from(["", "", *VERSIONS]))
    def ingest_by_the_older_route(
        self, contract: tuple[str, str], values: list[Any], flags: Any, pin: str
    ) -> None:
        org, contract_id = contract
        events = self.events(values)
        reply = self.client(org).http.post(
            f"/ingest/{contract_id}@{pin}", json=events, params=flags
        )
        assert reply.status_code in (200, 207, 404, 409, 422)
        self.ledgers[org].add_ingest(contract_id, events, reply.json(), is_legacy=True)

    @rule(contract=contracts, values=VALUES, key=st.sampled_from(["a", "b"]))
    def ingest_again(self, contract: tuple[str, str], values: list[Any], key: str) -> None:
        org, contract_id = contract
        events, headers = self.events(values), {"idempotency-key": f"{contract_id}/{key}"}
        first = self.client(org).ingest(contract_id, events, headers=headers)
        second = self.client(org).ingest(contract_id, events, headers=headers)
        if first.status_code in (404, 409) or "results" not in first.json():
            return
        deprecated = "resolved_version" not in first.json()
        if not deprecated and "x-idempotency-replay" not in first.headers:
            assert second.headers["x-idempotency-replay"] == "true"
            assert second.json() == first.json()
            self.ledgers[org].add_ingest(contract_id, events, first.json())

    @precondition(lambda self: any(ledger.quarantined for ledger in self.ledgers.values()))
    @rule(org=ORGS, data=st.data())
    def replay(self, org: str, data: st.DataObject) -> None:
        ledger = self.ledgers[org]
        if not ledger.quarantined:
            return
        contract_id, row_id = data.draw(st.sampled_from(ledger.quarantined))
        path = f"/contracts/{contract_id}/quarantine/replay"
        reply = self.client(org).http.post(path, json={"ids": [row_id, row_id]})
        assert reply.status_code in (200, 404, 409)
        if reply.status_code == 200:
            outcomes = [one["outcome"] for one in reply.json()["results"]]
            assert outcomes[0] == "not_found"
            assert outcomes[1] in ("replayed", "still_quarantined", "already_replayed")

    @rule(contract=contracts)
    def delete(self, contract: tuple[str, str]) -> None:
        org, contract_id = contract
        reply = self.client(org).http.delete(f"/contracts/{contract_id}")
        assert reply.status_code == (204 if contract_id in self.owned[org] else 404)
        self.owned[org].discard(contract_id)

    @rule(org=ORGS)
    def add_key(self, org: str) -> None:
        contracts = self.client(org).http.get("/contracts").json()
        key = self.gateway.add_key(org=self.org_ids[org], rate=1e9, burst=1e9)
        self.keys[org].append(key)
        assert self.client(org).http.get("/contracts").json() == contracts

    @rule()
    def reopen(self) -> None:
        self.gateway.close()
        self.gateway = LocalGateway(self.path)

    @rule()
    def kill(self) -> None:
        left = Path(tempfile.mkdtemp(dir=self.folder))
        for file in self.folder.glob("gate.db*"):
            shutil.copy(file, left)
        with LocalGateway(left / "gate.db") as gateway:
            self.check(gateway)

    @invariant()
    def everything_is_as_it_must_be(self) -> None:
        if hasattr(self, "gateway"):
            self.check(self.gateway)

    def check(self, gateway: LocalGateway) -> None:
        for org, ledger in self.ledgers.items():
            client = self.client(org, gateway)
            ledger.check(client)
            listed = {one["id"] for one in client.http.get("/contracts").json()}
            assert listed == self.owned[org]

    def events(self, values: list[Any]) -> list[Any]:
        return [{"n": next(self.numbers), "v": value} for value in values]


Conversations.TestCase.settings = settings(
    max_examples=max(10, settings().max_examples // 5),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestConversations = Conversations.TestCase
