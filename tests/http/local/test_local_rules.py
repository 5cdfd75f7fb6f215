"""Rules of the gateway that the recorded conversations do not reach."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from contractgate_core.contract.model import Contract
from contractgate_http.local import LocalGateway
from contractgate_http.local.transforms import Transforms
from gateway_tools import CONTRACT, Session, session

TWIN = 'version: "1"\nname: t\nontology: {entities: [{name: id, type: any, required: false}]}'
MASKS = """
version: "1"
name: masks
ontology:
  entities:
    - {name: phone, type: string, transform: {kind: mask, style: format_preserving}}
    - {name: hash, type: string, transform: {kind: hash}}
    - {name: gone, type: string, transform: {kind: drop}}
    - {name: twice, type: string, transform: {kind: redact}}
    - {name: twice, type: string, transform: {kind: hash}}
"""


class TestTransforms:
    """Source: docs/spec/gateway-http.md, section 6.21."""

    @pytest.mark.parametrize(
        ("salt", "field", "text", "masked"),
        [
            (b"", "phone", "+1 415-555-0199", "+2 721-694-8142"),
            (b"", "email", "Alice.Smith@Example.com", "Erdwy.Oqflb@Cfzsfmz.aje"),
            (b"", "ssn", "123-45-6789", "036-16-7879"),
            (b"", "name", "Zoë Ünal 9", "Jpë Üwdn 8"),
            (b"salt", "phone", "+1 415-555-0199", "+2 164-135-7588"),
        ],
    )
    def test_masks_keep_the_shape(self, salt: bytes, field: str, text: str, masked: str) -> None:
        yaml = MASKS.replace("phone", field)
        transforms = Transforms(Contract.from_yaml(yaml))
        for _ in range(2):
            assert transforms.apply({field: text}, salt) == {field: masked}

    def test_a_long_text_is_masked_to_its_end(self) -> None:
        transforms = Transforms(Contract.from_yaml(MASKS))
        masked = transforms.apply({"phone": "a1B" * 400}, b"")["phone"]
        assert masked.startswith("f7Fd6Xl8Ck2Iq6Ny5Tk7Pz9Eq1Jt2Am0Hf1Ba9Xs4Wm8Xr3Ju4Ku3Kv1Rn8O")
        digest = "c997a872a7ab0ede2eb7ee27659e45d452af25d44b107d97a024be30d04eb4df"
        assert hmac.new(b"", masked.encode(), hashlib.sha256).hexdigest() == digest

    def test_hashes_are_salted(self) -> None:
        transforms = Transforms(Contract.from_yaml(MASKS))
        hashed = transforms.apply({"hash": "alice@example.com"}, b"salt")["hash"]
        digest = "771672a85fbac3a09ea3559eb6dcbca6fc0d74353c3cb0918dae59bc617f5f10"
        assert hashed == f"hmac-sha256:{digest}"

    def test_two_fields_of_one_name_apply_in_turn(self) -> None:
        transforms = Transforms(Contract.from_yaml(MASKS))
        hashed = transforms.apply({"twice": "x"}, b"")["twice"]
        expected = hmac.new(b"", b"<REDACTED>", hashlib.sha256).hexdigest()
        assert hashed == f"hmac-sha256:{expected}"

    def test_what_is_no_text_stays_and_the_event_itself_too(self) -> None:
        transforms = Transforms(Contract.from_yaml(MASKS))
        event = {"phone": 7, "gone": "x", "other": "y"}
        assert transforms.apply(event, b"") == {"phone": 7, "other": "y"}
        assert event == {"phone": 7, "gone": "x", "other": "y"}
        assert transforms.apply("no object", b"") == "no object"

    def test_each_contract_has_a_salt_of_its_own(self, client: Session) -> None:
        hashes = set()
        for name in ("one", "two"):
            contract_id = client.deploy(MASKS, name)
            for _ in range(2):
                reply = client.ingest(contract_id, {"hash": "alice@example.com"})
                hashes.add(reply.json()["results"][0]["transformed_event"]["hash"])
        assert len(hashes) == 2


class TestNul:
    """U+0000 in an event. Source: docs/spec/gateway-http.md, section 6.9."""

    def test_it_takes_the_whole_batch_out_of_the_audit(self, client: Session) -> None:
        contract_id = client.deploy()
        events = [{"id": 1, "note": "\0"}, {"id": 2}, {"id": "no"}]
        reply = client.ingest(contract_id, events, headers={"idempotency-key": "k"})
        assert [one["forwarded"] for one in reply.json()["results"]] == [True, True, False]
        assert client.audit() == []
        assert len(client.quarantine()) == 1
        again = client.ingest(contract_id, events, headers={"idempotency-key": "k"})
        assert "x-idempotency-replay" not in again.headers
        assert client.http.get("/usage").json()["used"] == 0

    def test_in_an_event_that_fails_it_takes_the_quarantine_too(self, client: Session) -> None:
        client.ingest(client.deploy(), [{"id": "\0"}, {"id": "no"}, {"id": 1}])
        assert client.audit() == client.quarantine() == []

    def test_the_older_route_says_that_nothing_was_forwarded(self, client: Session) -> None:
        contract_id = client.deploy()
        reply = client.http.post(f"/ingest/{contract_id}", json=[{"id": 1, "n": "\0"}, {"id": 2}])
        assert [one["forwarded"] for one in reply.json()["results"]] == [False, False]

    def test_a_transform_that_drops_it_saves_the_batch(self, client: Session) -> None:
        contract_id = client.deploy(MASKS.replace("string", "any", 1).replace("any", "string"))
        client.ingest(contract_id, {"phone": "", "hash": "", "gone": "\0", "twice": ""})
        assert len(client.audit()) == 1

    def test_a_text_that_only_looks_like_it_is_kept(self, client: Session) -> None:
        client.ingest(client.deploy(), {"id": 1, "note": "\\u0000"})
        assert client.audit()[0]["raw_event"]["note"] == "\\u0000"

    def test_of_a_rejected_batch_and_a_deprecated_pin_nothing_is_left(
        self, client: Session
    ) -> None:
        contract_id = client.deploy()
        events = [{"id": "x", "extra\0": 1}]
        compliant = CONTRACT.replace("name: orders", "name: orders\ncompliance_mode: true")
        client.add_version(contract_id, "2", compliant)
        assert client.ingest(contract_id, events, params={"atomic": "true"}).status_code == 422
        client.http.post(f"/contracts/{contract_id}/versions/1.0/deprecate").raise_for_status()
        pinned = client.ingest(contract_id, [{"id": 1, "note": "\0"}], params={"version": "1.0"})
        assert pinned.status_code == 422
        assert client.audit() == client.quarantine() == []

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/contracts", {"name": "a\0", "yaml_content": CONTRACT}),
            ("POST", "/contracts", {"name": "a", "yaml_content": CONTRACT, "description": "\0"}),
            ("POST", "/contracts/deploy", {"name": "a\0", "yaml_content": CONTRACT}),
            ("PATCH", "/contracts/{id}", {"name": "\0"}),
            ("POST", "/contracts/{id}/versions", {"version": "\0", "yaml_content": CONTRACT}),
            ("GET", "/contracts/{id}/versions/%00", None),
            ("POST", "/v1/ingest/{id}?version=%00", {"id": 1}),
            ("POST", "/ingest/{id}@%00", {"id": 1}),
        ],
    )
    def test_in_a_name_it_is_more_than_the_database_takes(
        self, client: Session, method: str, path: str, body: Any
    ) -> None:
        contract_id = client.deploy()
        reply = client.http.request(method, path.replace("{id}", contract_id), json=body)
        assert reply.json() == {"error": "Database error", "status": 500}


class TestDiff:
    """Source: docs/spec/gateway-http.md, section 5.12."""

    OLD = """
version: "1"
name: d
ontology:
  entities:
    - {name: a, type: integer, min: 1, enum: [1, 2]}
    - {name: b, type: string}
    - {name: c, type: object, properties: [{name: d, type: string, max_length: 3}]}
"""
    NEW = """
version: "2"
name: d
ontology:
  entities:
    - {name: a, type: float, min: 1.5, enum: [2, 3]}
    - {name: b, type: string, required: false, pattern: "^a$"}
    - {name: c, type: object, properties: [{name: e, type: string}]}
"""

    def test_every_kind_of_change_is_told(self, client: Session) -> None:
        body = {"contract_yaml_a": self.OLD, "contract_yaml_b": self.NEW}
        reply = client.http.post("/contracts/diff", json=body).json()
        told = {(one["kind"], one["field"], one["detail"]) for one in reply["changes"]}
        assert told == {
            ("type_changed", "a", "Integer → Float"),
            ("constraint_changed", "a", "min: 1 → 1.5"),
            ("enum_value_removed", "a", "1"),
            ("enum_value_added", "a", "3"),
            ("required_changed", "b", "required → optional"),
            ("pattern_changed", "b", "none → ^a$"),
            ("field_removed", "c.d", "String, required"),
            ("field_added", "c.e", "String, required"),
        }
        assert reply["summary"] == (
            "8 changes: 1 field added, 1 field removed, 1 type change, 1 required-flag change, "
            "4 constraint/enum changes."
        )

    def test_a_contract_of_too_many_fields_is_refused(self, client: Session) -> None:
        fields = ", ".join(
            f"{{name: f{number}, type: any, properties: *a}}" for number in range(400)
        )
        inner = ", ".join(f"{{name: g{number}, type: any}}" for number in range(400))
        yaml = (
            'version: "1"\nname: n\nontology:\n  entities:\n'
            f"    - {{name: x, type: object, properties: &a [{inner}]}}\n"
            f"    - {{name: y, type: object, properties: [{fields}]}}\n"
        )
        body = {"contract_yaml_a": yaml, "contract_yaml_b": yaml}
        reply = client.http.post("/contracts/diff", json=body)
        assert reply.status_code == 400
        assert "more than 100,000 fields" in reply.json()["error"]


class TestOdcs:
    """Source: docs/spec/gateway-http.md, section 5.5."""

    FULL = """
version: "1"
name: full
description: "A: full\\none"
compliance_mode: true
ontology:
  entities:
    - {name: id, type: integer, min: 1.5}
    - name: box
      type: object
      properties:
        - {name: "it's", type: array, items: {name: i, type: date}}
        - {name: when, type: float, required: false, enum: [1.0, null, "1.0", {a: [true]}]}
glossary: [{field: id, description: a number}]
metrics: [{name: m, field: id, min: 0}]
"""

    def export(self, client: Session, contract_id: str, version: str) -> str:
        reply = client.http.get(f"/contracts/{contract_id}/versions/{version}/export")
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/yaml")
        return reply.text

    def test_what_was_exported_is_imported_without_loss(self, client: Session) -> None:
        exported = self.export(client, client.create(self.FULL, name="mine"), "1.0.0")
        for line in ("kind: DataContract", "status: proposed", "dataProduct: mine"):
            assert f"{line}\n" in exported
        assert "- name: 'box.it''s'\n" in exported
        made = client.http.post("/contracts/import", json={"odcs_yaml": exported}).json()
        assert (made["import_source"], made["requires_review"]) == ("odcs", False)
        assert (made["version"], made["compliance_mode"]) == ("1.0.0", True)
        assert Contract.from_yaml(made["yaml_content"]) == Contract.from_yaml(self.FULL)

    @pytest.mark.parametrize(
        ("verbs", "status"),
        [((), "proposed"), (("promote",), "active"), (("promote", "deprecate"), "retired")],
    )
    def test_an_export_tells_the_state(
        self, client: Session, verbs: tuple[str, ...], status: str
    ) -> None:
        contract_id = client.create(self.FULL)
        for verb in verbs:
            path = f"/contracts/{contract_id}/versions/1.0.0/{verb}"
            client.http.post(path).raise_for_status()
        assert f"status: {status}\n" in self.export(client, contract_id, "1.0.0")

    def test_a_foreign_document_is_rebuilt(self, client: Session) -> None:
        document = """
version: "7"
description: about
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1}}
      - {name: code, logicalType: string, logicalTypeOptions: {maxLength: 3, pattern: "^a"}}
      - {name: at, logicalType: timestamp}
      - {name: odd, logicalType: matrix}
      - {name: tags, logicalType: array, items: {logicalType: number}}
      - {name: box, logicalType: object, properties: [{name: w, logicalType: number}]}
      - {logicalType: string}
"""
        made = client.http.post("/contracts/import", json={"odcs_yaml": document}).json()
        contract = Contract.from_yaml(made["yaml_content"])
        assert (contract.name, contract.description) == ("orders", "about")
        types = {field.name: str(field.field_type) for field in contract.entities}
        assert types == {
            "id": "integer",
            "code": "string",
            "at": "string",
            "odd": "any",
            "tags": "array",
            "box": "object",
        }
        first, second = contract.entities[:2]
        assert (first.required, first.min, second.required) == (True, 1.0, False)
        assert (second.max_length, second.pattern) == (3, "^a")
        assert contract.entities[5].properties is not None

    @pytest.mark.parametrize(
        ("document", "reason"),
        [
            ("&a [*a]", "invalid ODCS YAML: "),
            ("[" * 200 + "]" * 200, "invalid ODCS YAML: "),
            ("a: b: c", "invalid ODCS YAML: "),
            ("version: '1'\nschema: []", "missing 'schema' array"),
            ("version: 1\nschema: [{}]", "missing required 'version' field"),
            ("version: '1'\nx-contractgate-version: '1'", "missing 'x-contractgate-ontology'"),
            (
                "version: '1'\nx-contractgate-version: '1'\nx-contractgate-ontology: {name: a}",
                "invalid ODCS document: ",
            ),
        ],
    )
    def test_what_is_no_document_is_refused(
        self, client: Session, document: str, reason: str
    ) -> None:
        reply = client.http.post("/contracts/import", json={"odcs_yaml": document})
        assert reply.status_code == 400
        assert reason in reply.json()["error"]


class TestBodies:
    """Bodies of the wrong shape. Source: docs/spec/gateway-http.md, section 1.2."""

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (None, "invalid type: null, expected struct"),
            (True, "invalid type: boolean `true`, expected struct"),
            (1.5, "invalid type: floating point `1.5`, expected struct"),
            ([], "invalid length 0, expected struct"),
            ({"event_ids": {}}, "event_ids: invalid type: map, expected a sequence"),
            ({"event_ids": ["x"]}, "event_ids[0]: UUID parsing failed: invalid character"),
            ({"event_ids": [[]]}, "event_ids[0]: invalid type: sequence, expected a string"),
            (
                {"event_ids": [], "version": 1},
                "version: invalid type: integer `1`, expected a string",
            ),
        ],
    )
    def test_the_reason_and_its_place_are_told(
        self, client: Session, body: Any, reason: str
    ) -> None:
        headers = {"content-type": "application/json"}
        reply = client.http.post("/quarantine/replay", content=json.dumps(body), headers=headers)
        assert reply.status_code == 422
        assert reason in reply.text

    def test_a_boolean_is_a_boolean(self, client: Session) -> None:
        reply = client.http.put("/settings/payload-storage", json={"enabled": "yes"})
        assert 'enabled: invalid type: string "yes", expected a boolean' in reply.text

    def test_an_object_may_be_a_list_of_its_fields(self, client: Session) -> None:
        reply = client.http.post("/contracts", json=["listed", None, CONTRACT, None])
        assert (reply.status_code, reply.json()["name"]) == (201, "listed")


class TestRoutes:
    """Paths and methods. Source: docs/spec/gateway-http.md, sections 1 and 1.1."""

    def test_a_head_is_a_get_without_its_body(self, client: Session) -> None:
        got, head = client.http.get("/contracts"), client.http.head("/contracts")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == got.headers["content-type"]

    def test_options_are_answered_to_anyone(self, gateway: LocalGateway) -> None:
        with session(gateway, "cg_nobody_knows") as stranger:
            assert stranger.http.options("/contracts").status_code == 200

    def test_a_wrong_method_names_the_right_ones(self, client: Session) -> None:
        reply = client.http.put("/contracts")
        assert (reply.status_code, reply.headers["allow"]) == (405, "GET,HEAD,POST")

    @pytest.mark.parametrize("path", ["/scorecard/x", "/public-contracts", "/metrics"])
    def test_what_is_not_served_says_so(self, client: Session, path: str) -> None:
        reply = client.http.get(path)
        assert reply.status_code == 404
        assert reply.json()["error"] == "Not found: the local gateway does not serve this route"

    def test_without_keys_switching_bodies_off_changes_nothing(self) -> None:
        with LocalGateway(auth=False) as gateway, session(gateway) as client:
            reply = client.http.put("/settings/payload-storage", json={"enabled": False})
            assert reply.json() == {"enabled": True, "plan": "self_host", "eligible": True}

    def test_an_organisation_that_is_none_makes_no_contract(self) -> None:
        with LocalGateway(auth=False) as gateway, session(gateway) as client:
            body = {"name": "a", "yaml_content": CONTRACT}
            for org in ("nonsense", "99999999-9999-4999-8999-999999999999"):
                reply = client.http.post("/contracts", json=body, headers={"x-org-id": org})
                assert reply.json() == {"error": "Database error", "status": 500}


class TestPlans:
    """Source: docs/spec/gateway-http.md, section 6.17."""

    def test_enterprise_has_no_limit(self, gateway: LocalGateway) -> None:
        key = gateway.add_key(org=gateway.add_org(plan="enterprise", used=10**9))
        with session(gateway, key) as client:
            usage = client.http.get("/usage").json()
            assert (usage["unlimited"], usage["limit"], usage["pct"]) == (True, None, None)
            assert client.ingest(client.deploy(), {"id": 1}).status_code == 200

    def test_a_new_month_begins_with_nothing(self) -> None:
        now = 1_795_000_000.0
        with LocalGateway(clock=lambda: now) as gateway:
            key = gateway.add_key(org=gateway.add_org(plan="free", used=1_000_000))
            with session(gateway, key) as client:
                contract_id = client.deploy()
                assert client.ingest(contract_id, {"id": 1}).status_code == 429
                now += 31 * 24 * 3600
                assert client.ingest(contract_id, {"id": 1}).status_code == 200
                assert client.http.get("/usage").json()["used"] == 1


def test_a_stored_contract_that_can_no_longer_be_read_is_told(
    client: Session, gateway: LocalGateway
) -> None:
    contract_id = client.create(TWIN)
    store = gateway._state.store
    (version,) = store.contracts.versions(contract_id)
    store.contracts.update_version(version.id, yaml="no contract")
    reply = client.http.get(f"/contracts/{contract_id}/versions/1.0.0")
    assert reply.status_code == 422
    assert "Invalid contract YAML" in reply.json()["error"]


def test_replays_are_judged_in_their_stored_form(client: Session) -> None:
    contract_id = client.deploy(TWIN.replace("any", "integer"))
    reply = client.http.post(
        f"/v1/ingest/{contract_id}", content='[{"id": 1e16}, {"id": 1e15}, {"id": -0.0}]'
    )
    ids = [one["quarantine_id"] for one in reply.json()["results"]]
    replayed = client.http.post(f"/contracts/{contract_id}/quarantine/replay", json={"ids": ids})
    outcomes = [one["outcome"] for one in replayed.json()["results"]]
    assert outcomes == ["replayed", "still_quarantined", "still_quarantined"]
    stored = [json.dumps(row["raw_event"]) for row in client.quarantine()]
    assert stored == ['{"id": 10000000000000000}', '{"id": 1000000000000000.0}', '{"id": 0.0}']


class TestReport:
    """Source: docs/spec/gateway-http.md, section 5.14."""

    def test_it_counts_by_version_and_by_broken_rule(self, client: Session) -> None:
        contract_id = client.deploy()
        client.add_version(contract_id, "0.9", TWIN)
        client.ingest(contract_id, [{"id": "x"}, {"id": 1}], params={"version": "1.0"})
        client.ingest(contract_id, {"id": 2})
        client.ingest(contract_id, [{}, {"id": 1, "state": "odd"}], params={"version": "1.0"})
        report = client.http.get(f"/contracts/{contract_id}/report").json()
        assert report["totals"] == {"total": 5, "passed": 2, "quarantined": 3, "pass_rate": 0.4}
        assert [(one["contract_version"], one["total"]) for one in report["by_version"]] == [
            ("0.9", 1),
            ("1.0", 4),
        ]
        assert [(one["field"], one["kind"]) for one in report["top_violations"]] == [
            ("id", "missing_required_field"),
            ("id", "type_mismatch"),
            ("state", "enum_violation"),
        ]

    def test_it_looks_at_a_window_of_time(self) -> None:
        now = 1_795_000_000.0
        with LocalGateway(clock=lambda: now) as gateway, session(gateway) as client:
            contract_id = client.deploy()
            client.ingest(contract_id, {"id": 1})
            now += 3600
            client.ingest(contract_id, {"id": 1})
            path = f"/contracts/{contract_id}/report"
            window = {"from": "2026-11-18T11:30:00Z", "to": "2026-11-18T14:00:00+01:00"}
            report = client.http.get(path, params=window).json()
            assert report["totals"]["total"] == 1
            assert report["window"] == {
                "from": "2026-11-18T11:30:00Z",
                "to": "2026-11-18T13:00:00Z",
            }

    @pytest.mark.parametrize(
        ("query", "status", "reason"),
        [
            ("from=yesterday", 400, "from: expected an RFC 3339 time"),
            ("format=csv", 404, "reports as JSON only"),
        ],
    )
    def test_what_it_cannot_tell_is_refused(
        self, client: Session, query: str, status: int, reason: str
    ) -> None:
        reply = client.http.get(f"/contracts/{client.deploy()}/report?{query}")
        assert reply.status_code == status
        assert reason in reply.text


def test_readiness_is_that_of_the_database(gateway: LocalGateway, client: Session) -> None:
    """Without it, the gateway is alive, but says that it cannot serve."""
    assert client.http.get("/ready").json()["status"] == "ready"
    gateway._state.store.database.close()
    try:
        reply = client.http.get("/ready")
        assert (reply.status_code, reply.json()) == (503, {"status": "degraded", "db": "error"})
        reply = client.http.get("/contracts")
        assert reply.json() == {"error": "Database error", "status": 500}
    finally:
        gateway._close()
