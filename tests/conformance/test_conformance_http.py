"""Every conversation that was recorded with a real gateway, held again with a local one."""

from __future__ import annotations

import httpx
import pytest
from contractgate_http.local import LocalGateway
from http_replay import Request, Response, Scenario, replay, scenarios
from http_setup import RECORDED_KEYS, prepare, steps_left_out

SCENARIOS = scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one["id"] for one in SCENARIOS])
def test_a_blocking_client_sees_what_was_recorded(scenario: Scenario) -> None:
    with LocalGateway(auth=scenario["auth"]) as gateway:
        prepare(gateway)
        with httpx.Client(transport=gateway.transport, base_url=gateway.url) as client:

            def send(request: Request) -> Response:
                url = httpx.URL(gateway.url).copy_with(
                    raw_path=f"{request.path}{'?' if request.query else ''}{request.query}".encode()
                )
                made = httpx.Request(
                    request.method,
                    url,
                    headers=[(name.encode(), value) for name, value in request.headers],
                    content=request.body,
                )
                answer = client.send(made)
                return Response(answer.status_code, [*answer.headers.multi_items()], answer.content)

            differences = replay(
                scenario, send, RECORDED_KEYS, leave_out=steps_left_out(scenario)
            )
    assert not differences, "\n".join(map(str, differences))
