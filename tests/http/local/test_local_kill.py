"""A gateway whose process is killed, again and again, at any moment."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import settings

import gateway_writer
from contractgate_http.local import LocalGateway
from gateway_tools import Session

ROUNDS = max(2, settings().max_examples // 25)
"""How often the process is killed."""


def test_what_was_answered_is_there_after_the_process_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    draw = random.Random(7)
    answered = -1
    for _ in range(ROUNDS):
        answered = max(answered, kill_a_writer(path, draw.uniform(0.0, 0.25)))
        check(path, answered)
    assert answered > 0


def kill_a_writer(path: Path, seconds: float) -> int:
    """Let a process write for a while, kill it, and return the last round that was answered."""
    script = Path(gateway_writer.__file__)
    environment = {**os.environ, "PYTHONPATH": str(script.parent)}
    process = subprocess.Popen(
        [sys.executable, str(script), str(path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    with process.stdout as lines:
        assert lines.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
        said = [line.split()[1] for line in lines if line.startswith("answered") and "\n" in line]
    process.wait()
    return int(said[-1]) if said else -1


def count(page: Callable[..., list[dict[str, Any]]]) -> Counter[int]:
    """Count the rows of each round, from all pages."""
    rounds: Counter[int] = Counter()
    for offset in range(0, 10**6, 500):
        rows = page(limit=500, offset=offset)
        rounds.update(row["raw_event"]["round"] for row in rows)
        if len(rows) < 500:
            break
    return rounds


def check(path: Path, answered: int) -> None:
    """Every answered batch is there as a whole, and none after the first missing one."""
    with LocalGateway(path) as gateway:
        client = Session(gateway, gateway.add_key(rate=1e9, burst=1e9))
        rounds, failed = count(client.audit), count(client.quarantine)
        last = max(rounds, default=-1)
        assert last >= answered
        assert rounds == Counter(dict.fromkeys(range(last + 1), gateway_writer.BATCH))
        assert failed == Counter(range(last + 1))
        assert client.http.get("/usage").json()["used"] == sum(rounds.values())
