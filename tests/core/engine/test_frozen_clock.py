"""A frozen clock: what is compared with dates follows it, at whatever moment it was frozen.

freezegun replaces functions in the modules that are loaded; time-machine changes them for all.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Callable

import pytest

from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled

freezegun = pytest.importorskip("freezegun", reason="the group tests-core has it")
time_machine = pytest.importorskip("time_machine", reason="the group tests-core has it")

THEN = 1_577_836_800
"""The first second of 2020."""

Freeze = Callable[[], AbstractContextManager[object]]

FREEZES: dict[str, Freeze] = {
    "freezegun": lambda: freezegun.freeze_time("2020-01-01"),
    "freezegun, ticking": lambda: freezegun.freeze_time("2020-01-01", tick=True),
    "time-machine": lambda: time_machine.travel(THEN, tick=False),
}


def stamped() -> CompiledContract:
    """Make a contract with a freshness rule on a field, on one inside it, and on no field."""
    rules = [
        {"field": field, "type": "freshness", "max_age_seconds": 10}
        for field in ("ts", "in.ts", "other")
    ]
    inside = {"name": "ts", "type": "integer", "required": False}
    return compiled(
        {"name": "ts", "type": "integer"},
        {"name": "in", "type": "object", "required": False, "properties": [inside]},
        quality=rules,
        envelope={"records_path": "r"},
    )


def verdicts(validator: CompiledContract, stamp: int) -> Iterator[bool]:
    """Ask for a verdict in every way, without `now`."""
    for event, text in (
        ({"ts": stamp}, b'{"ts":%d}' % stamp),
        ({"ts": stamp, "in": {"ts": stamp}}, b'{"ts":%d,"in":{"ts":%d}}' % (stamp, stamp)),
        ({"ts": stamp, "other": stamp}, b'{"ts":%d,"other":%d}' % (stamp, stamp)),
    ):
        yield validator.validate(event).passed
        yield validator.is_valid(event)
        yield validator.validate_json(text).passed
        yield validator.validate_batch([event] * 2)[1].passed
        yield validator.validate_batch_json(b"[%b]" % text)[0].passed
        yield validator.validate_batch_json(text, ndjson=True)[0].passed
        yield validator.validate_envelope({"r": [event]}).passed == 1
        yield validator.validate_envelope_json(b'{"r":[%b]}' % text).passed == 1
        # So many lines are looked at in columns.
        yield not list(validator.scan(b"%b\n" % text * 60, format="ndjson"))
        yield not list(validator.scan(b"[%b]" % text, format="array"))


@pytest.mark.parametrize("freeze", FREEZES.values(), ids=list(FREEZES))
@pytest.mark.parametrize("events_before", [0, 40], ids=["cold", "warm"])
def test_freshness_follows_a_frozen_clock(freeze: Freeze, events_before: int) -> None:
    """For a contract that was compiled, and made its fast ways, before the clock was frozen."""
    validator = stamped()
    for _ in range(events_before):
        assert all(verdicts(validator, int(time.time())))
    with freeze():
        assert all(verdicts(validator, THEN))
        assert not any(verdicts(validator, THEN - 60))
        assert not any(verdicts(validator, THEN + 60))
        frozen = stamped()
        for _ in range(40):
            assert all(verdicts(frozen, THEN))
    for thawed in (validator, frozen):
        assert not any(verdicts(thawed, THEN))
        assert all(verdicts(thawed, int(time.time())))


@pytest.mark.parametrize("freeze", FREEZES.values(), ids=list(FREEZES))
def test_durations_are_whole_microseconds_under_a_frozen_clock(freeze: Freeze) -> None:
    """The duration of a verdict may be zero, and never prevents one."""
    validator = stamped()
    with freeze():
        for stamp in (THEN, 0):
            results = [
                validator.validate({"ts": stamp}),
                validator.validate_json(b'{"ts":%d}' % stamp),
            ]
            results += validator.validate_batch_json(b'[{"ts":%d}]' % stamp)
            assert all(type(result.validation_us) is int for result in results)
            assert all(0 <= result.validation_us < 60_000_000 for result in results)


@pytest.mark.parametrize(
    "freeze",
    ["freezegun.freeze_time('2020-01-01')", "time_machine.travel(1577836800, tick=False)"],
    ids=["freezegun", "time-machine"],
)
def test_what_was_imported_under_a_frozen_clock_thaws_with_it(freeze: str) -> None:
    """Nothing is captured that outlives the freezing."""
    code = f"""
import time, freezegun, time_machine
text = '''
version: "1"
name: c
ontology: {{entities: [{{name: ts, type: integer}}]}}
quality: [{{field: ts, type: freshness, max_age_seconds: 9}}]
'''
with {freeze}:
    import contractgate_core
    from contractgate_core.engine import bodies, compiled
    from contractgate_core.scan import scan, workers
    judge = contractgate_core.Contract.from_yaml(text).compile()
    for _ in range(40):
        assert judge.validate_json(b'{{"ts": 1577836800}}').passed
        assert judge.validate({{"ts": 1577836800}}).passed
for _ in range(40):
    assert not judge.validate_json(b'{{"ts": 1577836800}}').passed
    assert judge.validate_json(b'{{"ts": %d}}' % time.time()).validation_us < 60_000_000
    assert judge.validate({{"ts": int(time.time())}}).passed
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
