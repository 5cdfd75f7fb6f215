"""Every conversation that was recorded with a real gateway, held again with a local one.

It is held in every way that leads into a local gateway, and no step is left out but those of
routes that no local gateway serves.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contractgate_http.local import LocalGateway
from http_replay import Scenario, Send, replay, scenarios
from http_setup import LEFT_OUT, RECORDED_KEYS, prepare, steps_left_out
from http_ways import Server, SteadyClock, blocking, concurrent, reopened, serving
from sizes import some

SCENARIOS = scenarios()

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one["id"])
# The ways into the gateway are the same on all Pythons.
some_scenarios = pytest.mark.parametrize("scenario", some(SCENARIOS), ids=lambda one: one["id"])


def check(scenario: Scenario, send: Send) -> None:
    left_out = steps_left_out(scenario)
    differences = replay(scenario, send, RECORDED_KEYS, leave_out=left_out)
    assert not differences, "\n".join(map(str, differences))


@pytest.fixture
def gateway(scenario: Scenario) -> Iterator[LocalGateway]:
    with LocalGateway(auth=scenario["auth"], clock=SteadyClock()) as opened:
        prepare(opened)
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    started.start()
    yield started
    started.stop()


@every_scenario
def test_a_blocking_client_sees_what_was_recorded(
    scenario: Scenario, gateway: LocalGateway
) -> None:
    with blocking(gateway) as send:
        check(scenario, send)


@some_scenarios
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_asynchronous_client_sees_what_was_recorded(
    scenario: Scenario, gateway: LocalGateway, backend: str
) -> None:
    with concurrent(gateway, backend) as send:
        check(scenario, send)


@some_scenarios
def test_a_client_over_tcp_sees_what_was_recorded(
    scenario: Scenario, gateway: LocalGateway, server: Server
) -> None:
    with serving(server, gateway) as send:
        check(scenario, send)


@some_scenarios
def test_a_gateway_that_is_closed_between_steps_forgets_nothing(
    scenario: Scenario, tmp_path: Path
) -> None:
    with reopened(tmp_path / "gate.db", auth=scenario["auth"], prepare=prepare) as send:
        check(scenario, send)


@pytest.mark.parametrize("seed", range(20))
def test_one_changed_character_in_a_recording_is_found(seed: int) -> None:
    scenario, step = changed(random.Random(seed))
    with LocalGateway(auth=scenario["auth"], clock=SteadyClock()) as gateway:
        prepare(gateway)
        with blocking(gateway) as send:
            left_out = steps_left_out(scenario)
            differences = replay(scenario, send, RECORDED_KEYS, leave_out=left_out)
    assert [difference.step for difference in differences][:1] == [step]


def changed(draw: random.Random) -> tuple[Scenario, int]:
    """Change a letter or a digit of an expected body, outside of placeholders and escapes."""
    while True:
        scenario = copy.deepcopy(draw.choice(SCENARIOS))
        number = draw.randrange(len(scenario["steps"]))
        recorded = scenario["steps"][number]["response"]
        text = recorded.get("loose_text", recorded.get("body_text") or "")
        hidden = [found.span() for found in re.finditer(r"\{\{.*?\}\}|\\.", text)]
        places = [
            place
            for place, character in enumerate(text)
            if character.isalnum() and not any(start <= place < end for start, end in hidden)
        ]
        if places and (scenario["id"], number) not in LEFT_OUT:
            place = draw.choice(places)
            other = "7" if text[place] == "8" else "8"
            recorded["body_text"] = text[:place] + other + text[place + 1 :]
            recorded.pop("loose_text", None)
            return scenario, number


def test_nothing_is_left_out_but_routes_that_no_local_gateway_serves() -> None:
    unserved = re.compile(r"/contracts/(infer|scaffold)(/.*)?|/scorecard/.*")
    expected = {
        (scenario["id"], number)
        for scenario in SCENARIOS
        for number, step in enumerate(scenario["steps"])
        # That a method is not allowed there is told.
        if unserved.fullmatch(step["request"]["path"]) and step["response"]["status"] != 405
    }
    assert expected == LEFT_OUT
