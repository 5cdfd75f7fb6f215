"""Bodies with the key that the gateway's JSON reader reserves: refused here, a known difference."""

from __future__ import annotations

import json

import pytest

from contractgate_core.errors import EventEncodeError
from contractgate_http import Client
from contractgate_http.local import LocalGateway
from gateway_tools import Session

KEY = "$serde_json::private::RawValue"
TEXTS = [
    f'{{"id":1,"{KEY}":"{{}}"}}',
    f'{{"id":1,"more":[{{"{KEY}":"{{}}"}}]}}',
    f'{{"id":1,"more":{{"\\u0024{KEY[1:]}" : 1}}}}',
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("path", ["/v1/ingest/{}", "/ingest/{}", "/egress/{}"])
def test_events_with_it_are_refused_and_none_is_stored(
    client: Session, path: str, text: str
) -> None:
    contract = client.deploy()
    reply = client.http.post(path.format(contract), content=f'[{{"id":1}},{text}]')
    assert reply.status_code in (400, 415)
    json_reply = client.http.post(
        path.format(contract),
        content=f'[{{"id":1}},{text}]',
        headers={"content-type": "application/json"},
    )
    assert json_reply.status_code == 400
    assert "reserves" in json_reply.text
    assert client.audit() == []
    assert client.quarantine() == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_line_with_it_is_refused(client: Session, text: str) -> None:
    contract = client.deploy()
    reply = client.http.post(
        f"/v1/ingest/{contract}",
        content=f'{{"id":1}}\n{text}\n',
        headers={"content-type": "application/x-ndjson"},
    )
    assert reply.status_code == 400
    assert "NDJSON parse error at line 1" in reply.text
    assert client.audit() == []


def test_other_bodies_with_it_are_refused(client: Session) -> None:
    body = {"name": "n", "yaml_content": "x", "more": {KEY: "1"}}
    assert client.http.post("/contracts", json=body).status_code == 400
    yaml = (
        '{version: "1", name: n, ontology: {entities: [{name: a, type: any, enum: [{"%s": 1}]}]}}'
    )
    reply = client.http.post("/contracts", json={"name": "n", "yaml_content": yaml % KEY})
    assert reply.status_code in (400, 422)
    assert "reserves" in reply.text


def test_the_client_does_not_send_it(gateway: LocalGateway) -> None:
    with Client(
        transport=gateway.transport, base_url=gateway.url, api_key=gateway.api_key
    ) as client:
        for events in ({KEY: 1}, [{"id": 1}, {"id": 2, "more": [{KEY: 1}]}], [{KEY: 1}] * 100):
            with pytest.raises(EventEncodeError, match="reserves") as caught:
                client.ingest("6f1c7ed4-95b6-4a4c-b2bb-5a8e1ddbd0b8", events)
            assert json.dumps(KEY) in caught.value.path
